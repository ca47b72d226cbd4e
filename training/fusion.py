"""Fit the weights of the fused score: `python -m training.fusion --data FOLDER`.

A linear ranking by conditional logit over each question's candidates, every set weighing alike. Prints recall@5 and
MRR@10 of every development set for the keyword score alone, the cosine alone, the weights fitted without any set of
that family, and the product's weights; last the weights of the fit on all sets, for `coach/index/search.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.config import PROJECT
from coach.index.encoder import load_encoder
from coach.index.matching import Match
from coach.index.memory import memory_search
from coach.index.search import WEIGHTS, Found, Weights
from training.data import DevSet
from training.evaluate import all_sets

DEPTH = 10
PENALTY = 1e-3
NAMES = tuple(field.name for field in fields(Weights))
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's candidates: what is known of each, (candidates, features), and which are right."""

    known: Floats
    right: NDArray[np.bool_]


def measured(dev: DevSet, model: str) -> list[Asked]:
    """Ask every question of a set."""
    search, ids = memory_search(dev.passages, load_encoder(model, models=PROJECT / "models"))
    row = {id_: number for number, id_ in enumerate(ids)}
    return [_asked(search.find(query), row, gold) for query, gold in zip(dev.queries, dev.gold, strict=True)]


def _asked(found: Found, row: dict[str, int], gold: set[int]) -> Asked:
    every = list({**found.matches, **found.cosines})
    both = {row[id_]: (found.matches.get(id_, Match()).score + found.cosines.get(id_, 0.0)) / 2 for id_ in every}
    known = []
    for id_ in every:
        match, at = found.matches.get(id_, Match()), row[id_]
        beside = (both.get(at - 1, 0.0) + both.get(at + 1, 0.0)) / 2
        known.append((match.score, found.cosines.get(id_, 0.0), match.alike, match.opening, beside))
    return Asked(np.array(known).reshape(-1, len(NAMES)), np.array([row[id_] in gold for id_ in every], bool))


def fit(sets: Sequence[Sequence[Asked]]) -> Floats:
    """Weights that make the right candidates likely, none below 0, together 1."""
    from scipy.optimize import minimize

    chosen = [(each, 1 / len(asked)) for asked in sets for each in asked if each.right.any()]
    known = np.concatenate([each.known for each, _ in chosen])
    right = np.concatenate([each.right for each, _ in chosen]).astype(float)
    sizes = np.array([len(each.right) for each, _ in chosen])
    starts, owner = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(chosen)), sizes)
    share = np.array([weight for _, weight in chosen]) / len(sets)
    scale = known.std(axis=0) + 1e-9
    known = known / scale

    def loss(w: Floats) -> tuple[float, Floats]:
        scores = known @ w
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        total, hit = np.add.reduceat(raised, starts), np.add.reduceat(raised * right, starts) + 1e-12
        slope = (raised / total[owner] - raised * right / hit[owner]) * share[owner]
        return float(-(share @ np.log(hit / total)) + PENALTY * w @ w), known.T @ slope + 2 * PENALTY * w

    bounds = [(0.0, None)] * len(NAMES)
    found: Floats = minimize(loss, np.ones(len(NAMES)), jac=True, bounds=bounds, method="L-BFGS-B").x / scale
    shares: Floats = found / found.sum()
    return shares


def quality(asked: Sequence[Asked], weights: Floats) -> str:
    """Recall@5 and MRR@10; ties count against us."""
    places = np.full(len(asked), np.inf)
    for number, each in enumerate(asked):
        if each.right.any():
            scores = each.known @ weights
            places[number] = 1 + (scores[~each.right] >= scores[each.right].max()).sum()
    return f"{(places <= 5).mean():.3f} / {np.where(places <= DEPTH, 1 / places, 0).mean():.3f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/ and encoder/")
    parser.add_argument("--model", default="bundled")
    args = parser.parse_args(argv)
    sets = {dev.name: measured(dev, args.model) for dev in all_sets(args.data)}
    ours = np.array([getattr(WEIGHTS, name) for name in NAMES])
    print(f"{'set':24}{'keyword':>16}{'cosine':>16}{'left out':>16}{'product':>16}")
    for name, asked in sets.items():
        others = [each for other, each in sets.items() if other.split("-")[0] != name.split("-")[0]]
        columns = (np.eye(len(NAMES))[0], np.eye(len(NAMES))[1], fit(others), ours)
        print(f"{name:24}" + "".join(f"{quality(asked, weights):>16}" for weights in columns), flush=True)
    print(Weights(*(round(float(weight), 3) for weight in fit(list(sets.values())))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
