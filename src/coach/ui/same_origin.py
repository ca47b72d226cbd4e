"""Refuses what another web page asks of the coach through the person's browser. Knows no Gradio."""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

REFUSED = (
    "已拒绝：请用程序启动时显示的地址打开；若经由代理访问，请把域名写入 COACH_DOMAIN。\n"
    "Refused: this coach answers its own page only. Open it at the address that it printed when it started; "
    "behind a proxy, name the proxy's domain in COACH_DOMAIN."
)


class SameOrigin:
    """Lets only the coach's own page, and programs that are no browser, through; everybody else gets a 403.

    Two attacks are meant. A page from elsewhere sends a form or a script request to this port: its `Origin` or
    `Sec-Fetch-Site` gives it away. Or a foreign name is made to point to this machine (DNS rebinding): then `Host` is
    that name, while the coach is opened by an IP address, as localhost, by the name of the machine or of its proxy.
    """

    def __init__(self, app: ASGIApp, host: str = "", domain: str = "") -> None:
        """Wrap an application; `host` is what it is served on, `domain` has the names of its proxy, by comma."""
        self.app = app
        given = {name.strip().lower().rstrip(".") for name in (host, *domain.split(","))}
        self.names = {"localhost", socket.gethostname().lower(), *given} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and not self.allowed(scope, Headers(scope=scope)):
            await PlainTextResponse(REFUSED, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def allowed(self, scope: Scope, headers: Headers) -> bool:
        """Whether a request may come from the coach's own page, or from no page at all."""
        host = headers.get("host", "")
        if not self._own(host):
            return False
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return False
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            # A link or a bookmark may open the page itself, nothing else.
            opened = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
            return opened and str(scope["path"]) in ("", "/")
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
