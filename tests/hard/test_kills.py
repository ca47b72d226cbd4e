"""SIGKILL at random moments of everything that writes: what was acknowledged is there when the program starts again.

`make test-hard` kills each work `COACH_KILLS` times (70 if not set), in a process of its own; ingest has its own test.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.killed import WORKS

KILLS = os.environ.get("COACH_KILLS", "70")


def killed(name: str, kills: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed", name, kills],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.hard
@pytest.mark.parametrize("name", list(WORKS))
def test_kill_at_random_moments(name: str) -> None:
    row = killed(name, KILLS)
    assert f"| {name} | {KILLS} |" in row
    print(row)


@pytest.mark.parametrize("name", ["interview", "restore"])
def test_kill_a_few_times(name: str) -> None:
    assert f"| {name} | 3 |" in killed(name, "3")
