"""The package's structure: imports point downwards; modules are short."""
import ast
import pathlib

import pytest

import d2l

PACKAGE = pathlib.Path(d2l.__file__).parent

# Rooms from the bottom up. A module may import those of its own room and of
# the rooms before it. All modules of d2l that are not named here, d2l itself
# among them, are the themes, at the top.
ROOMS = [
    ['gpu'],
    ['compat'],
    ['amp', 'archives', 'checks', 'downloads', 'files', 'gluon_internals',
     'notebook'],
    ['checkpoints'],
    ['training'],
]
MAX_LINES = 300
MAX_LINES_OF_GPU = 350     # its families of operators


def module_name(path):
    """Such as 'd2l.training.epochs', or 'd2l' for d2l/__init__.py."""
    parts = path.relative_to(PACKAGE.parent).with_suffix('').parts
    return '.'.join(part for part in parts if part != '__init__')


MODULES = {module_name(path): path for path in PACKAGE.rglob('*.py')}


def imported_modules(source, package, modules):
    """The modules among `modules` that a source imports, anywhere in it.

    `package` is what a relative import of the source starts from.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ''
            if node.level:
                parents = package.split('.')
                parents = parents[:len(parents) - node.level + 1]
                base = '.'.join(parents + ([base] if base else []))
            for alias in node.names:
                name = base + '.' + alias.name
                found.add(name if name in modules else base)
    return found & set(modules)


def imports_of(name):
    path = MODULES[name]
    is_package = path.name == '__init__.py'
    return imported_modules(path.read_text(encoding='utf-8'),
                            name if is_package else name.rpartition('.')[0],
                            MODULES)


def room(name):
    """The room of a module, and its place from the bottom."""
    top = name.split('.')[1] if '.' in name else name
    for level, rooms in enumerate(ROOMS):
        if top in rooms:
            return top if level != 2 else 'shared', level
    return ('launch' if top == 'launch' else 'themes'), len(ROOMS)


def may_import(importer, imported):
    (importer, level), (imported, level_below) = room(importer), room(imported)
    if importer == imported:
        return True
    if importer == 'launch':
        return imported == 'compat'
    return level_below < level


def find_circle(graph):
    """A list of nodes that leads back to its first one, or None."""
    finished = set()

    def follow(node, path):
        if node in path:
            return path[path.index(node):] + [node]
        if node not in finished:
            for target in sorted(graph[node]):
                circle = follow(target, path + [node])
                if circle:
                    return circle
            finished.add(node)
        return None

    for node in sorted(graph):
        circle = follow(node, [])
        if circle:
            return circle
    return None


@pytest.mark.parametrize('source, expected', [
    ('import a.b', {'a.b'}),
    ('import other', set()),
    ('from . import b, name', {'a', 'a.b'}),
    ('from .b import name', {'a.b'}),
    ('from .b import c', {'a.b.c'}),
    ('def f():\n    from a.b import name', {'a.b'}),
])
def test_imports_are_found_in_any_form(source, expected):
    assert imported_modules(source, 'a', {'a', 'a.b', 'a.b.c'}) == expected


def test_relative_imports_of_a_parent_package_are_found():
    assert imported_modules('from .. import b', 'a.c', {'a', 'a.b'}) == {
        'a.b'}


@pytest.mark.parametrize('importer, imported, allowed', [
    ('d2l.classification', 'd2l.training.loop', True),
    ('d2l.training.loop', 'd2l.checks', True),
    ('d2l.training.loop', 'd2l.classification', False),
    ('d2l.checkpoints.statefile', 'd2l.training.loop', False),
    ('d2l.checks', 'd2l.checkpoints.statefile', False),
    ('d2l.compat.hook', 'd2l', False),
    ('d2l.launch.job', 'd2l.compat.threads', True),
    ('d2l.launch.job', 'd2l.checks', False),
    ('d2l.classification', 'd2l.launch.job', False),
])
def test_the_rooms_are_ordered(importer, imported, allowed):
    assert may_import(importer, imported) == allowed


@pytest.mark.parametrize('graph, expected', [
    ({'a': {'b'}, 'b': {'c'}, 'c': set()}, None),
    ({'a': {'b'}, 'b': {'c'}, 'c': {'b'}}, ['b', 'c', 'b']),
])
def test_a_circle_is_found(graph, expected):
    assert find_circle(graph) == expected


@pytest.mark.parametrize('name', sorted(MODULES))
def test_a_module_imports_only_its_own_room_and_lower_ones(name):
    refused = [imported for imported in sorted(imports_of(name))
               if not may_import(name, imported)]
    assert not refused, f'{name} imports {refused}'


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: imports_of(name) - {name} for name in MODULES}
    assert find_circle(graph) is None


@pytest.mark.parametrize('package', [
    'checkpoints', 'compat', 'compat/threads', 'gpu', 'launch', 'training'])
def test_the_map_of_a_room_names_its_modules(package):
    folder = PACKAGE / package
    words = ast.get_docstring(ast.parse(
        (folder / '__init__.py').read_text(encoding='utf-8')))
    names = {path.stem for path in folder.iterdir()
             if path.suffix == '.py' or (path / '__init__.py').exists()}
    missing = [name for name in sorted(names) if not name.startswith('__')
               and f'`{name}`' not in words]
    assert not missing


@pytest.mark.parametrize('name', sorted(MODULES))
def test_a_module_is_not_too_long(name):
    lines = MODULES[name].read_text(encoding='utf-8').splitlines()
    allowed = MAX_LINES_OF_GPU if room(name)[0] == 'gpu' else MAX_LINES
    assert len(lines) <= allowed, f'{name} has {len(lines)} lines'
