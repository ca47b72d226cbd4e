"""Names of encodings, as pages and servers state them."""

_NAMES = {"utf8": "utf-8", "big5": "big5hkscs", "big5-hkscs": "big5hkscs"} | dict.fromkeys(
    ("gb2312", "gbk", "x-gbk"), "gb18030"
)
_KNOWN = frozenset(
    {"utf-8", "utf-16", "utf-16le", "utf-16be", "gb18030", "big5hkscs", "euc-jp", "shift_jis", "euc-kr"}
    | {"iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "windows-1252", "koi8-r"}
)
"""Python knows more, some of which are no encodings of text, or slow."""


def codec(name: str) -> str:
    """Return the codec for the name of an encoding, "" if none is known; Chinese ones become their largest version."""
    lowered = name.strip().strip("\"'").lower()
    lowered = _NAMES.get(lowered, lowered)
    return lowered if lowered in _KNOWN else ""
