"""Numbers that Word puts in front of paragraphs: they stand in no text, and are counted from the list definitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coach.corpus.readers.trees import Element, local

_CN = "零一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Place:
    """Membership in a list: the list's id and the level, from 0."""

    number: str
    level: int


@dataclass(frozen=True, slots=True)
class Level:
    """How a level is numbered: Word's name of the format, the text around it (`%1.`), the first number."""

    style: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """Counts the paragraphs of each list."""

    lists: Mapping[str, tuple[str, Mapping[int, Level]]]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def label(self, place: Place | None) -> tuple[str, int]:
        """Return the mark of the next paragraph of a list ("1. ", "- ", "问题3、", "") and its depth."""
        if place is None or place.number == "0":
            return "", 0
        key, levels = self.lists.get(place.number, (place.number, {}))
        level = levels.get(place.level, Level("bullet"))
        counts = self._counts.setdefault(key, {})
        counts[place.level] = counts.get(place.level, level.start - 1) + 1
        for deeper in [other for other in counts if other > place.level]:
            del counts[deeper]
        if level.style in ("bullet", "none") and not ("%" in level.text and level.style == "none"):
            return ("- " if level.style == "bullet" else ""), place.level
        text = level.text
        for above in range(place.level + 1):
            inner = levels.get(above, Level())
            text = text.replace(f"%{above + 1}", _written(counts.get(above, inner.start), inner.style))
        text = text.strip()
        return (text if text.endswith(("、", "）", "：", "．")) else f"{text} ") if text else "", place.level


def read_numbering(root: Element) -> dict[str, tuple[str, dict[int, Level]]]:
    """Return, for each list id of `word/numbering.xml`, the id of its definition and the definition's levels."""
    definitions: dict[str, dict[int, Level]] = {}
    for node in root:
        if local(node) == "abstractnum":
            levels = {
                int(at): _level(inner)
                for inner in node
                if local(inner) == "lvl" and (at := _own(inner, "ilvl")).isdigit()
            }
            definitions[_own(node, "abstractNumId")] = levels
    lists = {}
    for node in root:
        if local(node) == "num":
            key = next((_own(inner, "val") for inner in node if local(inner) == "abstractnumid"), "")
            lists[_own(node, "numId")] = (key, definitions.get(key, {}))
    return lists


def _own(node: Element, name: str) -> str:
    return next((str(value) for key, value in node.attrib.items() if key.endswith(f"}}{name}")), "")


def _level(node: Element) -> Level:
    values = {local(inner): _own(inner, "val") for inner in node}
    start = values.get("start", "1")
    return Level(
        values.get("numfmt", "decimal"),
        values.get("lvltext", "")[:40],
        int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1,
    )


def _written(number: int, style: str) -> str:
    if style in (
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "ideographDigital",
        "chineseLegalSimplified",
    ):
        return _chinese(number)
    if style == "decimalEnclosedCircle" and 1 <= number <= len(_CIRCLED):
        return _CIRCLED[number - 1]
    if style in ("lowerLetter", "upperLetter") and 1 <= number <= 26:
        return chr(ord("a" if style == "lowerLetter" else "A") + number - 1)
    if style in ("lowerRoman", "upperRoman") and 1 <= number < 40:
        text = ""
        for value, mark in _ROMAN:
            text += mark * (number // value)
            number %= value
        return text if style == "lowerRoman" else text.upper()
    return str(number)


def _chinese(number: int) -> str:
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_CN[tens]}十") + (_CN[ones] if ones else "")
