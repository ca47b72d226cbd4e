"""An HTML tree → blocks of Markdown-like text. Which part of a page is its main text is decided elsewhere.

The tree is walked without recursion: nesting costs no stack.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from coach.corpus.readers.inline import BREAK, Piece, render
from coach.corpus.readers.tex import FORMULA
from coach.corpus.readers.trees import CONTROL, Element, names
from coach.corpus.readers.writing import fenced, table_text

BLOCKS = names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table "
    "tbody td tfoot th thead tr ul"
)
_SKIPPED = names(
    "applet area audio base button canvas colgroup datalist embed frame frameset head iframe img input link map math "
    "meta noscript object option optgroup param picture progress rp rt script select source style svg template "
    "textarea title track video"
)
_INLINE_CODE = frozenset({"code", "tt", "kbd", "samp"})
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|brush:|sourceCode)[-:\s]\s*([\w+#-]{1,20})")
_BESIDE_CODE = re.compile(r"line-?num|linenos|gutter|line-index|pre-numbering|hljs-button|copy|lineno", re.IGNORECASE)
_ANCHOR = re.compile(r"(?:^|[\s-])(?:anchor|headerlink|header-anchor|permalink|hash-link)", re.IGNORECASE)
_LANGUAGES_NOT = frozenset({"plain", "text", "txt", "none", "plaintext", "nohighlight", "auto", "default"})
_DEEPEST_LIST = 8
_DEEPEST_QUOTE = 2
_MOST_COLUMNS = 50
_LONGEST_CELL = 2000
"""Characters; a table with longer cells is there for the layout."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, heading, code block or table.

    Attributes:
        text: One or more lines.
        element: The innermost block element around it.
        tight: Whether it follows the block before it without a blank line.
    """

    text: str
    element: Element
    tight: bool = False


def blocks_of(root: Element) -> list[Block]:
    """Return the blocks below `root` in reading order. Formulas must have been rewritten (see `tex`)."""
    return _Walk(root).run()


def join_blocks(blocks: Sequence[Block]) -> str:
    """Return the text of blocks, with blank lines between those that are apart."""
    return "".join(("" if not i else "\n" if block.tight else "\n\n") + block.text for i, block in enumerate(blocks))


class _Walk:
    """One pass over a tree; an element is either opened and left, or taken as a whole."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._blocks: list[Block] = []
        self._pieces: list[Piece] = []
        self._holders: list[Element] = [root]
        self._lists: list[int] = []  # next number of each open list, 0 for bullets
        self._marker = ""
        self._heading = self._quotes = self._bold = 0
        self._summary = False
        self._hrefs: list[str] = []

    def run(self) -> list[Block]:
        """Return all blocks."""
        from lxml import etree

        walk = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        whole: Element = None
        for event, element in walk:
            if event == "start":
                if element is not self._root and self._take(element):
                    whole = element
                    walk.skip_subtree()  # its end still comes
                else:
                    self._add(element.text)
                continue
            if element is self._root:
                break
            if event == "end" and element is not whole:
                self._leave(element)
            whole = None
            self._add(element.tail)
        self._flush()
        return self._blocks

    def _add(self, text: str | None, *, verbatim: bool = False) -> None:
        if text:
            href = self._hrefs[-1] if self._hrefs else ""
            self._pieces.append(Piece(text, self._bold > 0, href, verbatim))

    def _take(self, element: Element) -> bool:
        """Take an element as a whole, or open it; return whether it was taken."""
        tag = element.tag
        if tag == FORMULA:
            self._formula(element)
        elif tag in _SKIPPED or _is_hidden(element):
            return True
        elif tag == "pre":
            self._flush()
            self._emit(_code_block(element), element)
        elif tag in _INLINE_CODE:
            self._code("".join(element.itertext()))
        elif tag in ("sup", "sub") and not len(element):
            self._script("^" if tag == "sup" else "_", (element.text or "").strip())
        elif tag == "br":
            self._pieces.append(Piece(BREAK))
        elif tag == "table" and (rows := _rows(element)):
            self._flush()
            self._emit(table_text(rows), element)
        else:
            self._open(element, tag)
            return False
        return True

    def _formula(self, element: Element) -> None:
        block = element.get("display") == "block" and not self._heading
        if block:
            self._flush()
        self._add(element.text, verbatim=True)
        if block:
            self._flush()

    def _code(self, text: str) -> None:
        if "\n" in text.strip() and len(text) > 80:
            self._flush()
            self._emit(fenced(text.strip("\n")), self._holders[-1])
        elif text.strip():
            ticks = "``" if "`" in text else "`"
            self._add(f"{ticks}{' '.join(text.split())}{ticks}", verbatim=True)

    def _script(self, mark: str, text: str) -> None:
        """Raised and lowered text; footnote marks are left out."""
        if text and not (mark == "^" and text.startswith("[")):
            self._add(mark + (text if len(text) == 1 or text.isalnum() else f"({text})"), verbatim=True)

    def _open(self, element: Element, tag: str) -> None:
        if tag in BLOCKS:
            self._flush()
            self._holders.append(element)
        if tag in ("ul", "ol", "menu", "dir"):
            self._lists.append(max(1, _number(element.get("start"), 1)) if tag == "ol" else 0)
        elif tag == "li":
            self._marker = self._next_marker(element)
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "summary":
            self._summary = True
        elif tag == "details":
            self._emit("<details>", element)
        elif tag == "a":
            self._hrefs.append(_address(element))
        if _level(element):
            self._heading = _level(element)
        if _is_bold(element):
            self._bold += 1

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCKS:
            self._flush()
            self._holders.pop()
        if tag in ("ul", "ol", "menu", "dir"):
            self._lists.pop()
            self._marker = ""
        elif tag == "li":
            self._marker = ""
        elif tag == "blockquote":
            self._quotes -= 1
        elif tag == "summary":
            self._summary = False
        elif tag == "details":
            self._emit("</details>", element)
        elif tag == "a":
            self._hrefs.pop()
        if _level(element):
            self._heading = 0
        if _is_bold(element):
            self._bold -= 1

    def _next_marker(self, element: Element) -> str:
        if not self._lists or not self._lists[-1]:
            return "- "
        number = _number(element.get("value"), self._lists[-1])
        self._lists[-1] = number + 1
        return f"{number}. "

    def _flush(self) -> None:
        """End the block that is being gathered."""
        pieces, self._pieces = self._pieces, []
        if not pieces:
            return
        text = render(pieces, emphasis=not (self._heading or self._summary))
        if self._heading:
            text = " ".join(text.split()).rstrip("¶# ").lstrip("# ")
            text = text and f"{'#' * self._heading} {text}"
            self._marker = ""
        elif self._summary:
            text = text and f"<summary>{' '.join(text.split())}</summary>"
        if text:
            self._emit(text, self._holders[-1])

    def _emit(self, text: str, element: Element) -> None:
        """Add a block, with list marks and quote marks in front of its lines."""
        text = CONTROL.sub("", text)
        if not text:
            return
        depth = min(len(self._lists), _DEEPEST_LIST)
        listed = bool(self._marker) or depth > 0
        if listed and not text.startswith(("#", "<")):
            inner = "   " * depth if depth else "  "
            first = "   " * max(0, depth - 1) + self._marker if self._marker else inner
            text = first + text.replace("\n", "\n" + inner)
        if self._quotes:
            mark = "> " * min(self._quotes, _DEEPEST_QUOTE)
            text = mark + text.replace("\n", "\n" + mark)
        tight = listed and bool(self._marker) and bool(self._blocks) and _continues(self._blocks[-1].text)
        self._blocks.append(Block(text, element, tight))
        self._marker = ""


def _continues(previous: str) -> bool:
    """Whether a list item may follow without a blank line."""
    return bool(re.match(r"(?:> )*\s*(?:- |\d+\. )", previous)) and "```" not in previous


def _number(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"\d{1,6}", value.strip()) else default


def _level(element: Element) -> int:
    """Heading level 1–6, or 0."""
    tag = element.tag
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return int(tag[1])
    if element.get("role") == "heading":
        return min(max(1, _number(element.get("aria-level"), 2)), 6)
    return 0


def _is_bold(element: Element) -> bool:
    return element.tag in ("strong", "b", "dt") or bool(_BOLD.search((element.get("style") or "")[:2000]))


def _is_hidden(element: Element) -> bool:
    """Running text that isn't shown, and line numbers of code. Hidden blocks stay: answers may be folded away."""
    if not element.attrib:
        return False
    if element.tag in BLOCKS:
        return element.tag in ("ul", "ol") and bool(_BESIDE_CODE.search(element.get("class") or ""))
    if element.get("aria-hidden") == "true" or element.get("hidden") is not None:
        return True
    return bool(_HIDDEN.search((element.get("style") or "")[:2000])) or (
        element.tag == "a" and bool(_ANCHOR.search(element.get("class") or "")) and len(element.text or "") <= 2
    )


def _address(element: Element) -> str:
    """Address of a link that is worth showing."""
    href = (element.get("href") or "").strip()
    return href if re.match(r"(?:https?://|#)[^\s()<>]{0,600}$", href) else ""


def _code_block(element: Element) -> str:
    """A `<pre>` as a fenced block; line numbers and buttons beside the code are left out."""
    from lxml import etree

    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    rows = len([child for child in element if child.tag == "code"]) > 1  # WeChat: one element a line
    whole: Element = None
    for event, node in walk:
        if event == "start":
            if node is not element and (
                node.tag in ("button", "style", "script") or _BESIDE_CODE.search(node.get("class") or "")
            ):
                whole = node
                walk.skip_subtree()
                continue
            parts.append("\n" if node.tag == "br" else node.text or "")
            continue
        if node is element:
            break
        if (
            event == "end"
            and node is not whole
            and (node.tag in ("li", "tr", "div", "p") or (rows and node.tag == "code"))
        ):
            parts.append("" if parts and parts[-1].endswith("\n") else "\n")
        whole = None
        parts.append(node.tail or "")
    code = "".join(parts).replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").strip("\n")
    return fenced(code.rstrip(), _language(element)) if code.strip() else ""


def _language(element: Element) -> str:
    inner = next((child for child in islice(element.iter("code"), 1)), element)
    parents = islice(element.iterancestors(), 2)
    for node in (inner, element, *parents):
        match = _LANGUAGE.search(node.get("class") or "") or _LANGUAGE.search(f"lang-{node.get('data-lang') or ''} ")
        if match and match.group(1).lower() not in _LANGUAGES_NOT:
            return match.group(1).lower()
    return ""


def _rows(table: Element) -> list[list[str]]:
    """Cells of a table that holds data; [] for one that is there for the layout."""
    if table.get("role") == "presentation" or next(table.iterdescendants("table", "pre"), None) is not None:
        return []
    rows: list[list[str]] = []
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            text = " ".join(join_blocks(blocks_of(cell)).split())
            if len(text) > _LONGEST_CELL:
                return []
            span = min(_number(cell.get("colspan"), 1), _MOST_COLUMNS)
            cells += [text] + [""] * (span - 1)
        if cells:
            rows.append(cells)
    columns = max((len(cells) for cells in rows), default=0)
    if not 2 <= columns <= _MOST_COLUMNS or not any(any(cells) for cells in rows):
        return []
    return rows
