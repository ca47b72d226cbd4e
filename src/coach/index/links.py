"""Questions of different articles that ask the same, linked as articles come and change. Answers are never merged.

Only new questions are compared, and only with those that share their aspects and names: the index of words finds them
exactly, so that one changed article among 100,000 questions costs seconds and no more memory than its own questions.
"""

import functools
import hashlib
import json
import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coach.index.encoder import Encoder
from coach.index.manifest import Manifest
from coach.index.sameness import SYNONYMS_FILE, Asked, asked, overlap
from coach.index.words import TERMS_FILE
from coach.records import Question

OVERLAP_WEIGHT = 0.6
"""Weight of the shared words; the rest goes to the cosine of the questions' texts."""
LEAST_COSINE = 0.25
"""What two names in common stand for: no encoder knows every abbreviation."""
SAME = OVERLAP_WEIGHT + (1 - OVERLAP_WEIGHT) * LEAST_COSINE
"""Score from which two questions count as the same: equal words and the least cosine; by `bench/links.py`."""
CANDIDATES = 200
"""Questions looked at for one new question, the shortest first."""
_LINKER = 2
_VERSION = "linker"
_BATCH = 256

_KEPT = 16384
"""Questions of which the words and the vector are kept in memory, about 40 MB: candidates come again and again."""

_remembered = functools.lru_cache(maxsize=_KEPT)(asked)


def score(first: Asked, second: Asked, shared: float, cosine: float) -> float:
    """How surely two questions ask the same, in 0..1, from their overlap and cosine; 0 where a guard spoke."""
    if not shared:
        return 0.0
    several = len(first.names.intersection(first.subject, second.subject)) > 1
    return OVERLAP_WEIGHT * shared + (1 - OVERLAP_WEIGHT) * max(LEAST_COSINE if several else 0.0, cosine)


class Links:
    """Links between the manifest's questions."""

    def __init__(self, manifest: Manifest) -> None:
        """Work on a manifest."""
        self._manifest = manifest

    def update(self, encoder: Callable[[], Encoder]) -> None:
        """Compare the questions that are new since the last time; what was done stays when the process is killed.

        The encoder is loaded only if there are pairs to compare.
        """
        version = _version()
        if self._manifest.meta(_VERSION) != version:
            with self._manifest.write() as connection:
                connection.execute("DELETE FROM compared")
                connection.execute("DELETE FROM question_links")
            self._manifest.set_meta(_VERSION, version)
        self._index()
        meanings = _Meanings(encoder)
        while batch := self._manifest.rows(
            """SELECT c.number, q.id, q.text, q.article_id FROM compared c JOIN questions q ON q.id = c.question_id
               WHERE c.linked = 0 ORDER BY c.number LIMIT ?""",
            (_BATCH,),
        ):
            found = self._compare(batch, meanings)
            with self._manifest.write() as connection:
                # A question may have been deleted meanwhile.
                connection.executemany(
                    """INSERT OR REPLACE INTO question_links SELECT min(a.id, b.id), max(a.id, b.id), ?
                       FROM questions a JOIN questions b WHERE a.id = ? AND b.id = ?""",
                    [(value, first, second) for (first, second), value in found.items()],
                )
                connection.executemany(
                    "UPDATE compared SET linked = 1 WHERE number = ?", [(row["number"],) for row in batch]
                )

    def linked(self, question_id: str) -> list[Question]:
        """Questions of other articles that ask the same, the surest first."""
        rows = self._manifest.rows(
            """SELECT second AS other, score FROM question_links WHERE first = ?
               UNION ALL SELECT first, score FROM question_links WHERE second = ? ORDER BY score DESC, other""",
            (question_id, question_id),
        )
        return self._manifest.questions_by_id([row["other"] for row in rows])

    def pairs(self) -> list[tuple[str, str]]:
        """All links as pairs of question ids, the surest first."""
        rows = self._manifest.rows("SELECT first, second FROM question_links ORDER BY score DESC, first, second")
        return [(row["first"], row["second"]) for row in rows]

    def _index(self) -> None:
        """Index the words of new questions."""
        new = self._manifest.rows("SELECT id, text FROM questions WHERE id NOT IN (SELECT question_id FROM compared)")
        for start in range(0, len(new), _BATCH):
            words = [(row["id"], " ".join(_indexed(_remembered(row["text"])))) for row in new[start : start + _BATCH]]
            with self._manifest.write() as connection:
                for question_id, line in words:
                    cursor = connection.execute(
                        "INSERT OR IGNORE INTO compared (question_id) SELECT id FROM questions WHERE id = ?",
                        (question_id,),
                    )
                    if cursor.rowcount:
                        connection.execute(
                            "INSERT INTO compared_words (rowid, words) VALUES (?, ?)", (cursor.lastrowid, line)
                        )

    def _compare(self, batch: Sequence[sqlite3.Row], meanings: "_Meanings") -> dict[tuple[str, str], float]:
        """Return the scores of the batch's questions with all others, where they are high enough."""
        total = self._manifest.rows("SELECT count(*) FROM compared")[0][0]
        shared: dict[tuple[str, str], float] = {}
        texts: dict[str, str] = {}
        pairs = [
            (row, other) for row in batch for other in self._candidates(_remembered(row["text"]), row["article_id"])
        ]
        rarity = self._rarity(
            {word for pair in pairs for row in pair for word in _remembered(row["text"]).subject}, total
        )
        for row, other in pairs:
            value = overlap(_remembered(row["text"]), _remembered(other["text"]), rarity)
            if value:
                shared[min(row["id"], other["id"]), max(row["id"], other["id"])] = value
                texts |= {row["id"]: row["text"], other["id"]: other["text"]}
        if not shared:
            return {}
        vectors = meanings.of(texts.values())
        found = {}
        for (first, second), value in shared.items():
            mine, theirs = texts[first], texts[second]
            surely = score(_remembered(mine), _remembered(theirs), value, float(vectors[mine] @ vectors[theirs]))
            if surely >= SAME:
                found[first, second] = surely
        return found

    def _candidates(self, mine: Asked, article_id: str) -> list[sqlite3.Row]:
        """Questions of other articles with the same aspects and names; `overlap` is 0 for all others."""
        subject = mine.subject
        if not subject or mine.points_back:
            return []
        needed = [word for word in subject if word in mine.names] or [max(subject, key=len)]
        match = " ".join(f'"{word}"' for word in _with_aspects(mine, needed))
        return self._manifest.rows(
            """SELECT q.id, q.text FROM compared_words w
               JOIN compared c ON c.number = w.rowid JOIN questions q ON q.id = c.question_id
               WHERE compared_words MATCH ? AND q.article_id <> ? ORDER BY bm25(compared_words) LIMIT ?""",
            (match, article_id, CANDIDATES),
        )

    def _rarity(self, words: Collection[str], total: int) -> Mapping[str, float]:
        """Inverse document frequencies among the questions, always above 0."""
        rows = self._manifest.rows(
            "SELECT term, doc FROM compared_vocabulary WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(list(words)),),
        )
        known = {row["term"]: row["doc"] for row in rows}
        return {word: math.log(1 + (total - known.get(word, 0) + 0.5) / (known.get(word, 0) + 0.5)) for word in words}


class _Meanings:
    """Vectors of questions, kept for as long as they are few."""

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def of(self, texts: Iterable[str]) -> Mapping[str, NDArray[np.float32]]:
        """Return a vector of unit length for each of the texts, and others that are still known."""
        wanted = set(texts)
        if len(wanted | self._vectors.keys()) > _KEPT:
            self._vectors = {text: vector for text, vector in self._vectors.items() if text in wanted}
        absent = sorted(wanted - self._vectors.keys())
        if absent:
            self._vectors |= zip(absent, self._encoder().encode_queries(absent), strict=True)
        return self._vectors


def _indexed(question: Asked) -> list[str]:
    return [*question.subject, *_with_aspects(question, question.subject)]


def _with_aspects(question: Asked, words: Iterable[str]) -> list[str]:
    """Words joined with what is asked of them: rarer than either, and so found sooner."""
    aspects = "".join(sorted(question.aspects)).replace("?", "")
    return [f"{aspects}0{word}" for word in words]


@functools.cache
def _version() -> str:
    """Changes with whatever decides about links, so that old ones are made anew."""
    words = b"".join(path.read_bytes() for path in (TERMS_FILE, SYNONYMS_FILE))
    return f"{_LINKER}:{hashlib.sha256(words).hexdigest()[:12]}"
