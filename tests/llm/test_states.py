"""Which saved states are kept and taken."""

import ctypes

import pytest

from coach.llm.states import States, common_prefix


def data(size: int) -> ctypes.Array[ctypes.c_uint8]:
    return (ctypes.c_uint8 * size)()


@pytest.mark.parametrize(
    ("one", "other", "expected"), [([], [1], 0), ([1, 2], [1, 2, 3], 2), ([1, 2], [2], 0), ([1, 9, 3], [1, 2, 3], 1)]
)
def test_common_prefix(one: list[int], other: list[int], expected: int) -> None:
    assert common_prefix(one, other) == expected


def test_takes_the_state_that_helps_most_and_only_once() -> None:
    states = States(1000)
    states.put([*range(100), 7], data(10))
    states.put([*range(200), 7], data(10))
    states.put([5] * 300, data(10))
    best = states.take(range(500), better_than=100)
    assert best is not None
    assert len(best.tokens) == 201
    again = states.take(range(500), better_than=0)
    assert again is not None
    assert len(again.tokens) == 101
    assert states.take(range(500), better_than=0) is None


def test_a_small_gain_is_not_worth_it() -> None:
    states = States(1000)
    states.put(range(100), data(10))
    assert states.take(range(500), better_than=100 - States.WORTH + 1) is None
    assert states.take(range(States.WORTH), better_than=0) is None  # the last token is always read
    assert states.take(range(500), better_than=100 - States.WORTH) is not None


def test_the_oldest_go_when_the_memory_is_full() -> None:
    states = States(25)
    for start in (1000, 2000, 3000):
        states.put(range(start, start + 100), data(10))
    assert states.take(range(1000, 1500), better_than=0) is None
    assert states.take(range(2000, 2500), better_than=0) is not None
    states.put(range(4000, 4100), data(26))
    assert states.take(range(4000, 4500), better_than=0) is None
    assert states.take(range(3000, 3500), better_than=0) is None


def test_no_memory_means_no_states() -> None:
    assert not States(0).worth(10_000)
