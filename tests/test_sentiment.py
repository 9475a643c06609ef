import collections
import random

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd
from mxnet.gluon import nn

import d2l

DATA = [['Good good GOOD film', 1], ['bad  film', 0], ['good bad film', 1],
        ['good', 1], ['film film', 0]]


def test_read_imdb(data_dir):
    for label in ('pos', 'neg'):
        folder = data_dir / 'aclImdb' / 'train' / label
        folder.mkdir(parents=True)
        for i in range(5):
            (folder / ('%d.txt' % i)).write_bytes(
                ('%s REVIEW\n %d caf\u00e9' % (label, i)).encode('utf-8'))
    random.seed(1)
    data = d2l.read_imdb()
    whole = [['%s review %d caf\u00e9' % (label, i), score]
             for label, score in (('pos', 1), ('neg', 0)) for i in range(5)]
    assert data != whole and sorted(data) == sorted(whole)
    random.seed(1)
    assert d2l.read_imdb('train') == data   # whatever order folders have
    random.seed(1)
    random.shuffle(whole)
    assert data == whole
    with pytest.raises(FileNotFoundError, match=(
            r'aclImdb/test/pos is not there.*IMDB.*d2l.download_imdb\(\)')):
        d2l.read_imdb('test')


def test_get_tokenized_imdb():
    assert d2l.get_tokenized_imdb(DATA[:2]) == [
        ['good', 'good', 'good', 'film'], ['bad', '', 'film']]


def test_count_tokens():
    found = d2l.count_tokens([['a', 'b', 'a'], [], ['b', 'a']])
    assert found == {'a': 3, 'b': 2}
    assert isinstance(found, collections.Counter)


def test_get_vocab_imdb():
    vocab = d2l.get_vocab_imdb(DATA)
    # film and good occur five times, bad twice
    assert vocab.idx_to_token == ['<unk>', 'film', 'good']
    assert vocab.to_indices(['good', 'bad', 'film']) == [2, 0, 1]


def test_preprocess_imdb():
    vocab = d2l.get_vocab_imdb(DATA)
    data = DATA + [['good ' * 600, 1]]
    features, labels = d2l.preprocess_imdb(data, vocab)
    assert features.shape == (6, 500) and labels.shape == (6,)
    assert isinstance(features, nd.NDArray)
    assert labels.asnumpy().tolist() == [1, 0, 1, 1, 0, 1]
    features = features.asnumpy()
    assert features[0, :5].tolist() == [2, 2, 2, 1, 0]
    assert features[2, :4].tolist() == [2, 0, 1, 0]
    assert not features[:5, 4:].any()
    np.testing.assert_array_equal(features[5], 2)


class Judge(nn.Block):
    """Positive if most words are 'good'."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(3,))

    def forward(self, X):
        assert X.shape[0] == 1
        weight = self.weight.data(X.context)    # none on another device
        good = nd.take(weight, X).sum()
        return nd.stack(good * 0, good, axis=1).reshape((1, 2))


@pytest.mark.parametrize('ctx', [mx.cpu(0), mx.cpu(1)])
def test_predict_sentiment(ctx):
    net = Judge()
    net.initialize(ctx=ctx)
    net.weight.set_data(nd.array([0, -1, 1]))
    vocab = d2l.get_vocab_imdb(DATA)
    assert d2l.predict_sentiment(net, vocab, ['good', 'bad']) == 'positive'
    assert d2l.predict_sentiment(net, vocab, ['film']) == 'negative'


def test_predict_sentiment_by_a_function():
    vocab = d2l.get_vocab_imdb(DATA)
    assert d2l.predict_sentiment(
        lambda X: nd.array([[0, 1]], ctx=X.context), vocab,
        ['good']) == 'positive'
