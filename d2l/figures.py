"""Figures, drawn with matplotlib."""
import sys

from matplotlib import pyplot as plt


def use_svg_display():
    """Draw the figures of a notebook as SVG, sharp at any size."""
    IPython = sys.modules.get('IPython')
    if IPython is None or IPython.get_ipython() is None:
        return      # not in a notebook: nothing to set
    from matplotlib_inline import backend_inline
    backend_inline.set_matplotlib_formats('svg')


def show_fashion_mnist(images, labels):
    """Draw images in one row with a title over each.

    Parameters
    ----------
    images : sequence of NDArray
        Shape (28, 28), or with a channel axis of length 1 before or after;
        other heights and widths are welcome.
    labels : sequence of str
        As many titles.
    """
    if len(images) != len(labels) or not len(images):
        raise ValueError('show_fashion_mnist needs a label for every image, '
                         'but got %d images and %d labels'
                         % (len(images), len(labels)))
    use_svg_display()
    _, figs = plt.subplots(1, len(images), figsize=(12, 12), squeeze=False)
    for f, img, lbl in zip(figs[0], images, labels):
        f.imshow(img.asnumpy().squeeze())
        f.set_title(lbl)
        f.axes.get_xaxis().set_visible(False)
        f.axes.get_yaxis().set_visible(False)
