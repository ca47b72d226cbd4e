"""A mock interview as a pure state machine: `step(interview, event) -> interview`.

Knows no language model, disk, clock, grader or page: the time and the grade of an answer come with the events, so an
interview is its events, replayed. An event that makes no sense in a state changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from coach.records import FollowUp, Grade
from coach.talk.contests import conceded
from coach.talk.events import (
    LEVELS,
    Answered,
    Assessed,
    Contested,
    Ended,
    Event,
    Happening,
    Hinted,
    Improved,
    Item,
    Paused,
    Plan,
    Reconsidered,
    Repeated,
    Resumed,
    Skipped,
    Slot,
    Started,
    Ticked,
    Unknown,
    Worded,
)

FOLLOW_UPS_A_QUESTION = 2
HINTS_A_QUESTION = 2
STRONG, WEAK = 0.75, 0.4
"""Scores from which the next question is harder, and below which it is easier."""

Phase = Literal["listening", "assessing", "done"]
Outcome = Literal["open", "answered", "unknown", "skipped", "unanswered"]


@dataclass(frozen=True, slots=True)
class Contest:
    """A point of the grade that the candidate did make, as they say; `said` are their words, a slice of an answer."""

    point: int
    said: str


@dataclass(frozen=True, slots=True)
class Round:
    """One question that was asked, and what came of it.

    Attributes:
        item: The question.
        answers: The answer, then those to the follow-ups.
        follow_ups: Follow-ups asked, in order.
        first: Grade of the answer alone.
        grade: Grade of the answer and the follow-ups' answers together: the one that counts.
        outcome: "open" until the next question; "unanswered" if the interview ended before an answer.
        hints: Hints given.
        seconds: Time from the question to its end, without pauses.
        contests: Points that the candidate contests.
        improved: The answer made better; "" until it was asked for.
        improved_by_model: Whether a language model wrote that.
    """

    item: Item
    answers: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    first: Grade | None = None
    grade: Grade | None = None
    outcome: Outcome = "open"
    hints: int = 0
    seconds: float = 0.0
    contests: tuple[Contest, ...] = ()
    improved: str = ""
    improved_by_model: bool = False

    @property
    def answer(self) -> str:
        """All that the candidate said to the question."""
        return "\n".join(self.answers)


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the talk. `text` is set for what the candidate said, for hints and for follow-ups."""

    kind: Literal[
        "question", "repeat", "hint", "no_hint", "follow_up", "feedback", "end", "answer", "unknown", "skip", "contest"
    ]
    round: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Interview:
    """An interview at one moment. `seconds` counts up without pauses; `at` is when the last event happened.

    `worded` holds (number of a line, its words) where a language model has worded it.
    """

    plan: Plan
    slots: tuple[Slot, ...]
    at: float = 0.0
    phase: Phase = "listening"
    rounds: tuple[Round, ...] = ()
    lines: tuple[Line, ...] = ()
    level: int = 2
    seconds: float = 0.0
    paused: bool = False
    ended: Literal["", "finished", "time", "stopped"] = ""
    worded: tuple[tuple[int, str], ...] = ()

    @property
    def current(self) -> Round | None:
        """The question that is being asked; None when the interview is over."""
        return self.rounds[-1] if self.rounds and self.phase != "done" else None

    @property
    def asked(self) -> str:
        """What the candidate has to answer now: the follow-up or the question; "" when the interview is over."""
        if not self.current:
            return ""
        return self.current.follow_ups[-1].text if self.current.follow_ups else self.current.item.text

    @property
    def follow_ups_left(self) -> int:
        """Follow-ups that may still be asked in the whole interview."""
        budget = len(self.slots) if self.plan.follow_ups is None else self.plan.follow_ups
        return budget - sum(len(round_.follow_ups) for round_ in self.rounds)

    @property
    def time_over(self) -> bool:
        """Whether the time limit is reached."""
        return 0 < self.plan.minutes * 60 <= self.seconds


def begin(event: Started) -> Interview:
    """Return the interview at its first question; without questions it is over at once."""
    return _next(Interview(event.plan, event.slots, event.at, level=LEVELS[event.plan.difficulty]))


def replay(events: Iterable[Event]) -> Interview:
    """Return the interview after its events, of which the first is `Started`."""
    first, *rest = events
    if not isinstance(first, Started):
        raise ValueError(f"an interview begins with Started, not with {first.kind}")
    interview = begin(first)
    for event in rest:
        interview = step(interview, event)
    return interview


def step(interview: Interview, event: Event) -> Interview:
    """Return the interview after an event."""
    if isinstance(event, Started):
        return interview
    if isinstance(event, Contested):
        return _contest(interview, event)
    if isinstance(event, Worded | Improved | Reconsidered):
        return _add(interview, event)
    if interview.phase == "done":
        return interview
    interview = _clock(interview, event)
    if isinstance(event, Ended):
        return _finish(interview, "stopped")
    if isinstance(event, Assessed):
        return _assess(interview, event) if interview.phase == "assessing" else interview
    if interview.paused or interview.phase == "assessing":
        return interview
    return _listen(interview, event)


def _listen(
    interview: Interview, event: Answered | Hinted | Skipped | Unknown | Repeated | Paused | Resumed | Ticked
) -> Interview:
    """Handle an event while the candidate has the word."""
    number = len(interview.rounds) - 1
    round_ = interview.rounds[number]
    match event:
        case Answered(text=text):
            if not text.strip():
                return interview
            answered = replace(round_, answers=(*round_.answers, text), outcome="answered")
            return replace(_put(interview, answered, Line("answer", number, text)), phase="assessing")
        case Unknown() | Skipped():
            skipped = isinstance(event, Skipped)
            interview = _said(interview, Line("skip" if skipped else "unknown", number))
            if round_.answers:  # the follow-up is given up; the answer keeps its grade
                return _close(interview)
            interview = _put(interview, replace(round_, outcome="skipped" if skipped else "unknown"))
            return replace(interview, phase="assessing")
        case Hinted():
            if round_.hints >= min(HINTS_A_QUESTION, len(round_.item.hints)):
                return _said(interview, Line("no_hint", number))
            hint = round_.item.hints[round_.hints]
            return _put(interview, replace(round_, hints=round_.hints + 1), Line("hint", number, hint))
        case Repeated():
            return _said(interview, Line("repeat", number, interview.asked))
        case Ticked() | Resumed() | Paused():
            return _finish(interview, "time") if interview.time_over else interview
        case _:
            assert_never(event)


def _clock(interview: Interview, event: Happening) -> Interview:
    """Let the time run up to an event, unless the interview was paused or is taken up again."""
    passed = 0.0 if interview.paused or isinstance(event, Resumed) else max(0.0, event.at - interview.at)
    round_ = interview.rounds[-1]
    interview = _put(interview, replace(round_, seconds=round_.seconds + passed))
    paused = (interview.paused or isinstance(event, Paused)) and not isinstance(event, Resumed)
    return replace(interview, at=max(interview.at, event.at), seconds=interview.seconds + passed, paused=paused)


def _assess(interview: Interview, event: Assessed) -> Interview:
    round_ = interview.rounds[-1]
    round_ = replace(round_, grade=event.grade, first=round_.first or event.grade)
    interview = _put(interview, round_)
    follow_up = event.follow_up
    if (
        follow_up is None
        or round_.outcome != "answered"
        or interview.time_over
        or interview.follow_ups_left <= 0
        or len(round_.follow_ups) >= FOLLOW_UPS_A_QUESTION
        or any(earlier.point == follow_up.point for earlier in round_.follow_ups)
    ):
        return _close(interview)
    line = Line("follow_up", len(interview.rounds) - 1, follow_up.text)
    asked = _put(interview, replace(round_, follow_ups=(*round_.follow_ups, follow_up)), line)
    return replace(asked, phase="listening")


def _close(interview: Interview) -> Interview:
    """Give feedback on the question, and go on."""
    round_ = interview.rounds[-1]
    score = round_.grade.score if round_.grade else 0.0
    level = interview.level
    if interview.plan.difficulty == "adaptive":
        level = min(3, level + 1) if score >= STRONG else max(1, level - 1) if score < WEAK else level
    interview = _said(replace(interview, level=level), Line("feedback", len(interview.rounds) - 1))
    return _finish(interview, "time") if interview.time_over else _next(interview)


def _next(interview: Interview) -> Interview:
    if len(interview.rounds) >= len(interview.slots):
        return _finish(interview, "finished")
    slot = interview.slots[len(interview.rounds)]
    item = min(slot, key=lambda item: (abs(item.level - interview.level), item.level))
    line = Line("question", len(interview.rounds), item.text)
    return replace(
        interview, phase="listening", rounds=(*interview.rounds, Round(item)), lines=(*interview.lines, line)
    )


def _finish(interview: Interview, why: Literal["finished", "time", "stopped"]) -> Interview:
    if interview.rounds and interview.rounds[-1].outcome == "open":
        interview = _put(interview, replace(interview.rounds[-1], outcome="unanswered"))
    line = Line("end", len(interview.rounds) - 1)
    return replace(interview, phase="done", paused=False, ended=why, lines=(*interview.lines, line))


def _contest(interview: Interview, event: Contested) -> Interview:
    """Count a point as made, if it was judged otherwise and the question is closed; the first grade stays."""
    if not closed(interview, event.round):
        return interview
    round_ = interview.rounds[event.round]
    points = round_.grade.points if round_.grade else ()
    if not 0 <= event.point < len(points) or points[event.point].verdict == "covered" or not round_.answers:
        return interview
    known = any(contest.point == event.point for contest in round_.contests)
    if known or not event.said.strip() or event.said not in round_.answer:
        return interview
    grade = conceded(round_.grade, {event.point: event.said}) if round_.grade else None
    contested = replace(round_, grade=grade, contests=(*round_.contests, Contest(event.point, event.said)))
    rounds = (*interview.rounds[: event.round], contested, *interview.rounds[event.round + 1 :])
    line = Line("contest", event.round, points[event.point].point.text)
    return replace(interview, rounds=rounds, lines=(*interview.lines, line))


def _add(interview: Interview, event: Worded | Improved | Reconsidered) -> Interview:
    """Take over what was written beside the talk; each only once, and about an answer only when it is closed."""
    if isinstance(event, Worded):
        known = any(line == event.line for line, _ in interview.worded)
        fits = 0 <= event.line < len(interview.lines) and event.text.strip() and not known
        return replace(interview, worded=(*interview.worded, (event.line, event.text))) if fits else interview
    if not closed(interview, event.round):
        return interview
    round_ = interview.rounds[event.round]
    if isinstance(event, Improved):
        round_ = replace(round_, improved=event.text, improved_by_model=event.by_model)
    elif round_.grade and [point.point for point in round_.grade.points] == [p.point for p in event.grade.points]:
        round_ = replace(round_, grade=event.grade)
    return replace(interview, rounds=(*interview.rounds[: event.round], round_, *interview.rounds[event.round + 1 :]))


def closed(interview: Interview, number: int) -> bool:
    """Whether a question is done with: only then may its points and its reference answer be shown."""
    return 0 <= number < len(interview.rounds) - (interview.phase != "done")


def _put(interview: Interview, round_: Round, *lines: Line) -> Interview:
    """Replace the last round."""
    return replace(interview, rounds=(*interview.rounds[:-1], round_), lines=(*interview.lines, *lines))


def _said(interview: Interview, line: Line) -> Interview:
    return replace(interview, lines=(*interview.lines, line))
