"""Texts and their batches, checked by their contents."""
import random
import zipfile

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import d2l
import d2lzh

TEXT = 'The Time\nTraveller, the\r\n  "Time"\n'


def check_loaded(loaded, text):
    """Check what a load_data function returned for `text`."""
    corpus_indices, char_to_idx, idx_to_char, vocab_size = loaded
    assert ''.join(idx_to_char[i] for i in corpus_indices) == text
    assert idx_to_char == sorted(set(text))
    assert char_to_idx == {c: i for i, c in enumerate(idx_to_char)}
    assert vocab_size == len(idx_to_char)


def test_load_data_time_machine_replaces_line_ends_by_spaces(data_dir):
    (data_dir / 'timemachine.txt').write_bytes(TEXT.encode())
    check_loaded(d2l.load_data_time_machine(),
                 'the time traveller, the   "time" ')


def test_load_data_time_machine_loads_10000_characters(data_dir):
    (data_dir / 'timemachine.txt').write_text('aB\n' * 4000)
    check_loaded(d2l.load_data_time_machine(), ('ab ' * 4000)[:10000])


def test_load_data_timemachine_makes_whitespace_single_spaces(data_dir):
    (data_dir / 'timemachine.txt').write_bytes(TEXT.encode())
    check_loaded(d2l.load_data_timemachine(),
                 'the time traveller, the "time"')


def test_load_data_timemachine_loads_all_characters(data_dir):
    (data_dir / 'timemachine.txt').write_text('aB\n' * 4000)
    check_loaded(d2l.load_data_timemachine(), ('ab ' * 4000)[:-1])


def test_load_data_jay_lyrics_loads_10000_characters(data_dir):
    with zipfile.ZipFile(str(data_dir / 'jaychou_lyrics.txt.zip'),
                         'w') as zout:
        zout.writestr('jaychou_lyrics.txt',
                      '想要有\r直升机\nABC '.encode() * 1000)
    check_loaded(d2l.load_data_jay_lyrics(),
                 ('想要有 直升机 ABC ' * 1000)[:10000])


def test_other_files_in_place_of_the_lyrics_are_refused(data_dir):
    path = data_dir / 'jaychou_lyrics.txt.zip'
    path.write_bytes(b'<html>moved</html>')
    with pytest.raises(ValueError, match='must be a zip file that holds jay'):
        d2l.load_data_jay_lyrics()
    with zipfile.ZipFile(str(path), 'w', zipfile.ZIP_DEFLATED) as zout:
        zout.writestr('jaychou_lyrics.txt', bytes(17 << 20))
    with pytest.raises(ValueError, match='at most 16777216 bytes, but has mo'):
        d2l.load_data_jay_lyrics()


@pytest.mark.parametrize('load, file, what', [
    (d2l.load_data_time_machine, 'timemachine.txt', 'H. G. Wells.*d2l-en'),
    (d2l.load_data_timemachine, 'timemachine.txt', 'H. G. Wells.*d2l-en'),
    (d2l.load_data_jay_lyrics, 'jaychou_lyrics.txt.zip', 'Chou.*d2l-zh')])
def test_a_missing_file_is_explained(load, file, what, data_dir):
    with pytest.raises(FileNotFoundError, match=(
            f'{file} does not exist.*{data_dir / file}.*{what}')):
        load()


def test_to_onehot_returns_one_array_per_step():
    X = nd.array([[0, 2, 1], [3, 3, 0]])
    vectors = d2l.to_onehot(X, 4)
    assert isinstance(vectors, list)
    np.testing.assert_array_equal(
        np.stack([x.asnumpy() for x in vectors]),
        np.eye(4)[X.asnumpy().T.astype(int)])


def test_to_onehot_takes_a_single_sequence():
    one, two = d2l.to_onehot(nd.array([2, 0]), 3)
    assert one.asnumpy().tolist() == [[0, 0, 1]] and two.shape == (1, 3)


@pytest.mark.parametrize('length, batch_size, num_steps', [
    (30, 2, 6), (31, 2, 6), (100, 3, 7), (100, 1, 1), (13, 2, 6)])
def test_data_iter_random_yields_disjoint_subsequences(
        length, batch_size, num_steps):
    starts_seen = set()
    for number in range(30):
        random.seed(number)
        offset = int(random.uniform(0, num_steps))
        num_examples = (length - offset - 1) // num_steps
        random.seed(number)
        batches = list(d2l.data_iter_random(list(range(length)), batch_size,
                                            num_steps, ctx=mx.cpu(1)))
        assert len(batches) == num_examples // batch_size
        starts = []
        for X, Y in batches:
            assert X.shape == Y.shape == (batch_size, num_steps)
            assert X.context == Y.context == mx.cpu(1)
            assert X.dtype == np.float32
            X, Y = X.asnumpy(), Y.asnumpy()
            np.testing.assert_array_equal(Y, X + 1)
            np.testing.assert_array_equal(X, X[:, :1] + np.arange(num_steps))
            starts += X[:, 0].astype(int).tolist()
        # each subsequence at most once, in random order
        possible = range(offset, offset + num_examples * num_steps, num_steps)
        assert len(set(starts)) == len(starts)
        assert set(starts) <= set(possible)
        starts_seen.add(tuple(starts))
    assert len(starts_seen) > 1


@pytest.mark.parametrize('length, batch_size, num_steps', [
    (30, 2, 6), (31, 2, 6), (100, 3, 7), (100, 1, 1), (13, 2, 6)])
def test_data_iter_consecutive_continues_the_batch_before(
        length, batch_size, num_steps):
    for number in range(30):
        random.seed(number)
        offset = int(random.uniform(0, num_steps))
        random.seed(number)
        batches = list(d2l.data_iter_consecutive(
            list(range(length)), batch_size, num_steps, mx.cpu(1)))
        sequence = (length - offset) // batch_size
        assert len(batches) == max(0, (sequence - 1) // num_steps)
        for i, (X, Y) in enumerate(batches):
            assert X.context == Y.context == mx.cpu(1)
            expected = (offset + i * num_steps
                        + sequence * np.arange(batch_size)[:, None]
                        + np.arange(num_steps))
            np.testing.assert_array_equal(X.asnumpy(), expected)
            np.testing.assert_array_equal(Y.asnumpy(), expected + 1)


@pytest.mark.parametrize('length', range(4))
@pytest.mark.parametrize('data_iter', [d2l.data_iter_random,
                                       d2l.data_iter_consecutive])
def test_a_text_too_short_for_a_batch_gives_none(data_iter, length):
    assert list(data_iter(list(range(length)), 2, 2)) == []


@pytest.mark.parametrize('data_iter', [d2l.data_iter_random,
                                       d2l.data_iter_consecutive])
def test_num_steps_must_be_positive(data_iter):
    with pytest.raises(ValueError, match='num_steps must be.*is 0'):
        next(data_iter(list(range(9)), 2, 0))


def test_d2lzhs_consecutive_batches_start_at_the_first_character():
    random.seed(0)
    X, Y = next(d2lzh.data_iter_consecutive(list(range(31)), 2, 6))
    assert X.asnumpy()[:, 0].tolist() == [0, 15]


def test_d2lzhs_random_batches_start_at_the_first_character():
    random.seed(0)
    batches = list(d2lzh.data_iter_random(list(range(30)), 2, 6))
    assert len(batches) == 2    # of (30 - 1) // 6 pieces
    assert sorted(X[i, 0].asscalar() for X, _ in batches
                  for i in range(2)) == [0, 6, 12, 18]
    X, Y = batches[0]
    np.testing.assert_array_equal(Y.asnumpy(), X.asnumpy() + 1)
