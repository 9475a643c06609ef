"""Measures PyTorch: eager, with its DataLoader.

The training loop is that of the book's PyTorch edition.
"""
import contextlib
import itertools
import os
import time

import numpy as np
from PIL import Image

import d2l

from . import nets

try:
    import torch
    from torch import nn
except ImportError:
    torch = None


def arrays(train):
    """The data set as NumPy arrays, uint8 (n, 28, 28) and int32 (n,)."""
    loader = d2l.load_data_fashion_mnist(256)[0 if train else 1]
    return loader.images.asnumpy()[..., 0], loader.labels


def loaders(batch_size, resize=None):
    # defined here, since without PyTorch there is no class to derive from
    class Images(torch.utils.data.Dataset):
        def __init__(self, train):
            self.images, self.labels = arrays(train)

        def __len__(self):
            return len(self.labels)

        def __getitem__(self, i):
            image = Image.fromarray(self.images[i])
            if resize:
                image = image.resize((resize, resize), Image.BILINEAR)
            X = torch.from_numpy(np.array(image)).unsqueeze(0)
            return X.float().div(255), int(self.labels[i])

    return [torch.utils.data.DataLoader(
        Images(train), batch_size, shuffle=train, num_workers=4)
        for train in (True, False)]


class OnDevice:
    """Batches of images that stay on the GPU as bytes, resized there."""

    def __init__(self, side, train, batch_size, resize):
        self.batch_size, self.resize, self.train = batch_size, resize, train
        images, labels = arrays(train)
        self.images = torch.from_numpy(images).to(device(side))
        self.labels = torch.from_numpy(labels).to(device(side), torch.int64)

    def __iter__(self):
        order = (torch.randperm if self.train else torch.arange)(
            len(self.labels), device=self.labels.device)
        for i in order.split(self.batch_size):
            X = self.images[i].unsqueeze(1).float().div(255)
            if self.resize:
                X = nn.functional.interpolate(X, (self.resize, self.resize),
                                              mode='bilinear')
            yield X, self.labels[i]


def measure_loading(resize):
    train_iter, _ = loaders(128, resize)
    start, n = time.perf_counter(), 0
    for _, y in train_iter:
        n += len(y)
    return {'value': n / (time.perf_counter() - start)}


def device(side):
    """Where to compute; None where there is no GPU."""
    if (side != 'torch-gpu'
            or os.environ.get('D2L_GPU', '').startswith('stand-in')):
        return torch.device('cpu')
    return torch.device('cuda') if torch.cuda.is_available() else None


def precision(side):
    if side == 'torch-bfloat16':
        return torch.autocast('cpu', dtype=torch.bfloat16)
    return contextlib.nullcontext()


def train_epoch(side, net, train_iter, loss, optimizer):
    net.train()
    sums = np.zeros(3)
    for X, y in train_iter:
        X, y = X.to(device(side)), y.to(device(side))
        with precision(side):
            y_hat = net(X)
            l = loss(y_hat, y)
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        sums += (float(l.detach()) * len(y),
                 float((y_hat.argmax(1) == y).sum()), len(y))
    return sums


def evaluate(side, net, test_iter):
    net.eval()
    sums = np.zeros(2)
    with torch.no_grad(), precision(side):
        for X, y in test_iter:
            X, y = X.to(device(side)), y.to(device(side))
            sums += float((net(X).argmax(1) == y).sum()), len(y)
    return sums


def make_net(side, build, lr):
    net = build(nn)
    for layer in net:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(layer.weight)
    net.to(device(side))
    return net, nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr)


def measure_lenet(side):
    train_iter, test_iter = loaders(256)
    net, loss, optimizer = make_net(side, nets.torch_lenet, 0.9)
    train_epoch(side, net, itertools.islice(train_iter, 10), loss, optimizer)
    start = time.perf_counter()
    train_epoch(side, net, train_iter, loss, optimizer)
    evaluate(side, net, test_iter)
    return {'value': time.perf_counter() - start}


def measure_loop(side, num_images):
    """Milliseconds of a batch of LeNet's training, without the loader."""
    n = num_images // 256
    batches = list(itertools.islice(loaders(256)[0], min(n, 200)))
    net, loss, optimizer = make_net(side, nets.torch_lenet, 0.9)
    train_epoch(side, net, batches[:10], loss, optimizer)
    start = time.perf_counter()
    train_epoch(side, net, itertools.islice(itertools.cycle(batches), n),
                loss, optimizer)
    return {'value': 1e3 * (time.perf_counter() - start) / n}


def measure_alexnet(side, num_images):
    n = num_images // 128
    train_iter, test_iter = loaders(128, 224)
    net, loss, optimizer = make_net(side, nets.torch_alexnet, 0.01)
    seconds = []
    for work in (lambda batches: train_epoch(side, net, batches, loss,
                                             optimizer),
                 lambda batches: evaluate(side, net, batches)):
        data_iter = test_iter if seconds else train_iter
        work(itertools.islice(data_iter, 1))
        start = time.perf_counter()
        work(itertools.islice(data_iter, n))
        seconds.append((time.perf_counter() - start) / n)
    return {'value': seconds[0], 'evaluation': seconds[1]}


def measure_on_gpu(side, build, lr, batch_size, resize, num_images):
    """Seconds of an epoch, with its evaluation, loaded on the GPU."""
    net, loss, optimizer = make_net(side, build, lr)
    train_iter, test_iter = (OnDevice(side, is_train, batch_size, resize)
                             for is_train in (True, False))

    def epoch(num_images):
        n = num_images // batch_size + 1
        train_epoch(side, net, itertools.islice(train_iter, n), loss,
                    optimizer)
        evaluate(side, net, itertools.islice(test_iter, n // 6 + 1))

    epoch(10 * batch_size)
    num_epochs = nets.num_epochs(num_images)
    start = time.perf_counter()
    for _ in range(num_epochs):
        epoch(num_images)
    return {'value': (time.perf_counter() - start) / num_epochs}


def measure_alexnet_on_gpu(side, num_images):
    return measure_on_gpu(side, nets.torch_alexnet, 0.01, 128, 224,
                          num_images)


TASKS = {
    'load28': lambda side, n: measure_loading(None),
    'load224': lambda side, n: measure_loading(224),
    'lenet': lambda side, n: measure_lenet(side),
    'lenet-loop': measure_loop,
    'alexnet': measure_alexnet,
    'lenet-gpu': lambda side, n: measure_on_gpu(
        side, nets.torch_lenet, 0.9, 256, None, n),
    'alexnet-gpu': measure_alexnet_on_gpu,
    'alexnet-tf32': measure_alexnet_on_gpu,
}


def run(side, task, num_images):
    if torch is None:
        return {'absent': 'no PyTorch: pip install torch'}
    if device(side) is None:
        return {'absent': 'PyTorch finds no GPU; D2L_GPU=stand-in:1 lets the '
                'CPU play one'}
    # float32 means float32, as in d2l; torch has it otherwise in convolutions
    torch.backends.cudnn.allow_tf32 = task == 'alexnet-tf32'
    torch.backends.cuda.matmul.allow_tf32 = task == 'alexnet-tf32'
    result = TASKS[task](side, num_images)
    return dict(result, version=torch.__version__,
                threads=torch.get_num_threads())
