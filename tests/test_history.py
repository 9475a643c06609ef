"""What a training found: filled by the loops, drawn, saved, loaded."""
import re

import mxnet as mx
import pytest
import small
from mxnet import gluon, nd

import d2l
from d2l.compat import threads
from d2l.history import FIGURES


def example():
    history = d2l.History()
    for i in range(3):
        history.append(loss=1 / (i + 3), train_acc=0.1 * i, test_acc=0.1 + i,
                       seconds=2.5, images_per_sec=1e5 / 3, threads=2)
    return history


def columns(history):
    return [getattr(history, name) for name in FIGURES]


def test_train_ch5_and_train_fill_it_with_what_they_print(capsys):
    for kwargs in ({}, {'ctx': [mx.cpu(0), mx.cpu(1)]}):
        history = d2l.History()
        small.train(2, history=history, **kwargs)
        printed = re.findall(
            r'loss (.*), train acc (.*), test acc (.*), time (.*) sec',
            capsys.readouterr().out)
        assert printed == [
            ('%.4f' % loss, '%.3f' % train_acc, '%.3f' % test_acc,
             '%.1f' % seconds) for loss, train_acc, test_acc, seconds, *_ in
            zip(*columns(history))]
        assert len(history) == 2
        # 100 images took less than the epoch with its evaluation
        for seconds, speed in zip(history.seconds, history.images_per_sec):
            assert 0 < 100 / speed < seconds


def test_it_says_how_many_threads_computed():
    history = d2l.History()
    small.train(2, history=history)
    assert history.threads == [threads.count()] * 2


def test_a_file_of_an_earlier_version_does_not_say(tmp_path):
    example().save(str(tmp_path / 'h.csv'))
    lines = (tmp_path / 'h.csv').read_text().splitlines()
    (tmp_path / 'h.csv').write_text('\n'.join(
        line.rpartition(',')[0] for line in lines))
    loaded = d2l.History.load(str(tmp_path / 'h.csv'))
    assert columns(loaded)[:-1] == columns(example())[:-1]
    assert loaded.threads == [0] * 3


def test_train_ch3_fills_it_and_goes_on(capsys):
    net = small.make_net()
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    history = d2l.History()
    for _ in range(2):
        assert d2l.train_ch3(
            net, *small.data(), gluon.loss.SoftmaxCrossEntropyLoss(), 1, 16,
            trainer=trainer, history=history) is None
    assert list(map(len, columns(history))) == [2] * 6
    assert '%.4f' % history.loss[1] in capsys.readouterr().out


def test_images_are_counted_where_every_pixel_has_a_label(capsys):
    X = nd.random.uniform(shape=(6, 3, 64, 64))
    y = (X[:, 0] > 0.5).astype('float32')
    net = gluon.nn.Conv2D(2, kernel_size=1)
    net.initialize()
    history = d2l.History()
    d2l.train([(X, y)] * 5, [(X, y)], net,
              gluon.loss.SoftmaxCrossEntropyLoss(axis=1),
              gluon.Trainer(net.collect_params(), 'sgd'), mx.cpu(), 1,
              history=history)
    assert 0 < 30 / history.images_per_sec[0] < history.seconds[0]


def test_saved_and_loaded_number_for_number(tmp_path):
    path = str(tmp_path / 'h.csv')
    example().save(path)
    assert columns(d2l.History.load(path)) == columns(example())
    with open(path) as file:
        lines = file.read().splitlines()
    assert lines[0] == 'epoch,' + ','.join(FIGURES) and len(lines) == 4
    assert lines[1].startswith('1,0.3333333333333333,0.0,0.1,2.5,')
    d2l.History().save(path)        # replaces it
    assert len(d2l.History.load(path)) == 0
    assert [p.name for p in tmp_path.iterdir()] == ['h.csv']


@pytest.mark.parametrize('text', [
    '', 'name,age\nAda,36\n',
    'epoch,loss,train_acc,test_acc,seconds,images_per_sec\n1,2,3\n',
    'epoch,loss,train_acc,test_acc,seconds,images_per_sec\n2,1,1,1,1,1\n',
    'epoch,loss,train_acc,test_acc,seconds,images_per_sec\n1,one,1,1,1,1\n',
    'epoch,loss,train_acc,test_acc,seconds,images_per_sec,threads\n'
    '1,1,1,1,1,1,inf\n'])
def test_another_file_is_refused(text, tmp_path):
    (tmp_path / 'h.csv').write_text(text)
    with pytest.raises(ValueError, match='h.csv is not a history: expected '
                       'the columns epoch, loss.*but'):
        d2l.History.load(str(tmp_path / 'h.csv'))


def test_append_takes_all_figures_or_none():
    with pytest.raises(TypeError, match='loss, train_acc.*but got loss'):
        d2l.History().append(loss=1)
    history, figures = d2l.History(), dict.fromkeys(FIGURES[:5], 1)
    for name in FIGURES:
        with pytest.raises((TypeError, ValueError)):
            history.append(**dict(figures, **{name: 'x'}))
    assert columns(history) == [[]] * 6
    history.append(**figures)       # threads need not be known
    assert columns(history) == [[1]] * 5 + [[0]]


def test_repr():
    assert repr(d2l.History()) == 'History(0 epochs)'
    assert repr(example()).startswith('History(3 epochs; loss 0.2, train_acc')


def test_plot(close_figures):
    assert example().plot() is None
    axes, = d2l.plt.gcf().axes
    assert axes.get_xlabel() == 'epoch'
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        'train loss', 'train acc', 'test acc']
    assert [(line.get_linestyle(), line.get_color())
            for line in axes.lines[1:]] == [('--', 'm'), ('-.', 'g')]
    assert axes.lines[0].get_xydata()[:, 0].tolist() == [1, 2, 3]
    assert axes.lines[0].get_xydata()[:, 1].tolist() == example().loss


def test_live_is_an_ordinary_plot_outside_a_notebook(close_figures):
    history = d2l.History()
    history.plot(live=True)
    assert len(d2l.plt.get_fignums()) == 1
    small.train(1, history=history)     # and training does not mind
    assert len(history) == 1


def test_a_surplus_column_is_refused(tmp_path):
    path = tmp_path / 'history.csv'
    example().save(str(path))
    path.write_text(path.read_text().rstrip() + ',7\n')
    with pytest.raises(ValueError, match='line 4 has 8 columns'):
        d2l.History.load(str(path))
