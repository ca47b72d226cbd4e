"""`coach backup` and `coach restore`: everything as one file, and back. Decides nothing."""

import argparse
from collections.abc import Callable
from pathlib import Path

from coach.config import Settings


def add_commands(add: "Callable[..., argparse.ArgumentParser]", add_settings: "Callable[..., None]") -> None:
    """Add both commands."""
    for name, told in (("backup", "write all data into one file"), ("restore", "replace all data by a back-up's")):
        command = add(name, help=told)
        command.add_argument("file", type=Path, metavar="FILE")
        if name == "restore":
            command.add_argument("--yes", action="store_true", help="replace without asking")
        add_settings(command)


def run_backup(settings: Settings, file: Path) -> int:
    """Write a back-up.

    Raises:
        CoachError: It can't be written.
    """
    from coach.backup import back_up

    settings.make_home()
    contents = back_up(settings, file.expanduser().absolute())
    print(
        f"wrote {file}: {contents.conversations} conversations, {contents.interviews} interviews, "
        f"{contents.articles} added articles"
    )
    return 0


def run_restore(settings: Settings, file: Path, *, yes: bool) -> int:
    """Ask, restore, and read the articles again, from which the vectors follow.

    Raises:
        CoachError: The file is no back-up; nothing was changed then.
    """
    from coach.backup import examine, restore
    from coach.service import Coach

    settings.make_home()
    found = examine(settings, file)
    print(
        f"{file} of {found.made_at}: {found.conversations} conversations, {found.interviews} interviews, "
        f"{found.articles} added articles"
    )
    asked = f"Replace everything in {settings.home} by it? [y/N] "
    if not yes and input(asked).strip().lower() not in ("y", "yes"):
        return 0
    restore(settings, file)
    with Coach(settings) as coach:
        for _ in coach.ingest():
            pass
    print("restored")
    return 0
