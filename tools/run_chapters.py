"""Execute the chapters, print what they print, save them as executed.

    python tools/run_chapters.py [NAME ...]

Called by `make run`. A chapter whose metadata has `rehearsal_batches` runs
only so many batches of an epoch, unless it has `full_on_gpu` as well and there
is a GPU or the environment variable FULL is set.
"""
import contextlib
import os
import sys
import threading
import time

import nbformat
from nbclient import NotebookClient
from notebooks import CHAPTERS, read_chapters, require_names

import d2l

EXECUTED = CHAPTERS.parent / 'build' / 'chapters'


class PrintingClient(NotebookClient):
    """Prints the text of the outputs while the cells run."""

    def output(self, outs, msg, display_id, cell_index):
        if msg['msg_type'] == 'stream':
            line.write(msg['content']['text'])
        return super().output(outs, msg, display_id, cell_index)


class Line:
    """The last line of the output: empty, text, or the seconds so far."""
    CLEAR = '\r\x1b[K'      # to the start of the line, and erase it

    def __init__(self):
        self.is_empty, self.has_seconds = True, False

    def write(self, text):
        if self.has_seconds:
            text = self.CLEAR + text
        print(text, end='', flush=True)
        self.is_empty, self.has_seconds = text.endswith('\n'), False

    def show_seconds(self, seconds):
        if self.is_empty or self.has_seconds:
            print(f'{self.CLEAR}... {seconds:.0f} s', end='', flush=True)
            self.has_seconds = True


line = Line()


@contextlib.contextmanager
def show_seconds():
    """In a terminal, count the seconds while a chapter runs."""
    done = threading.Event()

    def count():
        start = time.time()
        while not done.wait(1):
            line.show_seconds(time.time() - start)
    thread = threading.Thread(target=count)
    if sys.stdout.isatty():
        thread.start()
    try:
        yield
    finally:
        done.set()
        if thread.ident:
            thread.join()
        line.write('')
        line.is_empty = True


def plan(full, folder=CHAPTERS):
    """The chapters to run, each with its batches of an epoch or None."""
    return [(chapter, None if full and chapter.full_on_gpu
             else chapter.rehearsal_batches)
            for chapter in read_chapters(folder)]


def run(path, max_batches=None):
    """Execute one chapter in a fresh kernel; returns where it was saved."""
    os.environ.pop('D2L_MAX_BATCHES', None)
    if max_batches:
        os.environ['D2L_MAX_BATCHES'] = str(max_batches)
    print(f'\n== chapters/{path.name}', flush=True)
    start = time.time()
    notebook = nbformat.read(path, as_version=4)
    client = PrintingClient(
        notebook, timeout=None, record_timing=False, coalesce_streams=True,
        extra_arguments=['--IPKernelApp.log_level=ERROR'],
        resources={'metadata': {'path': str(CHAPTERS)}})
    with show_seconds():
        client.execute()
    EXECUTED.mkdir(parents=True, exist_ok=True)
    executed = EXECUTED / path.name
    nbformat.write(notebook, executed)
    print(f'executed in {time.time() - start:.0f} s: {executed}', flush=True)
    return executed


def main(names):
    full = os.environ.get('FULL') or d2l.try_gpu().device_type == 'gpu'
    chapters = plan(full)
    require_names(names, [chapter.name for chapter, _ in chapters])
    for chapter, max_batches in chapters:
        if not names or chapter.name in names:
            run(chapter.path, max_batches)
    for chapter, max_batches in chapters:
        if (not names or chapter.name in names) and (
                max_batches and chapter.full_on_gpu):
            print(f'\n{chapter.name} was a rehearsal of {max_batches} batches '
                  'an epoch; in full, it can take\nhours on a CPU: '
                  'make run FULL=1')


if __name__ == '__main__':
    main(sys.argv[1:])
