"""What several processes cost and bring: python -m benchmarks.scaling

Trains LeNet and AlexNet on random images with 1, 2 and 4 workers on this
machine and compares the time of a step with a model; then trains LeNet with
ReLU on Fashion-MNIST with 2-bit gradients; then uses the model to compute
what more GPUs would gain. Prints the tables of docs/scaling.md. The nets are
those of chapters/companion/nets.py.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

# batch, height and width, steps of an epoch, how often a part is timed
NETS = {'lenet': (256, 28, 200, 50), 'alexnet': (64, 224, 4, 3)}
WORKERS = (1, 2, 4)
NUM_SERVERS = 2
THRESHOLDS = (None, 0.1, 0.5, 2.0)
NUM_EPOCHS = 3
_MB = 1e6

# On paper: seconds of a step of AlexNet with 128 images on a GPU of 2019 (66 s
# an epoch, as the book says) and on the faster one of a lecture (16.6 s)
GPU_STEPS = (66 / 469, 16.6 / 469)
GIGABITS = (10, 25, 100)
NUM_GPUS = (8, 16, 32, 64)
ALEXNET, DENSE = 46764746, 42991616 + 2 * 4096     # parameters


# -- in a worker
def make_trainer(net, lr, compression=None):
    """Initialise a net; returns a trainer that spans the workers."""
    import mxnet as mx
    from mxnet import gluon, init
    mx.random.seed(1)
    net.initialize(init.Xavier())
    kvstore = mx.kv.create('dist_sync')
    trainer = gluon.Trainer(
        net.collect_params(), 'sgd', {'learning_rate': lr}, kvstore=kvstore,
        compression_params=compression)
    return trainer, kvstore


class Counted:
    """A loader that records the loopback's traffic before each epoch."""

    def __init__(self, loader):
        self.loader, self.sent = loader, []

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        self.sent.append(loopback_bytes())
        return iter(self.loader)


def loopback_bytes():
    """Bytes that processes have sent over the loopback since the boot."""
    with open('/proc/net/dev') as file:
        line, = (line for line in file if line.strip().startswith('lo:'))
    return int(line.split()[9])


def time_call(function, times):
    """Seconds of a call, until the engine has finished its work."""
    from mxnet import nd
    function()
    nd.waitall()
    start = time.time()
    for _ in range(times):
        function()
    nd.waitall()
    return (time.time() - start) / times


def measure_kvstore(kvstore):
    """Bytes in a second, and seconds for an array, with arrays of no net."""
    from mxnet import nd
    large, small = nd.zeros((2 ** 22,)), nd.zeros((10,))
    num_small = 16
    kvstore.init(list(range(100, 101 + num_small)),
                 [large] + num_small * [small])
    smalls = [nd.zeros((10,)) for _ in range(num_small)]
    kvstore._barrier()
    large_seconds = time_call(lambda: kvstore.pushpull(100, large), 8)
    kvstore._barrier()
    small_seconds = time_call(lambda: [
        kvstore.pushpull(101 + i, array)
        for i, array in enumerate(smalls)], 20)
    return 8 * large.size / large_seconds, small_seconds / num_small


def measure_step(name, batch_size, size, steps, times):
    """Measure a step, as one of several workers; returns figures and rank."""
    import mxnet as mx
    import numpy as np
    from mxnet import autograd, gluon, nd

    import d2l
    from chapters.companion import nets
    from d2l.loader import ImageLoader
    from d2l.training.graph import Graph
    from d2l.training.parts import part_bounds

    net = getattr(nets, name)()
    trainer, kvstore = make_trainer(net, 0.01)
    rng = np.random.RandomState(0)
    n = batch_size * steps
    images = nd.array(rng.randint(0, 256, (n, 28, 28, 1)), dtype='uint8')
    labels = rng.randint(0, 10, n).astype('int32')
    loader = ImageLoader(images, labels, batch_size, True,
                         size if size != 28 else None)
    counted = Counted(loader)
    test_iter = [(X, y) for _, (X, y) in zip(range(1), loader)]
    history = d2l.History()
    d2l.train_ch5(net, counted, test_iter, batch_size, trainer, mx.cpu(), 4,
                  history=history)

    # the two halves of a step, separately
    start, stop = part_bounds(batch_size, kvstore.rank, kvstore.num_workers)
    X, y = (part[start:stop] for part in test_iter[0])
    graph, loss = Graph(net), gluon.loss.SoftmaxCrossEntropyLoss()

    def compute():
        with autograd.record():
            l = loss(graph(X), y)
        l.backward()
        trainer.update(batch_size)

    kvstore._barrier()
    compute_seconds = time_call(compute, times)
    kvstore._barrier()
    exchange_seconds = time_call(trainer.allreduce_grads, times)

    bandwidth, latency = measure_kvstore(kvstore)
    params = net.collect_params().values()
    return dict(
        step=batch_size / max(history.images_per_sec[1:]),
        sent=(counted.sent[2] - counted.sent[1]) / steps,
        compute=compute_seconds, exchange=exchange_seconds,
        bandwidth=bandwidth, latency=latency,
        num_params=sum(param.data().size for param in params),
        num_arrays=len(params)), kvstore.rank


def train_compressed(threshold, num_epochs):
    """Train LeNet with ReLU; gradients have 2 bits unless threshold is None.

    Returns the curves with the bytes sent in a step, and the worker's rank.
    """
    import mxnet as mx
    import numpy as np

    import d2l
    from chapters.companion import nets
    np.random.seed(1)
    batch_size = 128
    compression = None
    if threshold is not None:
        compression = {'type': '2bit', 'threshold': threshold}
    net = nets.lenet('relu')
    trainer, kvstore = make_trainer(net, 0.1, compression)
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
    counted = Counted(train_iter)
    history = d2l.History()
    d2l.train_ch5(net, counted, test_iter, batch_size, trainer, mx.cpu(),
                  num_epochs, history=history)
    return dict(history.columns(), sent=(
        counted.sent[-1] - counted.sent[-2]) / len(train_iter)), kvstore.rank


# -- in the process that starts them
def run_workers(num_workers, function, *args):
    """Call a function on workers; returns the figures of rank 0."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'figures.json')
        subprocess.run(
            [sys.executable, '-m', 'd2l.launch', '-n', str(num_workers), '-s',
             str(NUM_SERVERS), sys.executable, '-m', 'benchmarks.scaling',
             '--into', path, function.__name__, *map(json.dumps, args)],
            check=True, stdout=sys.stderr)
        with open(path) as file:
            return json.load(file)


def print_table(head, rows):
    """Print a table in Markdown."""
    for row in [head, ['---'] * len(head)] + rows:
        print('| %s |' % ' | '.join(row))
    print(flush=True)


def measure_scaling(name):
    print('%s, batch %d, %d x %d\n' % ((name,) + NETS[name][:1]
                                       + 2 * NETS[name][1:2]))
    rows = []
    for num_workers in WORKERS:
        figures = run_workers(num_workers, measure_step, name, *NETS[name])
        model = (figures['compute']
                 + figures['num_arrays'] * figures['latency']
                 + 8 * figures['num_params'] / figures['bandwidth'])
        rows.append([
            '%d' % num_workers, '%.3g' % (1 / figures['step']),
            '%.2f' % (figures['sent'] / _MB),
            '%.2f' % (num_workers * 8 * figures['num_params'] / _MB),
            '%.2f' % (1000 * figures['latency']),
            '%.0f' % (figures['bandwidth'] / _MB),
            '%.3g' % figures['compute'], '%.3g' % figures['exchange'],
            '%.3g' % model, '%.3g' % figures['step'],
            '%.2f' % (figures['step'] / model)])
    print_table(['workers', 'steps/s', 'MB sent a step',
                 '8 bytes a parameter, MB', 'ms an array', 'MB/s a worker',
                 'compute, s', 'exchange, s', 'model, s', 'step, s',
                 'step / model'], rows)


def measure_compression():
    rows = []
    for threshold in THRESHOLDS:
        figures = run_workers(2, train_compressed, threshold, NUM_EPOCHS)
        rows.append([
            'none' if threshold is None else '%g' % threshold,
            '%.2f' % (figures['sent'] / _MB)]
            + ['%.3f' % acc for acc in figures['test_acc']]
            + ['%.4f' % figures['loss'][-1]])
    print_table(['threshold', 'MB sent a step']
                + ['test acc, epoch %d' % (i + 1) for i in range(NUM_EPOCHS)]
                + ['last loss'], rows)


def model_gpus():
    """Print the speed-up of several GPUs over one, by the model."""
    kinds = [('32 bits', ALEXNET * 8), ('2 bits pushed', ALEXNET * 4.25),
             ('no hidden dense layers', (ALEXNET - DENSE) * 8)]
    for each in (True, False):
        print('128 images a GPU\n' if each else '1024 images in all\n')
        rows = []
        for compute in GPU_STEPS:
            for kind, exchanged in kinds:
                row = ['%.3f' % compute, kind, '%.0f' % (exchanged / _MB)]
                for gigabits in GIGABITS:
                    exchange = exchanged / (gigabits * 1e9 / 8)
                    alone = [compute * (n if each else 8) for n in NUM_GPUS]
                    row.append(' / '.join(
                        '%.1f' % (work / (work / n + exchange))
                        for n, work in zip(NUM_GPUS, alone)))
                rows.append(row)
        print_table(['step on one GPU, s', 'gradients', 'MB a step and worker']
                    + ['%d Gbit/s' % g for g in GIGABITS], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', metavar='NAME',
                        default=[*NETS, 'lenet-2bit', 'gpus'],
                        help='of lenet, alexnet, lenet-2bit and gpus; all by '
                        'default')
    parser.add_argument('--into', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.into:       # a worker; servers end when they import MXNet
        import mxnet  # noqa: F401
        function = {'measure_step': measure_step,
                    'train_compressed': train_compressed}[args.names[0]]
        figures, rank = function(*map(json.loads, args.names[1:]))
        if rank == 0:
            with open(args.into, 'w') as file:
                json.dump(figures, file)
        return
    for name in args.names:
        if name in NETS:
            measure_scaling(name)
        else:
            {'lenet-2bit': measure_compression, 'gpus': model_gpus}[name]()


if __name__ == '__main__':
    main()
