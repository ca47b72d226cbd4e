"""Which model the settings mean."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from coach.config import Settings
from coach.errors import ModelError, ModelFileError
from coach.llm.gguf import read_header
from coach.llm.llama import LlamaChat
from coach.llm.models import choose, find_model, memory_bytes, open_chat
from coach.llm.setup import default_threads
from tests.support.tiny_gguf import damage, write_tiny_gguf


def settings(models: Path, llm: str = "auto") -> Settings:
    return Settings(models=models, llm=llm, context=512, threads=1, answer_tokens=40)


def test_an_empty_or_missing_folder(tmp_path: Path) -> None:
    assert find_model(settings(tmp_path)) is None
    assert open_chat(settings(tmp_path / "none")) is None


def test_none_means_none(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "x.gguf")
    assert open_chat(settings(tmp_path, "none")) is None


def test_auto_takes_the_most_parameters_of_the_chat_models(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_tiny_gguf(tmp_path / "a.gguf")
    (tmp_path / "deep").mkdir()
    best = write_tiny_gguf(tmp_path / "deep" / "b.gguf", layers=3)
    write_tiny_gguf(tmp_path / "embedder.gguf", layers=5, pooling=1)
    write_tiny_gguf(tmp_path / "base.gguf", layers=5, template=None)
    damage(write_tiny_gguf(tmp_path / "cut.gguf", layers=5), keep=0.5)
    write_tiny_gguf(tmp_path / "part-00002-of-00003.gguf", layers=5)
    (tmp_path / "README.md").write_text("x")
    assert find_model(settings(tmp_path)) == best
    assert {name for name in ("embedder", "base", "cut") if f"{name}.gguf" in caplog.text} == {
        "embedder",
        "base",
        "cut",
    }


def test_the_choice_minds_the_memory(gguf: Path) -> None:
    header = read_header(gguf)
    small = replace(header, parameters=1, size=10)
    big = replace(header, parameters=9, size=90)
    finer = replace(big, size=100)
    assert choose([small, big, finer], 100) is finer
    assert choose([small, big, finer], 99) is big
    assert choose([small, big, finer], 50) is small
    assert choose([big, finer], 50) is big
    assert choose([], 50) is None


def test_a_file_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiny_gguf(tmp_path / "x.gguf")
    assert find_model(settings(tmp_path, str(path))) == path
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_model(settings(tmp_path, "~/x.gguf")) == path
    chat = open_chat(settings(tmp_path, str(path)))
    assert isinstance(chat, LlamaChat)
    assert (chat.model, chat.context, chat.threads, chat.max_tokens) == (str(path), 512, 1, 40)
    assert chat.invoke("hello").content
    chat.close()


@pytest.mark.parametrize("how", ["missing", "cut", "embedder", "base"])
def test_a_named_file_that_can_not_be_used(tmp_path: Path, how: str) -> None:
    path = tmp_path / "x.gguf"
    if how == "cut":
        damage(write_tiny_gguf(path), keep=0.5)
    elif how != "missing":
        write_tiny_gguf(path, **({"pooling": 1} if how == "embedder" else {"template": None}))
    with pytest.raises(ModelFileError, match=r"x\.gguf"):
        open_chat(settings(tmp_path, str(path)))


def test_a_server_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "coach.llm.remote", raising=False)
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(ModelError, match=r"pip install 'interview-coach\[openai\]'"):
        open_chat(settings(tmp_path, "http://127.0.0.1:1/v1"))


def test_memory_and_threads() -> None:
    assert 1 << 28 < memory_bytes() < 1 << 50
    assert 1 <= default_threads() <= (os.cpu_count() or 1)


def test_a_link_is_followed(tmp_path: Path, gguf: Path) -> None:
    (tmp_path / "link.gguf").symlink_to(gguf)
    shutil.copy(gguf, tmp_path / "other.gguf")
    assert find_model(settings(tmp_path)) in (tmp_path / "link.gguf", tmp_path / "other.gguf")
