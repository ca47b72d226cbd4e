"""Conversations in SQLite: every exchange is stored when its question is asked, and again when it is finished.

A file of its own, like the interviews'. The passages that an answer cites are stored with it, so that it stays as it
was when its article changes. Knows neither how answers are written nor how they are drawn.
"""

import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from coach import db
from coach.errors import ConversationError
from coach.records import Answer, Hit, Waiting

DATABASE = "conversations.sqlite3"
"""The file's name in the home."""
LONGEST_TITLE = 80
KEPT_SECONDS = 3600.0
"""A deleted conversation can be brought back for so long; then it is gone from the disk."""

Stage = Literal["searching", "writing", "done", "stopped", "failed"]

MIGRATIONS = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        changed_at REAL NOT NULL,
        deleted_at REAL
    ) WITHOUT ROWID;

    -- `answer` is the plain text, for searching; `body` is the whole exchange.
    CREATE TABLE exchanges (
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (conversation_id, number)
    );

    CREATE INDEX conversations_by_time ON conversations (changed_at DESC);
    """,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it so far.

    `preview` is an extractive answer to read until a model writes; `draft` is unchecked text; `answer` is there when
    stage is "done".
    """

    question: str
    hits: tuple[Hit, ...] = ()
    draft: str = ""
    answer: Answer | None = None
    problem: str = ""
    stage: Stage = "searching"
    preview: Answer | None = None
    waiting: Waiting | None = None

    @property
    def going_on(self) -> bool:
        """Whether it is not finished in any way."""
        return self.stage in ("searching", "writing")


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation in the list. `changed_at` is in seconds since the epoch."""

    id: str
    title: str
    changed_at: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, or its end: `earlier` exchanges go before the first one here."""

    id: str
    title: str = ""
    exchanges: tuple[Exchange, ...] = ()
    earlier: int = 0


class Conversations:
    """The SQLite file of a person's conversations. Safe in several threads and processes."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """Open or make the file; what was deleted long enough ago is removed from it.

        Raises:
            HomeError: The file can't be used.
        """
        self._pool, self._now = db.Pool(path, MIGRATIONS), now
        with self._pool.write() as connection:
            self._purge(connection)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def begin(self, conversation_id: str, question: str, *, again: bool = False) -> int:
        """Store a question that was just asked, and return its number in the conversation, from 1.

        The first question makes the conversation and gives it its title. `again` replaces the last exchange.
        """
        exchange = Exchange(question)
        with self._pool.write() as connection:
            last = _last(connection, conversation_id)
            number = last if again and last else last + 1
            if number == last:
                self._retitle(connection, conversation_id, number, question)
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, NULL) "
                "ON CONFLICT (id) DO UPDATE SET changed_at = excluded.changed_at, deleted_at = NULL",
                (conversation_id, title_of(question), self._now()),
            )
            connection.execute(
                "INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, '', ?)",
                (conversation_id, number, question, _dumped(exchange)),
            )
        return number

    def finish(self, conversation_id: str, number: int, exchange: Exchange) -> None:
        """Store what became of a question; nothing if it was asked again, or deleted, meanwhile."""
        kept = replace(exchange, preview=None, waiting=None, draft="" if exchange.answer else exchange.draft)
        answer = exchange.answer.text if exchange.answer else exchange.draft
        with self._pool.write() as connection:
            connection.execute(
                "UPDATE exchanges SET answer = ?, body = ? WHERE conversation_id = ? AND number = ? AND question = ?",
                (answer, _dumped(kept), conversation_id, number, exchange.question),
            )
            connection.execute("UPDATE conversations SET changed_at = ? WHERE id = ?", (self._now(), conversation_id))

    def load(self, conversation_id: str, *, last: int | None = None) -> Conversation:
        """Return a conversation, or its `last` exchanges; an unknown or deleted one is empty.

        Raises:
            ConversationError: It was written by another version of the program.
        """
        with self._pool.use() as connection:
            row = connection.execute(
                "SELECT title FROM conversations WHERE id = ? AND deleted_at IS NULL", (conversation_id,)
            ).fetchone()
            if row is None:
                return Conversation(conversation_id)
            most = -1 if last is None else last
            bodies = connection.execute(
                "SELECT body FROM exchanges WHERE conversation_id = ? ORDER BY number DESC LIMIT ?",
                (conversation_id, most),
            ).fetchall()
            count = _last(connection, conversation_id)
        try:
            exchanges = tuple(_exchange().validate_json(body[0]) for body in reversed(bodies))
        except ValidationError as error:
            raise ConversationError(
                f"The conversation “{row['title']}” was kept by another version of the program and can't be read. "
                "Use that version, or delete the conversation."
            ) from error
        return Conversation(conversation_id, row["title"], exchanges, count - len(exchanges))

    def listed(self, words: str = "") -> list[ConversationInfo]:
        """All conversations that hold every one of the words, newest first."""
        condition = (
            " AND (title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM exchanges e WHERE e.conversation_id = c.id "
            "AND (e.question LIKE ? ESCAPE '\\' OR e.answer LIKE ? ESCAPE '\\')))"
        )
        patterns = ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in words.split()]
        query = "SELECT id, title, changed_at FROM conversations c WHERE deleted_at IS NULL"
        with self._pool.use() as connection:
            rows = connection.execute(
                f"{query}{condition * len(patterns)} ORDER BY changed_at DESC, id",
                [pattern for pattern in patterns for _ in range(3)],
            )
            return [ConversationInfo(*row) for row in rows]

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title; an empty one leaves it as it is."""
        if title_of(title):
            with self._pool.write() as connection:
                connection.execute(
                    "UPDATE conversations SET title = ? WHERE id = ?", (title_of(title), conversation_id)
                )

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation; `undelete` brings it back for an hour."""
        with self._pool.write() as connection:
            self._purge(connection)
            connection.execute("UPDATE conversations SET deleted_at = ? WHERE id = ?", (self._now(), conversation_id))

    def undelete(self, conversation_id: str) -> None:
        """Bring a deleted conversation back."""
        with self._pool.write() as connection:
            connection.execute("UPDATE conversations SET deleted_at = NULL WHERE id = ?", (conversation_id,))

    def _purge(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM conversations WHERE deleted_at < ?", (self._now() - KEPT_SECONDS,))

    def _retitle(self, connection: sqlite3.Connection, conversation_id: str, number: int, question: str) -> None:
        """A title that is the first question follows when that is changed; one that was chosen stays."""
        old = connection.execute(
            "SELECT question FROM exchanges WHERE conversation_id = ? AND number = ?", (conversation_id, number)
        ).fetchone()[0]
        if number == 1:
            connection.execute(
                "UPDATE conversations SET title = ? WHERE id = ? AND title = ?",
                (title_of(question), conversation_id, title_of(old)),
            )


def title_of(question: str) -> str:
    """Return a question as a title: in one line, not too long."""
    flat = " ".join(question.split())
    return flat if len(flat) <= LONGEST_TITLE else flat[: LONGEST_TITLE - 1] + "…"


def _last(connection: sqlite3.Connection, conversation_id: str) -> int:
    row = connection.execute("SELECT max(number) FROM exchanges WHERE conversation_id = ?", (conversation_id,))
    return int(row.fetchone()[0] or 0)


def _dumped(exchange: Exchange) -> str:
    return _exchange().dump_json(exchange).decode("utf-8")


@cache
def _exchange() -> TypeAdapter[Exchange]:
    return TypeAdapter(Exchange)
