"""Draw the README's picture: the same cell without and with this package.

    python tools/front_door.py

Also the card that is shown beside links to the book. Both sides of the picture
are run, the left one without the .pth file that prepares MXNet. The bars are
from the first table of docs/performance.md. Times are printed: use an idle
machine.
"""
import os
import pathlib
import pty
import re
import subprocess
import sys
import sysconfig
import termios

import matplotlib
from matplotlib import pyplot as plt

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGES = ROOT / 'docs' / 'images'
PICTURE, CARD = IMAGES / 'front-door.png', IMAGES / 'social-card.png'
ROWS = ('loading, 224 x 224', 'softmax regression, epoch', 'LeNet, epoch',
        'AlexNet, training')
SPEED = "speed compared with the book's own code (grey line)"
RED, GREEN, GREY = '#b42318', '#1a7f37', '#57606a'


def example():
    """The README's first Python program."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    return re.search('```python\n(.*?)```', text, re.DOTALL).group(1)


def run_without(code):
    """The last frame and the error that Python prints without the .pth file.
    """
    start = ('import sys; sys.path = [p for p in sys.path if p] + [%r]\n'
             % sysconfig.get_path('purelib'))
    result = subprocess.run(    # -S: no .pth files
        [sys.executable, '-I', '-S', '-c', start + code],
        stderr=subprocess.PIPE, text=True, cwd='/')
    lines = result.stderr.splitlines()
    end = next(i for i, line in enumerate(lines)
               if line.startswith('AttributeError'))
    frame = max(i for i in range(end)
                if re.match('  File ".*/mxnet/', lines[i]))
    lines[frame] = re.sub('".*/mxnet/', '"mxnet/', lines[frame])
    return ['Traceback (most recent call last):', '  ...',
            *lines[frame:frame + 2], lines[end]]


def run_with(code):
    """What a terminal shows during the third epoch."""
    shown = []
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, 68))
    process = subprocess.Popen(
        [sys.executable, '-c', code], cwd=ROOT, stdout=child, stderr=child,
        env=dict(os.environ, PYTHONPATH=str(ROOT)))
    os.close(child)
    text = ''
    while not re.search('epoch 3, loss [^\r]*acc', text):
        text += os.read(parent, 4096).decode()
    process.kill()
    process.wait()
    os.close(parent)
    for line in text.split('\n'):
        *bars, last = [part for part in line.strip('\r').split('\r')
                       if part.strip()] or ['']
        if last.startswith('epoch 3'):
            bars = [bar for bar in bars if 'loss' in bar]
            shown.append(bars[len(bars) // 2])
            break
        shown.append(last)
    return [line.rstrip() for line in shown if line.strip()]


def read_ratios():
    """The column `book : here` of the first table, for each of ROWS."""
    text = (ROOT / 'docs' / 'performance.md').read_text(encoding='utf-8')
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if cells[0] in ROWS and len(cells) == 5:
            found.setdefault(cells[0], float(cells[4]))
    return [found[row] for row in ROWS]


def draw_text(axes, title, colour, lines, fontsize=8.5):
    axes.set_axis_off()
    axes.add_patch(plt.Rectangle((0, 0), 1, 1, transform=axes.transAxes,
                                 facecolor='#f6f8fa', edgecolor='#d0d7de'))
    axes.text(0, 1.04, title, transform=axes.transAxes, fontsize=12,
              fontweight='bold', color=colour)
    axes.text(0.02, 0.95, '\n'.join(lines), transform=axes.transAxes,
              fontsize=fontsize, family='monospace', va='top',
              linespacing=1.35)


def draw_bars(axes, fontsize):
    """Bars of the speed beside the book's own code."""
    ratios = read_ratios()
    bars = axes.barh(ROWS[::-1], ratios[::-1], height=0.6, color=GREEN)
    axes.bar_label(bars, ['%.1f times' % ratio for ratio in ratios[::-1]],
                   padding=4, fontsize=fontsize)
    axes.axvline(1, color=GREY, linewidth=1)
    axes.set_xlim(0, max(ratios) * 1.12)
    axes.spines[['top', 'right', 'bottom']].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(left=False, labelsize=fontsize)


def draw_picture(without, trained):
    """The README's picture: both outputs, and the bars beneath."""
    fig = plt.figure(figsize=(11, 4.6))
    texts = fig.add_gridspec(1, 2, left=0.02, right=0.98, top=0.92,
                             bottom=0.5, wspace=0.04)
    draw_text(fig.add_subplot(texts[0]), 'MXNet 1.9.1 on today\'s NumPy',
              RED, without)
    draw_text(fig.add_subplot(texts[1]), 'with this package', GREEN, trained)
    fig.text(0.02, 0.41, SPEED + ', on 2 CPU cores', fontsize=12,
             fontweight='bold')
    draw_bars(fig.add_axes((0.19, 0.02, 0.79, 0.36)), 10)
    fig.savefig(PICTURE, dpi=120)


def draw_card(cell):
    """1200 x 630 pixels, which hosts show as small as a stamp."""
    fig = plt.figure(figsize=(10, 5.25))
    fig.text(0.04, 0.84, 'Dive into Deep Learning (2019)', fontsize=30,
             fontweight='bold')
    fig.text(0.04, 0.75, 'Its MXNet code, unmodified, on today\'s machines',
             fontsize=20, color=GREY)
    draw_text(fig.add_axes((0.04, 0.36, 0.92, 0.31)), '', GREEN, cell,
              fontsize=17)
    fig.text(0.04, 0.275, SPEED, fontsize=14, fontweight='bold')
    draw_bars(fig.add_axes((0.29, 0.02, 0.67, 0.22)), 13)
    fig.savefig(CARD, dpi=120)


def main():
    code = example()
    cell = ['import d2l', 'from mxnet import gluon, init', '...',
            'd2l.train_ch5(net, train_iter, test_iter, ...)', '']
    trained = cell + run_with(code)
    matplotlib.rcParams['font.family'] = 'DejaVu Sans'
    IMAGES.mkdir(exist_ok=True)
    draw_picture(cell + run_without(code.split('import d2l\n')[1]), trained)
    draw_card(cell)
    print(PICTURE, CARD, sep='\n')


if __name__ == '__main__':
    main()
