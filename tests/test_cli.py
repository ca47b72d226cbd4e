import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coach.cli import ingest_main, main

PROJECT = Path(__file__).parents[1]


@pytest.fixture
def flags(tmp_path: Path, corpus: Path) -> list[str]:
    return ["--home", str(tmp_path / "home"), "--corpus", str(corpus), "--model", "none"]


def test_ingest_prints_each_article_and_a_summary(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest_main(flags) == 0
    out = capsys.readouterr().out
    assert "[1/2] added" in out
    assert "2 added, 0 updated" in out
    assert ingest_main([*flags, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == []


def test_ask_answers_with_sources(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "为什么注意力要除以 √d_k？", *flags]) == 0
    out = capsys.readouterr().out
    assert "softmax" in out
    assert "[1] 注意力 · 为什么注意力要除以 √d_k？ (attention.md:" in out


def test_ask_json_is_the_checked_answer(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "红烧肉怎么做？", "--json", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["abstained"] is True


def test_doctor_names_what_is_missing_and_how_to_mend_it(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *flags]) == 0
    out = capsys.readouterr().out
    assert "missing index" in out
    assert "python ingest.py" in out
    assert "ok      encoder: bundled" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpus", "/nowhere"], "/nowhere does not exist"),
        (["/nowhere.md"], "/nowhere.md does not exist"),
        (["--home", "/proc/1/none"], "can't be written"),
        (["--encoder", "no/such-encoder"], "no/such-encoder"),
    ],
)
def test_errors_are_one_line_and_exit_code_2(
    flags: list[str],
    arguments: list[str],
    message: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert ingest_main(flags + arguments) == 2
    err = capfd.readouterr().err
    assert message in err
    assert err.startswith("error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("script", ["ingest.py", "app.py"])
def test_the_scripts_tell_their_flags(script: str) -> None:
    result = subprocess.run(
        [sys.executable, script, "--help"], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    for flag in ("--home", "--corpus", "--model", "--encoder"):
        assert flag in result.stdout


def test_a_gguf_that_is_none_is_told_by_the_doctor(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.gguf").write_text("this is no model")
    assert main(["doctor", *flags[:-1], str(tmp_path / "bad.gguf")]) == 2
    assert "broken  model" in capsys.readouterr().out


def test_a_closed_pipe_is_no_traceback(flags: list[str]) -> None:
    command = f"{sys.executable} ingest.py {' '.join(flags)} | true"
    result = subprocess.run(
        ["sh", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120, env=os.environ
    )
    assert "Traceback" not in result.stderr
