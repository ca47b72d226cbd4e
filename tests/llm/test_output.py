"""Stop sequences, loops and thinking blocks in a stream of pieces."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.llm.output import LoopDetector, StopFilter, ThinkingFilter


def run(text: str, stops: list[str], cuts: list[int]) -> tuple[str, bool]:
    stop = StopFilter(stops)
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    shown = "".join(stop.feed(text[a:b]) for a, b in pairwise(edges))
    return shown + stop.rest(), stop.stopped


@given(
    st.text("ab\n", max_size=30),
    st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(1, 29)),
)
def test_stops_at_the_first_stop_sequence_however_the_text_is_cut(text: str, stops: list[str], cuts: list[int]) -> None:
    ends = [text.find(stop) for stop in stops if stop in text]
    shown, stopped = run(text, stops, cuts)
    assert stopped == bool(ends)
    if not stopped:
        assert shown == text
    elif len(stops) == 1:
        assert shown == text[: ends[0]]
    else:  # pieces decide which of two overlapping stops is seen first
        assert text.startswith(shown)
        assert not any(stop in shown for stop in stops)


def test_text_that_can_be_no_stop_is_not_kept_back() -> None:
    stop = StopFilter(["END"])
    assert stop.feed("abc") == "abc"
    assert stop.feed("E") == ""
    assert stop.feed("x") == "Ex"


def feed(tokens: list[int]) -> int | None:
    loops = LoopDetector()
    return next((n for n, token in enumerate(tokens, start=1) if loops.feed(token)), None)


@pytest.mark.parametrize(("length", "expected"), [(1, 48), (5, 48), (20, 60), (128, 384)])
def test_a_loop_is_noticed(length: int, expected: int) -> None:
    lead = list(range(1000, 1100))
    assert feed(lead + list(range(length)) * 100) == len(lead) + expected


def test_what_is_no_loop() -> None:
    assert feed(list(range(129)) * 10) is None
    assert feed([1, 2] * 20 + [3] + [1, 2] * 20) is None
    draw = random.Random(0)
    assert feed([draw.randrange(20) for _ in range(5000)]) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>\nhm\n</think>\n\n答案 [1]", "答案 [1]"),
        ("\n<think></think>x", "x"),
        ("答案是 <think>", "答案是 <think>"),
        ("<thin ice", "<thin ice"),
        ("<think> never closed", ""),
    ],
)
def test_a_leading_thinking_block_is_left_out(text: str, shown: str) -> None:
    whole, letters = ThinkingFilter(), ThinkingFilter()
    assert whole.feed(text) == shown
    assert "".join(letters.feed(letter) for letter in text).strip() == shown
