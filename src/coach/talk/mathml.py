"""LaTeX → MathML, which a browser sets without a script."""

import re
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

MAX_FORMULA = 2000
"""Longer formulas are shown as source: MathML of this size is not readable anyway, and converting it takes seconds."""
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")


@lru_cache(4096)
def mathml(latex: str, display: str) -> str:
    """Return MathML, or "" where the formula is too long or not understood."""
    from latex2mathml import exceptions
    from latex2mathml.converter import Converter

    if len(latex) > MAX_FORMULA:
        return ""
    own = [error for error in vars(exceptions).values() if isinstance(error, type) and issubclass(error, Exception)]
    foreign = (ValueError, LookupError, TypeError, AttributeError, RuntimeError, StopIteration, AssertionError)
    malformed: tuple[type[Exception], ...] = (*own, *foreign)  # what the converter raises on text that is no LaTeX
    try:
        tree = Converter(display=display).convert_to_element(latex)
    except malformed:
        return ""
    return _serialised(tree)


def _serialised(tree: Element) -> str:
    r"""Write the tree with all text escaped.

    The converter's own `convert` unescapes its output, which lets `\text{&lt;script&gt;}` through as a tag.
    """
    for element in tree.iter():
        if element.text:
            element.text = _REFERENCE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), element.text)
    return tostring(tree, encoding="unicode")
