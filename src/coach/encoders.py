"""Which encoder finds passages, and changing it: in a thread, while search goes on with the one before."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from coach.config import Settings
from coach.errors import CoachError, EncoderError
from coach.index.encoder import BUNDLED
from coach.index.foreign import Stopped, download, find, known, lasting, own_folders
from coach.index.ingest import ACTIVE_ENCODER
from coach.index.manifest import Manifest
from coach.parts import Parts

if TYPE_CHECKING:
    from coach.index.encoder import Encoder

GRACE = 1.0
"""Seconds between the swap and deleting the old vectors: a search that has begun still reads them."""
State = Literal["waiting", "downloading", "loading", "embedding", "done", "failed", "cancelled"]
OVER = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Change:
    """How far a change is: `done` and `total` are bytes while downloading, else passages; `seconds` are left."""

    name: str
    state: State
    done: int = 0
    total: int = 0
    seconds: float | None = None
    problem: str = ""

    @property
    def going_on(self) -> bool:
        """Whether it is not over."""
        return self.state not in OVER


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that can be chosen; `size` is 0 for what is not downloaded. `change` tells how far its change is."""

    name: str
    size: int = 0
    licence: str = ""
    languages: tuple[str, ...] = ()
    installed: bool = True
    used: bool = False
    change: Change | None = None


class Encoders:
    """The choice of an encoder. One change goes on at a time, also over processes."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        parts: Parts,
        alone: Callable[[], AbstractContextManager[object]],
        report: Callable[[str, CoachError | None], None],
    ) -> None:
        """Nothing goes on yet.

        Args:
            settings: Where models lie, and whether hubs may be called.
            manifest: The truth.
            parts: Loads encoders.
            alone: Keeps ingests out.
            report: Told what went wrong with the encoder, or None when it is mended.
        """
        self._settings, self._manifest, self._parts, self._alone, self._report = (
            settings,
            manifest,
            parts,
            alone,
            report,
        )
        self._lock = FileLock(settings.home / "encoder.lock", thread_local=False)
        self._told = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.change: Change | None = None

    def listed(self) -> list[Choice]:
        """The bundled encoder, those that are known, those in the folder of models, and what else is used."""
        names = {BUNDLED: Choice(BUNDLED, licence="MIT", languages=("zh", "en"))}
        for each in known("encoders"):
            there = find(each.name, self._settings.models) is not None
            names[each.name] = Choice(each.name, each.size, each.licence, tuple(each.languages), there)
        others = [*own_folders(self._settings.models, "encoders"), self._parts.wanted, self._parts.used]
        names |= {name: Choice(name) for name in others if name not in names}
        used = self._parts.used
        return [
            replace(choice, used=name == used, change=self.change if self.change and self.change.name == name else None)
            for name, choice in names.items()
        ]

    @property
    def used(self) -> str:
        """The encoder that search uses."""
        return self._parts.used

    @property
    def busy(self) -> bool:
        """Whether a change goes on in this process."""
        return self.change is not None and self.change.going_on

    @property
    def pending(self) -> bool:
        """Whether another encoder is wanted than the one that search uses."""
        return self._parts.wanted != self._parts.used

    def pull(self, name: str) -> None:
        """Begin to download a model, an encoder or a reranker, and return at once.

        Raises:
            EncoderError: Downloads are forbidden, or another change goes on.
        """
        if self._settings.offline:
            raise EncoderError(f"{name} can't be downloaded: COACH_OFFLINE forbids it. Unset it, or copy a folder.")
        self._start(name, self._download)

    def use(self, name: str) -> None:
        """Begin to use another encoder, and return at once: it is used when all passages are embedded.

        Raises:
            EncoderError: It is not on this machine; or another change goes on.
        """
        name = lasting(name)
        if name != BUNDLED and find(name, self._settings.models) is None:
            self._parts.forget(name)
            self._parts.encoder(name)  # raises, with what to do about it
        if self.busy and self.change and self.change.state != "downloading":
            self.cancel()
        self._start(name, self._use)

    def begin(self) -> None:
        """Go on with what was begun before, if anything; return at once."""
        if not self.busy:
            self._start(self._parts.wanted, self._use)

    def catch_up(self) -> None:
        """Embed for the encoder that is wanted, if another one is used and nothing goes on; return when it is done."""
        if self.pending and not self.busy:
            self._start(self._parts.wanted, self._use)
            self.wait()

    def cancel(self) -> None:
        """Stop what goes on, and keep the encoder that is used. What was downloaded is kept."""
        downloading = self.change is not None and self.change.state == "downloading"
        self._stop.set()
        self.wait()
        self._stop.clear()
        if not downloading and (fingerprint := self._manifest.meta(ACTIVE_ENCODER)):
            self._parts.choose(self._parts.used)
            with self._turn():
                self._parts.vectors().drop_others(fingerprint)

    def wait(self) -> None:
        """Return when nothing goes on any more."""
        if self._thread is not None:
            self._thread.join()

    def follow(self) -> Iterator[Change]:
        """Yield how far the change is, whenever that changes, until it is over.

        Raises:
            EncoderError: It failed.
        """
        seen: Change | None = None
        while True:
            with self._told:
                self._told.wait_for(lambda: self.change is not seen or not self.busy, timeout=1)  # noqa: B023 - at once
                fresh, seen = self.change is not seen, self.change
            if fresh and seen:
                yield seen
            elif not self.busy:
                break
        if seen and seen.state == "failed":
            raise EncoderError(seen.problem)

    def close(self) -> None:
        """Stop what goes on; the next start goes on with it."""
        self._stop.set()
        self.wait()

    # -- in the thread ------------------------------------------------------------------------------------------

    def _start(self, name: str, act: Callable[[str], None]) -> None:
        if self.busy:
            going = self.change.name if self.change else name
            raise EncoderError(f"{going} is being downloaded or embedded. Wait until it is done, or cancel it.")
        self.wait()
        self._stop.clear()
        self._tell(Change(name, "waiting"))
        self._thread = threading.Thread(target=self._run, args=(name, act), name="coach-encoder", daemon=True)
        self._thread.start()

    def _run(self, name: str, act: Callable[[str], None]) -> None:
        try:
            with self._turn():
                act(name)
        except Stopped:
            self._tell(replace(self.change or Change(name, "cancelled"), state="cancelled"))
        except CoachError as error:
            self._tell(replace(self.change or Change(name, "failed"), state="failed", problem=str(error)))
            if act == self._use:
                self._report("encoder", error)

    def _tell(self, change: Change) -> None:
        with self._told:
            self.change = change
            self._told.notify_all()

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for another process that changes the encoder of this home."""
        while True:
            self._check()
            try:
                self._lock.acquire(timeout=0.5)
                break
            except Timeout:
                continue
        try:
            yield
        finally:
            self._lock.release()

    def _download(self, name: str) -> None:
        def report(done: int, total: int) -> None:
            self._check()
            self._tell(Change(name, "downloading", done, total))

        download(name, report)
        self._parts.forget(name)
        self._tell(Change(name, "done"))

    def _use(self, name: str) -> None:
        self._tell(Change(name, "loading"))
        if name != self._parts.used:
            self._parts.forget(name)  # it may have come or changed since it was last tried
        encoder = self._parts.encoder(name)
        self._check()
        before = self._parts.used
        if name != self._parts.wanted:
            self._parts.choose(name)
        if self._manifest.meta(ACTIVE_ENCODER) is not None:  # else the first ingest will embed everything
            self._embed(name, encoder)
            if before != name:
                self._parts.forget(before)
        self._report("encoder", None)
        passages = self._manifest.counts()[2]
        self._tell(Change(name, "done", passages, passages))

    def _embed(self, name: str, encoder: "Encoder") -> None:
        from coach.index.reembed import Reembedding

        vectors = self._parts.vectors()
        if self._manifest.meta(ACTIVE_ENCODER) != encoder.fingerprint:
            work = Reembedding(self._manifest, encoder, vectors)
            state = work.state()
            self._tell(Change(name, "embedding", state.done, state.total))
            for state in work.run(self._alone):
                self._check()
                if self._parts.wanted != name:  # chosen otherwise by another process
                    raise Stopped
                self._tell(Change(name, "embedding", state.done, state.total, state.seconds))
            self._stop.wait(GRACE)
        if vectors.fingerprints() - {encoder.fingerprint}:
            vectors.drop_others(encoder.fingerprint)
