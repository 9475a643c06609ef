"""Torch's errors as MXNet's."""
import contextlib

from mxnet.base import MXNetError

NOT_IN_GRAPH = (
    'Check failed: Cannot differentiate node because it is not in a '
    'computational graph. You need to set is_recording to true or use '
    'autograd.record() to save computational graphs for backward. If you want '
    'to differentiate the same graph twice, you need to pass '
    'retain_graph=True to backward.')
_FORKED = ('a process that was forked, such as a worker of a DataLoader, '
           'cannot use a GPU. Let it return NumPy arrays, or arrays on the '
           'CPU, and copy them to the GPU in the main process')
_LATER = ('. A GPU computes later than it is asked to: an operator before '
          'this one may have failed. With the environment variable '
          'CUDA_LAUNCH_BLOCKING=1 the error names the one that did. Start '
          'Python anew: this process cannot use the GPU any more')
# what CUDA, or cuBLAS, says at once of what it is asked for
_AT_ONCE = ('out of memory', 'ALLOC_FAILED', 'NOT_SUPPORTED',
            'no kernel image')


def describe(what, p, tensors):
    """What was computed: '... on arrays of shapes (2, 3), (3,)'.

    Without arrays the shape that `p` asks for: '..., shape (2, 3)'.
    """
    if tensors:
        return '%s on arrays of shapes %s' % (
            what, ', '.join(str(tuple(t.shape)) for t in tensors))
    shape = getattr(p, 'shape', None)
    return '%s, shape %s' % (what, shape) if shape else what


def translate(error, where):
    """The MXNetError for an error that torch raised.

    Parameters
    ----------
    error : Exception
    where : str
        What was computed, such as 'operator dot'.

    Returns
    -------
    MXNetError
    """
    text = str(error)
    if 'forked subprocess' in text or 'CUDA error: initialization' in text:
        text = _FORKED
    elif 'the graph a second time' in text:
        text = NOT_IN_GRAPH     # another backward has used a part of it
    elif 'CUDA error' in text or 'HIP error' in text:
        # the lines that follow are about CUDA's API and torch's build
        text = next(line for line in text.split('\n') if ' error' in line)
        if not any(words in text for words in _AT_ONCE):
            text += _LATER
    return MXNetError('%s: %s' % (where, text))


@contextlib.contextmanager
def translated(where):
    """Around calls of torch's, and a decorator: errors become MXNet's."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, MXNetError):
            raise
        raise translate(error, where) from error
