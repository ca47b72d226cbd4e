"""Answers are written whether or not somebody looks."""

import threading

import pytest

from coach.records import Answer, Done, Hits, Text
from coach.ui.answers import Answers, new_id
from tests.ui.fake import ASKED, FakeCoach


class GatedCoach(FakeCoach):
    """Writes a word whenever the gate is opened."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.ended = threading.Event()

    def ask(self, text, history=()):
        self.histories.append(history)
        try:
            yield Hits(())
            for word in ("一", "二", "三"):
                assert self.gate.acquire(timeout=30)
                yield Text(word)
            yield Done(Answer("一二三"))
        finally:
            self.ended.set()


@pytest.fixture
def coach():
    return GatedCoach()


def test_it_goes_on_without_a_reader_and_is_stored(coach):
    answers, name = Answers(coach), new_id()
    writing = answers.begin(name, "问")
    assert answers.load(name).exchanges[0].going_on, "stored as soon as it is asked"
    coach.gate.release(3)
    assert list(writing.follow())[-1].answer.text == "一二三"
    assert answers.going_on(name) is None and coach.conversations.load(name).exchanges[0].answer.text == "一二三"


def test_two_readers_see_the_same_end(coach):
    answers, name = Answers(coach), new_id()
    writing, seen = answers.begin(name, "问"), []
    readers = [threading.Thread(target=lambda: seen.append(list(writing.follow())[-1])) for _ in range(2)]
    for reader in readers:
        reader.start()
    coach.gate.release(3)
    for reader in readers:
        reader.join(30)
    assert len(seen) == 2 and seen[0] == seen[1] and seen[0].answer


def test_stopping_is_shown_at_once_and_ends_the_writing(coach):
    answers, name = Answers(coach), new_id()
    writing = answers.begin(name, "问")
    answers.stop(name)
    assert writing.exchange.stage == "stopped" and answers.load(name).exchanges[0].stage == "stopped"
    coach.gate.release(3)
    assert coach.ended.wait(30) and writing.exchange.stage == "stopped"
    answers.stop(name)


def test_asking_in_mid_answer_stops_the_answer_before(coach):
    answers, name = Answers(coach), new_id()
    first, second = answers.begin(name, "问"), answers.begin(name, "再问")
    assert first.exchange.stage == "stopped" and second.number == 2
    coach.gate.release(6)
    assert list(second.follow())[-1].answer
    assert [exchange.stage for exchange in answers.load(name).exchanges] == ["stopped", "done"]


def test_what_another_process_left_unfinished_is_shown_as_stopped(coach):
    coach.conversations.begin("c1", "问")
    assert Answers(coach).load("c1").exchanges[0].stage == "stopped"


def test_a_follow_up_knows_what_was_said():
    coach = FakeCoach()
    answers, name = Answers(coach), new_id()
    for question in ASKED[:2]:
        list(answers.begin(name, question).follow())
    list(answers.begin(name, ASKED[1], again=True).follow())
    assert [[turn.text for turn in history][::2] for history in coach.histories] == [[], [ASKED[0]], [ASKED[0]]]
