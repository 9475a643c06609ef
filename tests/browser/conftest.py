"""A browser that reaches this machine only, and a server for the book.

`make browser-test` runs these tests, with the paths of Chromium and JupyterLab
in the environment.
"""
import functools
import http.server
import os
import pathlib
import threading
import urllib.parse

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SITE = ROOT / 'build' / 'book'
SHOTS = ROOT / 'build' / 'screenshots'


class Watch:
    """Records a page's requests to other hosts, and its errors."""

    def __init__(self, page):
        self.foreign, self.errors = [], []
        page.route('**/*', self.route)
        page.on('console', self.console)
        page.on('pageerror', lambda error: self.errors.append(str(error)))
        page.on('response', self.response)

    def route(self, route):
        url = urllib.parse.urlsplit(route.request.url)
        if url.hostname in (None, '127.0.0.1'):     # None: data:, blob:
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def console(self, message):
        if message.type == 'error':
            self.errors.append(message.text)

    def response(self, response):
        if response.status >= 400:
            self.errors.append('%d: %s' % (response.status, response.url))


@pytest.fixture(scope='session')
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ['CHROMIUM'],
            # Chromium's sandbox refuses root, the user in containers
            chromium_sandbox=os.getuid() != 0)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """Opens pages of a given width: `page, watch = new_page(390)`."""
    contexts = []

    def open_page(width=1280, height=900):
        contexts.append(chromium.new_context(
            viewport={'width': width, 'height': height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(120000)    # machines can be slow and busy
        return page, Watch(page)

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def shot():
    """Saves a screenshot in build/screenshots."""
    def take(page, name, **options):
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / (name + '.png'), **options)
    return take


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves the book from a folder, /d2l/, and its page for errors."""

    def translate_path(self, path):
        return super().translate_path(
            path[4:] if path.startswith('/d2l/') else '/not-there')

    def send_error(self, code, *args, **kwargs):
        body = (SITE / '404.html').read_bytes()
        self.send_response(code)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope='session')
def site():
    """The address of a web server for the book."""
    assert (SITE / 'index.html').exists(), 'make book builds the book'
    server = http.server.ThreadingHTTPServer(
        ('127.0.0.1', 0), functools.partial(Server, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield 'http://127.0.0.1:%d/d2l/' % server.server_port
    server.shutdown()
    server.server_close()
