"""Notebooks: whether this is one, and output that is redrawn in place."""
import functools
import sys


def _kernel():
    """The notebook's kernel that runs this process, or None.

    IPython is not imported for that: where it is not loaded, there is none.
    """
    return getattr(ipython_shell(), 'kernel', None)


def ipython_shell():
    """IPython's shell, of a notebook or a terminal; None in plain Python."""
    IPython = sys.modules.get('IPython')
    return IPython.get_ipython() if IPython else None


def is_notebook():
    return _kernel() is not None


def is_attended():
    """Whether this is a notebook that can ask its reader for input.

    Programs that run notebooks unattended (nbclient, nbconvert, nbval,
    papermill) say that it cannot.
    """
    try:
        return _kernel().get_parent('shell')['content']['allow_stdin']
    except (AttributeError, KeyError):
        return False


def display_in_place(value, **options):
    """Display `value`; returns a function that displays another in its place.

    `options` are those of `IPython.display.display`.
    """
    from IPython.display import display
    handle = display(value, display_id=True, **options)
    return functools.partial(handle.update, **options)
