"""An ingest as data: how far it is, how long it will take, what it changed. Knows no Gradio and no HTML."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Literal

from coach.corpus.articles import READERS
from coach.records import IngestSummary, Outcome, Progress
from coach.ui.conversation import Stopping

PACE = 0.15
"""Seconds between two redraws: thousands of unchanged articles pass in one of them."""
EARLY = 0.5
"""Seconds before the remaining time is guessed."""
TOLD = 20
"""Failures that are named; the table of articles has all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An ingest so far. `left` are seconds, None while nobody can know; `summary` is there when articles were read."""

    last: Progress | None = None
    counts: Mapping[Outcome, int] = field(default_factory=Counter)
    failures: tuple[Progress, ...] = ()
    left: float | None = None
    stage: Literal["reading", "done", "stopped"] = "reading"
    summary: IngestSummary | None = None


def follow(
    parts: Iterable[Iterator[Progress]],
    latest: Callable[[], IngestSummary | None],
    stopping: Stopping,
    *,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Reading]:
    """Run ingests one after the other; yield how far they are, and at the end what they changed.

    Args:
        parts: Each yields its reports. What was done stays done when the reader stops.
        latest: Gives the summary of the latest ingest.
        stopping: Asked after each report.
        now: The clock.
    """
    reading = Reading()
    yield reading
    for part in parts:
        known = latest()
        reading = yield from _part(part, reading, stopping, now)
        summary = latest()
        if summary is not None and summary is not known:
            reading = replace(reading, summary=joined(reading.summary, summary))
        if reading.stage == "stopped":
            break
    yield replace(reading, stage="stopped" if reading.stage == "stopped" else "done", left=None)


def _part(
    part: Iterator[Progress], reading: Reading, stopping: Stopping, now: Callable[[], float]
) -> Generator[Reading, None, Reading]:
    began = shown = now()
    with closing(part) as reports:  # type: ignore[type-var]  # the service's iterators are generators
        for report in reports:
            moment = now()
            reading = _after(reading, report, moment - began)
            if stopping.asked:
                return replace(reading, stage="stopped")
            if moment - shown >= PACE:
                shown = moment
                yield reading
    return reading


def _after(reading: Reading, report: Progress, seconds: float) -> Reading:
    failures = reading.failures
    if report.status == "failed" and len(failures) < TOLD:
        failures = (*failures, report)
    return replace(
        reading,
        last=report,
        counts=Counter(reading.counts) + Counter({report.status: 1}),
        failures=failures,
        left=remaining(report.done, report.total, seconds),
    )


def remaining(done: int, total: int, seconds: float) -> float | None:
    """Return the seconds that the rest will take at the speed so far; None in the first moments and at the end."""
    return seconds / done * (total - done) if 0 < done < total and seconds >= EARLY else None


def joined(first: IngestSummary | None, second: IngestSummary) -> IngestSummary:
    """Return what two ingests changed together."""
    if first is None:
        return second
    names = IngestSummary.__slots__
    return IngestSummary(**{name: getattr(first, name) + getattr(second, name) for name in names})


def readable(files: Iterable[str]) -> list[str]:
    """Return the files of a folder that are articles by their suffix; hidden ones and lock files are passed over."""
    paths = map(PurePath, files)
    return [str(path) for path in paths if path.suffix.lower() in READERS and not path.name.startswith((".", "~$"))]
