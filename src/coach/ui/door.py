"""Lets in only those who have signed in, each to what is theirs. For a page with users; knows nothing of the tabs.

Gradio asks for the name and password, and keeps the cookie. But whoever is signed in could name another's session,
event or uploaded file, and some of Gradio's addresses ask for nobody's name. So only the addresses that the page needs
are there, and every session, event and file in a request has to be of the person who asks.
"""

import ipaddress
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coach.config import Settings
from coach.errors import ServeError, UserError
from coach.ui.limits import TOO_MUCH, Allowance
from coach.users import LONGEST_NAME, User, Users, folded

API = "/gradio_api"
PUBLIC = {"/", "/login", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json"} | {
    f"{API}/{name}" for name in ("startup-events", "theme.css", "app_id", "user", "login_check")
}
PUBLIC_BELOW = ("/assets/", "/static/", "/svelte/", "/pwa_icon")
BODIES = {f"{API}/{name}" for name in ("queue/join", "run/predict", "cancel", "reset")}
PRIVATE = BODIES | {"/logout", "/config", "/coach/backup"} | {
    f"{API}/{name}" for name in ("info", "queue/data", "queue/status", "upload", "upload_progress")
}  # fmt: skip
HEARTBEAT, FILE = f"{API}/heartbeat/", f"{API}/file="
PRIVATE_BELOW = (HEARTBEAT, FILE, "/coach/conversation/")
FOR_ADMINS = {
    "Keeping.ask", "Keeping.restore", "Keeping.forget", "Keeping.delete", "LibraryTab.delete", "LibraryTab.prune",
    "LibraryTab.restore", "LibraryTab.keep", "ModelsTab.act", "SettingsTab.choose", "SettingsTab.measure",
}  # fmt: skip
"""Handlers that change what all share."""
MOST_BODY = 1024 * 1024
LONGEST_SESSION = 64
"""Characters; the page's have about ten. All that are remembered have to fit into memory."""
REMEMBERED = 20_000
"""Sessions and uploaded files whose owner is known; older ones are nobody's, and a window is loaded again."""
TRIES = 100
"""Passwords tried for one name in a minute, from wherever. One address may try ten of any name: it alone must not be
able to use up what a name has, and so keep its owner out."""
HASHED_AT_ONCE = 2
"""Each takes 32 MiB and a core."""
SIGN_IN = "请先登录：重新加载页面。 Sign in first: load the page again."
NOT_YOURS = "这不属于你，或已不存在，请重新加载页面。 That is not yours, or is gone. Load the page again."
ADMINS_ONLY = (
    "只有管理员可以这样做：这会改变大家共用的内容。 Only an admin may do that: it changes what everybody here shares."
)
TOO_LONG, NOWHERE = "请求太长。 The request is too long.", "此地址没有内容。 There is nothing at this address."


class Refused(Exception):
    """A request that goes no further; `args` are the status and a sentence."""


class Owned:
    """Who first used a name, or brought a file. The oldest are forgotten."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, frozenset[str]] = OrderedDict()

    def add(self, name: str, owner: str) -> None:
        """Note one more owner."""
        self._owners[name] = self._owners.get(name, frozenset()) | {owner}
        while len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)

    def take(self, name: str, owner: str) -> bool:
        """Whether a name is the owner's; one that nobody has becomes theirs."""
        if name not in self._owners:
            self.add(name, owner)
        return self.has(name, owner)

    def has(self, name: str, owner: str) -> bool:
        """Whether a name is the owner's."""
        return owner in self._owners.get(name, frozenset())


class Door:
    """The middleware."""

    def __init__(self, app: ASGIApp, users: Users) -> None:
        self.app, self.users = app, users
        self.sessions, self.files = Owned(), Owned()
        self.stamps: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with `scope["coach.user"]`, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        try:
            user, path = self.user(scope), scope["path"].rstrip("/") or "/"
            if not (path in PUBLIC or path.startswith(PUBLIC_BELOW)):
                if user is None:
                    raise Refused(401, SIGN_IN)
                receive = await self.checked(path, scope, receive, user)
            elif "deep_link" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
                raise Refused(404, NOWHERE)
            elif path == "/login":
                send, (_, receive) = _lax(send), await _read(receive)
        except Refused as refused:
            status, told = refused.args
            await JSONResponse({"detail": told, "error": told}, status_code=status)(scope, receive, send)
            return
        scope["coach.user"] = user
        if user and path == f"{API}/upload":
            send = self.noting(user, send)
        await self.app(scope, receive, send)
        if path == "/login":
            self.note(scope["app"].tokens)

    def note(self, tokens: dict[str, str]) -> None:
        """Note under which password each has signed in, at once: one that is not used before it changes ends too."""
        fresh = {token: self.users.find(name) for token, name in tokens.items() if token not in self.stamps}
        known = {token: stamp for token, stamp in self.stamps.items() if token in tokens}
        self.stamps = known | {token: user.stamp for token, user in fresh.items() if user}

    def user(self, scope: Scope) -> User | None:
        """Return who is signed in. A user who was removed, or has another password since, is not."""
        app, cookies = scope["app"], Request(scope).cookies
        names = [f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}"]
        token = next((cookies[name] for name in names if cookies.get(name)), "")
        name = app.tokens.get(token)
        user = self.users.find(name) if name else None
        if user is None or self.stamps.get(token) != user.stamp:
            app.tokens.pop(token, None)
            self.stamps.pop(token, None)
            return None
        return user

    async def checked(self, path: str, scope: Scope, receive: Receive, user: User) -> Receive:
        """Check all that a request names; return what still has to be received.

        Raises:
            Refused: Something in it is another's, or for admins, or is not there.
        """
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not (path in PRIVATE or path.startswith(PRIVATE_BELOW)) or "deep_link" in query:
            raise Refused(404, NOWHERE)
        if path == "/coach/backup" and not user.admin:
            raise Refused(403, ADMINS_ONLY)
        sessions = query.get("session_hash", [])
        if path.startswith(HEARTBEAT):
            sessions = [path.removeprefix(HEARTBEAT)]
        if path.startswith(FILE) and not self.files.has(path.removeprefix(FILE), user.name):
            raise Refused(404, NOT_YOURS)
        if path in BODIES:
            data, receive = await _body(receive)
            sessions = [*sessions, *_sessions(data)]
            self._check_event(data, scope["app"].get_blocks(), user)
            if not all(self.files.has(file, user.name) for file in _files(data)):
                raise Refused(403, NOT_YOURS)
        if any(len(session) > LONGEST_SESSION for session in sessions):
            raise Refused(413, TOO_LONG)
        if not all(self.sessions.take(session, user.name) for session in sessions):
            raise Refused(403, NOT_YOURS)
        return receive

    def _check_event(self, data: dict[str, Any], blocks: Any, user: User) -> None:  # noqa: ANN401 - Gradio's own
        event = blocks._queue.event_ids_to_events.get(data.get("event_id"))
        if event is not None and folded(event.username or "") != user.name:  # Gradio keeps a name as it was typed
            raise Refused(403, NOT_YOURS)
        known = blocks.fns.get(data.get("fn_index"))
        if known is not None and not user.admin and getattr(known.fn, "__qualname__", "") in FOR_ADMINS:
            raise Refused(403, ADMINS_ONLY)

    def noting(self, user: User, send: Send) -> Send:
        """Remember which files a user has uploaded."""
        parts: list[bytes] = []

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    for file in _listed(b"".join(parts)):
                        self.files.add(file, user.name)
            await send(message)

        return noted


def guests(settings: Settings) -> Users | None:
    """Return the users that may sign in; None where nobody has to.

    Raises:
        ServeError: Others could reach the page, but nobody has to sign in, or there is nobody who may.
    """
    if not settings.auth:
        if not _loopback(settings.host) or settings.domain:
            raise ServeError(
                f"On {settings.domain or settings.host} others can reach the page, so that everybody has to sign in: "
                "make users with `coach user add NAME`, then start with --auth. Without --host and COACH_DOMAIN it is "
                "yours alone."
            )
        return None
    users = Users(settings.home)
    if not users.listed():
        users.close()
        raise ServeError(f"Nobody may sign in: {settings.home} has no users. Make one with `coach user add NAME`.")
    return users


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def sign_in(users: Users) -> Callable[[str, str], Awaitable[bool]]:
    """Return what Gradio asks whether a name and a password belong together; it tries a name only so often."""
    allowance, few = Allowance(), CapacityLimiter(HASHED_AT_ONCE)

    async def signed_in(name: str, password: str) -> bool:
        if not allowance.take("login", folded(name)[: LONGEST_NAME + 1], TRIES):
            raise HTTPException(429, TOO_MUCH)
        return await to_thread.run_sync(users.verified, name, password, limiter=few) is not None

    return signed_in


def whose(users: Users) -> str:
    """Return the folder of the person whom Gradio serves in this thread.

    Raises:
        UserError: Nobody is signed in.
    """
    from gradio.context import LocalContext

    request = LocalContext.request.get(None)
    user = users.find(request.username) if request is not None and request.username else None
    if user is None:
        raise UserError(SIGN_IN)
    return user.folder


def _lax(send: Send) -> Send:
    """Let no other site's page send the cookies of the sign-in: one of Gradio's two is for all sites."""

    async def lax(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name, value.replace(b"SameSite=none", b"SameSite=lax")) for name, value in message["headers"]]
            message = {**message, "headers": headers}
        await send(message)

    return lax


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Read a body, and return it with a `receive` that gives it once more."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
        if message["type"] != "http.request" or len(body) > MOST_BODY:
            raise Refused(413, TOO_LONG)
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return body, again


async def _body(receive: Receive) -> tuple[dict[str, Any], Receive]:
    """Read a JSON body, and return it with a `receive` that gives it once more."""
    body, again = await _read(receive)
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request is no JSON.") from error
    if not isinstance(data, dict) or not isinstance(data.get("event_id", ""), str | None):
        raise Refused(400, "The request is no object of JSON.")
    if type(data.get("fn_index")) not in (int, type(None)):  # Gradio would take "5" and 5.0 for 5
        raise Refused(400, "The request names no event.")
    return data, again


def _sessions(data: dict[str, Any]) -> Iterator[str]:
    session = data.get("session_hash")
    if session is not None:
        yield str(session)


def _files(value: object) -> Iterator[str]:
    """Every file that a request names, however deep."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if isinstance(found.get("path"), str):
                yield found["path"]
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _listed(body: bytes) -> list[str]:
    try:
        found = json.loads(body)
    except ValueError:
        return []
    return [file for file in found if isinstance(file, str)] if isinstance(found, list) else []
