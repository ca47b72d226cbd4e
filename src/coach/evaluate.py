"""How well the coach does on the user's own articles, measured with their own questions.

A question's own answer counts as right. Nothing is fitted here; the figures say what to expect of these articles with
this encoder.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.index.calibration import reworded
from coach.index.memory import memory_search
from coach.index.words import cut
from coach.records import Hit, Passage
from coach.service import Coach

SAMPLE = 200
"""Questions that are tried."""
DEPTH = 10
"""Hits that are looked at for the mean reciprocal rank."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How high the right passage stands: shares among the first, the first five, and the mean reciprocal rank @10."""

    name: str
    questions: int
    recall_1: float
    recall_5: float
    mrr: float


@dataclass(frozen=True, slots=True)
class Report:
    """What `coach eval` tells.

    Attributes:
        rankings: Questions as they stand and reworded; with the questions in the index, and without.
        threshold: Confidence below which the coach abstains.
        wrong_answers: Share of questions that it answers although their own passages are left out.
        wrong_refusals: Share of reworded questions that it refuses although their passages are there.
        answers: Answers whose citations were looked at.
        citations: Their citations.
        exact: Share of the citations whose quote stands at its place in the passage, word for word.
        own: Share of the citations that point into the question's own answer.
    """

    rankings: tuple[Ranking, ...]
    threshold: float
    wrong_answers: float
    wrong_refusals: float
    answers: int
    citations: int
    exact: float
    own: float


def evaluate(coach: Coach, *, sample: int = SAMPLE, seed: int = 0) -> Report:
    """Measure retrieval, refusal and citations; seconds to a minute, by the number of articles."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    passages = coach.passages()
    own: dict[str, set[str]] = {}
    for passage in passages:
        if passage.question_id:
            own.setdefault(passage.question_id, set()).add(passage.id)
    chosen = chance.sample(sorted(own), min(sample, len(own)))
    texts = {passage.question_id: passage.question for passage in passages}
    strays = [word for id_ in chosen for word in cut(texts[id_])]
    plain = [(texts[id_], own[id_]) for id_ in chosen]
    other = [(reworded(text, chance, strays), ids) for text, ids in plain]
    bare = _bare(coach, passages)
    rankings = (
        _rank("question", plain, lambda text: coach.search(text, limit=DEPTH)),
        _rank("question, reworded", other, lambda text: coach.search(text, limit=DEPTH)),
        _rank("question, headings removed", plain, bare),
        _rank("reworded, headings removed", other, bare),
    )
    threshold = coach.refusal
    rates = min(coach.error_rates(), key=lambda rate: abs(rate.threshold - threshold), default=None)
    return Report(
        rankings,
        threshold,
        rates.wrong_answers if rates else 0.0,
        rates.wrong_refusals if rates else 0.0,
        *_citations(coach, plain[: sample // 4]),
    )


def _rank(name: str, asked: Sequence[tuple[str, set[str]]], search: Callable[[str], Sequence[Hit]]) -> Ranking:
    places = []
    for text, right in asked:
        found = [hit.passage.id in right for hit in search(text)]
        places.append(found.index(True) + 1 if True in found else 0)
    n = max(1, len(places))
    return Ranking(
        name,
        len(places),
        sum(place == 1 for place in places) / n,
        sum(1 <= place <= 5 for place in places) / n,
        sum(1 / place for place in places if place) / n,
    )


def _bare(coach: Coach, passages: Sequence[Passage]) -> Callable[[str], list[Hit]]:
    """A search over the passages' texts alone, whose hits are the coach's passages."""
    encoder = coach.encoder()
    if encoder is None or not passages:
        return lambda _: []
    search, ids = memory_search([passage.text for passage in passages], encoder)
    by_id = dict(zip(ids, passages, strict=True))
    return lambda text: [Hit(by_id[hit.passage.id], hit.score) for hit in search.search(text, limit=DEPTH)]


def _citations(coach: Coach, asked: Sequence[tuple[str, set[str]]]) -> tuple[int, int, float, float]:
    answers = [(coach.answer(text), right) for text, right in asked]
    cited = [(citation, right) for answer, right in answers for citation in answer.citations]
    exact = sum(c.passage.text[c.start : c.end] == c.quote for c, _ in cited)
    n = max(1, len(cited))
    return len(answers), len(cited), exact / n, sum(c.passage.id in right for c, right in cited) / n


def table(report: Report) -> str:
    """The report as plain text."""
    lines = [f"{'retrieval':30}{'n':>6}{'R@1':>8}{'R@5':>8}{'MRR@10':>8}"]
    lines += [f"{r.name:30}{r.questions:>6}{r.recall_1:>8.3f}{r.recall_5:>8.3f}{r.mrr:>8.3f}" for r in report.rankings]
    lines += [
        "",
        f"refusal at confidence {report.threshold:.2f}",
        f"{'answered without own passages':30}{report.wrong_answers:>8.3f}",
        f"{'refused with own passages':30}{report.wrong_refusals:>8.3f}",
        "",
        f"{report.citations} citations in {report.answers} answers",
        f"{'quoted word for word':30}{report.exact:>8.3f}",
        f"{'from the own answer':30}{report.own:>8.3f}",
    ]
    return "\n".join(lines)
