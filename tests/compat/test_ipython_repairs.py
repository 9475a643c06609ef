"""IPython has what notebooks of the edition begin with."""
import types
import warnings

from d2l.compat.ipython_repairs import restore_matplotlib_formats


def test_set_matplotlib_formats_works(shell):
    from IPython import display
    from matplotlib.figure import Figure
    with warnings.catch_warnings():     # IPython 7 and 8 deprecate it
        warnings.simplefilter('ignore')
        display.set_matplotlib_formats('svg')
    formatter = shell.display_formatter.formatters['image/svg+xml']
    assert Figure in formatter.type_printers


def test_a_module_of_ipython_without_it_gets_it():
    module = types.ModuleType('IPython.display')
    restore_matplotlib_formats(module)
    assert module.set_matplotlib_formats.__doc__


def test_a_module_of_ipython_that_has_it_keeps_its_own():
    module = types.ModuleType('IPython.display')
    module.set_matplotlib_formats = mine = object()
    restore_matplotlib_formats(module)
    assert module.set_matplotlib_formats is mine
