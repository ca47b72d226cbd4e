"""A small model hub on loopback, with the addresses of the real ones and every fault that a test wishes for."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from coach.llm.catalog import Model
from coach.llm.hub import Source


@dataclass
class Fault:
    """What happens to one download request: a status instead of the file, a cut after so many bytes of the body.

    A cut of -1 closes the connection before the answer begins.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    html: bool = False


@dataclass
class Hub:
    """Files by repository and path. `faults` are used up one by one, by requests for files.

    Attributes:
        files: "owner/repo/file" → bytes.
        faults: What happens to the next requests.
        ranges: Whether Range is heeded.
        named: Whether a hash is named.
        lie: Names the hash and size of these bytes instead.
        wrong: Sends wrong bytes.
        slow: Seconds between blocks of 4 KiB.
        chunked: Sends no length.
        loop: Redirects in a circle.
        cuts: How many answers were cut.
        asked: Every request: method, path, Range.
    """

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    ranges: bool = True
    named: bool = True
    lie: bytes = b""
    wrong: bool = False
    slow: float = 0.0
    chunked: bool = False
    loop: bool = False
    cuts: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def source(self, *, modelscope: bool = False) -> Source:
        return Source("modelscope" if modelscope else "mirror", self.base, modelscope=modelscope)

    def put(self, data: bytes, name: str = "tiny", *, known: bool = True, **more: object) -> Model:
        """Add a file; return its entry of the catalogue, with size and hash if `known`."""
        model = Model(name, name.title(), f"owner/{name}-GGUF", f"{name}.gguf", **more)  # type: ignore[arg-type]
        self.files[f"{model.repo}/{model.file}"] = data
        if not known:
            return model
        digest = hashlib.sha256(data).hexdigest()
        return Model(model.name, model.title, model.repo, model.file, len(data), digest, **more)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client went away: some tests do that
            super().handle()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub = self.hub
        path = unquote(urlsplit(self.path).path)
        hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if path.startswith("/api/v1/models/"):
            return self.listing(path.removeprefix("/api/v1/models/").removesuffix("/repo/files"))
        if path.startswith("/cdn/"):
            return self.file(hub.files[path.removeprefix("/cdn/")])
        name = path.removeprefix("/models/").removeprefix("/").replace("/resolve/main/", "/", 1)
        name = name.replace("/resolve/master/", "/", 1)
        if name not in hub.files:
            return self.answer(404, b"not found")
        if hub.loop:
            return self.answer(302, Location=self.path)
        told = hub.lie or hub.files[name]
        linked = {"X_Linked_Etag": f'"{hashlib.sha256(told).hexdigest()}"'} if hub.named else {}
        return self.answer(302, b"", Location=f"{hub.base}/cdn/{name}", X_Linked_Size=str(len(told)), **linked)

    def listing(self, repo: str) -> None:
        hub = self.hub
        files = [
            {"Path": name.removeprefix(f"{repo}/"), "Size": len(data), "Sha256": hashlib.sha256(data).hexdigest()}
            for name, data in hub.files.items()
            if name.startswith(f"{repo}/")
        ]
        if not hub.named:
            files = [entry | {"Sha256": ""} for entry in files]
        self.answer(200, json.dumps({"Code": 200, "Data": {"Files": files}}).encode())

    def file(self, data: bytes) -> None:
        hub = self.hub
        fault = hub.faults.pop(0) if hub.faults else Fault()
        if fault.cut == -1:
            hub.cuts += 1
            self.close_connection = True
            return None
        if fault.html:
            return self.answer(200, b"<html>Log in first</html>", Content_Type="text/html")
        if fault.status:
            return self.answer(fault.status, b"no", **fault.headers)
        if hub.wrong:
            data = bytes(byte ^ 1 for byte in data)
        begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if "Range" in self.headers else 0
        partial = begin > 0 and hub.ranges
        body = data[begin:] if partial else data
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        if hub.chunked:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault.cut is not None and fault.cut < len(body):
            hub.cuts += 1
            body, self.close_connection = body[: fault.cut], True
        for at in range(0, len(body), 4096):
            if hub.slow:
                time.sleep(hub.slow)
            self.wfile.write(body[at : at + 4096])
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a cut connection is what the test wants


@contextmanager
def serve() -> Iterator[Hub]:
    """Serve a hub until the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with _Server(("127.0.0.1", 0), handler) as server:
        hub.base = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
