"""Model files that come and go while the coach runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coach.config import Settings
from coach.records import Text
from coach.service import Coach
from tests.support.tiny_gguf import damage, write_tiny_gguf

QUESTION = "微调大模型时如何避免灾难性遗忘？"


@pytest.fixture
def coach(open_coach: Callable[..., Coach], tmp_path: Path) -> Coach:
    """A coach that takes what lies in `models`, where nothing lies yet."""
    (tmp_path / "models").mkdir()
    opened = open_coach(update={"llm": "auto", "models": tmp_path / "models", "answer_tokens": 16, "context": 2048})
    list(opened.ingest())
    return opened


def writes(coach: Coach) -> bool:
    """Whether a model takes part in an answer."""
    return coach.answer(QUESTION).note != ""


def test_a_file_that_is_put_there_is_used_from_the_next_question_on(coach: Coach, settings: Settings) -> None:
    assert not writes(coach)
    write_tiny_gguf(coach.settings.models / "tiny.gguf")
    assert writes(coach)
    assert coach.status().model == "tiny"


def test_the_list_finds_it_too(coach: Coach) -> None:
    assert not writes(coach)
    write_tiny_gguf(coach.settings.models / "tiny.gguf")
    assert [info.name for info in coach.models() if info.running] == ["tiny.gguf"]


def test_a_file_that_is_not_whole_yet_is_left_out_until_it_is(coach: Coach, tmp_path: Path) -> None:
    assert not writes(coach)
    whole = write_tiny_gguf(tmp_path / "whole.gguf").read_bytes()
    copy = coach.settings.models / "tiny.gguf"
    copy.write_bytes(whole)
    damage(copy, keep=0.5)
    assert not writes(coach)
    assert coach.answer(QUESTION).citations
    copy.write_bytes(whole)
    assert writes(coach)


def test_who_wants_no_model_gets_none(coach: Coach) -> None:
    coach.use_model("none")
    write_tiny_gguf(coach.settings.models / "tiny.gguf")
    assert not writes(coach)
    assert coach.status().model == ""


def test_a_file_that_is_deleted_while_it_is_used(coach: Coach, open_coach: Callable[..., Coach]) -> None:
    path = write_tiny_gguf(coach.settings.models / "tiny.gguf")
    coach.use_model("tiny.gguf")
    stream = coach.ask(QUESTION)
    while not isinstance(next(stream), Text):
        pass
    path.unlink()
    assert list(stream)[-1].answer.citations
    assert writes(coach)  # it is still in memory
    again = open_coach(update=dict(coach.settings))
    assert not writes(again)
    assert again.answer(QUESTION).citations
    [problem] = again.status().problems
    assert "tiny.gguf that was chosen is gone" in problem and "quoted" in problem
    write_tiny_gguf(coach.settings.models / "other.gguf")
    assert writes(again)
