"""Write docs/api.md, the reference page, out of the docstrings.

    python tools/api_page.py

Examples are those of the docstrings. `tests/test_docs.py` runs them, and
fails where the page is not up to date.
"""
import inspect
import re
import sys
from pathlib import Path

import d2l

PAGE = Path(__file__).resolve().parent.parent / 'docs' / 'api.md'

SECTIONS = [
    ('Devices, timing', ('devices', 'timing')),
    ('Data', ('fashion_mnist', 'loader', 'files')),
    ('Texts', ('language',)),
    ('Reviews of films', ('sentiment',)),
    ('Pictures with objects', ('detection',)),
    ('Pictures with a class for every pixel', ('segmentation',)),
    ('Figures', ('figures',)),
    ('Models, losses, operations', ('models',)),
    ('Optimisation', ('optimization',)),
    ('Training', ('training', 'history', 'amp')),
    ('Recurrent nets', ('recurrent',)),
]

# What has no docstring of its own.
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
    """A name's part of the page."""
    value = getattr(d2l, name)
    title = 'd2l.' + name
    if callable(value):
        title += str(inspect.signature(value)).replace(
            'ctx=[cpu(0)]', 'ctx=[mx.cpu()]')
    line, example = line_and_example(name)
    # what doctest is told means nothing to a reader
    example = re.sub(r'  # doctest:.*', '', example)
    return '### `%s`\n\n%s\n\n```python\n%s\n```\n' % (title, line, example)


def page():
    """The text of the page."""
    parts = [HEAD]
    for title, modules in SECTIONS:
        parts.append('## %s\n' % title)
        for module in modules:
            parts += map(entry, sorted(d2l._MODULES[module], key=str.lower))
    rows = '\n'.join('| `d2l.%s` | `%s` |' % item
                     for item in sorted(d2l._EXPOSED.items()))
    parts.append('## Modules\n\nThose that the edition\'s package exposed, '
                 'loaded when they are first used:\n\n| name | module |\n'
                 '|---|---|\n%s\n' % rows)
    return '\n'.join(parts)


def main():
    PAGE.write_text(page(), encoding='utf-8')
    print(PAGE)


if __name__ == '__main__':
    sys.exit(main())
