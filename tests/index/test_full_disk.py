"""Ingest under a limit on the size of files, which the system enforces as a quota would; `tests/hard` fills disks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.disk import FILL, questions

pytest.importorskip("resource", reason="needs a POSIX system")


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", FILL, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_a_file_that_may_not_grow_is_told_in_a_sentence_and_the_next_run_heals(tmp_path: Path) -> None:
    corpus, home = tmp_path / "corpus", tmp_path / "home"
    wanted = questions(corpus, articles=20)
    for error, limit in (("HomeError", 300_000), ("VectorsError", 100_000)):
        refused = run(home, corpus, limit)
        assert refused.returncode == 2, refused.stderr[-2000:]
        [line] = refused.stdout.splitlines()
        assert line.startswith(f"error: {error} in ") and "free some space" in line.lower(), line
        assert "Traceback" not in refused.stderr
        healed = run(home, corpus)
        assert healed.stdout.splitlines() == [f"{wanted} whole"], healed.stderr[-2000:]
        shutil.rmtree(home / "chroma")  # so that the next run has vectors to write, and nothing else
