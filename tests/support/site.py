"""A web site on loopback for tests: paths are answered by functions."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Handler = Callable[[BaseHTTPRequestHandler], None]


def reply(
    body: bytes | str, kind: str | None = "text/html; charset=utf-8", status: int = 200, **headers: str
) -> Handler:
    """A handler that answers with a body; header names are written with underscores."""
    content = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if kind is not None:
            request.send_header("Content-Type", kind)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def redirect(location: str, status: int = 302) -> Handler:
    """A handler that sends the client on."""
    return reply(b"", status=status, Location=location)


@contextmanager
def serve(pages: dict[str, Handler], host: str = "127.0.0.1") -> Iterator[str]:
    """Serve pages by path; give the address without a slash at its end."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handler = pages.get(self.path)
            if handler is None:
                self.send_error(404)
                return
            try:
                handler(self)
            except OSError:  # the client went away
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer((host, 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
