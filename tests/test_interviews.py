"""`coach.interviews` with a grader of plain rules: sessions, drafts, crashes, contests, schedule."""

import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from coach.errors import InterviewError
from coach.interviews import Interviews
from coach.talk.contests import with_contests
from coach.talk.events import Answered, Ended, Hinted, Plan, Skipped, Ticked, Unknown
from coach.talk.sessions import Session
from tests.support.grading import WordGrader
from tests.support.interviews import DAY, Clock, Shelf


def good(session: Session) -> Answered:
    return Answered(session.interview.rounds[-1].item.reference)


def test_a_session_is_kept_and_told_in_the_list(interviews: Interviews, clock: Clock) -> None:
    session = interviews.start(Plan(count=2))
    clock.now += 60
    session = interviews.send(session.id, good(session))
    assert interviews.open(session.id) == session
    assert interviews.sessions()[0].ended_at is None
    clock.now += 60
    session = interviews.send(session.id, good(session))
    assert session.interview.phase == "done"
    assert interviews.sessions()[0].ended_at == clock.now
    told = interviews.report(session.id)
    assert (told.score, told.seconds) == (1.0, 120.0)
    assert len(told.trend) == 1


def test_what_makes_no_sense_is_not_stored(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=1))
    assert interviews.send(session.id, Answered("   ")).number == session.number
    done = interviews.send(session.id, Ended())
    assert interviews.send(session.id, Hinted()).number == done.number


def test_a_draft_is_kept_until_the_answer_is_sent(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=2))
    interviews.save_draft(session.id, "half an ans\udcffwer")
    assert interviews.draft(session.id) == "half an ans?wer"
    interviews.send(session.id, Hinted())
    assert interviews.draft(session.id) == "half an ans?wer"
    interviews.send(session.id, Answered("half an answer"))
    assert interviews.draft(session.id) == ""


def test_the_draft_counts_when_the_time_is_over(interviews: Interviews, clock: Clock) -> None:
    session = interviews.start(Plan(count=2, minutes=1))
    interviews.save_draft(session.id, session.interview.rounds[0].item.reference)
    clock.now += 5
    assert interviews.send(session.id, Ticked()).number == session.number  # ticks fill no database
    clock.now += 60
    session = interviews.send(session.id, Ticked())
    assert (session.interview.ended, interviews.report(session.id).score) == ("time", 1.0)


def test_another_window_is_noticed(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=2))
    interviews.send(session.id, Hinted())
    with pytest.raises(InterviewError, match="another window"):
        interviews._sessions.append(session, Hinted(), session.interview)


def test_unknown_sessions_and_empty_plans_are_told(interviews: Interviews) -> None:
    assert interviews.resume() is None
    with pytest.raises(InterviewError, match="no interview"):
        interviews.open("nope")
    with pytest.raises(InterviewError, match="due for review"):
        interviews.start(Plan(source="due"))


def test_the_reference_is_told_after_the_question(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=2, follow_ups=0))
    assert interviews.reference(session.id, 0) == ""
    reference = session.interview.rounds[0].item.reference
    interviews.send(session.id, Answered("no idea about that"))
    assert interviews.reference(session.id, 0) == reference


def test_a_contested_point_counts_when_it_is_said_again(interviews: Interviews, clock: Clock) -> None:
    session = interviews.start(Plan(count=1, follow_ups=0))
    mine = "The second letter comes afterwards always."
    session = interviews.send(session.id, Answered(f"Something else.\n{mine}"))
    contested = interviews.contest(session.id, 0, 1, mine)
    assert contested.interview.rounds[0].contests[0].said == mine
    clock.now += 30 * DAY
    again = interviews.start(Plan(count=1, follow_ups=0, source="due"))
    assert again.interview.rounds[0].item.question_id == session.interview.rounds[0].item.question_id
    again = interviews.send(again.id, Answered("Well: the second letter always comes afterwards."))
    grade = again.interview.rounds[0].grade
    assert grade is not None
    assert (grade.points[1].verdict, grade.points[1].reason, grade.score) == ("covered", "contested", 0.5)


def test_a_contested_point_counts_at_once(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=1, follow_ups=0))
    session = interviews.send(session.id, Answered("The second letter comes afterwards."))
    assert interviews.report(session.id).score == 0.0
    session = interviews.contest(session.id, 0, 1)
    round_ = session.interview.rounds[0]
    assert round_.grade is not None
    assert round_.first is not None
    assert (round_.first.score, round_.grade.score, round_.grade.points[1].verdict) == (0.0, 0.5, "covered")
    assert interviews.report(session.id).score == 0.5
    assert interviews.memories()[round_.item.question_id].last.score == 0.5


def test_edited_points_are_graded_against_until_the_article_changes(interviews: Interviews, shelf: Shelf) -> None:
    shelf.all = shelf.all[:1]
    assert [point.text for point in interviews.key_points("q0").points] == ["alpha0 leads", "beta0 follows"]
    found = interviews.set_key_points("q0", ["beta0 follows", " ", "gamma0 ends", "beta0 follows"])
    assert (found.edited, found.stale, [point.text for point in found.points]) == (
        True, False, ["beta0 follows", "gamma0 ends"],
    )  # fmt: skip
    session = interviews.start(Plan(count=1, follow_ups=0))
    session = interviews.send(session.id, Answered("gamma0 ends"))
    assert interviews.report(session.id).score == 0.5
    shelf.all = [replace(shelf.all[0], answer="delta0 begins")]
    found = interviews.key_points("q0")
    assert (found.stale, found.kept, [point.text for point in found.points]) == (
        True, ("beta0 follows", "gamma0 ends"), ["delta0 begins"],
    )  # fmt: skip
    assert not interviews.reset_key_points("q0").edited
    with pytest.raises(InterviewError, match="at least one"):
        interviews.set_key_points("q0", [" "])
    with pytest.raises(InterviewError, match="no question"):
        interviews.key_points("nope")


@pytest.mark.parametrize("words", ["不知道", "抱歉，这题我不太清楚。", "I don't know, sorry.", "没了解过"])
def test_not_knowing_in_words_is_not_knowing(interviews: Interviews, words: str) -> None:
    session = interviews.start(Plan(count=2))
    session = interviews.send(session.id, Answered(words))
    assert session.interview.rounds[0].outcome == "unknown"
    assert len(session.interview.rounds) == 2


def test_contests_change_nothing_else() -> None:
    grade = WordGrader().grade("q", "alpha leads。beta follows", "alpha leads")
    assert with_contests(grade, "alpha leads", [("beta follows", "second letter afterwards")]) == grade
    assert with_contests(grade, "second letter afterwards", [("gamma", "second letter afterwards")]) == grade


def test_what_is_due_comes_back_and_a_changed_article_makes_stale(
    interviews: Interviews, shelf: Shelf, clock: Clock
) -> None:
    session = interviews.start(Plan(count=2, follow_ups=0))
    known = session.interview.rounds[0].item.question_id
    session = interviews.send(session.id, good(session))
    forgotten = session.interview.rounds[1].item.question_id
    interviews.send(session.id, Unknown())
    assert interviews.due() == []
    clock.now += 1.1 * DAY
    assert [question.id for question in interviews.due()] == [forgotten]
    (topic,) = interviews.mastery()
    assert (topic.asked, topic.total, topic.stale, topic.due) == (2, 4, 0, 1)
    shelf.all = [replace(q, answer="new") if q.id == known else q for q in shelf.all]
    assert {question.id for question in interviews.due()} == {known, forgotten}
    assert interviews.mastery()[0].stale == 1
    assert len(interviews.mastery_over_time()) == 1


def test_only_new_questions(interviews: Interviews) -> None:
    session = interviews.start(Plan(count=3))
    for _ in range(3):
        session = interviews.send(session.id, Skipped())
    seen = {round_.item.question_id for round_ in session.interview.rounds}
    fresh = interviews.preview(Plan(count=4, source="new"))
    assert seen.isdisjoint(item.question_id for slot in fresh.slots for item in slot)


CRASH = """
import os, signal, sys
from pathlib import Path
from coach.interviews import Interviews
from coach.talk.contests import with_contests
from coach.talk.events import (Answered, Hinted, Plan)
from tests.support.grading import WordGrader
from tests.support.interviews import Shelf

class Killed(WordGrader):
    def grade(self, question, reference, answer, points=None):
        if answer.startswith("last words"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().grade(question, reference, answer, points)

interviews = Interviews(Path(sys.argv[1]), Shelf(), Killed())
session = interviews.start(Plan(count=3, follow_ups=0))
session = interviews.send(session.id, Answered(session.interview.rounds[-1].item.reference))
interviews.save_draft(session.id, "half an answer")
if sys.argv[2] == "typing":
    os.kill(os.getpid(), signal.SIGKILL)
interviews.send(session.id, Answered("last words"))
"""


@pytest.mark.parametrize("moment", ["typing", "grading"])
def test_sigkill_loses_nothing(tmp_path: Path, shelf: Shelf, moment: str) -> None:
    path = tmp_path / "interviews.sqlite3"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CRASH), str(path), moment],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    grader = WordGrader()
    interviews = Interviews(path, shelf, grader)
    session = interviews.resume()
    assert session is not None
    rounds = session.interview.rounds
    if moment == "typing":
        assert (len(rounds), session.interview.phase, grader.graded) == (2, "listening", 0)
        assert interviews.draft(session.id) == "half an answer"
    else:  # the answer was sent: it is graded now, and the next question asked
        assert (len(rounds), rounds[1].answers, grader.graded) == (3, ("last words",), 1)
        assert interviews.draft(session.id) == ""
    interviews.close()
