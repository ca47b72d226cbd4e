"""The rule about what a model may write."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.llm.guard import Guard

MARK = re.compile(r"\[\s*(\d+)\s*\]")


def allowed(text: str, citations: int | None = 3) -> bool:
    return Guard(citations).after(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "缩放点积 [1]，多头 [2][3]。",
        "[ 2 ]",
        "区间 [0, 1] 和 [12.5]",
        "看 [文档](https://example.org/[x]) 和 [1](#a)",
        "a[i], a[-1], a[1:], a[:, 0], [n], []",
        "[0 1]",
        r"\[ x^2 \] 和 $x_{[t]}$",
        "```python\na[0] = b[10]\n```\n见 [1]",
        "```\na[0]",
        "[0",
        "0]",
        "[[1]]",
        "a <thinking> b, < think>, think>",
    ],
)
def test_lets_through(text: str) -> None:
    assert allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "[0]",
        "[4]",
        "[12]",
        "[01]",
        "a[0]",
        "[ 7 ]",
        "[\n9\n]",
        "[[4]]",
        "[1[5]",
        "[４]",
        "[٣]",
        "`a[0]`",
        "```\na[0]\n```\n[5]",
        "x ``` [4]",
        "<think>",
        "<<think>",
        "then <think>\nwhat",
    ],
)
def test_refuses(text: str) -> None:
    assert not allowed(text)


def test_without_a_number_every_mark_passes() -> None:
    assert allowed("[0][99]", citations=None)
    assert not allowed("<think>", citations=None)


def test_with_none_given_every_mark_is_refused() -> None:
    assert not allowed("[1]", citations=0)


@given(st.lists(st.sampled_from(["[", "]", "0", "1", "2", "7", " ", "\n", "```", "`", "a", "<", "think>", "²", "４"])))
def test_what_passes_holds_no_wrong_mark_however_it_is_cut(pieces: list[str]) -> None:
    guard, text = Guard(2), ""
    for piece in pieces:
        after = guard.after(piece)
        if after is not None:
            guard, text = after, text + piece
    assert Guard(2).after(text) == guard
    prose, fenced = [], False
    for line in text.split("\n"):
        fenced ^= line.startswith("```")
        prose.append("" if fenced or line.startswith("```") else line)
    assert {number for number in MARK.findall("\n".join(prose))} <= {"1", "2"}
    assert "<think>" not in text


def test_some_allowed_text_does_hold_marks() -> None:
    after = Guard(2).after("[1")
    assert after is not None
    assert after.after("]") is not None
    assert after.after("2]") is None
