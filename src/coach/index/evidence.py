"""Is there enough evidence to answer? A confidence in 0..1 from what was retrieved. Knows no prompts.

A logistic regression, fitted by `training/answerability.py`: one score alone separates badly near the topics of the
articles. `docs/retrieval.md` tells how well it does on sets that it was not fitted on.
"""

import math
import re
from dataclasses import dataclass, fields

from coach.index.search import Found
from coach.records import Hit

LOOKED_AT = 5
"""Hits that are looked at."""
_NUMBER = re.compile(
    r"多少|几(?!乎)|哪一?年|什么时候|何时|多大|多长|多久|多快|how (?:many|much|long|large|big|fast)|what year|when (?:was|did)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an answer, each about 0..1.

    Attributes:
        coverage: Share, by rarity, of the question's concepts that the best passage holds.
        keyword: Highest keyword score.
        dense: Highest cosine.
        question: Share of the question's concepts that the best passage's own question names.
        own: Share of that passage's own question that was asked.
        headed: Whether passages have questions of their own at all, as a share of the hits.
        unknown: Share, by rarity, of the concepts that no passage holds.
        margin: How far the first hit is above the fifth.
        agreement: Whether the passage nearest in meaning is among the first hits by words.
        number: Whether a number is asked for, and the first hit holds none.
        short: 1 / number of concepts.
    """

    coverage: float = 0.0
    keyword: float = 0.0
    dense: float = 0.0
    question: float = 0.0
    own: float = 0.0
    headed: float = 0.0
    unknown: float = 0.0
    margin: float = 0.0
    agreement: float = 0.0
    number: float = 0.0
    short: float = 0.0


NAMES = tuple(field.name for field in fields(Features))
BIAS = -5.0
WEIGHTS = Features(coverage=4.5, keyword=1.5, dense=3.0, question=1.5, own=1.0)


def features(question: str, found: Found) -> Features:
    """Measure the evidence that a search for the question found."""
    hits = found.hits[:LOOKED_AT]
    total = sum(each.idf for each in found.rare)
    if not hits or total <= 0:
        return Features(dense=max((hit.dense for hit in hits), default=0.0))
    matches = [found.matches[hit.passage.id] for hit in hits if hit.passage.id in found.matches]
    alike = max(matches, key=lambda match: match.question * match.own, default=None)
    return Features(
        coverage=max((match.coverage for match in matches), default=0.0),
        keyword=max(hit.keyword for hit in hits),
        dense=max(hit.dense for hit in hits),
        question=alike.question if alike else 0.0,
        own=alike.own if alike else 0.0,
        headed=sum(bool(hit.passage.question) for hit in hits) / len(hits),
        unknown=sum(each.idf for each in found.rare if not each.passages) / total,
        margin=hits[0].score - hits[-1].score,
        agreement=float(_nearest(found) in {hit.passage.id for hit in sorted(hits, key=lambda hit: -hit.keyword)[:2]}),
        number=float(bool(_NUMBER.search(question)) and not _holds_number(hits[0])),
        short=1 / len(found.rare),
    )


def logit(found: Features, shift: float = 0.0) -> float:
    """Weighted sum of the features; above 0 the hits more likely hold the answer than not."""
    return BIAS + shift + sum(getattr(WEIGHTS, name) * getattr(found, name) for name in NAMES)


def confidence(found: Features, shift: float = 0.0) -> float:
    """Return the probability that the hits hold the answer; `shift` is that of the articles' calibration."""
    return 1 / (1 + math.exp(-logit(found, shift)))


def _nearest(found: Found) -> str:
    return max(found.cosines, key=lambda id_: found.cosines[id_], default="")


def _holds_number(hit: Hit) -> bool:
    return any(character.isdigit() for character in hit.passage.text)
