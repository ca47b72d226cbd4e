"""Runs of text with places on pages → rows in reading order. Knows columns, running headers and page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

EDGE_ROWS = 3
"""Rows at the top and at the bottom of a page that may be running headers and footers."""
LEAST_REPEATS = 3
REPEATED_SHARE = 0.4
"""A row is a running header if it stands at the edge of at least so many pages, and of this share of the pages."""
LEAST_COLUMN = 0.25
"""A gap between columns lies so far from both edges of the text, as a share of its width."""
FULL_ROWS = 0.25
FULL = 0.8
"""In a column of text, at least a quarter of the rows fill 0.8 of its width, and half of them half of it; cells of
tables don't."""
MOST_CROSSING = 0.15
"""Share of the runs (titles, figures) that may stand across the gap between columns."""

_PAGE_NUMBER = re.compile(
    r"^[-–—·|\s]*(?:第\s*)?(?:page\s*)?(?:\d{1,4}|[ivxl]{1,7})(?:\s*页)?(?:\s*(?:/|of|，|,|共)\s*(?:共\s*)?\d{1,4}(?:\s*页)?)?[-–—·|\s]*$",
    re.IGNORECASE,
)
_CJK = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
_SPREAD = re.compile(rf"(?:{_CJK} ){{3,}}{_CJK}")
"""Letters that stand apart to fill a row."""
_ASKS = re.compile(r"^(?:问题|面试题|题目|第|Q\s*#|.*[?？]$)")
"""Rows at an edge that may be questions, one a page."""


_Taken = tuple[str, str]  # text, rule


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters on one line. Places are in points, upwards and to the right."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    turned: bool = False
    mono: bool = False
    bold: bool = False

    @property
    def height(self) -> float:
        """Height in points."""
        return max(self.top - self.bottom, 0.1)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a column.

    Attributes:
        text: Its text.
        left: Left edge in points; so are `bottom`, `right`, `top`.
        size: Size of its font in points.
        column: Left and right edge of the column.
        first: Whether it is the first one of its column.
        mono: Whether it is set in a typewriter face, as code is.
        bold: Whether it is bold as a whole.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    column: tuple[float, float]
    first: bool
    mono: bool
    bold: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page in reading order; what was taken out stands in `above`, `below` as (text, rule)."""

    rows: tuple[Row, ...]
    above: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[str, str], ...] = ()


def read_pages(pages: Sequence[Sequence[Run]]) -> list[Page]:
    """Return the rows of each page in reading order, without watermarks, running headers, footers and page numbers."""
    lines = [_lines([run for run in page if not run.turned and run.text.strip()]) for page in pages]
    running = _running(lines)
    kept = [[line for at, line in enumerate(page) if (number, at) not in running] for number, page in enumerate(lines)]
    gaps = [_gap([run for line in page for run in line]) for page in kept]
    usual = [gap for gap in gaps if gap is not None]
    fallback = median(usual) if usual and 2 * len(usual) >= sum(1 for page in kept if page) else None
    found = []
    for number, page in enumerate(kept):
        above, below = _taken(lines[number], {at: rule for (of, at), rule in running.items() if of == number})
        askew = " ".join(run.text.strip() for run in pages[number] if run.turned)
        if askew.strip():
            below = [*below, (_SPREAD.sub(_closed, askew), "watermark")]
        gap = gaps[number]
        rows = _rows(page, gap if gap is not None else fallback)
        found.append(Page(tuple(rows), tuple(above), tuple(below)))
    return found


def _taken(
    lines: Sequence[Sequence[Run]], rules: dict[int, str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Rows that were taken out: above and below the text."""
    middle = len(lines) / 2
    above = [(_joined(lines[at]), rule) for at, rule in sorted(rules.items()) if at < middle]
    return above, [(_joined(lines[at]), rule) for at, rule in sorted(rules.items()) if at >= middle]


def _lines(runs: Iterable[Run]) -> list[list[Run]]:
    """Group runs that stand side by side, from the top down, each line from left to right."""
    lines: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (-run.top - run.bottom, run.left)):
        if lines:
            head = lines[-1][0]
            overlap = min(head.top, run.top) - max(head.bottom, run.bottom)
            if overlap > 0.5 * min(head.height, run.height):
                lines[-1].append(run)
                continue
        lines.append([run])
    return [sorted(line, key=lambda run: run.left) for line in lines]


def _running(pages: Sequence[Sequence[Sequence[Run]]]) -> dict[tuple[int, int], str]:
    """Rows at the edges that come again on other pages, and page numbers, as (page, row) → rule."""
    edges: dict[tuple[int, int], str] = {}
    places: dict[tuple[str, bool, int], dict[int, int]] = defaultdict(dict)
    for number, lines in enumerate(pages):
        for at in {*range(min(EDGE_ROWS, len(lines))), *range(max(0, len(lines) - EDGE_ROWS), len(lines))}:
            key = _without_page(_joined(lines[at]))
            if key and not _ASKS.match(key):
                places[key, at < len(lines) / 2, round(lines[at][0].size)].setdefault(number, at)
    least = max(LEAST_REPEATS, REPEATED_SHARE * sum(1 for lines in pages if lines))
    for (key, top, _), where in places.items():
        if len(where) >= least:
            rule = (
                "page number"
                if not key.strip("#-–—|·/第页共ofpageOFPAGE ")
                else f"running {'header' if top else 'footer'}"
            )
            edges.update({place: rule for place in where.items()})
    for number, lines in enumerate(pages):
        for at in (0, len(lines) - 1):
            if len(lines) > 1 and (number, at) not in edges and _is_lone_number(lines, at):
                edges[number, at] = "page number"
    return edges


def _without_page(text: str) -> str:
    """A row without its page number: digits at its ends."""
    return re.sub(r"^[\d\s]+|\d+(?=\W{0,3}$)|\d+(?=\s*/)", "#", " ".join(text.split()))


def _is_lone_number(lines: Sequence[Sequence[Run]], at: int) -> bool:
    """Whether the first or last row of a page is a page number that stands apart from the text."""
    text = _joined(lines[at])
    if not _PAGE_NUMBER.match(text) or not any(char.isdigit() for char in text):
        return False
    neighbour = lines[1][0] if at == 0 else lines[at - 1][0]
    own = lines[at][0]
    distance = own.bottom - neighbour.top if at == 0 else neighbour.bottom - own.top
    return distance > 1.2 * own.height


def _joined(line: Sequence[Run]) -> str:
    """Text of the runs of one row, with a space where there is a gap."""
    text = ""
    for place, run in enumerate(line):
        if place and run.left - line[place - 1].right > 0.2 * run.height and not text.endswith(" "):
            text += " "
        text += run.text
    return _SPREAD.sub(_closed, text.strip())


def _closed(match: re.Match[str]) -> str:
    return match.group().replace(" ", "")


def _gap(runs: Sequence[Run]) -> float | None:
    """Where the gap between two columns of text is, or None."""
    if len(runs) < 8:
        return None
    left, right = min(run.left for run in runs), max(run.right for run in runs)
    width = right - left
    crossings: Counter[int] = Counter()
    for run in runs:
        crossings.update(range(int(max(run.left, left)) + 1, min(int(run.right) + 1, int(run.left) + 5000)))
    first, last = int(left + LEAST_COLUMN * width), int(right - LEAST_COLUMN * width)
    if not 0 < last - first < 5000:
        return None
    least = min(crossings[x] for x in range(first, last))
    best = [x for x in range(first, last) if crossings[x] == least]
    at = best[len(best) // 2]
    before, behind = [run for run in runs if run.right <= at + 1], [run for run in runs if run.left >= at]
    if len(runs) - len(before) - len(behind) > MOST_CROSSING * len(runs):
        return None
    return float(at) if _is_column(before) and _is_column(behind) and _beside(before, behind) else None


def _is_column(runs: Sequence[Run]) -> bool:
    """Whether runs fill the width that they take, as text does and cells of a table do not."""
    lines = _lines(runs)
    if len(lines) < 3:
        return False
    widths = [line[-1].right - line[0].left for line in lines]
    width = max(run.right for run in runs) - min(run.left for run in runs)
    full = sum(1 for each in widths if each >= FULL * width)
    filled = full >= FULL_ROWS * len(lines) and median(widths) >= 0.5 * width
    return filled and width > 8 * median(run.height for run in runs)


def _beside(before: Sequence[Run], behind: Sequence[Run]) -> bool:
    top, bottom = (
        min(max(r.top for r in side) for side in (before, behind)),
        max(min(r.bottom for r in side) for side in (before, behind)),
    )
    return top > bottom


def _rows(lines: Sequence[Sequence[Run]], gap: float | None) -> list[Row]:
    """Rows in reading order: left column, right column, again below whatever stands across both."""
    if gap is None:
        return _column(lines)
    rows: list[Row] = []
    sides: tuple[list[Run], list[Run]] = ([], [])

    def close() -> None:
        for side in sides:
            rows.extend(_column(_lines(side)))
            side.clear()

    for line in lines:
        across = [run for run in line if run.left < gap - 1 and run.right > gap + 1]
        if across:
            close()
            rows.extend(_column([line]))
            continue
        for run in line:
            sides[run.left >= gap - 1].append(run)
    close()
    return rows


def _column(lines: Sequence[Sequence[Run]]) -> list[Row]:
    if not lines:
        return []
    edges = (min(line[0].left for line in lines), max(run.right for line in lines for run in line))
    return [_row(line, edges, first=not at) for at, line in enumerate(lines)]


def _row(line: Sequence[Run], edges: tuple[float, float], *, first: bool) -> Row:
    longest = max(line, key=lambda run: len(run.text))
    return Row(
        text=_joined(line),
        left=line[0].left,
        bottom=min(run.bottom for run in line),
        right=max(run.right for run in line),
        top=max(run.top for run in line),
        size=longest.size,
        column=edges,
        first=first,
        mono=_is_code(line),
        bold=all(run.bold for run in line),
    )


def _is_code(line: Sequence[Run]) -> bool:
    """Whether a row is code: all its letters but the Chinese ones of comments stand in a typewriter face."""
    fixed = sum(len(run.text) for run in line if run.mono)
    others = sum(1 for run in line if not run.mono for char in run.text if char.isascii() and char.isalpha())
    return not others and 2 * fixed >= sum(len(run.text) for run in line)
