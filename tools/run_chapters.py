"""Execute the chapters, print what they print, keep them as executed.

Called by `make run`. LeNet runs in full. AlexNet does on a GPU or where the
environment variable FULL is set, else as a rehearsal of a few batches. Its
training by several processes is always a rehearsal.
"""
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

import d2l

CHAPTERS = Path(__file__).resolve().parent.parent / 'chapters'
EXECUTED = CHAPTERS.parent / 'build' / 'chapters'


class PrintingClient(NotebookClient):
    """Prints the text of the outputs while the cells run."""

    def output(self, outs, msg, display_id, cell_index):
        if msg['msg_type'] == 'stream':
            print(msg['content']['text'], end='', flush=True)
        return super().output(outs, msg, display_id, cell_index)


def run(name, max_batches=None):
    """Execute one chapter in a fresh kernel; returns where it was kept."""
    os.environ.pop('D2L_MAX_BATCHES', None)
    if max_batches:
        os.environ['D2L_MAX_BATCHES'] = str(max_batches)
    print('\n== chapters/%s.ipynb' % name, flush=True)
    start = time.time()
    notebook = nbformat.read(CHAPTERS / (name + '.ipynb'), as_version=4)
    client = PrintingClient(
        notebook, timeout=None, record_timing=False, coalesce_streams=True,
        extra_arguments=['--IPKernelApp.log_level=ERROR'],
        resources={'metadata': {'path': str(CHAPTERS)}})
    client.execute()
    EXECUTED.mkdir(parents=True, exist_ok=True)
    path = EXECUTED / (name + '.ipynb')
    nbformat.write(notebook, path)
    print('executed in %.0f s: %s' % (time.time() - start, path), flush=True)
    return path


def main():
    run('lenet')
    full = os.environ.get('FULL') or d2l.try_gpu().device_type == 'gpu'
    run('alexnet', None if full else 4)
    run('alexnet-distributed', 2)
    if not full:
        print('\nAlexNet was a rehearsal of 4 batches an epoch: on a CPU an '
              'epoch of all images\ntakes half an hour or more. In '
              'full: make run FULL=1')


if __name__ == '__main__':
    sys.exit(main())
