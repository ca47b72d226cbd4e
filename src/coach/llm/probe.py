"""Loads a model file in a process of its own first: llama.cpp aborts the process on some damaged files.

A file that was downloaded with its hash needs no trial, and one that passed is remembered as long as it stays the same.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from coach.errors import CoachError, ModelFileError
from coach.llm.part import hash_path

PATIENCE = 600.0
"""Seconds after which a trial counts as failed; a slow disk may need minutes for gigabytes."""


def check_loads(path: Path, passed: Path) -> None:
    """Make sure that llama.cpp survives a file; `passed` is the list of files that did.

    Raises:
        ModelFileError: It does not.
    """
    there = path.stat()
    line = f"{there.st_size} {there.st_mtime_ns} {path.resolve()}"
    known = passed.read_text(encoding="utf-8").splitlines() if passed.is_file() else []
    if hash_path(path).is_file() or line in known:
        return
    command = [sys.executable, "-m", "coach.llm.probe", str(path)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE)  # noqa: S603 - our own
        code = done.returncode
    except subprocess.TimeoutExpired:
        code = -1
    if code:
        raise ModelFileError(
            f"{path} is damaged: llama.cpp breaks off while it loads or uses it. Download it again, or choose another."
        )
    passed.parent.mkdir(parents=True, exist_ok=True)
    passed.write_text("\n".join([*known[-20:], line]) + "\n", encoding="utf-8")


def main() -> int:
    """Load the file that is named and write two tokens; 0 also if it is refused with a reason, for that is no crash."""
    from coach.llm.llama import LlamaChat

    with suppress(CoachError):
        LlamaChat(model=sys.argv[1], context=256, max_tokens=2, threads=1).invoke("x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
