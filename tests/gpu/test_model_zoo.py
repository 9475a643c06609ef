"""A net of each family of gluon's model zoo takes the step it takes on cpu().

Parameters are random: no file is fetched.
"""
import numpy as np
import pytest
from both import CPU, GPU, images, train
from mxnet.gluon import nn
from mxnet.gluon.model_zoo import vision

# the smallest images that they take
NETS = dict(alexnet=64, vgg11=32, resnet18_v1=64, resnet18_v2=64,
            mobilenet0_25=64, mobilenet_v2_0_25=64, squeezenet1_1=224,
            densenet121=224, inception_v3=299)


def build(name):
    net = getattr(vision, name)(classes=10)
    net.apply(lambda layer: isinstance(layer, nn.Dropout) and setattr(
        layer, '_rate', 0))
    return net


def flat(params):
    return np.concatenate([value.ravel() for value in params.values()])


@pytest.mark.parametrize('name', NETS)
def test_one_step(name):
    size = NETS[name]
    X, y = images(4 if size < 200 else 2, 3, size)
    start, (loss, expected), (other_loss, found) = (
        train(lambda: build(name), X, y, ctx, steps, hybridize=ctx == GPU,
              hyperparams={'learning_rate': 1e-3})
        for ctx, steps in ((CPU, 0), (CPU, 1), (GPU, 1)))
    np.testing.assert_allclose(other_loss, loss, rtol=1e-3)
    assert found.keys() == expected.keys()
    step, other = (flat(after) - flat(start[1]) for after in (expected, found))
    # batch normalization over few numbers amplifies the last digits
    assert np.linalg.norm(other - step) < 0.05 * np.linalg.norm(step)
