"""Errors for calls that do not fit: another edition's, or misspelt.

The signatures are those of gluonbook 0.7, and of the MXNet and PyTorch modules
in the releases of d2l from 0.10.0 to 0.17.6.
"""
import difflib
import functools
import inspect
import numbers

from mxnet import util


def _is_no_number(value):
    return not isinstance(value, numbers.Number)


def _is_list(value):
    return isinstance(value, (list, tuple))


def _is_count(value):
    return isinstance(value, int) and value > 1     # neither False nor True


_MAKE_A_TRAINER = (
    "after net.initialize(ctx=ctx, init=init.Xavier()), with trainer = "
    "gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr})")

# By function or class: the edition; its parameters; what tells its call from
# one of this edition, where both fit: a parameter and a test of its argument;
# and what to write here.
_OTHERS = {
    'Benchmark': [
        ('0.14 and later', "description='Done'", None,
         "as in Benchmark('Done')")],
    'Residual': [
        ('0.13 to 0.17 for PyTorch',
         'input_channels, num_channels, use_1x1conv=False, strides=1',
         ('num_channels', _is_count),
         'without input_channels: MXNet finds them out in the first batch')],
    'VOCSegDataset': [
        ('0.10 and later', 'is_train, crop_size, voc_dir', None,
         'with colormap2label = nd.zeros(256 ** 3) and, for each i, (r, g, b)'
         ' in enumerate(VOC_COLORMAP), colormap2label[(r * 256 + g) * 256 + '
         'b] = i')],
    'get_data_ch7': [
        # there it is called get_data_ch10, and get_data_ch11 from 0.11 on
        ('0.10 and later', 'batch_size=10, n=1500', None,
         'and then data_iter(batch_size, features, labels)')],
    'grad_clipping': [
        (edition, '%s, theta' % net, None,
         'with params = [p.data() for p in net.collect_params().values()]')
        for edition, net in (('0.16 and later', 'net'),
                             ('0.10 to 0.15', 'model'))],
    'load_data_fashion_mnist': [
        ('other loaders', 'batch_size, resize=None, num_workers=0', None,
         'without num_workers: the loader needs no worker processes')],
    'load_data_time_machine': [
        ('0.10 and later', 'batch_size, num_steps, use_random_iter=False, '
         'max_tokens=10000', None,
         'and then data_iter_random(corpus_indices, batch_size, num_steps) '
         'or data_iter_consecutive(...)')],
    'read_imdb': [
        ('0.11 and later', 'data_dir, is_train', None,
         "with folder 'train' or 'test'")],
    'resnet18': [
        ('0.16 and 0.17', 'num_classes, in_channels=1', None,
         'without in_channels: MXNet finds it out in the first batch')],
    'show_images': [
        ('0.10 and later',
         'imgs, num_rows, num_cols, titles=None, scale=1.5',
         ('titles', _is_list),
         'and set the titles of the axes that it returns: '
         'axes[0][0].set_title(title)')],
    'train_2d': [
        (edition, parameters, None,
         'with a trainer that takes (x1, x2, s1, s2); it runs 20 steps')
        for edition, parameters in (
            ('0.10 and later', 'trainer, steps=20'),
            ('0.16 and later', 'trainer, steps=20, f_grad=None'))],
    'train_ch3': [
        ('0.10 to 0.17', 'net, train_iter, test_iter, loss, num_epochs, '
         'updater', ('updater', _is_no_number),
         'with trainer=updater, a gluon.Trainer, or with params and lr')],
    'train_ch5': [
        ('0.10 and 0.11',
         'net, train_iter, test_iter, num_epochs, lr, ctx=None',
         ('lr', lambda value: isinstance(value, numbers.Real)),
         _MAKE_A_TRAINER),
        ('gluonbook 0.7',
         'net, train_iter, test_iter, loss, batch_size, trainer, ctx, '
         'num_epochs', ('loss', _is_no_number),
         'without the loss: it is softmax cross entropy')],
    'try_gpu': [
        ('0.10 and later', 'i=0', None,
         'for the first GPU; others are try_all_gpus()[i]')],
}


# They compute with mx.nd, whose operators refuse the arrays of mx.np.
_COMPUTING = frozenset((
    'RNNModel', 'Residual', 'VOCSegDataset', 'corr2d', 'data_iter',
    'evaluate_accuracy', 'grad_clipping', 'linreg', 'load_data_fashion_mnist',
    'predict_rnn_gluon', 'resnet18', 'to_onehot', 'train',
    'train_and_predict_rnn', 'train_and_predict_rnn_gluon', 'train_ch3',
    'train_ch5', 'train_ch7', 'train_gluon_ch7'))


def _require_nd(name):
    """Raises RuntimeError after npx.set_np()."""
    if util.is_np_array():
        raise RuntimeError(
            '%s: this edition computes with mx.nd, but npx.set_np() has '
            'switched MXNet to mx.np, as later editions do: leave it out, or '
            'call npx.reset_np() and make the arrays and nets anew' % name)


def explain_calls(function):
    """Wrap `function`: a call that does not fit says what to write.

    A class keeps its identity, and has its `__init__` wrapped. What is
    neither stays as it is.
    """
    if inspect.isclass(function):
        function.__init__ = _explain(
            function.__init__, function.__name__, _class_signature(function),
            num_bound=1)
    elif inspect.isfunction(function):
        return _explain(function, function.__name__,
                        inspect.signature(function))
    return function


def _class_signature(cls):
    """The parameters of `cls(...)`; those of gluon's blocks by name."""
    signature = inspect.signature(cls)
    parameters = [parameter for parameter in signature.parameters.values()
                  if parameter.kind != parameter.VAR_KEYWORD]
    if len(parameters) < len(signature.parameters):
        parameters += _signature('*, prefix=None, params=None'
                                 ).parameters.values()
    return signature.replace(parameters=parameters)


def _explain(function, name, signature, num_bound=0):
    """Wrap a function of which the first `num_bound` arguments are Python's.
    """
    others = [(edition, parameters, _signature(parameters), sign, remedy)
              for edition, parameters, sign, remedy in _OTHERS.get(name, ())]
    computes = name in _COMPUTING

    def find_other(args, kwargs, fits):
        """What to say of a call of another edition, or None."""
        for edition, parameters, other, sign, remedy in others:
            try:
                arguments = other.bind(*args, **kwargs).arguments
            except TypeError:
                continue
            if sign and sign[0] in arguments:
                is_its = sign[1](arguments[sign[0]])
            else:
                is_its = not fits
            if is_its:
                return ('these look like the arguments of %s%s, %s(%s)' % (
                    'd2l ' * edition[0].isdigit(), edition, name,
                    parameters), ' ' + remedy)
        return None

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if computes:
            _require_nd(name)
        misfit, given = None, args[num_bound:]
        try:
            signature.bind(*given, **kwargs)
        except TypeError as error:
            misfit = str(error) + _nearest(kwargs, signature)
        found = find_other(given, kwargs, fits=misfit is None) if (
            misfit or others) else None
        if found or misfit:
            problem, remedy = found or (misfit, '')
            raise TypeError('%s: %s. Call %s%s%s' % (
                name, problem, name, _as_written(signature), remedy))
        return function(*args, **kwargs)

    return wrapper


def _nearest(kwargs, signature):
    """A hint at the parameter that a misspelt keyword may mean."""
    for key in kwargs:
        near = difflib.get_close_matches(key, signature.parameters, n=1)
        if key not in signature.parameters and near:
            return ' (did you mean %s?)' % near[0]
    return ''


def _as_written(signature):
    """The edition's parameters, without this package's own."""
    parameters = [parameter for parameter in signature.parameters.values()
                  if parameter.kind != parameter.KEYWORD_ONLY]
    return str(signature.replace(parameters=parameters)).replace(
        '[cpu(0)]', '[mx.cpu()]')


def _signature(parameters):
    return inspect.signature(eval('lambda %s: None' % parameters))
