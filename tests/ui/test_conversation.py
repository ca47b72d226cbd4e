"""Exchanges grow by events; errors and stops leave them in a state that can be shown."""

import itertools

import pytest

from coach.records import Answer, Done, Hits, Preview, Text, Turn, Waiting
from coach.talk.conversations import Exchange
from coach.ui.conversation import PACE, advance, chosen, converse, evidence, history, standing, stopped
from tests.ui.fake import FakeCoach, cite, passages

QUESTION = "为什么注意力要除以根号 d？"


def run(coach, question=QUESTION, earlier=()):
    return list(converse(coach, question, earlier, now=itertools.count(step=1.0).__next__))


def test_evidence_comes_before_text_and_the_checked_answer_last():
    steps = run(FakeCoach())
    assert steps[0] == Exchange(QUESTION)
    assert len(steps[1].hits) == 3 and not steps[1].draft
    assert steps[2].draft and steps[2].stage == "writing"
    assert steps[-1].stage == "done" and steps[-1].answer.citations
    assert steps[-2].draft == steps[-1].answer.text


def test_pieces_that_come_faster_than_the_eye_are_shown_together():
    ticks = itertools.count(step=PACE / 10)
    slow = len(run(FakeCoach()))
    fast = len(list(converse(FakeCoach(), QUESTION, (), now=ticks.__next__)))
    assert 4 <= fast < slow / 3


def test_an_error_ends_the_exchange_with_its_message():
    assert run(FakeCoach(), "坏了")[-1].stage == "failed"
    assert "Reinstall" in run(FakeCoach(), "坏了")[-1].problem


def test_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run(FakeCoach(), "出错")


def test_closing_frees_the_service():
    coach = FakeCoach()
    talk = converse(coach, QUESTION, ())
    next(talk), next(talk), next(talk)
    talk.close()
    assert coach.closed.is_set()


def test_follow_up_questions_get_the_history_without_abstentions():
    coach = FakeCoach()
    earlier = [run(coach)[-1], run(coach, "天气")[-1]]
    run(coach, "那多头呢？", earlier)
    assert coach.histories[-1] == [Turn("user", QUESTION), Turn("coach", earlier[0].answer.text)]
    assert history([Exchange("未完")]) == []


@pytest.mark.parametrize(
    ("picked", "typed", "wanted"),
    [
        ({"question": "甲"}, "乙", ("甲", False)),
        ({"question": " 甲 ", "again": True}, "", ("甲", True)),
        ({"question": "甲", "again": "1", "event": "submit"}, "", ("甲", True)),
        ("乙", " 乙 ", ("乙", False)),
        (None, "  ", ("", False)),
    ],
)
def test_what_was_picked_goes_before_what_was_typed(picked, typed, wanted):
    assert chosen(picked, typed) == wanted


def test_stopping_keeps_the_draft():
    growing = advance(advance(Exchange("问"), Hits(())), Text("草稿"))
    assert (stopped(growing).stage, stopped(growing).draft) == ("stopped", "草稿")
    finished = advance(growing, Done(Answer("好")))
    assert stopped(finished) == finished and stopped(stopped(growing)) == stopped(growing)


def test_a_preview_stands_until_a_draft_takes_its_place():
    quoted = Answer("摘录")
    waiting = advance(advance(Exchange("问"), Preview(quoted)), Waiting(2, 3.4))
    assert waiting.going_on and standing(waiting) == quoted and waiting.waiting == Waiting(2, 3.4)
    assert standing(advance(waiting, Text("模"))) is None
    written = advance(advance(waiting, Text("模")), Done(Answer("模型写的")))
    assert standing(written) == Answer("模型写的")


def test_what_is_stopped_before_the_first_word_keeps_the_preview_as_its_answer():
    quoted = Answer("摘录")
    kept = stopped(advance(Exchange("问"), Preview(quoted)))
    assert (kept.stage, kept.answer) == ("done", quoted)
    assert stopped(advance(advance(Exchange("问"), Preview(quoted)), Text("模"))).stage == "stopped"


def test_cited_passages_come_first_and_join_their_citations():
    one, two, three = passages()
    late, early = cite(2, two, "每个头的宽度是 $d/h$。"), cite(2, two, "多头注意力")
    exchange = run(FakeCoach())[-1]
    answer = Answer("答", (late, early))
    shown = evidence(advance(exchange, Done(answer)))
    assert [item.number for item in shown] == [2, 0, 0]
    assert shown[0].citations == (early, late)
    assert [item.passage.id for item in shown[1:]] == [one.id, three.id]


def test_a_draft_is_numbered_by_rank():
    assert [item.number for item in evidence(run(FakeCoach())[1])] == [1, 2, 3]
