"""Sections → passages: a question keeps its answer; overlong answers are cut where a reader would pause. Pure."""

import re

from coach.corpus.lines import scan
from coach.records import Chunk, Section

_LATIN = re.compile(r"[A-Za-z0-9_]+")
_WORD = re.compile(r"[A-Za-z0-9_]+|[^\sA-Za-z0-9_]")
_FOLLOW_UPS = re.compile(
    r"^\s*(?:#{1,6}\s*)?(?:\*\*)?\s*(?:追问|延伸追问|常见追问|Follow[- ]ups?)\s*(?:\*\*)?\s*[:：]?\s*(?:\*\*)?\s*$",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)、]|[(（]\d{1,3}[)）]|[①-⑳])\s*\S")
_LEAD_IN = re.compile(r"[:：]\**\s*$|^#{1,6} [^\n]*$|^\*\*[^*\n]+\*\*$")
_SENTENCES = ["\n", "。", "！", "？", "；", ". ", "! ", "? ", "; ", "，", ", "]
_HARD = 4
"""A code block, table or formula is cut only if it alone is longer than this many times `size`."""


def length(text: str) -> int:
    """Return the size of a text: a Chinese character or punctuation mark counts 1, a Latin word or number 2."""
    words = _LATIN.findall(text)
    return len("".join(text.split())) - sum(map(len, words)) + 2 * len(words)


def _weight(token: str) -> int:
    return 2 if token[0].isascii() and (token[0].isalnum() or token[0] == "_") else 1


def split(section: Section, *, size: int = 500) -> list[Chunk]:
    """Cut a section's answer into passages of at most `size` (see `length`) where that is possible.

    The whole answer is one passage if it fits. Otherwise whole paragraphs and list items are gathered; an overlong
    one is cut at sentences. Code, tables and formulas stay whole unless they alone exceed 4 × `size`. A block of
    follow-up questions at the end (`**追问**：`) is left out. `chunk.text == section.answer[chunk.start:chunk.end]`.
    """
    answer = section.answer
    end = _evidence_end(answer)
    start, end = _strip(answer, 0, end)
    if start >= end:
        return []
    if length(answer[start:end]) <= size:
        spans = [(start, end)]
    else:
        spans = _gather(answer, _units(answer, start, end, size), size)
    return [_chunk(section, first, last) for first, last in spans]


def _evidence_end(answer: str) -> int:
    """Offset where a trailing block of follow-up questions starts: only list items and blank lines come behind it."""
    offset = len(answer)
    for line in reversed(answer.split("\n")):
        offset -= len(line)
        bare = line.strip()
        if len(bare) <= 40 and _FOLLOW_UPS.match(bare):
            return max(offset, 0)
        if bare and not _LIST_ITEM.match(bare[:40]):
            return len(answer)
        offset -= 1
    return len(answer)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Shrink a span past blank lines in front and white space behind, keeping the indent of its first line."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    lead = piece.rfind("\n", 0, lead) + 1 if "\n" in piece[:lead] else lead
    return start + lead, start + len(piece.rstrip())


def _units(text: str, start: int, end: int, size: int) -> list[tuple[int, int]]:
    """Spans that are not cut further: code, tables, formulas, list items, paragraphs, pieces of overlong ones."""
    units: list[tuple[int, int, str]] = []
    offset = start
    previous = "blank"
    for line in scan(text[start:end]):
        stop = offset + len(line.text)
        joins = line.kind == previous and line.kind != "blank" and not (line.prose and _LIST_ITEM.match(line.text))
        if line.kind == "code" and joins and line.text.lstrip().startswith(("```", "~~~")) and _closed(text, units[-1]):
            joins = False
        if joins:
            units[-1] = (units[-1][0], stop, line.kind)
        elif line.kind != "blank":
            units.append((offset, stop, line.kind))
        previous = line.kind
        offset = stop + 1
    return [span for first, last, kind in units for span in _cut(text, first, last, kind, size)]


def _closed(text: str, unit: tuple[int, int, str]) -> bool:
    lines = text[unit[0] : unit[1]].rstrip().split("\n")
    return len(lines) > 1 and lines[-1].strip() in ("```", "~~~", "````")


def _cut(text: str, first: int, last: int, kind: str, size: int) -> list[tuple[int, int]]:
    piece = text[first:last]
    if length(piece) <= (size if kind == "prose" else _HARD * size):
        return [(first, last)]
    # Imported late: it takes 0.7 s, and the page should not wait for it.
    from langchain_text_splitters.character import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=_SENTENCES if kind == "prose" else ["\n"],
        keep_separator="end",
        chunk_size=size,
        chunk_overlap=0,
        length_function=length,
        strip_whitespace=False,
    )
    spans = []
    cursor = first
    for part in splitter.split_text(piece):
        end = cursor + len(part)
        for begin, stop in _cut_hard(text, cursor, end, size):
            begin, stop = _strip(text, begin, stop)
            if begin < stop:
                spans.append((begin, stop))
        cursor = end
    return spans


def _cut_hard(text: str, first: int, last: int, size: int) -> list[tuple[int, int]]:
    """Cut a piece without sentence ends between characters and words."""
    spans = []
    begin, total = first, 0
    for match in _WORD.finditer(text, first, last):
        weight = _weight(match.group())
        if total + weight > size and match.start() > begin:
            spans.append((begin, match.start()))
            begin, total = match.start(), 0
        total += weight
    return [*spans, (begin, last)]


def _gather(text: str, units: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """Join neighbours while they fit; a lead-in such as `步骤如下：` or a heading goes with what follows."""
    weights = [length(text[first:last]) for first, last in units]
    spans: list[tuple[int, int]] = []
    total = 0
    for place, (first, last) in enumerate(units):
        follower = weights[place + 1] if place + 1 < len(units) else 0
        needed = weights[place] + (follower if _LEAD_IN.search(text[first:last][-80:]) else 0)
        fits = total + (needed if needed <= size else weights[place]) <= size
        if spans and fits:
            spans[-1] = (spans[-1][0], last)
            total += weights[place]
        else:
            spans.append((first, last))
            total = weights[place]
    return spans


def _chunk(section: Section, start: int, end: int) -> Chunk:
    nth = section.answer.count("\n", 0, start)
    lines = getattr(section, "lines", ())
    pages = getattr(section, "pages", ())
    return Chunk(
        text=section.answer[start:end],
        start=start,
        end=end,
        line_no=lines[nth] if nth < len(lines) else section.line_no,
        page=pages[nth] if nth < len(pages) else section.page,
    )
