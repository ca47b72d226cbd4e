"""A session is its events: nothing that was acknowledged is lost, whenever the process is killed."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.errors import InterviewError
from coach.interviews import Interviews
from coach.records import Grade
from coach.talk.events import Answered, Contested, Hinted, Improved, Item, Plan, Reconsidered, Started, Worded
from coach.talk.interview import replay, step
from coach.talk.sessions import Sessions
from tests.support.grading import WordGrader
from tests.support.interviews import Shelf

STARTED = Started(Plan(count=1, language="en"), ((Item("q", "What is it?", "alpha leads。beta follows", "t"),),), 5.0)

TALK = """
import sys
from pathlib import Path
from coach.interviews import Interviews
from coach.talk.events import Answered, Hinted, Plan, Repeated
from tests.support.grading import WordGrader
from tests.support.interviews import Shelf

interviews = Interviews(Path(sys.argv[1]), Shelf(40), WordGrader())
session = interviews.start(Plan(count=30, follow_ups=9))
turn = 0
while session.interview.phase != "done":
    turn += 1
    interviews.save_draft(session.id, f"draft {turn}")
    print("draft", turn, flush=True)
    event = [Hinted(), Repeated(), Answered(f"words {turn}")][turn % 3]
    session = interviews.send(session.id, event)
    print("event", session.number, flush=True)
"""


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = Sessions(tmp_path / "interviews.sqlite3")
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "interviews.sqlite3"
    root = Path(__file__).parents[2]
    stop = random.Random(seed).randrange(5, 60)
    told: list[tuple[str, int]] = []
    with subprocess.Popen([sys.executable, "-c", TALK, str(path)], cwd=root, stdout=subprocess.PIPE, text=True) as talk:
        assert talk.stdout is not None
        for line in talk.stdout:
            kind, number = line.split()
            told.append((kind, int(number)))
            if len(told) == stop:
                os.kill(talk.pid, signal.SIGKILL)
                break
    assert len(told) == stop
    interviews = Interviews(path, Shelf(40), WordGrader())
    session = interviews.resume()
    assert session is not None
    assert session.number >= max(number for kind, number in told if kind == "event")
    turn = max(number for kind, number in told if kind == "draft")
    if told[-1][0] == "draft" and turn % 3 == 2:  # an answer was on its way: the draft, or the answer
        assert (
            f"draft {turn}" == interviews.draft(session.id) or f"words {turn}" in session.interview.rounds[-1].answers
        )
    assert interviews.send(session.id, Answered("and on")).number > session.number
    interviews.close()


def test_events_come_back_as_they_were(sessions: Sessions) -> None:
    session = sessions.create(STARTED)
    grade = WordGrader().grade("", "alpha leads。beta follows", "alpha leads")
    for event in (Hinted(6.0), Worded(0, "So, what is it?", 7.0), Answered("alpha\u2028leads \U0001f600", 8.0)):
        session = sessions.append(session, event, step(session.interview, event))
    assert sessions.load(session.id) == session
    for event in (Contested(0, 1, "x"), Improved(0, "better"), Reconsidered(0, grade)):
        session = sessions.append(session, event, step(session.interview, event))
    assert sessions.load(session.id).interview == session.interview


def test_two_windows_and_deleted_sessions_are_told(sessions: Sessions) -> None:
    session = sessions.create(STARTED)
    sessions.append(session, Hinted(), session.interview)
    with pytest.raises(InterviewError, match="another window"):
        sessions.append(session, Hinted(), session.interview)
    sessions.delete(session.id)
    with pytest.raises(InterviewError, match="no interview"):
        sessions.load(session.id)
    sessions.save_draft(session.id, "gone")
    assert sessions.draft(session.id) == ""


def test_a_session_of_another_version_is_told(sessions: Sessions, tmp_path: Path) -> None:
    session = sessions.create(STARTED)
    with sqlite3.connect(tmp_path / "interviews.sqlite3") as connection:
        connection.execute("UPDATE events SET body = ?", (json.dumps({"kind": "telepathy"}),))
    connection.close()
    with pytest.raises(InterviewError, match="another version"):
        sessions.load(session.id)


def test_texts_of_points_are_kept_and_forgotten(sessions: Sessions) -> None:
    sessions.save_key_points("q", "print", ["一", "two"])
    assert sessions.key_points("q") == ("print", ("一", "two"))
    sessions.save_key_points("q", "", ())
    assert sessions.key_points("q") is None


def test_what_is_written_beside_the_talk_changes_nothing_else() -> None:
    begun = replay([STARTED])
    assert step(begun, Worded(9, "no such line")) == begun
    assert step(begun, Worded(0, " ")) == begun
    once = step(begun, Worded(0, "So?"))
    assert step(once, Worded(0, "Again?")) == once
    assert step(begun, Improved(0, "the answer")) == begun  # still asked
    assert step(begun, Reconsidered(0, Grade(1.0))) == begun
