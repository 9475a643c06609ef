"""A web server on 127.0.0.1 that can be told to misbehave."""
import http.server
import re
import threading


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`, a dict that maps paths to contents.

    Attributes
    ----------
    break_after : list of int
        For each request in turn, the number of bytes after which the server
        closes the connection.
    stall_after : list of int
        For each request in turn, the number of bytes after which the server
        sends nothing more, but keeps the connection open.
    supports_ranges : bool
        Whether the server honours Range headers.
    status : list of int
        For each request in turn, the error to answer, or 0 for none.
    answers : list of tuple
        For each request in turn, the status to send with the complete body,
        and headers in place of Content-Length.
    is_endless : bool
        Whether a body never ends.
    requests : list of tuple
        The path and Range header of each request so far.
    """

    daemon_threads = True

    def __init__(self, files):
        super().__init__(('127.0.0.1', 0), Handler)
        self.files = files
        self.break_after, self.stall_after = [], []
        self.status, self.requests = [], []
        self.answers, self.is_endless = [], False
        self.supports_ranges = True
        self.ended = threading.Event()
        self.url = 'http://127.0.0.1:%d/' % self.server_port

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,),
                         daemon=True).start()
        return self

    def __exit__(self, *args):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """Print nothing: clients are expected to close connections."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        range_header = self.headers.get('Range')
        server.requests.append((self.path[1:], range_header))
        status = server.status.pop(0) if server.status else 0
        body = server.files.get(self.path[1:])
        if status or body is None:
            self.send_error(status or 404)
            return
        start = 0
        if server.answers:
            self.answer(body, *server.answers.pop(0))
            return
        if range_header and server.supports_ranges:
            start = int(re.fullmatch(r'bytes=(\d+)-', range_header).group(1))
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
        stalls = bool(server.stall_after)
        for limits in (server.break_after, server.stall_after):
            if limits:
                end = min(end, start + limits.pop(0))
        self.send(body[start:end])
        if stalls:
            server.ended.wait()
        self.close_connection = True

    def answer(self, body, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send(body)
        self.close_connection = True

    def send(self, body):
        self.wfile.write(body)
        while self.server.is_endless:
            self.wfile.write(body)

    def log_message(self, *args):
        pass
