"""Two contexts over the same weights: who gets which, what they share, and what happens without memory for a second."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from coach.errors import ModelError
from coach.llm import engine as engine_module
from coach.llm import llama
from coach.llm.llama import LlamaChat
from coach.llm.native import Native, NoRoomError
from coach.llm.setup import Setup
from coach.llm.weights import Weights

Open = Callable[..., LlamaChat]


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "processors", lambda: 2)
    monkeypatch.setattr(llama, "free_memory_bytes", lambda: 8 << 30)


def begin(chat: LlamaChat, text: str, **more: object) -> Iterator[object]:
    stream = chat.stream(text, **more)
    next(stream)
    return stream


def test_a_second_chat_does_not_wait_for_the_first(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    long = begin(chat, "x" * 3500)
    told: list[tuple[int, float | None]] = []
    assert chat.invoke("short", waiting=lambda *each: told.append(each)).text
    assert told[0][0] == 0
    engine = chat.load()
    assert [lane.request is None for lane in engine.lanes] == [False, True]
    long.close()  # type: ignore[attr-defined]
    engine.wait()


def test_a_third_one_waits_for_whichever_is_free_first(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    long = begin(chat, "x" * 3500)
    second = begin(chat, "y" * 60)
    told: list[int] = []
    answer = chat.invoke("z", waiting=lambda place, _: told.append(place))
    assert answer.text and told == [1, 0]
    assert "".join(str(chunk.text) for chunk in second)  # type: ignore[attr-defined]
    long.close()  # type: ignore[attr-defined]


def test_one_after_another_there_is_one_context(chat: LlamaChat) -> None:
    for text in ("a", "b", "c"):
        chat.invoke(text)
    assert len(chat.load().lanes) == 1


def test_every_context_is_touched_by_one_thread(gguf: Path, open_chat: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: dict[int, set[int]] = {}
    for name in ("decode", "sample", "save", "restore", "truncate"):
        true = getattr(Native, name)

        def noted(self: Native, *given: object, true: Callable[..., object] = true, **more: object) -> object:
            owners.setdefault(id(self), set()).add(threading.get_ident())
            return true(self, *given, **more)

        monkeypatch.setattr(Native, name, noted)
    chat = open_chat(gguf)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: chat.invoke(f"{number % 5} " * 60).text, range(40)))
    assert len(owners) == 2
    assert all(len(threads) == 1 for threads in owners.values())


def test_a_conversation_finds_its_state_in_either_context(gguf: Path, open_chat: Open) -> None:
    chat = open_chat(gguf)
    texts = [letter * 300 for letter in "abcd"]
    alone = [open_chat(gguf).invoke(text, temperature=0).text for text in texts]
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda text: chat.invoke(text, temperature=0), texts))
        assert [answer.text for answer in answers] == alone
    usage = answers[0].usage_metadata
    assert usage is not None
    assert usage["input_token_details"]["cache_read"] == chat.count_tokens([HumanMessage(texts[0])]) - 1


def test_threads_are_shared_while_both_are_at_work(gguf: Path) -> None:
    weights, at_work = Weights(gguf), [1]
    native = Native(weights, context=256, setup=Setup(reading=3, writing=2), sharing=lambda: at_work[-1])
    used = []
    for count in (1, 2, 1):
        at_work.append(count)
        native.decode([5])
        used.append(native._threads)
    native.close()
    weights.close()
    assert used == [(3, 2), (1, 1), (3, 2)]


def test_both_contexts_count_as_at_work(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    engine, seen = chat.load(), []
    streams = [begin(chat, letter * 3500) for letter in "ab"]
    seen.append(engine._sharing())
    for stream in streams:
        stream.close()  # type: ignore[attr-defined]
    engine.wait()
    seen.append(engine._sharing())
    assert seen == [2, 0]


def test_without_memory_for_a_second_one_they_wait(
    slow_gguf: Path, open_chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "free_memory_bytes", lambda: llama.SPARE)
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    with ThreadPoolExecutor(3) as pool:
        assert all(pool.map(lambda number: chat.invoke(f"{number}").text, range(3)))
    assert len(chat.load().lanes) == 1


def test_a_second_context_that_can_not_be_made_is_done_without(
    slow_gguf: Path, open_chat: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    engine = chat.load()
    first = begin(chat, "x" * 120)

    def no_room(*_: object, **__: object) -> Native:
        raise NoRoomError("no memory")

    monkeypatch.setattr(engine_module, "Native", no_room)
    second = begin(chat, "short")
    assert "".join(str(chunk.text) for chunk in first)  # type: ignore[attr-defined]
    assert "".join(str(chunk.text) for chunk in second)  # type: ignore[attr-defined]
    assert [lane.broken for lane in engine.lanes] == [False, True]
    assert chat.invoke("again").text


def test_reading_early_and_asking_use_the_same_context(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096, max_tokens=4)
    engine = chat.load()
    messages = [HumanMessage("x" * 600)]
    chat.prepare(messages)
    while engine.lanes[0].memory is None or len(engine.lanes[0].memory.held) < 128:
        time.sleep(0.001)
    usage = chat.invoke(messages).usage_metadata
    assert usage is not None
    assert usage["input_token_details"]["cache_read"] >= 128
    assert len(engine.lanes) == 1


def test_closing_stops_both(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    streams = [begin(chat, letter * 3500) for letter in "ab"]
    chat.close()
    for stream in streams:
        with pytest.raises(ModelError, match=r"stopped|closed"):
            list(stream)
    assert chat.invoke("again").text


# Memory


def test_a_context_that_is_too_large_is_halved(gguf: Path, open_chat: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    true, asked = engine_module.Native, []

    def short(*given: object, context: int, **more: object) -> Native:
        asked.append(context)
        if context > 1024:
            raise NoRoomError("no memory")
        return true(*given, context=context, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine_module, "Native", short)
    chat = open_chat(gguf, context=4096)
    assert chat.invoke("hello").text
    assert asked == [4096, 2048, 1024]
    assert chat.load().context == 1024


def test_no_memory_at_all_is_said(gguf: Path, open_chat: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.llm.native.api.llama_init_from_model", lambda *_: None)
    chat = open_chat(gguf, context=4096)
    with pytest.raises(ModelError, match=r"not enough memory for .* context of 1024 tokens"):
        chat.invoke("hello")
    monkeypatch.undo()
    assert chat.invoke("hello").text
