"""Formulas in HTML → TeX between dollars: KaTeX, MathJax, Zhihu, WeChat editors, image services, MathML."""

import re
from itertools import islice
from urllib.parse import parse_qs, unquote, urlsplit

from coach.corpus.readers.mathml import mathml_to_tex
from coach.corpus.readers.trees import CONTROL, Element, local

FORMULA = "coach-formula"
"""Tag of the elements that hold a formula, dollars included, as their only text; `display` is "block" or "inline"."""
LONGEST = 4000
"""Characters that are believed to be one formula."""

_MOST_PARTS = 3000
"""Elements of one formula that are looked at."""

_RENDERED = re.compile(r"\b(?:MathJax(?:_Preview|_Display|_SVG|_SVG_Display|_CHTML)?|MJX_Assistive_MathML)(?!\S)")
_UNIT = re.compile(r"(?<!\S)(?:katex|ztext-math|mwe-math-element)(?!\S)")
_DISPLAY = re.compile(r"(?<!\S)(?:katex-display|katex--display|MathJax_Display|block-equation|math-display)(?!\S)")
_MATH_IMAGE = re.compile(r"equation|formula|latex|math|(?<![a-z])tex(?![a-z])", re.IGNORECASE)
_SERVICE = re.compile(
    r"/equation\?tex=|latex\.codecogs\.com/|latex\.php\?|/(?:mathtex|mimetex)\.cgi\?|/render/math\?math="
)
_DELIMITERS = (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False), ("$", "$", False))
_SOURCES = ("data-tex", "data-formula", "data-latex", "data-math", "data-equation")


def rewrite_formulas(root: Element) -> None:
    """Replace every formula below `root` by a `FORMULA` element; renderings beside a source are emptied."""
    from lxml import etree

    scripts = any((script.get("type") or "").startswith("math/") for script in root.iter("script"))
    found: list[tuple[Element, tuple[str, bool] | None]] = []
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        source = _source(element)
        if source is not None or (scripts and _RENDERED.search(element.get("class") or "")):
            found.append((element, source))
            walk.skip_subtree()
    for element, source in found:
        if source is None:
            element.clear(keep_tail=True)
        else:
            _replace(element, *source)


def _source(element: Element) -> tuple[str, bool] | None:
    """Return a formula's TeX and whether it stands on a line of its own, or None."""
    tag = local(element)
    kind = element.get("type") or ""
    if tag == "script":
        return (element.text or "", "display" in kind) if kind.startswith("math/tex") else None
    for name in _SOURCES:
        value = element.get(name)
        if value and value.strip() and tag not in ("body", "html"):
            return value, _displayed(element) or tag in ("section", "div", "p", "figure") or value.rstrip().endswith(
                "\\\\"
            )
    if tag == "img":
        return _image(element)
    if tag == "math":
        return _math(element), element.get("display") == "block"
    if tag == "mjx-container" or _UNIT.search(element.get("class") or ""):
        math = next((child for child in islice(element.iter(), _MOST_PARTS) if local(child) == "math"), None)
        tex = _math(math) if math is not None else _stripped_katex(element)
        block = element.get("display") == "true" or (math is not None and math.get("display") == "block")
        return (tex, block or _displayed(element)) if tex.strip() else None
    if tag in ("span", "div") and (mathml := element.get("data-mathml")):
        return _parsed(mathml), _displayed(element)
    return None


def _displayed(element: Element) -> bool:
    if element.get("eeimg") == "2" or element.get("data-eeimg") == "2":
        return True
    parents = [element, *(parent for parent, _ in zip(element.iterancestors(), range(3), strict=False))]
    return any(_DISPLAY.search(parent.get("class") or "") for parent in parents)


def _math(math: Element) -> str:
    for child in islice(math.iter(), _MOST_PARTS):
        if local(child) == "annotation" and "tex" in (child.get("encoding") or "").lower():
            return "".join(child.itertext())
    return math.get("alttext") or mathml_to_tex(math)


def _stripped_katex(element: Element) -> str:
    """KaTeX whose MathML tags were taken away: its text ends with the TeX, behind a run of line feeds."""
    for child in islice(element.iter(), _MOST_PARTS):
        if "katex-mathml" in (child.get("class") or "" if isinstance(child.tag, str) else ""):
            pieces = [
                piece.strip() for piece in re.split(r"\n\s*\n|\n {4,}", "".join(child.itertext())) if piece.strip()
            ]
            return pieces[-1] if pieces else ""
    return ""


def _parsed(mathml: str) -> str:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(mathml[:100_000].encode(), parser) if mathml.strip() else None
    return "" if root is None else _math(root)


def tex_of_address(address: str) -> str:
    """Return the TeX that an image service draws at an address, in one line; "" for other addresses."""
    tex = _from_address(address) if _SERVICE.search(address[:2000]) else ""
    tex = " ".join(CONTROL.sub("", tex).split())
    return tex if len(tex) <= LONGEST else ""


def _image(element: Element) -> tuple[str, bool] | None:
    source, alt = element.get("src") or element.get("data-src") or "", (element.get("alt") or "").strip()
    tex = _from_address(source) if _SERVICE.search(source[:2000]) else ""
    hints = f"{element.get('class') or ''} {'eeimg-math' if element.get('eeimg') else ''}"
    if not tex and (_MATH_IMAGE.search(hints) or (alt[:1] == "$" and alt[-1:] == "$" and len(alt) > 2)):
        tex = alt
    if not tex or tex in ("[公式]", "公式", "formula"):
        return None
    return tex, _displayed(element) or tex.rstrip().endswith("\\\\")


def _from_address(address: str) -> str:
    """TeX in the address of an image service: a parameter, or all behind the question mark."""
    try:
        query = urlsplit(address).query
    except ValueError:
        return ""
    fields = parse_qs(query)
    for name in ("tex", "math", "latex"):
        if name in fields:
            return fields[name][0]
    return unquote(query).replace("&space;", " ")


def _replace(element: Element, tex: str, display: bool) -> None:
    tex = tex.strip()
    for opening, closing, block in _DELIMITERS:
        if tex.startswith(opening) and tex.endswith(closing) and len(tex) > len(opening) + len(closing):
            tex, display = tex[len(opening) : -len(closing)], block
            break
    tex = " ".join(CONTROL.sub("", tex).split())
    if tex.startswith("{\\displaystyle") and tex.endswith("}"):
        tex = tex[len("{\\displaystyle") : -1].strip()
    while tex.endswith("\\\\"):
        tex = tex[:-2].rstrip()
    element.clear(keep_tail=True)
    element.tag = FORMULA
    mark = "$$" if display else "$"
    element.set("display", "block" if display else "inline")
    element.text = f"{mark}{tex}{mark}" if 0 < len(tex) <= LONGEST else tex
