"""The writer without a model: picks the sentences that answer, keeps their order, and cites each one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coach.index.reading import is_chinese
from coach.index.words import concepts, content_words, segment
from coach.records import Hit, Passage
from coach.talk.citations import without_marks
from coach.talk.sentences import ITEM, Unit, units

BUDGET = 420
"""Length of an answer, in characters of Chinese; a Latin letter counts half. About 200 words."""
SAME_QUESTION = 0.6
"""Similarity of the asked and a passage's own question from which the two count as the same."""
NAMED = 0.7
"""Share of the asked concepts, by rarity, from which the best passage's own question is taken as the one meant."""
SIDE_PASSAGES = 3
"""Passages that sentences are picked from when none answers the very question."""
SAME_SENTENCE = 0.8
"""Jaccard similarity of words from which two sentences count as one, with both citations."""
_COMPARISON = re.compile(
    r"(?:比较|对比)?\s*(.{1,40}?)\s*(?:和|与|跟|同|及|vs\.?|versus)\s*(.{1,40}?)\s*(?:的)?(?:有什么|有哪些|有何|之间|的)?"
    r"(?:区别|不同|差异|差别|异同|对比|比较|优劣|difference)",
    re.IGNORECASE,
)
_COMPARISON_EN = re.compile(
    r"(?:difference|compare|comparison)s?\s+(?:between\s+)?(.{1,40}?)\s+(?:and|with|to|vs\.?)\s+(.{1,40}?)[?.]?$", re.I
)

_CODE = re.compile(r"代码|实现|手写|怎么写|\b(?:code|implement|write|numpy|pytorch)", re.IGNORECASE)
_ASIDE = re.compile(
    r"\W*(?:易错点|例如|比如|举例|以.{1,30}为例|注意|追问|面试官|for example|e\.g\.|note|common mistakes?)",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"[？?][\s*_）)]*$|[？?]\]\([^)]*\)$|^\W*(?:追问|延伸|参考|相关问题|follow-ups?)\W*$", re.IGNORECASE
)
_NUMBERED = re.compile(r"\s*(?:\d{1,2}[.、)）]\s*|[(（]\d{1,2}[)）]\s*)(?=\S)")
_FENCES = ("```", "~~~")
OPENING = 0.15
"""Added to the relevance of a passage's first sentence."""

Cosines = Callable[[Sequence[str]], NDArray[np.float32]]
"""Cosine of each text with the question, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A unit of passage `number` (from 1) that goes into the answer; `also` are other passages that say the same."""

    number: int
    unit: Unit
    relevance: float
    also: tuple[int, ...] = ()


def write(question: str, hits: Sequence[Hit], rarities: Mapping[str, float], cosines: Cosines) -> list[str]:
    """Return the answer's pieces, each with its `[n]`; joined, they are Markdown.

    Args:
        question: What is asked.
        hits: Retrieved passages; `[1]` is the first.
        rarities: Inverse document frequencies of the question's words.
        cosines: Similarity of texts and question by meaning.
    """
    picked = pick(question, hits, rarities, cosines)
    pieces: list[str] = []
    previous: Picked | None = None
    for choice in _unnumbered(picked):
        pieces.append(_gap(previous, choice, hits) + _cited(choice))
        previous = choice
    return pieces


def _unnumbered(picked: Sequence[Picked]) -> list[Picked]:
    """Take the numbers from the points of a list that is not given from its first point on."""
    done: list[Picked] = []
    next_point = (0, 1)
    for choice in picked:
        unit = choice.unit
        mark = _NUMBERED.match(unit.text) if unit.kind == "item" else None
        if mark:
            number = int(re.sub(r"\D", "", mark.group()))
            if number == 1 or (choice.number, number) == next_point:
                next_point = (choice.number, number + 1)
            else:
                unit = Unit(unit.text[mark.end() :], unit.start + mark.end(), unit.end, "sentence")
        done.append(replace(choice, unit=unit))
    return done


def pick(question: str, hits: Sequence[Hit], rarities: Mapping[str, float], cosines: Cosines) -> list[Picked]:
    """Choose the units that answer the question, in reading order."""
    if not hits:
        return []
    first = hits[0].passage
    readable = [number for number, hit in enumerate(hits, 1) if _chinese(hit.passage) is _chinese(first)]
    same = [number for number in readable if same_question(question, hits[number - 1].passage, rarities)]
    code = bool(_CODE.search(question)) and bool(_CODE.search(first.question))
    if not same and (code or named(question, first.question, rarities) >= NAMED):
        same = [1]
    if same:
        return _merge_repeats(_whole(same, hits, code=code))
    number_of = {number: hits[number - 1] for number in readable if number <= SIDE_PASSAGES}
    return _merge_repeats(_best(question, number_of, rarities, cosines))


def same_question(question: str, passage: Passage, rarities: Mapping[str, float]) -> bool:
    """Whether a passage's own question is the one that is asked, by the rarity of their shared words."""
    return similarity(question, passage.question, rarities) >= SAME_QUESTION


def similarity(question: str, other: str, rarities: Mapping[str, float]) -> float:
    """Weighted Jaccard similarity of two questions' words; a word without a known rarity counts as an average one."""
    mine, theirs = set(content_words(question)), set(content_words(other))
    usual = sum(rarities.values()) / len(rarities) if rarities else 1.0
    shared = sum(rarities.get(word, usual) for word in mine & theirs)
    return shared / (sum(rarities.get(word, usual) for word in mine | theirs) or 1.0)


def named(question: str, other: str, rarities: Mapping[str, float]) -> float:
    """Share of a question's concepts, by rarity, that another question names in any form."""
    held = set(segment(other))
    asked = concepts(question)
    total = sum(rarities.get(each.word, 1.0) for each in asked)
    found = sum(
        rarities.get(each.word, 1.0)
        for each in asked
        if any(held.issuperset(form) for form in ((each.word,), *each.others))
    )
    return found / total if total else 0.0


def _whole(answering: Sequence[int], hits: Sequence[Hit], *, code: bool = False) -> list[Picked]:
    """Take the passages that answer the very question, in reading order, up to the budget; other articles last."""
    first = hits[answering[0] - 1].passage
    same = [number for number, hit in enumerate(hits, 1) if _together(hit.passage, first)]
    same.sort(key=lambda number: hits[number - 1].passage.ordinal)
    others = [number for number in answering if number not in same]
    chosen: list[Picked] = []
    used = 0.0
    for number in same + others[:1]:
        for unit in _evidence(hits[number - 1].passage.text):
            if code and unit.text.startswith(_FENCES):
                code = False  # the code that is asked for is given, however long
            elif chosen and used + _length(unit.text) > BUDGET:
                if unit.kind == "block" or code:
                    continue  # a shorter point may still fit
                break
            used += _length(unit.text)
            chosen.append(Picked(number, unit, 1.0))
    return chosen


def _chinese(passage: Passage) -> bool:
    return is_chinese(passage.question or passage.text)  # the text may be all code


def _together(passage: Passage, first: Passage) -> bool:
    """Whether two passages are parts of one answer."""
    return passage.id == first.id or (bool(passage.question_id) and passage.question_id == first.question_id)


def _best(question: str, hits: Mapping[int, Hit], rarities: Mapping[str, float], cosines: Cosines) -> list[Picked]:
    """Take the most relevant units of the best passages; both sides of a comparison get at least one."""
    code = bool(_CODE.search(question))
    candidates = [
        (number, unit)
        for number, hit in hits.items()
        for unit in _evidence(hit.passage.text)
        if code or not unit.text.startswith(_FENCES)
    ]
    if not _ASIDE.search(question):  # examples and pitfalls only where they are asked for, or there is nothing else
        candidates = [found for found in candidates if not _ASIDE.match(found[1].text)] or candidates
    if not candidates:
        return []
    meaning = cosines([unit.text for _, unit in candidates])
    total = sum(rarities.values()) or 1.0
    scored: list[Picked] = []
    for (number, unit), cosine in zip(candidates, meaning, strict=True):
        covered = sum(rarities.get(word, 0.0) for word in set(segment(unit.text))) / total
        relevance = 0.5 * covered + 0.3 * float(cosine) + 0.2 * hits[number].score
        if unit.start == 0:
            relevance += OPENING  # an answer opens with its definition
        scored.append(Picked(number, unit, relevance))
    scored.sort(key=lambda choice: -choice.relevance)
    wanted = [choice for choice in scored if choice.relevance >= 0.6 * scored[0].relevance]
    for side in sides(question):
        words = set(content_words(side))
        about = next((choice for choice in scored if words & set(segment(choice.unit.text))), None)
        if about and about not in wanted[:2]:
            wanted.insert(1, about)
    chosen: list[Picked] = []
    used = 0.0
    for choice in wanted:
        if chosen and used + _length(choice.unit.text) > BUDGET:
            continue
        used += _length(choice.unit.text)
        chosen.append(choice)
    return sorted(chosen, key=lambda choice: (*_place(hits[choice.number].passage, hits), choice.unit.start))


def _place(passage: Passage, hits: Mapping[int, Hit]) -> tuple[int, int]:
    """Where a passage stands in an answer: behind better ones, and as in the article where they are parts of one."""
    return next(number for number, hit in hits.items() if _together(passage, hit.passage)), passage.ordinal


def sides(question: str) -> tuple[str, ...]:
    """Return the two sides of a comparison question, or nothing.

    >>> sides("BatchNorm 和 LayerNorm 的区别")
    ('BatchNorm', 'LayerNorm')
    """
    match = _COMPARISON.search(question) or _COMPARISON_EN.search(question)
    return (match.group(1).strip(), match.group(2).strip()) if match else ()


def _merge_repeats(chosen: Sequence[Picked]) -> list[Picked]:
    merged: list[Picked] = []
    for choice in chosen:
        words = set(content_words(choice.unit.text))
        for position, earlier in enumerate(merged):
            known = set(content_words(earlier.unit.text))
            if earlier.number != choice.number and len(words & known) >= SAME_SENTENCE * len(words | known) > 0:
                merged[position] = Picked(
                    earlier.number, earlier.unit, earlier.relevance, (*earlier.also, choice.number)
                )
                break
        else:
            merged.append(choice)
    return merged


def _cited(choice: Picked) -> str:
    marks = "".join(f"[{number}]" for number in (choice.number, *choice.also))
    if choice.unit.kind == "block":
        return f"{choice.unit.text}\n\n{marks}"
    return f"{without_marks(choice.unit.text)} {marks}"


def _gap(previous: Picked | None, choice: Picked, hits: Sequence[Hit]) -> str:
    """What stands between two pieces: as in the source where they were neighbours, else a new paragraph."""
    if previous is None:
        return ""
    if previous.number != choice.number or "block" in (previous.unit.kind, choice.unit.kind):
        return "\n\n"
    between = hits[choice.number - 1].passage.text[previous.unit.end : choice.unit.start]
    if ITEM.match(choice.unit.text):
        return "\n" if previous.unit.kind == "item" else "\n\n"
    return "\n\n" if "\n" in between else " "


def _evidence(text: str) -> list[Unit]:
    """The units of a passage that say something: no follow-up questions, links to them, or lines that announce them."""
    return [unit for unit in units(text) if unit.kind == "block" or not _SAYS_NOTHING.search(unit.text)]


def _length(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)
