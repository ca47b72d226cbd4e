"""Reads Word documents (.docx): headings, lists with their numbers, tables, formulas. Headers and footers stay out.

The XML is read directly: python-docx's text leaves out numbers of lists, tracked insertions and formulas, and loads
every picture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from coach.corpus.readers.archive import Archive
from coach.corpus.readers.inline import BREAK, Piece, render
from coach.corpus.readers.mathml import omml_to_tex
from coach.corpus.readers.numbering import Numbering, Place, read_numbering
from coach.corpus.readers.trees import Element, local, names
from coach.corpus.readers.writing import fenced, table_text
from coach.errors import ArticleError
from coach.records import Document, DroppedLine

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_HEADING = re.compile(r"^(?:heading|标题|標題)\s*([1-9])", re.IGNORECASE)
_CODE = re.compile(r"code|代码|preformatted|source", re.IGNORECASE)
_CONTENTS = re.compile(r"^(?:toc|目录|目錄)\s*\d", re.IGNORECASE)
_SKIPPED = names(
    "ppr rpr deltext instrtext del movefrom fallback footnotereference endnotereference commentreference rt sectpr "
    "tblpr tblgrid trpr tcpr sdtpr sdtendpr annotationref"
)


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    level: int = 0
    place: Place | None = None


@dataclass(slots=True)
class _Output:
    lines: list[str] = field(default_factory=list)
    dropped: list[DroppedLine] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    listed: bool = False

    def add(self, text: str, *, listed: bool = False) -> None:
        self.end_code()
        if self.lines and not (listed and self.listed):
            self.lines.append("")
        self.lines += text.split("\n")
        self.listed = listed

    def drop(self, text: str, rule: str) -> None:
        self.end_code()
        self.lines.append("")
        self.dropped.append(DroppedLine(len(self.lines), text, rule))

    def end_code(self) -> None:
        if self.code:
            code, self.code = "\n".join(self.code).strip("\n"), []
            if code.strip():
                self.add(fenced(code))


def read_docx(content: bytes) -> Document:
    """Return the text of a .docx file. A dropped line leaves an empty line in its place.

    Raises:
        ArticleError: It is no .docx file, protected by a password, damaged, too large, or holds no text.
    """
    if content.startswith(_OLD_OFFICE):
        raise ArticleError("It is an old .doc file or has a password. Save it as .docx without a password.")
    archive = Archive(content, kind="docx")
    body = next((node for node in archive.tree("word/document.xml") if local(node) == "body"), None)
    if body is None:
        raise ArticleError("It is no Word document: it has no body. Save it again as docx.")
    try:
        reading = _Reading(archive)
        reading.blocks(body)
    except RecursionError as error:
        raise ArticleError("Its parts are nested too deeply. Copy its text instead.") from error
    reading.out.end_code()
    if not any(line.strip() for line in reading.out.lines):
        raise ArticleError("The document holds no text: its pages may be pictures.")
    return Document(text="\n".join(reading.out.lines), dropped=tuple(reading.out.dropped))


class _Reading:
    """The state of reading one document."""

    def __init__(self, archive: Archive) -> None:
        self.out = _Output()
        self._styles = _styles(archive)
        self._numbering = Numbering(
            read_numbering(archive.tree("word/numbering.xml")) if "word/numbering.xml" in archive else {}
        )

    def blocks(self, parent: Element) -> None:
        """Read paragraphs and tables, also within content controls and tracked changes."""
        for node in parent:
            match local(node):
                case "p":
                    self._paragraph(node)
                case "tbl":
                    self._table(node)
                case "" | "sectpr" | "sdtpr" | "sdtendpr" | "del" | "movefrom" | "fallback":
                    continue
                case _:
                    self.blocks(node)

    def _paragraph(self, node: Element) -> None:
        properties = _child(node, "ppr")
        style = self._styles.get(_value(properties, "pstyle"), _Style())
        level = _outline(properties) or style.level
        label, depth = self._numbering.label(_place(properties) or style.place)
        if _CODE.search(style.name):
            self.out.code.append("".join(piece.text for piece in _pieces(node)).replace(BREAK, "\n"))
        else:
            text = render(list(_pieces(node)), emphasis=not level)
            if text and _CONTENTS.match(style.name):
                self.out.drop(text, "contents")
            elif text and level:
                self.out.add(f"{'#' * level} {label}{' '.join(text.split())}")
            elif text:
                indent = "   " * depth
                inner = f"\n{indent}   " if label else "\n"
                self.out.add(indent + label + text.replace("\n", inner), listed=bool(label))
        for box in _text_boxes(node):
            self.blocks(box)

    def _table(self, node: Element) -> None:
        rows = [list(_cells(row)) for row in _inner(node, "tr")]
        if max((len(cells) for cells in rows), default=0) > 1:
            self.out.add(table_text([[_cell_text(cell) for cell in cells] for cells in rows]))
            return
        for cells in rows:
            for cell in cells:
                if cell is not None:
                    self.blocks(cell)


def _child(node: Element | None, name: str) -> Element | None:
    return None if node is None else next((child for child in node if local(child) == name), None)


def _value(node: Element | None, name: str) -> str:
    """The value of a property: `<w:pStyle w:val="Heading1"/>`."""
    child = _child(node, name)
    return (
        "" if child is None else next((str(value) for key, value in child.attrib.items() if key.endswith("}val")), "")
    )


def _outline(properties: Element | None) -> int:
    value = _value(properties, "outlinelvl")
    return min(int(value) + 1, 6) if value in tuple("012345678") else 0


def _place(properties: Element | None) -> Place | None:
    """Which list a paragraph belongs to, and how deep."""
    numbering = _child(properties, "numpr")
    number, level = _value(numbering, "numid"), _value(numbering, "ilvl")
    return Place(number, int(level) if level in tuple("012345678") else 0) if number else None


def _styles(archive: Archive) -> dict[str, _Style]:
    """Paragraph styles by id; a style inherits level and list from the one that it is based on."""
    if "word/styles.xml" not in archive:
        return {}
    nodes = {
        next((str(value) for key, value in node.attrib.items() if key.endswith("}styleId")), ""): node
        for node in archive.tree("word/styles.xml")
        if local(node) == "style"
    }
    found: dict[str, _Style] = {}
    for name in nodes:
        level, place, above = 0, None, name
        for _ in range(10):  # longer chains are circles
            node = nodes.get(above)
            if node is None:
                break
            match = _HEADING.match(_value(node, "name"))
            title = 1 if _value(node, "name").lower() in ("title", "标题") else 0
            properties = _child(node, "ppr")
            level = level or (min(int(match.group(1)), 6) if match else title) or _outline(properties)
            place = place or _place(properties)
            above = _value(node, "basedon")
        found[name] = _Style(_value(nodes[name], "name"), level, place)
    return found


def _pieces(node: Element, *, bold: bool = False, mark: str = "") -> Iterator[Piece]:
    """The running text of a paragraph or of a part of it."""
    for child in node:
        match local(child):
            case "t" if child.text:
                yield Piece(_raised(child.text, mark), bold)
            case "tab":
                yield Piece(" ", bold)
            case "br" | "cr":
                yield Piece(BREAK)
            case "nobreakhyphen":
                yield Piece("-", bold)
            case "omath":
                yield Piece(f"${omml_to_tex(child)}$", bold, verbatim=True)
            case "omathpara":
                yield from (
                    Piece(f"$${omml_to_tex(math)}$$", verbatim=True) for math in child if local(math) == "omath"
                )
            case "r":
                properties = _child(child, "rpr")
                position = {"superscript": "^", "subscript": "_"}.get(_value(properties, "vertalign"), "")
                yield from _pieces(child, bold=_is_bold(properties), mark=position)
            case "" | "drawing" | "pict" | "object" | "alternatecontent":
                continue
            case name if name not in _SKIPPED:
                yield from _pieces(child, bold=bold, mark=mark)


def _raised(text: str, mark: str) -> str:
    """Text with the mark of its position; marks of footnotes have none."""
    if not mark or text.startswith("["):
        return text
    return mark + (text if len(text) == 1 else f"({text})")


def _is_bold(properties: Element | None) -> bool:
    return _child(properties, "b") is not None and _value(properties, "b") not in ("0", "false", "off", "none")


def _text_boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes that hang on a paragraph; each stands in the file twice, the second time for old programs."""
    for node in paragraph.iter():
        if local(node) == "txbxcontent" and not any(
            local(parent) in ("fallback", "txbxcontent") for parent in node.iterancestors()
        ):
            yield node


def _inner(node: Element, name: str) -> Iterator[Element]:
    """Children of a name, also within content controls."""
    for child in node:
        if local(child) == name:
            yield child
        elif local(child) in ("sdt", "sdtcontent", "ins", "customxml"):
            yield from _inner(child, name)


def _cells(row: Element) -> Iterator[Element | None]:
    """Cells of a row; None where a cell above or before reaches in."""
    for cell in _inner(row, "tc"):
        properties = _child(cell, "tcpr")
        merged = _child(properties, "vmerge") is not None and _value(properties, "vmerge") != "restart"
        yield None if merged else cell
        span = _value(properties, "gridspan")
        yield from [None] * (min(int(span), 50) - 1 if span.isascii() and span.isdigit() and len(span) < 4 else 0)


def _cell_text(cell: Element | None) -> str:
    if cell is None:
        return ""
    paragraphs = (render(list(_pieces(node))) for node in cell.iter() if local(node) == "p")
    return " ".join(" ".join(paragraphs).split())
