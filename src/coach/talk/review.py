"""When to ask what again, and how well each topic is known: pure functions over the record of graded questions.

The schedule is FSRS (the `fsrs` package, default parameters, no fuzz, no learning steps within a day). Nothing of it is
stored: it is replayed from the reviews, so it can't disagree with them. Knows neither database nor clock.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

from fsrs import Card, Rating, Scheduler

from coach.records import Question
from coach.talk.interview import Interview, Outcome, closed

AGAIN, HARD, EASY = 0.4, 0.6, 0.85
"""Scores below which a question counts as forgotten, below which as hard, and from which as easy."""
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


@dataclass(frozen=True, slots=True)
class Review:
    """A question that was asked and graded. `at` is in seconds since the epoch; `reference` is a `fingerprint`."""

    question_id: str
    at: float
    score: float
    outcome: Outcome
    hints: int
    topic: str
    reference: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a question after its reviews. `due` is in seconds since the epoch."""

    last: Review
    due: float
    card: Card

    def recall(self, now: float) -> float:
        """Return the chance (0..1) that the answer is still known, by FSRS."""
        return float(_SCHEDULER.get_card_retrievability(self.card, _date(max(now, self.last.at))))

    def mastery(self, now: float) -> float:
        """Return last score × chance of recall, 0..1."""
        return self.last.score * self.recall(now)

    def stale(self, question: Question) -> bool:
        """Whether the article's answer has changed since."""
        return self.last.reference != fingerprint(question.answer)


@dataclass(frozen=True, slots=True)
class TopicMastery:
    """How well a topic is known.

    Attributes:
        topic: The topic.
        mastery: Mean mastery of its questions that were ever asked, 0..1.
        asked: Number of those.
        total: Number of its questions.
        stale: Asked questions whose article has changed since.
        due: Questions to ask again now.
    """

    topic: str
    mastery: float
    asked: int
    total: int
    stale: int
    due: int


def fingerprint(reference: str) -> str:
    """Return a short hash of a reference answer, the same when only white space differs."""
    return hashlib.sha256(" ".join(reference.split()).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def closed_reviews(before: Interview, after: Interview) -> list[tuple[int, Review]]:
    """Return what is to be remembered of the questions that an event closed, or whose grade it changed."""
    found = []
    for number, round_ in enumerate(after.rounds):
        same = closed(before, number) and before.rounds[number].grade == round_.grade
        if round_.grade and closed(after, number) and not same:
            item = round_.item
            review = Review(
                question_id=item.question_id,
                at=after.at,
                score=round_.grade.score,
                outcome=round_.outcome,
                hints=round_.hints,
                topic=item.topic,
                reference=fingerprint(item.reference),
            )
            found.append((number, review))
    return found


def rating(review: Review) -> Rating:
    """Return FSRS' rating of a review: by score; an answer with hints is hard at best, one not given is forgotten."""
    if review.outcome != "answered" or review.score < AGAIN:
        return Rating.Again
    if review.score < HARD or review.hints:
        return Rating.Hard
    return Rating.Easy if review.score >= EASY else Rating.Good


def memories(reviews: Iterable[Review]) -> dict[str, Memory]:
    """Replay reviews, in the order of their time, into what is known of each question, by its id."""
    found: dict[str, Memory] = {}
    for review in sorted(reviews, key=lambda review: review.at):
        before = found.get(review.question_id)
        card = before.card if before else Card(card_id=0)
        card, _ = _SCHEDULER.review_card(card, rating(review), _date(review.at))
        found[review.question_id] = Memory(review, card.due.timestamp(), card)
    return found


def due(questions: Iterable[Question], known: Mapping[str, Memory], now: float) -> list[Question]:
    """Return the questions to ask again now: stale ones first, then the longest overdue."""
    waiting = [(known[question.id], question) for question in questions if question.id in known]
    ready = [(memory, question) for memory, question in waiting if memory.due <= now or memory.stale(question)]
    ready.sort(key=lambda pair: (not pair[0].stale(pair[1]), pair[0].due, pair[1].id))
    return [question for _, question in ready]


def by_topic(
    questions: Sequence[Question], known: Mapping[str, Memory], now: float, topic_of: Callable[[Question], str]
) -> list[TopicMastery]:
    """Return the mastery of each topic that was ever asked about, the weakest first."""
    topics: dict[str, list[Question]] = {}
    for question in questions:
        topics.setdefault(topic_of(question), []).append(question)
    ready = {question.id for question in due(questions, known, now)}
    found = []
    for topic, members in topics.items():
        asked = [(known[question.id], question) for question in members if question.id in known]
        if asked:
            found.append(
                TopicMastery(
                    topic,
                    fmean(memory.mastery(now) for memory, _ in asked),
                    len(asked),
                    len(members),
                    sum(memory.stale(question) for memory, question in asked),
                    sum(question.id in ready for _, question in asked),
                )
            )
    return sorted(found, key=lambda mastery: (mastery.mastery, mastery.topic))


def over_time(reviews: Sequence[Review], moments: Iterable[float]) -> list[tuple[float, dict[str, float]]]:
    """Return the mastery of each topic as it was at some moments, by the topics noted at the time."""
    history = []
    for moment in sorted(moments):
        scores: dict[str, list[float]] = {}
        for memory in memories(review for review in reviews if review.at <= moment).values():
            scores.setdefault(memory.last.topic, []).append(memory.mastery(moment))
        history.append((moment, {topic: fmean(values) for topic, values in sorted(scores.items())}))
    return history


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
