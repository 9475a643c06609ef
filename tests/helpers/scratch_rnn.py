"""Recurrent networks from scratch, as the book writes them."""
from mxnet import nd


def init_rnn_state(batch_size, num_hiddens, ctx):
    return (nd.zeros((batch_size, num_hiddens), ctx=ctx),)


def rnn(inputs, state, params):
    W_xh, W_hh, b_h, W_hq, b_q = params
    H, = state
    outputs = []
    for X in inputs:
        H = nd.tanh(nd.dot(X, W_xh) + nd.dot(H, W_hh) + b_h)
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)


def gru(inputs, state, params):
    H, = state
    *gates, W_hq, b_q = params
    outputs = []
    for X in inputs:
        Z, R = (nd.sigmoid(nd.dot(X, W_x) + nd.dot(H, W_h) + b)
                for W_x, W_h, b in (gates[:3], gates[3:6]))
        candidate = nd.tanh(nd.dot(X, gates[6]) + nd.dot(R * H, gates[7])
                            + gates[8])
        H = Z * H + (1 - Z) * candidate
        outputs.append(nd.dot(H, W_hq) + b_q)
    return outputs, (H,)
