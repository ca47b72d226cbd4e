"""`coach encoder` and `coach reranker`: list, download, choose, take back. Decides nothing."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from coach.errors import SettingsError

if TYPE_CHECKING:
    from coach.encoders import Change, Choice
    from coach.service import Coach

ENCODER = ("list", "pull", "use", "cancel")
RERANKER = ("list", "pull", "use")


def add_commands(add: "Callable[..., argparse.ArgumentParser]", add_settings: "Callable[..., None]") -> None:
    """Add both commands."""
    encoder = add("encoder", help="what finds passages by meaning: list, download, choose, take a change back")
    encoder.add_argument("action", nargs="?", choices=ENCODER, default="list")
    encoder.add_argument("name", nargs="?", metavar="NAME", help="a name of the list, OWNER/NAME, or a folder")
    add_settings(encoder)
    reranker = add("reranker", help="a cross-encoder that reads the best hits again: list, download, choose")
    reranker.add_argument("action", nargs="?", choices=RERANKER, default="list")
    reranker.add_argument("name", nargs="?", metavar="NAME", help="a name of the list, OWNER/NAME, a folder, or none")
    add_settings(reranker)


def run_encoder(coach: "Coach", action: str, name: str | None) -> int:
    """Do one action of `coach encoder`.

    Raises:
        CoachError: It can't be done; what was used before stays.
    """
    _check("encoder", action, name)
    if action == "pull" and name:
        return _pull(coach, "encoder", name)
    if action == "use" and name:
        coach.encoders.use(name)
        show(coach)
        print(f"passages are found with {coach.encoders.used}, also from now on")
    elif action == "cancel":
        coach.encoders.cancel()
        print(f"passages are found with {coach.encoders.used}; what was embedded for another encoder is deleted")
    else:
        _list(coach.encoders.listed())
    return 0


def run_reranker(coach: "Coach", action: str, name: str | None) -> int:
    """Do one action of `coach reranker`.

    Raises:
        CoachError: It can't be done; what was used before stays.
    """
    _check("reranker", action, name)
    if action == "pull" and name:
        return _pull(coach, "reranker", name)
    if action == "use" and name:
        coach.reranking.use(name)
        used = coach.reranking.used
        print("hits keep the order of the search" if used == "none" else f"hits are put into order by {used}")
    else:
        _list(coach.reranking.listed())
    return 0


def show(coach: "Coach") -> None:
    """Show a change of the encoder until it is over: in one line written over, or a line for each tenth.

    Raises:
        EncoderError: It failed.
    """
    terminal, shown = sys.stdout.isatty(), ("", -1)
    try:
        for change in coach.encoders.follow():
            tenth = 10 * change.done // change.total if change.total else 0
            if terminal:
                print(f"\r\x1b[K{line(change)}", end="", flush=True)
            elif (change.state, tenth) != shown:
                print(line(change), flush=True)
            shown = (change.state, tenth)
    finally:
        if terminal and shown[0]:
            print()


def line(change: "Change") -> str:
    """Say how far a change is, in one line.

    >>> from coach.encoders import Change
    >>> line(Change("BAAI/bge-m3", "embedding", 120, 3000, 200.0))
    'BAAI/bge-m3: embedding, 120 of 3000 passages, 4 min left'
    """
    from coach.ui.render_models import duration, size
    from coach.ui.texts.models import EN

    told = f"{change.name}: {change.state}"
    if change.state == "downloading":
        told += f", {size(change.done)} of {size(change.total)}"
    elif change.total:
        told += f", {change.done} of {change.total} passages"
    if change.seconds:
        told += f",{duration(change.seconds, EN)} left"
    return f"{told}: {change.problem}" if change.problem and change.state != "failed" else told


def _check(command: str, action: str, name: str | None) -> None:
    if (action in ("list", "cancel")) == bool(name):
        raise SettingsError(
            f"`coach {command} {action}` takes {'no' if name else 'a'} NAME. `coach {command}` lists them."
        )


def _pull(coach: "Coach", command: str, name: str) -> int:
    coach.encoders.pull(name)
    show(coach)
    print(f"downloaded; `coach {command} use {name}` chooses it")
    return 0


def _list(choices: "list[Choice]") -> None:
    from coach.ui.render_models import size

    for choice in choices:
        notes = ["in use" if choice.used else "installed" if choice.installed else ""]
        told = "" if choice.installed or not choice.size else f"about {size(choice.size)}"
        languages = "/".join(choice.languages)
        line = f"{choice.name:32}{told:>14}  {languages:8}{choice.licence:12}{notes[0]}"
        print(line.rstrip())
