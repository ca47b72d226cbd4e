"""What was practised is counted: days, streaks, history, the weakest questions."""

from datetime import timedelta

import pytest

from coach.interviews import Interviews
from coach.practice import SETTLED_SECONDS, Held, Practice, Practised, day_of
from coach.talk.events import Answered, Plan, Unknown
from tests.support.interviews import DAY, Clock, Shelf


def test_nothing_yet(interviews: Interviews, shelf: Shelf, clock: Clock) -> None:
    seen = Practice(interviews, shelf, clock).overview()
    assert (seen.held, seen.topics, seen.due, seen.weak, seen.days, seen.streak) == ((), (), 0, (), {}, 0)


def test_an_interview_is_summed_up(interviews: Interviews, shelf: Shelf, clock: Clock) -> None:
    practice = Practice(interviews, shelf, clock)
    session = interviews.start(Plan(count=3, follow_ups=0))
    clock.now += 40
    session = interviews.send(session.id, Answered(session.interview.rounds[0].item.reference))
    unknown = session.interview.rounds[1].item.question_id
    interviews.send(session.id, Unknown())
    seen = practice.overview()
    (one,) = seen.held
    assert (one.over, one.done, one.planned, one.score, one.topics) == (False, 2, 3, 0.5, ("t",))
    assert seen.days == {day_of(clock.now): 2} and seen.streak == 1
    (weak,) = seen.weak
    assert weak.question.id == unknown and len(weak.missed) == 2


def test_an_interview_that_is_long_over_is_read_once(
    interviews: Interviews, shelf: Shelf, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = Practice(interviews, shelf, clock)
    session = interviews.start(Plan(count=1, follow_ups=0))
    interviews.send(session.id, Unknown())
    clock.now += SETTLED_SECONDS + 1
    first = practice.overview()
    monkeypatch.setattr(interviews, "open", lambda _: pytest.fail("read again"))
    assert practice.overview().held == first.held
    interviews.delete(session.id)
    assert practice.overview().held == ()


def test_a_streak_breaks_after_a_day_without_practice() -> None:
    def on(*ago: int) -> Practised:
        now = 50 * DAY
        held = tuple(Held(str(day), now - day * DAY, True, 1.0, 1, 1) for day in ago)
        return Practised(day_of(now), held)

    assert [on(0, 1, 2, 4).streak, on(1, 2).streak, on(2, 3).streak, on().streak] == [3, 2, 0, 0]
    assert min(on(0, 3).days) == on().today - timedelta(days=3)


def test_an_interview_keeps_to_chosen_questions_and_articles(interviews: Interviews) -> None:
    chosen = interviews.preview(Plan(count=5, questions=("q1", "q3"), difficulty="medium"))
    assert {item.question_id for slot in chosen.slots for item in slot} == {"q1", "q3"}
    assert len(interviews.preview(Plan(count=5, articles=("art",), difficulty="medium")).slots) == 4
