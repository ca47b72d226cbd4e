"""Is there enough evidence to answer? A confidence in 0..1 from what was retrieved. Knows no prompts.

A logistic regression over normalised scores: one score alone separates badly near the topics of the corpus.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coach.index.words import content_words, segment
from coach.records import Hit

LOOKED_AT = 5
"""Hits that are looked at."""


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an answer, each in 0..1.

    Attributes:
        coverage: Share, by rarity, of the question's words that the best passage holds.
        question: The same for the best passage's own question, as a Jaccard similarity.
        dense: Highest cosine.
        keyword: Highest normalised BM25.
    """

    coverage: float
    question: float
    dense: float
    keyword: float


BIAS = -5.0
WEIGHTS = Features(coverage=4.5, question=2.5, dense=3.0, keyword=1.5)


def features(hits: Sequence[Hit], rarities: Mapping[str, float]) -> Features:
    """Measure the evidence; `rarities` are those of the question's content words."""
    total = sum(rarities.values())
    if not hits or total <= 0:
        return Features(0.0, 0.0, max((hit.dense for hit in hits), default=0.0), 0.0)
    best_coverage = best_question = 0.0
    usual = total / len(rarities)
    for hit in hits[:LOOKED_AT]:
        passage = hit.passage
        held = set(segment(" ".join((passage.title, *passage.headings, passage.question, passage.text))))
        best_coverage = max(best_coverage, sum(value for word, value in rarities.items() if word in held) / total)
        own = set(content_words(passage.question))
        shared = sum(value for word, value in rarities.items() if word in own)
        either = total + usual * len(own - set(rarities))
        best_question = max(best_question, shared / either)
    return Features(best_coverage, best_question, max(hit.dense for hit in hits), max(hit.keyword for hit in hits))


def confidence(found: Features) -> float:
    """Return the probability that the hits hold the answer."""
    logit = (
        BIAS
        + WEIGHTS.coverage * found.coverage
        + WEIGHTS.question * found.question
        + WEIGHTS.dense * found.dense
        + WEIGHTS.keyword * found.keyword
    )
    return 1 / (1 + math.exp(-logit))
