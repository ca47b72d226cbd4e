"""Who may sign in: names, hashed passwords, who is an admin. A file of its own in the home, for its owner alone."""

import hashlib
import hmac
import re
import secrets
import sqlite3
import unicodedata
import uuid
from dataclasses import dataclass
from pathlib import Path

from coach import db
from coach.errors import HomeError, UserError

DATABASE = "users.sqlite3"
"""The file's name in the home."""
PEOPLE = "people"
"""The folder of the home that holds a folder for each user."""
SHORTEST = 8
"""Characters of a password."""
LONGEST_NAME = 40
_NAME = re.compile(rf"\w[\w.@-]{{0,{LONGEST_NAME - 1}}}")
_N, _R, _P = 2**15, 8, 1
"""Cost of scrypt: 32 MiB and about 0.1 s for each try (RFC 7914; the parameters that OWASP's cheat sheet gives)."""
_MEMORY = 2 * 128 * _N * _R

MIGRATIONS = (
    """
    -- `folder` is where a user's histories are, below the home; "" is the home itself: what was kept without users.
    -- `stamp` changes with the password, and ends what was signed in with the old one.
    CREATE TABLE users (
        name TEXT PRIMARY KEY,
        salt BLOB NOT NULL,
        hash BLOB NOT NULL,
        admin INTEGER NOT NULL,
        folder TEXT NOT NULL UNIQUE,
        stamp TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. `folder` is below the home; "" has what was kept before there were users."""

    name: str
    admin: bool
    folder: str
    stamp: str


class Users:
    """The users of a home. Safe in several threads and processes."""

    def __init__(self, home: Path) -> None:
        """Open or make the file.

        Raises:
            HomeError: The file can't be used.
        """
        path = home / DATABASE
        try:
            path.touch(0o600)
            path.chmod(0o600)  # before SQLite opens it: its log and its index of the log take over the same rights
        except OSError as error:
            raise HomeError(f"The users in {path} can't be used ({error.strerror}). Mend its permissions.") from error
        self._pool = db.Pool(path, MIGRATIONS)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def add(self, name: str, password: str, *, admin: bool = False) -> User:
        """Add a user. The first one is an admin, and takes over what was kept without users.

        Raises:
            UserError: The name is taken or can't be used, or the password is too short.
        """
        name, salt = normal(name), secrets.token_bytes(16)
        hashed = _hashed(_long_enough(password), salt)
        try:
            with self._pool.write() as connection:
                first = connection.execute("SELECT count(*) FROM users").fetchone()[0] == 0
                folder = "" if first else f"{PEOPLE}/{uuid.uuid4().hex}"
                user = User(name, admin or first, folder, _stamp())
                row = (user.name, salt, hashed, user.admin, user.folder, user.stamp)
                connection.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise UserError(f"There is a user {name!r} already. Choose another name.") from error
        return user

    def set_password(self, name: str, password: str) -> None:
        """Change a password; whoever is signed in with the old one has to sign in again.

        Raises:
            UserError: There is no such user, or the password is too short.
        """
        salt = secrets.token_bytes(16)
        hashed = _hashed(_long_enough(password), salt)
        with self._pool.write() as connection:
            row = (salt, hashed, _stamp(), normal(name))
            changed = connection.execute("UPDATE users SET salt = ?, hash = ?, stamp = ? WHERE name = ?", row)
            if not changed.rowcount:
                raise _unknown(name)

    def remove(self, name: str) -> User:
        """Remove a user and return who it was; the folder is left to the caller.

        Raises:
            UserError: There is no such user.
        """
        user = self.find(name)
        if user is None:
            raise _unknown(name)
        with self._pool.write() as connection:
            connection.execute("DELETE FROM users WHERE name = ?", (user.name,))
        return user

    def find(self, name: str) -> User | None:
        """Return a user by name, None for nobody."""
        with self._pool.use() as connection:
            rows = connection.execute("SELECT name, admin, folder, stamp FROM users WHERE name = ?", (folded(name),))
            return next(map(_user, rows), None)

    def listed(self) -> list[User]:
        """All users, by name."""
        with self._pool.use() as connection:
            rows = connection.execute("SELECT name, admin, folder, stamp FROM users ORDER BY name")
            return list(map(_user, rows))

    def verified(self, name: str, password: str) -> User | None:
        """Return the user if the password is theirs. An unknown name takes as long as a wrong password."""
        with self._pool.use() as connection:
            row = connection.execute("SELECT salt, hash FROM users WHERE name = ?", (folded(name),)).fetchone()
        salt, expected = (row["salt"], row["hash"]) if row else (b"-" * 16, b"")
        same = hmac.compare_digest(_hashed(password, salt), expected)
        return self.find(name) if same and row else None


def normal(name: str) -> str:
    """Return a name as it is stored: letters, digits and `. _ @ -`, small.

    Raises:
        UserError: It can't be a name.
    """
    small = folded(name)
    if not _NAME.fullmatch(small):
        raise UserError(
            f"{name!r} can't be a user's name. Take up to {LONGEST_NAME} letters and digits, also with . _ @ - inside."
        )
    return small


def folded(name: str) -> str:
    """Return the one writing of a name that stands for all: ＡＮＮ is ann."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _user(row: sqlite3.Row) -> User:
    return User(row["name"], bool(row["admin"]), row["folder"], row["stamp"])


def _long_enough(password: str) -> str:
    if len(password) < SHORTEST:
        raise UserError(f"The password is too short. Take at least {SHORTEST} characters.")
    return password


def _hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)


def _stamp() -> str:
    return secrets.token_hex(8)


def _unknown(name: str) -> UserError:
    return UserError(f"There is no user {name!r}. `coach user list` names them all.")
