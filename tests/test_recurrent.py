"""Recurrent networks, compared with the book's loop or by simple texts."""
import re

import mxnet as mx
import numpy as np
import pytest
from mxnet import gluon, nd
from mxnet.gluon import nn
from scratch_rnn import init_rnn_state, rnn

import d2l
import d2lzh
import reference

LINE = re.compile(r'epoch (\d+), perplexity (\d+\.\d{6}), '
                  r'time \d+\.\d\d sec')
CHARS = 'abc '
CHAR_TO_IDX = {char: i for i, char in enumerate(CHARS)}
CORPUS = [CHAR_TO_IDX[char] for char in 'abc cab bca ' * 20]
VOCAB_SIZE, NUM_HIDDENS, BATCH_SIZE, NUM_STEPS = 4, 8, 3, 5
SIZES = NUM_HIDDENS, VOCAB_SIZE, mx.cpu()
VOCABULARY = list(CHARS), CHAR_TO_IDX


def get_params():
    shapes = [(VOCAB_SIZE, NUM_HIDDENS), (NUM_HIDDENS, NUM_HIDDENS),
              (NUM_HIDDENS,), (NUM_HIDDENS, VOCAB_SIZE), (VOCAB_SIZE,)]
    params = [nd.random.normal(scale=0.1, shape=shape) for shape in shapes]
    for param in params:
        param.attach_grad()
    return params


def next_char(inputs, state, params):
    """Predicts, for each character, the next one in the vocabulary."""
    return [nd.concat(X[:, -1:], X[:, :-1], dim=1) for X in inputs], state


def test_predict_rnn_appends_the_likeliest_characters():
    args = (next_char, None, lambda *args: None, 2, VOCAB_SIZE, mx.cpu(),
            *VOCABULARY)
    assert d2l.predict_rnn('a', 5, *args) == 'abc ab'
    assert d2l.predict_rnn('cc', 3, *args) == 'cc ab'
    assert d2l.predict_rnn('ba', 0, *args) == 'ba'


def test_predict_rnn_updates_the_state_with_each_character_of_the_prefix():
    seen = []

    def recording(inputs, state, params):
        X, = inputs
        assert X.shape == (1, VOCAB_SIZE) and params == 'params'
        seen.append((state, int(X.argmax(axis=1).asscalar())))
        return [nd.array([[0, 0, 9, 0]])], state + 1
    assert d2l.predict_rnn('ab a', 2, recording, 'params',
                           lambda n, h, ctx: n * h, 2, VOCAB_SIZE, mx.cpu(),
                           *VOCABULARY) == 'ab acc'
    assert seen == [(2, 0), (3, 1), (4, 3), (5, 0), (6, 2)]


class NextChar(nn.Block):
    """next_char as a Gluon model, whose state counts the steps."""

    def forward(self, inputs, state):
        assert inputs.shape == (1, 1)
        self.steps = state + 1
        following = (inputs.reshape((-1,)) + 1) % VOCAB_SIZE
        return nd.one_hot(following, VOCAB_SIZE), self.steps

    def begin_state(self, batch_size, ctx):
        return 0


def test_predict_rnn_gluon_appends_the_likeliest_characters():
    model = NextChar()
    args = model, VOCAB_SIZE, mx.cpu(), *VOCABULARY
    assert d2l.predict_rnn_gluon('ca', 4, *args) == 'cabc a'
    assert model.steps == 5


@pytest.mark.parametrize('prefix, message', [
    ('', 'is empty'), ('aBc', "'B' is not among its 4")])
@pytest.mark.parametrize('predict, args', [
    (d2l.predict_rnn_gluon, (NextChar(),)),
    (d2l.predict_rnn, (next_char, None, lambda *args: None, 2))])
def test_a_prefix_not_of_the_vocabulary_is_refused(
        predict, args, prefix, message):
    with pytest.raises(ValueError, match='prefix must be.*' + message):
        predict(prefix, 1, *args, VOCAB_SIZE, mx.cpu(), *VOCABULARY)


def train_scratch(module=d2l, is_random_iter=False, num_epochs=4, lr=1,
                  corpus=CORPUS):
    assert module.train_and_predict_rnn(
        rnn, get_params, init_rnn_state, *SIZES, corpus, *VOCABULARY,
        is_random_iter, num_epochs, NUM_STEPS, lr, 1e-1, BATCH_SIZE, 2, 3,
        ['ab', 'c']) is None


def train_gluon(module=d2l, layer=gluon.rnn.RNN, num_epochs=4):
    model = d2l.RNNModel(layer(NUM_HIDDENS), VOCAB_SIZE)
    assert module.train_and_predict_rnn_gluon(
        model, *SIZES, CORPUS, *VOCABULARY, num_epochs, NUM_STEPS, 1, 1e-1,
        BATCH_SIZE, 2, 3, ['ab', 'c']) is None


def perplexities(out):
    """The perplexities printed for epochs 2 and 4, each before two texts."""
    lines = out.splitlines()
    assert len(lines) == 6, out
    for i, begin in enumerate(['', 'ab', 'c'] * 2):
        if begin:
            assert re.fullmatch(r' - %s[abc ]{3}' % begin, lines[i]), out
    found = [LINE.fullmatch(lines[i]) for i in (0, 3)]
    assert [line.group(1) for line in found] == ['2', '4'], out
    return [line.group(2) for line in found]


@pytest.mark.parametrize('module', [d2l, d2lzh])
@pytest.mark.parametrize('is_random_iter', [False, True])
def test_train_and_predict_rnn_has_the_perplexities_of_the_books_loop(
        is_random_iter, module, seed, capsys):
    seed()
    train_scratch(module, is_random_iter)
    found = perplexities(capsys.readouterr().out)
    seed()
    params = get_params()
    batches = (module.data_iter_random if is_random_iter
               else module.data_iter_consecutive)
    expected = reference.perplexities_rnn(
        rnn, params, lambda: init_rnn_state(BATCH_SIZE, *SIZES[::2]),
        lambda: batches(CORPUS, BATCH_SIZE, NUM_STEPS, mx.cpu()),
        VOCAB_SIZE, is_random_iter, 4, 1, 1e-1, mx.cpu())
    assert found == ['%f' % p for p in expected[1::2]]


@pytest.mark.parametrize('module', [d2l, d2lzh])
@pytest.mark.parametrize('layer', [gluon.rnn.RNN, gluon.rnn.LSTM])
def test_train_and_predict_rnn_gluon_has_the_perplexities_of_the_books_loop(
        layer, module, seed, capsys):
    seed()
    train_gluon(module, layer)
    found = perplexities(capsys.readouterr().out)
    seed()
    expected = reference.perplexities_rnn_gluon(
        d2l.RNNModel(layer(NUM_HIDDENS), VOCAB_SIZE),
        lambda: module.data_iter_consecutive(CORPUS, BATCH_SIZE, NUM_STEPS,
                                             mx.cpu()),
        BATCH_SIZE, 4, 1, 1e-1, mx.cpu())
    assert found == ['%f' % p for p in expected[1::2]]


def test_training_on_a_repetitive_text_reaches_a_low_perplexity(
        seed, capsys):
    train_scratch(num_epochs=30, lr=2)
    last = [line for line in capsys.readouterr().out.splitlines()
            if LINE.fullmatch(line)][-1]
    assert float(LINE.fullmatch(last).group(2)) < 2.5, last


def test_an_untrained_net_has_the_perplexity_of_a_guess(seed, capsys):
    """Of a guess among 4 characters, as all parameters stay 0."""
    def zeros():
        params = [nd.zeros(p.shape) for p in get_params()]
        for param in params:
            param.attach_grad()
        return params
    d2l.train_and_predict_rnn(
        rnn, zeros, init_rnn_state, *SIZES, CORPUS, *VOCABULARY, True, 1,
        NUM_STEPS, 0, None, BATCH_SIZE, 1, 0, [])
    out = capsys.readouterr().out
    np.testing.assert_allclose(
        float(LINE.fullmatch(out.strip()).group(2)), 4, rtol=1e-5)


def test_a_diverged_training_prints_inf(capsys):
    def confident(inputs, state, params):
        return [X * -2000 + params[0] for X in inputs], state

    def params():
        b = nd.zeros(VOCAB_SIZE)
        b.attach_grad()
        return [b]
    corpus = [0] * 50   # never what the model predicts
    d2l.train_and_predict_rnn(
        confident, params, init_rnn_state, *SIZES, corpus, *VOCABULARY,
        False, 1, NUM_STEPS, 0, None, BATCH_SIZE, 1, 0, [])
    assert capsys.readouterr().out.startswith('epoch 1, perplexity inf, ')


def test_an_unknown_prefix_is_refused_before_training(capsys):
    model = d2l.RNNModel(gluon.rnn.RNN(NUM_HIDDENS), VOCAB_SIZE)
    with pytest.raises(ValueError, match="'B' is not among its 4"):
        d2l.train_and_predict_rnn_gluon(
            model, *SIZES, CORPUS, *VOCABULARY, 10, NUM_STEPS, 1, 1e-1,
            BATCH_SIZE, 5, 3, ['ab', 'aB'])
    assert capsys.readouterr().out == ''


def test_an_empty_prefix_is_refused_before_training(capsys):
    with pytest.raises(ValueError, match='is empty'):
        d2l.train_and_predict_rnn(
            rnn, get_params, init_rnn_state, *SIZES, CORPUS, *VOCABULARY,
            True, 10, NUM_STEPS, 1, 1e-1, BATCH_SIZE, 5, 3, [''])
    assert capsys.readouterr().out == ''


@pytest.mark.parametrize('is_random_iter', [False, True])
def test_a_text_too_short_for_a_batch_is_refused(is_random_iter):
    with pytest.raises(ValueError, match='too short for a batch'):
        train_scratch(is_random_iter=is_random_iter, corpus=CORPUS[:12])
