"""Keyword search: BM25 by SQLite's FTS5 over segmented words. Knows no vectors.

Scores are given as a share of the highest score that any passage could reach for the same words, so that they don't
grow with the question's length: FTS5's BM25 of one word is idf · tf (k1 + 1) / (tf + k1 (1 - b + b · length / mean))
with k1 = 1.2 and b = 0.75, and stays below idf · (k1 + 1).
"""

import math
from collections.abc import Mapping, Sequence

from coach.index.manifest import Manifest

_K1 = 1.2
QUESTION_WEIGHT = 2.0
HEADINGS_WEIGHT = 1.0
BODY_WEIGHT = 1.0
COMMON = 0.25
"""Words in more than this share of all passages are left out of a query that has rarer ones: they cost time only."""


def rarity(manifest: Manifest, words: Sequence[str]) -> dict[str, float]:
    """Return the inverse document frequency of each word: log((N - n + 0.5) / (n + 0.5)), at least 0.

    A word that no passage holds gets the highest value: it is what the articles don't know.
    """
    total = manifest.rows("SELECT count(*) FROM passages")[0][0]
    if not words or not total:
        return {word: 0.0 for word in words}
    marks = ",".join("?" * len(words))
    rows = manifest.rows(f"SELECT term, doc FROM passage_vocabulary WHERE term IN ({marks})", list(words))  # noqa: S608
    documents = {row["term"]: row["doc"] for row in rows}
    return {
        word: max(0.0, math.log((total - documents.get(word, 0) + 0.5) / (documents.get(word, 0) + 0.5)))
        for word in words
    }


def search(manifest: Manifest, rarities: Mapping[str, float], *, limit: int) -> list[tuple[str, float]]:
    """Return up to `limit` (passage id, score in 0..1), best first, for words with their rarities."""
    best = sum(rarities.values()) * (_K1 + 1)
    if best <= 0:
        return []
    common = math.log((1 - COMMON) / COMMON)
    words = [word for word, value in rarities.items() if value >= common] or list(rarities)
    match = " OR ".join(f'"{word}"' for word in words)
    rows = manifest.rows(
        """SELECT p.id, bm25(passage_words, ?, ?, ?) AS score
           FROM passage_words JOIN passages p ON p.number = passage_words.rowid
           WHERE passage_words MATCH ? ORDER BY score LIMIT ?""",
        (QUESTION_WEIGHT, HEADINGS_WEIGHT, BODY_WEIGHT, match, limit),
    )
    return [(row["id"], min(1.0, -row["score"] / best)) for row in rows]
