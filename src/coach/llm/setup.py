"""How a context computes: threads, batch, flash attention, kind of cache; measurements are kept per machine."""

import importlib.metadata
import json
import logging
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

BATCH = 512
"""Most tokens of a prompt that are handed over at once."""
_LOG = logging.getLogger(__name__)
_KEPT = 20
"""Measurements that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a context computes.

    Attributes:
        reading: Threads for prompts.
        writing: Threads for single tokens.
        batch: Tokens that are computed at once, at most `BATCH`.
        flash: Whether to use flash attention; None leaves it to llama.cpp.
        cache: Type of keys and values in memory; q8_0 takes half of what f16 takes and needs flash attention.
    """

    reading: int = 1
    writing: int = 1
    batch: int = BATCH
    flash: bool | None = None
    cache: Literal["f16", "q8_0"] = "f16"


@dataclass(frozen=True, slots=True)
class Tuned:
    """A setup, and the tokens a second that were read and written with it."""

    setup: Setup
    reads: float
    writes: float


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """Half of the processors that this process may use, at least one: the others are for the page."""
    return max(1, processors() // 2)


def default_setup(threads: int = 0) -> Setup:
    """What is used before anything was measured; `threads` of 0 takes `default_threads`."""
    threads = threads or default_threads()
    return Setup(reading=threads, writing=threads)


def told(setup: Setup) -> str:
    """A setup in words."""
    flash = {None: "flash attention as llama.cpp chooses", True: "flash attention", False: "no flash attention"}
    return (
        f"{setup.reading} thread(s) to read, {setup.writing} to write, batch {setup.batch}, {flash[setup.flash]}, "
        f"{setup.cache} cache"
    )


class Setups:
    """The measurements in a JSON file, by model and machine. A damaged file only costs time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, model: Path) -> Tuned | None:
        """What was measured for a model on this machine; None if nothing was."""
        entry = self._read().get(_key(model))
        if entry is None:
            return None
        try:
            found = Tuned(Setup(**entry["setup"]), float(entry["reads"]), float(entry["writes"]))
        except (KeyError, TypeError, ValueError):
            return None
        setup = found.setup
        sound = min(setup.reading, setup.writing) >= 1 and 1 <= setup.batch <= BATCH and setup.cache in ("f16", "q8_0")
        return found if sound else None

    def put(self, model: Path, tuned: Tuned) -> None:
        """Keep a measurement."""
        key, entries = _key(model), self._read()
        entries.pop(key, None)
        kept = dict([*entries.items(), (key, asdict(tuned))][-_KEPT:])
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            _LOG.warning("what was measured can't be kept in %s: %s", self._path, error)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {k: v for k, v in entries.items() if isinstance(v, dict)} if isinstance(entries, dict) else {}


def _key(model: Path) -> str:
    """Names the model, the machine and the version of llama.cpp: what the speed depends on."""
    size = model.stat().st_size if model.is_file() else 0
    version = importlib.metadata.version("llama-cpp-python")
    return f"{model.name} {size} | {_processor()} x{processors()} | llama-cpp-python {version}"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return text.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()
