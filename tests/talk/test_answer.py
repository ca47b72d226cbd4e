from collections.abc import Callable

import pytest

from coach.errors import ModelError, PromptTooLongError
from coach.llm.scripted import ScriptedChat
from coach.records import Text, Turn
from coach.service import Coach

QUESTION = "微调大模型时如何避免灾难性遗忘？"


@pytest.fixture
def chat() -> ScriptedChat:
    return ScriptedChat()


@pytest.fixture
def coach(open_coach: Callable[..., Coach], chat: ScriptedChat) -> Coach:
    opened = open_coach(chat=chat)
    list(opened.ingest())
    return opened


def test_a_models_answer_is_streamed_and_checked(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("灾难性遗忘是学习新任务后丢失旧能力 [1]。EWC 限制重要参数的变化 [1]。")
    events = list(coach.ask(QUESTION))
    assert len([event for event in events if isinstance(event, Text)]) > 3
    answer = events[-1].answer
    assert answer.writer == "llm"
    assert {citation.number for citation in answer.citations} == {1}


def test_a_sentence_that_its_passage_does_not_support_is_left_out(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。红烧肉需要慢火炖煮两小时 [1]。LoRA 冻结原有权重 [1]。")
    answer = coach.answer(QUESTION)
    assert "红烧肉" not in answer.text
    assert answer.writer == "llm"


def test_a_model_that_invents_is_replaced_by_the_extractive_answer(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("红烧肉需要慢火炖煮两小时 [1]。")
    answer = coach.answer(QUESTION)
    assert answer.writer == "extractive"
    assert answer.note
    assert "EWC" in answer.text


def test_an_answer_without_any_citation_is_replaced(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("我觉得都可以。")
    assert coach.answer(QUESTION).writer == "extractive"


def test_a_model_that_fails_is_replaced(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue(ModelError("out of memory"))
    assert coach.answer(QUESTION).writer == "extractive"


def test_a_prompt_that_is_too_long_is_shortened(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue(PromptTooLongError("too long"), PromptTooLongError("too long"), "EWC 限制重要参数的变化 [1]。")
    history = [Turn("user", "你好"), Turn("coach", "你好")]
    assert coach.answer(QUESTION, history).writer == "llm"
    lengths = [sum(len(str(message.text)) for message in request) for request in chat.requests]
    assert lengths[0] > lengths[1] > lengths[2]


def test_the_model_is_told_how_many_passages_it_may_cite(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。")
    coach.answer(QUESTION)
    [request], [options] = chat.requests, chat.options
    for number in range(1, options["citations"] + 1):
        assert f"[{number}]" in str(request[-1].text)


def test_the_model_is_not_asked_when_the_articles_hold_nothing(coach: Coach, chat: ScriptedChat) -> None:
    assert coach.answer("红烧肉怎么做？").abstained
    assert not chat.requests


def test_stopping_closes_the_models_stream(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。" * 20)
    stream = coach.ask(QUESTION)
    while not isinstance(next(stream), Text):
        pass
    stream.close()
    assert chat.closed == 1
