"""Rows of pages → Markdown-like text: rows become paragraphs, headings, list items and code; pages are kept."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from coach.corpus.readers.pdf_layout import Page, Row
from coach.corpus.readers.trees import CONTROL
from coach.corpus.readers.writing import fenced
from coach.records import Document, DroppedLine

HEADING = 1.15
"""A row whose font is larger than that of the body by this factor is a heading."""
LONGEST_HEADING = 100

_CN = "一二三四五六七八九十"
_STARTS = re.compile(
    rf"^(?:[•●▪◆■►‣·◦○○➢✓\-–*]\s|[•●▪◆■►➢]|\d{{1,3}}(?:[.．](?!\d)|[、)）：:])|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}\s|[(（]\d{{1,3}}[)）]|[①-⑳]|"
    rf"[{_CN}]{{1,3}}[、.．]|[(（][{_CN}]{{1,3}}[)）]|第[{_CN}\d]{{1,3}}[章节部题问]|(?:问题|面试题|题目)\s*[\d{_CN}]|[QA]\s*\d{{0,3}}\s*[:：.、]|"
    r"[问答]\s*[:：]|【)"
)
_ENDS = tuple("。！？!?；;：:.…")
_LEADERS = re.compile(r"(?:[.．·…]\s?){5,}\s*\d{1,4}$|…{2,}\s*\d{1,4}$")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HYPHENS = ("\x02", "\ufffe", "\u00ad")


def pages_text(pages: Sequence[Page], title: str = "") -> Document:
    """Return the text of all pages. A dropped line leaves an empty line in its place.

    Args:
        pages: Rows in reading order, and what was taken out.
        title: Title for the document if no heading gives one.
    """
    writer = _Writer([row for page in pages for row in page.rows])
    for number, page in enumerate(pages, start=1):
        writer.page(page, number)
    return writer.document(title)


class _Writer:
    """Gathers rows into blocks."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._body = _usual_size(rows)
        self._leading = _usual_gap(rows)
        self._levels = _heading_levels(rows, self._body)
        self._lines: list[str] = []
        self._dropped: list[DroppedLine] = []
        self._pages: list[tuple[int, int]] = []
        self._last: Row | None = None
        self._indent = 0.0
        self._at = -1
        self._code: list[Row] = []

    def page(self, page: Page, number: int) -> None:
        """Add a page; a paragraph that began on the page before goes on."""
        rows = list(page.rows)
        if self._code and rows and not rows[0].mono:
            self._end_code()
        start = len(self._lines)
        while rows and not self._code and self._last is not None and self._goes_on(rows[0]):
            self._append(rows.pop(0))
        self._pages.append((start, number))
        self._drop(page.above)
        for row in rows:
            self._add(row)
        self._drop(page.below)

    def document(self, title: str) -> Document:
        """Return what was gathered."""
        self._end_code()
        offsets, offset = [], 0
        for line in self._lines:
            offsets.append(offset)
            offset += len(line) + 1
        text = "\n".join(self._lines)
        pages = tuple((offsets[at] if at < len(offsets) else len(text), number) for at, number in self._pages)
        has_title = any(line.startswith("# ") for line in self._lines)
        return Document(text=text, title="" if has_title else title, pages=pages, dropped=tuple(self._dropped))

    def _drop(self, taken: Sequence[tuple[str, str]]) -> None:
        if taken:
            self._end_code()
        for text, rule in taken:
            self._lines.append("")
            self._dropped.append(DroppedLine(len(self._lines), CONTROL.sub("", text), rule))

    def _add(self, row: Row) -> None:
        if row.mono:
            self._code.append(row)
            return
        self._end_code()
        if _LEADERS.search(row.text[-300:]):
            self._drop([(row.text, "contents")])
            return
        if self._last is not None and self._goes_on(row):
            self._append(row)
            return
        level = self._level(row)
        listed = bool(_STARTS.match(row.text))
        near = self._last is not None and listed and bool(_STARTS.match(self._lines[self._at])) and not level
        if self._lines and not near:
            self._lines.append("")
        text = CONTROL.sub("", row.text) if not row.text.endswith(_HYPHENS) else row.text
        self._lines.append(f"{'#' * level} {text}" if level else f"**{text}**" if row.bold else text)
        self._at = len(self._lines) - 1
        self._last, self._indent = row, row.left

    def _append(self, row: Row) -> None:
        line = self._lines[self._at]
        bold = line.startswith("**") and line.endswith("**") and row.bold
        line = join_rows(line[:-2], row.text) + "**" if bold else join_rows(line, row.text)
        self._lines[self._at] = line
        self._last = row
        if row.first:
            self._indent = row.left

    def _level(self, row: Row) -> int:
        return self._levels.get(round(row.size), 0) if len(row.text) <= LONGEST_HEADING else 0

    def _goes_on(self, row: Row) -> bool:
        """Whether a row continues the paragraph of the last one."""
        last = self._last
        if last is None or row.mono or abs(row.size - last.size) > 0.08 * last.size or row.bold != last.bold:
            return False
        if _STARTS.match(row.text) or not self._is_full(last, row):
            return False
        level = self._level(last)
        if row.first or row.top > last.bottom + last.size:  # next column or page
            unfinished = not last.text.rstrip().endswith(_ENDS)
            return unfinished and not level and row.left - row.column[0] < 0.8 * row.size
        if last.bottom - row.top > self._leading + 0.35 * row.size:
            return False
        inner = bool(_STARTS.match(self._lines[self._at].lstrip("*# ")))
        return bool(level) or inner or row.left <= min(self._indent, last.left) + 0.8 * row.size

    def _is_full(self, last: Row, row: Row) -> bool:
        """Whether the next row's first word had no room on the last row."""
        head = row.text.split(" ", 1)[0]
        word = 1.0 if _CJK.match(row.text) else 0.5 * min(len(head), 20)
        return last.right + (word + 0.3) * row.size > last.column[1] - 0.7 * row.size

    def _end_code(self) -> None:
        rows, self._code = self._code, []
        if not rows:
            return
        left = min(row.left for row in rows)
        width = median((row.right - row.left) / len(row.text) for row in rows if row.text)
        code = [" " * min(80, round((row.left - left) / width) if width > 0.1 else 0) + row.text for row in rows]
        block = fenced(CONTROL.sub("", "\n".join(code))).split("\n")
        self._lines += ["", *block] if self._lines else block
        self._last, self._at = None, len(self._lines) - 1


def join_rows(text: str, following: str) -> str:
    """Join two rows of a paragraph: words that were divided are mended, between Chinese letters is no space."""
    if text.endswith(_HYPHENS):
        return text[:-1] + following
    if text.endswith("-") and text[-2:-1].isalpha() and following[:1].islower():
        return text[:-1] + following
    if (text[-1:].isascii() and text[-1:].isalnum()) or (following[:1].isascii() and following[:1].isalnum()):
        return f"{text} {following}"
    chinese = _CJK.match(text[-1:]) or _CJK.match(following[:1])
    return text + following if chinese else f"{text} {following}"


def _usual_size(rows: Sequence[Row]) -> float:
    sizes: Counter[float] = Counter()
    for row in rows:
        sizes[round(row.size * 2) / 2] += len(row.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _usual_gap(rows: Sequence[Row]) -> float:
    """Distance between the rows of a paragraph."""
    gaps = [
        last.bottom - row.top
        for last, row in pairwise(rows)
        if not row.first and abs(last.size - row.size) < 1 and last.bottom - row.top < 2 * row.size
    ]
    return max(0.0, median(gaps)) if gaps else 0.0


def _heading_levels(rows: Sequence[Row], body: float) -> dict[int, int]:
    """Rounded size → heading level: the largest letters are level 1; at most four levels."""
    sizes = sorted(
        {round(row.size) for row in rows if row.size >= HEADING * body and row.size >= body + 1}, reverse=True
    )
    return {size: min(level, 4) for level, size in enumerate(sizes, start=1)}
