"""The nets that are measured, for MXNet and for PyTorch.

LeNet and AlexNet are the chapters': for MXNet those of
`chapters/companion/nets.py` themselves, for PyTorch the same layers. Softmax
regression is that of the book's section 3.7.
"""
from mxnet.gluon import nn as gluon_nn

from chapters.companion.nets import alexnet, lenet

__all__ = ['alexnet', 'lenet', 'softmax_regression', 'torch_alexnet',
           'torch_lenet']


def softmax_regression():
    net = gluon_nn.Sequential()
    net.add(gluon_nn.Dense(10))
    return net


def torch_lenet(nn):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Flatten(),
        nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
        nn.Linear(84, 10))


def torch_alexnet(nn):
    return nn.Sequential(
        nn.Conv2d(1, 96, 11, 4), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Linear(6400, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(4096, 10))


def num_epochs(num_images):
    """How many epochs a GPU is measured for: five of the whole data set."""
    return 5 if num_images == 60000 else 1
