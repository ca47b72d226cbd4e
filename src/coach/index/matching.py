"""How well passages fit a question's words: BM25 over concepts, and words that mean alike.

A concept is a word with its synonyms and translations; a passage that says it otherwise counts for a part. A score is
a share of the highest that any passage could reach for the same concepts, so that it does not grow with the question's
length: BM25 of one concept is idf · tf (k1 + 1) / (tf + k1 (1 - b + b · length / mean)) and stays below idf · (k1 + 1).
k1 and b are those of Robertson and Zaragoza (2009), and of FTS5.

Words that mean alike are late interaction (Khattab and Zaharia, 2020) with vectors of words that know no context: each
concept takes the passage's word that is nearest.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.index.definition import introduces
from coach.index.reading import Memory, Read, WordVectors, unpacked
from coach.index.words import STOP_WORDS, Concept, Form

_K1, _B = 1.2, 0.75
OTHERWISE = 0.3
"""How much a synonym or translation counts against the word itself."""
OPENING = 40
"""A word at place p counts 1 / (1 + p / OPENING) for the opening: passages say early what they are about."""

Floats = NDArray[np.float32]


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
        alike: Cosine of each concept with the nearest word, averaged; 0 without vectors.
        opening: The same, words counting the less the later they stand.
        chinese: Whether the passage is written in Chinese.
        names: Share of the names asked about that it holds in any form; 1 if there are none.
    """

    score: float = 0.0
    coverage: float = 0.0
    question: float = 0.0
    own: float = 0.0
    introduces: float = 0.0
    alike: float = 0.0
    opening: float = 0.0
    chinese: bool = False
    names: float = 1.0


class Sought:
    """A question's concepts, prepared for matching many passages."""

    def __init__(
        self, rare: Sequence[Rare], total: float, mean: float, defined: Sequence[Rare], names: Sequence[Rare] = ()
    ) -> None:
        """`total` is the concepts' rarity together, `mean` a passage's mean length, `defined` what is to be defined.

        `names` are those of the concepts that are names, such as QLoRA.
        """
        self._names, self._named = names, sum(each.idf for each in names)
        self._rare, self._total, self._mean = rare, total, mean
        self._defined = [each.forms for each in defined]
        self._idf = np.array([each.idf for each in rare])

    def match(self, memory: Memory, reads: Sequence[Read], vectors: tuple[str, WordVectors] | None) -> list[Match]:
        """Measure passages that the memory has read, in order."""
        sizes = np.array([len(read.words) for read in reads])
        starts = np.cumsum(sizes) - sizes
        words, places, count = unpacked(np.concatenate([read.words for read in reads]))
        owner = np.repeat(np.arange(len(reads)), sizes)
        own = np.arange(len(words)) - starts[owner] < np.array([read.own for read in reads])[owner]

        columns = {word: n for n, word in enumerate({w for r in self._rare for form in r.forms for w in form})}
        numbers = np.array([memory.number(word) for word in columns])
        table = np.full(max(int(words.max()), int(numbers.max())) + 1, -1)
        table[numbers[numbers >= 0]] = np.flatnonzero(numbers >= 0)
        column = table[words]
        held = np.flatnonzero(column >= 0)
        counts = np.zeros((len(reads), len(columns)))
        counts[owner[held], column[held]] = count[held]
        asked = np.zeros((len(reads), len(columns)), bool)
        asked[owner[held], column[held]] = own[held]

        norm = _K1 * (1 - _B + _B * np.array([read.length for read in reads]) / self._mean)
        score, covered, named_idf = np.zeros(len(reads)), np.zeros(len(reads)), np.zeros(len(reads))
        names = np.zeros(len(reads))
        named: list[set[str]] = [set() for _ in reads]
        for each in self._rare:
            others = np.zeros(len(reads))
            inside = np.zeros(len(reads), bool)
            for place, form in enumerate(each.forms):
                at = [columns[word] for word in form]
                if place:
                    others = np.maximum(others, counts[:, at].min(axis=1))
                whole = asked[:, at].all(axis=1)
                inside |= whole
                for row in np.flatnonzero(whole).tolist():
                    named[row].update(form)
            frequency = counts[:, columns[each.concept.word]] + OTHERWISE * others
            score += each.idf * frequency * (_K1 + 1) / (frequency + norm)
            covered += each.idf * (frequency > 0)
            if each in self._names:
                names += each.idf * (frequency > 0)
            named_idf += each.idf * inside
        alike, opening = self._alike(memory, words, places, starts, vectors)
        usual = self._total / len(self._rare)
        found = []
        for row, read in enumerate(reads):
            mine = float(named_idf[row])
            unasked = len(_subjects(read.question) - named[row]) if mine else 0
            found.append(
                Match(
                    score=min(1.0, float(score[row]) / (self._total * (_K1 + 1))),
                    coverage=float(covered[row]) / self._total,
                    question=mine / self._total,
                    own=mine / (mine + usual * unasked) if mine else 0.0,
                    introduces=introduces(read.question, self._defined) if self._defined and mine else 0.0,
                    alike=float(alike[row]),
                    opening=float(opening[row]),
                    chinese=read.chinese,
                    names=float(names[row]) / self._named if self._named else 1.0,
                )
            )
        return found

    def _alike(
        self,
        memory: Memory,
        words: NDArray[np.int64],
        places: NDArray[np.int64],
        starts: NDArray[np.int64],
        vectors: tuple[str, WordVectors] | None,
    ) -> tuple[Floats, Floats]:
        """Mean cosine of the concepts with their nearest words, in all and in the opening, each (passages,)."""
        if vectors is None:
            return np.zeros(len(starts), np.float32), np.zeros(len(starts), np.float32)
        encoder, encode = vectors
        share = (self._idf / self._total).astype(np.float32)
        cosines = memory.similar(words, encode([each.concept.word for each in self._rare]), encoder, encode)
        np.maximum(cosines, 0, out=cosines)
        early = 1 / (1 + places.astype(np.float32) / OPENING)
        return (
            share @ np.maximum.reduceat(cosines, starts, axis=1),
            share @ np.maximum.reduceat(cosines * early, starts, axis=1),
        )


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
