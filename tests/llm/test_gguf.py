"""What the header of a model file tells."""

from pathlib import Path

import pytest

from coach.errors import ModelFileError
from coach.llm.gguf import read_header
from tests.support.tiny_gguf import damage, write_tiny_gguf


def test_a_good_file(gguf: Path) -> None:
    header = read_header(gguf)
    header.check_chat()
    assert (header.architecture, header.name, header.context) == ("qwen2", "tiny random model", 1024)
    assert header.chat_template
    assert not header.embeds
    assert header.size == gguf.stat().st_size
    assert header.size * 0.8 < header.parameters * 4 < header.size  # 32-bit weights, and a little vocabulary


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"no\.gguf does not exist"):
        read_header(tmp_path / "no.gguf")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="can't be read"):
        read_header(tmp_path)


@pytest.mark.parametrize("content", [b"", b"GG", b"<html>not found</html>", b"version https://git-lfs"])
def test_no_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not a GGUF"):
        read_header(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"magic": b"GGML"}, "not a GGUF"),
        ({"version": 1}, "version 1"),
        ({"keep": 0.99}, "not downloaded completely"),
        ({"keep": 0.3}, "not downloaded completely"),
        ({"keep": 0.01}, "not downloaded completely"),
        ({"keep": 0.0001}, "not downloaded completely"),
    ],
)
def test_a_damaged_file(tmp_path: Path, change: dict[str, object], says: str) -> None:
    path = damage(write_tiny_gguf(tmp_path / "x.gguf"), **change)
    with pytest.raises(ModelFileError, match=says):
        read_header(path)


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    whole = write_tiny_gguf(tmp_path / "x.gguf").read_bytes()
    path = tmp_path / "cut.gguf"
    for length in range(0, len(whole), 997):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            read_header(path)


def test_random_damage_never_escapes(tmp_path: Path) -> None:
    import random

    whole = write_tiny_gguf(tmp_path / "x.gguf").read_bytes()
    path = tmp_path / "bad.gguf"
    draw = random.Random(0)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(3):
            data[draw.randrange(4, 6000)] = draw.randrange(256)
        path.write_bytes(data)
        try:
            read_header(path)
        except ModelFileError:
            continue


def test_a_base_model_is_no_chat_model(tmp_path: Path) -> None:
    header = read_header(write_tiny_gguf(tmp_path / "base.gguf", template=None))
    with pytest.raises(ModelFileError, match="no chat template"):
        header.check_chat()


@pytest.mark.parametrize("options", [{"pooling": 1}, {"architecture": "nomic-bert"}])
def test_an_embedding_model_is_no_chat_model(tmp_path: Path, options: dict[str, object]) -> None:
    header = read_header(write_tiny_gguf(tmp_path / "embed.gguf", **options))
    with pytest.raises(ModelFileError, match="into vectors"):
        header.check_chat()
