"""The truth about what was ingested: articles, questions, passages and their words, in one SQLite file.

One transaction replaces an article's rows, so that nobody ever sees half an article. Passage ids are hashes of what is
embedded, so an edit changes only the ids of what it changed. Knows neither files nor vectors.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coach import db
from coach.index.schema import MIGRATIONS
from coach.index.words import segment
from coach.records import Article, Chunk, DroppedLine, Parsed, Passage, Question, Section

_PASSAGE = """
    SELECT p.id, p.text, p.article_id, p.question_id, p.ordinal, p.headings, p.line_no, p.page,
           a.title, a.source, coalesce(q.text, '') AS question
    FROM passages p JOIN articles a ON a.id = p.article_id LEFT JOIN questions q ON q.id = p.question_id
"""
_QUESTION = """
    SELECT q.id, q.text, q.answer, q.article_id, q.topics, q.headings, a.title, a.language, a.difficulty
    FROM questions q JOIN articles a ON a.id = q.article_id
"""
_ARTICLE = """
    SELECT a.*,
           (SELECT count(*) FROM questions q WHERE q.article_id = a.id) AS questions,
           (SELECT count(*) FROM passages p WHERE p.article_id = a.id) AS passages,
           (SELECT json_group_array(path) FROM sources s WHERE s.article_id = a.id) AS sources
    FROM articles a
"""
BATCH = 500
"""Ids in one `IN (…)`: below SQLite's limit of 999 variables in old builds."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the manifest knows of one source path."""

    path: str
    article_id: str
    content_hash: str
    parser: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read."""

    path: str
    content_hash: str
    parser: int
    reason: str
    failed_at: str = ""


class Manifest:
    """The SQLite file with everything that was ingested. Safe to use from several threads and processes."""

    def __init__(self, path: Path, shown: Callable[[str], str] = str) -> None:
        """Open or make the file; `shown` gives a source (a path) as people see it.

        Raises:
            HomeError: The file can't be used.
        """
        self._pool = db.Pool(path, MIGRATIONS)
        self.shown = shown

    def close(self) -> None:
        """Close the file."""
        self._pool.close()

    def write(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection for one write transaction; for the modules beside this one."""
        return self._pool.write()

    def rows(self, sql: str, values: Sequence[str | int | float] = ()) -> list[sqlite3.Row]:
        """Run a query; for the modules beside this one."""
        with self._pool.use() as connection:
            return connection.execute(sql, values).fetchall()

    # -- reading ------------------------------------------------------------------------------------------------

    def articles(self) -> list[Article]:
        """All articles, by title."""
        return [self._article(row) for row in self.rows(_ARTICLE + " ORDER BY a.title, a.id")]

    def article(self, article_id: str) -> Article | None:
        """One article, or None."""
        rows = self.rows(_ARTICLE + " WHERE a.id = ?", (article_id,))
        return self._article(rows[0]) if rows else None

    def questions(self, article_id: str | None = None) -> list[Question]:
        """All questions, or those of one article, in the order of the articles."""
        where, values = (" WHERE q.article_id = ?", (article_id,)) if article_id else ("", ())
        rows = self.rows(_QUESTION + where + " ORDER BY a.source, a.id, q.ordinal", values)
        return [_question(row) for row in rows]

    def questions_by_id(self, ids: Sequence[str]) -> list[Question]:
        """The questions with these ids, in their order; unknown ids are left out."""
        where = " WHERE q.id IN (SELECT value FROM json_each(?))"
        rows = self.rows(_QUESTION + where, (_dump(ids),))
        found = {row["id"]: _question(row) for row in rows}
        return [found[id_] for id_ in ids if id_ in found]

    def unanswered(self) -> list[Question]:
        """Questions that the articles ask but do not answer."""
        return [_question(row) for row in self.rows(_QUESTION + " WHERE q.answer = '' ORDER BY q.id")]

    def passages(self, article_id: str | None = None) -> list[Passage]:
        """All passages, or those of one article, in reading order."""
        where, values = (" WHERE p.article_id = ?", (article_id,)) if article_id else ("", ())
        rows = self.rows(_PASSAGE + where + " ORDER BY a.source, a.id, p.ordinal", values)
        return [self._passage(row) for row in rows]

    def passages_by_id(self, ids: Iterable[str]) -> dict[str, Passage]:
        """The passages with these ids; unknown ids are left out."""
        found: dict[str, Passage] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            marks = ",".join("?" * len(batch))
            rows = self.rows(f"{_PASSAGE} WHERE p.id IN ({marks})", batch)
            found.update((row["id"], self._passage(row)) for row in rows)
        return found

    def passage_ids(self) -> set[str]:
        """Ids of all passages: what the vectors must hold."""
        return {row[0] for row in self.rows("SELECT id FROM passages")}

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of articles, questions and passages."""
        rows = self.rows(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM questions), (SELECT count(*) FROM passages)"
        )
        articles, questions, passages = rows[0]
        return articles, questions, passages

    def dropped(self, article_id: str) -> list[DroppedLine]:
        """Lines that cleaning took out of an article, in order."""
        rows = self.rows("SELECT line_no, text, rule FROM dropped WHERE article_id = ? ORDER BY line_no", (article_id,))
        return [DroppedLine(row["line_no"], row["text"], row["rule"]) for row in rows]

    def known(self) -> dict[str, Known]:
        """Every source path and the article it belongs to."""
        rows = self.rows(
            """SELECT s.path, s.article_id, a.content_hash, a.parser
               FROM sources s JOIN articles a ON a.id = s.article_id"""
        )
        return {row["path"]: Known(row["path"], row["article_id"], row["content_hash"], row["parser"]) for row in rows}

    def failures(self) -> dict[str, Failure]:
        """Files that could not be read, by path."""
        rows = self.rows("SELECT path, content_hash, parser, reason, failed_at FROM failures")
        return {row["path"]: Failure(*row) for row in rows}

    def kept(self, article_id: str) -> frozenset[str]:
        """Lines that the user wants kept although a rule drops them."""
        rows = self.rows("SELECT text FROM kept WHERE article_id = ?", (article_id,))
        return frozenset(row[0] for row in rows)

    def meta(self, key: str) -> str | None:
        """A remembered value, such as which encoder's vectors are in use."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def _article(self, row: sqlite3.Row) -> Article:
        return Article(
            id=row["id"],
            title=row["title"],
            source=self.shown(row["source"]),
            topics=_load(row["topics"]),
            language=row["language"],
            questions=row["questions"],
            passages=row["passages"],
            ingested_at=row["ingested_at"],
            sources=tuple(sorted(map(self.shown, _load(row["sources"])))),
        )

    def _passage(self, row: sqlite3.Row) -> Passage:
        shown = self.shown(row["source"])
        place = f"#page={row['page']}" if row["page"] else "" if "://" in shown else f":{row['line_no']}"
        return Passage(
            id=row["id"],
            text=row["text"],
            question=row["question"],
            article_id=row["article_id"],
            title=row["title"],
            source=shown + place,
            question_id=row["question_id"] or "",
            headings=_load(row["headings"]),
            ordinal=row["ordinal"],
            line_no=row["line_no"],
            page=row["page"],
        )

    # -- writing ------------------------------------------------------------------------------------------------

    def set_meta(self, key: str, value: str) -> None:
        """Remember a value."""
        with self.write() as connection:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def generation(self) -> int:
        """A number that grows with every change of the passages."""
        return int(self.meta("generation") or 0)

    def replace(
        self,
        *,
        path: str,
        article_id: str,
        content_hash: str,
        parser: int,
        parsed: Parsed,
        chunks: Mapping[int, Sequence[Chunk]],
    ) -> list[str]:
        """Store an article, instead of what was stored of it before, in one transaction; return its passages' ids.

        `chunks[i]` are the passages of `parsed.sections[i]`. A path that belonged to another article is taken from it;
        an article left without any path goes.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        described = (article_id, path, parsed.title, _dump(parsed.topics))
        with self.write() as connection:
            connection.execute(
                """INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
                   source = excluded.source, title = excluded.title, topics = excluded.topics,
                   language = excluded.language, content_hash = excluded.content_hash, parser = excluded.parser,
                   ingested_at = excluded.ingested_at, difficulty = excluded.difficulty""",
                (*described, parsed.language, content_hash, parser, now, parsed.difficulty),
            )
            _claim(connection, path, article_id)
            for table in ("passages", "questions", "dropped"):
                connection.execute(f"DELETE FROM {table} WHERE article_id = ?", (article_id,))  # noqa: S608 - constants
            stored = _insert_sections(connection, article_id, parsed, chunks)
            connection.executemany(
                "INSERT INTO dropped VALUES (?, ?, ?, ?)",
                [(article_id, line.line_no, line.text, line.rule) for line in parsed.dropped],
            )
            connection.execute("DELETE FROM failures WHERE path = ?", (path,))
            _bump(connection)
        return stored

    def add_source(self, path: str, article_id: str) -> None:
        """Note that a path holds an article that is stored already (a copy, or the article's new place)."""
        with self.write() as connection:
            _claim(connection, path, article_id)
            connection.execute("DELETE FROM failures WHERE path = ?", (path,))

    def remove_source(self, path: str) -> None:
        """Forget a path; its article goes with the last of its paths."""
        with self.write() as connection:
            owner = _owner(connection, path)
            connection.execute("DELETE FROM sources WHERE path = ?", (path,))
            _settle(connection, owner)
            _bump(connection)

    def fail(self, failure: Failure) -> None:
        """Remember that a file can't be read, so that it is not tried again until it changes."""
        with self.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?)",
                (failure.path, failure.content_hash, failure.parser, failure.reason, datetime.now(UTC).isoformat()),
            )

    def forget_failures(self, paths: Iterable[str]) -> None:
        """Drop the record of failures whose files are gone."""
        with self.write() as connection:
            connection.executemany("DELETE FROM failures WHERE path = ?", [(path,) for path in paths])

    def keep(self, article_id: str, text: str) -> None:
        """Remember that a line is content, whatever the rules say; takes effect when the article is read again."""
        with self.write() as connection:
            connection.execute("INSERT OR IGNORE INTO kept VALUES (?, ?)", (article_id, text))
            connection.execute("UPDATE articles SET parser = 0 WHERE id = ?", (article_id,))


def _bump(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO meta VALUES ('generation', 1) ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )


def _claim(connection: sqlite3.Connection, path: str, article_id: str) -> None:
    """Give a path to an article."""
    before = _owner(connection, path)
    connection.execute(
        "INSERT INTO sources VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET article_id = excluded.article_id",
        (path, article_id),
    )
    if before != article_id:
        _settle(connection, before)


def _owner(connection: sqlite3.Connection, path: str) -> str | None:
    row = connection.execute("SELECT article_id FROM sources WHERE path = ?", (path,)).fetchone()
    return str(row[0]) if row else None


def _settle(connection: sqlite3.Connection, article_id: str | None) -> None:
    """After an article lost a path: it goes if that was the last one, else it is shown under one that it still has."""
    row = connection.execute("SELECT min(path) FROM sources WHERE article_id = ?", (article_id,)).fetchone()
    if row[0] is None:
        connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
    else:
        connection.execute(
            """UPDATE articles SET source = ? WHERE id = ? AND source NOT IN
               (SELECT path FROM sources WHERE article_id = ?)""",
            (row[0], article_id, article_id),
        )


def _insert_sections(
    connection: sqlite3.Connection, article_id: str, parsed: Parsed, chunks: Mapping[int, Sequence[Chunk]]
) -> list[str]:
    seen: dict[str, int] = {}
    stored: list[str] = []
    ordinal = 0
    for number, section in enumerate(parsed.sections):
        question_id = None
        if section.question:
            question_id = _unique(seen, article_id, "question", section.question)
            connection.execute(
                "INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    question_id,
                    article_id,
                    number,
                    section.question,
                    section.answer,
                    _dump(section.topics or parsed.topics),
                    _dump(section.headings),
                ),
            )
        for chunk in chunks.get(number, ()):
            passage_id = _unique(seen, article_id, *section.headings, section.question, chunk.text)
            cursor = connection.execute(
                "INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    passage_id,
                    article_id,
                    question_id,
                    ordinal,
                    chunk.text,
                    _dump(section.headings),
                    chunk.line_no,
                    chunk.page,
                ),
            )
            connection.execute(
                "INSERT INTO passage_words (rowid, question, headings, body) VALUES (?, ?, ?, ?)",
                (cursor.lastrowid, *_word_columns(parsed, section, chunk)),
            )
            stored.append(passage_id)
            ordinal += 1
    return stored


def _word_columns(parsed: Parsed, section: Section, chunk: Chunk) -> tuple[str, str, str]:
    headings = " ".join((parsed.title, *section.headings))
    return " ".join(segment(section.question)), " ".join(segment(headings)), " ".join(segment(chunk.text))


def _unique(seen: dict[str, int], *parts: str) -> str:
    """Hash the parts into an id of 20 hex characters; the n-th repeat within an article gets its own."""
    key = "\0".join(parts)
    seen[key] = seen.get(key, 0) + 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _dump(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _load(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _question(row: sqlite3.Row) -> Question:
    return Question(
        id=row["id"],
        text=row["text"],
        answer=row["answer"],
        article=row["article_id"],
        topics=_load(row["topics"]),
        title=row["title"],
        headings=_load(row["headings"]),
        language=row["language"],
        difficulty=row["difficulty"],
    )
