"""Text as sequences of characters, in batches."""
import random

from mxnet import nd

from . import archives, checks, files

_MAX_LYRICS_SIZE = 16 << 20     # bytes; the edition's have 0.2 MB


def load_data_time_machine():
    """Load the first 10,000 characters of The Time Machine from ../data.

    The text is in lower case, with line ends replaced by spaces.

    Returns
    -------
    corpus_indices : list of int
        The text, as the index of each character.
    char_to_idx : dict
        Maps each character to its index.
    idx_to_char : list of str
        The distinct characters, sorted.
    vocab_size : int
        The number of distinct characters.

    Raises
    ------
    FileNotFoundError
        ../data/timemachine.txt does not exist.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_time_machine()  # doctest: +SKIP
    """
    text = _read_book_file('timemachine.txt').lower()
    return _index_characters(_replace_line_ends(text)[:10000])


def load_data_timemachine():
    """Load all of The Time Machine from ../data.

    The text is in lower case; runs of whitespace become a single space.

    Returns
    -------
    corpus_indices, char_to_idx, idx_to_char, vocab_size
        As in `load_data_time_machine`.

    Raises
    ------
    FileNotFoundError
        ../data/timemachine.txt does not exist.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_timemachine()  # doctest: +SKIP
    """
    text = _read_book_file('timemachine.txt').lower()
    return _index_characters(' '.join(text.split()))


def load_data_jay_lyrics():
    """Load the first 10,000 characters of Jay Chou's lyrics from ../data.

    Line ends are replaced by spaces.

    Returns
    -------
    corpus_indices, char_to_idx, idx_to_char, vocab_size
        As in `load_data_time_machine`.

    Raises
    ------
    FileNotFoundError
        ../data/jaychou_lyrics.txt.zip does not exist.
    ValueError
        It is damaged, or another file.

    Examples
    --------
    >>> (corpus_indices, char_to_idx, idx_to_char,
    ...  vocab_size) = d2l.load_data_jay_lyrics()  # doctest: +SKIP
    """
    path = files.find_book_file('jaychou_lyrics.txt.zip')
    text = archives.read_zipped(path, 'jaychou_lyrics.txt',
                                _MAX_LYRICS_SIZE).decode('utf-8')
    return _index_characters(_replace_line_ends(text)[:10000])


def _read_book_file(name):
    with open(files.find_book_file(name), encoding='utf-8') as file:
        return file.read()


def _replace_line_ends(text):
    return text.replace('\n', ' ').replace('\r', ' ')


def _index_characters(chars):
    # sorted, because the order of a set differs from run to run
    idx_to_char = sorted(set(chars))
    char_to_idx = {char: i for i, char in enumerate(idx_to_char)}
    corpus_indices = [char_to_idx[char] for char in chars]
    return corpus_indices, char_to_idx, idx_to_char, len(idx_to_char)


def to_onehot(X, size):
    """Convert indices to one-hot vectors, one array per time step.

    Parameters
    ----------
    X : NDArray
        Indices, shape (batch, steps), or (steps,) for a batch of one.
    size : int
        Length of each vector.

    Returns
    -------
    list of NDArray
        One array per step, shape (batch, size).

    Examples
    --------
    >>> inputs = d2l.to_onehot(nd.arange(10).reshape((2, 5)), 1027)
    >>> len(inputs), inputs[0].shape
    (5, (2, 1027))
    """
    return [nd.one_hot(x, size) for x in X.T]


def data_iter_random(corpus_indices, batch_size, num_steps, ctx=None, *,
                     random_offset=True):
    """Yield batches of subsequences of a text, in random order.

    The text is cut into subsequences of `num_steps` characters. A last batch
    that is incomplete is dropped. The order is drawn with Python's `random`.

    Parameters
    ----------
    corpus_indices : list of int
        The text, as character indices.
    batch_size : int
        Subsequences per batch.
    num_steps : int
        Characters per subsequence.
    ctx : Context, optional
        The device of the batches.
    random_offset : bool, optional
        If true, the first subsequence starts at a random one of the first
        `num_steps` characters; if false, at the first character.

    Yields
    ------
    X, Y : NDArray
        float32, shape (batch_size, num_steps). `Y` has the character that
        follows each character of `X`.

    Examples
    --------
    >>> for X, Y in d2l.data_iter_random(list(range(30)), batch_size=2,
    ...                                  num_steps=6):
    ...     print(X.shape, (Y - X).mean().asscalar())
    (2, 6) 1.0
    (2, 6) 1.0
    """
    offset = _draw_offset(batch_size, num_steps, random_offset)
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
    """Yield batches of a text, each continuing the one before.

    The text is cut into `batch_size` sequences of the same length, which are
    read side by side, `num_steps` characters at a time. Characters at the
    end that do not fill a batch are dropped.

    Parameters
    ----------
    corpus_indices, batch_size, num_steps, ctx
        As in `data_iter_random`.
    random_offset : bool, optional
        If true, the first sequence starts at a random one of the first
        `num_steps` characters; if false, at the first character.

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
    offset = _draw_offset(batch_size, num_steps, random_offset)
    length = (len(corpus_indices) - offset) // batch_size
    if length <= num_steps:     # Y needs one more character than X
        return
    indices = nd.array(corpus_indices[offset:offset + batch_size * length],
                       ctx=ctx).reshape((batch_size, length))
    for i in range(0, (length - 1) // num_steps * num_steps, num_steps):
        yield (indices[:, i:i + num_steps],
               indices[:, i + 1:i + num_steps + 1])


def _draw_offset(batch_size, num_steps, random_offset):
    checks.require_positive_int(batch_size, 'batch_size')
    checks.require_positive_int(num_steps, 'num_steps')
    # drawn as in the edition, so that equal seeds give equal offsets
    return int(random.uniform(0, num_steps)) if random_offset else 0
