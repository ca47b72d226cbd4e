"""What the browser loads with the page: Gradio's own files, from memory, and the script of the coach's own blocks.

Gradio reads each of its eighty files from disk in a thread, and lets the browser ask for all of them again next time.
"""

import mimetypes
from hashlib import sha256
from pathlib import Path

import gradio
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = Path(__file__).with_name("page.js")
FILES = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
"""The names of the files change with what they hold."""


class Statics:
    """Answers for those files, and names the script, with the language of the page, in the page's head."""

    def __init__(self, app: ASGIApp, language: str) -> None:
        self.app = app
        self.files: dict[str, Response] = {}
        self.names = {file.name for file in FILES.iterdir() if file.is_file()}
        text = SCRIPT.read_text(encoding="utf-8")
        self.own = f"/coach/{sha256(text.encode()).hexdigest()[:16]}.js"
        self.script = Response(text, media_type="text/javascript", headers=FOREVER)
        self.head = f'<script src="{self.own[1:]}" data-language="{language}"></script></head>'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif path == "/":
            await _Head(self.app, self.head, send)(scope, receive)
        elif (found := self._file(path)) is not None:
            await found(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _file(self, path: str) -> Response | None:
        """Return an own file, or one of Gradio's, which is read once; None if it is neither."""
        folder, _, name = path.rpartition("/")
        if folder != "/assets":
            return self.script if path == self.own else None
        if name in self.names and name not in self.files:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self.files[name] = Response((FILES / name).read_bytes(), media_type=kind, headers=FOREVER)
        return self.files.get(name)


class _Head:
    """Puts lines before the end of a page's head, on its way out."""

    def __init__(self, app: ASGIApp, lines: bytes, send: Send) -> None:
        self.app, self.lines, self.send = app, lines, send
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive) -> None:
        await self.app(scope, receive, self._take)

    async def _take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body") or self.start is None:
            return
        body = self.body.replace(b"</head>", self.lines, 1)
        headers = [(name, value) for name, value in self.start["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
