import sqlite3
import threading
from pathlib import Path

import pytest

from coach.db import Pool, connect, transaction
from coach.errors import HomeError

FIRST = "CREATE TABLE a (x); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END;"
SECOND = "ALTER TABLE a ADD COLUMN y DEFAULT 7;"


def test_migrations_run_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "db"
    connect(path, [FIRST]).execute("INSERT INTO a VALUES (1)").connection.close()
    for _ in range(2):
        connection = connect(path, [FIRST, SECOND])
        assert tuple(connection.execute("SELECT x, y FROM a").fetchone()) == (1, 7)
        connection.close()


def test_a_migration_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "db"
    connect(path, [FIRST]).close()
    with pytest.raises(HomeError, match="can't be used"):
        connect(path, [FIRST, "CREATE TABLE b (x); CREATE TABLE a (x);"])
    connection = connect(path, [FIRST, SECOND])
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'b'").fetchone()[0] == 0
    connection.close()


def test_a_newer_database_is_refused_in_words(tmp_path: Path) -> None:
    connect(tmp_path / "db", [FIRST, SECOND]).close()
    with pytest.raises(HomeError, match="newer program"):
        connect(tmp_path / "db", [FIRST])


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("no database at all, but long enough to be read as one" * 20)
    with pytest.raises(HomeError, match="can't be used"):
        connect(tmp_path / "db", [FIRST])


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "db", [FIRST])
    with pytest.raises(RuntimeError), transaction(connection):
        connection.execute("INSERT INTO a VALUES (1)")
        raise RuntimeError
    assert connection.execute("SELECT count(*) FROM a").fetchone()[0] == 0
    connection.close()


def test_the_pool_opens_no_more_connections_than_are_used_at_once(tmp_path: Path) -> None:
    pool = Pool(tmp_path / "db", [FIRST])
    seen: set[sqlite3.Connection] = set()

    def write() -> None:
        for _ in range(20):
            with pool.write() as connection:
                seen.add(connection)
                connection.execute("INSERT INTO a VALUES (1)")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pool.use() as connection:
        assert connection.execute("SELECT count(*) FROM a").fetchone()[0] == 80
    assert len(seen) <= 4
    pool.close()
