"""Contradictions between the answers of linked questions: sentences that say the same but for one thing.

Careful on purpose: rather a contradiction missed than a false alarm. Sentences with conditions, examples, advice or
hedges are passed over, and whatever differs in more than one thing counts as another statement.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from coach.index.links import Links
from coach.index.manifest import Manifest
from coach.index.quantities import Quantity, quantities, without_quantities
from coach.index.sameness import canonical_words, is_light
from coach.index.words import normalise
from coach.records import Contradiction, Question

Kind = Literal["number", "name", "negation"]

LEAST_SHARED = 2
"""Words that two sentences must share, one of them a name."""
ALIGNED = {"number": 0.6, "negation": 0.75}
"""Share of all their words that two sentences must share; the words left over are never names."""
_LONGEST = 120
"""Sentences longer than this many characters say too much to be compared."""

_BLOCK = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|\$\$.*?(?:\$\$|\Z)|<[a-z/][^>\n]*>", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_END = re.compile(r"(?<=[。！？!?；;])|\n+|(?<=[a-z0-9)])\.\s+(?=[A-Z])")
_MARKS = re.compile(r"^\s*(?:[-*+•>#]+\s+|\d{1,2}[.、)）]\s*|[(（]\d{1,2}[)）]\s*|[①-⑳]\s*)|\*\*|`")
_UNSURE = re.compile(
    r"如果|假如|假设|假定|若|当|除非|否则|例如|比如|譬如|为例|取决于|左右|之间|范围|可能|往往|通常|一般|建议|推荐|常取|常用|常见"
    r"|有时|有人|早期|后来|不一定|至少|至多|最多|以上|以下|超过|不到|[?？]|[0-9]\s*[-~–—到至]\s*[0-9]|\||"
    r"\b(?:if|when|unless|suppose|assume|e\.g|example|usually|often|typically|may|might|could|about)\b|"
    r"\b(?:around|at least|up to|depends?)\b"
)
_NEGATION = re.compile(
    r"(?:并不|不再|不会|不能|不是|不需要|不必|不用|没有|无法|无需|无须|并非|并未|未曾|不(?![仅但断同过管论足妨错良]|如[：:]|少于)|没(?!有)|未(?![来知]))"
    r"|\b(?:not|no|never|cannot|without)\b|n't\b"
)
_TURNS = re.compile(r"而不|不是.*而是|而非|rather than|instead of|但|却|然而|不过|but|however")
_OPPOSITES = (
    ("增大", "减小"), ("增加", "减少"), ("提高", "降低"), ("高于", "低于"), ("大于", "小于"), ("更快", "更慢"),
    ("更大", "更小"), ("更多", "更少"), ("更高", "更低"), ("优于", "劣于"), ("变大", "变小"), ("升高", "下降"),
    ("increases", "decreases"), ("higher", "lower"), ("faster", "slower"), ("larger", "smaller"), ("more", "less"),
)  # fmt: skip
_ONLY_ONE = re.compile(
    r"提出|发布|开发|发明|缩写|全称|唯一|采用的是|使用的是|用的是|默认|"
    r"proposed|released|developed|stands for|\bonly\b|default"
)
_LISTS = re.compile(r"包括|包含|含有|支持|可以|也|还|之一|以及|等(?!于|价)|、|\band\b|\balso\b|有")
_FAMILY = re.compile(r"(norm|regularization|former|rope|attention|coder|parallelism|loss|tuning|gelu|relu)$")


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    words: frozenset[str]
    names: frozenset[str]
    numbers: tuple[Quantity, ...]
    negative: bool
    clauses: tuple[frozenset[str], ...]


def find_contradictions(manifest: Manifest, links: Links) -> list[Contradiction]:
    """Compare the answers of all linked questions."""
    pairs = links.pairs()
    ids = list(dict.fromkeys(id_ for pair in pairs for id_ in pair))
    questions = {question.id: question for question in manifest.questions_by_id(ids)}
    sentences = functools.lru_cache(maxsize=512)(_sentences)
    found: list[Contradiction] = []
    for first_id, second_id in pairs:
        if first_id in questions and second_id in questions:
            first, second = questions[first_id], questions[second_id]
            found += _compare(first, second, sentences(first.answer), sentences(second.answer))
    return found


def between(first: str, second: str) -> list[tuple[str, str, Kind]]:
    """Return the sentences of two answers to one question that contradict each other, with what they differ in."""
    return list(_conflicts(_sentences(first), _sentences(second)))


def _compare(
    first: Question, second: Question, mine: tuple[_Sentence, ...], theirs: tuple[_Sentence, ...]
) -> Iterator[Contradiction]:
    for one, other, kind in _conflicts(mine, theirs):
        yield Contradiction(first, second, one, other, kind)


def _conflicts(mine: tuple[_Sentence, ...], theirs: tuple[_Sentence, ...]) -> Iterator[tuple[str, str, Kind]]:
    for one in mine:
        # What the other answer says too, word for word, is not contradicted by another sentence of it.
        if any(one.words == other.words and _agree(one, other) for other in theirs):
            continue
        for other in theirs:
            kind = _conflict(one, other)
            if kind and not any(other.words == third.words and _agree(other, third) for third in mine):
                yield one.text, other.text, kind
                break


def _agree(one: _Sentence, other: _Sentence) -> bool:
    return (
        one.negative == other.negative
        and len(one.numbers) == len(other.numbers)
        and all(map(Quantity.same, one.numbers, other.numbers))
        and set(one.clauses) == set(other.clauses)
    )


def _conflict(one: _Sentence, other: _Sentence) -> Kind | None:
    """Return what two sentences differ in, if they are one statement and differ in nothing else."""
    shared = one.words & other.words
    if len(shared) < LEAST_SHARED or not shared & (one.names | other.names):
        return None
    only_one, only_other = _weighty(one.words - shared), _weighty(other.words - shared)
    if len(one.numbers) != len(other.numbers):
        return None
    differing = [pair for pair in zip(one.numbers, other.numbers, strict=True) if not pair[0].same(pair[1])]
    names_left = (only_one & one.names) | (only_other & other.names)
    likeness = 0.0 if names_left else len(shared) / len(one.words | other.words)
    if differing:
        comparable = len(one.numbers) == 1 and differing[0][0].unit == differing[0][1].unit
        fits = comparable and one.negative == other.negative
        return "number" if fits and likeness >= ALIGNED["number"] else None
    if one.negative != other.negative:
        return "negation" if likeness >= ALIGNED["negation"] and not (only_one and only_other) else None
    if _swapped(one, other) or _replaced(one, other, only_one, only_other):
        return "name"
    return None


def _replaced(one: _Sentence, other: _Sentence, only_one: frozenset[str], only_other: frozenset[str]) -> bool:
    """Whether one name stands in the place of another where only one can be right."""
    if len(only_one) != 1 or len(only_other) != 1 or not (only_one <= one.names and only_other <= other.names):
        return False
    if _LISTS.search(one.text) or _LISTS.search(other.text):
        return False
    families = [_FAMILY.search(word) for word in (*only_one, *only_other)]
    related = all(families) and len({family.group() for family in families if family}) == 1
    return related or bool(_ONLY_ONE.search(one.text) and _ONLY_ONE.search(other.text))


def _swapped(one: _Sentence, other: _Sentence) -> bool:
    """Whether two clauses of each sentence have exchanged one word: "A by rows, B by columns", "A by columns, …"."""
    if _weighty(one.words ^ other.words) or len(one.clauses) != 2 or len(other.clauses) != 2:
        return False
    for mine, theirs in ((one.clauses, other.clauses), (one.clauses, other.clauses[::-1])):
        there = [(a - b, b - a) for a, b in zip(mine, theirs, strict=True)]
        (lost, won), (lost_too, won_too) = there
        if (
            len(lost) == len(won) == 1
            and lost == won_too
            and won == lost_too
            and set(one.clauses) != set(other.clauses)
        ):
            return True
    return False


def _sentences(answer: str) -> tuple[_Sentence, ...]:
    """The statements of an answer that can be compared."""
    found: dict[str, _Sentence] = {}
    for piece in _END.split(_LINK.sub(r"\1", _BLOCK.sub("\n", answer))):
        text = _MARKS.sub("", piece or "").strip()
        plain = normalise(text)
        if 6 <= len(text) <= _LONGEST and not _UNSURE.search(plain) and not _TURNS.search(plain):
            found.setdefault(text, _sentence(text))
    return tuple(found.values())


def _sentence(text: str) -> _Sentence:
    plain, flips = without_quantities(text), 0
    for positive, negative in _OPPOSITES:
        flips += plain.count(negative)
        plain = plain.replace(negative, positive)
    negations = len(_NEGATION.findall(plain))
    plain = _NEGATION.sub(" ", plain)
    words: dict[str, bool] = {}
    for word, is_name in canonical_words(plain):
        words[word] = words.get(word, False) or is_name
    clauses = [_weighty(word for word, _ in canonical_words(clause)) for clause in re.split(r"[,;:，；：]", plain)]
    return _Sentence(
        text=text,
        words=frozenset(words),
        names=frozenset(
            word for word, is_name in words.items() if is_name and not word.startswith("?") and not is_light(word)
        ),
        numbers=tuple(quantities(text)),
        negative=(negations + flips) % 2 == 1,
        clauses=tuple(clause for clause in clauses if clause),
    )


def _weighty(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in words if not is_light(word))
