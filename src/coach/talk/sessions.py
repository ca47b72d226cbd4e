"""Interviews in SQLite: a session is its events, appended and replayed; drafts of answers; what is remembered of them.

A file of its own, so that rebuilding the articles' database never touches a person's history. Knows no grading.
"""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from coach import db
from coach.errors import InterviewError
from coach.talk.events import Event, Started
from coach.talk.interview import Interview, replay
from coach.talk.review import Review

MIGRATIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        started_at REAL NOT NULL,
        ended_at REAL
    ) WITHOUT ROWID;

    CREATE TABLE events (
        session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    ) WITHOUT ROWID;

    -- What was typed and not sent yet.
    CREATE TABLE drafts (
        session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
        text TEXT NOT NULL
    ) WITHOUT ROWID;

    -- One row for each question that was graded; kept when its session is deleted.
    CREATE TABLE reviews (
        session_id TEXT NOT NULL,
        round INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (session_id, round)
    ) WITHOUT ROWID;

    -- Words by which the candidate did make a point, as they say.
    CREATE TABLE contests (
        question_id TEXT NOT NULL,
        point TEXT NOT NULL,
        said TEXT NOT NULL,
        PRIMARY KEY (question_id, point, said)
    ) WITHOUT ROWID;
    """,
    """
    -- Key points that the person has written. `reference` is a fingerprint of the answer that they belong to.
    CREATE TABLE key_points (
        question_id TEXT PRIMARY KEY,
        reference TEXT NOT NULL,
        texts TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
)


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session in the list. Times are seconds since the epoch; `ended_at` is None while it can go on."""

    id: str
    started_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it stands: `number` events led to `interview`."""

    id: str
    number: int
    interview: Interview


class Sessions:
    """The SQLite file of a person's interviews. Safe in several threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            HomeError: The file can't be used.
        """
        self._pool = db.Pool(path, MIGRATIONS)

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def create(self, started: Started) -> Session:
        """Store the beginning of an interview."""
        session_id = uuid.uuid4().hex
        with self._pool.write() as connection:
            connection.execute("INSERT INTO sessions VALUES (?, ?, NULL)", (session_id, started.at))
            _insert(connection, session_id, 0, started)
        return self.load(session_id)

    def load(self, session_id: str) -> Session:
        """Return a session as it stands.

        Raises:
            InterviewError: There is no such session, or it was written by another version of the program.
        """
        with self._pool.use() as connection:
            rows = connection.execute("SELECT body FROM events WHERE session_id = ? ORDER BY number", (session_id,))
            bodies = [row[0] for row in rows]
        if not bodies:
            raise InterviewError(f"There is no interview {session_id!r}. Choose one from the history, or start one.")
        try:
            events = [_events().validate_json(body) for body in bodies]
        except ValidationError as error:
            raise InterviewError(
                f"The interview {session_id!r} was kept by another version of the program and can't be read. "
                "Use that version, or delete the interview."
            ) from error
        return Session(session_id, len(events), replay(events))

    def append(
        self,
        session: Session,
        event: Event,
        after: Interview,
        *,
        reviews: Sequence[tuple[int, Review]] = (),
        contests: Sequence[tuple[str, str, str]] = (),
    ) -> Session:
        """Store an event and what follows from it, in one transaction; return the session after it.

        Args:
            session: The session before the event.
            event: What happened.
            after: The interview after the event.
            reviews: Questions that this event closed, by their number in the interview.
            contests: (question id, text of the point, the candidate's words).

        Raises:
            InterviewError: The session went on elsewhere meanwhile, or was deleted.
        """
        try:
            with self._pool.write() as connection:
                _insert(connection, session.id, session.number, event)
                if event.kind in ("answered", "skipped", "unknown", "ended"):
                    connection.execute("DELETE FROM drafts WHERE session_id = ?", (session.id,))
                connection.executemany(
                    "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?)",
                    [(session.id, number, json.dumps(asdict(review))) for number, review in reviews],
                )
                connection.executemany("INSERT OR IGNORE INTO contests VALUES (?, ?, ?)", contests)
                if after.phase == "done":
                    connection.execute(
                        "UPDATE sessions SET ended_at = coalesce(ended_at, ?) WHERE id = ?", (after.at, session.id)
                    )
        except sqlite3.IntegrityError as error:
            raise InterviewError(
                f"The interview {session.id!r} went on in another window, or was deleted. Open it again."
            ) from error
        return Session(session.id, session.number + 1, after)

    def draft(self, session_id: str) -> str:
        """What was typed and not sent yet."""
        with self._pool.use() as connection:
            row = connection.execute("SELECT text FROM drafts WHERE session_id = ?", (session_id,)).fetchone()
        return str(row[0]) if row else ""

    def save_draft(self, session_id: str, text: str) -> None:
        """Keep what is typed; a session that is over or gone keeps none."""
        with self._pool.write() as connection:
            connection.execute("DELETE FROM drafts WHERE session_id = ?", (session_id,))
            connection.execute(
                "INSERT INTO drafts SELECT id, ? FROM sessions WHERE id = ? AND ended_at IS NULL", (text, session_id)
            )

    def listed(self) -> list[SessionInfo]:
        """All sessions, newest first."""
        with self._pool.use() as connection:
            rows = connection.execute("SELECT id, started_at, ended_at FROM sessions ORDER BY started_at DESC, id")
            return [SessionInfo(*row) for row in rows]

    def delete(self, session_id: str) -> None:
        """Delete a session; what was learnt from it for the schedule stays."""
        with self._pool.write() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def reviews(self) -> list[Review]:
        """All graded questions, by time."""
        with self._pool.use() as connection:
            bodies = [row[0] for row in connection.execute("SELECT body FROM reviews")]
        return sorted((Review(**json.loads(body)) for body in bodies), key=lambda review: review.at)

    def contests(self, question_id: str) -> list[tuple[str, str]]:
        """Contested points of a question, as (text of the point, the candidate's words)."""
        with self._pool.use() as connection:
            rows = connection.execute(
                "SELECT point, said FROM contests WHERE question_id = ? ORDER BY point, said", (question_id,)
            )
            return [(row["point"], row["said"]) for row in rows]

    def key_points(self, question_id: str) -> tuple[str, tuple[str, ...]] | None:
        """Key points that the person has written: (fingerprint of the reference answer, texts)."""
        with self._pool.use() as connection:
            row = connection.execute(
                "SELECT reference, texts FROM key_points WHERE question_id = ?", (question_id,)
            ).fetchone()
        return (row["reference"], tuple(json.loads(row["texts"]))) if row else None

    def save_key_points(self, question_id: str, reference: str, texts: Sequence[str]) -> None:
        """Keep key points that the person has written; none forgets them."""
        with self._pool.write() as connection:
            connection.execute("DELETE FROM key_points WHERE question_id = ?", (question_id,))
            if texts:
                body = json.dumps(list(texts), ensure_ascii=False)
                connection.execute("INSERT INTO key_points VALUES (?, ?, ?)", (question_id, reference, body))


def _insert(connection: sqlite3.Connection, session_id: str, number: int, event: Event) -> None:
    body = _events().dump_json(event).decode("utf-8")
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", (session_id, number, body))


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")])
