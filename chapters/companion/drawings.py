"""The chapters' pictures."""
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

_COLORS = {'conv': '#aecbeb', 'pool': '#f7d9a8', 'dense': '#b9dfb4',
           'other': '#dddddd'}


def filters(grids, titles, num_cols=8):
    """Draw the windows of a convolution, in grey, as a grid each.

    Every window is stretched to the whole range from black to white.

    Parameters
    ----------
    grids : list of numpy.ndarray
        Shape (windows, 1, height, width).
    titles : list of str
        As many.
    num_cols : int, optional
        Windows in a row.

    Examples
    --------
    >>> filters([np.random.randn(24, 1, 11, 11)], ['at random'])
    """
    _, axes = plt.subplots(1, len(grids), figsize=(3.4 * len(grids), 4.2),
                           squeeze=False)
    for ax, windows, title in zip(axes[0], grids, titles):
        w = windows[:, 0].astype('float32')         # (windows, h, w)
        low = w.min(axis=(1, 2), keepdims=True)
        span = w.max(axis=(1, 2), keepdims=True) - low
        w = (w - low) / np.where(span, span, 1)
        w = np.round(15 * w) / 15       # as many greys as an eye can tell
        w = np.pad(w, ((0, 0), (1, 1), (1, 1)), constant_values=1)
        rows = [np.hstack(w[i:i + num_cols])
                for i in range(0, len(w), num_cols)]
        ax.imshow(np.vstack(rows), cmap='gray', interpolation='nearest')
        ax.set_title(title)
        ax.axis('off')
    plt.tight_layout()


def side_by_side(nets):
    """Draw nets beside each other, from the input up to the scores.

    A box is a layer, its width the logarithm of the number of values that
    leave it; those values' shape stands to the right of it.

    Parameters
    ----------
    nets : dict
        Maps each name to (shape of an image, layers), the layers as returned
        by `costs.layers`.

    Examples
    --------
    >>> from companion import costs, nets
    >>> side_by_side({'LeNet': ((1, 28, 28), costs.layers(
    ...     nets.lenet(), (1, 28, 28)))})
    """
    most = max(len(layers) for _, layers in nets.values())
    fig, axes = plt.subplots(1, len(nets), squeeze=False, dpi=80,
                             figsize=(4.6 * len(nets), 0.52 * most + 1))
    for ax, (name, (shape, layers)) in zip(axes[0], nets.items()):
        _box(ax, 0, 'image', shape, 'other')
        for i, layer in enumerate(layers, 1):
            kind = layer.name.rstrip('0123456789')
            _box(ax, i, ' '.join(filter(None, (kind, layer.detail))),
                 layer.shape, layer.kind)
            ax.annotate('', (0, i - 0.34), (0, i - 0.66),
                        arrowprops=dict(arrowstyle='->', lw=0.8))
        ax.set(xlim=(-1.15, 1.75), ylim=(-0.6, most + 0.6))
        ax.set_title('%s: %s parameters' % (
            name, format(sum(layer.params for layer in layers), ',')))
        ax.axis('off')
    fig.tight_layout()


def _box(ax, i, text, shape, kind):
    # AlexNet's first layer, of 279,936 values, fills the column
    width = 2.2 * np.log(np.prod(shape)) / np.log(3e5)
    ax.add_patch(plt.Rectangle((-width / 2, i - 0.32), width, 0.64,
                               facecolor=_COLORS[kind], edgecolor='k',
                               lw=0.6))
    ax.text(0, i, text, ha='center', va='center', fontsize=8)
    ax.text(1.15, i, ' x '.join(map(str, shape)), va='center', fontsize=8)


def curves(histories, title):
    """Draw losses and accuracies over the epochs, of several trainings.

    Parameters
    ----------
    histories : dict of dict
        By name, what `trainings.train` returns.
    title : str

    Examples
    --------
    >>> curves({'a net': dict(loss=[2, 1], train_acc=[0.2, 0.5],
    ...                       test_acc=[0.3, 0.6])}, 'Two epochs')
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), dpi=80)
    for i, (name, history) in enumerate(histories.items()):
        epochs = range(1, len(history['loss']) + 1)
        style = dict(color='C%d' % i, marker='.', ms=4, lw=1.2)
        left.plot(epochs, history['loss'], label=name, **style)
        right.plot(epochs, history['test_acc'], label=name, **style)
        right.plot(epochs, history['train_acc'], ls='--', alpha=0.6,
                   **dict(style, marker=None))
    left.set(xlabel='epoch', ylabel='training loss')
    right.set(xlabel='epoch', ylabel='accuracy')
    right.set_title('test (dashed: training)', fontsize=9)
    for ax in (left, right):
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.4)
    left.legend(fontsize=8)
    fig.suptitle(title)
    fig.tight_layout()


def confusion(matrix, names):
    """Draw a confusion matrix.

    Parameters
    ----------
    matrix : numpy.ndarray
        Shape (classes, classes): a row for each true class, a column for
        each answer; counts.
    names : list of str
        Of the classes.

    Examples
    --------
    >>> confusion(np.array([[9, 1], [2, 8]]), ['bag', 'coat'])
    """
    fig, ax = plt.subplots(figsize=(5, 5))
    # the diagonal would leave no colour to the mistakes
    mistakes = np.where(np.eye(len(matrix)), 0, matrix)
    ax.imshow(mistakes, cmap='Oranges')
    for (i, j), n in np.ndenumerate(matrix):
        ax.text(j, i, '%d' % n if n else '', ha='center', va='center',
                fontsize=8, fontweight='bold' if i == j else None,
                color='w' if mistakes[i, j] > 0.6 * mistakes.max() else 'k')
    ax.set_xticks(range(len(names)))
    ax.set_xticklabels(names, rotation=45, ha='right')
    ax.set_yticks(range(len(names)))
    ax.set_yticklabels(names)
    ax.set(xlabel='answer of the net', ylabel='true class',
           title='Answers for %s test images' % format(matrix.sum(), ','))
    fig.tight_layout()


def predictions(images, percent, labels, names, indices):
    """Draw images with the three likeliest classes below each.

    Parameters
    ----------
    images : numpy.ndarray
        Shape (n, height, width).
    percent : numpy.ndarray
        The net's confidence in each class, 0 to 100, shape (n, classes).
    labels : numpy.ndarray
        The true classes, shape (n,).
    names : list of str
        Of the classes.
    indices : sequence of int
        Which images to draw.

    Examples
    --------
    >>> predictions(np.zeros((1, 28, 28)), np.array([[90, 4, 6]]),
    ...             np.array([0]), ['bag', 'coat', 'dress'], [0])
    """
    fig, axes = plt.subplots(2, len(indices), squeeze=False,
                             figsize=(1.5 * len(indices), 2.7),
                             gridspec_kw=dict(height_ratios=(3, 1.6)))
    for (top, bottom), i in zip(axes.T, indices):
        top.imshow(images[i], cmap='gray_r')
        top.set_title(names[labels[i]], fontsize=9)
        best = np.argsort(-percent[i].astype(int), kind='stable')[:3]
        bottom.barh(range(3), percent[i][best], color=[
            'C2' if k == labels[i] else 'C1' for k in best])
        for row, k in enumerate(best):
            bottom.text(2, row, '%s %d%%' % (names[k], percent[i][k]),
                        fontsize=7, va='center')
        bottom.set(xlim=(0, 100), ylim=(2.6, -0.6))
        top.axis('off')
        bottom.axis('off')
    fig.tight_layout(h_pad=0.2)


def shares(quantities):
    """Draw what share each layer has of some quantities, a bar each.

    Parameters
    ----------
    quantities : dict of dict
        Maps each title to a dict of layer name to number.

    Examples
    --------
    >>> shares({'parameters': {'conv0': 1, 'dense0': 9},
    ...         'multiply-adds': {'conv0': 8, 'dense0': 2}})
    """
    names = list(dict.fromkeys(
        name for parts in quantities.values() for name in parts))
    fig, ax = plt.subplots(figsize=(8, 0.55 * len(quantities) + 1.1))
    colors = dict(zip(names, plt.get_cmap('tab20').colors))
    for row, parts in enumerate(quantities.values()):
        left = 0
        for name, part in parts.items():
            share = 100 * part / sum(parts.values())
            ax.barh(row, share, left=left, color=colors[name], height=0.7)
            if share > 6:
                ax.text(left + share / 2, row, '%s\n%.0f%%' % (name, share),
                        ha='center', va='center', fontsize=7)
            left += share
    ax.set(yticks=range(len(quantities)), xlim=(0, 100), xlabel='%')
    ax.set_yticklabels(quantities)
    ax.invert_yaxis()
    fig.tight_layout()


def rooflines(peak, bandwidths, layers):
    """Draw what a machine can do at most, and what layers reach on it.

    Parameters
    ----------
    peak : float
        Operations in a second.
    bandwidths : dict of float
        By name: bytes moved in a second. The first is the roof, the others
        are dashed.
    layers : dict of dict
        Maps each panel's title to a dict of layer name to (operations per
        byte moved, operations per second).

    Examples
    --------
    >>> rooflines(1e11, {'reading': 1e10},
    ...           {'batch 1': {'conv0': (30, 4e10)}})
    """
    fig, axes = plt.subplots(1, len(layers), figsize=(5 * len(layers), 3.8),
                             sharex=True, sharey=True, squeeze=False)
    x = np.logspace(-1, 3.3, 200)
    for ax, (title, points) in zip(axes[0], layers.items()):
        for (name, speed), ls in zip(bandwidths.items(), ('-', '--', ':')):
            ax.loglog(x, np.minimum(peak, speed * x) / 1e9, 'k', lw=1, ls=ls,
                      label='%s %.0f GB/s' % (name, speed / 1e9))
        ax.text(x[-1], peak / 1e9 * 1.15, '%.0f GFLOP/s' % (peak / 1e9),
                ha='right', fontsize=8)
        for near in _clusters(points):
            ax.plot(*np.array([points[name] for name in near]).T
                    / [[1], [1e9]], 'o', ms=5,
                    color='C0' if near[0].startswith('conv') else 'C1')
            ax.annotate('\n'.join(near), (
                max(points[name][0] for name in near),
                min(points[name][1] for name in near) / 1e9), (5, -2),
                textcoords='offset points', fontsize=7, va='top')
        ax.set(xlabel='operations for each byte moved', title=title)
        ax.grid(alpha=0.3)
    lowest = min(y for points in layers.values() for _, y in points.values())
    axes[0, 0].set(ylabel='GFLOP/s reached', ylim=(lowest / 5e9, None))
    axes[0, -1].legend(loc='lower right', fontsize=8)
    fig.tight_layout()


def _clusters(points):
    """Names of points that lie together in a logarithmic plot."""
    clusters = []
    for name, point in points.items():
        for near in clusters:
            if np.abs(np.log10(points[near[0]]) - np.log10(point)).max() < 0.3:
                near.append(name)
                break
        else:
            clusters.append([name])
    return clusters
