"""Passage text → quotable units: sentences, list items, and blocks (code, tables, formulas) that are never cut."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ITEM = re.compile(r"\s*(?:[-*+•·]\s+|\d{1,2}[.、)）]\s*|[(（]\d{1,2}[)）]\s*|[①-⑳]\s*)(?=\S)")
_END = re.compile(
    r"[。！？!?]+[”’」』）)\"']*|(?<=[a-z0-9)\]$%*`\"])\.(?=\s+[A-Z(\[]|\s*$)|(?<=[A-Z]{2})\.(?=\s+[A-Z(\[])"
    r"|(?<=[\u4e00-\u9fff])\.(?=\s|$)"
)
_LONG_ITEM = 160
"""A list item longer than this many characters is quoted sentence by sentence."""


@dataclass(frozen=True, slots=True)
class Unit:
    """`text` stands at `start:end` of the passage, without surrounding white space."""

    text: str
    start: int
    end: int
    kind: Literal["sentence", "item", "block"]


def units(text: str) -> list[Unit]:
    """Split a passage into units, in reading order, without overlap; white space between them is left out."""
    found: list[Unit] = []
    for start, end, kind in _blocks(text):
        if kind == "item" and end - start > _LONG_ITEM:
            found += [Unit(text[a:b], a, b, "item") for a, b in _sentences(text, start, end)]
        elif kind == "sentence":
            found += [Unit(text[a:b], a, b, "sentence") for a, b in _sentences(text, start, end)]
        else:
            a, b = _stripped(text, start, end)
            if a < b:
                found.append(Unit(text[a:b], a, b, kind))
    return found


def _blocks(text: str) -> Iterator[tuple[int, int, Literal["sentence", "item", "block"]]]:
    """Yield paragraphs, list items and blocks as (start, end, kind)."""
    start: int | None = None
    kind: Literal["sentence", "item", "block"] = "sentence"
    fence = ""
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        opening = fence_of(stripped)
        if fence:
            if opening == fence and (fence != "$$" or not _whole_formula(stripped)):
                yield start or 0, offset + len(line), "block"
                start, fence = None, ""
        elif opening and not (opening == "$$" and _whole_formula(stripped)):
            if start is not None:
                yield start, offset, kind
            start, fence = offset, opening
        else:
            line_kind = _kind(stripped)
            joins = start is not None and line_kind == kind and (kind != "item" or not ITEM.match(line))
            if start is not None and kind == "item" and line_kind == "sentence" and stripped:
                joins = True  # an item's continuation line
            if not joins:
                if start is not None:
                    yield start, offset, kind
                start, kind = (offset, line_kind) if stripped and stripped.strip("-*_= ") else (None, "sentence")
            elif not stripped:
                yield start or 0, offset, kind
                start, kind = None, "sentence"
        offset += len(line)
    if start is not None:
        yield start, offset, "block" if fence else kind


def fence_of(stripped: str) -> str:
    """Return the mark that opens or closes a block on this line, or ""."""
    for mark in ("```", "~~~", "$$"):
        if stripped.startswith(mark) or (mark == "$$" and stripped.endswith(mark)):
            return mark
    return ""


def _whole_formula(stripped: str) -> bool:
    return len(stripped) > 4 and stripped.startswith("$$") and stripped.endswith("$$")


def _kind(stripped: str) -> Literal["sentence", "item", "block"]:
    if stripped.startswith("|") or _whole_formula(stripped):
        return "block"
    return "item" if ITEM.match(stripped) else "sentence"


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    for match in _END.finditer(text, start, end):
        if text.count("$", position, match.end()) % 2 or text.count("`", position, match.end()) % 2:
            continue  # inside a formula or code
        if text[position : match.start()].strip().isdigit():
            continue  # the number of a list's point
        a, b = _stripped(text, position, match.end())
        if a < b:
            yield a, b
        position = match.end()
    a, b = _stripped(text, position, end)
    if a < b:
        yield a, b


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
