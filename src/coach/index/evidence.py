"""Is there enough evidence to answer? A confidence in 0..1 from what was retrieved. Knows no prompts.

Two logistic regressions, fitted by `training/answerability.py`: one where the best passage has a question of its own,
one where it is bare text. One score alone separates badly near the topics of the articles. `docs/retrieval.md` tells
how well they do on sets that they were not fitted on.
"""

import math
import re
from dataclasses import dataclass, fields

from coach.index.definition import KIND, opens_with, says_define
from coach.index.keyword import subjects_to_define
from coach.index.matching import Match
from coach.index.search import Found
from coach.records import Hit

LOOKED_AT = 5
"""Hits that are looked at."""
_NUMBER = re.compile(
    r"多少|几(?!乎)|哪一?年|什么时候|何时|多[大长久快]|"
    r"how (?:many|much|long|large|big|fast)|what year|when (?:was|did)",
    re.IGNORECASE,
)


_VERSION = re.compile(r"[a-z]+[0-9][a-z0-9]*")
UNHEARD = 2.0
"""Log odds that a numbered name takes away which no passage holds, such as GPT-5: what is said of its elder brother is
no answer. Set by hand; the sets that the regressions are fitted on ask for too few such names."""


ABSENT = 1.0
"""Log odds that are taken away as far as neither of the first two passages holds the names asked about: the loss of
CLIP is not that of DPO. Set by hand: the words that machine rewording adds hide it from the fit."""
UNDEFINED = 2.0
"""Log odds that are taken away where it is asked what a thing is, and neither of the first two passages introduces it
or begins with its name. Set by hand, as above: the sets ask for few definitions that their articles lack."""


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for an answer, each about 0..1.

    Attributes:
        coverage: Share, by rarity, of the question's concepts that the best passage holds.
        keyword: Highest keyword score.
        dense: Highest cosine.
        question: Share of the question's concepts that the most similar own question of a passage names.
        own: Share of that own question that was asked.
        same: The product of both.
        unknown: Share, by rarity, of the concepts that no passage holds.
        margin: How far the first hit is above the last.
        number: Whether a number is asked for, and the first hit holds none.
        short: 1 / number of concepts.
        alike: How well the best passage's words mean what the concepts mean.
        opening: The same of a passage's opening.
    """

    coverage: float = 0.0
    keyword: float = 0.0
    dense: float = 0.0
    question: float = 0.0
    own: float = 0.0
    same: float = 0.0
    unknown: float = 0.0
    margin: float = 0.0
    number: float = 0.0
    short: float = 0.0
    alike: float = 0.0
    opening: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression over the features."""

    bias: float
    weights: Features


NAMES = tuple(field.name for field in fields(Features))
HEADED = Model(
    -3.96, Features(dense=4.18, question=2.56, own=1.77, margin=0.04, number=-1.52, short=-1.59, opening=2.31)
)
"""For passages with a question of their own."""
BARE = Model(
    -3.86,
    Features(coverage=1.51, keyword=3.14, dense=4.39, margin=6.25, number=-0.61, short=-3.12, alike=0.08, opening=0.61),
)
"""For bare text."""


def headed(found: Found) -> bool:
    """Whether the first hit has a question of its own."""
    return bool(found.hits and found.hits[0].passage.question)


def features(question: str, found: Found) -> Features:
    """Measure the evidence that a search for the question found."""
    hits = found.hits[:LOOKED_AT]
    total = sum(each.idf for each in found.rare)
    if not hits or total <= 0:
        return Features(dense=max((hit.dense for hit in hits), default=0.0))
    matches = [found.matches[hit.passage.id] for hit in hits if hit.passage.id in found.matches]
    alike = max(matches, key=lambda match: match.question * match.own, default=Match())
    dense = max(hit.dense for hit in hits)
    # An encoder whose single words mean little tells neither what is alike nor how texts open: the cosine stands in.
    told = any(match.alike for match in matches)
    return Features(
        coverage=max((match.coverage for match in matches), default=0.0),
        keyword=max(hit.keyword for hit in hits),
        dense=dense,
        question=alike.question,
        own=alike.own,
        same=alike.question * alike.own,
        unknown=sum(each.idf for each in found.rare if not each.passages) / total,
        margin=hits[0].score - hits[-1].score,
        number=float(bool(_NUMBER.search(question)) and not _holds_number(hits[0])),
        short=1 / len(found.rare),
        alike=max(match.alike for match in matches) if told else dense,
        opening=max(match.opening for match in matches) if told else dense,
    )


def logit(question: str, found: Found) -> float:
    """Return the log odds that the hits hold the answer."""
    measured = features(question, found)
    model = HEADED if headed(found) else BARE
    unheard = any(not each.passages and _VERSION.fullmatch(each.concept.word) for each in found.rare)
    return (
        model.bias
        - UNHEARD * unheard
        - UNDEFINED * _undefined(question, found)
        - ABSENT * _absent(found)
        + sum(float(getattr(model.weights, name) * getattr(measured, name)) for name in NAMES)
    )


def confidence(question: str, found: Found, shift: float = 0.0) -> float:
    """Return the probability that the hits hold the answer; `shift` is that of the articles' calibration."""
    return 1 / (1 + math.exp(-logit(question, found) - shift))


def _absent(found: Found) -> float:
    best = [found.matches[hit.passage.id].names for hit in found.hits[:2] if hit.passage.id in found.matches]
    return 1 - max(best, default=1.0)


def _undefined(question: str, found: Found) -> bool:
    if not (says_define(question) and found.hits):
        return False
    subjects = [each.forms for each in subjects_to_define(question, found.rare)]
    best = [hit.passage for hit in found.hits[:2]]
    introduced = max(found.matches.get(passage.id, Match()).introduces for passage in best)
    return bool(subjects) and introduced < KIND and not any(opens_with(passage.text, subjects) for passage in best)


def _holds_number(hit: Hit) -> bool:
    return any(character.isdigit() for character in hit.passage.text)
