"""A home that an earlier version of the program left is brought up to date, and keeps everything.

For each earlier schema version of each database one is stored beside this file (`make.py` says how).
"""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from coach import db
from coach.backup import DATABASES
from coach.config import Settings
from coach.errors import HomeError
from coach.service import Coach
from tests.homes.make import ARTICLE, QUESTION
from tests.support.encoders import HashedEncoder

FOLDER = Path(__file__).parent
STEMS = {Path(name).stem: migrations for name, migrations in DATABASES.items()}
EARLIER = [(stem, version) for stem, migrations in STEMS.items() for version in range(1, len(migrations))]
OLDEST = 1


def unpack(stem: str, version: int, folder: Path) -> Path:
    path = folder / f"{stem}.sqlite3"
    path.write_bytes(gzip.decompress((FOLDER / f"{stem}-{version}.gz").read_bytes()))
    return path


def rows(connection: sqlite3.Connection) -> Iterator[tuple[str, list[str], set[tuple[object, ...]]]]:
    """Tables that hold data, with the names of their columns and all rows; SQLite's own and the word index left out."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    for (table,) in list(tables):
        if "_words" in table or "_vocabulary" in table or table.startswith("sqlite_"):
            continue
        cursor = connection.execute(f"SELECT * FROM {table}")
        yield table, [column[0] for column in cursor.description], {tuple(row) for row in cursor}


def test_every_earlier_version_has_a_stored_home() -> None:
    missing = [f"{stem}-{version}.gz" for stem, version in EARLIER if not (FOLDER / f"{stem}-{version}.gz").is_file()]
    assert not missing, f"{missing}: check out the commit before the migration and run `python -m tests.homes.make`"


@pytest.mark.parametrize(("stem", "version"), EARLIER)
def test_a_migration_keeps_every_row(stem: str, version: int, tmp_path: Path) -> None:
    path = unpack(stem, version, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == version
        before = list(rows(connection))
    assert any(found for _, _, found in before)
    db.connect(path, STEMS[stem]).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEMS[stem])
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        for table, columns, found in before:
            kept = {tuple(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}")}
            assert kept == found, table


@pytest.mark.parametrize("version", range(OLDEST, max(map(len, STEMS.values())) + 1))
def test_a_program_of_today_works_in_a_home_of_then(version: int, tmp_path: Path) -> None:
    home, corpus = tmp_path / "home", tmp_path / "corpus"
    home.mkdir()
    corpus.mkdir()
    (corpus / "attention.md").write_text(ARTICLE, encoding="utf-8")
    for stem, migrations in STEMS.items():
        held = [n for n in range(1, len(migrations) + 1) if (FOLDER / f"{stem}-{n}.gz").is_file() and n <= version]
        unpack(stem, max(held), home)
    with Coach(Settings(home=home, corpus=corpus, llm="none"), encoder=HashedEncoder()) as coach:
        coach.warm_up()  # vectors were not stored: they are made again
        encoder, vectors = coach._parts.backend()
        assert vectors.ids(encoder.fingerprint) == coach._manifest.passage_ids() != set()
        assert coach.answer(QUESTION).citations and coach.refusal == 0.05
        [title] = [title for _, title, _ in coach.deleted()]
        assert title == "笔记" and len(coach.failures()) == 1
        first, second = coach.conversations.load("first").exchanges
        assert first.answer and first.answer.citations and second.question == "还有呢？"
        going_on, done = sorted(coach.interviews.sessions(), key=lambda info: info.ended_at is not None)
        assert coach.interviews.draft(going_on.id) == "还没写完"
        assert coach.interviews.report(done.id) and coach.interviews.memories()
        after = coach.interviews.resume()
        assert after and after.id == going_on.id and after.interview.phase == "listening"


@pytest.mark.parametrize("stem", STEMS)
def test_a_home_of_a_newer_program_is_refused_in_words(stem: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, corpus=tmp_path, llm="none")
    with Coach(settings, encoder=HashedEncoder()) as coach:
        assert coach.interviews and coach.conversations
    with closing(sqlite3.connect(tmp_path / f"{stem}.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    with pytest.raises(HomeError, match="newer program"), Coach(settings, encoder=HashedEncoder()) as coach:
        assert coach.interviews and coach.conversations
