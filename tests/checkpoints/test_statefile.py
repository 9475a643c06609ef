"""Checkpoints that are damaged, foreign or hostile: refused and left."""
import hashlib
import io
import os
import pickle
import random

import numpy as np
import pytest
import small
from mxnet import gluon, nd

from d2l.checkpoints import statefile


@pytest.fixture(scope='module')
def kept(tmp_path_factory):
    """A good checkpoint after one epoch."""
    folder = tmp_path_factory.mktemp('kept')
    small.train(1, checkpoint=str(folder))
    return (folder / 'state.d2l').read_bytes()


def refused(folder, data):
    """Whether training refuses `data` as a checkpoint, and leaves it."""
    path = folder / 'state.d2l'
    path.write_bytes(data)
    with pytest.raises(ValueError, match='state.d2l is not a checkpoint of '
                       'd2l, or damaged: .*left as it is: move it away'):
        small.train(2, checkpoint=str(folder))
    return path.read_bytes() == data


def test_cut_off(kept, tmp_path, capsys):
    lengths = {0, 1, 24, 25, 26, 56, 57, 58, len(kept) - 33, len(kept) - 32,
               len(kept) - 1, *range(0, len(kept), len(kept) // 100)}
    for length in lengths:
        assert refused(tmp_path, kept[:length])
    assert refused(tmp_path, kept + b'\0')
    assert refused(tmp_path, kept + kept)


def test_flipped_bits(kept, tmp_path):
    """A bit of every 64 bytes, and every bit of the last ones.

    By the reader alone, which is quick; the next test has the error.
    """
    path = tmp_path / 'state.d2l'
    rng = random.Random(7)
    places = [rng.randrange(i, min(i + 64, len(kept)))
              for i in range(0, len(kept), 64)]
    bits = [(place, rng.randrange(8)) for place in places] + [
        (place, bit) for place in range(len(kept) - 40, len(kept))
        for bit in range(8)]
    assert len(bits) > 500
    path.write_bytes(kept)
    statefile.read(str(path))
    with open(str(path), 'r+b') as file:
        for place, bit in bits:
            for value in (kept[place] ^ 1 << bit, kept[place]):
                file.seek(place)
                file.write(bytes([value]))
                file.flush()
                if value != kept[place]:
                    with pytest.raises(ValueError):
                        statefile.read(str(path))
    assert path.read_bytes() == kept


@pytest.mark.parametrize('share', [0, 0.001, 0.3, 0.6, 0.99, 0.9999])
def test_a_flipped_bit_is_told(share, kept, tmp_path, capsys):
    data = bytearray(kept)
    data[int(share * len(kept))] ^= 4
    assert refused(tmp_path, bytes(data))


class Hostile:
    def __reduce__(self):
        return os.mkdir, ('hacked',)


def foreign(kept):
    net = small.make_net()
    net.initialize()
    net(nd.zeros((1, 1, 6, 6)))
    net.save_parameters('foreign.params')
    with open('foreign.params', 'rb') as file:
        yield file.read()
    trainer = gluon.Trainer(net.collect_params(), 'adam')
    trainer._init_kvstore()
    trainer.save_states('foreign.states')
    with open('foreign.states', 'rb') as file:
        yield file.read()
    yield b''
    yield b'<html>404 Not Found</html>'
    yield pickle.dumps(Hostile())
    line = kept[:kept.index(b'\n') + 1]
    # by somebody who knows the format
    hostile = np.array([Hostile()], dtype=object)
    for structure, array in (
            (b'{"array": 0}', hostile), (b'{"dict": []}', None),
            (b'{"dict": [["epoch", 1]]}', None), (b'[' * 100000, None),
            (b'{"tuple": [', None), (b'\xff', None), (b'', None)):
        yield signed(line + structure + b'\n', array)
    yield signed(line + b'{"array": 7}\n', np.zeros(3))
    # an array said to be larger than any memory
    yield signed(line + b'{"array": 0}\n', np.zeros(3)).replace(
        b'(3,)', b'(3' + b'0' * 15 + b',)')


def signed(data, array):
    file = io.BytesIO()
    if array is not None:
        np.lib.format.write_array(file, array, allow_pickle=True)
    data += file.getvalue()
    return data + hashlib.sha256(data).digest()


def test_foreign_files(kept, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'kept').mkdir()
    for data in foreign(kept):
        assert refused(tmp_path / 'kept', data)
    pickle.loads(pickle.dumps(Hostile()))       # it is really hostile
    (tmp_path / 'hacked').rmdir()
    assert not (tmp_path / 'hacked').exists()


def test_nothing_unpickles(kept, tmp_path, monkeypatch, capsys):
    (tmp_path / 'state.d2l').write_bytes(kept)
    for name in ('load', 'loads'):
        monkeypatch.setattr(pickle, name, lambda *args, **kwargs: 1 / 0)
    small.train(2, checkpoint=str(tmp_path))
    assert 'going on after epoch 1' in capsys.readouterr().out


def test_state_that_is_a_folder(tmp_path, capsys):
    (tmp_path / 'state.d2l').mkdir()
    with pytest.raises(IsADirectoryError):
        small.train(1, checkpoint=str(tmp_path))
