"""Tiny models for these tests: made once, opened when asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.llm.llama import LlamaChat
from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model of a hundred kilobytes."""
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="session")
def slow_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chat model that needs seconds for a long prompt."""
    return write_tiny_gguf(tmp_path_factory.mktemp("models") / "slow.gguf", width=512, layers=10, context=8192)


@pytest.fixture
def open_chat() -> Iterator[Callable[..., LlamaChat]]:
    """Open chats that are closed after the test."""
    chats: list[LlamaChat] = []

    def make(path: Path, **options: Any) -> LlamaChat:
        options = {"context": 1024, "max_tokens": 32, "seed": 1, "threads": 1} | options
        chats.append(LlamaChat(model=str(path), **options))
        return chats[-1]

    yield make
    for chat in chats:
        chat.close()


@pytest.fixture
def chat(gguf: Path, open_chat: Callable[..., LlamaChat]) -> LlamaChat:
    """A chat with the tiny model."""
    return open_chat(gguf)
