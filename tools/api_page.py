"""Write docs/api.md, the reference page, out of the docstrings.

    python tools/api_page.py

Each theme module is a section, its title the first line of the module's
docstring. Examples are those of the docstrings. `tests/tools/test_docs.py`
runs them, and fails where the page is not up to date.
"""
import importlib
import inspect
import re
import sys
from pathlib import Path

import d2l

PAGE = Path(__file__).resolve().parent.parent / 'docs' / 'api.md'

# Names without a docstring of their own: first line and example.
CONSTANTS = {
    'VOC_CLASSES': ('The 21 classes of the pixels.',
                    '>>> d2l.VOC_CLASSES[:2]\n'
                    "['background', 'aeroplane']"),
    'VOC_COLORMAP': ('Red, green and blue of each class in the labels\' '
                     'pictures.', '>>> d2l.VOC_COLORMAP[1]\n[128, 0, 0]'),
    'plt': ('`matplotlib.pyplot`.',
            ">>> d2l.plt.xlabel('epoch')  # doctest: +SKIP"),
}

HEAD = '''\
# The functions of d2l

Made from the docstrings by `python tools/api_page.py`. `help(d2l.train_ch5)`
says more about each: shapes, dtypes, errors. Arguments after `*` are this
package's own, all others are the edition's.

`import d2lzh as d2l` gives the Chinese edition's package: the same, except
that `load_data_timemachine` is absent and that batches of a text begin at its
first character.
'''


def section_title(module):
    """The first line of a theme module's docstring, without the full stop."""
    doc = importlib.import_module('d2l.' + module).__doc__
    return doc.split('\n')[0].rstrip('.')


def line_and_example(name):
    """The first line of a name's docstring, and its example."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    doc = inspect.getdoc(getattr(d2l, name))
    example = doc.split('Examples\n--------\n')
    if len(example) != 2:
        raise ValueError('d2l.%s has no example in its docstring' % name)
    return doc.split('\n')[0], example[1].strip()


def entry(name):
    """A name's entry on the page."""
    value = getattr(d2l, name)
    title = 'd2l.' + name
    if callable(value):
        title += str(inspect.signature(value)).replace(
            'ctx=[cpu(0)]', 'ctx=[mx.cpu()]')
    line, example = line_and_example(name)
    # readers need no directives for doctest
    example = re.sub(r'  # doctest:.*', '', example)
    return f'### `{title}`\n\n{line}\n\n```python\n{example}\n```\n'


def page():
    """The text of the page."""
    parts = [HEAD]
    for module, names in d2l._MODULES.items():
        parts.append(f'## {section_title(module)}\n')
        parts += map(entry, sorted(names, key=str.lower))
    rows = '\n'.join('| `d2l.%s` | `%s` |' % item
                     for item in sorted(d2l._EXPOSED.items()))
    parts.append('## Modules\n\nThe modules that the edition\'s package '
                 'exposed, loaded when they are first used:\n\n'
                 f'| name | module |\n|---|---|\n{rows}\n')
    return '\n'.join(parts)


def main():
    PAGE.write_text(page(), encoding='utf-8')
    print(PAGE)


if __name__ == '__main__':
    sys.exit(main())
