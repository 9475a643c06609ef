"""Recurrent networks that continue a text, character by character."""
import math
import time

from mxnet import gluon, init, nd

from . import amp, checks
from .language import data_iter_consecutive, data_iter_random, to_onehot
from .scratch import grad_clipping, sgd
from .training.epochs import step


def predict_rnn(prefix, num_chars, rnn, params, init_rnn_state,
                num_hiddens, vocab_size, ctx, idx_to_char, char_to_idx):
    """Continue a text with the most likely characters.

    Parameters
    ----------
    prefix : str
        The beginning; one or more characters of the vocabulary.
    num_chars : int
        Number of characters to append.
    rnn : function
        `rnn(inputs, state, params)` returns the scores, a list with shape
        (batch, vocab_size) for each step, and the next state. `inputs` is
        the result of `d2l.to_onehot`.
    params : list of NDArray
    init_rnn_state : function
        `init_rnn_state(batch_size, num_hiddens, ctx)` returns the initial
        state.
    num_hiddens, vocab_size : int
    ctx : Context
        The device of `params`.
    idx_to_char : list of str
    char_to_idx : dict

    Returns
    -------
    str
        `prefix` and its continuation.

    Raises
    ------
    ValueError
        `prefix` is empty or has an unknown character.

    Examples
    --------
    >>> d2l.predict_rnn('traveller', 10, rnn, params, init_rnn_state,
    ...                 num_hiddens, vocab_size, ctx, idx_to_char,
    ...                 char_to_idx)  # doctest: +SKIP
    'traveller the the t'
    """
    def forward(index, state):
        X = to_onehot(nd.array([index], ctx=ctx), vocab_size)
        (Y,), state = rnn(X, state, params)
        return Y, state

    return _continue(prefix, num_chars, forward,
                     init_rnn_state(1, num_hiddens, ctx), idx_to_char,
                     char_to_idx)


def predict_rnn_gluon(prefix, num_chars, model, vocab_size, ctx, idx_to_char,
                      char_to_idx):
    """Continue a text with the characters a Gluon model finds most likely.

    Parameters
    ----------
    prefix : str
        The beginning; one or more characters of the vocabulary.
    model : RNNModel
    ctx : Context
        The device of the model.
    num_chars, vocab_size, idx_to_char, char_to_idx
        As in `predict_rnn`.

    Returns
    -------
    str
        `prefix` and its continuation.

    Raises
    ------
    ValueError
        `prefix` is empty or has an unknown character.

    Examples
    --------
    >>> model = d2l.RNNModel(gluon.rnn.RNN(8), vocab_size=2)
    >>> model.initialize(init.One())
    >>> d2l.predict_rnn_gluon('ab', 3, model, 2, mx.cpu(), ['a', 'b'],
    ...                       {'a': 0, 'b': 1})
    'abaaa'
    """
    def forward(index, state):
        return model(nd.array([[index]], ctx=ctx), state)

    return _continue(prefix, num_chars, forward,
                     model.begin_state(batch_size=1, ctx=ctx), idx_to_char,
                     char_to_idx)


def _continue(prefix, num_chars, forward, state, idx_to_char, char_to_idx):
    """The loop over characters; `forward` takes the index of one."""
    _require_prefix(prefix, char_to_idx)
    output = [char_to_idx[char] for char in prefix]
    for t in range(len(prefix) + num_chars - 1):
        Y, state = forward(output[t], state)    # Y: (1, vocab_size)
        if t + 1 == len(output):
            output.append(int(Y.argmax(axis=1).asscalar()))
    return ''.join([idx_to_char[i] for i in output])


def _require_prefix(prefix, char_to_idx):
    expected = 'prefix must be one or more characters of the vocabulary'
    if not prefix:
        raise ValueError(f'{expected}, but is empty')
    for char in prefix:
        if char not in char_to_idx:
            raise ValueError(
                f'{expected}, but {char!r} is not among its '
                f'{len(char_to_idx)}: use only characters of the training '
                'text (The Time Machine is loaded in lower case)')


def train_and_predict_rnn(rnn, get_params, init_rnn_state, num_hiddens,
                          vocab_size, ctx, corpus_indices, idx_to_char,
                          char_to_idx, is_random_iter, num_epochs, num_steps,
                          lr, clipping_theta, batch_size, pred_period,
                          pred_len, prefixes, *, random_offset=True):
    """Train a recurrent network on a text and let it continue prefixes.

    Uses minibatch stochastic gradient descent with clipped gradients. Every
    `pred_period` epochs, prints `epoch %d, perplexity %f, time %.2f sec` and
    the continued `prefixes`.

    Parameters
    ----------
    rnn, init_rnn_state, num_hiddens, vocab_size, ctx, idx_to_char, char_to_idx
        As in `predict_rnn`.
    get_params : function
        Returns the parameters, with gradients attached.
    corpus_indices : list of int
        The text to train on, as character indices.
    is_random_iter : bool
        If true, use `data_iter_random`, with a new state for each batch; if
        false, `data_iter_consecutive`, with the state of the batch before.
    num_epochs, num_steps, batch_size : int
    lr : float
        Learning rate.
    clipping_theta : float or None
        The largest norm of the gradients; see `grad_clipping`.
    pred_period : int
        Number of epochs between predictions.
    pred_len : int
        Number of characters to predict.
    prefixes : list of str
        Texts to continue.
    random_offset : bool, optional
        As in `data_iter_random`.

    Raises
    ------
    ValueError
        The text is too short for a batch, or a prefix is invalid.

    Examples
    --------
    >>> d2l.train_and_predict_rnn(
    ...     rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx,
    ...     corpus_indices, idx_to_char, char_to_idx, False, num_epochs,
    ...     num_steps, lr, clipping_theta, batch_size, pred_period=50,
    ...     pred_len=50, prefixes=['traveller'])  # doctest: +SKIP
    """
    for prefix in prefixes:     # fail now, not after many epochs
        _require_prefix(prefix, char_to_idx)
    params = get_params()

    def forward(X, state):
        outputs, state = rnn(to_onehot(X, vocab_size), state, params)
        return nd.concat(*outputs, dim=0), state

    def update():
        grad_clipping(params, clipping_theta, ctx)
        sgd(params, lr, 1)

    def predict(prefix):
        return predict_rnn(prefix, pred_len, rnn, params, init_rnn_state,
                           num_hiddens, vocab_size, ctx, idx_to_char,
                           char_to_idx)

    data_iter = data_iter_random if is_random_iter else data_iter_consecutive
    _train_and_predict(
        forward, lambda: init_rnn_state(batch_size, num_hiddens, ctx),
        lambda: data_iter(corpus_indices, batch_size, num_steps, ctx,
                          random_offset=random_offset),
        is_random_iter, update, predict, num_epochs, pred_period, prefixes)


def train_and_predict_rnn_gluon(model, num_hiddens, vocab_size, ctx,
                                corpus_indices, idx_to_char, char_to_idx,
                                num_epochs, num_steps, lr, clipping_theta,
                                batch_size, pred_period, pred_len, prefixes,
                                *, random_offset=True):
    """Train a Gluon model on a text and let it continue prefixes.

    Reinitialises the model with normal random numbers of standard deviation
    0.01. Batches come from `data_iter_consecutive`. Otherwise trains and
    prints as `train_and_predict_rnn` does.

    Parameters
    ----------
    model : RNNModel
    num_hiddens : int
        Ignored: the model knows it.
    vocab_size, ctx, corpus_indices, idx_to_char, char_to_idx, num_epochs, \
num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes, \
random_offset
        As in `train_and_predict_rnn`.

    Raises
    ------
    ValueError
        As in `train_and_predict_rnn`.

    Examples
    --------
    >>> d2l.train_and_predict_rnn_gluon(
    ...     model, num_hiddens, vocab_size, ctx, corpus_indices,
    ...     idx_to_char, char_to_idx, num_epochs, num_steps, lr,
    ...     clipping_theta, batch_size, pred_period=50, pred_len=50,
    ...     prefixes=['traveller'])  # doctest: +SKIP
    """
    for prefix in prefixes:     # fail now, not after many epochs
        _require_prefix(prefix, char_to_idx)
    model.initialize(ctx=ctx, force_reinit=True, init=init.Normal(0.01))
    trainer = gluon.Trainer(model.collect_params(), 'sgd',
                            {'learning_rate': lr, 'momentum': 0, 'wd': 0})

    def update():
        params = [p.data() for p in model.collect_params().values()]
        amp.unscale_gradients(trainer)
        grad_clipping(params, clipping_theta, ctx)
        trainer.step(1)

    def predict(prefix):
        return predict_rnn_gluon(prefix, pred_len, model, vocab_size, ctx,
                                 idx_to_char, char_to_idx)

    _train_and_predict(
        model, lambda: model.begin_state(batch_size=batch_size, ctx=ctx),
        lambda: data_iter_consecutive(corpus_indices, batch_size, num_steps,
                                      ctx, random_offset=random_offset),
        False, update, predict, num_epochs, pred_period, prefixes, trainer)


def _train_and_predict(forward, begin_state, data_iter, is_random_iter,
                       update, predict, num_epochs, pred_period, prefixes,
                       trainer=None):
    """The training loop of the two functions above."""
    num_epochs = checks.require_positive_int(num_epochs, 'num_epochs')
    pred_period = checks.require_positive_int(pred_period, 'pred_period')
    loss = gluon.loss.SoftmaxCrossEntropyLoss()

    def losses(X, Y, state):
        output, state = forward(X, state)   # (steps * batch, vocab_size)
        return [loss(output, Y.T.reshape((-1,))).mean()], state

    for epoch in range(num_epochs):
        l_sum, n, start = 0.0, 0, time.time()
        state = None if is_random_iter else begin_state()
        for X, Y in data_iter():
            # the state is passed on, but the gradient stops here
            state = begin_state() if is_random_iter else _detach(state)
            (l,), state = step(losses, update, X, Y, state, trainer=trainer)
            l_sum += float(l.asscalar()) * Y.size
            n += Y.size
        if n == 0:
            raise ValueError('the text is too short for a batch: expected at '
                             'least batch_size * (num_steps + 1) characters; '
                             'make batch_size or num_steps smaller')
        if (epoch + 1) % pred_period == 0:
            print('epoch %d, perplexity %f, time %.2f sec' % (
                epoch + 1, _perplexity(l_sum / n), time.time() - start))
            for prefix in prefixes:
                print(' -', predict(prefix))


def _detach(state):
    if isinstance(state, nd.NDArray):
        return state.detach()
    return [s.detach() for s in state]


def _perplexity(l):
    try:
        return math.exp(l)
    except OverflowError:   # diverged
        return math.inf
