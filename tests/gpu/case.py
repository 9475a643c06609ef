"""A call of an operator, to be computed on cpu() and on gpu(0)."""
import dataclasses
import typing


@dataclasses.dataclass
class Case:
    """A call of an operator.

    Attributes
    ----------
    op : str
        Its name in MXNet's registry.
    inputs : list of numpy.ndarray
    params : dict of str to object
    train : bool
        Whether it is called in training mode.
    differentiate : int or None
        How many of the inputs need a gradient: all of a floating dtype by
        default, none with 0.
    constant : tuple of int
        Which of these need none all the same.
    out : tuple of int
        The inputs that the results are written to.
    np_shape : bool
        Whether zero-dimensional arrays exist, as with mx.npx.set_np().
    scale : float
        What the tolerances are multiplied by.
    """

    op: str
    inputs: list = dataclasses.field(default_factory=list)
    params: dict = dataclasses.field(default_factory=dict)
    train: bool = True
    differentiate: typing.Optional[int] = None
    constant: tuple = ()
    out: tuple = ()
    np_shape: bool = False
    scale: float = 1

    def __str__(self):
        arrays = ', '.join('%s%s' % (x.dtype, list(x.shape))
                           for x in self.inputs)
        params = ', '.join('%s=%s' % item for item in self.params.items())
        return '%s(%s)' % (self.op, '; '.join(filter(None, (arrays, params))))
