"""Sentiment analysis: the IMDB film reviews."""
import collections
import os
import random

from mxnet import gluon, nd
from mxnet.contrib import text

from . import devices, downloads, files

_URL = 'http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz'
_SHA1 = '01ada507287d82875905620988597833ad4e0903'
_LENGTH = 500   # of a review, in tokens


def download_imdb(data_dir='../data'):
    """Download the reviews, 84 MB, and unpack them, unless they are there.

    A broken-off download is continued.

    Parameters
    ----------
    data_dir : str, optional
        The folder `aclImdb` is made in it.

    Raises
    ------
    ConnectionError
        The server cannot be reached, or breaks off.
    ValueError
        It sends something else.

    Examples
    --------
    >>> d2l.download_imdb()  # doctest: +SKIP
    """
    downloads.extract(downloads.download(_URL, data_dir, _SHA1), data_dir)


def read_imdb(folder='train'):
    """The reviews in ../data/aclImdb, in an order drawn by `random`.

    Parameters
    ----------
    folder : str, optional
        'train' or 'test'.

    Returns
    -------
    list of list
        For each review its text, in lower case and without line ends, and 1
        where it is positive, else 0.

    Raises
    ------
    FileNotFoundError
        They are not there.

    Examples
    --------
    >>> train_data = d2l.read_imdb('train')  # doctest: +SKIP
    """
    data = []
    for label, score in (('pos', 1), ('neg', 0)):
        path = files.require_file(
            os.path.join('../data/aclImdb', folder, label),
            'part of the IMDB data set',
            'the edition downloads it by d2l.download_imdb()')
        for name in sorted(os.listdir(path)):   # listed in any order
            with open(os.path.join(path, name), 'rb') as file:
                review = file.read().decode('utf-8')
            data.append([review.replace('\n', '').lower(), score])
    random.shuffle(data)
    return data


def get_tokenized_imdb(data):
    """The words of reviews: what is between spaces, in lower case.

    Parameters
    ----------
    data : list of list
        Text and label of each review.

    Returns
    -------
    list of list of str

    Examples
    --------
    >>> d2l.get_tokenized_imdb([['A good film', 1], ['Boring', 0]])
    [['a', 'good', 'film'], ['boring']]
    """
    return [[token.lower() for token in review.split(' ')]
            for review, _ in data]


def get_vocab_imdb(data):
    """The vocabulary of reviews: words that occur five times or more.

    Parameters
    ----------
    data : list of list
        Text and label of each review.

    Returns
    -------
    mxnet.contrib.text.vocab.Vocabulary
        Index 0 stands for all other words.

    Examples
    --------
    >>> vocab = d2l.get_vocab_imdb([['so ' * 5 + 'good', 1]])
    >>> vocab.to_indices(['so', 'good'])
    [1, 0]
    """
    return text.vocab.Vocabulary(count_tokens(get_tokenized_imdb(data)),
                                 min_freq=5)


def preprocess_imdb(data, vocab):
    """Reviews as indices of words, all of the same length.

    Parameters
    ----------
    data : list of list
        Text and label of each review.
    vocab : Vocabulary

    Returns
    -------
    features : NDArray
        float32, shape (reviews, 500): the first 500 words, or all of them
        followed by zeros.
    labels : NDArray
        float32, shape (reviews,).

    Examples
    --------
    >>> data = [['so ' * 5 + 'good', 1]]
    >>> features, labels = d2l.preprocess_imdb(
    ...     data, d2l.get_vocab_imdb(data))
    >>> features.shape, features[0, :6].asnumpy().tolist()
    ((1, 500), [1.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    """
    features = []
    for tokens in get_tokenized_imdb(data):
        indices = vocab.to_indices(tokens)[:_LENGTH]
        features.append(indices + [0] * (_LENGTH - len(indices)))
    return nd.array(features), nd.array([score for _, score in data])


def count_tokens(samples):
    """How often each token occurs.

    Parameters
    ----------
    samples : list of list of str

    Returns
    -------
    collections.Counter

    Examples
    --------
    >>> d2l.count_tokens([['a', 'b'], ['a']])
    Counter({'a': 2, 'b': 1})
    """
    return collections.Counter(
        token for sample in samples for token in sample)


def predict_sentiment(net, vocab, sentence):
    """Whether a review is positive.

    Parameters
    ----------
    net : Block
        Maps indices of words, shape (1, words), to two scores.
    vocab : Vocabulary
    sentence : list of str
        Its words.

    Returns
    -------
    str
        'positive' or 'negative'.

    Examples
    --------
    >>> d2l.predict_sentiment(
    ...     net, vocab, ['this', 'movie', 'is', 'great'])  # doctest: +SKIP
    'positive'
    """
    sentence = nd.array(vocab.to_indices(sentence), ctx=_context(net))
    label = nd.argmax(net(sentence.reshape((1, -1))), axis=1)
    return 'positive' if label.asscalar() == 1 else 'negative'


def _context(net):
    """The device that net is on; it need not be the GPU there is."""
    if isinstance(net, gluon.Block):
        for param in net.collect_params().values():
            return param.list_ctx()[0]
    return devices.try_gpu()
