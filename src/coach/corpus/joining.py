"""Joins lines that were torn apart: lone list marks and numbers, underlined headings, summaries over several lines."""

import re
from collections.abc import Sequence
from itertools import pairwise

from coach.corpus.lines import Line
from coach.corpus.marks import asks

_BULLET = re.compile(r"^\s*[-*+•·]\s*$")
_NUMBER = re.compile(r"^\s*(?P<bold>\*\*)?(?P<n>\d{1,3})\s*[.、)）]?(?(bold)\*\*)\s*$")
_LISTED = re.compile(r"^\s*(?:[-*+•·]|\d{1,3}[.、)）]|#{1,6})\s")
_WRAPPED = re.compile(r"^\s*<(p|div|span|font|center|section)\b[^<>]{0,300}>(.*)</\1>\s*$", re.IGNORECASE)
_UNDERLINE = re.compile(r"^ {0,3}(?:={3,}|-{3,})\s*$")
_SUMMARY_OPENS = re.compile(r"<summary>\s*$", re.IGNORECASE)
_SUMMARY_CLOSES = re.compile(r"</summary>", re.IGNORECASE)


def join(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with torn marks joined to their text, and one blank line where several were.

    A joined line keeps the number of the line that holds its text.
    """
    numbered = _lone_numbers(lines)
    out: list[Line] = []
    mark = ""
    summary = False
    for at, line in enumerate(lines):
        if line.kind == "blank":
            if not mark and out and out[-1].kind != "blank":
                out.append(Line(line.no, "", "blank"))
            continue
        text = line.text
        if line.prose:
            if _BULLET.match(text) or at in numbered:
                mark = text.strip() if at not in numbered else f"{text.strip().strip('*').rstrip('.、)）')}."
                continue
            if _is_underline(out, text):
                level = "#" if "=" in text else "##"
                out[-1] = Line(out[-1].no, f"{level} {out[-1].text.strip()}", "prose")
                continue
            if _SUMMARY_OPENS.search(text):
                summary = True
                continue
            if summary:
                summary = not _SUMMARY_CLOSES.search(text)
                text = _SUMMARY_CLOSES.sub("", text).strip()
                if not text:
                    continue
                text = f"<summary>{text}</summary>"
            wrapped = _WRAPPED.match(text) if "</" in text else None
            text = wrapped.group(2) if wrapped else text
            if mark and not _LISTED.match(text):
                text = f"{mark} {text.lstrip()}"
        mark = ""
        out.append(line if text == line.text else line._replace(text=text))
    return out


def _lone_numbers(lines: Sequence[Line]) -> set[int]:
    """Lines `01`, `02`, … that count up from one, each with a line of text behind it: numbers of headings."""
    found: list[int] = []
    texts = [at for at, line in enumerate(lines) if line.kind != "blank"]
    for at, following in pairwise(texts):
        match = _NUMBER.match(lines[at].text) if lines[at].prose else None
        heads = lines[following].prose and not _NUMBER.match(lines[following].text)
        if match and heads and int(match.group("n")) == len(found) + 1:
            found.append(at)
    return set(found) if len(found) >= 2 else set()


def _is_underline(out: Sequence[Line], text: str) -> bool:
    """Whether the text underlines the line above it, a paragraph of one short line."""
    if not _UNDERLINE.match(text) or not out or not out[-1].prose:
        return False
    title = out[-1].text.strip()
    alone = len(out) == 1 or out[-2].kind == "blank"
    ends = title.endswith(("。", "；", "，", ".", ";", ",")) and not asks(title)
    return alone and len(title) <= 80 and not ends and not _LISTED.match(out[-1].text)
