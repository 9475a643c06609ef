"""A web server on 127.0.0.1 that behaves as well or badly as asked."""
import http.server
import re
import threading
import time


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`, a dict of paths and contents.

    Attributes
    ----------
    break_after : list of int
        For each request in turn, the bytes after which it breaks off.
    ranges : bool
        Whether a request for the rest of a file gets just that.
    pause : float
        Seconds between the pieces of an answer.
    status : list of int
        For each request in turn, the error that it gets; 0 is none.
    requests : list of tuple
        Path and Range header of each request so far.
    """

    daemon_threads = True

    def __init__(self, files):
        super().__init__(('127.0.0.1', 0), Handler)
        self.files = files
        self.break_after, self.status, self.requests = [], [], []
        self.ranges, self.pause = True, 0
        self.url = 'http://127.0.0.1:%d/' % self.server_port

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,),
                         daemon=True).start()
        return self

    def __exit__(self, *args):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Not worth a word: the client went away, as it should."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        asked = self.headers.get('Range')
        server.requests.append((self.path[1:], asked))
        status = server.status.pop(0) if server.status else 0
        body = server.files.get(self.path[1:])
        if status or body is None:
            self.send_error(status or 404)
            return
        start = 0
        if asked and server.ranges:
            start = int(re.fullmatch(r'bytes=(\d+)-', asked).group(1))
            if start >= len(body):
                self.send_response(416)
                self.send_header('Content-Range', 'bytes */%d' % len(body))
                self.send_header('Content-Length', '0')
                self.end_headers()
                return
            self.send_response(206)
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (
                start, len(body) - 1, len(body)))
        else:
            self.send_response(200)
        self.send_header('Content-Length', str(len(body) - start))
        self.end_headers()
        end = len(body)
        if server.break_after:
            end = min(end, start + server.break_after.pop(0))
        for i in range(start, end, 1000):
            self.wfile.write(body[i:min(i + 1000, end)])
            time.sleep(server.pause)
        self.close_connection = True

    def log_message(self, *args):
        pass
