"""What the readers of HTML and XML trees share."""

import re
from typing import Any

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no text holds and no tree takes."""

Element = Any
"""An lxml element; lxml has no types."""


def local(element: Element) -> str:
    """Return an element's name without namespace or prefix, in lower case; "" for comments."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1].lower() if isinstance(tag, str) else ""


def names(text: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(text.split())
