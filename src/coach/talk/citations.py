"""Citations: find `[n]`, and check each cited sentence against the passage that it cites.

A citation is checked or it is not shown. Knows nothing about who wrote the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.index.words import content_words
from coach.records import Citation, Passage
from coach.talk.sentences import Unit, units

_MARK = re.compile(r"`[^`]*`|\$[^$]*\$|\s*\[(\d{1,2})\]")
"""A citation; brackets inside code and formulas (`a[0]`) are none."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LEADING = re.compile(r"(?:\s*\[\d{1,2}\])*")
SUPPORTED = 0.5
"""Support from which a citation counts as true: half of the sentence's content words stand in the passage."""

SAYS_SOMETHING = 4
"""A sentence with fewer content words ("In short:") needs no source."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Text with only those citations that hold.

    `supported` counts the sentences kept with a citation, `dropped` those left out since nothing supports them.
    """

    text: str
    citations: tuple[Citation, ...]
    supported: int
    dropped: int


def numbers_in(text: str) -> list[int]:
    """Return the numbers of all citations in a text, in order."""
    return [int(match.group(1)) for match in _MARK.finditer(text) if match.group(1)]


def without_marks(text: str) -> str:
    """Take all citations out of a text."""
    return _MARK.sub(lambda match: "" if match.group(1) else match.group(), text)


def check(text: str, passages: Sequence[Passage], *, strict: bool = False, renumber: bool = False) -> Checked:
    """Check every citation of a text; `[1]` cites `passages[0]`, to `renumber` gives numbers in the order of first use.

    A mark that does not hold goes; a sentence whose marks all go is left out. A sentence without marks stays, uncited;
    if it is `strict`, only one that a passage supports, or that says too little to need it.
    """
    kept: list[str] = []
    citations: dict[tuple[int, int, int], Citation] = {}
    numbers: dict[int, int] = {}  # of passages → of citations, in the order of their first use
    supported = dropped = position = 0
    for claim in _claims(text):
        before, position = text[position : claim.start], claim.end
        held = [citation for number in claim.numbers if (citation := cite(number, claim.text, passages))]
        if (claim.numbers and not held) or (strict and not claim.numbers and _is_invented(claim.text, passages)):
            dropped += 1
            continue
        supported += bool(held)
        if renumber:
            held = [replace(c, number=numbers.setdefault(c.number, len(numbers) + 1)) for c in held]
        citations.update(((c.number, c.start, c.end), c) for c in held)
        marks = "".join(f"[{citation.number}]" for citation in held)
        kept.append(before + claim.text + (("\n\n" if claim.block else " ") + marks if marks else ""))
    kept.append(text[position:])
    ordered = sorted(citations.values(), key=lambda c: (c.number, c.start))
    return Checked("".join(kept).strip(), tuple(ordered), supported, dropped)


def _is_invented(sentence: str, passages: Sequence[Passage]) -> bool:
    """Whether a sentence says something that no passage supports."""
    if len(set(content_words(sentence))) < SAYS_SOMETHING:
        return False
    return all(supporting(sentence, passage)[0] < SUPPORTED for passage in passages)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A unit of the checked text at `start:end`, marks behind it included; `text` is without marks."""

    start: int
    end: int
    text: str
    numbers: tuple[int, ...]
    block: bool


def _claims(text: str) -> list[_Claim]:
    """Split a text into claims; marks that begin a unit belong to the claim before it."""
    claims: list[_Claim] = []
    for unit in units(text):
        block = unit.kind == "block"
        leading = 0 if block or not claims else len(_LEADING.match(unit.text)[0])  # type: ignore[index]  # matches ""
        if leading:
            last = claims[-1]
            numbers = (*last.numbers, *numbers_in(unit.text[:leading]))
            claims[-1] = replace(last, end=unit.start + leading, numbers=tuple(dict.fromkeys(numbers)))
        rest = unit.text[leading:].lstrip()
        if rest:
            numbers = () if block else tuple(dict.fromkeys(numbers_in(rest)))
            said = rest if block else without_marks(rest).strip()
            claims.append(_Claim(unit.end - len(rest), unit.end, said, numbers, block))
    return claims


def cite(number: int, sentence: str, passages: Sequence[Passage]) -> Citation | None:
    """Return the citation if passage `number` (from 1) supports the sentence, else None."""
    if not 1 <= number <= len(passages):
        return None
    passage = passages[number - 1]
    exact = passage.text.find(sentence)
    if sentence and exact >= 0:
        return Citation(number, passage, sentence, exact, exact + len(sentence), 1.0)
    support, unit = supporting(sentence, passage)
    if unit is None or support < SUPPORTED:
        return None
    return Citation(number, passage, unit.text, unit.start, unit.end, support)


def supporting(sentence: str, passage: Passage) -> tuple[float, Unit | None]:
    """Return how well a passage supports a sentence (0..1), and the passage's unit that does so best.

    Support is the share of the sentence's content words that the passage holds, halved when the sentence names a number
    that the passage doesn't.
    """
    words = set(content_words(sentence))
    if not words:
        return 0.0, None
    context = set(content_words(f"{passage.question} {passage.text}"))
    support = len(words & context) / len(words)
    if set(NUMBER.findall(without_marks(sentence))) - set(NUMBER.findall(passage.question + passage.text)):
        support /= 2
    best = max(units(passage.text), key=lambda unit: _overlap(words, unit), default=None)
    if best is None or _overlap(words, best) == 0:
        return 0.0, None
    return support, best


def _overlap(words: set[str], unit: Unit) -> float:
    inside = set(content_words(unit.text))
    return len(words & inside) / (len(words | inside) or 1)
