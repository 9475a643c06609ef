"""The IMDB film reviews, with a few small ones."""
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


@pytest.fixture
def reviews(data_dir):
    """What read_imdb is to read, in the order of the files."""
    for label in ('pos', 'neg'):
        folder = data_dir / 'aclImdb' / 'train' / label
        folder.mkdir(parents=True)
        for i in range(5):
            (folder / ('%d.txt' % i)).write_bytes(
                ('%s REVIEW\n %d caf\u00e9' % (label, i)).encode('utf-8'))
    return [['%s review %d caf\u00e9' % (label, i), score]
            for label, score in (('pos', 1), ('neg', 0)) for i in range(5)]


def test_read_imdb_reads_and_shuffles_the_reviews(reviews):
    random.seed(1)
    data = d2l.read_imdb()
    assert data != reviews and sorted(data) == sorted(reviews)


def test_the_order_of_read_imdb_depends_only_on_the_seed(reviews):
    """And not on the order in which a folder lists its files."""
    random.seed(1)
    data = d2l.read_imdb('train')
    random.seed(1)
    random.shuffle(reviews)
    assert data == reviews


def test_read_imdb_says_how_to_download_the_reviews(data_dir):
    with pytest.raises(FileNotFoundError, match=(
            r'aclImdb/test/pos does not exist.*IMDB.*d2l.download_imdb\(\)')):
        d2l.read_imdb('test')


def test_get_tokenized_imdb_splits_at_every_space():
    assert d2l.get_tokenized_imdb(DATA[:2]) == [
        ['good', 'good', 'good', 'film'], ['bad', '', 'film']]


def test_count_tokens_counts_over_all_samples():
    counts = d2l.count_tokens([['a', 'b', 'a'], [], ['b', 'a']])
    assert counts == {'a': 3, 'b': 2}
    assert isinstance(counts, collections.Counter)


def test_get_vocab_imdb_leaves_out_rare_words():
    vocab = d2l.get_vocab_imdb(DATA)
    # film and good occur five times, bad twice
    assert vocab.idx_to_token == ['<unk>', 'film', 'good']
    assert vocab.to_indices(['good', 'bad', 'film']) == [2, 0, 1]


def test_preprocess_imdb_pads_or_cuts_to_500_words():
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


class CountGood(nn.Block):
    """Positive if 'good' occurs more often than 'film'."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(3,))

    def forward(self, X):
        assert X.shape[0] == 1
        weight = self.weight.data(X.context)    # fails on another device
        good = nd.take(weight, X).sum()
        return nd.stack(good * 0, good, axis=1).reshape((1, 2))


@pytest.mark.parametrize('ctx', [mx.cpu(0), mx.cpu(1)])
def test_predict_sentiment_uses_the_device_of_the_net(ctx):
    net = CountGood()
    net.initialize(ctx=ctx)
    net.weight.set_data(nd.array([0, -1, 1]))
    vocab = d2l.get_vocab_imdb(DATA)
    assert d2l.predict_sentiment(net, vocab, ['good', 'bad']) == 'positive'
    assert d2l.predict_sentiment(net, vocab, ['film']) == 'negative'


def test_predict_sentiment_takes_a_function_as_net():
    vocab = d2l.get_vocab_imdb(DATA)
    assert d2l.predict_sentiment(
        lambda X: nd.array([[0, 1]], ctx=X.context), vocab,
        ['good']) == 'positive'
