"""An interview → its report: what is counted. Pure; `report_pages` writes it.

What each dimension counts is defined in docs/interview.md.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from coach.records import Passage, PointVerdict
from coach.talk.events import Language
from coach.talk.interview import Interview, Outcome, Round, closed

DIMENSIONS = ("coverage", "correctness", "depth", "clarity")
DEEP = frozenset({"number", "formula", "side"})
"""Kinds of points that show depth, beside those that were followed up."""
LONG_CHARACTERS, LONG_WORDS = 80, 40
"""A sentence with more Chinese characters, or more Latin words, is too long to be clear when spoken."""
_WORTH = {"covered": 1.0, "partial": 0.5}
_SENTENCE = re.compile(r"[^。！？!?；;\n]+?(?:[。！？!?；;\n]|\.(?=\s|$)|$)")
_FILLER = re.compile(
    r"嗯|呃|就是说|怎么说呢|那个(?:什么|啥|，|,)|(?:^|[，,])\s*(?:那个|然后呢)|"
    r"\b(?:um+|uh+|er+m?|you know|kind of|sort of)\b",
    re.IGNORECASE,
)
_ENDS = 3
_FAIR = 0.4
"""Score below which nothing is called strong: the interview's own threshold of a weak answer."""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole` things counted."""

    part: float
    whole: float

    @property
    def value(self) -> float | None:
        """The share, 0..1; None when there was nothing to count."""
        return self.part / self.whole if self.whole else None

    def __add__(self, other: "Share") -> "Share":
        """Count both."""
        return Share(self.part + other.part, self.whole + other.whole)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question. `number` counts from 0; `score` is None if it was never answered."""

    number: int
    text: str
    topic: str
    outcome: Outcome
    score: float | None
    dimensions: Mapping[str, Share]
    round: Round


@dataclass(frozen=True, slots=True)
class Report:
    """The results of an interview.

    Attributes:
        language: Language of the report's own words.
        results: One for each question, in order.
        score: Mean score of the graded questions; None without any.
        topics: Mean score by topic, the weakest first.
        dimensions: Everything counted, over all questions.
        strongest: The best three questions at most, none of them weak.
        weakest: The worst three of the others.
        reading: Passages that hold what was missed, in the order of the questions.
        seconds: Time used, without pauses.
        trend: (date, score) of the interviews up to this one, oldest first.
    """

    language: Language
    results: tuple[Result, ...]
    score: float | None
    topics: Mapping[str, float]
    dimensions: Mapping[str, Share]
    strongest: tuple[Result, ...]
    weakest: tuple[Result, ...]
    reading: tuple[Passage, ...]
    seconds: float
    trend: tuple[tuple[str, float], ...] = ()


def report(
    interview: Interview,
    passages: Mapping[str, Sequence[Passage]] | None = None,
    history: Sequence[tuple[str, float]] = (),
) -> Report:
    """Count the results of an interview; of one that goes on, those of the questions that are closed.

    Args:
        interview: The interview.
        passages: The passages of each question, by question id.
        history: (date, score) of the interviews up to this one, oldest first.
    """
    results = tuple(
        _result(number, round_) for number, round_ in enumerate(interview.rounds) if closed(interview, number)
    )
    graded = [result for result in results if result.score is not None]
    ranked = sorted(graded, key=lambda result: -(result.score or 0.0))
    best = [one for one in ranked[: min(_ENDS, math.ceil(len(ranked) / 2))] if (one.score or 0.0) >= _FAIR]
    worst = ranked[len(best) :][::-1][:_ENDS]
    scores: dict[str, list[float]] = {}
    for result in graded:
        scores.setdefault(result.topic, []).append(result.score or 0.0)
    means = {topic: fmean(values) for topic, values in scores.items()}
    return Report(
        language=interview.plan.language,
        results=results,
        score=total(interview),
        topics=dict(sorted(means.items(), key=lambda item: item[1])),
        dimensions={name: sum((result.dimensions[name] for result in graded), Share(0, 0)) for name in DIMENSIONS},
        strongest=tuple(best),
        weakest=tuple(worst),
        reading=_reading(graded, passages or {}),
        seconds=interview.seconds,
        trend=tuple(history),
    )


def total(interview: Interview) -> float | None:
    """Return the mean score of the questions that are graded and closed; None without any."""
    scores = [
        round_.grade.score
        for number, round_ in enumerate(interview.rounds)
        if round_.grade and closed(interview, number)
    ]
    return fmean(scores) if scores else None


def missed(round_: Round) -> list[PointVerdict]:
    """The points of a question that the candidate did not make, without those that they contest."""
    points = round_.grade.points if round_.grade else ()
    contested = {contest.point for contest in round_.contests}
    return [point for place, point in enumerate(points) if point.verdict != "covered" and place not in contested]


def first_to_mend(round_: Round) -> PointVerdict | None:
    """The point to improve first: one said wrongly, then the opening, then what was half said, then what was missed."""
    contested = {contest.point for contest in round_.contests}
    points = round_.grade.points if round_.grade else ()
    needing = [point for place, point in enumerate(points) if place not in contested and point.verdict != "covered"]
    order = ("contradicted", "partial", "missed")
    return min(
        needing,
        key=lambda point: (
            point.verdict != "contradicted", point.point.kind != "opening", point.point.kind in ("number", "formula"),
            order.index(point.verdict),
        ),
        default=None,
    )  # fmt: skip


def dimensions(round_: Round) -> dict[str, Share]:
    """Count coverage, correctness, depth and clarity of one question."""
    points = round_.grade.points if round_.grade else ()
    followed = {follow_up.point for follow_up in round_.follow_ups}
    deep = [point for point in points if point.point.kind in DEEP or point.point in followed]
    said = sum(point.verdict in _WORTH for point in points)
    wrong = sum(point.verdict == "contradicted" for point in points)
    return {
        "coverage": Share(_worth(points), len(points)),
        "correctness": Share(said, said + wrong),
        "depth": Share(_worth(deep), len(deep)),
        "clarity": clarity(round_.answer),
    }


def clarity(answer: str) -> Share:
    """Count the sentences that are not too long, hold no filler and repeat no earlier one."""
    sentences = [match.group().strip() for match in _SENTENCE.finditer(answer)]
    sentences = [sentence for sentence in sentences if re.search(r"\w", sentence)]
    seen: set[str] = set()
    clear = 0
    for sentence in sentences:
        key = re.sub(r"\W", "", sentence).lower()
        long = len(re.findall(r"[\u3400-\u9fff]", sentence)) > LONG_CHARACTERS
        long = long or len(re.findall(r"[A-Za-z']+", sentence)) > LONG_WORDS
        clear += not (long or _FILLER.search(sentence) or key in seen)
        seen.add(key)
    return Share(clear, len(sentences))


def _worth(points: Sequence[PointVerdict]) -> float:
    return sum(_WORTH.get(point.verdict, 0.0) for point in points)


def _result(number: int, round_: Round) -> Result:
    score = round_.grade.score if round_.grade else None
    return Result(number, round_.item.text, round_.item.topic, round_.outcome, score, dimensions(round_), round_)


def _reading(results: Sequence[Result], passages: Mapping[str, Sequence[Passage]]) -> tuple[Passage, ...]:
    found: dict[str, Passage] = {}
    for result in results:
        own = passages.get(result.round.item.question_id, ())
        for point in missed(result.round):
            holds = next((passage for passage in own if point.source and point.source in passage.text), None)
            for passage in [holds] if holds else own[:1]:
                found.setdefault(passage.id, passage)
    return tuple(found.values())
