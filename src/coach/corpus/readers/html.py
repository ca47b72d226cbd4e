"""Reads saved web pages: the main text as Markdown-like text; navigation and the like is dropped, on record."""

import logging
import re
from collections.abc import Sequence
from itertools import islice

from coach.corpus.readers.charsets import codec
from coach.corpus.readers.encoding import decode
from coach.corpus.readers.markup import BLOCKS, Block, blocks_of
from coach.corpus.readers.tex import rewrite_formulas
from coach.corpus.readers.trees import Element
from coach.errors import ArticleError
from coach.records import Document, DroppedLine

MOST_ELEMENTS = 100_000
"""A page with more elements is refused: it is no article."""
MOST_FOR_DETECTION = 10_000
DEEPEST_FOR_DETECTION = 200
"""Pages with more or deeper nested elements are not given to trafilatura, whose time grows faster than theirs: their
main text is found by the page's own marks."""
MAIN_SHARE = 0.9
"""Share of the recognised main text that the element chosen as the main text holds."""
LEAST_RECOGNISED = 100
"""Characters of recognised main text below which the recognition counts for nothing."""
ROOTS = (
    # Sites whose articles are read most: the element that holds the article, nothing else.
    "//*[@id='content_views']",  # CSDN
    "//*[@id='js_content']",  # WeChat
    "//*[contains(concat(' ', @class, ' '), ' Post-RichText ')]",  # Zhihu, articles
    "//*[contains(@class, 'RichContent-inner')]",  # Zhihu, answers
    "//*[@id='cnblogs_post_body']",
    "//*[contains(concat(' ', @class, ' '), ' article-viewer ')]",  # Juejin
    "//article[contains(concat(' ', @class, ' '), ' markdown-body ')]",  # GitHub
    "//*[@itemprop='articleBody']",
)
_FALLBACKS = ("//article", "//main", "//*[@role='main']")
_CHARSET = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{1,40})|<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w-]{1,40})", re.I
)
_APART = frozenset({"nav", "aside", "footer", "form", "dialog", "menu"})
_APART_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|sidebar|side-bar|breadcrumbs?|comments?|related|recommend(?:ed|ations?)?|share|sharing|"
    r"social|toolbar|pagination|pager|popup|modal|advert(?:isement)?s?|ad|ads|login|subscribe|newsletter|cookie|copyright|"
    r"table-of-contents|toc|tags?-list|operate|reward|qrcode)(?:$|[\s_-])",
    re.IGNORECASE,
)
_TITLE_TAIL = re.compile(
    r"(?:\s*[-_|–—·]\s*(?:知乎|CSDN\S{0,6}|\S{0,30}博客|\S{0,30}的博客-CSDN博客|掘金|简书|博客园|牛客\S{0,6}|腾讯云\S{0,12}|"
    r"阿里云\S{0,12}|SegmentFault\S{0,12}|Medium|GitHub|Stack Overflow|微信公众平台))+\s*$",
    re.IGNORECASE,
)


def read_html(content: bytes) -> Document:
    """Return the main text of a saved page. A line that is dropped leaves an empty line in its place.

    Raises:
        ArticleError: The bytes are no page, the page is too large or too deeply nested, or holds no text.
    """
    root = parse_html(page_text(content))
    title = _title(root)
    rewrite_formulas(root)
    body = next(root.iter("body"), root)
    blocks = blocks_of(body)
    inside = _inside(body, _main(root, body, blocks))
    document = _document(blocks, inside, title)
    if not document.text.strip():
        raise ArticleError(
            "The page holds no text: it is probably filled in by a script. Open it in a browser and save the page "
            "as shown, or copy its text."
        )
    return document


def page_text(content: bytes) -> str:
    """Decode a page: byte order mark or UTF-8, else the encoding that the page names, else the one it seems to have.

    Raises:
        ArticleError: The bytes are no text.
    """
    match = _CHARSET.search(content[:4096])
    if match and not content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = codec((match.group(1) or match.group(2)).decode("ascii"))
        if name and not name.startswith("utf"):
            try:
                content.decode("utf-8")  # pages saved by a browser may be UTF-8 and still name the old encoding
            except UnicodeDecodeError:
                return content.decode(name, errors="replace").replace("\x00", "")
    return decode(content)


def parse_html(text: str) -> Element:
    """Return the tree of a page.

    Raises:
        ArticleError: It is no page, or too large or too deeply nested to be an article.
    """
    from lxml import etree, html

    # Text, not bytes: what the page says about its encoding no longer counts. 2,048 levels instead of 256.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True, remove_comments=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise ArticleError("It holds no page that can be read. Save it again, or copy its text.") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ArticleError("Its elements are nested more than 2,000 levels deep. Copy the page's text instead.")
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise ArticleError(f"It has more than {MOST_ELEMENTS:,} elements. Copy the part that you need instead.")
    return root


def _title(root: Element) -> str:
    """The page's own title of the article, the heading if there is one, else the window's title without the site."""
    named = root.xpath("//meta[@property='og:title' or @name='og:title']/@content")
    headings = {" ".join("".join(heading.itertext()).split()): None for heading in islice(root.iter("h1"), 20)}
    window = ["".join(title.itertext()) for title in islice(root.iter("title"), 1)]
    candidates = [*(headings if len(headings) == 1 else ()), *named, *window]
    for candidate in candidates:
        title = _TITLE_TAIL.sub("", " ".join(candidate.split()))[:200].strip().rstrip("¶# ")
        if title:
            return title
    return ""


def _main(root: Element, body: Element, blocks: Sequence[Block]) -> list[Element]:
    """The elements that hold the article: known ones, else where most of the recognised text is."""
    holders: set[Element] = set()
    for block in blocks:
        element = block.element
        while element is not None and element not in holders:
            holders.add(element)
            element = element.getparent()
    for path in ROOTS:
        found = [element for element in root.xpath(path) if element in holders]
        if found:
            return found
    if _is_moderate(body):
        around = _around(body, blocks, _recognised(root))
        if around is not None:
            return [around]
    for path in _FALLBACKS:
        found = [element for element in root.xpath(path) if element in holders]
        if len(found) == 1:
            return found
    return [body]


def _is_moderate(body: Element) -> bool:
    """Whether a page is small and flat enough to be searched for its main text."""
    depths: dict[Element, int] = {}
    for element in body.iter():
        depths[element] = depths.get(element.getparent(), 0) + 1
        if len(depths) > MOST_FOR_DETECTION or depths[element] > DEEPEST_FOR_DETECTION:
            return False
    return True


def _recognised(root: Element) -> frozenset[str]:
    """The paragraphs that trafilatura takes for the main text."""
    from copy import deepcopy

    from lxml import etree
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it can't read is found by other means
    try:
        found = bare_extraction(deepcopy(root), favor_recall=True, include_comments=False, deduplicate=False)
    except (etree.LxmlError, ValueError, TypeError, AttributeError, RecursionError):
        return frozenset()
    text = (found.text or "") if found else ""
    return frozenset(key for line in text.splitlines() if len(key := _key(line)) >= 8)


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _around(body: Element, blocks: Sequence[Block], wanted: frozenset[str]) -> Element | None:
    """The innermost element that holds nearly all of the wanted paragraphs."""
    weights: dict[Element, int] = {}
    for block in blocks:
        size = sum(len(key) for line in block.text.splitlines() if (key := _key(line)) in wanted)
        if size:
            weights[block.element] = weights.get(block.element, 0) + size
    total = sum(weights.values())
    if total < LEAST_RECOGNISED:
        return None
    sums: dict[Element, int] = {}
    for element in reversed(list(body.iter())):  # children come before their parents
        own = sums.get(element, 0) + weights.get(element, 0)
        if own:
            sums[element] = own
            parent = element.getparent()
            if parent is not None and element is not body:
                sums[parent] = sums.get(parent, 0) + own
    best = body
    while True:
        child = max(best, key=lambda element: sums.get(element, 0), default=None)
        if child is None or sums.get(child, 0) < MAIN_SHARE * total or child.tag not in BLOCKS:
            return best
        best = child


def _inside(body: Element, main: Sequence[Element]) -> set[Element]:
    """All elements of the main text, without navigation and the like within it."""
    inside: set[Element] = set()
    chosen = set(main)
    sizes: dict[Element, int] = {}
    for element in reversed(list(body.iter())):
        own = sizes.get(element, 0) + len((element.text or "").strip())
        sizes[element] = own
        parent = element.getparent()
        if parent is not None:
            sizes[parent] = sizes.get(parent, 0) + own + len((element.tail or "").strip())
    whole = sum(sizes.get(element, 0) for element in main)
    for element in body.iter():
        if not isinstance(element.tag, str):
            continue
        parent = element.getparent()
        if (element in chosen or parent in inside) and (
            element in chosen or not _is_apart(element, sizes[element], whole)
        ):
            inside.add(element)
    return inside


def _is_apart(element: Element, size: int, whole: int) -> bool:
    """Whether an element within the main text is no part of it: by tag or class, and smaller than a third of it."""
    if element.tag not in BLOCKS or 3 * size > whole:
        return False
    if element.tag == "header" and element.getparent().tag == "body":
        return True
    if element.tag in _APART or element.get("role") in ("navigation", "complementary", "contentinfo"):
        return True
    names = f"{(element.get('class') or '')[:300]} {(element.get('id') or '')[:100]}"
    return bool(_APART_CLASS.search(names)) and element.tag not in ("pre", "p", "li", "details", "summary", "table")


def _document(blocks: Sequence[Block], inside: set[Element], title: str) -> Document:
    lines: list[str] = []
    dropped: list[DroppedLine] = []
    heading = f"# {title}"  # stands above the main text on most sites
    for block in blocks:
        if block.element in inside or (block.text == heading and heading not in lines):
            if lines and not block.tight:
                lines.append("")
            lines += block.text.split("\n")
            continue
        for line in block.text.split("\n"):
            if line.strip():
                lines.append("")
                dropped.append(DroppedLine(len(lines), line, "navigation"))
    return Document(text="\n".join(lines).rstrip("\n"), title=title, dropped=tuple(dropped))
