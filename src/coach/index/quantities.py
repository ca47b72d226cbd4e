"""Numbers with units in a sentence, in one notation: 110M, 1.1 亿 and 110,000,000 are equal, so are 50% and 0.5.

Numbers that belong to a name (GPT-3, INT8, top-1, P-tuning v2) are left out.
"""

import math
import re
from dataclasses import dataclass

from coach.index.words import normalise

TOLERANCE = 0.05
"""Relative difference up to which two values are one: 6.7B is rounded to 7B, 110M to 1.1 亿."""
_EXACT_BELOW = 100
"""Whole numbers below this are counts, such as layers; they are not rounded."""

_SCALES = {
    "%": 0.01, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12, "thousand": 1e3, "million": 1e6, "billion": 1e9,
    "trillion": 1e12, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9, "百亿": 1e10,
    "千亿": 1e11, "万亿": 1e12,
}  # fmt: skip
_UNITS = {  # unit → (what it is brought to, factor)
    "kb": ("byte", 1e3), "mb": ("byte", 1e6), "gb": ("byte", 1e9), "tb": ("byte", 1e12),
    "kib": ("byte", 1024), "mib": ("byte", 1024**2), "gib": ("byte", 1024**3), "字节": ("byte", 1.0),
    "byte": ("byte", 1.0), "bytes": ("byte", 1.0), "bit": ("bit", 1.0), "bits": ("bit", 1.0), "比特": ("bit", 1.0),
    "位": ("bit", 1.0), "ms": ("s", 1e-3), "毫秒": ("s", 1e-3), "微秒": ("s", 1e-6), "us": ("s", 1e-6),
    "秒": ("s", 1.0), "s": ("s", 1.0), "分钟": ("s", 60.0), "小时": ("s", 3600.0), "天": ("s", 86400.0),
    "倍": ("倍", 1.0), "x": ("倍", 1.0), "层": ("layer", 1.0), "layers": ("layer", 1.0), "年": ("年", 1.0),
    "维": ("维", 1.0), "头": ("头", 1.0), "步": ("步", 1.0), "轮": ("轮", 1.0), "张": ("张", 1.0),
    "种": ("", 1.0), "个": ("", 1.0), "条": ("", 1.0), "次": ("次", 1.0),
}  # fmt: skip
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九十")} | {"两": 2}


def _longest_first(words: dict[str, float] | dict[str, tuple[str, float]]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


_NUMBER = re.compile(
    r"(?<![a-z0-9.,_^α-ω])(?<![a-z]-)"
    r"(?P<value>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
    rf"(?:\s*(?:(?P<unit>{_longest_first(_UNITS)})(?![a-z])|(?P<scale>{_longest_first(_SCALES)})(?![a-z])"
    rf"\s*(?P<after>{_longest_first(_UNITS)})?(?![a-z])))?(?![a-z0-9_]|[-^/][a-z0-9])"
    rf"|(?<![第一二三四五六七八九十百千万几])(?P<chinese>[一二两三四五六七八九十])(?P<counted>层|倍|种|个|步|头)(?!人)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in its base unit; `unit` is "" for plain numbers; `start:end` is its place in the normalised text."""

    value: float
    unit: str
    start: int
    end: int

    def same(self, other: "Quantity") -> bool:
        """Whether both say the same, rounding allowed."""
        if self.unit != other.unit:
            return False
        if all(q.value == int(q.value) and q.value < _EXACT_BELOW for q in (self, other)):
            return self.value == other.value
        return math.isclose(self.value, other.value, rel_tol=TOLERANCE)


def quantities(text: str) -> list[Quantity]:
    """Find the quantities of a text, in order."""
    plain = normalise(text)
    return [_quantity(match) for match in _NUMBER.finditer(plain) if not _is_name(match, plain)]


def without_quantities(text: str) -> str:
    """The normalised text with its quantities taken out."""
    plain = normalise(text)
    for quantity in reversed(quantities(text)):
        plain = f"{plain[: quantity.start]} {plain[quantity.end :]}"
    return plain


def _is_name(match: re.Match[str], plain: str) -> bool:
    """Whether a bare number follows a Latin word, as in "LLaMA 2"."""
    bare = not (match["unit"] or match["scale"] or match["chinese"])
    return bare and bool(re.search(r"[a-z] ?$", plain[max(0, match.start() - 2) : match.start()]))


def _quantity(match: re.Match[str]) -> Quantity:
    if match["chinese"]:
        name, factor = _UNITS[match["counted"]]
        return Quantity(_DIGITS[match["chinese"]] * factor, name, *match.span())
    value = float(match["value"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1.0)
    name, factor = _UNITS.get(match["unit"] or match["after"] or "", ("", 1.0))
    return Quantity(value * factor, name, *match.span())
