"""Text → lines that know whether they are prose, and numbers and marks in front of a line. Knows no questions."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["blank", "prose", "code", "table", "math"]

_FENCE = re.compile(r"^(\s*(?:>\s*|[-*+]\s+|\d+[.)]\s+)*)(`{3,}|~{3,})(.*)$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$|^\s*\|\s*:?-{2,}:?\s*\|\s*$")
_ENVIRONMENT = re.compile(r"^\s*\\(begin|end)\{(\w+\*?)\}")


class Line(NamedTuple):
    """One line of the decoded source. `no` counts from 1; `kind` is "prose" where marks and numbers have a meaning."""

    no: int
    text: str
    kind: Kind

    @property
    def prose(self) -> bool:
        """Whether the line is neither blank nor part of code, a table or a formula."""
        return self.kind == "prose"


def scan(text: str) -> list[Line]:
    """Return the lines of `text`, with code fences, tables and display formulas marked.

    A fence or formula that is opened and never closed protects nothing: scraped texts hold stray ones.
    """
    texts = text.split("\n")
    kinds: list[Kind] = ["prose" if line.strip() else "blank" for line in texts]
    _mark_fences(texts, kinds)
    _mark_math(texts, kinds)
    _mark_tables(texts, kinds)
    return [Line(no, line, kind) for no, (line, kind) in enumerate(zip(texts, kinds, strict=True), start=1)]


def _mark_fences(texts: Sequence[str], kinds: list[Kind]) -> None:
    fences = [
        (i, match.group(2), match.group(3).strip()) for i, text in enumerate(texts) if (match := _FENCE.match(text))
    ]
    opened: tuple[int, str, str] | None = None
    for i, mark, info in fences:
        if opened is None:
            if "`" not in info or mark[0] == "~":  # ```code``` on one line opens nothing
                opened = (i, mark, info)
        elif mark[0] == opened[1][0] and len(mark) >= len(opened[1]) and not info:
            for inside in range(opened[0], i + 1):
                kinds[inside] = "code"
            opened = None


def _mark_math(texts: Sequence[str], kinds: list[Kind]) -> None:
    opened: tuple[int, str] | None = None
    for i, text in enumerate(texts):
        if kinds[i] == "code":
            opened = None
            continue
        stripped = text.strip()
        environment = _ENVIRONMENT.match(text)
        if opened is not None:
            closes = stripped.endswith("$$") if opened[1] == "$$" else opened[1] in stripped
            if closes:
                for inside in range(opened[0], i + 1):
                    kinds[inside] = "math"
                opened = None
        elif stripped.startswith("$$"):
            if stripped == "$$" or stripped.count("$$") == 1:
                opened = (i, "$$")
            else:
                kinds[i] = "math" if stripped.endswith("$$") else kinds[i]
        elif stripped.startswith("\\["):
            if "\\]" in stripped:
                kinds[i] = "math"
            else:
                opened = (i, "\\]")
        elif environment and environment.group(1) == "begin":
            closing = f"\\end{{{environment.group(2)}}}"
            if closing in stripped:
                kinds[i] = "math"
            else:
                opened = (i, closing)


def _mark_tables(texts: Sequence[str], kinds: list[Kind]) -> None:
    for i, text in enumerate(texts):
        if kinds[i] != "prose" or "-" not in text or not _TABLE_RULE.match(text):
            continue
        if i == 0 or kinds[i - 1] != "prose" or "|" not in texts[i - 1]:
            continue
        kinds[i - 1] = "table"
        for j in range(i, len(texts)):
            if kinds[j] != "prose" or "|" not in texts[j]:
                break
            kinds[j] = "table"
