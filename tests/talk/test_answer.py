from collections.abc import Callable

import pytest

from coach.errors import ModelError, PromptTooLongError
from coach.llm.scripted import ScriptedChat
from coach.records import Done, Hits, Preview, Text, Turn, Waiting, drain
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


def test_the_extractive_answer_stands_until_the_models_own(coach: Coach, chat: ScriptedChat) -> None:
    chat.waits = ((2, 8.5), (1, 4.0), (0, None))
    chat.enqueue("灾难性遗忘是学习新任务后丢失旧能力 [1]。EWC 限制重要参数的变化 [1]。")
    events = [event for event in coach.ask(QUESTION) if not (isinstance(event, Text) and not event.text)]
    kinds = [type(event) for event in events]
    texts = len(kinds) - 6
    assert kinds == [Hits, Preview, Waiting, Waiting, Waiting, *[Text] * texts, Done]
    assert texts > 3
    assert events[2:5] == [Waiting(2, 8.5), Waiting(1, 4.0), Waiting(0, None)]
    preview = events[1].answer
    assert preview.writer == "extractive"
    assert preview.citations and not preview.note
    assert drain(events).writer == "llm"


def test_without_a_model_there_is_no_preview(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    list(coach.ingest())
    kinds = {type(event) for event in coach.ask(QUESTION)}
    assert kinds == {Hits, Text, Done}


def test_the_preview_stands_when_the_model_invents(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("红烧肉需要慢火炖煮两小时 [1]。")
    events = list(coach.ask(QUESTION))
    preview = next(event.answer for event in events if isinstance(event, Preview))
    assert (drain(events).text, drain(events).citations) == (preview.text, preview.citations)


def test_sentences_without_a_source_do_not_slip_in(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。LoRA 冻结原有权重 [1]。红烧肉需要用冰糖和老抽慢火炖煮两小时。")
    answer = coach.answer(QUESTION)
    assert answer.writer == "llm"
    assert "红烧肉" not in answer.text


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
    history = [Turn("user", "LoRA 是什么？"), Turn("coach", "LoRA 冻结原有权重 [1]。")]
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


def test_an_earlier_answer_is_told_without_its_citations(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。")
    coach.answer(QUESTION, [Turn("user", "LoRA 是什么？"), Turn("coach", "LoRA 冻结原有权重 [7]。")])
    [[system, first, said, last]] = chat.requests
    assert "[1]" in str(first.text) and str(first.text).endswith("LoRA 是什么？")
    assert said.text == "LoRA 冻结原有权重。"
    assert str(last.text).endswith(QUESTION) and "[1]" not in str(last.text)
    assert "LoRA 是什么" not in str(system.text)


# Reading early


def test_what_is_being_typed_is_read_as_it_would_be_asked(coach: Coach, chat: ScriptedChat) -> None:
    chat.enqueue("EWC 限制重要参数的变化 [1]。")
    coach.prepare(QUESTION)
    coach.answer(QUESTION)
    assert chat.prepared == chat.requests


@pytest.mark.parametrize("typed", ["", "  ", "你好", "红烧肉怎么做？"])
def test_nothing_is_read_early_for_what_the_articles_do_not_hold(coach: Coach, chat: ScriptedChat, typed: str) -> None:
    coach.prepare(typed)
    assert not chat.prepared


def test_without_a_model_preparing_does_nothing(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    list(coach.ingest())
    coach.prepare(QUESTION)
    assert not coach._models.current.opened
