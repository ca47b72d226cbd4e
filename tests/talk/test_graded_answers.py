"""Answers to questions of the bundled articles, graded by hand: neither generous nor stingy.

None of them was used to fit the weights (`training/graded_answers.jsonl` holds those). "full" answers say everything in
other words, "translated" ones in the other language than the article; "half" ones the main thing, "wrong" ones the
opposite, "elsewhere" ones something else of the same field.
"""

import json
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest

from coach.config import Settings
from coach.index.encoder import Encoder, load_encoder
from coach.records import Grade
from coach.talk.grading import grade
from training.bundled import references

CASES = [json.loads(line) for line in (Path(__file__).parent / "graded_answers.jsonl").read_text("utf-8").splitlines()]
BANDS = {
    "full": (0.7, 1.0), "translated": (0.6, 1.0), "half": (0.1, 0.75), "wrong": (0.0, 0.45), "elsewhere": (0.0, 0.1),
    "nothing": (0.0, 0.0),
}  # fmt: skip


@cache
def encoder() -> Encoder:
    return load_encoder("bundled", models=Settings().models)


@cache
def graded(number: int) -> Grade:
    case = CASES[number]
    return grade(case["question"], references()[case["question"]], case["answer"], encoder=encoder())


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case['kind']}-{n}" for n, case in enumerate(CASES)])
def test_scores_are_fair(number: int) -> None:
    low, high = BANDS[CASES[number]["kind"]]
    assert low <= graded(number).score <= high


def test_kinds_are_far_apart() -> None:
    mean = {
        kind: fmean(graded(number).score for number, case in enumerate(CASES) if case["kind"] == kind) for kind in BANDS
    }
    assert mean["full"] > 0.8
    assert mean["translated"] > 0.8
    assert mean["half"] < 0.5
    assert mean["wrong"] < 0.2
    assert mean["elsewhere"] < 0.03


def test_what_is_right_is_not_called_a_contradiction() -> None:
    right = [number for number, case in enumerate(CASES) if case["kind"] in ("full", "half")]
    verdicts = [verdict.verdict for number in right for verdict in graded(number).points]
    assert verdicts.count("contradicted") <= 0.02 * len(verdicts)
