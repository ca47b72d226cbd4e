"""SQLite: WAL, foreign keys, numbered migrations, a pool of connections. Knows no table."""

import queue
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from coach.errors import HomeError

BUSY_SECONDS = 10.0
_MENDS = {
    sqlite3.SQLITE_FULL: "The disk is full: free some space, then try again. Nothing is half written.",
    sqlite3.SQLITE_IOERR: "The disk, or a limit on it, refused: free some space or mend the disk, then try again. "
    "Nothing is half written.",
    sqlite3.SQLITE_READONLY: "Make the folder and its files writable, or choose another home with --home FOLDER.",
    sqlite3.SQLITE_CANTOPEN: "Check that the folder exists and may be written, or choose another with --home FOLDER.",
    sqlite3.SQLITE_BUSY: "Another program keeps it busy: wait until it is done, then try again.",
    sqlite3.SQLITE_CORRUPT: "Restore it from a back-up, or move it away and ingest again.",
    sqlite3.SQLITE_NOTADB: "Restore it from a back-up, or move it away and ingest again.",
}
"""How to mend what is wrong with the file and not with a statement, by SQLite's primary result code."""


def connect(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open (or make) the database and bring it to the newest schema.

    `migrations[n]` is the SQL script that leads from schema version n to n + 1; the version is kept in SQLite's
    `user_version`. Each script runs in a transaction of its own, so a crash leaves a whole version behind.

    Raises:
        HomeError: The file can't be opened or written, is no database, or was made by a newer program.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path, migrations)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return connection


def _unusable(path: Path, error: sqlite3.Error) -> HomeError:
    mend = _MENDS.get(_code(error), _MENDS[sqlite3.SQLITE_CORRUPT])
    return HomeError(f"The database {path} can't be used ({error}). {mend}")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for what the Python module itself raises."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise HomeError(
            f"The database {path} has schema version {version}, but this program knows only {len(migrations)}: "
            "it was made by a newer program. Update the program, or choose another home."
        )
    for number in range(version, len(migrations)):
        with transaction(connection):
            # Another process may have migrated while this one waited for the write lock.
            if int(connection.execute("PRAGMA user_version").fetchone()[0]) > number:
                continue
            for statement in _statements(migrations[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements; `executescript` would commit the open transaction."""
    statement = ""
    for piece in script.split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip(" \n;"):
        yield statement


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run a block in one write transaction: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended it already
            connection.execute("ROLLBACK")
        raise


class Pool:
    """Connections to one database, lent to one thread at a time; as many are opened as are in use at once."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Open the database once, so that a problem shows at the start.

        Raises:
            HomeError: As `connect`.
        """
        self._path = path
        self._migrations = migrations
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._closed = False
        self._idle.put(connect(path, migrations))

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for a block.

        Raises:
            HomeError: The disk is full, the file can't be written, or the like.
        """
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = connect(self._path, self._migrations)
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            if _code(error) in _MENDS:
                raise _unusable(self._path, error) from error
            raise
        finally:
            if self._closed:
                connection.close()
            else:
                self._idle.put(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for a block that is one write transaction."""
        with self.use() as connection, transaction(connection):
            yield connection

    def close(self) -> None:
        """Close all connections; those in use are closed when they come back."""
        self._closed = True
        while not self._idle.empty():
            self._idle.get_nowait().close()
