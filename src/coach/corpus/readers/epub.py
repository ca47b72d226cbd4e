"""Reads e-books (EPUB 2 and 3): the chapters in reading order, each by the HTML reader's rules."""

import posixpath
from urllib.parse import unquote

from coach.corpus.readers.archive import Archive
from coach.corpus.readers.html import page_text, parse_html
from coach.corpus.readers.markup import blocks_of, join_blocks
from coach.corpus.readers.tex import rewrite_formulas
from coach.corpus.readers.trees import Element, local
from coach.errors import ArticleError
from coach.records import Document

MOST_CHAPTERS = 2_000
MOST_TEXT = 20_000_000
"""Characters of all chapters together."""
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_DRM = ("META-INF/rights.xml", "META-INF/sinf.xml")


def read_epub(content: bytes) -> Document:
    """Return the text of an e-book.

    Raises:
        ArticleError: It is no e-book, protected, damaged, too large, or holds no text.
    """
    archive = Archive(content, kind="EPUB")
    if any(name in archive for name in _DRM):
        raise ArticleError("The e-book is protected (DRM) and can't be read. Use a copy without protection.")
    container = archive.tree("META-INF/container.xml")
    place = next((node.get("full-path") for node in container.iter() if local(node) == "rootfile"), None)
    if not place:
        raise ArticleError("It is no EPUB file: it does not say where its contents are. Save it again as EPUB.")
    package = archive.tree(place)
    chapters = [
        text
        for name in _spine(package, posixpath.dirname(place))
        if name in archive and (text := _chapter(archive.read(name)))
    ]
    if sum(map(len, chapters)) > MOST_TEXT:
        raise ArticleError(f"It holds more than {MOST_TEXT:,} characters of text. Split the e-book.")
    if not chapters:
        raise ArticleError("The e-book holds no text: its pages may be pictures.")
    return Document(text="\n\n".join(chapters), title=_metadata(package, "title"), language=_language(package))


def _spine(package: Element, folder: str) -> list[str]:
    """File names of the chapters in reading order; the table of contents is none."""
    items = {node.get("id"): node for node in package.iter() if local(node) == "item"}
    names: dict[str, None] = {}
    for reference in package.iter():
        item = items.get(reference.get("idref")) if local(reference) == "itemref" else None
        if (
            item is None
            or (item.get("media-type") or "") not in _PAGES
            or "nav" in (item.get("properties") or "").split()
        ):
            continue
        names[posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))] = None
    if len(names) > MOST_CHAPTERS:
        raise ArticleError(f"It has {len(names):,} chapters; {MOST_CHAPTERS:,} are allowed. Split the e-book.")
    return list(names)


def _chapter(page: bytes) -> str:
    if not page.strip():
        return ""
    root = parse_html(page_text(page))
    rewrite_formulas(root)
    return join_blocks(blocks_of(next(root.iter("body"), root)))


def _metadata(package: Element, name: str) -> str:
    for node in package.iter():
        if local(node) == name and "dc/elements" in str(node.tag):
            return " ".join("".join(node.itertext()).split())[:200]
    return ""


def _language(package: Element) -> str:
    code = _metadata(package, "language").lower()
    return next((language for language in ("zh", "en") if code.startswith(language)), "")
