"""Install d2l into a kernel that runs, as on Colab and Kaggle, and use it.

    python tools/test_colab.py

`make test-colab` runs it in an environment with the packages that Colab's
kernels had loaded when this was written. The cells that
install are those of docs/installing.md; the kernel is never restarted.
"""
import pathlib
import sys

from jupyter_client.manager import start_new_kernel

ROOT = pathlib.Path(__file__).resolve().parent.parent
CELLS = ["""
# what the kernel has loaded before
import matplotlib.pyplot as plt, numpy, pandas
from importlib import metadata
names = 'numpy', 'pandas', 'matplotlib', 'graphviz', 'requests', 'ipython'
before = [metadata.version(name) for name in names]
""", """
%%pip install -q --no-deps mxnet==1.9.1
%%pip install -q %s
""" % ROOT, """
assert before == [metadata.version(name) for name in names], before
print(dict(zip(names, before)))
""", """
import d2l
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
""", """
%env D2L_MAX_BATCHES=4
net = nn.Sequential()
net.add(nn.Conv2D(6, kernel_size=5, padding=2, activation='sigmoid'),
        nn.AvgPool2D(), nn.Conv2D(16, kernel_size=5, activation='sigmoid'),
        nn.AvgPool2D(), nn.Dense(120, activation='sigmoid'),
        nn.Dense(84, activation='sigmoid'), nn.Dense(10))
ctx = d2l.try_gpu()
net.initialize(init.Xavier(), ctx=ctx)
trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.9})
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=256)
d2l.train_ch5(net, train_iter, test_iter, 256, trainer, ctx, num_epochs=2)
""", """
d2l.semilogy([1, 2, 3], [3, 2, 1], 'x', 'y')
""", """
frame = pandas.DataFrame({'a': [1.0, 2.0]})     # as well as before
assert frame.describe().loc['mean'].item() == 1.5
plt.plot(frame['a'])
assert numpy.char.upper('a') == 'A'
""", """
from mxnet import sym, viz
graph = viz.plot_network(sym.relu(sym.var('data'), name='my_relu'))
assert 'my_relu' in graph.source
""", """
# docs/installing.md explains these lines
import subprocess, sys
report = subprocess.run([sys.executable, '-m', 'pip', 'check'],
                        stdout=subprocess.PIPE).stdout.decode()
print(report)
assert report.count('mxnet 1.9.1 has requirement') == report.count('\\n') == 2
assert 'numpy<2' in report and 'graphviz<0.9' in report
"""]


def run_cell(client, cell):
    """Print what the cell prints; returns its error and its pictures."""
    pictures = []

    def show(message):
        content = message['content']
        if message['msg_type'] == 'stream':
            print(content['text'], end='', flush=True)
        elif 'image/svg+xml' in content.get('data', ()) \
                or 'image/png' in content.get('data', ()):
            pictures.append(content['data'])

    reply = client.execute_interactive(cell, output_hook=show, timeout=900)
    return reply['content'], pictures


def main():
    manager, client = start_new_kernel(startup_timeout=120)
    try:
        drawn = 0
        for cell in CELLS:
            content, pictures = run_cell(client, cell)
            drawn += len(pictures)
            if content['status'] != 'ok':
                sys.exit('%s\n%s: %s' % (
                    cell, content['ename'], content['evalue']))
        if drawn < 2:
            sys.exit('Expected d2l.semilogy and plt.plot to draw, but the '
                     'kernel showed %d pictures' % drawn)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == '__main__':
    main()
