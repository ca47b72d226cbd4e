"""Program: a PDF on standard input → runs of text with their places, as JSON on standard output.

It runs as a process of its own, so that a hostile file can neither crash nor stop the coach: the caller ends it when
its time is up. Imports nothing of coach. Knows no reading order: that is for `pdf_layout`.
"""

import contextlib
import ctypes
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

MOST_MEMORY = 2 * 2**30
"""Bytes of address space, where the system can limit it."""
ASKEW = 0.1
"""Angle in radians to most of the page from which text counts as turned, as watermarks are."""
RUN = 20
"""Characters that a run costs beside its text."""
PASSWORD = "password"  # noqa: S105 - names a kind of failure
DAMAGED = "damaged"
_MONOSPACED = ("mono", "courier", "consol", "menlo", "typewriter", "cmtt", "sourcecode", "firacode")
_BOLD = ("bold", "heavy", "black", "semibold", "demi")


Run = list[Any]
"""Text; left, bottom, right, top, size of the font in points; whether it is turned, in a typewriter face, bold."""

Look = tuple[float, float, bool, bool]
"""Direction of writing in radians anticlockwise, size in points, typewriter face, bold."""
_NOWHERE = (0.0, 0.0, 0.0, 0.0)


def main() -> None:
    """Read a PDF; arguments are the most pages, characters and seconds of computing."""
    most_pages, most_chars, most_seconds = map(int, sys.argv[1:])
    _limit(most_seconds)
    try:
        found = _pages(sys.stdin.buffer.read(), most_pages, most_chars)
    except pypdfium2.PdfiumError as error:
        found = {"failure": PASSWORD if error.err_code == pdfium.FPDF_ERR_PASSWORD else DAMAGED}
    sys.stdout.buffer.write(json.dumps(found, separators=(",", ":")).encode())


def _limit(most_seconds: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds + 1))


def _pages(content: bytes, most_pages: int, most_chars: int) -> dict[str, Any]:
    document = pypdfium2.PdfDocument(content)
    count = len(document)
    found: dict[str, Any] = {"count": count, "title": document.get_metadata_value("Title"), "pages": []}
    if count > most_pages:
        return found
    for number in range(count):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:  # one damaged page does not spoil the others
            found["pages"].append([])
            continue
        text = page.get_textpage()
        runs = _Runs(text.raw).runs()
        most_chars -= sum(len(run[0]) + RUN for run in runs)
        if most_chars < 0:
            return found | {"failure": "long"}
        found["pages"].append(runs)
        text.close()
        page.close()
    return found


class _Runs:
    """The characters of one page, gathered into runs: neighbours on one line that look the same.

    Calls into PDFium cost most of the time: what a text object has in common is asked for once.
    """

    def __init__(self, page: Any) -> None:  # noqa: ANN401 - a ctypes handle
        self._page = page
        self._box = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._name = ctypes.create_string_buffer(200)
        self._flags = ctypes.c_int()
        self._looks: dict[int, Look] = {}

    def runs(self) -> list[Run]:
        """Return all runs in the order of the file."""
        page, box = self._page, self._box
        chars: list[tuple[str, Look | None, tuple[float, float, float, float]]] = []
        for index in range(pdfium.FPDFText_CountChars(page)):
            code = pdfium.FPDFText_GetUnicode(page, index)
            char = chr(code) if 0 < code <= sys.maxunicode and not 0xD800 <= code < 0xE000 else ""
            if not char or char.isspace():
                chars.append((char, None, _NOWHERE))
                continue
            pdfium.FPDFText_GetLooseCharBox(page, index, box)
            chars.append((char, self._look(index), (box.left, box.bottom, box.right, box.top)))
        quarters = Counter(round(look[0] / (math.pi / 2)) % 4 for _, look, _ in chars if look)
        return _gather(chars, quarters.most_common(1)[0][0] if quarters else 0)

    def _look(self, index: int) -> Look:
        """Direction of writing in radians anticlockwise, size in points, typewriter face, bold."""
        key = ctypes.cast(pdfium.FPDFText_GetTextObject(self._page, index), ctypes.c_void_p).value or 0
        if key not in self._looks or not key:
            pdfium.FPDFText_GetMatrix(self._page, index, self._matrix)
            angle = math.atan2(self._matrix.b, self._matrix.a)
            scale = math.hypot(self._matrix.c, self._matrix.d)
            size = round(float(pdfium.FPDFText_GetFontSize(self._page, index)) * scale, 2)
            self._looks[key] = (angle, size, *self._font(index))
        return self._looks[key]

    def _font(self, index: int) -> tuple[bool, bool]:
        size = pdfium.FPDFText_GetFontInfo(self._page, index, self._name, len(self._name), self._flags)
        name = self._name.raw[: max(0, min(size, len(self._name)) - 1)].decode("utf-8", "replace").lower()
        return any(mark in name for mark in _MONOSPACED), any(mark in name for mark in _BOLD)


def _gather(chars: Sequence[tuple[str, Look | None, tuple[float, float, float, float]]], quarter: int) -> list[Run]:
    """Join characters into runs; most of the page's text runs to the right after `quarter` quarters are turned back."""
    runs: list[Run] = []
    run: Run | None = None
    for char, look, place in chars:
        if look is None:
            if char in ("\r", "\n"):
                run = None
            elif char and run is not None:
                run[0] += " "
            continue
        angle, size, mono, bold = look
        turned = abs(math.remainder(angle - quarter * math.pi / 2, 2 * math.pi)) > ASKEW
        added = [char, *_upright(place, quarter), size, turned, mono, bold]
        if run is not None and _continues(run, added):
            run[0] += char
            run[1], run[2] = min(run[1], added[1]), min(run[2], added[2])
            run[3], run[4] = max(run[3], added[3]), max(run[4], added[4])
        else:
            run = added
            runs.append(run)
    return [[run[0], *(round(place, 1) for place in run[1:5]), *run[5:]] for run in runs]


def _upright(place: tuple[float, float, float, float], quarter: int) -> tuple[float, float, float, float]:
    """Left, bottom, right, top after the page is turned back by quarters of a circle."""
    left, bottom, right, top = place
    if quarter == 1:
        return bottom, -right, top, -left
    if quarter == 2:
        return -right, -top, -left, -bottom
    if quarter == 3:
        return -top, left, -bottom, right
    return left, bottom, right, top


def _continues(run: Run, added: Run) -> bool:
    """Whether a character stands on the line of a run, close behind it, and looks the same."""
    _, _, bottom, right, top, _, *look = run
    _, left, low, _, high, _, *its_look = added
    height = max(top - bottom, 1.0)
    overlap = min(top, high) - max(bottom, low)
    near = overlap > 0.4 * min(height, max(high - low, 0.1)) and -0.5 * height < left - right < 1.2 * height
    return near and look == its_look and not look[0]


if __name__ == "__main__":
    main()
