"""Text as sequences of characters, in batches."""
import random
import zipfile

from mxnet import nd

from . import checks, files


def load_data_time_machine():
    """The first 10,000 characters of The Time Machine, from ../data.

    Lower case, line ends as spaces.

    Returns
    -------
    corpus_indices : list of int
        The text, each character as its index.
    char_to_idx : dict
        The index of a character.
    idx_to_char : list of str
        The characters, sorted.
    vocab_size : int
        How many there are.

    Raises
    ------
    FileNotFoundError
        ../data/timemachine.txt is not there.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_time_machine()  # doctest: +SKIP
    """
    return _index(_on_one_line(_read('timemachine.txt').lower())[:10000])


def load_data_timemachine():
    """The whole of The Time Machine, from ../data.

    Lower case, a single space for whatever space there is.

    Returns
    -------
    corpus_indices, char_to_idx, idx_to_char, vocab_size
        As `load_data_time_machine`.

    Raises
    ------
    FileNotFoundError
        ../data/timemachine.txt is not there.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_timemachine()  # doctest: +SKIP
    """
    return _index(' '.join(_read('timemachine.txt').lower().split()))


def load_data_jay_lyrics():
    """The first 10,000 characters of Jay Chou's lyrics, from ../data.

    Line ends as spaces.

    Returns
    -------
    corpus_indices, char_to_idx, idx_to_char, vocab_size
        As `load_data_time_machine`.

    Raises
    ------
    FileNotFoundError
        ../data/jaychou_lyrics.txt.zip is not there.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_jay_lyrics()  # doctest: +SKIP
    """
    with zipfile.ZipFile(files.find_book_file('jaychou_lyrics.txt.zip')) as zin:
        text = zin.read('jaychou_lyrics.txt').decode('utf-8')
    return _index(_on_one_line(text)[:10000])


def _read(name):
    with open(files.find_book_file(name), encoding='utf-8') as file:
        return file.read()


def _on_one_line(text):
    return text.replace('\n', ' ').replace('\r', ' ')


def _index(chars):
    # sorted, so that runs repeat: a set has another order in each
    idx_to_char = sorted(set(chars))
    char_to_idx = {char: i for i, char in enumerate(idx_to_char)}
    corpus_indices = [char_to_idx[char] for char in chars]
    return corpus_indices, char_to_idx, idx_to_char, len(idx_to_char)


def to_onehot(X, size):
    """One-hot vectors, time step by time step.

    Parameters
    ----------
    X : NDArray
        Indices, shape (batch, steps); or (steps,), a batch of one.
    size : int
        Length of the vectors.

    Returns
    -------
    list of NDArray
        For each step, shape (batch, size).

    Examples
    --------
    >>> inputs = d2l.to_onehot(nd.arange(10).reshape((2, 5)), 1027)
    >>> len(inputs), inputs[0].shape
    (5, (2, 1027))
    """
    return [nd.one_hot(x, size) for x in X.T]


def data_iter_random(corpus_indices, batch_size, num_steps, ctx=None, *,
                     random_offset=True):
    """Batches of pieces of a text, in a random order.

    The text is cut into pieces of `num_steps`; the last batch is dropped
    where it is incomplete. Drawn by Python's `random`.

    Parameters
    ----------
    corpus_indices : list of int
        The text.
    batch_size : int
        Pieces in a batch.
    num_steps : int
        Characters in a piece.
    ctx : Context, optional
        The device of the batches.
    random_offset : bool, optional
        Whether the first piece begins at a random one of the first
        `num_steps` characters, rather than at the first.

    Yields
    ------
    X, Y : NDArray
        float32, shape (batch_size, num_steps); `Y` is what follows each
        character of `X` in the text.

    Examples
    --------
    >>> for X, Y in d2l.data_iter_random(list(range(30)), batch_size=2,
    ...                                  num_steps=6):
    ...     print(X.shape, (Y - X).mean().asscalar())
    (2, 6) 1.0
    (2, 6) 1.0
    """
    offset = _offset(batch_size, num_steps, random_offset)
    num_examples = (len(corpus_indices) - offset - 1) // num_steps
    starts = list(range(offset, offset + num_examples * num_steps,
                        num_steps))
    random.shuffle(starts)
    for i in range(0, num_examples // batch_size * batch_size, batch_size):
        yield tuple(
            nd.array([corpus_indices[j + shift:j + shift + num_steps]
                      for j in starts[i:i + batch_size]], ctx=ctx)
            for shift in (0, 1))


def data_iter_consecutive(corpus_indices, batch_size, num_steps, ctx=None, *,
                          random_offset=True):
    """Batches of pieces of a text, each following the one before.

    The text is cut into `batch_size` parts of the same length, which are
    read side by side, `num_steps` characters at a time; what is left at the
    end is dropped.

    Parameters
    ----------
    corpus_indices, batch_size, num_steps, ctx
        As in `data_iter_random`.
    random_offset : bool, optional
        Whether the first part, rather than the first piece, begins at a
        random one of the first `num_steps` characters.

    Yields
    ------
    X, Y : NDArray
        As in `data_iter_random`.

    Examples
    --------
    >>> for X, Y in d2l.data_iter_consecutive(list(range(31)), batch_size=2,
    ...                                       num_steps=6):
    ...     print(X.shape, (Y - X).mean().asscalar())
    (2, 6) 1.0
    (2, 6) 1.0
    """
    offset = _offset(batch_size, num_steps, random_offset)
    length = (len(corpus_indices) - offset) // batch_size
    if length <= num_steps:     # the shift leaves no whole piece
        return
    indices = nd.array(corpus_indices[offset:offset + batch_size * length],
                       ctx=ctx).reshape((batch_size, length))
    for i in range(0, (length - 1) // num_steps * num_steps, num_steps):
        yield (indices[:, i:i + num_steps],
               indices[:, i + 1:i + num_steps + 1])


def _offset(batch_size, num_steps, random_offset):
    checks.require_positive_int(batch_size, 'batch_size')
    checks.require_positive_int(num_steps, 'num_steps')
    # this way of drawing it is the edition's: seeded alike, both begin alike
    return int(random.uniform(0, num_steps)) if random_offset else 0
