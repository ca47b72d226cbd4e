"""All of a home's data as one file, and back again: databases, and the articles that were added on the page.

A restore is never half: the file is unpacked and proved beside the data, and becomes `restore/` in one rename. From
then on it is certain: what a crash interrupts, the next start finishes. Chroma is left alone: it is derived. One
back-up, restore or finish goes on at a time, over all processes, so that what lies there without one is left over.
"""

import errno
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from coach import db
from coach.config import Settings
from coach.errors import BackupError, CoachError
from coach.index import schema
from coach.index.ingest import RECONCILED
from coach.interviews import DATABASE as INTERVIEWS
from coach.talk import conversations, sessions
from coach.users import DATABASE as USERS
from coach.users import MIGRATIONS as USERS_MIGRATIONS
from coach.users import PEOPLE

FORMAT = 1
CONTENTS = "backup.json"
ARTICLES_DATABASE = "coach.sqlite3"
DATABASES: Mapping[str, Sequence[str]] = {
    ARTICLES_DATABASE: schema.MIGRATIONS,
    INTERVIEWS: sessions.MIGRATIONS,
    conversations.DATABASE: conversations.MIGRATIONS,
}
HISTORIES = (INTERVIEWS, conversations.DATABASE)
"""The databases that each user has too, in a folder of their own."""
ARTICLES = "articles"
UNFINISHED, REPLACED, COPIES = ".restore-new", ".restore-old", ".restore-copy"
MOST_BYTES = 8 * 1024**3
"""A file that unpacks to more is refused: it would rather fill the disk than be a back-up."""
LOCK_SECONDS = 20.0
_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a back-up holds. `made_at` is an ISO time; `articles` counts those that were added on the page."""

    made_at: str
    articles: int
    conversations: int
    interviews: int
    format: int = FORMAT


def back_up(settings: Settings, target: Path) -> Contents:
    """Write everything into one file, which is replaced if it exists; the coach may go on working meanwhile.

    Raises:
        BackupError: The file can't be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with _alone(settings), _copies(settings) as folder:
            names = [*DATABASES, *_of_users(settings.home)]
            for name in names:
                _copy(settings.home / name, folder / name)
            articles = [path for path in sorted(settings.library.rglob("*")) if path.is_file()]
            contents = _contents(folder, len([path for path in articles if path.suffix != ".url"]))
            part.touch(mode=0o600)  # for its owner alone: it holds what people said, and hashed passwords
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(CONTENTS, json.dumps(asdict(contents)))
                for name in names:
                    archive.write(folder / name, name)
                for path in articles:
                    archive.write(path, f"{ARTICLES}/{path.relative_to(settings.library).as_posix()}")
            with part.open("rb+") as written:
                os.fsync(written.fileno())
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"The back-up {target} can't be written ({error}). Choose another folder.") from error
    return contents


def examine(settings: Settings, file: Path) -> Contents:
    """Return what a back-up holds, after proving that it can be restored; nothing is changed.

    Raises:
        BackupError: It is no back-up, is damaged, or was made by a newer program.
    """
    with _alone(settings), _copies(settings) as folder:
        return _unpack(file, folder)


def restore(settings: Settings, file: Path) -> Contents:
    """Replace everything by what a back-up holds. Ingest afterwards: the vectors follow from the articles.

    A back-up of a home without users leaves the users and their histories as they are.

    Raises:
        BackupError: As `examine`, or an ingest is running; nothing is changed then.
    """
    with _alone(settings):
        fresh = _emptied(settings.home / UNFINISHED)
        contents = _unpack(file, fresh)
        _take(settings, fresh)
    return contents


def erase(settings: Settings) -> None:
    """Forget everything that the coach keeps, of all users; own articles, models and who may sign in stay.

    Raises:
        BackupError: An ingest is running.
    """
    with _alone(settings):
        fresh = _emptied(settings.home / UNFINISHED)
        (fresh / ARTICLES).mkdir()
        (fresh / PEOPLE).mkdir()
        _take(settings, fresh)
    shutil.rmtree(settings.home / "states", ignore_errors=True)
    (settings.home / "model.txt").unlink(missing_ok=True)


def finish(settings: Settings) -> None:
    """Finish a restore that was interrupted, and remove what a back-up that was interrupted has left.

    Raises:
        BackupError: Another process is at it and does not end.
    """
    with _alone(settings):
        _finish(settings)


def _finish(settings: Settings) -> None:
    """Doing it twice does no harm."""
    staged = settings.restoring
    for left in (UNFINISHED, COPIES):
        shutil.rmtree(settings.home / left, ignore_errors=True)
    if staged.is_dir():
        names = [*DATABASES, *_of_users(staged)]
        if (staged / PEOPLE).is_dir():  # users who are not in it have nothing any more
            names += [name for name in _of_users(settings.home) if name != USERS and name not in names]
        for name in names:
            # An absent one was empty; made now, so that the loop is the same for all.
            with (
                closing(db.connect(_made(staged / name), _migrations(name))) as source,
                closing(db.connect(_made(settings.home / name), _migrations(name))) as live,
            ):
                source.backup(live)
                if name == ARTICLES_DATABASE:  # the vectors are of what was there before
                    live.execute("INSERT OR REPLACE INTO meta VALUES (?, '')", (RECONCILED,))
                live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old = _emptied(settings.home / REPLACED)
        if (staged / ARTICLES).is_dir():  # else they were moved before the interruption
            if settings.library.is_dir():
                settings.library.rename(old / ARTICLES)
            (staged / ARTICLES).rename(settings.library)
        staged.rename(old / staged.name)
    shutil.rmtree(settings.home / REPLACED, ignore_errors=True)


def _take(settings: Settings, fresh: Path) -> None:
    try:
        with FileLock(settings.home / "ingest.lock", timeout=LOCK_SECONDS, thread_local=False):
            fresh.rename(settings.restoring)
            _finish(settings)
    except Timeout as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise BackupError("Articles are being read just now. Wait until that is done, then try again.") from error
    except OSError as error:
        raise BackupError(f"The data in {settings.home} can't be replaced ({error}). Start again to go on.") from error


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep other back-ups and restores of this home out, of all processes."""
    try:
        with FileLock(settings.home / "backup.lock", timeout=LOCK_SECONDS, thread_local=False):
            yield
    except Timeout as error:
        raise BackupError("Another back-up or restore is going on. Wait until it is done, then try again.") from error


@contextmanager
def _copies(settings: Settings) -> Iterator[Path]:
    """A folder in the home, for a while."""
    folder = _emptied(settings.home / COPIES)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _copy(database: Path, target: Path) -> None:
    """Copy a database as it is at one moment, while others use it."""
    migrations = _migrations(database.name)
    with closing(db.connect(database, migrations)) as live, closing(sqlite3.connect(_made(target))) as copy:
        live.backup(copy)


def _of_users(folder: Path) -> list[str]:
    """Names of the databases that there are only with users, below a folder."""
    users = [USERS] if (folder / USERS).is_file() else []
    found = sorted((folder / PEOPLE).glob("*/*.sqlite3"))
    return users + [path.relative_to(folder).as_posix() for path in found if path.name in HISTORIES]


def _migrations(name: str) -> Sequence[str]:
    return USERS_MIGRATIONS if name == USERS else DATABASES[PurePosixPath(name).name]


def _made(path: Path) -> Path:
    """The path of a database, in a folder that is there and is its owner's alone; passwords are from the first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.name == USERS:
        path.touch(mode=0o600)
    return path


def _contents(folder: Path, articles: int) -> Contents:
    def count(name: str, table: str) -> int:
        total = 0
        for path in folder.rglob(name):
            with closing(sqlite3.connect(path)) as connection:
                total += connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - own names
        return total

    return Contents(
        datetime.now(UTC).isoformat(timespec="seconds"),
        articles,
        count(conversations.DATABASE, "conversations"),
        count(INTERVIEWS, "sessions"),
    )


def _unpack(file: Path, folder: Path) -> Contents:
    """Unpack a back-up into an empty folder, and prove every part of it."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            for entry in entries:
                _prove_name(entry)
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise BackupError(
                    f"{file.name} unpacks to more than {MOST_BYTES >> 30} GiB. It is no back-up of a coach."
                )
            contents = Contents(**json.loads(archive.read(CONTENTS)))
            if contents.format > FORMAT:
                raise BackupError(f"{file.name} was made by a newer program. Update this one, then restore it.")
            (folder / ARTICLES).mkdir()
            for entry in entries:
                archive.extract(entry, folder)
        if (folder / USERS).is_file():
            (folder / PEOPLE).mkdir(exist_ok=True)
        elif (folder / PEOPLE).exists():
            raise ValueError(f"it lacks {USERS}")
        for name in (*DATABASES, *_of_users(folder)):
            _prove_database(folder / name, _migrations(name))
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError, RuntimeError, sqlite3.Error) as error:
        if getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise BackupError(
                f"{folder.parent} has no room for what is in {file.name} ({error}). "
                "Free some space, then try again; nothing was changed."
            ) from error
        raise BackupError(
            f"{file.name} is no back-up of a coach, or is damaged ({error}). Choose another file; nothing was changed."
        ) from error
    return contents


def _prove_name(entry: zipfile.ZipInfo) -> None:
    """Refuse whatever would be written outside the folder, or is no plain file."""
    name = PurePosixPath(entry.filename)
    known = (
        entry.filename in (CONTENTS, USERS, *DATABASES)
        or (name.parts[:1] == (ARTICLES,) and len(name.parts) > 1)
        or (name.parts[:1] == (PEOPLE,) and len(name.parts) == 3 and name.name in HISTORIES)
    )
    odd = ".." in name.parts or "\\" in entry.filename or ":" in entry.filename or "\0" in entry.orig_filename
    if not known or odd or stat.S_ISLNK(entry.external_attr >> 16):
        raise BackupError(f"The file holds {entry.filename!r}, which no back-up does. Nothing was changed.")


def _prove_database(path: Path, migrations: Sequence[str]) -> None:
    """Bring a database to the newest schema; refuse one that is damaged or has other tables, triggers or views."""
    if not path.is_file():
        raise BackupError(f"The back-up lacks {path.name}. Choose another file; nothing was changed.")
    try:
        with closing(db.connect(path, migrations)) as connection, tempfile.TemporaryDirectory() as folder:
            with closing(db.connect(Path(folder) / "new", migrations)) as model:
                same = _schema(connection) == _schema(model)
            healthy = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except CoachError as error:
        raise BackupError(f"The back-up’s {path.name} can't be used: {error}") from error
    if not (same and healthy):
        raise BackupError(f"The back-up’s {path.name} is damaged. Choose another file; nothing was changed.")


def _schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row)) for row in connection.execute(_SCHEMA))
