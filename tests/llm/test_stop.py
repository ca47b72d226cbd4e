"""A stop takes effect within two tokens: counted in tokens and calls of llama.cpp, not by a clock."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from coach.llm.llama import LlamaChat
from coach.llm.native import AbortedError, Native

Open = Callable[..., LlamaChat]


class Counter:
    """Notes the tokens of every call that llama.cpp finished, and of those that it broke off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.finished, self.broken_off = 0, list[int](), 0
        true = Native.decode

        def counted(native: Native, tokens: Sequence[int]) -> None:
            self.begun += 1
            try:
                true(native, tokens)
            except AbortedError:
                self.broken_off += 1
                raise
            self.finished.append(len(tokens))

        monkeypatch.setattr(Native, "decode", counted)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


@pytest.mark.parametrize("pieces", [1, 5, 20])
def test_at_most_two_tokens_are_computed_after_a_stop(
    slow_gguf: Path, open_chat: Open, counter: Counter, pieces: int
) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=2000)
    stream, read = chat.stream("hello", temperature=1.0, seed=pieces), 0
    while read < pieces:
        read += bool(next(stream).text)
    before = len(counter.finished)
    stream.close()
    at_stop = len(counter.finished)
    chat.load().wait()
    assert at_stop - before <= 2
    assert len(counter.finished) - at_stop <= 2
    assert counter.finished[-1] == 1


def test_a_prompt_that_is_read_is_broken_off_in_the_batch(slow_gguf: Path, open_chat: Open, counter: Counter) -> None:
    chat = open_chat(slow_gguf, context=8192)
    engine = chat.load()
    stream = chat.stream("x" * 7000)
    next(stream)
    while not counter.begun:
        time.sleep(0.001)
    stream.close()
    done = sum(counter.finished)
    engine.wait()
    assert counter.broken_off == 1
    assert sum(counter.finished) - done <= 512  # at most the batch that ended in just this moment
    assert sum(counter.finished) < 7000
    memory = engine.lanes[0].memory
    assert memory is not None and len(memory.held) == sum(counter.finished)


def test_a_reader_that_goes_away_stops_it_too(slow_gguf: Path, open_chat: Open, counter: Counter) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=2000)

    def read_a_little() -> None:
        for chunk in chat.stream("hello"):
            if chunk.text:
                return

    reader = threading.Thread(target=read_a_little)
    reader.start()
    reader.join()
    at_end = len(counter.finished)
    chat.load().wait()
    assert len(counter.finished) - at_end <= 2


def test_a_request_that_is_stopped_in_line_is_never_begun(slow_gguf: Path, open_chat: Open, counter: Counter) -> None:
    chat = open_chat(slow_gguf, context=4096, contexts=1)
    first = chat.stream("x" * 3000)
    next(first)
    waiting = chat.stream("y")
    next(waiting)
    waiting.close()
    first.close()
    chat.load().wait()
    assert len(chat.load()._line) == 0
    memory = chat.load().lanes[0].memory
    assert memory is not None
    assert ord("y") not in bytes(b for token in memory.held for b in chat.load().weights.piece(token))[-40:]


def test_a_hundred_stops_leave_the_model_as_it_was(gguf: Path, open_chat: Open) -> None:
    chat = open_chat(gguf)
    expected = chat.invoke("next", temperature=0).text
    for number in range(100):
        stream = chat.stream(f"{number} " * (number % 30 + 1), max_tokens=200)
        for _ in range(number % 4):
            next(stream)
        stream.close()
    assert chat.invoke("next", temperature=0).text == expected
    chat.load().wait()
    assert not chat.load()._line
