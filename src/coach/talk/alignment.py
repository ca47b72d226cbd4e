"""Which words of a key point an answer says, and where: exact, by synonym, with a typo, or by meaning.

Knows nothing of verdicts and scores. Words are canonical: synonyms of both languages are one.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.index.encoder import Encoder
from coach.index.sameness import canonical_words, is_light
from coach.index.words import GENERIC, cut, normalise
from coach.talk.formulas import formula_words

LIGHT = 0.3
"""Weight of a word that says little of a subject, against 1."""
NEAR = (0.35, 0.75)
"""Cosines of two words' vectors at which they begin to count as related, and count as one (translations: 0.74)."""
TRANSLATED = (0.25, 0.5)
"""The same for a Latin and a Chinese word, whose vectors lie further apart."""
LONGEST = 4
"""Clauses of an answer that are looked at together as the words for one point; whole sentences come on top."""
LIKELY = 6
"""Places of an answer that share the most words with a point; only they are compared with it by meaning."""
_CLAUSE = re.compile(r"[。！？!?；;，,、：:\n]+|(?<=[A-Za-z0-9)])\.(?=\s|$)")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.\s*$")
_PHRASE = 8
"""Longest point, in characters, that is looked for as a phrase."""
_OPPOSED = frozenset(
    "有无大小高低多少上下前后左右一二三四五六七八九十不非未没正负真假奇偶内外长短快慢单双好差强弱升降增减行列先后深浅远近"
)
"""Characters that make another word where they stand for one another: no typos."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of text between marks; `text[start:end]` of the whole. `last` tells whether it ends a sentence."""

    text: str
    start: int
    end: int
    last: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Where an answer says a point best: `answer[start:end]`.

    Attributes:
        recall: Weighted share of the point's words that stand there, 0..1.
        soft: The same, words of near meaning counting in part.
        cosine: Cosine of point and place, cut at 0.
        start: Offset in the answer.
        end: Offset behind it.
        rival: How much more of another point's words stand there than of this one's, 0..1.
    """

    recall: float
    soft: float
    cosine: float
    start: int
    end: int
    rival: float = 0.0


def clauses(text: str) -> list[Clause]:
    """Cut a text at its marks."""
    found: list[Clause] = []
    position = 0
    for match in [*_CLAUSE.finditer(text), None]:
        start, end = position, match.start() if match else len(text)
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            last = match is None or bool(_SENTENCE_END.search(match.group()))
            found.append(Clause(text[start:end], start, end, last))
        position = match.end() if match else len(text)
    return found


def key_words(text: str) -> list[str]:
    """The words of a text that say something, canonical, each once; formulas in one notation."""
    return list(_key_words(text))


@functools.lru_cache(maxsize=4096)
def _key_words(text: str) -> tuple[str, ...]:
    bare, formulas = formula_words(text)
    return tuple(dict.fromkeys([*(word for word, _ in canonical_words(bare) if word), *formulas])) or tuple(cut(text))


def weight(word: str) -> float:
    """How much a word tells of a subject."""
    return LIGHT if is_light(word) or word in GENERIC or word.startswith("?") else 1.0


def left_over(words: Sequence[str], question: str) -> list[str]:
    """Words that the question does not already name; all of them if it names every one."""
    asked = set(key_words(question))
    plain = normalise(question)
    rest = [word for word in words if word not in asked and (word.isascii() or word not in plain)]
    return rest or list(words)


def point_words(point: str, question: str) -> list[str]:
    """The words of a point that count: those that the question does not name; a short point of such words is a phrase.

    >>> point_words("专业配送", "按配送的专业化程度分为哪些？")
    ['专业配送']
    """
    words = key_words(point)
    rest = left_over(words, question)
    named = len(left_over([*words, "\0"], question)) == 1
    phrase = re.sub(r"\s", "", normalise(point))
    return [phrase] if named and len(phrase) <= _PHRASE else rest


class Alignment:
    """The words of one answer, ready to be compared with points."""

    def __init__(self, answer: str, encoder: Encoder | None) -> None:
        """Cut the answer, once for all its points."""
        self.clauses = clauses(answer)
        self._answer = answer
        self._plain = [normalise(clause.text) for clause in self.clauses]
        self._words = [_key_words(clause.text) for clause in self.clauses]
        self._latin = sorted({word for words in self._words for word in words if word.isascii()})
        self._encoder = encoder
        self.windows = self._windows()

    def find(self, points: Sequence[str], words: Sequence[Sequence[str]]) -> list[Found]:
        """Return where the answer says each point best.

        Args:
            points: The points' texts.
            words: The words of each point that count.
        """
        vocabulary = list(dict.fromkeys(word for each in words for word in each))
        if not self.windows or not vocabulary:
            return [Found(0.0, 0.0, 0.0, 0, 0) for _ in points]
        column = {word: place for place, word in enumerate(vocabulary)}
        hard = np.array([self._match(word) for word in vocabulary]).T
        soft = np.maximum(hard, self._meaning(vocabulary))
        recalls, softs = self._over_windows(hard), self._over_windows(soft)
        sizes = np.array([b - a for a, b in self.windows])
        shares = []
        for point, each in zip(points, words, strict=True):
            weights = np.array([weight(word) for word in each])
            weights /= weights.sum() or 1.0
            columns = [column[word] for word in each]
            spelled = self._spelled(point)
            shares.append(
                tuple(np.minimum(1, np.maximum(table[:, columns], spelled) @ weights) for table in (recalls, softs))
            )
        likely = [np.argsort(-(soft_ - 0.015 * sizes), kind="stable")[:LIKELY] for _, soft_ in shares]
        near = self._near(points, likely)
        everyone = np.array([soft_ for _, soft_ in shares])
        found = []
        for (recall, soft_), places, cosines in zip(shares, likely, near, strict=True):
            told = recall[places] if cosines is None else cosines
            best = int(np.argmax(soft_[places] + 0.3 * told - 0.015 * sizes[places]))
            start, end = self.windows[places[best]]
            found.append(
                Found(
                    float(recall[places[best]]), float(soft_[places[best]]), float(told[best]),
                    self.clauses[start].start, self.clauses[end - 1].end,
                    float(everyone[:, places[best]].max() - soft_[places[best]]),
                )
            )  # fmt: skip
        return found

    def _near(self, points: Sequence[str], likely: Sequence[NDArray[np.int64]]) -> list[NDArray[np.float32] | None]:
        """Cosines of each point and the places where it is likely said, cut at 0."""
        if self._encoder is None:
            return [None] * len(points)
        chosen = sorted({int(place) for places in likely for place in places})
        spans = [(self.clauses[a].start, self.clauses[b - 1].end) for a, b in (self.windows[place] for place in chosen)]
        vectors = self._encoder.encode_passages([self._answer[start:end] for start, end in spans])
        wanted = _vectors(self._encoder, points)
        row = {place: number for number, place in enumerate(chosen)}
        return [
            np.maximum(vectors[[row[int(place)] for place in places]] @ mine, 0)
            for mine, places in zip(wanted, likely, strict=True)
        ]

    def _over_windows(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """The best value of each word in each window: (windows, words), from (clauses, words)."""
        return np.array([table[a:b].max(0) for a, b in self.windows])

    def _spelled(self, point: str) -> NDArray[np.float64]:
        """Whether each window holds a short point as a whole, with one typo at most: (windows, 1)."""
        plain = normalise(point)
        if not 5 <= len(plain) <= _PHRASE:
            return np.zeros((len(self.windows), 1))
        return self._over_windows(np.array([[_chinese(plain, each, ())] for each in self._plain]))

    def _meaning(self, vocabulary: Sequence[str]) -> NDArray[np.float64]:
        """How near each clause comes to each word by meaning: (clauses, words)."""
        out = np.zeros((len(self.clauses), len(vocabulary)))
        said = list(dict.fromkeys(word for words in self._words for word in words))
        if self._encoder is None or not said:
            return out
        cosines = _vectors(self._encoder, vocabulary) @ _vectors(self._encoder, said).T
        latin = [np.array([word.isascii() for word in words]) for words in (vocabulary, said)]
        other = latin[0][:, None] != latin[1][None, :]
        low, high = (np.where(other, *pair) for pair in zip(TRANSLATED, NEAR, strict=True))
        near = np.clip((cosines - low) / (high - low), 0, 1)
        column = {word: place for place, word in enumerate(said)}
        for place, words in enumerate(self._words):
            if words:
                out[place] = near[:, [column[word] for word in words]].max(1)
        return out

    def _match(self, word: str) -> list[float]:
        """Whether each clause says a word: 1, less for a typo or a part of it."""
        if not word.isascii():
            characters = set(word)
            return [
                1.0 if word in said else _chinese(word, plain, said) if not characters.isdisjoint(plain) else 0.0
                for said, plain in zip(self._words, self._plain, strict=True)
            ]
        forms = {other: form for other in self._latin if (form := _latin(word, other))}
        forms[word] = 1.0
        return [max((forms.get(other, 0.0) for other in said), default=0.0) for said in self._words]

    def _windows(self) -> list[tuple[int, int]]:
        """Runs of clauses: short ones, whole sentences, and two sentences that follow each other."""
        count = len(self.clauses)
        runs = {(a, b) for a in range(count) for b in range(a + 1, min(a + LONGEST, count) + 1)}
        ends = [0, *(place + 1 for place, clause in enumerate(self.clauses) if clause.last)]
        runs.update((a, b) for size in (1, 2) for a, b in zip(ends, ends[size:], strict=False))
        return sorted(runs)


_KEPT = 1 << 14
"""Vectors of words and points that are kept for the next answer."""
_known: dict[str, dict[str, NDArray[np.float32]]] = {}


def _vectors(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed words and points, each once: (texts, dimension)."""
    known = _known.setdefault(encoder.fingerprint, {})
    new = [text for text in dict.fromkeys(texts) if text not in known]
    fresh = dict(zip(new, encoder.encode_passages(new), strict=True)) if new else {}
    rows = [fresh[text] if text in fresh else known[text] for text in texts]
    if len(known) + len(fresh) > _KEPT:
        known = _known[encoder.fingerprint] = {}
    known.update(fresh)
    return np.array(rows, np.float32).reshape(len(texts), encoder.dimension)


@functools.lru_cache(maxsize=1 << 14)
def _chinese(word: str, plain: str, said: tuple[str, ...]) -> float:
    if len(word) > 1 and word in plain:
        return 1.0
    part = max((len(other) for other in said if len(other) > 1 and other in word), default=0)
    best = part / len(word) * 0.8
    if len(word) >= 3 and len(plain) >= len(word):
        for start in range(len(plain) - len(word) + 1):
            differing = [(a, b) for a, b in zip(word, plain[start : start + len(word)], strict=True) if a != b]
            if len(differing) == 1 and not _OPPOSED.issuperset(differing[0][:1]) and differing[0][1] > "\u4e00":
                return 0.8
    return best


@functools.lru_cache(maxsize=1 << 16)
def _latin(word: str, other: str) -> float:
    """Another form of a word (simulate, simulation), or one with a typo."""
    shorter, longer = sorted((word, other), key=len)
    if len(shorter) < 4 or not shorter.isalpha() or not longer.isalpha():
        return 0.0
    shared = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if shared >= 4 and shared >= 0.75 * len(shorter) and len(longer) - shared <= 5:
        return 1.0
    if len(shorter) >= 5 and len(longer) - len(shorter) <= 1 and _one_edit(shorter, longer):
        return 1.0
    return 0.0


def _one_edit(shorter: str, longer: str) -> bool:
    at = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) == len(longer):
        swapped = shorter[at + 1 : at + 2] + shorter[at : at + 1] == longer[at : at + 2]
        return shorter[at + 1 :] == longer[at + 1 :] or (swapped and shorter[at + 2 :] == longer[at + 2 :])
    return shorter[at:] == longer[at + 1 :]
