"""Names of files and articles are data: any text → text that HTML and JSON can hold and that says what it is."""

import re
from html import escape

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and marks that turn the direction of reading: `gpj.exe` would be read as `exe.jpg`."""


def safe(text: str) -> str:
    """Escape a name: no markup, no half characters (of names that are no UTF-8), nothing that hides or turns text."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return escape(_HIDDEN.sub("\N{REPLACEMENT CHARACTER}", whole))
