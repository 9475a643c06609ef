"""JupyterLab: the server, and a notebook open in it, as a reader has it."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

CHAPTERS = pathlib.Path(__file__).resolve().parents[2] / 'chapters'
TOKEN = 'of-this-test'
# render every cell at once; by default those out of sight are left out
SETTINGS = {'@jupyterlab/notebook-extension/tracker.jupyterlab-settings':
            {'windowingMode': 'none'},
            '@jupyterlab/apputils-extension/notification.jupyterlab-settings':
            {'checkForUpdates': False, 'fetchNews': 'false'}}
VERSIONS = 'MXNet 1.9.1, NumPy '     # unlike lines about recorded results


def copy_chapters(folder):
    """The chapters without outputs, so that all outputs seen are new."""
    shutil.copytree(CHAPTERS, folder)
    for path in folder.glob('*.ipynb'):
        notebook = json.loads(path.read_text(encoding='utf-8'))
        for cell in notebook['cells']:
            if cell['cell_type'] == 'code':
                cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(notebook), encoding='utf-8')
    return folder


def server(folder, **environment):
    """JupyterLab over the chapters."""
    chapters = copy_chapters(folder / 'chapters')
    return serve(folder, [os.environ['JUPYTER'], 'lab', '--allow-root',
                          '--ServerApp.root_dir=%s' % chapters],
                 **environment)


@contextlib.contextmanager
def serve(folder, command, **environment):
    """Start JupyterLab by a command, without a browser; yields its address.

    Its home is in `folder`.
    """
    home = folder / 'home'
    for name, values in SETTINGS.items():
        path = home / '.jupyter' / 'lab' / 'user-settings' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding='utf-8')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('JUPYTER', 'D2L_'))}
    env.update(environment, HOME=str(home))
    with open(str(folder / 'lab.log'), 'w') as log:
        process = subprocess.Popen(
            [*command, '--no-browser', '--ServerApp.ip=127.0.0.1',
             '--ServerApp.port=%d' % port, '--ServerApp.port_retries=0',
             '--IdentityProvider.token=' + TOKEN],
            env=env, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True)
    address = 'http://127.0.0.1:%d/' % port
    try:
        wait_for(address + 'api?token=' + TOKEN, process, log.name)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)     # it ends its kernels
        process.wait(60)


def wait_for(address, process, log):
    for _ in range(600):
        try:
            return urllib.request.urlopen(address).close()
        except urllib.error.URLError:
            assert process.poll() is None, open(log).read()
            time.sleep(0.1)
    raise AssertionError('JupyterLab did not answer within a minute:\n'
                         + open(log).read())


class Notebook:
    """A chapter in JupyterLab, used by its menus and buttons."""

    def __init__(self, page, address, name):
        self.page = page
        page.goto('%slab/tree/%s?token=%s' % (address, name, TOKEN))
        stored = [cell for cell in json.loads((CHAPTERS / name).read_text(
            encoding='utf-8'))['cells'] if cell['cell_type'] == 'code']
        self.pictures = sum(
            any({'image/png', 'image/svg+xml'} & set(output.get('data', ()))
                for output in cell['outputs']) for cell in stored)
        # a folded cell shows no number
        self.run = ['[%d]:' % number for number, cell in enumerate(stored, 1)
                    if 'jupyter' not in cell['metadata']]
        self.cells = page.locator('.jp-Notebook .jp-CodeCell')
        self.cells.nth(len(stored) - 1).wait_for()
        # if cells are run before the kernel is ready, JupyterLab asks for one
        page.get_by_text('Python 3 (ipykernel) | Idle').wait_for()

    def menu(self, name, item):
        self.page.locator('.lm-MenuBar-item', has_text=re.compile(
            '^%s$' % name)).click()
        self.page.locator('.lm-Menu-item', has_text=item).click()

    def run_all(self):
        self.menu('Run', re.compile('^Run All Cells'))
        self.wait_for_start()

    def restart_and_run_all(self):
        self.menu('Kernel', 'Restart Kernel and Run All Cells')
        self.page.locator('.jp-Dialog button', has_text='Restart').click()
        self.wait_for_start()

    def wait_for_start(self):
        """Wait until all cells are queued and their old outputs are gone."""
        self.cells.locator('.jp-InputArea-prompt').last.filter(
            has_text='[*]:').wait_for()

    def stop(self):
        # a notebook that JupyterLab has restored beside this one has a button
        self.page.locator('[data-jp-item-name="interrupt"]').locator(
            'button, jp-button').filter(visible=True).first.click()

    def prompts(self):
        return [text.strip() for text in self.cells.locator(
            '.jp-InputArea-prompt').all_inner_texts()]

    def wait(self, seconds):
        """Wait until the last, folded cell has printed the versions."""
        end = time.monotonic() + seconds
        while VERSIONS not in self.output():
            # after a cell has failed, those below it are no longer queued
            assert time.monotonic() < end and (
                '[*]:' in self.prompts() or self.prompts() == self.run), (
                '%s\n%s' % (self.prompts(), self.output()))
            self.page.wait_for_timeout(500)

    def wait_for_text(self, text, seconds):
        self.page.locator('.jp-Notebook .jp-OutputArea-output', has_text=text
                          ).first.wait_for(timeout=1000 * seconds)

    def show(self, text):
        self.page.locator('.jp-Notebook .jp-OutputArea-output', has_text=text
                          ).first.scroll_into_view_if_needed()

    def output(self):
        """The outputs of all cells, without the prompts."""
        return '\n'.join(self.cells.locator(
            '.jp-OutputArea-output').all_inner_texts())
