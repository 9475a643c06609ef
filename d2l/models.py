"""Models built from Gluon's layers."""
from mxnet import nd
from mxnet.gluon import nn

from .training.graph import compilable


@compilable
class Residual(nn.HybridBlock):
    """A residual block: two 3 x 3 convolutions and a shortcut.

    Parameters
    ----------
    num_channels : int
        Number of output channels.
    use_1x1conv : bool, optional
        Whether the shortcut has a 1 x 1 convolution. It needs one if the
        shape changes.
    strides : int, optional
        The factor by which height and width shrink.

    Attributes
    ----------
    conv1, conv2, conv3 : Conv2D
        `conv3` is the shortcut's 1 x 1 convolution, or None.
    bn1, bn2 : BatchNorm

    Examples
    --------
    >>> blk = d2l.Residual(6, use_1x1conv=True, strides=2)
    >>> blk.initialize()
    >>> blk(nd.zeros((4, 3, 6, 6))).shape
    (4, 6, 3, 3)
    """

    def __init__(self, num_channels, use_1x1conv=False, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1,
                               strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = (nn.Conv2D(num_channels, kernel_size=1, strides=strides)
                      if use_1x1conv else None)
        self.bn1 = nn.BatchNorm()
        self.bn2 = nn.BatchNorm()

    def hybrid_forward(self, F, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        return F.relu(Y + (self.conv3(X) if self.conv3 else X))


def resnet18(num_classes):
    """ResNet-18 for small images: the first layers do not downsample.

    Parameters
    ----------
    num_classes : int
        Number of outputs.

    Returns
    -------
    nn.Sequential
        The network, not initialised: a 3 x 3 convolution without
        max-pooling; two residual blocks each with 64, 128, 256 and 512
        channels, of which the last three pairs halve height and width;
        global average pooling; and a dense layer.

    Examples
    --------
    >>> net = d2l.resnet18(10)
    >>> net.initialize()
    >>> net(nd.zeros((2, 1, 28, 28))).shape
    (2, 10)
    """
    net = nn.Sequential()
    net.add(nn.Conv2D(64, kernel_size=3, strides=1, padding=1),
            nn.BatchNorm(), nn.Activation('relu'))
    for num_channels in (64, 128, 256, 512):
        blk = nn.Sequential()
        if num_channels == 64:
            blk.add(Residual(num_channels))
        else:
            blk.add(Residual(num_channels, use_1x1conv=True, strides=2))
        blk.add(Residual(num_channels))
        net.add(blk)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(num_classes))
    return net


class RNNModel(nn.Block):
    """A character model: one-hot input, recurrent layer, dense output.

    Parameters
    ----------
    rnn_layer : Block
        A layer such as `gluon.rnn.RNN(256)`. It maps vectors of shape
        (steps, batch, vocab_size) and a state to outputs of shape (steps,
        batch, hiddens) and the next state.
    vocab_size : int
        Number of characters in the vocabulary.

    Attributes
    ----------
    rnn : Block
    vocab_size : int
    dense : Dense

    Examples
    --------
    >>> model = d2l.RNNModel(gluon.rnn.RNN(8), vocab_size=5)
    >>> model.initialize()
    >>> output, state = model(nd.array([[0, 1, 2]]),
    ...                       model.begin_state(batch_size=1))
    >>> output.shape
    (3, 5)
    """

    def __init__(self, rnn_layer, vocab_size, **kwargs):
        super().__init__(**kwargs)
        self.rnn = rnn_layer
        self.vocab_size = vocab_size
        self.dense = nn.Dense(vocab_size)

    def forward(self, inputs, state):
        """Score every character as the next one, and update the state.

        Parameters
        ----------
        inputs : NDArray
            Character indices, shape (batch, steps).
        state : list of NDArray

        Returns
        -------
        output : NDArray
            Shape (steps * batch, vocab_size), ordered by step.
        state : list of NDArray
        """
        X = nd.one_hot(inputs.T, self.vocab_size)   # (steps, batch, vocab)
        Y, state = self.rnn(X, state)               # (steps, batch, hiddens)
        return self.dense(Y.reshape((-1, Y.shape[-1]))), state

    def begin_state(self, *args, **kwargs):
        """The initial state. Takes the arguments of the recurrent layer."""
        return self.rnn.begin_state(*args, **kwargs)
