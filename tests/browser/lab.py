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
# every cell in the page at once, else those out of sight are not there
SETTINGS = {'@jupyterlab/notebook-extension/tracker.jupyterlab-settings':
            {'windowingMode': 'none'},
            '@jupyterlab/apputils-extension/notification.jupyterlab-settings':
            {'checkForUpdates': False, 'fetchNews': 'false'}}


def copy_chapters(folder):
    """The chapters without outputs, so that what is seen was computed."""
    shutil.copytree(CHAPTERS, folder)
    for path in folder.glob('*.ipynb'):
        notebook = json.loads(path.read_text(encoding='utf-8'))
        for cell in notebook['cells']:
            if cell['cell_type'] == 'code':
                cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(notebook), encoding='utf-8')
    return folder


@contextlib.contextmanager
def server(folder, **environment):
    """JupyterLab over the chapters; gives its address."""
    home = folder / 'home'
    for name, values in SETTINGS.items():
        path = home / '.jupyter' / 'lab' / 'user-settings' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding='utf-8')
    chapters = copy_chapters(folder / 'chapters')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(('JUPYTER', 'D2L_'))}
    env.update(environment, HOME=str(home))
    with open(str(folder / 'lab.log'), 'w') as log:
        process = subprocess.Popen(
            [os.environ['JUPYTER'], 'lab', '--no-browser', '--allow-root',
             '--ServerApp.ip=127.0.0.1', '--ServerApp.port=%d' % port,
             '--ServerApp.port_retries=0',
             '--IdentityProvider.token=' + TOKEN,
             '--ServerApp.root_dir=%s' % chapters],
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
        stored = json.loads((CHAPTERS / name).read_text(encoding='utf-8'))
        self.pictures = sum(
            any('image/png' in output.get('data', {})
                for output in cell.get('outputs', []))
            for cell in stored['cells'])
        self.cells = page.locator('.jp-Notebook .jp-CodeCell')
        self.cells.first.wait_for(timeout=120000)
        page.locator('.jp-Notebook-ExecutionIndicator[data-status=idle]'
                     ).first.wait_for(timeout=120000, state='attached')

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
        """Until the last cell waits; what it printed before is gone then."""
        self.cells.last.locator('.jp-InputPrompt', has_text='[*]:').wait_for()

    def stop(self):
        self.page.locator('[data-jp-item-name="interrupt"]').locator(
            'button, jp-button').first.click()

    def prompts(self):
        return [text.strip() for text in
                self.cells.locator('.jp-InputPrompt').all_inner_texts()]

    def wait(self, prompts, seconds):
        """Until the cells' prompts are these, or the time is over."""
        end = time.monotonic() + seconds
        while self.prompts() != prompts:
            # where a cell fails, those after it are no longer waiting
            assert time.monotonic() < end and '[*]:' in self.prompts(), (
                '%s\n%s' % (self.prompts(), self.output()))
            self.page.wait_for_timeout(500)

    def wait_for_text(self, text, seconds):
        self.page.locator('.jp-Notebook .jp-OutputArea', has_text=text
                          ).first.wait_for(timeout=1000 * seconds)

    def output(self):
        """What all cells printed, without the prompts."""
        return '\n'.join(self.cells.locator(
            '.jp-OutputArea-output').all_inner_texts())
