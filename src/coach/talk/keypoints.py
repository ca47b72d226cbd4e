"""Reference answer → key points, fixed before any answer is seen: what a complete answer must say, each with its place.

Knows nothing of candidates. Points are list items, parts of an enumeration, clauses that carry a number, a formula or
one side of a comparison, and the opening one-sentence answer. Pitfalls, follow-up questions, examples, code and
headings are none.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from coach.index.quantities import quantities
from coach.records import KeyPoint
from coach.talk.sentences import ITEM, Unit, units

OPENING = 2.0
FORMULA = re.compile(
    r"\$[^$\n]+\$|(?<![A-Za-z])[OΘ][(（][^()（）]{1,40}[)）]|[√∑∏≤≥≈∂∇]|[A-Za-z0-9)]\s?[=<>]\s?[-A-Za-z0-9(√]"
)
"""What counts as a formula: TeX, a bound such as O(n²), a mathematical sign, an equation."""
_ASIDE = re.compile(
    r"\W*(?:易错点?|常见错误|追问|延伸(?:阅读|问题)?\W|参考(?:资料|文献|链接|阅读|\W)|面试官|注意(?!力|机制)|例如|比如|举例|e\.g\.|for example|common mistakes?|pitfalls?|follow-?ups?|note\b|see also)",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(r"[？?][\s*_）)]*$|^\W*$|^#{1,6}\s|[：:][\s*]*$|^!?\[[^\]]*\]\([^)]*\)$")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|\[\d{1,2}\]")
_LEAD = re.compile(
    r"[：:]|——|(?:分别|主要|一般|通常)?(?:是指|包括|包含|分为|划分为|分成|组成部分是|应是|(?<![没所])有(?!关|些|效|时|助|利|限))(?:以下|如下)?"
    r"|\b(?:includes?|including|consists? of|namely|are:|is:)",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:以及|[和及]|(?<!参)与|,?\s+and\s+)")
_ORDINAL = re.compile(
    r"^\s*(?:其?[一二三四五六七八九]是|第[一二三四五六七八九](?=[，,：:点])|[(（]?\d{1,2}[)）.、]|[①-⑳])\s*[，,：:]?\s*"
)
_FOLLOWS = re.compile(
    r"[，,]\s*(?=(?:因此|所以|从而|故|于是|然后|并且|同时|而且)|(?:so|therefore|hence|thus|and then)\b)", re.IGNORECASE
)
_CAUSE, _CONCLUSION = 10, 6
"""Shortest clause, in characters, that something follows from, and shortest that follows."""
_SHORT = 14
"""Longest mean length, in characters (Latin letters count half), of the parts of an enumeration that commas separate."""
_SIDE = re.compile(
    r"^[*\s]*(?:而\s*)?([A-Za-z][\w+\-]*(?: [A-Za-z][\w+\-]*)?|[\u4e00-\u9fff]{2,6}?)(?=[\s]*(?:的|在|对|用|是|则|把|只|按|需|有|没|不|适|：|:|保|会|将|通|依|输|训|每|增|多|少|会))"
)


@functools.lru_cache(maxsize=512)
def key_points(question: str, reference: str) -> tuple[KeyPoint, ...]:
    """Cut a reference answer into its key points, in reading order; `()` if it says nothing.

    Each point's `quote` is `reference[start:end]`. The question decides nothing today but which points would only
    repeat it: those are left out.
    """
    asides = _asides(reference)
    said = [unit for unit in units(reference) if not _skipped(unit, asides)]
    if not said and "```" not in reference and not asides:  # an answer that is a question, or a lone title
        said = [unit for unit in units(reference) if re.search(r"\w", unit.text) and not unit.text.startswith("#")]
    alone = len(said) <= 2
    points: list[KeyPoint] = []
    for place, unit in enumerate(said):
        opening = place == 0 and not ITEM.match(unit.text)
        points += _of_unit(reference, unit, opening=opening, alone=alone)
    asked = re.sub(r"\W", "", question)
    seen: set[str] = set()
    kept: list[KeyPoint] = []
    for point in points:
        key = re.sub(r"\W", "", point.text)
        if key and key != asked and key not in seen:
            seen.add(key)
            kept.append(point)
    return tuple(kept)


def importance(points: Sequence[KeyPoint]) -> tuple[float, ...]:
    """What each point counts in a score: the opening, which answers the question as a whole, `OPENING`; others 1."""
    return tuple(OPENING if point.kind == "opening" and len(points) > 1 else 1.0 for point in points)


def plain(text: str) -> str:
    """Text without list marks and Markdown emphasis."""
    text = ITEM.sub("", text, count=1) if ITEM.match(text) else text
    parts = re.split(r"(\$[^$\n]+\$)", text)  # an underscore in a formula is no emphasis
    return "".join(part if place % 2 else _MARKUP.sub("", part) for place, part in enumerate(parts)).strip()


def readable(text: str) -> str:
    """An article's words to be read in one line: without list marks and emphasis, of a table's row the cells."""
    text = " ".join(text.split())
    row = len(text) > 1 and text.startswith("|") and text.endswith("|")
    return " · ".join(cell.strip() for cell in text.strip("|").split("|")) if row else plain(text)


def short(text: str, most: int = 60) -> str:
    """A quote of at most so many characters (Latin ones count half), cut at a mark where there is one."""
    text = " ".join(text.split())
    if _length(text) <= most:
        return text
    end = next(end for end in range(len(text)) if _length(text[: end + 1]) > most)
    marks = [match.start() for match in re.finditer(r"[，,。；;：:]|\.\s", text[:end])]
    return (text[: marks[-1]] if marks and marks[-1] > end // 2 else text[:end].rstrip()) + "…"


def _asides(reference: str) -> tuple[tuple[int, int], ...]:
    """Where paragraphs of pitfalls, follow-ups and the like stand, with the list that belongs to a bare title."""
    found: list[tuple[int, int]] = []
    title = False
    for match in re.finditer(r"(?:(?!\n\s*\n).)+", reference, re.DOTALL):
        paragraph = match.group().strip()
        if _ASIDE.match(paragraph) or (title and ITEM.match(paragraph)):
            found.append(match.span())
            title = title or not paragraph.strip("*：: ").strip()[12:]
            continue
        title = title and not paragraph
    return tuple(found)


def _skipped(unit: Unit, asides: tuple[tuple[int, int], ...]) -> bool:
    if any(start <= unit.start < end for start, end in asides) or _ASIDE.match(plain(unit.text)):
        return True
    if unit.kind == "block":
        return not unit.text.startswith(("|", "$$"))
    return bool(_SAYS_NOTHING.search(unit.text))


def _of_unit(reference: str, unit: Unit, *, opening: bool, alone: bool) -> Iterator[KeyPoint]:
    if unit.kind == "block":
        yield from _of_block(reference, unit)
        return
    parts = enumeration(unit.text) if alone else []
    if parts:
        for start, end in parts:
            yield _point(reference, unit.start + start, unit.start + end, "item")
        return
    if opening and not alone:
        yield _point(reference, unit.start, unit.end, "opening")
        return
    for start, end in _clauses(unit.text):
        yield _point(reference, unit.start + start, unit.start + end, "opening" if opening and not start else None)


def _of_block(reference: str, unit: Unit) -> Iterator[KeyPoint]:
    """A displayed formula is one point; so is each row of a table below its head."""
    if unit.text.startswith("$$"):
        yield _point(reference, unit.start, unit.end, "formula")
        return
    rows = list(re.finditer(r"[^\n]+", unit.text))
    for row in rows[2:]:
        yield _point(reference, unit.start + row.start(), unit.start + row.end(), "side")


def enumeration(text: str) -> list[tuple[int, int]]:
    """Return where the parts of an enumeration stand in a sentence; nothing if it is none.

    >>> [text[a:b] for text in ["盘点的原则：真实、准确。"] for a, b in enumeration(text)]
    ['真实', '准确']
    """
    spans: list[tuple[int, int]] = []
    for start, end in _split(text, 0, len(text), r"[。]|(?<=[a-z])\.(?=\s|$)"):
        lead = _lead(text, start, end)
        found = _listed(text, start if lead is None else lead, end)
        if lead is None and len(found) < 3:
            found = []
        if not found and not spans:
            return []
        spans += found or [(start, end)]
    return spans if len(spans) > 1 else []


def _lead(text: str, start: int, end: int) -> int | None:
    """Where the list of a sentence begins: behind the last word that announces one before the first separator."""
    first = re.compile(r"[、；;]").search(text, start, end)
    stop = first.start() if first else end
    leads = [match.end() for match in _LEAD.finditer(text, start, stop) if match.end() < end - 2]
    return leads[-1] if leads else None


def _listed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    parts = list(_split(text, start, end, r"[；;]"))
    if len(parts) > 1:
        return parts
    for marks in ("、", "[，,]"):
        parts = list(_split(text, start, end, f"{marks}|[，,](?=[^，,]{{1,12}}$)" if marks == "、" else marks))
        if len(parts) > 1 and (marks == "、" or len(parts) > 2):
            parts = [*parts[:-1], *_last(text, *parts[-1])]
            if marks == "、":
                parts = [piece for part in parts for piece in _split(text, *part, r"[，,]")]
            break
    else:
        parts = _last(text, start, end) if end - start <= 2 * _SHORT + 4 else []
    if len(parts) < 2 or sum(_length(text[a:b]) for a, b in parts) > _SHORT * len(parts):
        return []
    return parts


def _last(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return list(_split(text, start, end, _LAST.pattern))


def _split(text: str, start: int, end: int, marks: str) -> Iterator[tuple[int, int]]:
    """Yield the pieces between marks, without ordinals, white space and a closing 等."""
    cuts = [start, *(place for match in re.compile(marks).finditer(text, start, end) for place in match.span()), end]
    for a, b in list(pairwise(cuts))[::2]:
        if found := _ORDINAL.match(text[a:b]) or re.match(r"\s*and\s+", text[a:b]):
            a += found.end()
        while a < b and text[a] in " \t\n，,。.；;：:—*":
            a += 1
        while a < b and text[b - 1] in " \t\n，,。.；;：:*":
            b -= 1
        if b - a > 2 and text[b - 1] == "等":
            b -= 1
        if a < b:
            yield a, b


def _clauses(text: str) -> list[tuple[int, int]]:
    """Cut a sentence or item at semicolons and full stops where the next clause says something to be asked for.

    What follows from a clause ("…，因此…") is a point of its own, too.
    """
    mark = ITEM.match(text)
    begin = mark.end() if mark else 0
    cuts = [begin]
    for match in re.finditer(r"[；;。]\s*", text):
        rest = re.split(r"[；;。]", text[match.end() :])[0]
        inside = text.count("$", 0, match.start()) % 2 or text.count("`", 0, match.start()) % 2
        if not inside and len(rest) > 5 and (quantities(rest) or FORMULA.search(rest) or _SIDE.match(rest)):
            cuts.append(match.end())
    for match in _FOLLOWS.finditer(text, begin):
        before = max(cut for cut in cuts if cut <= match.end())
        if match.end() - before >= _CAUSE and len(text) - match.end() >= _CONCLUSION:
            cuts = sorted([*cuts, match.end()])
    return [(a, b) for a, b in pairwise([*cuts, len(text)]) if text[a:b].strip(" ；;。")]


def _point(reference: str, start: int, end: int, kind: str | None) -> KeyPoint:
    while end > start and reference[end - 1] in "，,；; \n":
        end -= 1
    quote = reference[start:end]
    if kind is None:
        body = plain(quote)
        if FORMULA.search(body):
            kind = "formula"
        elif quantities(body):
            kind = "number"
        else:
            kind = "side" if _SIDE.match(body) else "claim"
    return KeyPoint(plain(quote), quote, start, end, kind)  # type: ignore[arg-type]  # one of the literal kinds


def _length(text: str) -> float:
    return sum(0.5 if character.isascii() else 1.0 for character in text)
