"""The bar: for those who look, and gone when the line is printed."""
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time

import pytest
import small
from limits import LIMIT

from d2l.training import progress

HERE = os.path.dirname(os.path.abspath(small.__file__))
# slow enough for the bar to be drawn in every epoch
CODE = '''
import sys, time
sys.path.insert(0, %r)
import small
class Slow:
    def __init__(self, data_iter):
        self.data_iter = data_iter
    def __len__(self):
        return len(self.data_iter)
    def __iter__(self):
        for batch in self.data_iter:
            time.sleep(0.05)
            yield batch
result = small.train(2, batches=list(map(Slow, small.data())))
''' % HERE


def on_a_terminal(columns=100, **env):
    """What the code prints to stdout, and to a terminal as stderr."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack('4H', 24, columns, 0, 0))
    process = subprocess.Popen([sys.executable, '-c', CODE],
                               stdout=subprocess.PIPE, stderr=theirs,
                               env=dict(os.environ, **env),
                               universal_newlines=True)
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:     # Linux: the other end is closed
            break
        parts.append(part)
    os.close(ours)
    out = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    return out, b''.join(parts).decode()


def left(text):
    """What a terminal shows in the end."""
    lines = []
    for line in text.replace('\r\n', '\n').split('\n'):
        cells = []
        for part in line.replace('\x1b[A', '').split('\r'):
            cells[:len(part)] = part
        lines.append(''.join(cells).rstrip())
    return '\n'.join(lines).strip()


def test_on_a_terminal():
    out, err = on_a_terminal()
    assert len(out.splitlines()) == 3
    for epoch in (1, 2):
        assert re.search(r'\repoch %d, loss [23]\.\d{4}, \d+ images/s '
                         r'.*\| [1-7]/7, [\d:]+ left' % epoch, err), err
        assert re.search(r'\repoch %d, test, \d+ images/s .*\| \d/7, '
                         r'[\d:]+ left' % epoch, err), err
    assert left(err) == ''


def test_a_narrow_terminal_keeps_loss_and_speed():
    _, err = on_a_terminal(columns=42)
    assert re.search(r'\repoch 2, loss [23]\.\d{4}, \d+ images/s ', err), err


def test_a_long_training_is_announced_once(monkeypatch, capsys):
    monkeypatch.setattr(progress, '_REDRAW', 0)
    monkeypatch.setattr(progress, '_ESTIMATE_AFTER', 0)
    bars = progress.ProgressBars()
    bars.screen = io.StringIO()
    for seconds, words in ((30, 'about 50 minutes'), (180, 'about 5.0 hours'),
                           (1, '')):
        with bars.show('epoch 1', range(20), 5) as bar:
            bar.start -= seconds    # as if the first batch had taken so long
            bar(10, 30.0, 10)
            bar(10, 30.0, 10)
        err = capsys.readouterr().err
        assert err.count('At this speed') == bool(words) and words in err


def test_turned_off():
    out, err = on_a_terminal(D2L_PROGRESS='0')
    assert len(out.splitlines()) == 3 and err == ''


def test_off_where_nobody_looks():
    done = subprocess.run([sys.executable, '-c', CODE], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    assert len(done.stdout.splitlines()) == 3 and done.stderr == ''


def test_counts_what_it_is_told(monkeypatch):
    class Screen:
        encoding, width, text = 'utf-8', 90, ''

        def write(self, text):
            self.text += text

        def flush(self):
            pass
    monkeypatch.setattr(progress, '_REDRAW', 0)
    bars = progress.ProgressBars()
    assert bars.screen is None      # pytest is no terminal
    bars.screen = Screen()
    with bars.show('epoch 1', range(4)) as bar:
        start = time.time()
        time.sleep(0.1)
        bar(10, 30.0, 10)
        bar(10, 10.0, 10)
        slowest = 20 / (time.time() - start)
        assert 'loss 3.0000' in bars.screen.text
        assert '2/4' in bars.screen.text and 'loss 2.0000' in bars.screen.text
        speed = int(re.findall(r'(\d+) images/s', bars.screen.text)[-1])
        assert slowest - 1 <= speed <= 200
    with bars.show('unknown', iter([])) as bar:
        bar(10)
        assert '1/?' in bars.screen.text
    assert left(bars.screen.text) == ''


def test_needs_no_thread(monkeypatch, capsys):
    before = threading.active_count()
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True, raising=False)
    small.train(1)
    assert threading.active_count() == before


@pytest.fixture(scope='module')
def kernel():
    manager = pytest.importorskip('jupyter_client.manager')
    kernel, client = manager.start_new_kernel(
        startup_timeout=LIMIT, kernel_name='python3',
        extra_arguments=['--IPKernelApp.log_level=40'])
    yield client
    client.stop_channels()
    kernel.shutdown_kernel(now=True)


def outputs(client, code, allow_stdin):
    """The messages of a cell's output, by type."""
    found = []
    reply = client.execute_interactive(
        code, allow_stdin=allow_stdin, timeout=LIMIT, output_hook=found.append,
        stdin_hook=lambda message: None)
    assert reply['content']['status'] == 'ok', reply
    return found


def test_in_a_notebook_somebody_looks_at(kernel):
    found = outputs(kernel, CODE, True)
    assert not [m for m in found if m['msg_type'] == 'stream'
                and m['content']['name'] == 'stderr'], found
    first, = [m for m in found if m['msg_type'] == 'display_data']
    updates = [m for m in found if m['msg_type'] == 'update_display_data']
    texts = [m['content']['data']['text/plain'] for m in updates]
    assert {m['content']['transient']['display_id'] for m in updates} == {
        first['content']['transient']['display_id']}    # one place for all
    assert any(re.match(r'epoch 2, loss .*images/s', text)
               for text in texts), texts
    assert texts[-1] == ''
    # and it is empty whenever a line is printed
    shown = None
    for message in found:
        if message['msg_type'] == 'update_display_data':
            shown = message['content']['data']['text/plain']
        elif 'epoch' in message['content'].get('text', ''):
            assert shown == '', found


def test_in_a_notebook_that_runs_unattended(kernel):
    """As nbclient, nbconvert and nbval run it: nothing to be stored."""
    found = outputs(kernel, CODE, False)
    assert {m['msg_type'] for m in found} <= {
        'status', 'execute_input', 'stream'}
    assert not [m for m in found if m['msg_type'] == 'stream'
                and m['content']['name'] == 'stderr']


LIVE = '''
import sys
sys.path.insert(0, %r)
import d2l, small
h = d2l.History()
h.plot(live=True)
result = small.train(3, history=h)
''' % HERE


def test_a_live_plot_is_drawn_anew_after_each_epoch(kernel):
    found = outputs(kernel, LIVE, False)
    first, = [m for m in found if m['msg_type'] == 'display_data']
    updates = [m for m in found if m['msg_type'] == 'update_display_data']
    assert len(updates) == 3
    pictures = [m['content']['data']['image/svg+xml'] for m in updates]
    assert len(set(pictures)) == 3
    assert {m['content']['transient']['display_id'] for m in updates} == {
        first['content']['transient']['display_id']}
