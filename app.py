"""Serve the interview coach's page: `python app.py`, then open the address that it prints."""

import argparse
import sys
from collections.abc import Sequence

from coach.cli import add_settings_flags, run, settings_of


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return the exit code, 2 after a problem that a person can mend."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve the interview coach's page on this computer.")
    add_settings_flags(parser, page=True)
    arguments = parser.parse_args(argv)
    return run(lambda: _serve(arguments))


def _serve(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments)  # before the page is imported: a wrong setting is told at once
    from coach.ui.page import serve

    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
