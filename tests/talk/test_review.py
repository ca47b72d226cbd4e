"""The schedule is replayed from the reviews; mastery fades; a changed article makes it stale."""

from dataclasses import replace

from fsrs import Rating

from coach.records import Question
from coach.talk.planning import topic_of
from coach.talk.review import Review, by_topic, due, fingerprint, memories, over_time, rating

DAY = 86_400.0
QUESTION = Question("q", "What is it?", "This  is\nthe answer", "a", ("t",))


def review(score: float, day: float = 0.0, **more: object) -> Review:
    made = Review("q", day * DAY, score, "answered", 0, "t", fingerprint(QUESTION.answer))
    return replace(made, **more)


def test_ratings_follow_the_score() -> None:
    scores = (0.2, 0.5, 0.7, 0.9)
    assert [rating(review(score)) for score in scores] == [Rating.Again, Rating.Hard, Rating.Good, Rating.Easy]
    assert rating(review(1.0, hints=1)) == Rating.Hard
    assert rating(review(1.0, outcome="unknown")) == Rating.Again


def test_what_was_answered_well_comes_back_later_and_mastery_fades() -> None:
    bad, good = (memories([review(score)])["q"] for score in (0.1, 1.0))
    assert bad.due < good.due
    assert good.mastery(DAY) > good.mastery(60 * DAY) > 0
    assert memories([review(0.1, 5), review(1.0, 0)])["q"].last.score == 0.1  # in the order of their time


def test_due_names_stale_ones_first_and_white_space_changes_nothing() -> None:
    known = memories([review(1.0), replace(review(0.1), question_id="r")])
    other = replace(QUESTION, id="r")
    assert due([QUESTION, other], known, DAY / 2) == []
    assert due([QUESTION, other], known, 2 * DAY) == [other]
    assert due([replace(QUESTION, answer="This is the answer")], known, DAY / 2) == []
    changed = replace(QUESTION, answer="Something else")
    assert due([changed, other], known, 2 * DAY) == [changed, other]


def test_mastery_by_topic_and_over_time() -> None:
    known = memories([review(0.5)])
    (topic,) = by_topic([QUESTION, replace(QUESTION, id="never")], known, DAY, topic_of)
    assert (topic.topic, topic.asked, topic.total, topic.stale) == ("t", 1, 2, 0)
    history = over_time([review(0.2, 1), review(1.0, 3)], [2 * DAY, 4 * DAY])
    assert history[0][1]["t"] < history[1][1]["t"]
    assert over_time([], []) == []
