"""The state machine: by example, and driven by random events."""

import string
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from coach.records import FollowUp, Grade, KeyPoint, PointVerdict
from coach.talk.events import (
    Answered,
    Assessed,
    Contested,
    Ended,
    Event,
    Hinted,
    Improved,
    Item,
    Paused,
    Plan,
    Reconsidered,
    Repeated,
    Resumed,
    Skipped,
    Started,
    Ticked,
    Unknown,
    Worded,
)
from coach.talk.events import Event as Happening
from coach.talk.interview import FOLLOW_UPS_A_QUESTION, HINTS_A_QUESTION, Interview, begin, closed, replay, step
from coach.talk.planning import hints
from coach.talk.wording import TEMPLATES, spoken
from tests.support.grading import WordGrader

GRADER = WordGrader()


def item(name: str, level: int = 2) -> Item:
    return Item(f"id-{name}", f"What is {name}?", f"secret {name} one。secret {name} two。", "topic", level=level)


def started(count: int = 3, **plan: object) -> Interview:
    names = string.ascii_lowercase[:count]
    return begin(Started(replace(Plan(count=count), **plan), tuple((item(name),) for name in names), 100.0))


def graded(interview: Interview, *, at: float = 0.0) -> Assessed:
    round_ = interview.rounds[-1]
    grade = GRADER.grade(round_.item.text, round_.item.reference, round_.answer)
    follow_up = GRADER.follow_up(round_.item.text, grade, round_.follow_ups, "en")
    return Assessed(grade, follow_up, at or interview.at)


def answer(interview: Interview, text: str) -> Interview:
    interview = step(interview, Answered(text, interview.at))
    return step(interview, graded(interview))


def test_a_whole_interview() -> None:
    interview = started(2)
    assert interview.asked == "What is a?"
    interview = answer(interview, "secret a one")
    assert interview.asked == "And what about part 2?"
    interview = answer(interview, "secret a two")
    assert interview.asked == "What is b?"
    assert interview.rounds[0].first is not None
    assert interview.rounds[0].grade is not None
    assert (interview.rounds[0].first.score, interview.rounds[0].grade.score) == (0.5, 1.0)
    interview = answer(interview, "secret b one and secret b two")
    assert (interview.phase, interview.ended, interview.asked) == ("done", "finished", "")
    assert [line.kind for line in interview.lines] == [
        "question", "answer", "follow_up", "answer", "feedback", "question", "answer", "feedback", "end",
    ]  # fmt: skip


def test_not_knowing_and_skipping_give_no_follow_up() -> None:
    interview = started(2)
    for event, outcome in ((Unknown(), "unknown"), (Skipped(), "skipped")):
        interview = step(interview, event)
        interview = step(interview, graded(interview))
        closed_round = [round_ for round_ in interview.rounds if round_.outcome != "open"][-1]
        assert (closed_round.outcome, closed_round.follow_ups) == (outcome, ())
    assert interview.phase == "done"


def test_giving_up_a_follow_up_keeps_the_grade() -> None:
    interview = step(answer(started(1), "secret a one"), Unknown())
    assert interview.phase == "done"
    assert interview.rounds[0].grade is not None
    assert interview.rounds[0].grade.score == 0.5


def test_follow_ups_have_a_budget_for_the_whole_interview() -> None:
    interview = started(3, follow_ups=1)
    interview = answer(interview, "nothing")
    assert len(interview.rounds[0].follow_ups) == 1
    for _ in range(3):
        interview = answer(interview, "nothing")
    assert sum(len(round_.follow_ups) for round_ in interview.rounds) == 1
    assert interview.phase == "done"


def test_the_time_limit_ends_after_the_answer_that_is_being_given() -> None:
    interview = started(3, minutes=1)
    interview = step(interview, Ticked(159.0))
    assert interview.phase == "listening"
    late = step(interview, Answered("secret a one", 170.0))
    late = step(late, graded(late))
    assert (late.ended, late.rounds[0].outcome) == ("time", "answered")
    silent = step(interview, Ticked(160.0))
    assert (silent.ended, silent.rounds[0].outcome) == ("time", "unanswered")


def test_pauses_and_breaks_do_not_count() -> None:
    interview = step(started(1, minutes=10), Paused(110.0))
    assert step(interview, Answered("secret", 500.0)).rounds[0].answers == ()
    interview = step(interview, Resumed(100_000.0))
    assert interview.seconds == 10.0
    interview = step(interview, Resumed(200_000.0))  # taken up after a crash, without a pause
    assert interview.seconds == 10.0
    assert step(interview, Ticked(200_005.0)).seconds == 15.0


def test_a_grade_that_comes_during_a_pause_is_kept() -> None:
    interview = step(started(2), Answered("secret a one。secret a two", 101.0))
    paused = step(interview, Paused(102.0))
    assert len(step(paused, graded(paused)).rounds) == 2


def test_difficulty_follows_the_answers() -> None:
    slots = tuple((item(f"{name}1", 1), item(f"{name}2", 2), item(f"{name}3", 3)) for name in "abcd")
    interview = begin(Started(Plan(follow_ups=0), slots))
    levels = []
    for good in (True, True, False, False):
        levels.append(interview.rounds[-1].item.level)
        interview = answer(interview, interview.rounds[-1].item.reference if good else "nothing")
    assert levels == [2, 3, 3, 2]


def test_contesting_needs_the_candidates_words_and_a_closed_question() -> None:
    interview = answer(started(2, follow_ups=0), "I spoke of it")
    contested = step(interview, Contested(0, 1, "spoke of it"))
    assert [contest.point for contest in contested.rounds[0].contests] == [1]
    for refused in (Contested(0, 1, "never said"), Contested(1, 0, "x"), Contested(0, 9, "I"), Contested(0, 0, "")):
        assert step(interview, refused) == interview
    assert step(contested, Contested(0, 1, "spoke")) == contested


def test_without_questions_it_is_over_at_once() -> None:
    assert begin(Started(Plan(), ())).phase == "done"


def test_replay_wants_a_beginning() -> None:
    with pytest.raises(ValueError, match="begins with Started"):
        replay([Ended()])


def test_every_manner_has_several_wordings_and_they_take_turns() -> None:
    kinds = {kind for manners in TEMPLATES.values() for said in manners.values() for kind in said}
    for manners in TEMPLATES.values():
        for said in manners.values():
            assert set(said) == kinds
            assert all(len(set(variants)) >= 2 for variants in said.values())
    interview = started(3, language="en", manner="strict", follow_ups=0)
    for _ in range(3):
        interview = answer(interview, "x")
    questions = [spoken(interview, n) for n, line in enumerate(interview.lines) if line.kind == "question"]
    leads = [text.partition("What is")[0] for text in questions]
    assert leads[1] != leads[2]


class Anything(RuleBasedStateMachine):
    """Random events in random order, also such as make no sense."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self.events: list[Event] = []

    @initialize(
        count=st.integers(0, 4),
        width=st.integers(1, 3),
        minutes=st.sampled_from([0.0, 1.0, 5.0]),
        follow_ups=st.sampled_from([None, 0, 1, 9]),
        language=st.sampled_from(["zh", "en"]),
        manner=st.sampled_from(["friendly", "strict", "panel"]),
        difficulty=st.sampled_from(["adaptive", "easy", "hard"]),
    )
    def start(self, count: int, width: int, **plan: object) -> None:
        slots = []
        for number in range(count):
            members = [item(f"q{number}{level}", level) for level in range(1, width + 1)]
            slots.append(tuple(replace(one, hints=self.hints(one)) for one in members))
        self.events = [Started(replace(Plan(count=count), **plan), tuple(slots), self.at)]
        self.interview = replay(self.events)

    @staticmethod
    def hints(one: Item) -> tuple[str, ...]:
        from coach.records import Question

        question = Question(one.question_id, one.text, one.reference, "a")
        points = GRADER.key_points(one.text, one.reference)
        return hints(question, points, "en")

    def send(self, event: Happening) -> None:
        before = self.interview
        self.events.append(event)
        self.interview = step(before, event)
        assert len(self.interview.rounds) >= len(before.rounds)
        assert self.interview.lines[: len(before.lines)] == before.lines
        if before.phase == "done":
            assert self.interview.phase == "done"

    @rule(event=st.sampled_from([Hinted, Skipped, Unknown, Repeated, Paused, Resumed, Ticked]), wait=st.floats(0, 40))
    def happens(self, event: type, wait: float) -> None:
        self.at += wait
        self.send(event(at=self.at))

    @rule(part=st.sampled_from(["one", "two", "all", "none", " "]))
    def answers(self, part: str) -> None:
        current = self.interview.current
        known = {"none": "no idea of it", " ": "  ", "all": current.item.reference if current else "x"}
        text = known.get(part) or f"secret {current.item.text[8:-1] if current else 'x'} {part}"
        self.send(Answered(text, self.at))

    @precondition(lambda self: self.interview.rounds)
    @rule()
    def is_graded(self) -> None:
        self.send(graded(self.interview, at=self.at))

    @rule(follow_up=st.booleans())
    def is_graded_by_someone_else(self, follow_up: bool) -> None:
        point = KeyPoint("p", "p", 0, 1)
        grade = Grade(0.3, (PointVerdict(point, "missed", "", "p", 1.0),))
        self.send(Assessed(grade, FollowUp("f?", point, "term", "p") if follow_up else None, self.at))

    @rule(number=st.integers(-1, 5), point=st.integers(-1, 3))
    def contests(self, number: int, point: int) -> None:
        self.send(Contested(number, point, "no idea", self.at))

    @rule(number=st.integers(-1, 12), words=st.sampled_from(["Well then?", " ", "x"]))
    def a_model_adds_something(self, number: int, words: str) -> None:
        points = tuple(PointVerdict(KeyPoint("p", "p", 0, 1), "covered", "p", "p", 1.0) for _ in range(2))
        before = self.interview
        self.send(Worded(number, words, self.at))
        self.send(Improved(number, words, self.at))
        self.send(Reconsidered(number, Grade(1.0, points), self.at))
        assert (before.phase, before.seconds, before.lines) == (
            self.interview.phase, self.interview.seconds, self.interview.lines,
        )  # fmt: skip

    @rule(chance=st.integers(0, 9))
    def ends(self, chance: int) -> None:
        if chance == 0:
            self.send(Ended(self.at))

    @invariant()
    def never_asks_twice(self) -> None:
        asked = [round_.item.question_id for round_ in self.interview.rounds]
        assert len(asked) == len(set(asked))
        for round_ in self.interview.rounds:
            assert len(round_.follow_ups) <= FOLLOW_UPS_A_QUESTION
            assert len({follow_up.point for follow_up in round_.follow_ups}) == len(round_.follow_ups)
            assert round_.hints <= HINTS_A_QUESTION
        assert self.interview.follow_ups_left >= 0

    @invariant()
    def never_tells_the_answer_before_it_is_given(self) -> None:
        said: dict[int, str] = {}
        for number, line in enumerate(self.interview.lines):
            words = spoken(self.interview, number)
            if line.kind == "answer":
                said[line.round] = said.get(line.round, "") + words
            elif line.kind != "end" and not closed(self.interview, line.round):
                for point in GRADER.key_points("", self.interview.rounds[line.round].item.reference):
                    assert point.text not in words

    def teardown(self) -> None:
        """Whatever happened, it ends after a bounded number of answers."""
        if not self.events:
            return
        self.send(Resumed(self.at))
        for _ in range(2 * len(self.interview.slots) * (1 + FOLLOW_UPS_A_QUESTION)):
            if self.interview.phase == "done":
                break
            self.send(graded(self.interview) if self.interview.phase == "assessing" else Answered("hm", self.at))
        assert self.interview.phase == "done"
        assert self.interview.ended
        assert replay(self.events) == self.interview
        assert all(round_.outcome != "open" for round_ in self.interview.rounds)


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
