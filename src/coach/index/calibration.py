"""How well the evidence score separates, on the user's own articles: each question with and without its own passages.

A question's passages are left out to see whether the coach would notice. From that come the shift of the score that
suits these articles, and both error rates by threshold. Knows no prompts.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from coach.index.evidence import logit
from coach.index.ingest import ACTIVE_ENCODER
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.index.words import STOP_WORDS, TERMS, cut
from coach.records import Passage

SAMPLE = 300
"""Questions that are tried."""
ENOUGH = 30
"""With fewer questions the shift is left at 0."""
USUAL = -1.5
"""Where reworded questions of the bundled articles put the border, in units of the logit, while questions that people
wrote put it at 0: machine rewording keeps more words than people do. From `training/answerability.py`."""
LARGEST_SHIFT = 0.5
"""The shift stays within ± this many units of the logit."""
DROPPED, STRAY = 0.25, 0.15
"""Shares of a question's words that rewording drops, and that it adds from elsewhere."""
_META = "calibration"


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Both error rates at one threshold.

    Attributes:
        threshold: Confidence below which the coach abstains.
        wrong_answers: Share of the questions that it would answer although their own passages are left out.
        wrong_refusals: Share of the questions that it would refuse although their passages are there.
    """

    threshold: float
    wrong_answers: float
    wrong_refusals: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logits of sampled questions with and without their own passages, and the shift to add to every logit."""

    held: tuple[float, ...] = ()
    missing: tuple[float, ...] = ()
    shift: float = 0.0

    def error_rates(self, steps: int = 20) -> tuple[ErrorRates, ...]:
        """Return both error rates at `steps + 1` thresholds from 0 to 1; nothing when nothing was tried."""
        if not self.held:
            return ()
        held, missing = _confidences(self.held, self.shift), _confidences(self.missing, self.shift)
        return tuple(
            ErrorRates(t, float((missing >= t).mean()), float((held < t).mean()))
            for t in (step / steps for step in range(steps + 1))
        )


def calibrate(manifest: Manifest, search: Search, *, sample: int = SAMPLE, seed: int = 0) -> Calibration:
    """Try sampled questions, reworded, with and without their own passages; choose the shift; remember it all."""
    by_question: dict[str, list[Passage]] = {}
    for passage in manifest.passages():
        if passage.question_id:
            by_question.setdefault(passage.question_id, []).append(passage)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    held, missing = [], []
    strays = [word for passages in by_question.values() for word in cut(passages[0].question)]
    for chosen in chance.sample(sorted(by_question), min(sample, len(by_question))):
        passages = by_question[chosen]
        asked = reworded(passages[0].question, chance, strays)
        held.append(logit(asked, search.find(asked)))
        missing.append(logit(asked, search.find(asked, without={p.id for p in passages})))
    found = Calibration(tuple(held), tuple(missing), _shift(held, missing))
    manifest.set_meta(_META, json.dumps({"of": _state(manifest), **asdict(found)}))
    return found


def remembered(manifest: Manifest) -> tuple[Calibration, bool]:
    """Return the last calibration (an empty one if there is none), and whether it is of the present articles."""
    stored = json.loads(manifest.meta(_META) or "{}")
    if not stored:
        return Calibration(), False
    found = Calibration(tuple(stored["held"]), tuple(stored["missing"]), stored["shift"])
    return found, stored["of"] == _state(manifest)


def _state(manifest: Manifest) -> str:
    """What a calibration is true of: these passages with this encoder."""
    return f"{manifest.generation()}:{manifest.meta(ACTIVE_ENCODER)}"


def reworded(question: str, chance: random.Random, strays: Sequence[str] = ()) -> str:
    """Say a question in other words: terms in the other language, words dropped and added, halves swapped.

    Cheap; the order of words means nothing to search, and people do drop words and use others.
    """
    words = [word for word in cut(question) if word not in STOP_WORDS]
    words = [chance.choice(TERMS[word]) if word in TERMS and chance.random() < 0.3 else word for word in words]
    kept = [word for word in words if chance.random() > DROPPED]
    words = kept if len(kept) > 1 else words
    others = [word for word in strays if word not in STOP_WORDS]
    words += [chance.choice(others) for _ in words if others and chance.random() < STRAY]
    middle = len(words) // 2
    swapped = [*words[middle:], *words[:middle]]
    return " ".join(swapped) or question


def _shift(held: Sequence[float], missing: Sequence[float]) -> float:
    """The shift with the fewest errors of both kinds, against what is usual; nearer to 0 with few questions."""
    if len(held) < ENOUGH:
        return 0.0
    yes, no = np.array(held), np.array(missing)
    tried = np.linspace(-LARGEST_SHIFT, LARGEST_SHIFT, 61)
    errors = np.array([((yes + USUAL + s < 0).mean() + (no + USUAL + s >= 0).mean()) for s in tried])
    good = tried[errors <= errors.min() + 0.01]
    best = float(good[np.argmin(np.abs(good))])
    return round(best * len(held) / (len(held) + ENOUGH), 3)


def _confidences(logits: Sequence[float], shift: float) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-(np.array(logits) + shift)))
