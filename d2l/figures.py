"""Figures, drawn with matplotlib."""
import numpy as np
from matplotlib import pyplot as plt

from . import notebook


def use_svg_display():
    """Draw the figures of a notebook as SVG, which is sharp at any size.

    Examples
    --------
    >>> d2l.use_svg_display()
    """
    if notebook.ipython_shell() is None:
        return
    from matplotlib_inline import backend_inline
    backend_inline.set_matplotlib_formats('svg')


def set_figsize(figsize=(3.5, 2.5)):
    """Set the size of all further figures, and draw them as SVG.

    Parameters
    ----------
    figsize : tuple of float, optional
        Width and height in inches.

    Examples
    --------
    >>> d2l.set_figsize((4, 3))
    >>> d2l.plt.rcParams['figure.figsize']
    [4.0, 3.0]
    """
    use_svg_display()
    plt.rcParams['figure.figsize'] = figsize


def semilogy(x_vals, y_vals, x_label, y_label, x2_vals=None, y2_vals=None,
             legend=None, figsize=(3.5, 2.5)):
    """Plot one or two curves with a logarithmic y axis.

    Parameters
    ----------
    x_vals, y_vals : sequence of float
        The first curve.
    x_label, y_label : str
        Labels of the axes.
    x2_vals, y2_vals : sequence of float, optional
        The second curve, dotted.
    legend : list of str, optional
        Names of the two curves; ignored if there is only one.
    figsize : tuple of float, optional
        Width and height in inches.

    Examples
    --------
    >>> d2l.semilogy(range(1, 4), [1, 0.1, 0.01], 'epochs', 'loss',
    ...              range(1, 4), [2, 0.3, 0.2],
    ...              ['train', 'test'])  # doctest: +SKIP
    """
    set_figsize(figsize)
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.semilogy(x_vals, y_vals)
    if x2_vals is not None and y2_vals is not None:
        plt.semilogy(x2_vals, y2_vals, linestyle=':')
        if legend is not None:
            plt.legend(legend)
    plt.show()


def plot_losses(ls, num_epochs):
    """Plot the losses recorded in chapter 7, evenly over the epochs."""
    set_figsize()
    plt.plot(np.linspace(0, num_epochs, len(ls)), ls)
    plt.xlabel('epoch')
    plt.ylabel('loss')


def show_fashion_mnist(images, labels):
    """Draw images in one row, each with a title.

    Parameters
    ----------
    images : sequence of NDArray
        Shape (28, 28), or with a channel axis of length 1 first or last.
        Other heights and widths work too.
    labels : sequence of str
        The title of each image.

    Raises
    ------
    ValueError
        There are no images, or the number of labels differs.

    Examples
    --------
    >>> X, y = next(iter(test_iter))  # doctest: +SKIP
    >>> d2l.show_fashion_mnist(
    ...     X[:9], d2l.get_fashion_mnist_labels(y[:9]))  # doctest: +SKIP
    """
    if len(images) != len(labels) or not len(images):
        raise ValueError(
            'show_fashion_mnist expects one label for each of one or more '
            f'images, but got {len(images)} images and {len(labels)} labels')
    use_svg_display()
    _, figs = plt.subplots(1, len(images), figsize=(12, 12), squeeze=False)
    for f, img, lbl in zip(figs[0], images, labels):
        f.imshow(img.asnumpy().squeeze())
        f.set_title(lbl)
        _hide_axes(f)


def show_images(imgs, num_rows, num_cols, scale=2):
    """Draw images in rows and columns.

    Parameters
    ----------
    imgs : sequence of NDArray or numpy.ndarray
        Shape (height, width) or (height, width, channels), in row order;
        at least num_rows * num_cols images.
    num_rows, num_cols : int
        Each may be 1.
    scale : float, optional
        Height and width of each image in inches.

    Returns
    -------
    numpy.ndarray of matplotlib Axes
        Shape (num_rows, num_cols).

    Raises
    ------
    ValueError
        There are fewer than num_rows * num_cols images.

    Examples
    --------
    >>> axes = d2l.show_images([nd.zeros((8, 8, 3))] * 3, 1, 3)
    >>> axes.shape
    (1, 3)
    """
    if len(imgs) < num_rows * num_cols:
        raise ValueError(
            f'show_images expects at least {num_rows} x {num_cols} images, '
            f'but got {len(imgs)}: pass more images, or fewer rows or columns')
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = plt.subplots(num_rows, num_cols, figsize=figsize, squeeze=False)
    for f, img in zip(axes.flat, imgs):
        f.imshow(_to_numpy(img))
        _hide_axes(f)
    return axes


def bbox_to_rect(bbox, color):
    """Convert a bounding box to a rectangle, for `axes.add_patch`.

    Parameters
    ----------
    bbox : sequence of float
        x and y of the upper left corner, then of the lower right corner,
        in the units of the axes.
    color : str
        A matplotlib color.

    Returns
    -------
    matplotlib.patches.Rectangle

    Examples
    --------
    >>> rect = d2l.bbox_to_rect([60, 45, 378, 516], 'blue')
    >>> rect.get_width(), rect.get_height()
    (318, 471)
    """
    return plt.Rectangle(
        xy=(bbox[0], bbox[1]), width=bbox[2] - bbox[0],
        height=bbox[3] - bbox[1], fill=False, edgecolor=color, linewidth=2)


def show_bboxes(axes, bboxes, labels=None, colors=None):
    """Draw bounding boxes with labels.

    Parameters
    ----------
    axes : matplotlib Axes
        The axes of an image.
    bboxes : sequence of NDArray or numpy.ndarray
        Corners as in `bbox_to_rect`, shape (4,) each.
    labels : str or list of str, optional
        Drawn at the upper left corners; may be fewer than the boxes.
    colors : str or list of str, optional
        Colors of the boxes, used in turn.

    Examples
    --------
    >>> axes = d2l.plt.imshow(nd.zeros((8, 8, 3)).asnumpy()).axes
    >>> d2l.show_bboxes(axes, nd.array([[1, 1, 5, 6]]), 'dog=0.9')
    """
    labels = _to_list(labels, [])
    colors = _to_list(colors, ['b', 'g', 'r', 'm', 'k'])
    for i, bbox in enumerate(bboxes):
        color = colors[i % len(colors)]
        rect = bbox_to_rect(_to_numpy(bbox), color)
        axes.add_patch(rect)
        if i < len(labels):
            axes.text(rect.xy[0], rect.xy[1], labels[i], va='center',
                      ha='center', fontsize=9,
                      color='k' if color == 'w' else 'w',
                      bbox=dict(facecolor=color, lw=0))


def show_trace_2d(f, res):
    """Draw the path of an optimisation over the contours of a function.

    Parameters
    ----------
    f : function
        `f(x1, x2)` takes two arrays of the same shape.
    res : list of tuple
        The points (x1, x2) of the path, as returned by `d2l.train_2d`.

    Examples
    --------
    >>> d2l.show_trace_2d(lambda x1, x2: x1 ** 2 + 2 * x2 ** 2,
    ...                   [(-5, -2), (-2, -0.5), (0, 0)])
    """
    x1, x2 = zip(*res)
    set_figsize()
    plt.plot(x1, x2, '-o', color='#ff7f0e')
    x1, x2 = np.meshgrid(
        np.arange(-5.5, 1.0, 0.1),
        np.arange(min(-3.0, min(x2) - 1), max(1.0, max(x2) + 1), 0.1))
    plt.contour(x1, x2, f(x1, x2), colors='#1f77b4')
    plt.xlabel('x1')
    plt.ylabel('x2')


def _hide_axes(axes):
    axes.get_xaxis().set_visible(False)
    axes.get_yaxis().set_visible(False)


def _to_numpy(array):
    return array.asnumpy() if hasattr(array, 'asnumpy') else array


def _to_list(value, default):
    if value is None:
        return default
    return value if isinstance(value, (list, tuple)) else [value]
