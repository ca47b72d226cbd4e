"""A document → the title, clean sections and dropped lines that are stored. Pure: no disk."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import PurePath

from coach.corpus.cleaning import clean
from coach.corpus.joining import join
from coach.corpus.lines import Line, scan
from coach.corpus.marks import asks, take_apart
from coach.corpus.questions import Block, find_questions
from coach.records import Document, DroppedLine, Parsed, Section

_CHINESE = re.compile("[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class SourceSection(Section):
    """A section that knows where each line of its answer stood.

    Attributes:
        lines: For each line of `answer`, its line (from 1) in the decoded source.
        pages: For each line of `answer`, its page; () for sources without pages.
    """

    lines: tuple[int, ...] = ()
    pages: tuple[int, ...] = ()


def parse(document: Document, *, name: str, kept: frozenset[str] = frozenset()) -> Parsed:
    """Clean an article and find its questions.

    Args:
        document: What a reader returned.
        name: File name; its stem is the title if nothing better is found.
        kept: Texts of lines that are never dropped.
    """
    document = _restored(document, kept)
    lines = scan(document.text)
    cleaned, dropped = clean(lines, kept=kept)
    clean_lines = join(cleaned)
    page_of = _Pages(document)
    title = document.title or _title(clean_lines, name)
    blocks = find_questions(clean_lines, title=title)
    if len(blocks) > 1 and _is_title(blocks[0], title):
        del blocks[0]
    sections = tuple(_section(block, page_of, title) for block in blocks)
    return Parsed(
        title=title,
        topics=document.topics,
        language=document.language or _language(clean_lines),
        text="\n".join(line.text for line in clean_lines),
        sections=sections,
        dropped=tuple(sorted([*document.dropped, *dropped], key=_line_no)),
        difficulty=document.difficulty,
    )


def _restored(document: Document, kept: frozenset[str]) -> Document:
    """Put back what the reader took out and the user keeps; it had left its line empty."""
    wanted = {text.strip() for text in kept}
    back = {line.line_no: line.text for line in document.dropped if line.text.strip() in wanted}
    if not back:
        return document
    lines = document.text.split("\n")
    lines += [""] * (max(back) - len(lines))
    firsts = [document.text.count("\n", 0, offset) for offset, _ in document.pages]
    lines = [back.get(no, line) for no, line in enumerate(lines, start=1)]
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    return replace(
        document,
        text="\n".join(lines),
        pages=tuple((starts[first], number) for first, (_, number) in zip(firsts, document.pages, strict=True)),
        dropped=tuple(line for line in document.dropped if line.line_no not in back),
    )


def _line_no(line: DroppedLine) -> int:
    return line.line_no


class _Pages:
    """Line → page, from the offsets of a paged document."""

    def __init__(self, document: Document) -> None:
        self._pages = [page for _, page in document.pages]
        self._starts = [document.text.count("\n", 0, offset) + 1 for offset, _ in document.pages]

    def __call__(self, line_no: int) -> int | None:
        if not self._pages:
            return None
        return self._pages[max(0, bisect_right(self._starts, line_no) - 1)]


def _section(block: Block, page_of: _Pages, title: str) -> SourceSection:
    pages = tuple(page for line in block.lines if (page := page_of(line.no)) is not None)
    return SourceSection(
        question=block.question,
        answer="\n".join(line.text for line in block.lines),
        headings=block.headings[1:] if block.headings[:1] == (title,) else block.headings,
        line_no=block.line_no,
        page=page_of(block.line_no),
        lines=tuple(line.no for line in block.lines),
        pages=pages,
    )


def _title(lines: Sequence[Line], name: str) -> str:
    """The first heading of level 1, else a short first line, else the file's stem."""
    marks = [take_apart(line.text) for line in lines if line.prose]
    for mark in marks:
        if mark.level == 1 and mark.body:
            return mark.body
    if marks:
        first = marks[0]
        short = 2 <= len(first.body) <= 40 and not first.body.endswith(tuple("。.；;，,：:、"))
        if short and not first.label and not first.bullet and not asks(first.body):
            return first.body
    return PurePath(name).stem or name


def _is_title(block: Block, title: str) -> bool:
    """Whether a block is nothing but the title: shown above every passage, it says nothing as one of its own."""
    return not block.question and len(block.lines) == 1 and take_apart(block.lines[0].text).body == title


def _language(lines: Sequence[Line]) -> str:
    """Return "zh" if at least one letter in ten outside of code is Chinese, "en" if there are letters, else ""."""
    text = "".join(line.text for line in lines if line.kind != "code")[:50_000]
    chinese = sum(map(len, _CHINESE.findall(text)))
    letters = sum(map(str.isalpha, text))
    if not letters:
        return ""
    return "zh" if chinese >= letters / 10 else "en"
