"""Formula trees → TeX: MathML (saved pages, e-books) and Office Math (docx). Only the presentation, not the meaning."""

from collections.abc import Callable, Iterable, Sequence

from coach.corpus.readers.trees import Element, local, names

DEEPEST = 60
"""Levels of a formula that are looked at; deeper ones become plain text."""

_ACCENTS = {
    mark: name
    for name, marks in (
        ("hat", "^ˆ\u0302"),
        ("bar", "¯‾\u0304\u0305"),
        ("tilde", "~˜\u0303"),
        ("vec", "→\u20d7"),
        ("dot", "˙\u0307"),
    )
    for mark in marks
}
_SPECIAL = (
    {char: f"\\{char}" for char in "%#&{}_$"}
    | {"\\": r"\backslash ", "−": "-"}
    | dict.fromkeys("\u2061\u2062\u2063\u2064", "")
)
_BIG = frozenset("∑∏∐∫∬∮⋂⋃⨁⨂") | {"lim", "max", "min", "sup", "inf", "argmax", "argmin", "arg max", "arg min"}
_FUNCTIONS = names("log ln exp sin cos tan tanh max min lim sup inf det gcd Pr arg")
_Children = Sequence[str]


def mathml_to_tex(element: Element) -> str:
    """Return the TeX of a `<math>` element, namespaces ignored."""
    return _squeeze(_mathml(element, 0))


def omml_to_tex(element: Element) -> str:
    """Return the TeX of an `<m:oMath>` element of Office."""
    return _squeeze(_omml(element, 0))


def _squeeze(tex: str) -> str:
    return " ".join(tex.split())


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in text)


def _word(text: str) -> str:
    """A name: one letter stays, known functions get a backslash, other words stand upright."""
    text = text.strip()
    if text in _FUNCTIONS:
        return f"\\{text} "
    if len(text) > 1 and text.isalpha() and text.isascii():
        return f"\\mathrm{{{text}}}"
    return _escape(text)


def _script(base: str, mark: str, script: str) -> str:
    base = base if len(base.strip()) <= 1 or base.startswith("\\") else f"{{{base}}}"
    return f"{base}{mark}{{{script.strip()}}}" if script.strip() else base


def _scripts(base: str, below: str, above: str) -> str:
    return _script(base, "_", below) + (f"^{{{above.strip()}}}" if above.strip() else "")


def _at(parts: _Children, index: int) -> str:
    return parts[index] if index < len(parts) else ""


def _over(parts: _Children) -> str:
    accent = _ACCENTS.get(_at(parts, 1).strip())
    return f"\\{accent}{{{_at(parts, 0)}}}" if accent else _limits(_at(parts, 0), "", _at(parts, 1))


def _limits(base: str, below: str, above: str) -> str:
    if base.strip(" \\") in _BIG or base.startswith("\\mathrm"):
        return _scripts(base, below, above)
    out = f"\\underset{{{below}}}{{{base}}}" if below.strip() else base
    return f"\\overset{{{above}}}{{{out}}}" if above.strip() else out


_MATHML: dict[str, Callable[[_Children], str]] = {
    "mfrac": lambda p: f"\\frac{{{_at(p, 0)}}}{{{_at(p, 1)}}}",
    "msup": lambda p: _script(_at(p, 0), "^", _at(p, 1)),
    "msub": lambda p: _script(_at(p, 0), "_", _at(p, 1)),
    "msubsup": lambda p: _scripts(_at(p, 0), _at(p, 1), _at(p, 2)),
    "munderover": lambda p: _limits(_at(p, 0), _at(p, 1), _at(p, 2)),
    "munder": lambda p: _limits(_at(p, 0), _at(p, 1), ""),
    "mover": _over,
    "msqrt": lambda p: f"\\sqrt{{{''.join(p)}}}",
    "mroot": lambda p: f"\\sqrt[{_at(p, 1)}]{{{_at(p, 0)}}}",
    "mtable": lambda p: "\\begin{matrix} " + " \\\\ ".join(p) + " \\end{matrix}",
    "mtr": lambda p: " & ".join(p),
    "mlabeledtr": lambda p: " & ".join(p[1:]),
    "semantics": lambda p: _at(p, 0),
    "mphantom": lambda p: "",
    "mspace": lambda p: " ",
    "mprescripts": lambda p: "",
    "none": lambda p: "",
}
_SKIPPED = frozenset({"annotation", "annotation-xml"})


def _mathml(element: Element, depth: int) -> str:
    name = local(element)
    if not name or name in _SKIPPED:
        return ""
    if depth > DEEPEST:
        return _escape("".join(element.itertext()))
    text = (element.text or "").strip()
    if name in ("mi", "mo", "mn", "ms"):
        return (
            _word("".join(element.itertext())) if name in ("mi", "mo") else _escape("".join(element.itertext()).strip())
        )
    if name == "mtext":
        return (
            f"\\text{{{_escape(''.join(element.itertext()).strip())}}}" if "".join(element.itertext()).strip() else " "
        )
    parts = [_mathml(child, depth + 1) for child in element if local(child)]
    if name == "mfenced":
        opening, closing = element.get("open", "("), element.get("close", ")")
        return f"{_escape(opening)}{', '.join(parts)}{_escape(closing)}"
    build = _MATHML.get(name)
    return build(parts) if build else _escape(text) + "".join(parts)


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if local(child) == name), None)


def _property(element: Element, name: str, default: str) -> str:
    """Value of a property such as `<m:naryPr><m:chr m:val="∑"/></m:naryPr>`."""
    for holder in element:
        if local(holder).endswith("pr") and (found := _child(holder, name)) is not None:
            return next((str(value) for key, value in found.attrib.items() if key.endswith("val")), default)
    return default


def _omml(element: Element, depth: int) -> str:
    name = local(element)
    if name == "t":
        return _escape(element.text or "")
    if not name or name.endswith("pr"):
        return ""
    if depth > DEEPEST:
        return _escape("".join(element.itertext()))

    def part(wanted: str) -> str:
        found = _child(element, wanted)
        return "" if found is None else _inside(found, depth)

    match name:
        case "f":
            return f"\\frac{{{part('num')}}}{{{part('den')}}}"
        case "ssup":
            return _script(part("e"), "^", part("sup"))
        case "ssub":
            return _script(part("e"), "_", part("sub"))
        case "ssubsup":
            return _scripts(part("e"), part("sub"), part("sup"))
        case "rad":
            degree = part("deg").strip()
            return f"\\sqrt{f'[{degree}]' if degree else ''}{{{part('e')}}}"
        case "nary":
            return f"{_scripts(_property(element, 'chr', '∫'), part('sub'), part('sup'))} {part('e')}"
        case "d":
            inner = ", ".join(_inside(child, depth) for child in element if local(child) == "e")
            return f"{_escape(_property(element, 'begchr', '('))}{inner}{_escape(_property(element, 'endchr', ')'))}"
        case "func":
            return f"{_word(part('fname'))} {part('e')}"
        case "limlow":
            return _limits(_word(part("e")), part("lim"), "")
        case "limupp":
            return _limits(_word(part("e")), "", part("lim"))
        case "acc":
            return _over((part("e"), _property(element, "chr", "^")))
        case "bar":
            return f"\\overline{{{part('e')}}}"
        case "m" | "eqarr":
            rows = [
                " & ".join(_inside(cell, depth) for cell in row) if name == "m" else _inside(row, depth)
                for row in element
                if local(row) in ("mr", "e")
            ]
            return "\\begin{matrix} " + " \\\\ ".join(rows) + " \\end{matrix}"
    return _inside(element, depth)


def _inside(element: Iterable[Element], depth: int) -> str:
    return "".join(_omml(child, depth + 1) for child in element)
