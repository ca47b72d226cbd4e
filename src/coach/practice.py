"""What a person has practised so far: days, interviews, topics, the weakest questions. It counts and draws nothing."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from coach.interviews import Interviews
from coach.records import Question
from coach.talk.grader import Articles
from coach.talk.interview import Interview, closed
from coach.talk.planning import KNOWN
from coach.talk.report import missed, total
from coach.talk.review import TopicMastery
from coach.talk.sessions import SessionInfo

WEAKEST = 6
SETTLED_SECONDS = 3600.0
"""An interview that ended longer ago is not read again: points are contested soon or never."""


@dataclass(frozen=True, slots=True)
class Held:
    """An interview in the history.

    Attributes:
        id: Id of the interview.
        started_at: Seconds since the epoch.
        over: Whether it is over.
        score: Mean score of its graded questions, 0..1; None without any.
        done: Questions that are closed.
        planned: Questions that it has, or would have had.
        topics: Their topics, in the order of the questions.
        seconds: Time used, without pauses.
        missed: Points that were missed, by question id.
    """

    id: str
    started_at: float
    over: bool
    score: float | None
    done: int
    planned: int
    topics: tuple[str, ...] = ()
    seconds: float = 0.0
    missed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """The day on which it began, here."""
        return day_of(self.started_at)


@dataclass(frozen=True, slots=True)
class Weak:
    """A question that is known badly: `mastery` is 0..1, `missed` are the points that the last answer lacked."""

    question: Question
    mastery: float
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Practised:
    """All that the practice tab shows.

    Attributes:
        today: The day on which this was counted.
        held: Interviews, newest first.
        topics: Mastery of each topic ever asked about, the weakest first.
        due: Questions to ask again now.
        weak: The weakest questions, the worst first.
    """

    today: date
    held: tuple[Held, ...] = ()
    topics: tuple[TopicMastery, ...] = ()
    due: int = 0
    weak: tuple[Weak, ...] = ()

    @property
    def days(self) -> dict[date, int]:
        """Questions done by day, for the days with any."""
        found: dict[date, int] = {}
        for one in self.held:
            if one.done:
                found[one.day] = found.get(one.day, 0) + one.done
        return found

    @property
    def streak(self) -> int:
        """Days of practice in a row, up to today or yesterday."""
        days, day = self.days, self.today
        if day not in days:
            day -= timedelta(days=1)
        count = 0
        while day in days:
            count, day = count + 1, day - timedelta(days=1)
        return count


def day_of(at: float) -> date:
    """Return the day of a moment (seconds since the epoch), in the time zone of this computer."""
    return datetime.fromtimestamp(at).astimezone().date()


class Practice:
    """Counts over all interviews of a home; those that are long over are counted once."""

    def __init__(self, interviews: Interviews, articles: Articles, clock: Callable[[], float] = time.time) -> None:
        self._interviews, self._articles, self._clock = interviews, articles, clock
        self._settled: dict[str, Held] = {}

    def overview(self) -> Practised:
        """Count everything."""
        now = self._clock()
        held = tuple(self._held(info, now) for info in self._interviews.sessions())
        return Practised(
            today=day_of(now),
            held=held,
            topics=tuple(self._interviews.mastery()),
            due=len(self._interviews.due()),
            weak=self._weak(held, now),
        )

    def _held(self, info: SessionInfo, now: float) -> Held:
        if info.id in self._settled:
            return self._settled[info.id]
        found = held(info, self._interviews.open(info.id).interview)
        if info.ended_at is not None and now - info.ended_at > SETTLED_SECONDS:
            self._settled[info.id] = found
        return found

    def _weak(self, held: Sequence[Held], now: float) -> tuple[Weak, ...]:
        known = self._interviews.memories()
        questions = [
            question
            for question in self._articles.questions()
            if question.answered and question.id in known and known[question.id].last.score < KNOWN
        ]
        questions.sort(key=lambda question: (known[question.id].mastery(now), question.id))
        last = {question.id: _last(held, question.id) for question in questions[:WEAKEST]}
        return tuple(
            Weak(question, known[question.id].mastery(now), last[question.id]) for question in questions[:WEAKEST]
        )


def _last(held: Sequence[Held], question_id: str) -> tuple[str, ...]:
    return next((one.missed[question_id] for one in held if question_id in one.missed), ())


def held(info: SessionInfo, interview: Interview) -> Held:
    """Sum an interview up."""
    rounds = [round_ for number, round_ in enumerate(interview.rounds) if closed(interview, number)]
    rounds = [round_ for round_ in rounds if round_.outcome != "unanswered"]
    return Held(
        id=info.id,
        started_at=info.started_at,
        over=info.ended_at is not None,
        score=total(interview),
        done=len(rounds),
        planned=len(interview.slots),
        topics=tuple(dict.fromkeys(round_.item.topic for round_ in rounds)),
        seconds=interview.seconds,
        missed={round_.item.question_id: tuple(point.point.text for point in missed(round_)) for round_ in rounds},
    )
