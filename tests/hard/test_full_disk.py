"""A disk that fills up during an ingest, and one that can't be written: a sentence, nothing half, then healed.

A small tmpfs of this process's own (Linux namespaces); skipped where the system does not allow one.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.disk import FILL, questions

pytestmark = pytest.mark.hard

SIZES = (300, 900, 2000, 3000, 4000, 4400, 4800, 5000, 5200, 5400, 5600, 5800, 6000, 12_000)
"""KiB: from one that can't hold the empty database to one that holds everything."""
MOUNT = f"""
mount -t tmpfs -o size=$1k tmpfs "$2" || exit 77
{sys.executable} -c "$3" "$2/home" "$4"; first=$?
mount -o remount,size=200m "$2"
{sys.executable} -c "$3" "$2/home" "$4"; second=$?
mount -o remount,ro "$2"
{sys.executable} -c "$3" "$2/home" "$4"; third=$?
echo "codes $first $second $third"
"""


def run(size: int, folder: Path, corpus: Path) -> "subprocess.CompletedProcess[str]":
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh"]
    return subprocess.run(
        [*command, str(size), str(folder), FILL, str(corpus)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    corpus, folder = tmp_path / "corpus", tmp_path / "disk"
    folder.mkdir()
    wanted = questions(corpus)
    told: set[str] = set()
    for size in SIZES:
        try:
            done = run(size, folder, corpus)
        except FileNotFoundError:
            pytest.skip("no unshare here")
        if "codes" not in done.stdout:
            pytest.skip(f"no tmpfs of one's own here: {done.stderr.strip()[-200:]}")
        assert "Traceback" not in done.stdout + done.stderr, f"{size} KiB: {done.stderr[-2000:]}"
        *lines, codes = done.stdout.strip().split("\n")
        first, second, third = codes.split()[1:]
        assert (second, third) == ("0", "2"), f"{size} KiB: {done.stdout}"
        assert f"{wanted} whole" in lines, f"{size} KiB: {done.stdout}"
        told |= {line.split(" in ")[0] for line in lines if first == "2" and line.startswith("error")}
    assert told, "no disk was too small"
    print(f"{len(SIZES)} disks; {sorted(told)}")
