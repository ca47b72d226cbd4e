"""A schema with every kind of field, and what fits it."""

import re
from typing import Any

from coach.llm.structured import Many, OneOf, Schema, Whole, Words, YesNo

SCHEMA: Schema = {
    "said": Words(30),
    "verdict": OneOf(("missed", "partial", "covered", "covered twice")),
    "sure": YesNo(),
    "score": Whole(0, 100),
    "points": Many(Words(12), most=3),
    "marks": Many(Whole(1, 5), most=4, least=2),
    "pairs": Many({"left": Words(5), "right": OneOf(("x", "y"))}, most=2),
}
_TEXT = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\ufffd]*")


def fits(found: dict[str, Any]) -> bool:
    """Whether an answer has the schema's shape, written without the code that it tests."""

    def text(value: Any, longest: int) -> bool:
        marks = set(re.findall(r"\[\s*(\d+)\s*\]", value))
        return len(value) <= longest and bool(_TEXT.fullmatch(value)) and marks <= {"1", "2"} and "<think>" not in value

    return (
        list(found) == list(SCHEMA)
        and text(found["said"], 30)
        and found["verdict"] in ("missed", "partial", "covered", "covered twice")
        and isinstance(found["sure"], bool)
        and found["score"] in range(101)
        and len(found["points"]) <= 3
        and all(text(point, 12) for point in found["points"])
        and 2 <= len(found["marks"]) <= 4
        and all(mark in range(1, 6) for mark in found["marks"])
        and len(found["pairs"]) <= 2
        and all(list(pair) == ["left", "right"] and text(pair["left"], 5) for pair in found["pairs"])
        and all(pair["right"] in ("x", "y") for pair in found["pairs"])
    )
