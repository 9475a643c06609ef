"""Pieces of the chapters on recurrent networks and language, on gpu(0)."""
import re

import mxnet as mx
import numpy as np
import pytest
from both import (
    CPU,
    GPU,
    assert_computes_alike,
    assert_trains_alike,
    initialize,
    integers,
    randoms,
)
from mxnet import gluon, nd
from mxnet.gluon import nn, rnn
from scratch_rnn import gru, init_rnn_state
from scratch_rnn import rnn as scratch_rnn

import d2l

CHARS = list('abc ')
CHAR_TO_IDX = {char: i for i, char in enumerate(CHARS)}
CORPUS = [CHAR_TO_IDX[char] for char in 'abc cab bca ' * 20]


# -- recurrent networks
def perplexities(out):
    return [float(x) for x in re.findall(r'perplexity (\d+\.\d+)', out)]


def continued(out):
    return re.findall(r' - (.*)', out)


def get_params(ctx, num_gates):
    mx.random.seed(1)
    shapes = [(4, 8), (8, 8), (8,)] * num_gates + [(8, 4), (4,)]
    params = [nd.random.normal(scale=0.1, shape=shape).as_in_context(ctx)
              for shape in shapes]
    for param in params:
        param.attach_grad()
    return params


@pytest.mark.parametrize('network, num_gates', [(scratch_rnn, 1), (gru, 3)],
                         ids=['rnn', 'gru'])
@pytest.mark.parametrize('is_random_iter', [False, True])
def test_train_and_predict_rnn(is_random_iter, network, num_gates, seed,
                               capsys):
    found = []
    for ctx in (CPU, GPU):
        seed()
        d2l.train_and_predict_rnn(
            network, lambda ctx=ctx: get_params(ctx, num_gates),
            init_rnn_state, 8, 4, ctx, CORPUS, CHARS, CHAR_TO_IDX,
            is_random_iter, 6, 5, 1, 0.1, 3, 2, 6, ['a', 'bc'])
        found.append(capsys.readouterr().out)
    on_cpu, on_gpu = found
    assert len(perplexities(on_gpu)) == 3
    np.testing.assert_allclose(perplexities(on_gpu), perplexities(on_cpu),
                               rtol=1e-3)
    assert continued(on_gpu) == continued(on_cpu)


@pytest.mark.parametrize('layer', [rnn.RNN, rnn.GRU, rnn.LSTM])
def test_train_and_predict_rnn_gluon(layer, seed, capsys):
    found = []
    for ctx in (CPU, GPU):
        seed()
        model = d2l.RNNModel(layer(8), 4)
        d2l.train_and_predict_rnn_gluon(
            model, 8, 4, ctx, CORPUS, CHARS, CHAR_TO_IDX, 6, 5, 10, 0.01, 3,
            2, 6, ['a', 'bc'])
        found.append(capsys.readouterr().out)
    on_cpu, on_gpu = found
    np.testing.assert_allclose(perplexities(on_gpu), perplexities(on_cpu),
                               rtol=1e-3)
    assert perplexities(on_gpu)[0] > perplexities(on_gpu)[-1]
    assert len(continued(on_gpu)) == len(continued(on_cpu)) == 6


# -- sentiment
class BiRNN(nn.Block):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.encoder = rnn.LSTM(5, num_layers=2, bidirectional=True,
                                input_size=6)
        self.decoder = nn.Dense(10)

    def forward(self, inputs):
        states = self.encoder(self.embedding(inputs.T))
        return self.decoder(nd.concat(states[0], states[-1]))


class TextCNN(nn.Block):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.constant_embedding = nn.Embedding(20, 6)
        self.decoder = nn.Dense(10)
        self.pool = nn.GlobalMaxPool1D()
        self.convs = nn.Sequential()
        for channels, size in ((4, 3), (5, 4)):
            self.convs.add(nn.Conv1D(channels, size, activation='relu'))

    def forward(self, inputs):
        embeddings = nd.concat(self.embedding(inputs),
                               self.constant_embedding(inputs), dim=2)
        embeddings = embeddings.transpose((0, 2, 1))
        return self.decoder(nd.concat(*[
            nd.flatten(self.pool(conv(embeddings))) for conv in self.convs],
            dim=1))


@pytest.mark.parametrize('build', [BiRNN, TextCNN])
def test_sentiment(build):
    assert_trains_alike(build, integers(20, 4, 9), integers(10, 4, seed=1),
                        optimizer='adam',
                        hyperparams={'learning_rate': 0.01, 'epsilon': 1e-3})
    net = initialize(build, nd.array(integers(20, 2, 9)), GPU)

    class Vocab:
        def to_indices(self, words):
            return list(range(1, 1 + len(words)))
    assert d2l.predict_sentiment(net, Vocab(), ['a'] * 9) in (
        'positive', 'negative')


# -- natural language
def test_skip_gram():
    """word2vec: embeddings, batch_dot, a loss with a mask."""
    def skip_gram(center, context, v, u):
        pred = nd.batch_dot(
            nd.Embedding(center, v, input_dim=30, output_dim=4),
            nd.Embedding(context, u, input_dim=30, output_dim=4).swapaxes(
                1, 2))
        loss = gluon.loss.SigmoidBinaryCrossEntropyLoss()
        mask = (nd.arange(6, ctx=pred.context) < 4).broadcast_to(pred.shape)
        return loss(pred, (context > 12).reshape(pred.shape), mask)
    assert_computes_alike(lambda v, u: skip_gram(
        nd.array(integers(30, 3, 1), ctx=v.context),
        nd.array(integers(30, 3, 6, seed=1), ctx=v.context), v, u),
        randoms(30, 4), randoms(30, 4, seed=1))


def test_similar_words():
    def similar(W):
        x = W[3]
        return nd.dot(W, x) / (
            nd.sum(W * W, axis=1) * nd.sum(x * x) + 1e-9).sqrt()
    assert_computes_alike(similar, randoms(20, 5))
    for ctx in (CPU, GPU):
        cos = similar(nd.array(randoms(20, 5), ctx=ctx))
        top = nd.topk(cos, k=3, ret_typ='indices').asnumpy().astype('int32')
        assert top[0] == 3


class Attention(nn.Block):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential()
        self.model.add(nn.Dense(5, activation='tanh', use_bias=False,
                                flatten=False),
                       nn.Dense(1, use_bias=False, flatten=False))

    def forward(self, enc_states, dec_state):
        dec_states = nd.broadcast_axis(dec_state.expand_dims(0), axis=0,
                                       size=enc_states.shape[0])
        e = self.model(nd.concat(enc_states, dec_states, dim=2))
        alpha = nd.softmax(e, axis=0)
        return (alpha * enc_states).sum(axis=0)


class Translator(nn.Block):
    """Encoder, attention and one step of the decoder after the other."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.encoder = rnn.GRU(5, num_layers=2)
        self.attention = Attention()
        self.decoder = rnn.GRU(5, num_layers=2)
        self.out = nn.Dense(10, flatten=False)

    def forward(self, inputs):
        state = self.encoder.begin_state(batch_size=len(inputs),
                                         ctx=inputs.context)
        outputs, state = self.encoder(self.embedding(inputs).swapaxes(0, 1),
                                      state)
        for t in range(3):
            context = self.attention(outputs, state[0][-1])
            X = nd.concat(self.embedding(inputs[:, t]), context, dim=1)
            output, state = self.decoder(X.expand_dims(0), state)
        return self.out(output).squeeze(axis=0)


def test_seq2seq_with_attention():
    assert_trains_alike(Translator, integers(20, 4, 7),
                        integers(10, 4, seed=1), optimizer='adam',
                        hyperparams={'learning_rate': 0.01, 'epsilon': 1e-3})
