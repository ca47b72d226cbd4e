"""The whole path with a real server: llama-cpp-python's own on loopback, with a tiny GGUF of random weights."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from coach.config import Settings
from coach.errors import ModelError
from coach.llm import remote
from coach.llm.chat import CoachChat
from coach.llm.models import open_chat as open_model
from coach.records import Text, Waiting
from coach.service import Coach
from tests.support.structured import SCHEMA, fits
from tests.support.tiny_gguf import write_tiny_gguf

pytest.importorskip("langchain_openai")
pytest.importorskip("sse_starlette")
pytest.importorskip("starlette_context")

KEY = "a secret of this test"
QUESTION = "微调大模型时如何避免灾难性遗忘？"
START = 120.0
"""Seconds for a server to start, on a machine that does much else."""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def serving(model: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a server; yields it and its URL."""
    port = free_port()
    flags: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "n_ctx": 2048,
        "n_threads": 1,
        "n_threads_batch": 1,
        "api_key": KEY,
    }
    # Without the last one a new request would end the one before.
    flags |= {"model": model, "model_alias": "tiny", "verbose": "false", "interrupt_requests": "false"}
    command = [sys.executable, "-m", "llama_cpp.server"]
    command += [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent)
    url, end = f"http://127.0.0.1:{port}/v1", time.monotonic() + START
    try:
        while True:
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            try:
                if httpx.get(f"{url}/models", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield process, url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def url(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(gguf, tmp_path_factory.mktemp("server") / "log.txt") as (_, there):
        yield there


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def chat(url: str, tmp_path: Path) -> CoachChat:
    opened = open_model(Settings(models=tmp_path, llm=url, context=2048, answer_tokens=32))
    assert opened is not None
    return opened


@pytest.fixture
def open_with(open_coach: Callable[..., Coach]) -> Callable[[str], Coach]:
    def make(url: str) -> Coach:
        opened = open_coach(update={"llm": url, "answer_tokens": 32, "context": 2048})
        list(opened.ingest())
        return opened

    return make


def test_noise_of_a_server_is_replaced_by_the_extractive_answer(open_with: Callable[[str], Coach], url: str) -> None:
    coach = open_with(url)
    events = list(coach.ask(QUESTION))
    answer = events[-1].answer
    assert any(isinstance(event, Waiting) for event in events)
    assert len([event for event in events if isinstance(event, Text) and event.text]) > 3
    assert (answer.writer, answer.abstained) == ("extractive", False)
    assert answer.note and answer.citations
    assert coach.status().model == "tiny"
    assert not coach.status().problems


def test_it_streams(chat: CoachChat) -> None:
    pieces = [str(chunk.text) for chunk in chat.stream("hello", temperature=0.0)]
    assert len([piece for piece in pieces if piece]) > 3
    assert "".join(pieces) == chat.invoke("hello", temperature=0.0).text


def test_the_server_counts_about_as_many_tokens_as_were_foreseen(chat: CoachChat) -> None:
    assert chat.invoke([SystemMessage("be brief"), HumanMessage("什么是注意力？")]).text
    assert chat.prompt_limit == 2048 - 32


def test_a_stop_frees_the_server(chat: CoachChat) -> None:
    expected = chat.invoke("next", temperature=0.0).text
    for _ in range(3):
        stream = chat.stream("hello", max_tokens=1500)
        while not next(stream).text:
            pass
        stream.close()
        assert chat.invoke("next", temperature=0.0).text == expected


def test_several_chats_at_once_are_not_mixed_up(chat: CoachChat) -> None:
    def ask(number: int) -> str:
        return str(chat.invoke(f"question {number}", temperature=0.0, max_tokens=12).text)

    alone = [ask(number) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == alone
    assert len(set(alone)) > 1


def test_answers_with_fields_fit_or_there_are_none(chat: CoachChat) -> None:
    """The server promises JSON but not this shape, nor its end: what does not fit must come back as None."""
    found = [
        chat.structured([HumanMessage("grade")], SCHEMA, seed=seed, temperature=1.0, max_tokens=60) for seed in range(8)
    ]
    assert all(each is None or fits(each) for each in found)
    assert None in found
    assert chat.structured([HumanMessage("grade")], {}, seed=1, max_tokens=200) in (None, {})


def test_the_key_comes_from_the_environment(
    url: str, open_with: Callable[[str], Coach], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY"):
        open_model(Settings(models=tmp_path, llm=url))
    coach = open_with(url)
    assert coach.answer(QUESTION).writer == "extractive"
    assert any("OPENAI_API_KEY" in problem for problem in coach.status().problems)
    assert KEY not in repr(open_model(Settings(models=tmp_path, llm=f"{url}#tiny")))


def test_a_server_that_is_down(open_with: Callable[[str], Coach], tmp_path: Path) -> None:
    there = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ModelError, match="does not answer"):
        open_model(Settings(models=tmp_path, llm=there))
    coach = open_with(there)
    assert coach.answer(QUESTION).citations
    assert any("does not answer" in problem for problem in coach.status().problems)
    named = open_model(Settings(models=tmp_path, llm=f"{there}#tiny"))
    assert named is not None
    with pytest.raises(ModelError, match=r"failed: .*[Cc]onnect"):
        named.invoke("q")


def test_a_server_that_is_killed_in_mid_answer(
    open_with: Callable[[str], Coach], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = write_tiny_gguf(tmp_path / "slower.gguf", width=256, layers=4, context=2048)
    with serving(model, tmp_path / "log.txt") as (process, there):
        coach = open_with(there)
        events = coach.ask(QUESTION)
        for event in events:
            if isinstance(event, Text) and event.text:
                break
        process.kill()
        process.wait()
        answer = list(events)[-1].answer
        assert (answer.writer, bool(answer.note), bool(answer.citations)) == ("extractive", True, True)
        assert "failed" in caplog.text
        again = coach.answer(QUESTION)
    assert (again.writer, bool(again.citations)) == ("extractive", True)


def test_a_server_that_says_nothing(open_with: Callable[[str], Coach], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        coach = open_with(f"http://127.0.0.1:{silent.getsockname()[1]}/v1#tiny")
        answer = coach.answer(QUESTION)
    assert (answer.writer, bool(answer.note), bool(answer.citations)) == ("extractive", True, True)
