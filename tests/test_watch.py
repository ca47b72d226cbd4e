"""Following the corpus folder: each change is ingested once its file is complete."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coach.cli import ingest_main
from coach.corpus.watch import changed_files
from coach.errors import CorpusError
from coach.records import Progress
from coach.service import Coach

PATIENCE = 60.0


@pytest.fixture
def following(open_coach: Callable[..., Coach]) -> Iterator[tuple[Coach, Callable[[], tuple[str, str]]]]:
    """A coach that follows its corpus, and a function that waits for the next change."""
    coach, stop = open_coach(), threading.Event()
    seen: queue.Queue[Progress] = queue.Queue()
    thread = threading.Thread(target=lambda: [seen.put(progress) for progress in coach.watch(stop)])
    thread.start()

    def following_change() -> tuple[str, str]:
        progress = seen.get(timeout=PATIENCE)
        return Path(progress.article).name, progress.status

    try:
        yield coach, following_change
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert seen.empty()


def test_changes_are_ingested_as_they_come(
    following: tuple[Coach, Callable[[], tuple[str, str]]], corpus: Path
) -> None:
    coach, change = following
    assert {change(), change()} == {("attention.md", "added"), ("forgetting.md", "added")}
    (corpus / "notes.csv").write_text("no article", encoding="utf-8")
    (corpus / "new.md").write_text("## 什么是 LoRA？\n\n低秩矩阵。\n", encoding="utf-8")
    assert change() == ("new.md", "added")
    (corpus / "new.md").write_text("## 什么是 LoRA？\n\n低秩矩阵之积。\n", encoding="utf-8")
    assert change() == ("new.md", "updated")
    assert [question.text for question in coach.new_questions()] == ["什么是 LoRA？"]
    (corpus / "new.md").unlink()
    assert change() == ("new.md", "unchanged")
    assert len(coach.articles()) == 3


def test_a_growing_file_is_reported_once_when_it_is_complete(tmp_path: Path) -> None:
    stop = threading.Event()
    changes = changed_files([tmp_path], stop)
    assert next(changes) == set()
    article = tmp_path / "growing.md"

    def write() -> None:
        with article.open("w", encoding="utf-8") as file:
            for _ in range(15):
                file.write("again\n")
                file.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    assert next(changes) == {article}
    assert article.read_text(encoding="utf-8").count("again") == 15
    writer.join()
    stop.set()
    assert list(changes) == []


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        next(changed_files([tmp_path / "nowhere"], threading.Event()))


def test_ctrl_c_ends_the_command_cleanly(tmp_path: Path, corpus: Path) -> None:
    flags = ["--watch", "--home", str(tmp_path / "home"), "--corpus", str(corpus), "--model", "none"]
    process = subprocess.Popen(
        [sys.executable, "ingest.py", *flags],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert [line.split()[0] for line in lines] == ["following", "added", "added"]
    assert out.startswith("stopped")
    assert err == ""
    assert process.returncode == 0


def test_watch_takes_no_paths(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--watch", "--home", str(tmp_path / "home"), "--corpus", str(corpus)]
    assert ingest_main([*flags, str(corpus / "attention.md")]) == 2
    assert "--corpus" in capsys.readouterr().err


def test_the_summary_names_questions(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--home", str(tmp_path / "home"), "--corpus", str(corpus), "--model", "none", "--quiet"]
    text = "".join(f"## 什么是主题{number}？\n\n内容。\n\n" for number in range(12))
    (corpus / "many.md").write_text(text, encoding="utf-8")
    assert ingest_main(flags) == 0
    out = capsys.readouterr().out
    assert out.count("  + ") == 11
    assert "  + … and 7 more" in out
    (corpus / "many.md").write_text(text.replace("内容。", "别的。", 1), encoding="utf-8")
    assert ingest_main(flags) == 0
    out = capsys.readouterr().out
    assert "0 questions new, 1 changed, 0 gone" in out
    assert "  ~ 什么是主题0？" in out
