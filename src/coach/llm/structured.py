"""Answers with fields: what may stand in them, how they are written as JSON step by step, and how they are checked.

A local model never writes the JSON's frame. The program does, and the model chooses among fixed texts (`Pick`) or
writes inside a string (`Fill`), so whatever it does the result is complete: when its tokens are used up, the rest is
filled in with empty strings, first options and lowest numbers. Put the harmless option first.

Knows no model.
"""

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Words:
    """A text of at most `longest` characters, without control characters but line feeds."""

    longest: int = 200


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some texts; the first stands where the model could not choose."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YesNo:
    """true or false; false where the model could not choose."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Many:
    """A list of `least` to `most` items of one kind."""

    item: "Field"
    most: int
    least: int = 0


Field: TypeAlias = "Words | OneOf | YesNo | Whole | Many | Mapping[str, Field]"
Schema: TypeAlias = Mapping[str, Field]
"""The fields of an object, in the order in which they are written: reasons before verdicts."""


# What the model is asked to do, step by step


@dataclass(frozen=True, slots=True)
class Say:
    """Text that is written without asking the model."""

    text: str


@dataclass(frozen=True, slots=True)
class Pick:
    """The model's choice among texts."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """The inside of a string: at most `longest` characters; tokens for `rest`, which follows at least, are left."""

    longest: int
    rest: str


Step = Say | Pick | Fill


def steps(field: Field, rest: str = "") -> Generator[Step, str, None]:
    """Yield what to write; send back what was picked. `rest` is the least that follows this field."""
    match field:
        case Words():
            yield Say('"')
            yield Fill(field.longest, '"' + rest)
            yield Say('"')
        case OneOf() | YesNo() | Whole():
            yield Pick(_texts(field))
        case Many():
            yield from _items(field, rest)
        case _:
            yield from _fields(field, rest)


def _fields(schema: Schema, rest: str) -> Generator[Step, str, None]:
    least = [f",{_dump(name)}:{_least(field)}" for name, field in schema.items()]
    for number, (name, field) in enumerate(schema.items()):
        yield Say(("," if number else "{") + _dump(name) + ":")
        yield from steps(field, "".join(least[number + 1 :]) + "}" + rest)
    yield Say("}" if schema else "{}")


def _items(field: Many, rest: str) -> Generator[Step, str, None]:
    yield Say("[")
    for number in range(field.most):
        comma, free = "," if number else "", number >= field.least
        if texts := _texts(field.item):
            picked = yield Pick((*(["]"] if free else []), *(comma + text for text in texts)))
            if picked == "]":
                return
            continue
        inside = steps(field.item, f",{_least(field.item)}" * (field.least - number - 1) + "]" + rest)
        first = next(inside)
        opening = comma + (first.text if isinstance(first, Say) else "")
        if not free:
            yield Say(opening)
        elif (yield Pick(("]", opening))) == "]":
            return
        yield from inside
    yield Say("]")


def _texts(field: Field) -> tuple[str, ...]:
    """All values of a field as JSON, if they can be counted."""
    match field:
        case OneOf():
            return tuple(_dump(option) for option in field.options)
        case YesNo():
            return ("false", "true")
        case Whole():
            return tuple(str(number) for number in range(field.low, field.high + 1))
    return ()


def _least(field: Field) -> str:
    """The longest of the shortest values: so much may have to be written however the model chooses."""
    match field:
        case Words():
            return '""'
        case Many():
            return "[" + ",".join([_least(field.item)] * field.least) + "]"
        case OneOf() | YesNo() | Whole():
            return max(_texts(field), key=len)
        case _:
            return "{" + ",".join(f"{_dump(name)}:{_least(inner)}" for name, inner in field.items()) + "}"


class Letters:
    """The inside of a JSON string while it is written: no control characters, only complete escapes, not too long."""

    def __init__(self, longest: int) -> None:
        self.left = longest
        self._escaped = False

    def read(self, text: str) -> tuple[str, bool] | None:
        """Take what a model wrote; return what of it stands in the string and whether it ends, None if it may not."""
        kept, left, escaped = "", self.left, self._escaped
        closed = left <= 0
        for character in text:
            if closed:
                break
            if escaped:
                if character not in '"\\/n':
                    return None
                kept, escaped, left = kept + "\\" + character, False, left - 1
            elif character == "\\":
                escaped = True
            elif character == '"':
                closed = True
            elif not _allowed(character):
                return None
            else:
                kept, left = kept + character, left - 1
            closed = closed or left <= 0
        self.left, self._escaped = left, escaped
        return kept, closed


def _allowed(character: str) -> bool:
    """No control characters (C0, DEL, C1), no separators of lines, nothing that stands for broken bytes."""
    code = ord(character)
    return not (code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000 or character in "\u2028\u2029\ufffd")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


# Telling and checking


def shape(field: Field) -> str:
    """Describe a schema to a model, as a JSON example with what may stand in it."""
    match field:
        case Words():
            return f'"… (<= {field.longest})"'
        case OneOf():
            return " | ".join(_dump(option) for option in field.options)
        case YesNo():
            return "true | false"
        case Whole():
            return f"{field.low}..{field.high}"
        case Many():
            return f"[{shape(field.item)}, …] (<= {field.most})"
        case _:
            return "{" + ", ".join(f"{_dump(name)}: {shape(inner)}" for name, inner in field.items()) + "}"


def parse(schema: Schema, text: str) -> dict[str, Any] | None:
    """Read the fields out of a model's text; None if it holds no object of this shape."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return None
    try:
        value = json.loads(text[start : end + 1], strict=False)
    except (ValueError, RecursionError):
        return None
    found = _checked(schema, value)
    return found if isinstance(found, dict) else None


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")


def _checked(field: Field, value: object) -> Any:  # noqa: ANN401 - JSON
    """The value as the field wants it; None if it can't be had. Long texts and lists are cut, further keys left out."""
    match field, value:
        case Words(), str():
            return _CONTROL.sub(" ", value)[: field.longest]
        case OneOf(), str():
            return value if value in field.options else None
        case YesNo(), bool():
            return value
        case Whole(), int() if not isinstance(value, bool):
            return value if field.low <= value <= field.high else None
        case Many(), list():
            items = [_checked(field.item, item) for item in value[: field.most]]
            return None if len(items) < field.least or None in items else items
        case Mapping(), dict():
            found = {name: _checked(inner, value.get(name)) for name, inner in field.items()}
            return None if any(item is None for item in found.values()) else found
    return None
