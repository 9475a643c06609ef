"""Figures, checked by what is drawn in them."""
import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from mxnet import nd

import d2l

pytestmark = pytest.mark.usefixtures('close_figures')


@pytest.fixture(autouse=True)
def rcparams():
    """Restores the rcParams, which set_figsize changes."""
    with matplotlib.rc_context():
        yield


@pytest.fixture
def shown(monkeypatch):
    """A list with an entry for each call of plt.show()."""
    calls = []
    monkeypatch.setattr(d2l.plt, 'show', lambda: calls.append(1))
    return calls


@pytest.mark.parametrize('shape', [(3, 28, 28), (3, 28, 28, 1),
                                   (3, 1, 28, 28), (1, 1, 224, 224)])
def test_show_fashion_mnist_draws_images_with_titles(shape):
    images = nd.random.uniform(shape=shape)
    titles = ['coat', 'bag', 'shirt'][:shape[0]]
    assert d2l.show_fashion_mnist(images, titles) is None
    figure = d2l.plt.gcf()
    assert tuple(figure.get_size_inches()) == (12, 12)
    assert [axes.get_title() for axes in figure.axes] == titles
    for axes, image in zip(figure.axes, images):
        assert not axes.get_xaxis().get_visible()
        assert not axes.get_yaxis().get_visible()
        drawn = axes.images[0].get_array()
        assert (drawn == image.asnumpy().squeeze()).all()


@pytest.mark.parametrize('n, titles', [(2, ['coat']), (0, [])])
def test_show_fashion_mnist_requires_a_label_for_each_image(n, titles):
    images = [nd.zeros((28, 28))] * n
    with pytest.raises(ValueError, match='%d images and' % n):
        d2l.show_fashion_mnist(images, titles)


def test_set_figsize_sets_the_size_of_new_figures():
    d2l.set_figsize((5, 4))
    assert tuple(d2l.plt.figure().get_size_inches()) == (5, 4)
    d2l.set_figsize()
    assert tuple(d2l.plt.figure().get_size_inches()) == (3.5, 2.5)


def test_semilogy_plots_a_curve_with_a_logarithmic_axis(shown):
    assert d2l.semilogy([1, 2, 3], [1, .1, .01], 'epochs', 'loss',
                        legend=['train', 'test'], figsize=(4, 3)) is None
    axes = d2l.plt.gca()
    line, = axes.lines
    np.testing.assert_array_equal(line.get_xydata(),
                                  [[1, 1], [2, .1], [3, .01]])
    assert axes.get_yscale() == 'log' and axes.get_xscale() == 'linear'
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('epochs', 'loss')
    assert axes.get_legend() is None and shown == [1]
    assert tuple(d2l.plt.gcf().get_size_inches()) == (4, 3)


@pytest.mark.parametrize('kind', [list, np.array, range])
def test_semilogy_plots_two_curves_with_a_legend(kind, shown):
    x = range(1, 4) if kind is range else kind([1, 2, 3])
    y = [3, 2, 1] if kind is range else kind([3, 2, 1])
    d2l.semilogy(x, y, 'x', 'y', x, y, ['train', 'test'])
    axes = d2l.plt.gca()
    first, second = axes.lines
    assert (first.get_linestyle(), second.get_linestyle()) == ('-', ':')
    np.testing.assert_array_equal(second.get_xydata(),
                                  [[1, 3], [2, 2], [3, 1]])
    assert [t.get_text() for t in axes.get_legend().get_texts()] == [
        'train', 'test']
    assert shown == [1]


@pytest.mark.parametrize('rows, cols', [(1, 1), (1, 3), (2, 1), (2, 3)])
@pytest.mark.parametrize('kind', [nd.array, np.array])
def test_show_images_draws_rows_and_columns(rows, cols, kind):
    imgs = [kind(np.full((4, 6, 3), i / 10)) for i in range(7)]
    axes = d2l.show_images(imgs, rows, cols, scale=1.5)
    assert axes.shape == (rows, cols)
    assert tuple(d2l.plt.gcf().get_size_inches()) == (cols * 1.5, rows * 1.5)
    for i in range(rows):
        for j in range(cols):
            f = axes[i][j]
            assert not f.get_xaxis().get_visible()
            assert not f.get_yaxis().get_visible()
            np.testing.assert_allclose(f.images[0].get_array(),
                                       (i * cols + j) / 10, rtol=1e-6)


def test_show_images_refuses_too_few_images():
    with pytest.raises(ValueError, match='at least 2 x 2 images.*got 3'):
        d2l.show_images([nd.zeros((2, 2))] * 3, 2, 2)


def test_bbox_to_rect_makes_an_outline():
    rect = d2l.bbox_to_rect([10, 20, 40, 60], 'blue')
    assert isinstance(rect, d2l.plt.Rectangle)
    assert (rect.xy, rect.get_width(), rect.get_height()) == (
        (10, 20), 30, 40)
    assert not rect.get_fill() and rect.get_linewidth() == 2
    assert rect.get_edgecolor() == to_rgba('blue')


def boxes(n):
    return nd.array([[i, i, i + 5, i + 9] for i in range(n)])


def test_show_bboxes_draws_boxes_and_labels():
    axes = d2l.plt.figure().gca()
    assert d2l.show_bboxes(axes, boxes(6), ['one', 'two']) is None
    assert [rect.get_edgecolor() for rect in axes.patches] == [
        to_rgba(color) for color in 'bgrmkb']
    assert [rect.xy for rect in axes.patches] == [(i, i) for i in range(6)]
    assert [(t.get_text(), t.get_position()) for t in axes.texts] == [
        ('one', (0, 0)), ('two', (1, 1))]
    for t, color in zip(axes.texts, 'bg'):
        assert t.get_color() == 'w' and t.get_fontsize() == 9
        assert t.get_bbox_patch().get_facecolor() == to_rgba(color)


def test_show_bboxes_takes_one_color_and_one_label():
    axes = d2l.plt.figure().gca()
    d2l.show_bboxes(axes, boxes(2).asnumpy(), 'dog', 'w')
    assert [rect.get_edgecolor() for rect in axes.patches] == [
        to_rgba('w')] * 2
    text, = axes.texts
    assert (text.get_text(), text.get_color()) == ('dog', 'k')


def test_show_trace_2d_draws_the_path_over_contours():
    def f(x1, x2):
        assert x1.shape == x2.shape
        seen.append((x1.min(), x1.max(), x2.min(), x2.max()))
        return x1 ** 2 + x2 ** 2
    seen = []
    path = [(-5, -2), (-3, -4.5), (0, 2.5)]
    d2l.show_trace_2d(f, path)
    np.testing.assert_allclose(seen, [(-5.5, 0.9, -5.5, 3.4)])
    axes = d2l.plt.gca()
    line, = axes.lines
    np.testing.assert_array_equal(line.get_xydata(), path)
    assert (line.get_marker(), line.get_linestyle()) == ('o', '-')
    assert line.get_color() == '#ff7f0e'
    assert axes.collections     # contours
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('x1', 'x2')


def test_show_trace_2d_covers_at_least_the_default_range():
    d2l.show_trace_2d(lambda x1, x2: x1 + x2, [(-5, -2), (0, 0)])
    low, high = d2l.plt.gca().get_ylim()
    assert low == pytest.approx(-3, abs=0.1)
    assert high == pytest.approx(0.9, abs=0.2)


def test_use_svg_display_outside_a_notebook_changes_nothing():
    before = dict(matplotlib.rcParams)
    d2l.use_svg_display()
    assert dict(matplotlib.rcParams) == before


def test_use_svg_display_in_a_notebook(shell):
    d2l.use_svg_display()
    formatter = shell.display_formatter.formatters['image/svg+xml']
    assert matplotlib.figure.Figure in formatter.type_printers
