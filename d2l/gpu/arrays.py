"""Arrays on gpu(i): torch tensors behind handles of our own.

MXNet's front end knows an array by its handle, a pointer. Ours are numbers
that no pointer can be: user space on x86-64 and Arm ends far below 2^60.
"""
import ctypes
import itertools
import threading

import torch
from mxnet.base import MXNetError

from .errors import translated
from .history import add_reached, find_histories, is_used, mark_used
from .state import devices

VOID_P = ctypes.c_void_p
FIRST = 1 << 60     # handles from here on are ours


class Variable:
    """What attach_grad() has attached to an array.

    Attributes
    ----------
    grad : Array
    req : int
        What backward does with `grad`: 0 nothing, 1 write, 3 add.
    fresh : bool
        Whether backward has changed `grad` since the trainer last read it.
    """

    __slots__ = ('fresh', 'grad', 'req')

    def __init__(self, grad, req):
        self.grad, self.req, self.fresh = grad, req, False


_marking = threading.RLock()    # garbage may be collected meanwhile


class Tape:
    """A connected piece of recorded graph.

    MXNet forgets what backward has used: from then on, arrays that were
    computed there are constants. Therefore the states of an RNN need no
    detach().
    """

    __slots__ = ('heads', 'is_used', 'outputs', 'parent')

    def __init__(self):
        self.parent = None
        self.is_used = False    # whether backward has used any of it
        self.heads = []     # nodes of torch's graph, still to be marked
        self.outputs = ()   # of readers' functions: weak references to Arrays

    def root(self):
        """The tape that stands for all that were joined with this one."""
        tape = self
        while tape.parent is not None:
            tape = tape.parent
        return tape

    def join(self, other):
        """Let this tape stand for another one, too; both are roots."""
        other.parent = self
        self.outputs += other.outputs
        self.heads += other.heads
        self.is_used = self.is_used or other.is_used

    def end(self, nodes):
        """Forget the graph behind these nodes: backward has used it."""
        self.is_used = True
        self.heads += nodes     # marked when somebody asks, which is rare
        if not self.outputs:
            return
        # What a reader's function has saved leads to this tape: heads that
        # remained here would lead to the function, and both would never end.
        self._mark()
        for reference in self.outputs:
            array = reference()
            if array is not None and array.node is not None and (
                    self.has_used(array.node)):
                array.node = array.tape = None

    def has_used(self, tensor):
        """Whether backward went through what a tensor was computed by."""
        if not self.is_used:
            return False
        self._mark()
        history, = find_histories([tensor])
        return is_used(history.grad_fn)

    def would_use_again(self, nodes):
        """Whether backward from these nodes would meet what it has used."""
        if not self.is_used:
            return False
        self._mark()
        reached = set()
        add_reached(reached, nodes)
        return any(map(is_used, reached))

    def _mark(self):
        with _marking:      # who asks meanwhile waits for all marks
            heads, self.heads = self.heads, []
            mark_used(heads)


class Array:
    """One NDArray on a GPU.

    Attributes
    ----------
    data : torch.Tensor
        The memory; contiguous, and never with a history of autograd.
    node : torch.Tensor or None
        The same memory with the history that torch keeps. Its version counter
        is another one: as in MXNet, backward uses what the memory holds then.
    tape : Tape or None
        The graph that `node` belongs to; None for a leaf.
    variable : Variable or None
    device : int
        The i of gpu(i).
    c_shape : ctypes array or None
        The shape that a caller may still read through a pointer.
    """

    __slots__ = ('__weakref__', 'c_shape', 'data', 'device', 'node', 'tape',
                 'variable')

    def __init__(self, data, device, node=None, tape=None):
        self.data, self.device = data, device
        self.node, self.tape = node, tape
        self.variable = self.c_shape = None

    def recorded(self):
        """The tensor to compute with while recording."""
        node = self.node
        if node is None:
            return self.data
        tape = self.tape
        if tape is not None and tape.root().has_used(node):
            self.node = self.tape = None
            return self.data
        return node

    def twin(self):
        """The same array for another handle."""
        other = Array(self.data, self.device, self.node, self.tape)
        other.variable = self.variable
        return other


arrays = {}     # handle: Array
_handles = itertools.count(FIRST)


def add(array):
    """A handle for an array."""
    handle = next(_handles)
    arrays[handle] = array
    return handle


def number(handle):
    """The number in a handle that a caller passes, however it is wrapped."""
    if handle is None or type(handle) is int:
        return handle or 0
    return handle.value or 0


def numbers(handles, count):
    """The numbers of the first handles of a C array."""
    return handles[:count] if count else []


def is_ours(handle):
    return number(handle) >= FIRST


def any_ours(handles):
    for handle in handles:
        if handle is not None and handle >= FIRST:
            return True
    return False


def get(handle):
    """The array of a handle of ours."""
    found = arrays.get(number(handle))
    if found is None:
        raise MXNetError('all arrays must be on one device, but one is on '
                         'the CPU and another one on a GPU. '
                         'x.as_in_context(ctx) copies an array to a device')
    return found


def empty(shape, dtype, device):
    """A new array, its elements not set."""
    with translated('an array of shape %s on gpu(%d)' % (shape, device)):
        return Array(torch.empty(shape, dtype=dtype, device=devices[device]),
                     device)


def host_tensor(address, shape, dtype):
    """A tensor over memory of the host that somebody else keeps."""
    size = dtype.itemsize
    for n in shape:
        size *= n
    if size == 0:
        return torch.empty(shape, dtype=dtype)
    buffer = (ctypes.c_char * size).from_address(address)
    return torch.frombuffer(buffer, dtype=dtype).view(shape)
