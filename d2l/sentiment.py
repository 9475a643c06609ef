"""Sentiment analysis: the IMDB film reviews."""
import collections
import os
import random

from mxnet import gluon, nd
from mxnet.contrib import text

from . import archives, devices, downloads, files

URL = 'http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz'
SHA1 = '01ada507287d82875905620988597833ad4e0903'
MAX_SIZE = 100 << 20     # bytes; it has 84 MB
_REVIEW_LENGTH = 500    # in tokens


def download_imdb(data_dir='../data'):
    """Download the film reviews, 84 MB, and unpack them if necessary.

    Resumes an interrupted download.

    Parameters
    ----------
    data_dir : str, optional
        The folder in which to make the folder `aclImdb`.

    Raises
    ------
    ConnectionError
        The server cannot be reached, or keeps interrupting the download.
    ValueError
        The server sends another file than expected.

    Examples
    --------
    >>> d2l.download_imdb()  # doctest: +SKIP
    """
    path = downloads.download(URL, data_dir, SHA1, MAX_SIZE)
    archives.extract(path, data_dir)


def read_imdb(folder='train'):
    """Read the reviews in ../data/aclImdb.

    Their order is drawn with Python's `random`.

    Parameters
    ----------
    folder : str, optional
        'train' or 'test'.

    Returns
    -------
    list of list
        For each review, its text in lower case without line ends, and its
        label: 1 if the review is positive, 0 if it is negative.

    Raises
    ------
    FileNotFoundError
        The reviews have not been downloaded.

    Examples
    --------
    >>> train_data = d2l.read_imdb('train')  # doctest: +SKIP
    """
    data = []
    for label, score in (('pos', 1), ('neg', 0)):
        path = files.require_file(
            os.path.join('../data/aclImdb', folder, label),
            'part of the IMDB data set',
            'download it with d2l.download_imdb()')
        for name in sorted(os.listdir(path)):   # listdir has no fixed order
            with open(os.path.join(path, name), 'rb') as file:
                review = file.read().decode('utf-8')
            data.append([review.replace('\n', '').lower(), score])
    random.shuffle(data)
    return data


def get_tokenized_imdb(data):
    """Split reviews at spaces into words in lower case.

    Parameters
    ----------
    data : list of list
        The text and label of each review.

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
    """Build the vocabulary of all words that occur at least five times.

    Parameters
    ----------
    data : list of list
        The text and label of each review.

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
    """Convert reviews to word indices, all to the same length.

    Parameters
    ----------
    data : list of list
        The text and label of each review.
    vocab : Vocabulary

    Returns
    -------
    features : NDArray
        float32, shape (reviews, 500): the indices of the first 500 words,
        padded with zeros.
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
        indices = vocab.to_indices(tokens)[:_REVIEW_LENGTH]
        features.append(indices + [0] * (_REVIEW_LENGTH - len(indices)))
    return nd.array(features), nd.array([score for _, score in data])


def count_tokens(samples):
    """Count how often each token occurs.

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
    """Predict whether a review is positive.

    Parameters
    ----------
    net : Block
        Maps word indices, shape (1, words), to two scores.
    vocab : Vocabulary
    sentence : list of str
        The words of the review.

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
    sentence = nd.array(vocab.to_indices(sentence), ctx=_find_context(net))
    label = nd.argmax(net(sentence.reshape((1, -1))), axis=1)
    return 'positive' if label.asscalar() == 1 else 'negative'


def _find_context(net):
    """The device of the parameters of net, or else a GPU if there is one."""
    if isinstance(net, gluon.Block):
        for param in net.collect_params().values():
            return param.list_ctx()[0]
    return devices.try_gpu()
