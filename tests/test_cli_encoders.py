"""`coach encoder` and `coach reranker` in the terminal, with tiny random models."""

from pathlib import Path

import pytest

from coach.cli import main
from coach.config import PROJECT
from coach.index.encoder import BUNDLED_FOLDER
from tests.support.tiny_transformers import save_cross_encoder, save_encoder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / BUNDLED_FOLDER).symlink_to(PROJECT / "models" / BUNDLED_FOLDER)
    save_cross_encoder(folder / "judge")
    save_encoder(folder / "bge-own-zh")
    return folder


@pytest.fixture(autouse=True)
def environment(
    models: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_MODELS", str(models))
    monkeypatch.setenv("COACH_CORPUS", str(corpus))
    monkeypatch.setenv("COACH_LLM", "none")
    monkeypatch.setattr("coach.index.foreign.cache_folder", lambda: tmp_path / "no-cache")
    assert main(["ingest", "--quiet"]) == 0
    capsys.readouterr()


def listed(capsys: pytest.CaptureFixture[str], command: str) -> dict[str, str]:
    assert main([command]) == 0
    return {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    lines = listed(capsys, "encoder")
    assert lines["bundled"].endswith("in use") and lines["bge-own-zh"].endswith("installed")
    assert "about 2.3 GB" in lines["BAAI/bge-m3"] and "installed" not in lines["BAAI/bge-m3"]
    assert {"BAAI/bge-small-zh-v1.5", "Qwen/Qwen3-Embedding-0.6B", "intfloat/multilingual-e5-small"} <= set(lines)
    assert "judge" not in lines
    assert set(listed(capsys, "reranker")) == {"BAAI/bge-reranker-base", "judge"}


def test_use_shows_the_progress_and_search_goes_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encoder", "use", "bge-own-zh"]) == 0
    out = capsys.readouterr().out
    assert "bge-own-zh: embedding, 4 of 4 passages" in out
    assert out.endswith("found with bge-own-zh, also from now on\n")
    assert listed(capsys, "encoder")["bge-own-zh"].endswith("in use")
    assert main(["ask", "微调大模型时如何避免灾难性遗忘？"]) == 0
    capsys.readouterr()
    assert main(["encoder", "use", "bundled"]) == 0
    assert listed(capsys, "encoder")["bundled"].endswith("in use")


def test_an_ingest_shows_that_it_embeds_for_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", "--encoder", "bge-own-zh"]) == 0
    assert "bge-own-zh: embedding" in capsys.readouterr().out
    assert listed(capsys, "encoder")["bge-own-zh"].endswith("in use")


def test_a_folder_means_the_same_from_everywhere(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_MODELS", str(PROJECT / "models"))
    monkeypatch.chdir(models)
    assert main(["encoder", "use", "./bge-own-zh"]) == 0
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert listed(capsys, "encoder")[str(models / "bge-own-zh")].endswith("in use")
    assert main(["ask", "微调大模型时如何避免灾难性遗忘？"]) == 0
    assert "can't be loaded" not in capsys.readouterr().err


def test_cancel_keeps_what_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encoder", "cancel"]) == 0
    assert "found with bundled" in capsys.readouterr().out


def test_a_reranker_is_used_and_put_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reranker", "use", "judge"]) == 0
    assert capsys.readouterr().out == "hits are put into order by judge\n"
    assert listed(capsys, "reranker")["judge"].endswith("in use")
    assert main(["ask", "微调大模型时如何避免灾难性遗忘？"]) == 0
    capsys.readouterr()
    assert main(["reranker", "use", "none"]) == 0
    assert "order of the search" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["encoder", "use"], "takes a NAME"),
        (["encoder", "list", "x"], "takes no NAME"),
        (["encoder", "use", "BAAI/bge-m3"], "coach encoder pull BAAI/bge-m3"),
        (["encoder", "use", "judge"], "is a reranker"),
        (["encoder", "pull", "what"], "looks like BAAI/bge-m3"),
        (["reranker", "use", "bge-own-zh"], "no cross-encoder"),
        (["reranker", "use", "BAAI/bge-reranker-base"], "coach reranker pull"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(told) == 1 and message in told[0]
    assert listed(capsys, "encoder")["bundled"].endswith("in use")


@pytest.mark.parametrize("command", ["encoder", "reranker"])
def test_offline_forbids_downloads(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_OFFLINE", "1")
    assert main([command, "pull", "BAAI/bge-m3"]) == 2
    assert "COACH_OFFLINE" in capsys.readouterr().err
