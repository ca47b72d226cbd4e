"""Code and tables as Markdown."""

import re
from collections.abc import Sequence

_TICKS = re.compile(r"`{3,}")
_BAR = re.compile(r"\$[^$]*\$|\|")


def fenced(code: str, language: str = "") -> str:
    """Return code as a fenced block; the fence is longer than any in the code."""
    longest = max((len(match.group()) for match in _TICKS.finditer(code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first row is the head; short rows are filled up, bars in cells are kept."""
    columns = max(len(cells) for cells in rows)
    full = [[*map(_cell, cells), *[""] * (columns - len(cells))] for cells in rows]
    lines = [f"| {' | '.join(cells)} |" for cells in full]
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def _cell(text: str) -> str:
    """Keep bars from ending the cell: in formulas by their TeX name, elsewhere by a backslash."""
    if "|" not in text:
        return text
    return _BAR.sub(lambda match: "\\|" if match.group() == "|" else match.group().replace("|", "\\vert "), text)
