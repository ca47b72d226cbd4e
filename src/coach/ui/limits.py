"""How much one person, or one address, may ask for in a minute; a clear word when too many wait. Knows no Gradio."""

import threading
import time
from collections.abc import Callable, Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PER_MINUTE: Mapping[str, int] = {
    "/login": 10,
    "/gradio_api/upload": 60,
    "/gradio_api/queue/join": 600,
    "/gradio_api/run/predict": 600,
}
"""For one person; who is not signed in counts by address. A page that only stands open asks about 90 times."""
CROWD = 20
"""An address may have so many persons behind it."""
MOST_KEYS = 10_000
TOO_MUCH = "请求太频繁，请一分钟后再试。 That was too much in one minute: wait a little, then try again."
BUSY = "现在使用的人太多，请稍后再试。 Too many are asking just now: try again in a moment."


class Allowance:
    """Counts by key in a bucket that fills up evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, kind: str, who: str, per_minute: int) -> bool:
        """Whether one more is allowed; if so it is counted."""
        now = self._clock()
        with self._lock:
            if len(self._left) > MOST_KEYS:  # those that waited a minute are full again
                self._left = {key: held for key, held in self._left.items() if now - held[1] < 60.0}
            left, at = self._left.get((kind, who), (float(per_minute), now))
            left = min(float(per_minute), left + (now - at) * per_minute / 60.0)
            self._left[kind, who] = (left - 1.0 if left >= 1.0 else left, now)
            return left >= 1.0


class Busy:
    """The middleware that says it in words when Gradio's queue is full: 429 with a sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; put the sentence in the place of a 503."""
        full = False

        async def answered(message: Message) -> None:
            nonlocal full
            if message["type"] == "http.response.start" and message["status"] == 503:
                full = True
                await _told(BUSY)(scope, receive, send)
            elif not full:
                await send(message)

        await self.app(scope, receive, answered if scope["type"] == "http" else send)


class Limits(Busy):
    """The middleware for a page with users: 429 with a sentence also for what is too much."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(app)
        self.allowance = Allowance(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        path = scope.get("path", "").rstrip("/")
        counted = scope["type"] == "http" and path in PER_MINUTE and scope["method"] == "POST"
        if counted and not self.allowed(scope, path):
            await _told(TOO_MUCH)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def allowed(self, scope: Scope, path: str) -> bool:
        """Count a request for its person and for its address."""
        user, address, most = scope.get("coach.user"), (scope.get("client") or ("", 0))[0], PER_MINUTE[path]
        if user is None:
            return self.allowance.take(path, f"from {address}", most)
        return self.allowance.take(path, user.name, most) and self.allowance.take(path, f"at {address}", CROWD * most)


def _told(sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence, "error": sentence}, status_code=429, headers={"retry-after": "10"})
