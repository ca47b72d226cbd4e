"""Files on which llama.cpp aborts the process are found out in a process of their own."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.errors import ModelFileError
from coach.llm import probe
from coach.llm.gguf import read_header
from coach.llm.llama import LlamaChat
from coach.llm.part import hash_path
from tests.support.tiny_gguf import write_tiny_gguf


def deadly(path: Path, *, number: int = 134) -> Path:
    """Damage number 134 (or 256) of three random bytes: its header is sound, and llama.cpp aborts on it."""
    data, draw = bytearray(write_tiny_gguf(path).read_bytes()), random.Random(0)
    for last in range(number + 1):
        changes = [(draw.randrange(256), draw.randrange(4, 6000)) for _ in range(3)]
        if last == number:
            for value, place in changes:
                data[place] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("number", [134, 256])
def test_a_file_that_aborts_llama_cpp_is_refused(
    tmp_path: Path, open_chat: Callable[..., LlamaChat], number: int
) -> None:
    path, passed = deadly(tmp_path / "x.gguf", number=number), tmp_path / "passed.txt"
    read_header(path).check_chat()
    chat = open_chat(path, passed=passed)
    for _ in range(2):
        with pytest.raises(ModelFileError, match=r"x\.gguf is damaged"):
            chat.invoke("hello")
    assert not passed.exists()


def test_a_good_file_is_tried_once_and_again_when_it_changed(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    run = probe.subprocess.run
    monkeypatch.setattr(
        probe.subprocess, "run", lambda command, **more: tried.append(command[-1]) or run(command, **more)
    )
    path, passed = tmp_path / "good.gguf", tmp_path / "home" / "passed.txt"
    path.write_bytes(gguf.read_bytes())
    probe.check_loads(path, passed)
    probe.check_loads(path, passed)
    assert len(tried) == 1
    path.write_bytes(path.read_bytes() + b"\0")
    probe.check_loads(path, passed)
    assert len(tried) == 2


def test_a_file_with_its_hash_needs_no_trial(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "good.gguf"
    path.write_bytes(gguf.read_bytes())
    hash_path(path).write_text("0" * 64)
    monkeypatch.setattr(probe.subprocess, "run", None)
    probe.check_loads(path, tmp_path / "passed.txt")
    assert not (tmp_path / "passed.txt").exists()


def test_a_file_refused_with_a_reason_is_no_crash(tmp_path: Path, open_chat: Callable[..., LlamaChat]) -> None:
    path = write_tiny_gguf(tmp_path / "x.gguf", architecture="nosuch")
    with pytest.raises(ModelFileError, match=r"can't load .*nosuch"):
        open_chat(path, passed=tmp_path / "passed.txt").invoke("hello")
