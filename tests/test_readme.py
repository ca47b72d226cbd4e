"""Every command in the README is one that the tests or the CI script run, and both languages say the same commands."""

import re
import shlex
from pathlib import Path

import pytest

from coach import cli

PROJECT = Path(__file__).parents[1]
BLOCK = re.compile(r"```(?:sh|python)\n(.*?)```", re.DOTALL)


def commands(name: str) -> list[str]:
    text = (PROJECT / name).read_text(encoding="utf-8")
    lines = [
        line.split("  #")[0].split(" # ")[0].strip() for block in BLOCK.findall(text) for line in block.splitlines()
    ]
    return [line for line in lines if line]


def test_both_languages_show_the_same_commands() -> None:
    assert commands("README.md") == commands("README.zh.md")


@pytest.mark.parametrize("command", [line for line in commands("README.md") if line.startswith((".venv", "make"))])
def test_commands_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *arguments = shlex.split(command)
    if program == "make":
        targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        assert arguments[0] in targets
        return
    flags = [argument for argument in arguments if argument.startswith("--")]
    with pytest.raises(SystemExit) as stopped:
        if program.endswith("coach"):
            cli.main([arguments[0], "--help"])
        elif arguments[0] == "ingest.py":
            cli.ingest_main(["--help"])
        else:
            assert (PROJECT / arguments[0]).is_file()
            raise SystemExit(0)
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert all(flag in shown for flag in flags if flag != "--help")


def test_the_python_example_runs(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COACH_CORPUS", str(corpus))
    [example] = [block for block in BLOCK.findall((PROJECT / "README.md").read_text("utf-8")) if "import" in block]
    exec(example, {})
    assert "softmax" in capsys.readouterr().out


def test_files_that_the_readme_links_to_exist() -> None:
    for name in ("README.md", "README.zh.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (PROJECT / name).read_text(encoding="utf-8")):
            assert (PROJECT / target).exists(), target
