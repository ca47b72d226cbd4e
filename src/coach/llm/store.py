"""The model files of this machine: what is installed, what could be, and downloads going on behind everything else."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from coach.config import Settings
from coach.errors import CoachError, ModelError, ModelFileError
from coach.llm.catalog import CATALOGUE, Model, find, memory_needed, recommended
from coach.llm.download import Pull, download
from coach.llm.gguf import Header, read_header
from coach.llm.hub import Source, sources
from coach.llm.models import is_first_part, memory_bytes
from coach.llm.part import hash_path, lock_path
from coach.llm.setup import Setups, Tuned

_LOG = logging.getLogger(__name__)
_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as the Models page shows it.

    Attributes:
        name: What it is called in commands: a name of the catalogue, or a file's.
        title: What it is called on the page.
        path: The file, None if it is not installed.
        size: Bytes of the file.
        needed: Bytes of memory that chatting takes; an estimate if the file doesn't tell its shape.
        fits: Whether it takes at most half of the machine's memory.
        licence: SPDX name, "" if unknown.
        recommended: Whether it is the one for this machine.
        running: Whether answers are written with it now.
        problem: Why it can't be used, "" if it can.
        pull: Its download, if there is one going on, paused or failed.
        tuned: What the self-test measured with it on this machine.
    """

    name: str
    title: str
    path: Path | None
    size: int
    needed: int
    fits: bool
    licence: str = ""
    recommended: bool = False
    running: bool = False
    problem: str = ""
    pull: Pull | None = None
    tuned: Tuned | None = None


class Store:
    """The models of one folder. `finished` is called, in the download's thread, with the file of each that is done."""

    def __init__(self, settings: Settings, *, finished: Callable[[Path], None] = lambda _: None) -> None:
        """Nothing is read or asked yet."""
        self._settings, self._finished = settings, finished
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Pause all downloads; what is there is kept."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        for job in jobs:
            job.thread.join(2.0)

    # -- what is there ------------------------------------------------------------------------------------------

    def listed(self, running: str = "") -> list[ModelInfo]:
        """The catalogue, then other files of the folder. `running` is the path of the model in use."""
        room, context = memory_bytes() // 2, self._settings.context
        best = recommended(room, context)
        infos = []
        for model in [*CATALOGUE, *(job.model for job in list(self._jobs.values()) if job.model not in CATALOGUE)]:
            path = self._settings.models / model.local
            infos.append(
                ModelInfo(
                    name=model.name,
                    title=model.title,
                    path=path if path.is_file() else None,
                    size=model.size,
                    needed=model.memory(context),
                    fits=model.memory(context) <= room,
                    licence=model.licence,
                    recommended=model == best,
                    pull=self.state(model),
                )
            )
        known = {info.path for info in infos}
        infos += [self._own(path, room) for path in self._files() if path not in known]
        if running and Path(running) not in {info.path for info in infos} and Path(running).is_file():
            infos.append(self._own(Path(running), room))
        measured = Setups(self._settings.home / "speed.json").get
        return [
            replace(info, running=str(info.path) == running, tuned=measured(info.path)) if info.path else info
            for info in infos
        ]

    def _files(self) -> list[Path]:
        return [path for path in sorted(self._settings.models.rglob("*.gguf")) if is_first_part(path)]

    def _own(self, path: Path, room: int) -> ModelInfo:
        """A file that the person put there."""
        size, problem, needed = path.stat().st_size, "", 0
        try:
            header = _header(path, size, path.stat().st_mtime_ns)
            header.check_chat()
            context = min(self._settings.context, header.context or self._settings.context)
            needed = memory_needed(size, header.kv_bytes, context, header.vocabulary)
        except ModelFileError as error:
            problem = str(error)
        return ModelInfo(path.name, path.stem, path, size, needed, needed <= room, problem=problem)

    def path(self, name: str) -> Path:
        """The file of an installed model: a name of the catalogue, a file's name, or a path.

        Raises:
            ModelError: It is not installed.
        """
        wanted = name.casefold()
        for info in self.listed():
            if info.path and wanted in {text.casefold() for text in (info.name, info.title, info.path.name)}:
                return info.path
        path = Path(name).expanduser()
        if path.is_file():
            return path
        raise ModelError(
            f"{name} is not installed. `coach models` lists what is; `coach models pull NAME` downloads one."
        )

    def remove(self, name: str) -> Path:
        """Delete the file of a model of the folder, with its hash; return where it was.

        Raises:
            ModelError: It is not installed, lies outside the folder, or can't be deleted.
        """
        path = self.path(name)
        if not path.resolve().is_relative_to(self._settings.models.resolve()):
            raise ModelError(f"{path} lies outside {self._settings.models}. Delete it yourself if you want to.")
        try:
            path.unlink()
            for beside in (hash_path(path), lock_path(path.parent, path.name)):
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise ModelError(f"{path} can't be deleted ({error.strerror}). Mend its permissions.") from error
        return path

    # -- downloads ----------------------------------------------------------------------------------------------

    def state(self, model: Model) -> Pull | None:
        """The download of a model: going on, failed, or paused (also by the end of an earlier run); else None."""
        job = self._jobs.get(model.name)
        if job and job.last.state != "done":
            return job.last
        parts = [path.stat().st_size for path in self._settings.models.glob(f"{model.local}.*.part")]
        if (self._settings.models / model.local).is_file() or not any(parts):
            return None
        return Pull(model.name, "paused", max(parts), model.size)

    def start(self, name: str, source: str = "auto") -> None:
        """Begin or go on with a download, behind everything else.

        Raises:
            ModelError: There is no such model or source, or calls to hubs are forbidden.
        """
        model, places = find(name), sources(source)
        if self._settings.offline:
            raise ModelError("Downloads are forbidden by COACH_OFFLINE. Unset it, or put a GGUF file into models/.")
        with self._lock:
            job = self._jobs.get(model.name)
            if job and job.thread.is_alive():
                if not job.stop.is_set():
                    return
                job.thread.join()  # it is about to pause
            self._jobs[model.name] = _Job(model, self._settings.models, places, self._finished)

    def pull(self, name: str, source: str = "auto") -> Iterator[Pull]:
        """Download a model, or follow the download that is going on; yield how far it is, last "done" or "paused".

        Raises:
            ModelError: It failed; the message tells why at each source. What was downloaded is kept.
        """
        model = find(name)
        there = self._settings.models / model.local
        if there.is_file() and (not model.size or there.stat().st_size == model.size):
            yield Pull(model.name, "done", there.stat().st_size, there.stat().st_size)
            return
        self.start(name, source)
        yield from self._jobs[model.name].follow()

    def pause(self, name: str) -> None:
        """Stop a download; what is there is kept for later."""
        if job := self._jobs.get(find(name).name):
            job.stop.set()

    def cancel(self, name: str) -> None:
        """Stop a download and delete what is there."""
        model = find(name)
        with self._lock:
            if job := self._jobs.pop(model.name, None):
                job.stop.set()
                job.thread.join()
        for part in self._settings.models.glob(f"{model.local}.*.part"):
            part.unlink(missing_ok=True)

    @property
    def busy(self) -> bool:
        """Whether a download is going on."""
        return any(job.thread.is_alive() for job in list(self._jobs.values()))


class _Job:
    """One download in a thread of its own; `last` is its latest report."""

    def __init__(self, model: Model, folder: Path, places: list[Source], finished: Callable[[Path], None]) -> None:
        self.model, self.stop = model, threading.Event()
        self.last = Pull(model.name, "asking", total=model.size)
        self._folder, self._places, self._finished = folder, places, finished
        self._error: CoachError | None = None
        self.thread = threading.Thread(target=self._run, name=f"pull-{model.name}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for report in download(self.model, self._folder, self._places, self.stop):
                if report.state == "done":
                    self._finished(self._folder / self.model.local)
                self.last = report
        except CoachError as error:
            _LOG.warning("%s", error)
            self._error = error
            self.last = replace(self.last, state="failed", speed=0.0, seconds=None, detail=str(error))
        finally:
            if self.last.state not in ("done", "paused", "failed"):  # a bug, whose traceback goes to the terminal
                self.last = replace(self.last, state="failed", speed=0.0, seconds=None)

    def follow(self) -> Iterator[Pull]:
        seen = None
        while self.thread.is_alive():
            if self.last != seen:
                seen = self.last
                yield seen
            time.sleep(_LOOK)
        if self._error:
            raise self._error
        yield self.last


@lru_cache(maxsize=64)
def _header(path: Path, _size: int, _time: int) -> Header:
    """The header of a file as it is now: the page asks every second."""
    return read_header(path)
