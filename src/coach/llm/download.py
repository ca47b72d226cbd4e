"""Downloads one model file: source after source, over cut connections, never a wrong byte. Knows nothing of threads.

Every step is yielded as a `Pull`; between two of them the caller may stop. What was downloaded stays as a part and is
continued later, from whichever source.
"""

import email.utils
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import httpx
from filelock import FileLock, Timeout

from coach.errors import HubError, ModelError
from coach.llm.catalog import Model
from coach.llm.hub import Source, Told, connection, look_up, reason, refusal
from coach.llm.part import Part, lock_path

State = Literal["asking", "checking", "loading", "waiting", "paused", "done", "failed"]
TRIES = 6
"""Connections in a row that bring nothing before the next source is tried."""
LONGEST_WAIT = 300.0
"""A source that asks for a longer pause (seconds) is left for the next one."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_HOPELESS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.TooManyRedirects, httpx.UnsupportedProtocol)
_WINDOW = 5.0
_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Pull:
    """How far a download is.

    Attributes:
        name: The model's name.
        state: "asking" a hub, "checking" bytes from before, "loading", "waiting" before the next try, "paused", "done"
            or "failed".
        done: Bytes that are there.
        total: Bytes in all; 0 while unknown.
        speed: Bytes a second, over the last seconds.
        seconds: Seconds left, of the download or of the wait; None while unknown.
        source: Where it comes from.
        detail: A sentence on what went wrong or is special.
    """

    name: str
    state: State
    done: int = 0
    total: int = 0
    speed: float = 0.0
    seconds: float | None = None
    source: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: `first` seconds after the first failure, twice as long after each further one, up to `most`."""

    first: float = 1.0
    most: float = 30.0

    def after(self, failures: int) -> float:
        """Seconds to wait."""
        return min(self.most, self.first * 2.0 ** (failures - 1))


def download(
    model: Model, folder: Path, sources: Sequence[Source], stop: Event, patience: Patience | None = None
) -> Iterator[Pull]:
    """Download a model into a folder. Setting `stop` pauses: the last report is then "paused", else "done".

    Raises:
        HubError: No source had the right file; the message tells of each.
        ModelError: The disk is full, or somebody else is downloading the same file.
    """
    problems: list[str] = []
    with _alone(folder, model), connection() as client:
        for source in sources:
            try:
                yield from _Visit(client, source, model, stop, patience or Patience()).run(folder)
                return
            except HubError as error:
                problems.append(str(error))
    told = " ".join(problems)
    raise HubError(f"{model.title} was not downloaded. {told} Check the network, or choose another source.")


@contextmanager
def _alone(folder: Path, model: Model) -> Iterator[None]:
    """Keep other processes from the same file; the kernel frees the lock when this one is killed."""
    lock = FileLock(lock_path(folder, model.local), timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise ModelError(f"{model.local} is being downloaded by another window or terminal. Let it finish.") from error
    except OSError as error:
        raise ModelError(f"{folder} can't be written ({error.strerror}). Mend its permissions.") from error
    with lock:
        lock.release()
        yield


class _Stopped(Exception):
    """The person paused."""


class _Visit:
    """The attempt at one source."""

    def __init__(self, client: httpx.Client, source: Source, model: Model, stop: Event, patience: Patience) -> None:
        self._client, self._source, self._model, self._stop = client, source, model, stop
        self._patience = patience
        self._told = Told(model.size, model.sha256)
        self._gave = False
        self._speed = Speed()

    def run(self, folder: Path) -> Iterator[Pull]:
        yield self._report("asking")
        if not (self._told.size and self._told.sha256):
            self._told = look_up(self._client, self._source, self._model)
        with Part(folder, self._model.local, self._told.sha256, self._told.size) as part:
            try:
                yield from self._fill(part)
            except _Stopped:
                yield self._report("paused", part)
                return
            part.finish()
            named = f"SHA-256 {self._told.sha256}, as {self._source.host} names it" if self._told.by_hub else ""
            yield self._report("done", part, detail=named)

    def _fill(self, part: Part) -> Iterator[Pull]:
        """Bring the part to its end, with the right bytes."""
        for _ in part.read_again():
            self._check_stop()
            yield self._report("checking", part)
        kept = part.done > 0
        while True:
            yield from self._load(part)
            if part.right:
                return
            part.clear()
            if not kept:
                raise HubError(f"{self._source.host} sent wrong bytes: the SHA-256 of {self._model.local} differs.")
            kept = False  # bytes from before a crash may have been damaged: once more, all of it

    def _load(self, part: Part) -> Iterator[Pull]:
        failures = 0
        while not part.whole:
            before, pause, trouble = part.done, 0.0, ""
            try:
                with self._client.stream("GET", self._source.address(self._model), headers=_range(part)) as answer:
                    if answer.status_code in _BUSY:
                        pause = retry_after(answer.headers.get("retry-after", ""), time.time)
                        trouble = refusal(answer.status_code, self._source, self._model)
                    else:
                        yield from self._take(answer, part)
            except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
                trouble = f"{self._source.host} can't be reached ({reason(error)})."
                if isinstance(error, _HOPELESS) and not self._gave:
                    raise HubError(trouble) from error
            failures = 0 if part.done > before else failures + 1
            if failures >= TRIES or pause > LONGEST_WAIT:
                raise HubError(trouble or f"{self._source.host} sends nothing.")
            if not part.whole:
                yield from self._wait(part, pause or (self._patience.after(failures) if failures else 0), trouble)

    def _take(self, answer: httpx.Response, part: Part) -> Iterator[Pull]:
        """Write what comes. A source that begins at the beginning again loses its first bytes, not ours."""
        skip = self._offset(answer, part)
        for chunk in answer.iter_raw():  # as it comes: a cut connection loses nothing
            self._check_stop()
            fresh = chunk[skip:]
            skip -= len(chunk) - len(fresh)
            part.write(fresh)
            self._gave = True
            if self._speed.add(len(fresh), time.monotonic()):
                yield self._report("loading", part)

    def _offset(self, answer: httpx.Response, part: Part) -> int:
        """How many bytes of the answer are there already.

        Raises:
            HubError: The answer is not the wanted file.
        """
        if answer.is_error or answer.status_code not in (200, 206):
            raise HubError(refusal(answer.status_code, self._source, self._model))
        length, size = answer.headers.get("content-length", ""), self._told.size
        begin, total = 0, length or str(size)
        if answer.status_code == 206:
            span, _, total = answer.headers.get("content-range", "").removeprefix("bytes ").partition("/")
            begin = int(first) if (first := span.partition("-")[0]).isdecimal() else -1
        strange = (
            answer.headers.get("content-encoding", "identity") != "identity"
            or "html" in answer.headers.get("content-type", "")  # a portal that wants a login answers so to everything
            or (answer.status_code == 200 and not length and part.done > 0)
        )
        if strange or total not in (str(size), "*") or not 0 <= begin <= part.done:
            raise HubError(f"{self._source.host} answers with something else than {self._model.local}.")
        return part.done - begin

    def _wait(self, part: Part, seconds: float, trouble: str) -> Iterator[Pull]:
        if seconds:
            yield self._report("waiting", part, seconds=seconds, detail=trouble)
        self._stop.wait(seconds)
        self._check_stop()

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _report(
        self, state: State, part: Part | None = None, *, seconds: float | None = None, detail: str = ""
    ) -> Pull:
        done, total = (part.done if part else 0), self._told.size
        speed = self._speed.rate if state == "loading" else 0.0
        if seconds is None and speed:
            seconds = (total - done) / speed
        return Pull(self._model.name, state, done, total, speed, seconds, self._source.host, detail)


class Speed:
    """Bytes a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._told = float("-inf")
        self.rate = 0.0

    def add(self, count: int, now: float) -> bool:
        """Count bytes that have come now; return whether it is time for a report."""
        self._seen.append((now, count))
        while self._seen[0][0] < now - _WINDOW:
            self._seen.popleft()
        first = self._seen[0]
        if now > first[0]:
            self.rate = (sum(count for _, count in self._seen) - first[1]) / (now - first[0])
        if now - self._told < _EVERY:
            return False
        self._told = now
        return True


def _range(part: Part) -> dict[str, str]:
    return {"Range": f"bytes={part.done}-"} if part.done else {}


def retry_after(text: str, clock: Callable[[], float]) -> float:
    """Seconds of a Retry-After header, which holds seconds or a date; 0 if it holds neither.

    >>> retry_after("7", lambda: 0.0)
    7.0
    """
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - clock())
    except (TypeError, ValueError):
        return 0.0
