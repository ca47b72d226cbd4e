"""Bytes → text: finds the encoding of an article. Knows nothing about what the text says."""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

from coach.errors import ArticleError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_COMMON_PUNCTUATION = frozenset("，。、；：？！（）《》“”‘’【】—…·　～￥①②③④⑤⑥⑦⑧⑨⑩×→≤≥")
_SAMPLE = 200_000
"""Bytes that are looked at to tell encodings apart."""


def decode(data: bytes) -> str:
    """Return the text of `data` with line feeds as line ends.

    Tried in this order: byte order marks, strict UTF-8, UTF-16 without a mark, the Chinese encodings (GB18030, Big5) by
    the share of common characters that they give, charset-normalizer.

    Raises:
        ArticleError: The bytes are no text, or in no encoding that can be recognised.
    """
    text = _decode(data)
    control = len(_CONTROL.findall(text[:_SAMPLE]))
    if "\x00" in text or control > 2 + len(text[:_SAMPLE]) // 100:
        raise ArticleError("It is no text but binary data. Give a text file, or use the suffix of its real format.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise ArticleError(f"Its content is {what}, not text. Rename it to its real suffix or convert it to text.")
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if "\x00" not in text:
            return text
    wide = _wide(data)
    if wide is not None:
        return wide
    if data.count(0) > len(data) // 1000:
        raise ArticleError("It is no text but binary data. Give a text file, or use the suffix of its real format.")
    return _narrow(data)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: line feeds, spaces or ASCII show up as pairs with a zero byte."""
    sample = data[: _SAMPLE // 2 * 2]
    if len(data) % 2 or len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if not even and not odd:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    head = text[: _SAMPLE // 2]
    plain = sum(1 for char in head if char in "\r\n\t" or " " <= char <= "~" or _is_common(char))
    return text if plain >= 0.7 * len(head) else None


def _narrow(data: bytes) -> str:
    """Chinese multi-byte encodings, damaged UTF-8, then whatever charset-normalizer recognises."""
    sample = data[:_SAMPLE]
    scores = {encoding: _score(sample, encoding) for encoding in ("utf-8", "gb18030", "big5hkscs")}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= 0.6:
        return data.decode(best, errors="replace")
    match = from_bytes(sample).best()
    if match is None or len(match.encoding) == 0:
        raise ArticleError("Its encoding can't be recognised. Save it as UTF-8 and try again.")
    return data.decode(match.encoding, errors="replace")


def _score(sample: bytes, encoding: str) -> float:
    """Share of common Chinese characters among the non-ASCII ones; a damaged character costs five."""
    if not sample.isascii():
        foreign = [char for char in sample.decode(encoding, errors="replace") if char > "\x7f"]
        damaged = sum(1 for char in foreign if char == "\ufffd")
        common = sum(1 for char in foreign if _is_common(char))
        return (common - 5 * damaged) / len(foreign) if foreign else 0.0
    return 0.0


@lru_cache(maxsize=16_384)
def _is_common(char: str) -> bool:
    """A frequent hanzi (level 1 of GB 2312 or of Big5) or Chinese punctuation."""
    if char in _COMMON_PUNCTUATION or "\uff01" <= char <= "\uff5e":
        return True
    if not "\u4e00" <= char <= "\u9fff":
        return False
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            if first <= char.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False
