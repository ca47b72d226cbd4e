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

QUESTIONS = 60
"""Questions that are tried: a share is within ± 0.13 of that of all questions, 19 times of 20."""
ANSWERED = 20
"""Of these so many are answered, to look at their citations."""
DEPTH = 10
"""Hits that are looked at for the mean reciprocal rank."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How high the right passage stands: shares among the first 1, 5 and 10, and the mean reciprocal rank @10."""

    name: str
    questions: int
    recall_1: float
    recall_5: float
    recall_10: float
    mrr: float


@dataclass(frozen=True, slots=True)
class Report:
    """What `coach eval` tells.

    Attributes:
        rankings: Questions as they stand and reworded; with the questions in the index, and without.
        threshold: Confidence below which the coach abstains.
        wrong_answers: Share of reworded questions that it answers although their own passages are left out.
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


def evaluate(coach: Coach, *, questions: int = QUESTIONS, seed: int = 0) -> Report:
    """Measure retrieval, refusal and citations.

    Args:
        coach: Holds the articles.
        questions: How many of their questions are tried; the same ones for the same seed and articles.
        seed: Of the sample and of the rewording.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    passages = coach.passages()
    own: dict[str, set[str]] = {}
    for passage in passages:
        if passage.question_id:
            own.setdefault(passage.question_id, set()).add(passage.id)
    chosen = chance.sample(sorted(own), min(max(0, questions), len(own)))
    texts = {passage.question_id: passage.question for passage in passages}
    strays = [word for id_ in chosen for word in cut(texts[id_])]
    plain = [(texts[id_], own[id_]) for id_ in chosen]
    other = [(reworded(text, chance, strays), ids) for text, ids in plain]
    bare = _bare(coach, passages)
    weighed = [coach.weigh(text, limit=DEPTH) for text, _ in other]
    rankings = (
        _ranking("question", plain, [coach.search(text, limit=DEPTH) for text, _ in plain]),
        _ranking("question, reworded", other, [hits for hits, _ in weighed]),
        _ranking("question, headings removed", plain, [bare(text) for text, _ in plain]),
        _ranking("reworded, headings removed", other, [bare(text) for text, _ in other]),
    )
    sure = [coach.weigh(text, without=ids)[1] for text, ids in other]
    n = max(1, len(chosen))
    return Report(
        rankings,
        coach.refusal,
        sum(confidence >= coach.refusal for confidence in sure) / n,
        sum(confidence < coach.refusal for _, confidence in weighed) / n,
        *_citations(coach, plain[:ANSWERED]),
    )


def _ranking(name: str, asked: Sequence[tuple[str, set[str]]], hits: Sequence[Sequence[Hit]]) -> Ranking:
    places = []
    for (_, right), found in zip(asked, hits, strict=True):
        places.append(next((place for place, hit in enumerate(found, 1) if hit.passage.id in right), 0))
    n = max(1, len(places))
    first, five, ten = (sum(1 <= place <= most for place in places) / n for most in (1, 5, 10))
    return Ranking(name, len(places), first, five, ten, sum(1 / place for place in places if place) / n)


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
    lines = [f"{'retrieval':30}{'n':>6}{'R@1':>8}{'R@5':>8}{'R@10':>8}{'MRR@10':>8}"]
    lines += [
        f"{r.name:30}{r.questions:>6}{r.recall_1:>8.3f}{r.recall_5:>8.3f}{r.recall_10:>8.3f}{r.mrr:>8.3f}"
        for r in report.rankings
    ]
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
