"""The line before a model: places, many chats at once, reading early, and what is kept of what was read."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from coach.errors import ModelError
from coach.llm.llama import LlamaChat
from tests.support.tiny_gguf import write_tiny_gguf

Open = Callable[..., LlamaChat]
SYSTEM = SystemMessage("Be brief, be exact, and cite what you say. " * 3)


def reused(chat: LlamaChat, *messages: BaseMessage | str) -> int:
    given = [HumanMessage(each) if isinstance(each, str) else each for each in messages]
    usage = chat.invoke(given, max_tokens=4).usage_metadata
    assert usage is not None
    return usage["input_token_details"]["cache_read"]


def test_twenty_chats_at_once(gguf: Path, open_chat: Open) -> None:
    """Each gets the answer that it gets alone, and the states of all of them stay within their memory."""
    limit = 400_000
    alone, chat = open_chat(gguf, state_bytes=0), open_chat(gguf, state_bytes=limit)
    turns = [[f"chat {number}, turn {turn}: " + "text " * 30 for turn in range(2)] for number in range(20)]

    def talk(asked: LlamaChat, number: int) -> list[str]:
        return [str(asked.invoke(text, seed=number, temperature=1.0).text) for text in turns[number]]

    expected = [talk(alone, number) for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        jobs = [pool.submit(talk, chat, number) for number in range(20)]
        most = 0
        while not all(job.done() for job in jobs):
            most = max(most, chat.load()._states.bytes)
            time.sleep(0.001)
    assert [job.result() for job in jobs] == expected
    assert 0 < most <= limit
    assert not chat.load()._line


def test_the_place_in_the_line_is_told(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4, contexts=1)
    chat.invoke("x" * 100)
    told: list[list[tuple[int, float | None]]] = [[], [], []]

    def ask(number: int) -> None:
        for _ in chat.stream(f"{number}" + "x" * 400, waiting=lambda *each: told[number].append(each)):
            pass

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for number, thread in enumerate(threads):
        thread.start()
        while not told[number]:
            time.sleep(0.001)
    for thread in threads:
        thread.join(120)
    assert [[place for place, _ in each] for each in told] == [[0], [1, 0], [2, 1, 0]]
    seconds = [each[0][1] for each in told]
    assert None not in seconds
    assert seconds == sorted(seconds)  # type: ignore[type-var]


def test_before_any_measurement_no_seconds_are_told(chat: LlamaChat) -> None:
    told: list[tuple[int, float | None]] = []
    list(chat.stream("hello", waiting=lambda *each: told.append(each)))
    assert told == [(0, None)]


def test_what_is_read_again_counts_for_the_seconds(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    told: list[tuple[int, float | None]] = []
    chat.invoke("x" * 400)
    for text in ("y" * 400, "y" * 400):
        list(chat.stream(text, waiting=lambda *each: told.append(each)))
    (_, new), (_, again) = told
    assert new is not None and again is not None
    assert again < new / 50


# Reading early


def test_what_was_read_early_is_there_when_it_is_asked(chat: LlamaChat) -> None:
    messages = [SYSTEM, HumanMessage("What is attention, and why is it scaled?")]
    chat.load()
    chat.prepare(messages[:1])
    chat.load().wait()
    chat.prepare(messages)
    chat.load().wait()
    assert reused(chat, *messages) == chat.count_tokens(messages) - 1


def test_reading_early_changes_no_text(gguf: Path, open_chat: Open) -> None:
    messages = [SYSTEM, HumanMessage("hello " * 50)]
    plain = open_chat(gguf).invoke(messages, temperature=0).text
    early = open_chat(gguf)
    early.load()
    early.prepare(messages)
    early.load().wait()
    assert early.invoke(messages, temperature=0).text == plain


def test_reading_early_gives_way(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    engine = chat.load()
    chat.prepare([HumanMessage("x" * 3500)])
    while not engine.lanes[0].request:
        time.sleep(0.001)
    assert chat.invoke("short").text
    assert len(engine.lanes[0].memory.held) < 200
    assert not engine._line


def test_only_the_latest_is_read_early(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    engine = chat.load()
    for letter in "abc":
        chat.prepare([HumanMessage(letter * 700)])
    engine.wait()
    assert reused(chat, "c" * 700) == chat.count_tokens([HumanMessage("c" * 700)]) - 1


def test_nothing_is_read_early_while_somebody_waits(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    stream = chat.stream("x" * 2000)
    next(stream)
    chat.prepare([HumanMessage("y" * 700)])
    assert len(chat.load()._line) == 1
    stream.close()


def test_a_model_that_is_not_loaded_reads_nothing_early(gguf: Path, open_chat: Open) -> None:
    chat = open_chat(gguf)
    chat.prepare([HumanMessage("x")])
    assert chat._engine is None


# What is kept


def test_conversations_with_the_same_system_text_keep_their_own_states(chat: LlamaChat) -> None:
    texts = [letter * 200 for letter in "abc"]
    whole = chat.count_tokens([SYSTEM, HumanMessage(texts[0])]) - 1
    first = [reused(chat, SYSTEM, text) for text in texts]
    assert first[0] == 0
    assert first[1] == first[2] >= len(str(SYSTEM.text).strip())
    assert [reused(chat, SYSTEM, text) for text in texts * 2] == [whole] * 6


def test_the_system_text_is_read_once_for_all_starts(gguf: Path, open_chat: Open, tmp_path: Path) -> None:
    folder = tmp_path / "states"
    plain = open_chat(gguf).invoke([SYSTEM, HumanMessage("q")], temperature=0).text
    assert reused(open_chat(gguf, states=folder), SYSTEM, "first") == 0
    [file] = folder.iterdir()
    again = open_chat(gguf, states=folder)
    assert again.invoke([SYSTEM, HumanMessage("q")], temperature=0).text == plain
    assert reused(open_chat(gguf, states=folder), SYSTEM, "second") >= len(str(SYSTEM.text).strip())
    other = write_tiny_gguf(tmp_path / "other.gguf", seed=5)
    assert reused(open_chat(other, states=folder), SYSTEM, "second") == 0
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert reused(open_chat(gguf, states=folder), SYSTEM, "third") == 0


def test_a_folder_that_can_not_be_written_only_costs_time(gguf: Path, open_chat: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert reused(open_chat(gguf, states=tmp_path / "file"), SYSTEM, "first") == 0


def test_after_a_crash_the_next_one_in_line_is_served(chat: LlamaChat, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = chat.load()
    alone = chat.invoke("b").text
    crash = iter([True])
    sample = engine.lanes[0].native.sample

    def broken() -> int:
        if next(crash, False):
            raise ModelError("it broke")
        return sample()

    monkeypatch.setattr(engine.lanes[0].native, "sample", broken)
    streams = [chat.stream(text) for text in ("a", "b")]
    assert [next(stream).text for stream in streams] == ["", ""]
    with pytest.raises(ModelError, match="it broke"):
        list(streams[0])
    assert "".join(str(chunk.text) for chunk in streams[1]) == alone
