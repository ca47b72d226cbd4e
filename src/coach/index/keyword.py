"""Keyword search: SQLite's FTS5 finds candidates, BM25 over concepts ranks them. Knows no vectors.

A concept is a word with its synonyms and translations; a passage that says it otherwise counts for a part. A score is
a share of the highest that any passage could reach for the same concepts, so that it does not grow with the question's
length: BM25 of one concept is idf · tf (k1 + 1) / (tf + k1 (1 - b + b · length / mean)) and stays below idf · (k1 + 1).
k1 and b are those of Robertson and Zaragoza (2009), and of FTS5.
"""

import functools
import math
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from coach.index.definition import asks_definition, introduces
from coach.index.manifest import BATCH, Manifest
from coach.index.words import GENERIC, STOP_WORDS, Concept, Form

_K1, _B = 1.2, 0.75
WEIGHTS = (2.0, 1.0, 1.0)
"""How much a word counts in a passage's question, headings and body."""
OTHERWISE = 0.3
"""How much a synonym or translation counts against the word itself; from `training/fusion.py`."""
GENERIC_WEIGHT = 0.35
"""Weight of a word that names no subject, such as 原因: people word it in ever other ways."""
POSTINGS = 30_000
"""Words are looked up from the rarest on, until so many passages would have to be ranked."""
_MEASURED = 2_000
"""Passages from which the mean length is taken."""


@dataclass(frozen=True, slots=True)
class Rare:
    """A concept of a question, with the inverse document frequency log((N - n + 0.5) / (n + 0.5)), at least 0.

    `passages` is n: how many hold the word, or else the commonest other form. A concept that none holds is the rarest:
    it is what the articles don't know.
    """

    concept: Concept
    idf: float
    passages: int

    @property
    def forms(self) -> tuple[Form, ...]:
        """All ways to say it, the word itself first."""
        return ((self.concept.word,), *self.concept.others)


@dataclass(frozen=True, slots=True)
class Match:
    """How well one passage fits the concepts, each figure in 0..1, weighted by rarity.

    Attributes:
        score: BM25 as a share of the highest that is possible.
        coverage: Share of the concepts that it holds in any form.
        question: The same for the passage's own question alone.
        own: Share of the passage's own question that the concepts cover.
        introduces: How far that own question introduces what is asked about, -0.5..1; 0 if no definition is asked for.
    """

    score: float = 0.0
    coverage: float = 0.0
    question: float = 0.0
    own: float = 0.0
    introduces: float = 0.0


class Keyword:
    """The keyword index of one manifest."""

    def __init__(self, manifest: Manifest) -> None:
        """Read nothing yet."""
        self._manifest = manifest
        self._lock = threading.Lock()
        self._mean = (-1, 1.0)

    def rarities(self, concepts: Sequence[Concept], *, without: Collection[str] = ()) -> list[Rare]:
        """Look up how rare each concept is, as if the passages with the ids `without` did not exist."""
        total = self._manifest.rows("SELECT count(*) FROM passages")[0][0] - len(without)
        words = list({word for c in concepts for word in chain((c.word,), *c.others)})
        documents: Counter[str] = Counter()
        for start in range(0, len(words), BATCH):
            batch = words[start : start + BATCH]
            marks = ",".join("?" * len(batch))
            sql = f"SELECT term, doc FROM passage_vocabulary WHERE term IN ({marks})"  # noqa: S608 - marks alone
            documents.update({row["term"]: row["doc"] for row in self._manifest.rows(sql, batch)})
        for columns in self._columns(without).values():
            documents.subtract(word for word in set(chain.from_iterable(map(str.split, columns))) if documents[word])
        rare = []
        for concept in concepts:
            n = documents[concept.word] or max(
                (min(documents[word] for word in form) for form in concept.others), default=0
            )
            idf = max(0.0, math.log(max(0.5, total - n + 0.5) / (n + 0.5)))
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

    def match(self, question: str, rare: Sequence[Rare], ids: Collection[str]) -> dict[str, Match]:
        """Measure how well each of the passages fits the question, whose concepts are given."""
        total = sum(each.idf for each in rare)
        if total <= 0:
            return {}
        subjects = [each for each in rare if each.concept.word not in GENERIC]
        definition = asks_definition(question, [each.concept.word for each in subjects])
        sought = _Sought(rare, total, self._mean_length(), subjects if definition else ())
        return {id_: sought.match(columns) for id_, columns in self._columns(ids).items()}

    def _columns(self, ids: Iterable[str]) -> dict[str, tuple[str, str, str]]:
        """Segmented question, headings and body of passages, by id."""
        every = list(ids)
        found: dict[str, tuple[str, str, str]] = {}
        for start in range(0, len(every), BATCH):
            batch = every[start : start + BATCH]
            marks = ",".join("?" * len(batch))
            sql = f"""SELECT p.id, w.question, w.headings, w.body
                      FROM passages p JOIN passage_words w ON w.rowid = p.number
                      WHERE p.id IN ({marks})"""  # noqa: S608 - marks alone
            found.update((row[0], (row[1], row[2], row[3])) for row in self._manifest.rows(sql, batch))
        return found

    def _mean_length(self) -> float:
        """Mean number of words in a passage; measured again when the passages have changed."""
        generation = self._manifest.generation()
        with self._lock:
            if self._mean[0] != generation:
                words = " + ".join(
                    f"length({name}) - length(replace({name}, ' ', ''))" for name in ("question", "headings", "body")
                )
                sql = f"""SELECT avg({words}) + 2 FROM passage_words WHERE rowid % (1 +
                          (SELECT count(*) FROM passages) / ?) = 0"""  # noqa: S608 - constants
                self._mean = (generation, self._manifest.rows(sql, (_MEASURED,))[0][0] or 1.0)
            return self._mean[1]


class _Sought:
    """A question's concepts, prepared for matching many passages."""

    def __init__(self, rare: Sequence[Rare], total: float, mean: float, defined: Sequence[Rare]) -> None:
        self._defined = [each.forms for each in defined]
        self._total, self._mean = total, mean
        self._usual = total / len(rare)
        self._concepts = [(each.idf, each.concept.word, each.forms) for each in rare]
        self._words = {word for _, _, forms in self._concepts for form in forms for word in form}

    def match(self, columns: Sequence[str]) -> Match:
        """Measure a passage by its segmented question, headings and body."""
        frequencies: dict[str, float] = {}
        length = 0
        for weight, column in zip(WEIGHTS, columns, strict=True):
            words = column.split()
            length += len(words)
            for word in words:
                if word in self._words:
                    frequencies[word] = frequencies.get(word, 0.0) + weight
        norm = _K1 * (1 - _B + _B * length / self._mean)
        own_words = frozenset(columns[0].split())
        score = covered = asked = 0.0
        named: set[str] = set()
        for idf, word, forms in self._concepts:
            held = [form for form in forms if _holds(frequencies, form)]
            if not held:
                continue
            others = held[1:] if held[0] == forms[0] else held
            other = max((min(frequencies[part] for part in form) for form in others), default=0.0)
            frequency = frequencies.get(word, 0.0) + OTHERWISE * other
            score += idf * frequency * (_K1 + 1) / (frequency + norm)
            covered += idf
            inside = [form for form in held if own_words.issuperset(form)]
            asked += idf * bool(inside)
            named.update(chain.from_iterable(inside))
        unasked = len(_subjects(columns[0]) - named)
        return Match(
            score=min(1.0, score / (self._total * (_K1 + 1))),
            coverage=covered / self._total,
            question=asked / self._total,
            own=asked / (asked + self._usual * unasked) if asked else 0.0,
            introduces=introduces(columns[0], self._defined) if self._defined and asked else 0.0,
        )


def _holds(frequencies: Mapping[str, float], form: Form) -> bool:
    return form[0] in frequencies and (len(form) == 1 or all(word in frequencies for word in form))


@functools.lru_cache(maxsize=4096)
def _subjects(question: str) -> frozenset[str]:
    """The words of a passage's own question that carry its topic; parts of a longer word are left out."""
    words = question.split()
    longer = [word for word in words if len(word) > 2]
    return frozenset(
        word
        for word in words
        if word not in STOP_WORDS and not any(word in other and word != other for other in longer)
    )


def _quoted(form: Form) -> str:
    return f'"{" ".join(form)}"'
