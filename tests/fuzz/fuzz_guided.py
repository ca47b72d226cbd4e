"""Lets coverage guide the inputs: `python tests/fuzz/fuzz_guided.py --minutes 5` (atheris: `pip install .[fuzz]`).

The same readers and rules as `fuzz_readers.py`: only `ArticleError` may come out. PDFs are read by PDFium in a process
of its own, whose coverage can't be seen; they are left to the other script.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(Path(__file__).parent)]

KINDS = ("md", "txt", "html", "docx", "epub", "ipynb")
SECONDS_FOR_ONE = 30
"""An input that takes longer counts as wrong."""


def guide(kind: str, flags: list[str]) -> None:
    """Fuzz one reader until libFuzzer's limits; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["coach.corpus"]):
        from fuzz_readers import reading

        read = reading(f".{kind}")
    from coach.errors import ArticleError

    def one(content: bytes) -> None:
        try:
            read(content)
        except ArticleError:
            return

    atheris.Setup([sys.argv[0], *flags], one)
    atheris.Fuzz()


def main() -> int:
    """Fuzz each reader in a process of its own; print the numbers of inputs; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=ROOT / "out" / "fuzz", help="folder for inputs that fail")
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("flags", nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.kind:
        guide(arguments.kind, arguments.flags)
    from fuzz_readers import seeds

    arguments.keep.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            for number, content in enumerate(seeds()[kind]):
                (Path(folder) / str(number)).write_bytes(content)
            limits = {
                "max_total_time": round(60 * arguments.minutes / len(KINDS)),
                "timeout": SECONDS_FOR_ONE,
                "rss_limit_mb": 2048,
                "max_len": 65_536,
                "seed": arguments.seed,
                "artifact_prefix": f"{arguments.keep}/{kind}-",
            }
            flags = [f"-{name}={value}" for name, value in limits.items()]
            command = [sys.executable, __file__, "--kind", kind, "--", *flags, folder]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        count = re.search(r"Done (\d+) runs", done.stderr)
        print(
            f"{kind:6}{count[1] if count else '?':>9} inputs, {'wrong' if done.returncode else 'none wrong'}",
            flush=True,
        )
        if done.returncode:
            wrong += 1
            print(done.stdout[-2000:], done.stderr[-3000:], flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
