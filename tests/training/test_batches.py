"""Batches: rehearsals, and labels that are none of the outputs."""
import mxnet as mx
import numpy as np
import pytest
from loops import small_net
from mxnet import gluon
from mxnet.gluon import nn

import d2l
import reference
from d2l.training import batches as training_batches
from d2l.training.batches import max_batches


def test_a_rehearsal_ends_after_so_many_batches(batches, capsys, monkeypatch):
    net = small_net()
    net.initialize()
    taken = []

    def counting(data_iter):
        for batch in data_iter:
            taken.append(len(batch[1]))
            yield batch
    monkeypatch.setenv('D2L_MAX_BATCHES', '2')
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    d2l.train_ch5(net, counting(batches[0]), counting(batches[1]), 64,
                  trainer, mx.cpu(), 1)
    assert taken == [64] * 4
    out, err = capsys.readouterr()
    assert 'D2L_MAX_BATCHES=2' in err and 'rehearsal' in err
    assert 'rehearsal' not in out


@pytest.mark.parametrize('value', ['few', '0', '-1', '²', '٣', '9' * 5000])
def test_a_rehearsal_of_another_number_is_an_error(value, monkeypatch):
    monkeypatch.setenv('D2L_MAX_BATCHES', value)
    with pytest.raises(ValueError, match='positive integer.*but is') as error:
        max_batches()
    assert len(str(error.value)) < 200


def test_labels_outside_the_outputs(batches, capsys):
    net = nn.Sequential()
    net.add(nn.Dense(5))    # Fashion-MNIST has ten classes
    net.initialize()
    net(batches[0][0][0])
    before = net[0].weight.data().asnumpy()
    with pytest.raises(ValueError, match='labels must lie in 0 to 4.*0 to 9'):
        reference.fit(d2l.train_ch5, net, *batches)
    np.testing.assert_array_equal(net[0].weight.data().asnumpy(), before)
    X, y = batches[0][0]
    with pytest.raises(ValueError, match='labels must lie in 0 to 4'):
        reference.fit(d2l.train_ch5, net, [(X, y - 10)], batches[1])


def test_a_rehearsal_counts_its_own_batches(monkeypatch):
    assert training_batches.count_batches(range(9)) == 9
    assert training_batches.count_batches(iter(range(9))) is None
    monkeypatch.setenv('D2L_MAX_BATCHES', '4')
    assert training_batches.count_batches(range(9)) == 4
    assert training_batches.count_batches(range(3)) == 3
    assert training_batches.count_batches(iter(range(9))) == 4
