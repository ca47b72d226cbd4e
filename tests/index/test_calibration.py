import random

from coach.index.calibration import ENOUGH, LARGEST_SHIFT, USUAL, Calibration, _shift, remembered, reworded
from coach.service import Coach


def test_error_rates_are_of_the_articles_own_questions(coach: Coach) -> None:
    rates = coach.error_rates()
    assert [rate.threshold for rate in rates] == sorted(rate.threshold for rate in rates)
    assert (rates[0].wrong_answers, rates[0].wrong_refusals) == (1.0, 0.0)
    assert (rates[-1].wrong_answers, rates[-1].wrong_refusals) == (0.0, 1.0)


def test_a_calibration_is_remembered_until_the_articles_change(coach: Coach) -> None:
    coach.error_rates()
    first, current = remembered(coach._manifest)
    assert current
    list(coach.add_text("x", "## 什么是温度？\n\n温度控制采样的随机性。"))
    assert remembered(coach._manifest) == (first, False)
    coach.error_rates()
    again, current = remembered(coach._manifest)
    assert current
    assert len(again.held) == len(first.held) + 1


def test_the_shift_is_bounded_and_needs_questions() -> None:
    assert _shift([5.0] * (ENOUGH - 1), [4.0] * (ENOUGH - 1)) == 0.0
    assert _shift([1 - USUAL] * 300, [-1 - USUAL] * 300) == 0.0
    assert -LARGEST_SHIFT <= _shift([0.8 - USUAL] * 300, [0.4 - USUAL] * 300) < 0
    assert 0 < _shift([-0.4 - USUAL] * 300, [-0.8 - USUAL] * 300) <= LARGEST_SHIFT


def test_nothing_tried_no_rates() -> None:
    assert Calibration().error_rates() == ()


def test_rewording_keeps_something_of_the_question() -> None:
    chance = random.Random(0)
    for _ in range(50):
        assert set(reworded("LoRA 的秩 怎么 选择 数值", chance)) & set("LoRA秩选择数值")
    assert reworded("的？", chance) == "的？"
