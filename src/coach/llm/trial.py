"""The self-test: which threads, batch, flash attention and kind of cache read and write fastest on this machine.

A few contexts over the loaded weights are tried, one after another, each for about a second. `choose` is pure but for
what it is given to measure with; `measure` asks llama.cpp. A challenger has to be clearly better, for noise must not
choose, and in doubt what uses less (fewer threads, full precision) stays.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from coach.errors import ModelError
from coach.llm.native import AbortedError, Native, StopFlag
from coach.llm.setup import BATCH, Setup, Tuned
from coach.llm.weights import Weights

PATIENCE = 20.0
"""Seconds after which no further setup is tried."""
BETTER = 1.05
"""A challenger has to be so many times as fast."""
ROUNDS = 2
"""Times that setups are measured in turns; the best of each counts, for other programs only make things slower."""
NEW, ANSWER = 700, 150
"""Tokens that a usual question reads and writes: they weigh reading against writing."""
_SECONDS = 0.7
"""Seconds of reading, for one measurement."""
_LEAST, _WRITTEN = 16, (4, 24)

Measure = Callable[[Setup, int, int], tuple[float, float]]
"""(setup, tokens to read, tokens to write) → (tokens read a second, tokens written a second)."""


def choose(measure: Measure, processors: int, *, clock: Callable[[], float] = time.perf_counter) -> Tuned:
    """Return the fastest setup; begins with half of the processors and changes one thing after another.

    Args:
        measure: Measures a setup.
        processors: Processors that may be used.
        clock: Tells when the patience is at its end.
    """
    end = clock() + PATIENCE
    base = Setup(reading=max(1, processors // 2), writing=max(1, processors // 2))
    reads, writes = measure(base, _LEAST, _WRITTEN[0])
    tokens = min(BATCH, max(_LEAST, int(reads * _SECONDS)))
    written = min(_WRITTEN[1], max(_WRITTEN[0], int(writes * _SECONDS / 2)))

    def compare(setups: list[Setup]) -> list[tuple[float, float]]:
        best = [(0.0, 0.0)] * len(setups)
        for _ in range(ROUNDS):
            for number, setup in enumerate(setups):
                if clock() < end or not any(map(any, best)):
                    found = measure(setup, tokens, written)
                    best[number] = (max(best[number][0], found[0]), max(best[number][1], found[1]))
        return best

    counts = sorted({1, base.reading, max(1, processors - 1), processors})
    found = compare([replace(base, reading=count, writing=count) for count in counts])
    reading = _least(counts, [read for read, _ in found])
    writing = _least(counts, [write for _, write in found])
    best = replace(base, reading=reading, writing=writing)
    speed = (found[counts.index(reading)][0], found[counts.index(writing)][1])
    for challengers in _others(tokens):
        if clock() >= end:
            break
        setups = [best, *(challenger(best) for challenger in challengers)]
        found = compare(setups)
        seconds = [_seconds(each) for each in found]
        winner = min(range(len(setups)), key=lambda number: seconds[number] * (BETTER if number else 1.0))
        best, speed = setups[winner], found[winner]
    return Tuned(best, *speed)


def _others(tokens: int) -> "Iterator[list[Callable[[Setup], Setup]]]":
    """What is tried beside the best so far, in this order."""
    yield [lambda best: replace(best, flash=False), lambda best: replace(best, flash=True, cache="q8_0")]
    smaller = [size for size in (256, 128) if size < tokens]  # a batch that is never full can't be measured
    if smaller:
        yield [lambda best, size=size: replace(best, batch=size) for size in smaller]  # type: ignore[misc]


def _least(counts: list[int], speeds: list[float]) -> int:
    """The fewest threads that nothing clearly beats."""
    most = max(speeds)
    return next(count for count, speed in zip(counts, speeds, strict=True) if speed * BETTER >= most)


def _seconds(speed: tuple[float, float]) -> float:
    return NEW / max(speed[0], 1e-9) + ANSWER / max(speed[1], 1e-9)


def measure(weights: Weights, flag: StopFlag, *, clock: Callable[[], float] = time.perf_counter) -> Measure:
    """Return what measures setups with a model, on the thread that calls it.

    The measurement raises `AbortedError` when the flag is set. A setup that llama.cpp refuses has no speed.
    """

    def act(setup: Setup, read: int, written: int) -> tuple[float, float]:
        try:
            native = Native(weights, context=2 * BATCH, setup=setup)
        except ModelError:
            return 0.0, 0.0
        try:
            native.stop_with(flag)
            tokens = [100 + number * 37 % (weights.words // 2) for number in range(read)]
            native.decode(tokens[:8])  # the first one also allocates
            native.truncate(0)
            start = clock()
            native.decode(tokens)
            middle = clock()
            for token in tokens[:written]:
                native.decode([token])
            end = clock()
        except AbortedError:
            raise
        except ModelError:
            return 0.0, 0.0
        finally:
            native.close()
        return read / max(middle - start, 1e-6), written / max(end - middle, 1e-6)

    return act
