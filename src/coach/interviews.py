"""Mock interviews as the page and the command line use them: `coach.interviews`.

Joins the parts: questions are picked, events go through the state machine into SQLite, answers are graded, graded
questions are remembered. It owns the clock; nothing below it knows the time.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from coach.index.encoder import Encoder
from coach.records import Passage, Question
from coach.talk.contests import nearest, with_contests
from coach.talk.edited import Points, QuestionPoints
from coach.talk.events import (
    Answered,
    Assessed,
    Contested,
    Happening,
    Improved,
    Plan,
    Reconsidered,
    Resumed,
    Started,
    Ticked,
    Unknown,
    Worded,
)
from coach.talk.grader import Articles, ByPoints, Grader, only_not_knowing
from coach.talk.interview import Interview, closed, step
from coach.talk.planning import Picked, pick, topic_of
from coach.talk.report import Report, report, total
from coach.talk.review import Memory, TopicMastery, by_topic, closed_reviews, due, memories, over_time
from coach.talk.sessions import Session, SessionInfo, Sessions
from coach.talk.speaking import Said, Spoken, better, prepare, reconsidered, turn
from coach.talk.wording import spoken

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

DATABASE = "interviews.sqlite3"
"""A file of its own in the home: the articles' database can be rebuilt, a person's history can't."""
TICK_SECONDS = 30.0
"""Ticks of the clock are stored no more often: so much thinking time may be lost in a crash."""


class Interviews:
    """A person's interviews: one object for one home, safe in several threads."""

    def __init__(
        self,
        path: Path,
        articles: Articles,
        grader: Grader,
        *,
        linked: Callable[[], Sequence[tuple[str, str]]] = tuple,
        clock: Callable[[], float] = time.time,
        borrowed: "Callable[[], AbstractContextManager[BaseChatModel | None]]" = nullcontext,
    ) -> None:
        """Open or make the database of interviews.

        Args:
            path: The SQLite file.
            articles: Where the questions come from.
            grader: Grades the answers.
            linked: Pairs of ids of questions that ask the same.
            clock: Seconds since the epoch.
            borrowed: Lends the language model, or None.

        Raises:
            HomeError: The file can't be used.
        """
        self._sessions = Sessions(path)
        self._articles = articles
        self._grader = grader
        self._points = Points(self._sessions, articles, grader)
        self._linked = linked
        self._clock = clock
        self._borrowed = borrowed
        self._sending = threading.RLock()

    def close(self) -> None:
        """Close the database."""
        self._sessions.close()

    # -- one interview ------------------------------------------------------------------------------------------

    def preview(self, plan: Plan) -> Picked:
        """Pick the questions of a plan without starting it.

        Raises:
            InterviewError: No question fits.
        """
        return pick(
            plan,
            self._articles.questions(),
            self._memories(),
            self._clock(),
            points=lambda question: self._grader.key_points(question.text, question.answer),
            linked=self._linked(),
        )

    def start(self, plan: Plan) -> Session:
        """Begin an interview.

        Raises:
            InterviewError: No question fits the plan.
        """
        return self._sessions.create(Started(plan, self.preview(plan).slots, self._clock()))

    def open(self, session_id: str) -> Session:
        """Return an interview as it stands, without touching it.

        Raises:
            InterviewError: There is none with this id.
        """
        return self._sessions.load(session_id)

    def resume(self, session_id: str | None = None) -> Session | None:
        """Go on with an interview after a break, a refresh or a crash; None if there is nothing to go on with.

        The clock runs from now, and an answer that was sent but not graded yet is graded.

        Args:
            session_id: An interview; None means the latest one that is not over.

        Raises:
            InterviewError: There is none with this id.
        """
        if session_id is None:
            session_id = next((info.id for info in self._sessions.listed() if info.ended_at is None), None)
        if session_id is None:
            return None
        with self._sending:
            session = self._sessions.load(session_id)
            if session.interview.phase == "done":
                return session
            return self._assess(self._append(session, Resumed(self._clock())))

    def send(self, session_id: str, event: Happening) -> Session:
        """Let something happen, now; return the interview after it. An answer is graded before this returns.

        When the time is over, the draft of an answer counts as the answer.

        Raises:
            InterviewError: There is no such interview, or it goes on in another window.
        """
        with self._sending:
            session = self._sessions.load(session_id)
            if isinstance(event, Ticked):
                now = step(session.interview, Ticked(self._clock()))
                if now.phase != "done" and now.at - session.interview.at < TICK_SECONDS:
                    return replace(session, interview=now)
                if now.ended == "time" and (draft := self._sessions.draft(session_id)).strip():
                    event = Answered(draft)
            if isinstance(event, Answered) and only_not_knowing(event.text):
                event = Unknown()
            session = self._assess(session)
            return self._assess(self._append(session, _stamped(event, self._clock())))

    def speak(self, session_id: str) -> Iterator[Spoken]:
        """Let the language model word the question or follow-up that stands now, by sentences; `Said` is the last.

        `spoken(interview, number)` has the words to show meanwhile; they stand without a model, or if its words fail.
        What it worded is kept, so that a reload shows the same.
        """
        interview = self.open(session_id).interview
        asking = [n for n, line in enumerate(interview.lines) if line.kind in ("question", "follow_up")]
        if not asking or interview.phase != "listening" or dict(interview.worded).get(asking[-1]):
            yield Said(spoken(interview, asking[-1]) if asking else "", False)
            return
        with self._borrowed() as chat:
            for piece in turn(interview, asking[-1], chat):
                if isinstance(piece, Said) and piece.by_model:
                    self.send(session_id, Worded(asking[-1], piece.text))
                yield piece

    def prepare(self, session_id: str) -> None:
        """Let the language model read the prompt with the draft early, while the candidate types; returns at once."""
        with self._borrowed() as chat:
            prepare(self.open(session_id).interview, self.draft(session_id), chat)

    def improve(self, session_id: str, round_number: int) -> Iterator[Spoken]:
        """Write the answer to a closed question anew, complete and cited; kept in `Round.improved`."""
        interview = self.open(session_id).interview
        if not closed(interview, round_number):
            yield Said("", False)
            return
        round_ = interview.rounds[round_number]
        own = [p for p in self._articles.passages(round_.item.article) if p.question_id == round_.item.question_id]
        with self._borrowed() as chat:
            for piece in better(round_, own, interview.plan.language, chat):
                if isinstance(piece, Said) and piece.text:
                    self.send(session_id, Improved(round_number, piece.text, piece.by_model))
                yield piece

    def reconsider(self, session_id: str, round_number: int) -> Session:
        """Let the language model look again at what was missed in a closed question; unchanged without one."""
        interview = self.open(session_id).interview
        if closed(interview, round_number):
            with self._borrowed() as chat:
                grade = reconsidered(interview.rounds[round_number], chat)
            if grade:
                return self.send(session_id, Reconsidered(round_number, grade))
        return self.open(session_id)

    def contest(self, session_id: str, round_number: int, point: int, said: str = "") -> Session:
        """Note that the candidate did make a point; it is used when the question comes again.

        Args:
            session_id: The interview.
            round_number: The question, from 0.
            point: The point of its grade, from 0.
            said: The words that made it, a slice of the answer; "" chooses the sentence nearest to the point.
        """
        interview = self.open(session_id).interview
        if not said and closed(interview, round_number) and (grade := interview.rounds[round_number].grade):
            said = nearest(interview.rounds[round_number].answer, grade, point)
        return self.send(session_id, Contested(round_number, point, said))

    def draft(self, session_id: str) -> str:
        """What was typed and not sent yet."""
        return self._sessions.draft(session_id)

    def save_draft(self, session_id: str, text: str) -> None:
        """Keep what is typed, against crashes."""
        self._sessions.save_draft(session_id, writable(text))

    def reference(self, session_id: str, round_number: int) -> str:
        """Return the reference answer of a question that is closed; "" before."""
        interview = self.open(session_id).interview
        return interview.rounds[round_number].item.reference if closed(interview, round_number) else ""

    def report(self, session_id: str) -> Report:
        """Count the results of an interview.

        Raises:
            InterviewError: There is none with this id.
        """
        interview = self.open(session_id).interview
        passages: dict[str, list[Passage]] = {}
        for article in {round_.item.article for round_ in interview.rounds}:
            for passage in self._articles.passages(article):
                passages.setdefault(passage.question_id, []).append(passage)
        return report(interview, passages, self._history(session_id))

    # -- all interviews -----------------------------------------------------------------------------------------

    def sessions(self) -> list[SessionInfo]:
        """All interviews, newest first."""
        return self._sessions.listed()

    def delete(self, session_id: str) -> None:
        """Delete an interview; the review schedule keeps what was learnt from it."""
        self._sessions.delete(session_id)

    def due(self) -> list[Question]:
        """Questions to ask again now: those whose article changed first, then the longest overdue."""
        answered = [question for question in self._articles.questions() if question.answered]
        return due(answered, self._memories(), self._clock())

    def mastery(self) -> list[TopicMastery]:
        """How well each topic is known that was ever asked about, the weakest first."""
        questions = [question for question in self._articles.questions() if question.answered]
        return by_topic(questions, self._memories(), self._clock(), topic_of)

    def mastery_over_time(self) -> list[tuple[float, dict[str, float]]]:
        """Mastery of each topic after each interview that is over, oldest first."""
        moments = [info.ended_at for info in self._sessions.listed() if info.ended_at is not None]
        return over_time(self._sessions.reviews(), moments)

    def memories(self) -> Mapping[str, Memory]:
        """What is remembered of each question that was ever graded, by its id."""
        return self._memories()

    def topics(self) -> dict[str, int]:
        """Topics that can be asked about, with their numbers of questions."""
        found: dict[str, int] = {}
        for question in self._articles.questions():
            if question.answered:
                found[topic_of(question)] = found.get(topic_of(question), 0) + 1
        return dict(sorted(found.items()))

    # -- key points ---------------------------------------------------------------------------------------------

    def key_points(self, question_id: str) -> QuestionPoints:
        """What a complete answer to a question must say, as the person has edited it.

        Raises:
            InterviewError: There is no such question.
        """
        return self._points.of(question_id)

    def set_key_points(self, question_id: str, texts: Sequence[str]) -> QuestionPoints:
        """Grade answers to a question against these points from now on, until the article's answer changes.

        Raises:
            InterviewError: There is no such question, or no point is left.
        """
        return self._points.change(question_id, [writable(text) for text in texts])

    def reset_key_points(self, question_id: str) -> QuestionPoints:
        """Take the article's own key points again.

        Raises:
            InterviewError: There is no such question.
        """
        return self._points.reset(question_id)

    # -- parts --------------------------------------------------------------------------------------------------

    def _memories(self) -> Mapping[str, Memory]:
        return memories(self._sessions.reviews())

    def _append(self, session: Session, event: Happening) -> Session:
        """Store an event if it changes anything."""
        after = step(session.interview, event)
        if after == session.interview:
            return session
        return self._sessions.append(
            session,
            event,
            after,
            reviews=closed_reviews(session.interview, after),
            contests=_contests(after, event) if isinstance(event, Contested) else (),
        )

    def _assess(self, session: Session) -> Session:
        """Grade the answer that waits for it."""
        interview = session.interview
        if interview.phase != "assessing":
            return session
        round_ = interview.rounds[-1]
        item = round_.item
        grade = self._grader.grade(item.text, item.reference, round_.answer, self._points.for_item(item))
        grade = with_contests(grade, round_.answer, self._sessions.contests(item.question_id))
        follow_up = None
        if round_.answers and interview.follow_ups_left > 0:
            follow_up = self._grader.follow_up(item.text, grade, round_.follow_ups, interview.plan.language)
        return self._append(session, Assessed(grade, follow_up, self._clock()))

    def _history(self, session_id: str) -> list[tuple[str, float]]:
        """Scores of the interviews up to this one, by date."""
        found = []
        for info in reversed(self._sessions.listed()):
            score = total(self._sessions.load(info.id).interview)
            if score is not None:
                found.append((datetime.fromtimestamp(info.started_at, UTC).date().isoformat(), score))
            if info.id == session_id:
                break
        return found


def open_interviews(
    home: Path,
    articles: Articles,
    encoder: Callable[[], Encoder | None],
    linked: Callable[[], Sequence[tuple[str, str]]],
    borrowed: "Callable[[], AbstractContextManager[BaseChatModel | None]]" = nullcontext,
) -> Interviews:
    """Open the interviews of a home, graded by the coach's own grader; `borrowed` lends the language model.

    Raises:
        HomeError: Their database can't be used.
    """
    return Interviews(home / DATABASE, articles, ByPoints(encoder), linked=linked, borrowed=borrowed)


def _contests(after: Interview, event: Contested) -> list[tuple[str, str, str]]:
    round_ = after.rounds[event.round]
    grade = round_.grade
    return [(round_.item.question_id, grade.points[event.point].point.text, event.said)] if grade else []


def _stamped(event: Happening, now: float) -> Happening:
    """Return the event with the time and with text that can be stored."""
    if isinstance(event, Answered):
        return replace(event, text=writable(event.text), at=now)
    return replace(event, at=now)


def writable(text: str) -> str:
    """Replace halves of surrogate pairs, which no database takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
