"""A repair of IPython, which notebooks of the edition begin with."""
from .repairs import after


@after('IPython.display')
def restore_matplotlib_formats(module):
    """IPython 9 removed IPython.display.set_matplotlib_formats."""
    if hasattr(module, 'set_matplotlib_formats'):
        return

    def set_matplotlib_formats(*formats, **kwargs):
        """Draw figures in these formats, such as 'svg' or 'retina'."""
        from matplotlib_inline import backend_inline
        backend_inline.set_matplotlib_formats(*formats, **kwargs)

    module.set_matplotlib_formats = set_matplotlib_formats
