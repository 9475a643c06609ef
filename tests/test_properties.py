"""What must hold for any batch size, resize value and length of data."""
import hashlib
import json
import math
import os
import tempfile

import mxnet as mx
import numpy as np
import pytest
import small
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mxnet import gluon, nd
from mxnet.gluon import data as gdata
from mxnet.gluon import nn

import d2l
import reference
from d2l.checkpoints import statefile
from d2l.history import FIGURES
from d2l.loader import ImageLoader

# no time limits: the machine may be busy. No folder of examples: a failure
# prints how to repeat it.
COMMON = dict(deadline=None, database=None)

lengths = st.integers(1, 40)
batch_sizes = st.integers(1, 50)


def images_and_labels(n, height=6, width=6):
    rng = np.random.RandomState(n)
    return (nd.array(rng.randint(0, 256, (n, height, width, 1)),
                     dtype='uint8'),
            rng.randint(0, 10, n).astype('int32'))


@settings(max_examples=40, **COMMON)
@given(n=lengths, batch_size=batch_sizes,
       resize=st.none() | st.integers(1, 40), height=st.integers(1, 12),
       width=st.integers(1, 12), shuffle=st.booleans())
def test_batches_are_those_of_the_texts_loader(n, batch_size, resize, height,
                                               width, shuffle):
    images, labels = images_and_labels(n, height, width)
    steps = [gdata.vision.transforms.Resize(resize)] if resize else []
    transformer = gdata.vision.transforms.Compose(
        steps + [gdata.vision.transforms.ToTensor()])
    theirs = gdata.DataLoader(
        gdata.ArrayDataset(images, labels).transform_first(transformer),
        batch_size, shuffle=shuffle)
    ours = ImageLoader(images, labels, batch_size, shuffle, resize)
    found = []
    for loader in (ours, theirs):
        np.random.seed(n)
        found.append(list(loader))
    assert len(found[0]) == len(found[1]) == len(ours)
    assert sum(len(y) for _, y in found[0]) == n
    for (X, y), (text_X, text_y) in zip(*found):
        assert X.dtype == text_X.dtype and y.dtype == text_y.dtype
        np.testing.assert_array_equal(X.asnumpy(), text_X.asnumpy())
        np.testing.assert_array_equal(y.asnumpy(), text_y.asnumpy())


@settings(max_examples=25, **COMMON)
@given(n=lengths, n_test=lengths, batch_size=batch_sizes)
def test_training_is_that_of_the_texts_loop(n, n_test, batch_size):
    found = []
    for train in (d2l.train_ch5, reference.train_ch5):
        small.seed(n)
        iters = [ImageLoader(*images_and_labels(m), batch_size, False)
                 for m in (n, n_test)]
        net = nn.Sequential()
        net.add(nn.Dense(8, activation='relu'), nn.Dropout(0.5),
                nn.Dense(10))
        net.initialize()
        train(net, *iters, batch_size,
              gluon.Trainer(net.collect_params(), 'adam'), mx.cpu(), 2)
        found.append([p.data().asnumpy() for p in
                      net.collect_params().values()])
    for a, b in zip(*found):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=15, **COMMON)
@given(n=lengths, batch_size=batch_sizes,
       ends=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_wherever_it_is_broken_off(n, batch_size, ends):
    def run(num_epochs, folder):
        iters = [ImageLoader(*images_and_labels(n), batch_size, shuffle)
                 for shuffle in (True, False)]
        return small.train(num_epochs, batches=iters, batch_size=batch_size,
                           checkpoint=folder)
    with tempfile.TemporaryDirectory() as folder:
        for num_epochs in sorted(ends):
            found = run(num_epochs, os.path.join(folder, 'broken'))
        assert found == run(max(ends), os.path.join(folder, 'whole'))


plain = st.none() | st.booleans() | st.integers() | st.text() | st.floats(
    allow_nan=False)
trees = st.recursive(
    plain | arrays.arrays(
        st.sampled_from(['float32', 'float16', 'uint8', 'int64', 'bool']),
        arrays.array_shapes(min_dims=0, min_side=0)),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple)
    | st.dictionaries(st.integers() | st.text(), inner), max_leaves=8)


def same(a, b):
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return (type(b) is dict and list(a) == list(b)
                and all(same(a[key], b[key]) for key in a))
    if isinstance(a, np.ndarray):
        return (a.dtype == b.dtype and a.shape == b.shape
                and a.tobytes() == b.tobytes())
    return type(a) is type(b) and a == b


@settings(max_examples=100, **COMMON)
@given(tree=trees)
def test_a_state_file_gives_back_what_it_got(tree):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'state')
        statefile.write(path, tree)
        assert same(statefile.read(path), tree)
        assert os.listdir(folder) == ['state']


@settings(max_examples=100, **COMMON)
@given(tree=trees, data=st.data())
def test_a_state_file_damaged_anywhere_is_refused(tree, data):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'state')
        statefile.write(path, tree)
        with open(path, 'rb') as file:
            content = bytearray(file.read())
        i = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[i] ^= data.draw(st.integers(1, 255))
        else:
            del content[i:i + data.draw(st.integers(1, 100))]
        with open(path, 'wb') as file:
            file.write(content)
        with pytest.raises(ValueError):
            statefile.read(path)


json_values = st.recursive(plain, lambda inner: st.lists(inner)
                           | st.dictionaries(st.sampled_from(
                               ['array', 'tuple', 'dict', 'x']), inner))


@settings(max_examples=100, **COMMON)
@given(structure=json_values | st.binary(), rest=st.binary())
def test_a_state_file_made_by_hand_is_read_or_refused(structure, rest):
    """With a digest that fits: no other error, and nothing but data."""
    if not isinstance(structure, bytes):
        structure = json.dumps(structure).encode()
    content = statefile._FIRST_LINE + structure + b'\n' + rest
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'state')
        with open(path, 'wb') as file:
            file.write(content + hashlib.sha256(content).digest())
        try:
            statefile.read(path)
        except ValueError:
            pass


@settings(max_examples=50, **COMMON)
@given(rows=st.lists(st.tuples(*[st.floats()] * (len(FIGURES) - 1),
                               st.integers(0, 1024))))
def test_a_history_gives_back_every_number(rows):
    history = d2l.History()
    for row in rows:
        history.append(**dict(zip(FIGURES, row)))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'h.csv')
        history.save(path)
        found = d2l.History.load(path)
    for name in FIGURES:
        for a, b in zip(getattr(history, name), getattr(found, name)):
            assert a == b or math.isnan(a) and math.isnan(b)
    assert len(found) == len(rows)
