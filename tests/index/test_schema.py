"""The tables hold what ingest needs at any size: no foreign key makes SQLite look through a whole table."""

import sqlite3
from pathlib import Path

from coach.db import connect
from coach.index.schema import MIGRATIONS


def leading_columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """Columns that an index or the primary key of a table starts with."""
    indices = [row["name"] for row in connection.execute(f"PRAGMA index_list({table})")]
    firsts = {next(iter(connection.execute(f"PRAGMA index_info({name})")))["name"] for name in indices}
    return firsts | {row["name"] for row in connection.execute(f"PRAGMA table_info({table})") if row["pk"] == 1}


def test_every_foreign_key_has_an_index(tmp_path: Path) -> None:
    connection = connect(tmp_path / "db", MIGRATIONS)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    keys = {(table, row["from"]) for table in tables for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
    assert ("passages", "question_id") in keys
    assert {(table, column) for table, column in keys if column not in leading_columns(connection, table)} == set()
    connection.close()


def test_a_manifest_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    connect(tmp_path / "db", MIGRATIONS[:1]).close()
    connection = connect(tmp_path / "db", MIGRATIONS)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    connection.close()
