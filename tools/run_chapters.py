"""Execute the chapters, print what they print, keep them as executed.

Called by `make run`, or with the names of some chapters. All run in full, but
for AlexNet: it does on a GPU or where the environment variable FULL is set,
else it is a rehearsal of a few batches. Its training by several processes is
always a rehearsal.
"""
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from reading import CHAPTERS, reading_order

import d2l

EXECUTED = CHAPTERS.parent / 'build' / 'chapters'
# Batches of an epoch, where it is a rehearsal
IN_FULL_ON_A_GPU = {'alexnet': 4}
NEVER_IN_FULL = {'alexnet-distributed': 2}


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


def main(names):
    full = os.environ.get('FULL') or d2l.try_gpu().device_type == 'gpu'
    limits = dict(NEVER_IN_FULL, **({} if full else IN_FULL_ON_A_GPU))
    names = names or reading_order()
    for name in names:
        run(name, limits.get(name))
    if not full and 'alexnet' in names:
        print('\nAlexNet was a rehearsal of 4 batches an epoch: on a CPU an '
              'epoch of all images\ntakes half an hour or more. In '
              'full: make run FULL=1')


if __name__ == '__main__':
    main(sys.argv[1:])
