"""SIGKILL at random moments: a harness. A work is run, killed, and checked, again and again, each in a forked child.

What the work has acknowledged is appended to a file as it happens, which outlives the process. Run in a process of its
own (`python -m tests.support.killed`), which never opens a home nor starts a thread, so that forks are whole.
"""

import json
import os
import random
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

END = 0.1
"""Seconds at the end of a run that get more than their share of the kills."""
END_SHARE = 0.2

Fact = list[str | int | float]
Tell = Callable[..., None]


class Work:
    """What is killed. Subclasses say what it does and what must hold afterwards; all three run in forked children."""

    name = ""

    def around(self, folder: Path) -> AbstractContextManager[object]:
        """Something that is there during all runs, such as a server; runs in the harness itself."""
        return nullcontext()

    def prepare(self, folder: Path) -> None:
        """Make what the first run finds."""

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        """Do the work; `tell` each thing as soon as it is done. Different numbers do different things."""

    def check(self, folder: Path, facts: list[Fact]) -> None:
        """Start again and assert that everything is there; `facts` is all that was ever told."""


@dataclass
class Tally:
    """How often a work was killed and when, in seconds after its start; `whole` runs ended before their kill."""

    name: str
    whole: int = 0
    in_the_end: int = 0
    facts: int = 0
    moments: list[float] = field(default_factory=list)

    def row(self) -> str:
        """As a row of the table of faults."""
        first, last = min(self.moments), max(self.moments)
        told = f"{first:.2f}–{last:.2f} s after its start, {self.in_the_end} in the last {END:.1f} s"
        return f"| {self.name} | {len(self.moments)} | {told} | {self.facts} acknowledged, all there |"


def forked(act: Callable[[], None]) -> int:
    """Run a function in a forked child; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        act()
    except BaseException:  # noqa: BLE001 - the child must never go on as the parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finished(act: Callable[[], None], what: str) -> None:
    """Run a function in a child to its end.

    Raises:
        AssertionError: It failed.
    """
    code = os.waitstatus_to_exitcode(os.waitpid(forked(act), 0)[1])
    assert code == 0, f"{what}: exit code {code}"


@contextmanager
def serving(serve: Callable[[Callable[[str], None]], None]) -> Iterator[str]:
    """Run a server in a child until the block ends; give what it says of itself when it is ready."""
    reading, writing = os.pipe()
    pid = forked(lambda: serve(lambda said: _write(writing, said + "\n")))
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            yield pipe.readline().strip()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def kill(work: Work, folder: Path, kills: int, seed: int = 0) -> Tally:
    """Kill a work that often; check after each kill.

    Raises:
        AssertionError: Something is lost, doubled or half.
    """
    chance, tally, log = random.Random(seed), Tally(work.name), folder / "told.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    log.touch()
    with work.around(folder):
        finished(lambda: work.prepare(folder), "prepare")
        number, length, longest = 0, 0.0, 0.0
        while len(tally.moments) < kills:
            number += 1
            delay = _delay(chance, length) if number > 1 else 600.0
            lived, ended = _run(lambda number=number: work.act(folder, number, _teller(log)), delay)  # type: ignore[misc] # bound at once
            if ended:
                tally.whole, length = tally.whole + 1, lived
            else:
                tally.moments.append(lived)
                tally.in_the_end += lived > length - END
                length *= 1.02
            longest = max(longest, lived)
            facts = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            finished(lambda facts=facts: work.check(folder, facts), f"{work.name}, run {number}, {lived:.3f} s")  # type: ignore[misc] # bound at once
        tally.facts = len(facts)
    return tally


def _delay(chance: random.Random, length: float) -> float:
    begin = max(0.0, length - END) if chance.random() < END_SHARE else 0.0
    return chance.uniform(begin, length)


def _run(act: Callable[[], None], delay: float) -> tuple[float, bool]:
    """Run a child for so many seconds at most; return how long it lived, and whether it ended by itself."""
    start = time.monotonic()
    pid = forked(act)
    handle = os.pidfd_open(pid)
    ended = bool(select.select([handle], [], [], delay)[0])
    os.close(handle)
    lived = time.monotonic() - start
    if not ended:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in ((0,) if ended else (0, -signal.SIGKILL)), f"exit code {code}"
    return lived, ended or code == 0


def _teller(log: Path) -> Tell:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND)
    return lambda *fact: _write(handle, json.dumps(fact, ensure_ascii=False) + "\n")


def _write(handle: int, text: str) -> None:
    os.write(handle, text.encode())
