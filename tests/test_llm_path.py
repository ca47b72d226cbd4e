"""The whole path with a real llama.cpp and a tiny GGUF of random weights: it writes noise, and is treated as noise."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.records import Answer, Text
from coach.service import Coach
from tests.support.tiny_gguf import write_tiny_gguf

QUESTION = "微调大模型时如何避免灾难性遗忘？"


@pytest.fixture
def coach(open_coach: Callable[..., Coach], tmp_path: Path) -> Coach:
    opened = open_coach(
        update={"llm": str(write_tiny_gguf(tmp_path / "tiny.gguf")), "answer_tokens": 32, "context": 2048}
    )
    list(opened.ingest())
    return opened


def test_noise_is_replaced_by_the_extractive_answer(coach: Coach) -> None:
    events = list(coach.ask(QUESTION))
    answer = events[-1].answer
    assert any(isinstance(event, Text) for event in events)
    assert (answer.writer, answer.abstained) == ("extractive", False)
    assert answer.note
    assert {citation.support for citation in answer.citations} == {1.0}
    assert coach.status().model


def test_chats_at_once_are_not_mixed_up(coach: Coach) -> None:
    questions = [QUESTION, "为什么注意力要除以 √d_k？", "BatchNorm 和 LayerNorm 的区别是什么？"]
    answers: dict[str, Answer] = {}

    def ask(question: str) -> None:
        answers[question] = coach.answer(question)

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answers[question].question for question in questions] == questions
    assert "LayerNorm" in answers[questions[2]].text


def test_stopping_frees_the_model_for_the_next_question(coach: Coach) -> None:
    stream = coach.ask(QUESTION)
    while not isinstance(next(stream), Text):
        pass
    stream.close()
    assert coach.answer(QUESTION).citations


def test_a_file_that_is_no_gguf_is_a_problem_on_record_and_answers_go_on(
    open_coach: Callable[..., Coach], tmp_path: Path
) -> None:
    (tmp_path / "bad.gguf").write_text("no model at all")
    coach = open_coach(update={"llm": str(tmp_path / "bad.gguf")})
    list(coach.ingest())
    assert coach.answer(QUESTION).writer == "extractive"
    assert any("bad.gguf" in problem for problem in coach.status().problems)
