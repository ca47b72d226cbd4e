"""Conversations outlive the process; deleting can be undone; a search finds words anywhere."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from coach.errors import ConversationError
from coach.records import Answer, Citation, Hit, Passage, Preview, Question, Waiting
from coach.talk.conversations import DATABASE, KEPT_SECONDS, LONGEST_TITLE, Conversations, Exchange

PASSAGE = Passage("p1", "除以根号 d。", "为什么缩放？", "a1", "注意力", "a.md:3", "q1", ("注意力",), 0, 3, None)
ANSWER = Answer("除以根号 d。[1]", (Citation(1, PASSAGE, "除以根号 d。", 0, 7, 1.0),), question="为什么缩放？")
ABSTAINED = Answer("没有。", abstained=True, nearest=(Question("q1", "为什么缩放？", "答", "a1"),), writer="none")


class Clock:
    now = 1000.0

    def __call__(self):
        Clock.now += 1
        return Clock.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Conversations(tmp_path / DATABASE, clock)
    yield store
    store.close()


def done(question, answer=ANSWER):
    return Exchange(question, (Hit(PASSAGE, 0.9),), "草稿", answer, stage="done")


@pytest.mark.parametrize(
    "exchange",
    [
        done("问"),
        done("问", ABSTAINED),
        Exchange("问", draft="半句", stage="stopped"),
        Exchange("问", problem="坏了", stage="failed"),
    ],
    ids=lambda exchange: exchange.stage,
)
def test_what_was_finished_comes_back_as_it_was(store, tmp_path, exchange):
    store.finish("c1", store.begin("c1", "问"), exchange)
    again = Conversations(tmp_path / DATABASE)
    (kept,) = again.load("c1").exchanges
    again.close()
    assert kept.answer == exchange.answer and kept.hits == exchange.hits
    assert (kept.stage, kept.problem) == (exchange.stage, exchange.problem)
    assert kept.draft == ("" if exchange.answer else exchange.draft), "an answer needs no draft beside it"


def test_what_only_bridges_the_time_is_not_stored(store):
    exchange = Exchange("问", preview=ANSWER, waiting=Waiting(1, 2.0), draft="半", stage="stopped")
    store.finish("c1", store.begin("c1", "问"), exchange)
    assert store.load("c1").exchanges[0].preview is None and store.load("c1").exchanges[0].waiting is None
    assert Preview(ANSWER).answer is ANSWER


def test_the_title_is_the_first_question(store):
    store.begin("c1", "  为什么\n缩放？ ")
    store.begin("c1", "第二问")
    assert store.load("c1").title == "为什么 缩放？"
    store.begin("c2", "长" * 200)
    assert len(store.load("c2").title) == LONGEST_TITLE


def test_a_changed_first_question_changes_the_title_unless_it_was_chosen(store):
    store.begin("c1", "旧")
    assert store.begin("c1", "新", again=True) == 1
    assert store.load("c1").title == "新" and [one.question for one in store.load("c1").exchanges] == ["新"]
    store.rename("c1", "我的名字")
    store.begin("c1", "更新", again=True)
    assert store.load("c1").title == "我的名字"
    store.rename("c1", "  ")
    assert store.load("c1").title == "我的名字"


def test_an_answer_that_comes_late_does_not_overwrite_another_question(store):
    number = store.begin("c1", "旧")
    store.begin("c1", "新", again=True)
    store.finish("c1", number, done("旧"))
    assert store.load("c1").exchanges[0].stage == "searching"
    store.finish("gone", 1, done("旧"))
    assert store.load("gone").exchanges == ()


def test_the_end_of_a_long_conversation_is_loaded_alone(store):
    for number in range(1, 31):
        store.begin("c1", f"问 {number}")
    found = store.load("c1", last=4)
    assert found.earlier == 26 and [one.question for one in found.exchanges] == [f"问 {n}" for n in range(27, 31)]


def test_the_newest_stands_first_and_words_are_found_anywhere(store):
    store.finish("c1", store.begin("c1", "甲 100%"), done("甲 100%"))
    store.begin("c2", "乙_b")
    store.begin("c1", "后来又问")
    assert [info.id for info in store.listed()] == ["c1", "c2"]
    for words, found in (
        ("后来", ["c1"]),
        ("根号 甲", ["c1"]),
        ("100%", ["c1"]),
        ("%", ["c1"]),
        ("_", ["c2"]),
        ("丙", []),
    ):
        assert [info.id for info in store.listed(words)] == found, words


def test_deleting_can_be_undone_for_an_hour(store, clock):
    store.begin("c1", "问")
    store.delete("c1")
    assert store.listed() == [] and store.load("c1").exchanges == ()
    store.undelete("c1")
    assert len(store.load("c1").exchanges) == 1
    store.delete("c1")
    Clock.now += KEPT_SECONDS + 10
    store.begin("c2", "别的")
    store.delete("c2")
    store.undelete("c1")
    assert store.listed() == []


def test_a_body_of_another_version_is_told(store, tmp_path):
    store.begin("c1", "问")
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("UPDATE exchanges SET body = '{}'")
    connection.close()
    with pytest.raises(ConversationError, match="another version"):
        store.load("c1")


KILLED = """
import sys, time
from pathlib import Path
from coach.talk.conversations import Conversations, Exchange
from coach.records import Answer
store = Conversations(Path(sys.argv[1]))
store.finish("c1", store.begin("c1", "first"), Exchange("first", answer=Answer("yes"), stage="done"))
store.begin("c1", "second")
print("asked", flush=True)
time.sleep(600)
"""


def test_killing_the_process_in_mid_answer_loses_the_unfinished_answer_alone(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / DATABASE)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "asked\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    store = Conversations(tmp_path / DATABASE)
    first, second = store.load("c1").exchanges
    store.close()
    assert first.answer.text == "yes" and (second.question, second.stage) == ("second", "searching")
