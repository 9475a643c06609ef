"""What tests of several loops share: a net, and the printed lines."""
import re

from mxnet.gluon import nn

LINE = re.compile(r'epoch \d+, loss \d+\.\d{4}, train acc [01]\.\d{3}, '
                  r'test acc [01]\.\d{3}, time \d+\.\d sec')


def small_net():
    net = nn.Sequential()
    net.add(nn.Conv2D(6, kernel_size=5, padding=2, activation='sigmoid'),
            nn.AvgPool2D(pool_size=2, strides=2),
            nn.Conv2D(16, kernel_size=5, activation='sigmoid'),
            nn.MaxPool2D(pool_size=2, strides=2),
            nn.Dense(120, activation='sigmoid'), nn.Dense(10))
    return net


def without_times(out):
    """Printed lines without the seconds, which differ from run to run."""
    return re.sub(r'time .* sec', '', out)
