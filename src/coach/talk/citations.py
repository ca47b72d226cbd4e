"""Citations: find `[n]`, and check each cited sentence against the passage that it cites.

A citation is checked or it is not shown. Knows nothing about who wrote the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.index.words import content_words
from coach.records import Citation, Passage
from coach.talk.sentences import Unit, units

_MARK = re.compile(r"`[^`]*`|\$[^$]*\$|\s*\[(\d{1,2})\]")
"""A citation; brackets inside code and formulas (`a[0]`) are none."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SUPPORTED = 0.5
"""Support from which a citation counts as true: half of the sentence's content words stand in the passage."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Text with only those citations that hold.

    `supported` counts the sentences kept with a citation, `dropped` those left out since none of their citations holds.
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


def check(text: str, passages: Sequence[Passage]) -> Checked:
    """Check every citation of a text; `[1]` cites `passages[0]`.

    A mark that does not hold goes; a sentence whose marks all go is left out. A sentence without marks stays, uncited.
    """
    kept: list[str] = []
    citations: dict[tuple[int, int, int], Citation] = {}
    supported = dropped = position = 0
    for start, end, numbers in _cited(text):
        before, sentence = text[position:start], without_marks(text[start:end]).strip()
        position = end
        held = [citation for number in numbers if (citation := cite(number, sentence, passages))]
        citations.update(((c.number, c.start, c.end), c) for c in held)
        if numbers and not held:
            dropped += 1
            continue
        supported += bool(held)
        marks = "".join(f"[{citation.number}]" for citation in held)
        kept.append(before + sentence + (("\n" if sentence.endswith("```") else " ") + marks if marks else ""))
    kept.append(text[position:])
    ordered = sorted(citations.values(), key=lambda c: (c.number, c.start))
    return Checked("".join(kept).strip(), tuple(ordered), supported, dropped)


def _cited(text: str) -> list[tuple[int, int, list[int]]]:
    """Return (start, end, numbers) of each unit, its marks included, also where they stand behind the full stop."""
    spans: list[tuple[int, int, list[int]]] = []
    for unit in units(text):
        numbers = [] if unit.kind == "block" else numbers_in(unit.text)
        leading = _leading_marks(unit)
        if leading and spans:
            start, _, earlier = spans[-1]
            inside = numbers_in(unit.text[:leading])
            spans[-1] = (start, unit.start + leading, earlier + inside)
            numbers = numbers[len(inside) :]
            if unit.start + leading >= unit.end:
                continue
            spans.append((unit.start + leading, unit.end, numbers))
        else:
            spans.append((unit.start, unit.end, numbers))
    return [(start, end, list(dict.fromkeys(numbers))) for start, end, numbers in spans]


def _leading_marks(unit: Unit) -> int:
    """Length of the marks that a unit begins with: they belong to the sentence before."""
    match = re.match(r"(?:\s*\[\d{1,2}\])+", unit.text)
    return match.end() if match and unit.kind != "block" else 0


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
