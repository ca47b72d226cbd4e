"""`coach user`: who may sign in to a page that is served to others. Decides nothing."""

import argparse
import getpass
import shutil
import sys
from collections.abc import Callable
from contextlib import closing

from coach.config import Settings
from coach.errors import UserError
from coach.users import User, Users, normal

ACTIONS = ("list", "add", "password", "remove")


def add_command(add: "Callable[..., argparse.ArgumentParser]", add_settings: "Callable[..., None]") -> None:
    """Add the command."""
    command = add("user", help="who may sign in: list, add, change a password, remove")
    command.add_argument("action", nargs="?", choices=ACTIONS, default="list")
    command.add_argument("name", nargs="?", metavar="NAME")
    command.add_argument("--admin", action="store_true", help="to add: may change what is shared, back up and restore")
    command.add_argument("--yes", action="store_true", help="remove without asking")
    add_settings(command)


def run_user(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        CoachError: The user can't be added or found.
    """
    action, name = arguments.action, arguments.name
    if (action == "list") == bool(name):
        raise UserError(f"`coach user {action}` takes {'no' if name else 'a'} NAME. `coach user` lists them.")
    settings.make_home()
    with closing(Users(settings.home)) as users:
        match action:
            case "list":
                for user in users.listed():
                    print(user.name + ("  admin" if user.admin else ""))
            case "add":
                _add(users, normal(name), admin=arguments.admin)
            case "password":
                user = _known(users, name)
                users.set_password(user.name, _password())
                print(f"changed; {user.name} has to sign in again")
            case "remove":
                _remove(users, settings, name, sure=arguments.yes)
    return 0


def _add(users: Users, name: str, *, admin: bool) -> None:
    user = users.add(name, _password(), admin=admin)
    print(f"added {user.name}{' as an admin' if user.admin else ''}; sign in on the page of `coach serve --auth`")
    if not user.folder:
        print("the conversations and interviews that were kept here so far are now theirs")


def _remove(users: Users, settings: Settings, name: str, *, sure: bool) -> None:
    user = _known(users, name)
    what = "and delete their conversations and interviews" if user.folder else "(the history stays, without a user)"
    if not sure and input(f"Remove {user.name} {what}? [y/N] ").strip().lower() not in ("y", "yes"):
        return
    users.remove(name)
    folder = settings.home / user.folder
    if user.folder and folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise UserError(
                f"{user.name} is removed, but {folder} could not be deleted ({error}). Delete that folder yourself."
            ) from error
    print(f"removed {user.name}")


def _known(users: Users, name: str) -> User:
    user = users.find(name)
    if user is None:
        raise UserError(f"There is no user {name!r}. `coach user` lists them.")
    return user


def _password() -> str:
    """Ask for a password twice; where nobody types, it is the first line of the input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UserError("The two passwords differ. Try again.")
    return password
