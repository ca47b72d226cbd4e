"""Which article files change while somebody looks: reported once they are complete. Knows nothing of ingest."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from coach.corpus.articles import READERS
from coach.errors import CorpusError

TICK_MS = 400
"""A file is complete when its size and time are the same over one such pause."""


def changed_files(folders: Sequence[Path], stop: threading.Event) -> Iterator[set[Path]]:
    """Yield sets of article files that were written, moved or deleted below the folders, until `stop` is set.

    The first set is empty: from then on nothing is missed. Nothing is reported while any file is still growing.

    Raises:
        CorpusError: A folder does not exist or can't be watched.
    """
    from watchfiles import DefaultFilter, watch

    waiting: dict[Path, tuple[int, int] | None] = {}
    complete: set[Path] = set()
    started = False
    try:
        for changes in watch(
            *folders,
            watch_filter=DefaultFilter(),
            stop_event=stop,
            step=50,
            debounce=TICK_MS,
            rust_timeout=TICK_MS,
            yield_on_timeout=True,
        ):
            touched = {path for path in (Path(name) for _, name in changes) if _is_article(path)}
            now = {path: _look(path) for path in touched | waiting.keys()}
            settled = {path for path in now.keys() - touched if now[path] == waiting[path]}
            complete = (complete | settled) - touched
            waiting = {path: seen for path, seen in now.items() if path not in settled}
            if not started or (complete and not waiting):
                started = True
                yield complete
                complete = set()
    except OSError as error:  # FileNotFoundError of a folder that is gone is one
        names = ", ".join(map(str, folders))
        raise CorpusError(f"{names} can't be watched ({error}). Check that it exists and may be read.") from error


def _is_article(path: Path) -> bool:
    # A folder that is moved in or out carries articles without naming them.
    return path.suffix.lower() in READERS or not path.suffix


def _look(path: Path) -> tuple[int, int] | None:
    """Size and time of a file; None when it is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
