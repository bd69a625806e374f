"""An application's own address on loopback: shows small pages, and keeps what browsers bring.

with application({"/": "<h1>Home</h1>"}) as app:
    …                                   # the browser is sent to f"{app.base}/cb?code=…"
    app.brought("/cb")                  # {"code": "…", "state": "…"}
"""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

TYPES = {".js": "text/javascript", ".html": "text/html; charset=utf-8"}
HOME = '<!doctype html><html lang="en"><title>App</title><h1>App</h1>'


class Application:
    """What came, in order: (method, path, parameters)."""

    def __init__(self, base):
        self.base = base
        self.came = []

    def brought(self, path, patience=10):
        """Return the parameters the browser brought to `path` last, waiting for it to come."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            found = [params for _, at, params in list(self.came) if at == path]
            if found:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError((path, self.came))


@contextlib.contextmanager
def application(pages=None, *, host="localhost"):
    """Serve `pages` (path -> text); every other path shows a small page of its own."""
    shown = pages or {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            self._answer(parts.path, dict(parse_qsl(parts.query)))

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self._answer(urlsplit(self.path).path, dict(parse_qsl(body)))

        def _answer(self, path, params):
            if path != "/favicon.ico":
                app.came.append((self.command, path, params))
            body = shown.get(path, HOME).encode()
            self.send_response(200)
            self.send_header("content-type", TYPES.get(path[path.rfind(".") :], TYPES[".html"]))
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    app = Application(f"http://{host}:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
