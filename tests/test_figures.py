import matplotlib
import pytest
from mxnet import nd

import d2l


@pytest.fixture(autouse=True)
def close_figures():
    yield
    d2l.plt.close('all')


@pytest.mark.parametrize('shape', [(3, 28, 28), (3, 28, 28, 1),
                                   (3, 1, 28, 28), (1, 1, 224, 224)])
def test_show_fashion_mnist(shape):
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
def test_show_fashion_mnist_needs_a_label_for_each(n, titles):
    images = [nd.zeros((28, 28))] * n
    with pytest.raises(ValueError, match='%d images and' % n):
        d2l.show_fashion_mnist(images, titles)


def test_use_svg_display_outside_a_notebook_changes_nothing():
    before = dict(matplotlib.rcParams)
    d2l.use_svg_display()
    assert dict(matplotlib.rcParams) == before


def test_use_svg_display_in_a_notebook(shell):
    d2l.use_svg_display()
    formatter = shell.display_formatter.formatters['image/svg+xml']
    assert matplotlib.figure.Figure in formatter.type_printers
