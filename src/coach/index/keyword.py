"""Keyword search: how rare a question's words are, and which passages hold them. SQLite's FTS5 finds candidates."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from coach.index.definition import asks_definition
from coach.index.manifest import Manifest
from coach.index.matching import Match, Rare, Sought
from coach.index.reading import WEIGHTS, Reader, WordVectors, unpacked
from coach.index.spelling import may_be_misspelt, meant
from coach.index.words import GENERIC, Concept, Form

_HAN, _NAME = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[a-z]{2}")
GENERIC_WEIGHT = 0.35
"""Weight of a word that names no subject, such as 原因: people word it in ever other ways."""
BACKGROUND = 20
"""Passages that are thought to exist and to hold none of the words: with one article, its own subject is rare still."""
POSTINGS = 10_000
"""Words are looked up from the rarest on, until so many passages would have to be ranked."""


class Keyword:
    """The keyword index of one manifest."""

    def __init__(self, manifest: Manifest) -> None:
        """Read nothing yet."""
        self._manifest = manifest
        self._reader = Reader(manifest)

    def rarities(self, concepts: Sequence[Concept], *, without: Collection[str] = ()) -> list[Rare]:
        """Look up how rare each concept is, as if the passages with the ids `without` did not exist."""
        memory = self._reader.memory()
        total = memory.total() - len(without)
        words = list({word for c in concepts for word in chain((c.word,), *c.others)})
        documents = Counter(memory.documents(words))
        for read in memory.read(without).values():
            held = set(unpacked(read.words)[0].tolist())
            documents.subtract(word for word in words if documents[word] and memory.number(word) in held)
        rare = []
        for concept in concepts:
            n = documents[concept.word] or max(
                (min(documents[word] for word in form) for form in concept.others), default=0
            )
            idf = max(0.0, math.log(max(0.5, BACKGROUND + total - n + 0.5) / (n + 0.5)))
            rare.append(Rare(concept, idf * (GENERIC_WEIGHT if concept.word in GENERIC else 1.0), n))
        return rare

    def candidates(self, rare: Sequence[Rare], *, limit: int) -> list[str]:
        """Return the ids of up to `limit` passages that hold the rarer concepts, roughly the best first."""
        wanted: list[str] = []
        postings = 0
        for each in sorted(rare, key=lambda each: each.passages):
            postings += each.passages
            if wanted and postings > POSTINGS:
                break
            if each.passages:
                wanted += [_quoted(form) for form in each.forms]
        if not wanted:
            return []
        rows = self._manifest.rows(
            """SELECT p.id FROM
               (SELECT rowid, bm25(passage_words, ?, ?, ?) AS score FROM passage_words
                WHERE passage_words MATCH ? ORDER BY score LIMIT ?) found
               JOIN passages p ON p.number = found.rowid ORDER BY found.score""",
            (*WEIGHTS, " OR ".join(dict.fromkeys(wanted)), limit),
        )
        return [row["id"] for row in rows]

    def match(
        self,
        rare: Sequence[Rare],
        ids: Iterable[str],
        vectors: tuple[str, WordVectors] | None = None,
        defined: Sequence[Rare] = (),
        names: Sequence[Rare] = (),
    ) -> dict[str, Match]:
        """Measure how well each of the passages fits the concepts of a question.

        `vectors` is an encoder's name and its vectors of words; without it no words count as alike. `defined` are the
        concepts that the question asks to define, `names` those that are names.
        """
        total = sum(each.idf for each in rare)
        memory = self._reader.memory()
        read = memory.read(ids)
        if total <= 0 or not read:
            return {}
        sought = Sought(rare, total, memory.mean_length(), defined, names)
        return dict(zip(read, sought.match(memory, list(read.values()), vectors), strict=True))

    def misspelt(self, rare: Sequence[Rare]) -> dict[str, str]:
        """The words of concepts that no passage holds but that are one slip away from one that some do."""
        found: dict[str, str] = {}
        for word in (each.concept.word for each in rare if not each.passages):
            if may_be_misspelt(word):
                sql = "SELECT term, doc FROM passage_vocabulary WHERE term >= ? AND term < ?"
                known = self._manifest.rows(sql, (word[0], chr(ord(word[0]) + 1)))
                found[word] = meant(word, ((row["term"], row["doc"]) for row in known))
        return {word: other for word, other in found.items() if other}

    def places(self, ids: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Where passages stand: article and ordinal."""
        read = self._reader.last.read(ids)
        return {id_: (each.article, each.ordinal) for id_, each in read.items()}


def subjects_to_define(question: str, rare: Sequence[Rare]) -> list[Rare]:
    """What a question asks to define, if it does: those of its concepts that name a subject."""
    subjects = [each for each in rare if each.concept.word not in GENERIC]
    return subjects if asks_definition(question, [each.concept.word for each in subjects]) else []


def names_in(question: str, rare: Sequence[Rare]) -> list[Rare]:
    """The names that a question asks about, of those that the articles hold: QLoRA, CLIP.

    In a Chinese question every English word that asks for nothing in general; in an English one they can't be told.
    """
    if not _HAN.search(question):
        return []
    return [
        each
        for each in rare
        if each.passages and each.idf > 0 and each.concept.word not in GENERIC and _NAME.search(each.concept.word)
    ]


def _quoted(form: Form) -> str:
    return f'"{" ".join(form)}"'
