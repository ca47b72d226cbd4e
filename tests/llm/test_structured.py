"""Answers with fields: the shape, the steps, what comes back from any model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage

from coach.llm.llama import LlamaChat
from coach.llm.scripted import ScriptedChat
from coach.llm.structured import Fill, Letters, Many, OneOf, Pick, Say, Schema, Whole, Words, YesNo, parse, shape, steps
from tests.support.structured import SCHEMA, fits
from tests.support.tiny_gguf import write_tiny_gguf


def written(schema: Schema, choose: Callable[[Pick | Fill], str]) -> str:
    """Let `choose` play the model."""
    script, text, answer = steps(schema), "", ""
    while True:
        try:
            step = script.send(answer) if answer else next(script)
        except StopIteration:
            return text
        answer = "" if isinstance(step, Say) else choose(step)
        text += step.text if isinstance(step, Say) else answer
        answer = answer if isinstance(step, Pick) else ""


def test_without_a_model_the_least_is_written() -> None:
    text = written(SCHEMA, lambda step: step.options[0] if isinstance(step, Pick) else "")
    assert json.loads(text) == {
        "said": "",
        "verdict": "missed",
        "sure": False,
        "score": 0,
        "points": [],
        "marks": [1, 1],
        "pairs": [],
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_chosen_it_is_json_of_this_shape(data: st.DataObject) -> None:
    def choose(step: Pick | Fill) -> str:
        if isinstance(step, Pick):
            return data.draw(st.sampled_from(step.options))
        return json.dumps(data.draw(st.text('ab"\\文', max_size=step.longest)), ensure_ascii=False)[1:-1]

    text = written(SCHEMA, choose)
    assert parse(SCHEMA, text) == json.loads(text)


@given(st.lists(st.text(max_size=6), max_size=30), st.integers(0, 20))
def test_the_inside_of_a_string_always_parses(pieces: list[str], longest: int) -> None:
    letters, inside = Letters(longest), ""
    for piece in pieces:
        if (read := letters.read(piece)) is not None:
            inside += read[0]
            if read[1]:
                break
    text = json.loads(f'"{inside}"')
    assert len(text) <= longest
    assert all(character == "\n" or character.isprintable() or not character.isascii() for character in text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('"', ("", True)),
        ('好。","x"', ("好。", True)),
        ("\\", ("", False)),
        ('\\"a', ('\\"a', False)),
        ("\\alpha", None),
        ("a\nb", None),
        ("a\x85b", None),
        ("123456789", ("12345678", True)),
    ],
)
def test_what_may_stand_in_a_string(text: str, kept: tuple[str, bool] | None) -> None:
    assert Letters(8).read(text) == kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": "x", "b": 3}', {"a": "x", "b": 3}),
        ('```json\n{"a": "x", "b": 3, "c": 1}\n```', {"a": "x", "b": 3}),
        ('{"a": "xyzxyz", "b": 0}', {"a": "xyzx", "b": 0}),
        ('{"a": "x\ty", "b": 1}', {"a": "x y", "b": 1}),
        ('{"a": "x", "b": 9}', None),
        ('{"a": "x", "b": true}', None),
        ('{"a": "x"}', None),
        ('{"a": "x", "b": 3', None),
        ("no idea", None),
        ("[1]", None),
        ("{" * 100_000 + "}", None),
    ],
)
def test_foreign_answers_are_checked(text: str, found: dict[str, Any] | None) -> None:
    assert parse({"a": Words(4), "b": Whole(0, 3)}, text) == found


def test_the_shape_is_told() -> None:
    schema: Schema = {"verdict": OneOf(("no", "yes")), "why": Words(20), "points": Many(Words(9), 3), "sure": YesNo()}
    assert shape(schema) == (
        '{"verdict": "no" | "yes", "why": "… (<= 20)", "points": ["… (<= 9)", …] (<= 3), "sure": true | false}'
    )


# With a model


@pytest.mark.parametrize("limit", [1, 7, 40, 400])
def test_a_model_of_random_weights_writes_only_whole_answers(chat: LlamaChat, limit: int) -> None:
    seen = set()
    for seed in range(20):
        text = "".join(
            str(chunk.text)
            for chunk in chat.stream("q", schema=SCHEMA, max_tokens=limit, seed=seed, temperature=2.0, citations=2)
        )
        assert fits(json.loads(text)), text
        seen.add(text)
    assert len(seen) > 5 or limit < 400


def test_the_model_is_asked_for_what_is_open(gguf: Path, open_chat: Callable[..., LlamaChat], tmp_path: Path) -> None:
    """Another model chooses otherwise: nothing is fixed in advance."""
    others = [gguf, *(write_tiny_gguf(tmp_path / f"{seed}.gguf", seed=seed, spread=3) for seed in range(1, 6))]
    found = [open_chat(path).structured([HumanMessage("q")], SCHEMA, max_tokens=300) for path in others]
    assert all(isinstance(each, dict) and fits(each) for each in found)
    for name in ("verdict", "sure", "score", "said"):
        assert len({each[name] for each in found if each}) > 1, name


def test_fields_come_from_any_engine() -> None:
    chat = ScriptedChat().enqueue('{"a": "x"}', "I would rather not.")
    assert chat.structured([HumanMessage("q")], {"a": Words(5)}) == {"a": "x"}
    assert chat.structured([HumanMessage("q")], {"a": Words(5)}) is None
    assert chat.requests[0][-1].text == 'q\n\nJSON: {"a": "… (<= 5)"}'
