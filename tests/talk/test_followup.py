import pytest

from coach.records import Turn
from coach.talk.followup import standalone

HISTORY = [Turn("user", "多头注意力是什么？"), Turn("coach", "多头注意力把……")]


@pytest.mark.parametrize("question", ["它的复杂度呢？", "那它的复杂度是多少", "复杂度呢？", "What is its complexity?"])
def test_a_leaning_question_takes_the_topic_along(question: str) -> None:
    assert "注意力" in standalone(question, HISTORY)


@pytest.mark.parametrize("question", ["LoRA 的秩怎么选？", "这样训练为什么有效，和全量微调相比呢", "What is BERT?"])
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert standalone(question, HISTORY) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("它的复杂度呢？", []) == "它的复杂度呢？"
