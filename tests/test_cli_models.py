"""`coach models` in the terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.cli import main
from coach.llm import store
from tests.support.hub import Hub, serve
from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("COACH_MODELS", str(folder))
    return folder


@pytest.fixture
def hub(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve() as hub:
        monkeypatch.setattr(store, "sources", lambda choice: [hub.source()])
        yield hub


def test_the_list_names_what_can_be_had(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_gguf(models / "own.gguf")
    write_tiny_gguf(models / "embedder.gguf", pooling=1)
    assert main(["models"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "2.5 GB  needs 3.4 GB of memory" in lines["qwen3-4b"] and "Apache-2.0" in lines["qwen3-4b"]
    assert sum("recommended" in line for line in lines.values()) == 1
    assert lines["own.gguf"].endswith("in use")
    assert "can't be used" in lines["embedder.gguf"]


def test_pull_use_and_remove(hub: Hub, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_gguf(models / "large.gguf", layers=3)
    name = hub.put(write_tiny_gguf(models.parent / "x.gguf").read_bytes(), known=False)
    assert main(["models", "pull", f"{name.repo}/{name.file}"]) == 0
    out = capsys.readouterr().out
    assert "done" in out and "SHA-256" in out and "as 127.0.0.1" in out
    assert main(["models", "use", "tiny.gguf"]) == 0
    assert main(["models"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tiny.gguf")]
    assert line.endswith("in use")
    assert main(["models", "remove", "tiny.gguf", "--yes"]) == 0
    assert sorted(path.name for path in models.glob("*.gguf*")) == ["large.gguf"]


def test_deleting_asks(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write_tiny_gguf(models / "own.gguf")
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["models", "remove", "own.gguf"]) == 0
    assert own.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pull"], "takes a NAME"),
        (["list", "x"], "takes no NAME"),
        (["pull", "qwen9"], "Choose one of qwen3-4b"),
        (["pull", "qwen3-4b", "--source", "ftp"], "no source 'ftp'"),
        (["use", "qwen3-4b"], "not installed"),
        (["remove", "qwen3-4b", "--yes"], "not installed"),
    ],
)
def test_mistakes_are_one_line(
    models: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_offline_forbids(models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COACH_OFFLINE", "1")
    assert main(["models", "pull", "qwen3-4b"]) == 2
    assert "COACH_OFFLINE" in capsys.readouterr().err
