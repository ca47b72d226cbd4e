"""Do two questions ask the same? Decided on what is asked about what, so that near topics stay apart.

A question is reduced to its aspects (difference, advantage, reason …) and its subject words, in which synonyms of both
languages are one. Two questions are the same when the aspects are equal and no subject word of weight is left over.
Knows neither the database nor encoders.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from coach.index.words import STOP_WORDS, TERMS_FILE, normalise, segment

SYNONYMS_FILE = Path(__file__).with_name("synonyms.txt")
"""One canonical word, a tab, and what says the same; `?word` is an aspect, `~` starts the words of little weight."""

LEFT_OVER = 0.1
"""Share of the rarity, over both questions, that words of one question alone may hold."""
DEFAULT_ASPECT = "?define"
_WEAK = ("?how", "?list", DEFAULT_ASPECT)
"""Aspects that count only where no other is: "what is the difference" asks for the difference."""

_ATOM = re.compile(
    r"[a-zα-ω]+(?:[0-9]+[a-z]+)+|[a-zα-ω]+(?:\+\+|#)?|[0-9]+(?:\.[0-9]+)?|√|[\u3400-\u9fff\uf900-\ufaff]"
)
_SLUG = re.compile(r"\W")
_SPELLED = str.maketrans({".": "point", "+": "plus", "#": "sharp"})
_NEGATION = re.compile(
    r"不(?!同|足|一样|平衡|均衡|良|定|断)|没|无(?!监督)|未(?!来|登录)|非(?!常|线性|对称)|欠|\bnot\b|n't\b|\bwithout\b"
)
_ONE_WAY = re.compile(
    r"而不|而非|相比|相对|相较|比(?!较|例|特|率)|优于|代替|取代|替代|转|变成|到|"
    r"\b(?:instead|rather|than|over|from|to|into|replace)\b"
)
_POINTS_BACK = re.compile(r"\s*(?:它|其(?!他|它|中)|该|这|那|上述|上面|以上|it\b|this\b|that\b|these\b|they\b)")
_NUMERAL = re.compile(r"[0-9一二两三四五六七八九十第前后首末上下左右大小高低多少单双正反]")
_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks.

    Attributes:
        aspects: What is to be told of the subject, such as "?difference".
        words: Subject words in order, canonical, without repeats; those of little weight are among them.
        names: Those of the words that name something: Latin words, numbers and terms of the field.
        negations: Number of negations.
        one_way: Whether the order of the names means something ("A instead of B").
        points_back: Whether it can't be understood alone ("And its complexity?").
    """

    aspects: frozenset[str]
    words: tuple[str, ...]
    names: frozenset[str]
    negations: int
    one_way: bool
    points_back: bool

    @property
    def subject(self) -> tuple[str, ...]:
        """The words that carry weight."""
        light = _vocabulary().light
        return tuple(word for word in self.words if word not in light)


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    phrases: Mapping[tuple[str, ...], tuple[str, ...]]
    light: frozenset[str]


def asked(text: str) -> Asked:
    """Reduce a question to what it asks."""
    plain = normalise(text)
    aspects: set[str] = set()
    words: dict[str, bool] = {}
    for word, is_name in canonical_words(text):
        if word.startswith("?"):
            aspects.add(word)
        else:
            words[word] = words.get(word, False) or is_name
    return Asked(
        aspects=_aspects(aspects),
        words=tuple(words),
        names=frozenset(word for word, is_name in words.items() if is_name),
        negations=len(_NEGATION.findall(plain)),
        one_way=bool(_ONE_WAY.search(plain)),
        points_back=bool(_POINTS_BACK.match(plain)),
    )


def overlap(first: Asked, second: Asked, rarity: Mapping[str, float]) -> float:
    """Return the share of rarity that the subjects have in common, in 0..1; 0 when a guard keeps the two apart.

    The guards: other aspects, other names or numbers, one word instead of another, a negation more, names in another
    order where the order means something, questions that point back at something else.
    """
    if first.points_back or second.points_back or first.aspects != second.aspects:
        return 0.0
    if first.negations % 2 != second.negations % 2:
        return 0.0
    mine, theirs = first.subject, second.subject
    if not mine or not theirs:
        return 0.0
    only_mine, only_theirs = set(mine) - set(second.words), set(theirs) - set(first.words)
    if only_mine and only_theirs:
        return 0.0
    extra = only_mine or only_theirs
    if extra & (first.names | second.names) or any(_NUMERAL.search(word) for word in extra):
        return 0.0
    if (first.one_way or second.one_way) and _order(first, second) != _order(second, first):
        return 0.0
    total = sum(rarity.get(word, 1.0) for word in {*mine, *theirs})
    left = sum(rarity.get(word, 1.0) for word in extra)
    return 0.0 if total <= 0 or left > LEFT_OVER * total else 1 - left / total


def _aspects(found: set[str]) -> frozenset[str]:
    strong = found.difference(_WEAK)
    return frozenset(strong) or frozenset({next((weak for weak in _WEAK if weak in found), DEFAULT_ASPECT)})


def _order(asked_: Asked, other: Asked) -> list[str]:
    return [word for word in asked_.subject if word in asked_.names and word in other.names]


def is_light(word: str) -> bool:
    """Whether a canonical word carries so little weight that it never tells two texts apart."""
    return word in _vocabulary().light


def canonical_words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield canonical words with whether each is a name: the longest known phrase first, the rest by segmenting.

    Aspects begin with a question mark.
    """
    phrases = _vocabulary().phrases
    atoms = _atoms(normalise(text))
    rest = ""
    position = 0
    while position < len(atoms):
        for length in range(min(_LONGEST, len(atoms) - position), 0, -1):
            found = phrases.get(tuple(atoms[position : position + length]))
            if found:
                break
        else:
            length, found = 1, ()
        atom = atoms[position]
        position += length
        if not found and not atom.isascii() and atom != "√" and not "α" <= atom[0] <= "ω":
            rest += atom
            continue
        yield from _segmented(rest)
        rest = ""
        if found:
            yield from ((word, True) for word in found)
        elif atom not in STOP_WORDS:
            yield _slug(atom), True
    yield from _segmented(rest)


def _segmented(run: str) -> Iterator[tuple[str, bool]]:
    words = [word for word in segment(run) if word not in STOP_WORDS]
    phrases = _vocabulary().phrases
    for word in words:
        if not any(word != other and word in other for other in words):
            yield phrases.get(tuple(word), (word,))[0], False


def _atoms(plain: str) -> list[str]:
    return [
        atom[:-1] if len(atom) > 3 and atom.endswith("s") and not atom.endswith(("ss", "us", "is", "as")) else atom
        for atom in _ATOM.findall(plain)
    ]


def _slug(phrase: str) -> str:
    """One token for the index: letters and digits only."""
    return phrase[0] + _slug(phrase[1:]) if phrase[0] == "?" else _SLUG.sub("", phrase.translate(_SPELLED))


@functools.cache
def _vocabulary() -> _Vocabulary:
    """Read the field's terms, then the synonyms, which have the last word."""
    phrases: dict[tuple[str, ...], tuple[str, ...]] = {}
    terms = [(chinese, english.split("|")) for chinese, english in _lines(TERMS_FILE)]
    for chinese, english in terms:
        canonical: tuple[str, ...] = (_slug(normalise(english[0])),)
        phrases[_key(chinese)] = canonical
        phrases.setdefault(_key(english[0]), canonical)
    for _, english in terms:
        for other in english[1:]:
            phrases.setdefault(_key(other), (_slug(normalise(english[0])),))
    light: set[str] = set()
    moved: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, others in _lines(SYNONYMS_FILE):
        if name == "~":
            light.update(word for other in others.split("|") for word in phrases.get(_key(other), (_slug(other),)))
            continue
        canonical = tuple(map(_slug, name.split()))
        names = [] if name.startswith("?") else [name]
        for phrase in (*names, *others.split("|")):
            key = _key(phrase)
            if phrases.get(key, canonical) != canonical and not name.startswith("?"):
                moved[phrases[key]] = canonical
            phrases[key] = canonical
    return _Vocabulary({key: moved.get(value, value) for key, value in phrases.items()}, frozenset(light))


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        name, tab, rest = line.partition("\t")
        if tab:
            yield name, rest


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(_atoms(normalise(phrase)))
