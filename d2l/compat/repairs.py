"""The list of all repairs: for modules whose problem is not a missing name.

A repair is a function of the module. Its decorator says before or after which
module's execution it is applied; repairs of one module are applied in the
order in which they are defined. The first line of its docstring says what it
repairs and which version made that necessary; `python -m d2l` prints the line.
"""
import functools

BEFORE, AFTER = {}, {}  # module name: list of repairs
applied = []            # pairs of module name and repair


def before(*names):
    """Register a repair to apply before these modules are executed."""
    return functools.partial(_register, BEFORE, names)


def after(*names):
    """Register a repair to apply after these modules are executed."""
    return functools.partial(_register, AFTER, names)


def _register(table, names, repair):
    for name in names:
        table.setdefault(name, []).append(repair)
    return repair


def has_repairs(name):
    """Whether there are repairs of the module of this name."""
    return name in BEFORE or name in AFTER


def apply_before(module):
    """Repair a module that is about to be executed."""
    _apply(BEFORE, module)


def apply_after(module):
    """Repair a module that has just been executed."""
    _apply(AFTER, module)


def _apply(table, module):
    for repair in table.get(module.__name__, ()):
        repair(module)
        applied.append((module.__name__, repair))
