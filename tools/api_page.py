"""Write docs/api.md, the reference page, out of the docstrings.

    python tools/api_page.py

The sections are the book's chapters; a name stands where readers meet it
first. Examples are those of the docstrings. `tests/tools/test_docs.py` runs
them, and fails where the page is not up to date.
"""
import inspect
import re
import sys
from pathlib import Path

import d2l

PAGE = Path(__file__).resolve().parent.parent / 'docs' / 'api.md'

CHAPTERS = {
    'In every chapter: devices, figures, folders': (
        'mkdir_if_not_exist', 'plt', 'set_figsize', 'try_all_gpus',
        'try_gpu', 'use_svg_display'),
    'Linear networks and multilayer perceptrons': (
        'data_iter', 'evaluate_accuracy', 'get_fashion_mnist_labels',
        'linreg', 'load_data_fashion_mnist', 'semilogy', 'sgd',
        'show_fashion_mnist', 'squared_loss', 'train_ch3'),
    'Convolutional networks': (
        'corr2d', 'Residual', 'resnet18', 'train_ch5'),
    'Recurrent networks': (
        'data_iter_consecutive', 'data_iter_random', 'grad_clipping',
        'load_data_jay_lyrics', 'load_data_time_machine',
        'load_data_timemachine', 'predict_rnn', 'predict_rnn_gluon',
        'RNNModel', 'to_onehot', 'train_and_predict_rnn',
        'train_and_predict_rnn_gluon'),
    'Optimization algorithms': (
        'get_data_ch7', 'show_trace_2d', 'train_2d', 'train_ch7',
        'train_gluon_ch7'),
    'Computational performance': ('Benchmark',),
    'Computer vision': (
        'bbox_to_rect', 'download_voc_pascal', 'load_data_pikachu',
        'read_voc_images', 'show_bboxes', 'show_images', 'train',
        'VOC_CLASSES', 'VOC_COLORMAP', 'voc_label_indices', 'voc_rand_crop',
        'VOCSegDataset'),
    'Natural language processing': (
        'count_tokens', 'download_imdb', 'get_tokenized_imdb',
        'get_vocab_imdb', 'predict_sentiment', 'preprocess_imdb',
        'read_imdb'),
    'Not in the book: mixed precision, records of a training': (
        'History', 'use_amp'),
}

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
package's own, all others are the edition's. The sections are the book's
chapters; what several of them use is in the first.

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
    for chapter, names in CHAPTERS.items():
        parts.append(f'## {chapter}\n')
        parts += map(entry, names)
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
