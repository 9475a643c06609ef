"""The experiments behind the chapters' figures and answers.

Every public function is an experiment: `python tools/record.py NAME` calls
`NAME(...)` and saves the dict that it returns.
"""
import concurrent.futures
import multiprocessing
import resource

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from mxnet.gluon.data.vision import transforms

import d2l

from . import measure, nets, trainings
from .augmentations import crop, light, mean_of_views, mirror
from .trainings import Changed, Repeated, few, train


def alexnet(work=None, dtype='float32', epochs=5):
    """The chapter's training in full: 5 epochs, 60,000 images.

    With a folder `work` it resumes after the last epoch saved there.
    """
    if dtype != 'float32':
        d2l.use_amp(dtype)
    trainings.seed(1)
    net, same_net = nets.alexnet(), nets.alexnet()
    trainings.initialize(same_net, 224, d2l.try_gpu())
    batches = d2l.load_data_fashion_mnist(128, resize=224)
    curves = train(net, batches, epochs, learning_rate=0.01,
                   checkpoint=work)
    p = trainings.probabilities(net, batches[1])
    first, last = (n[0].weight.data().asnumpy().astype('float16')
                   for n in (same_net, net))
    return dict(curves, dtype=dtype, first_filters=first, filters=last,
                percent=np.round(100 * p).astype('uint8'),
                predicted=p.argmax(axis=1).astype('uint8'))


def lenet():
    """LeNet as in the book, for 20 epochs instead of 5."""
    return train(nets.lenet(), d2l.load_data_fashion_mnist(256), 20,
                 learning_rate=0.9)


def lenet_pooling():
    """LeNet with maximum pooling, for 5 epochs."""
    return train(nets.lenet(pool=nn.MaxPool2D),
                 d2l.load_data_fashion_mnist(256), 5, learning_rate=0.9)


def lenet_relu():
    """LeNet with ReLU at two learning rates, for 2 epochs each."""
    batches = d2l.load_data_fashion_mnist(256)
    return {'%g' % lr: train(nets.lenet('relu'), batches, 2,
                             learning_rate=lr)
            for lr in (0.5, 0.2)}


def lenet_weights():
    """LeNet with the weights of Gluon's default, for 5 epochs.

    Beside it the size of the weights and of their first gradients, layer by
    layer, with these weights and with Xavier's.
    """
    xavier, default = init.Xavier(), init.Uniform()
    batches = d2l.load_data_fashion_mnist(256)
    curves = train(nets.lenet(), batches, 5, learning_rate=0.9,
                   initializer=default)
    return dict(curves, layers=dict(xavier=_gradients(batches[1], xavier),
                                    default=_gradients(batches[1], default)))


def _gradients(batches, initializer):
    """Mean absolute weight of LeNet's layers, and gradient of the loss."""
    ctx, net = d2l.try_gpu(), nets.lenet()
    trainings.seed(1)
    X, y = (a.as_in_context(ctx) for a in next(iter(batches)))
    trainings.initialize(net, X.shape[-1], ctx, initializer)
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(X), y).mean()
    loss.backward()
    return {layer.name.split('_')[-1]: [
        float('%.3g' % abs(values).mean().asscalar())
        for values in (layer.weight.data(), layer.weight.grad())]
        for layer in net if hasattr(layer, 'weight')}


# of nets.lenet; the other layers stay
LENET_SIZES = {
    'windows of 3 x 3': dict(kernel_size=3),
    'twice the channels': dict(channels=(12, 32)),
    'one dense layer less': dict(units=(120,)),
}


def lenet_sizes():
    """LeNet with ReLU, in other sizes, for 3 epochs each."""
    batches = d2l.load_data_fashion_mnist(256)
    return {name: train(nets.lenet('relu', **sizes), batches, 3,
                        learning_rate=0.1)
            for name, sizes in LENET_SIZES.items()}


def lenet_answers():
    """What LeNet, trained as in the book, takes the test images for."""
    net, batches = nets.lenet(), d2l.load_data_fashion_mnist(256)
    curves = train(net, batches, 5, learning_rate=0.9)
    p = trainings.probabilities(net, batches[1])
    return dict(curves, predicted=p.argmax(axis=1).astype('uint8'))


def small_alexnet():
    """AlexNet made smaller, on images of 64 x 64, for 5 epochs."""
    return train(nets.small_alexnet(),
                 d2l.load_data_fashion_mnist(128, resize=64), 5,
                 learning_rate=0.1)


def better_net():
    """Three convolutions with batch normalisation, on 28 x 28 pixels.

    The learning rate falls from 0.1 to 0 along half a cosine.
    """
    batches = d2l.load_data_fashion_mnist(128)
    num_epochs = 10
    decay = mx.lr_scheduler.CosineScheduler(num_epochs * len(batches[0]),
                                            base_lr=0.1)
    return train(nets.better_net(), batches, num_epochs, learning_rate=0.1,
                 lr_scheduler=decay, momentum=0.9, wd=1e-4)


def batch_size():
    """LeNet with ReLU, 3 epochs, with batches of 32 to 1,024 images.

    Once with learning rate 0.1, once with one proportional to the batch.
    """
    found = {}
    for n in (32, 128, 512, 1024):
        batches = d2l.load_data_fashion_mnist(n)
        for lr in sorted({0.1, 0.1 * n / 128}):
            found['%d, %g' % (n, lr)] = dict(
                batch_size=n, lr=lr, **train(nets.lenet('relu'), batches, 3,
                                             learning_rate=lr))
    return found


def memory():
    """The memory that a few steps of training AlexNet take, at the peak.

    Each batch size has its own process, because a peak never falls.
    """
    found = {}
    for n in (8, 16, 32, 64, 128, 256):
        with concurrent.futures.ProcessPoolExecutor(
                1, multiprocessing.get_context('spawn')) as pool:
            found[str(n)] = pool.submit(_steps, n).result()
    return found


def _steps(batch_size):
    """Memory in MiB without a net and at the peak, images/s."""
    ctx = d2l.try_gpu()
    net = nets.alexnet()
    X = nd.random.uniform(shape=(batch_size, 1, 224, 224))
    batch = X, nd.zeros(batch_size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    trainings.initialize(net, 224, ctx)
    trainer = gluon.Trainer(net.collect_params(), 'sgd',
                            {'learning_rate': 0.01})
    history = d2l.History()
    d2l.train_ch5(net, [batch] * 2, [batch], batch_size, trainer, ctx, 2,
                  history=history)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return dict(before_mib=round(before), peak_mib=round(peak),
                images_per_sec=round(history.images_per_sec[-1], 1))


def rooflines():
    """This machine's limits, and what AlexNet's layers reach."""
    found = dict(peak=measure.arithmetic_peak(),
                 reading=measure.read_bandwidth(),
                 writing=measure.write_bandwidth())
    for n in (1, 128):
        found['batch_%d' % n] = measure.layer_speeds(nets.alexnet(),
                                                     (1, 224, 224), n)
    return found


def lenet_variants():
    """LeNet with ReLU, dropout and prepared images, for 6 epochs each."""
    plain = d2l.load_data_fashion_mnist(256)
    X = plain[0].images.astype('float32') / 255
    mean, std = X.mean().asscalar(), X.asnumpy().std()

    def standardize(X):
        return (X - mean) / std

    standardized = [Changed(batches, standardize) for batches in plain]
    mirrored = Changed(plain[0], mirror), plain[1]
    cases = dict(
        relu_too_fast=(nets.lenet('relu'), plain, 0.9),
        relu=(nets.lenet('relu'), plain, 0.1),
        relu_dropout=(nets.lenet('relu', dropout=0.5), plain, 0.1),
        relu_standardized=(nets.lenet('relu'), standardized, 0.1),
        relu_mirrored=(nets.lenet('relu'), mirrored, 0.1),
        sigmoid_standardized=(nets.lenet(), standardized, 0.9))
    found = dict(mean=round(float(mean), 4), std=round(float(std), 4))
    for name, (net, batches, lr) in cases.items():
        num_epochs = 1 if name == 'relu_too_fast' else 6
        found[name] = train(net, batches, num_epochs, learning_rate=lr)
    return found


# the functions that image_augmentation applies to training batches
AUGMENTATIONS = {
    'none': lambda X: X,
    'mirror': mirror,
    'crop': crop,
    'mirror, crop': lambda X: crop(mirror(X)),
    'light': light,
    'any angle': transforms.RandomRotation((-180, 180)),
}


def image_augmentation():
    """A net on 1,000 images, augmented or not, for 100 passes.

    Some twice, with other images and another seed. An epoch is 20 passes.
    """
    runs = [(name, 1) for name in AUGMENTATIONS]
    runs += [(name, 2) for name in ('none', 'mirror', 'crop')]
    found = {name: {} for name in AUGMENTATIONS}
    for name, number in runs:
        changed = Changed(few(1000, number), AUGMENTATIONS[name])
        found[name][str(number)] = _augmented(Repeated(changed, 20), number)
    return found


def image_augmentation_in_full():
    """The same net on all 60,000 images, for 5 passes."""
    train_iter, _ = d2l.load_data_fashion_mnist(125)
    return {name: _augmented(Changed(train_iter, AUGMENTATIONS[name]), 1)
            for name in ('none', 'mirror, crop')}


def _augmented(train_iter, number):
    """Curves over 5 epochs; the accuracy of the mean over ten views."""
    _, test_iter = d2l.load_data_fashion_mnist(250)
    net, num_epochs = nets.better_net(channels=(16, 32, 64)), 5
    decay = mx.lr_scheduler.CosineScheduler(num_epochs * len(train_iter),
                                            base_lr=0.05)
    curves = train(net, (train_iter, test_iter), num_epochs,
                   learning_rate=0.05, random_seed=number,
                   lr_scheduler=decay, momentum=0.9, wd=1e-4)
    p = trainings.probabilities(mean_of_views(net), test_iter)
    right = p.argmax(axis=1) == test_iter.labels[:len(p)]
    return dict(curves, ten_views_acc=round(float(right.mean()), 5))
