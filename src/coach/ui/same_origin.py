"""Refuses what another web page asks of the coach through the person's browser. Knows no Gradio."""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

REFUSED = "Refused: this coach answers its own page only. Open it at the address that it printed when it started."


class SameOrigin:
    """Lets only the coach's own page, and programs that are no browser, through; everybody else gets a 403.

    Two attacks are meant. A page from elsewhere sends a form or a script request to this port: its `Origin` or
    `Sec-Fetch-Site` gives it away. Or a foreign name is made to point to this machine (DNS rebinding): then `Host` is
    that name, while the coach is opened by an IP address, as localhost, or by the name of the machine.
    """

    def __init__(self, app: ASGIApp, host: str = "") -> None:
        """Wrap an application; `host` is the name or address that it is served on."""
        self.app = app
        self.names = {"localhost", host.lower(), socket.gethostname().lower()} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not self.allowed(scope["method"], Headers(scope=scope)):
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def allowed(self, method: str, headers: Headers) -> bool:
        """Whether a request may come from the coach's own page, or from no page at all."""
        host = headers.get("host", "")
        if not self._own(host):
            return False
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return False
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # A link or a bookmark may open the page itself, nothing else.
            return method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        return True

    def _own(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
