"""Choose the weight of the keyword score: `python -m training.fusion --data FOLDER`.

Prints recall@5 and MRR@10 of every development set for a range of weights; 1 is keywords alone, 0 is meaning alone. One
weight for all sets is wanted: the one that is best on average and below neither ranker anywhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coach.config import PROJECT
from coach.index.encoder import load_encoder
from coach.index.matching import Match
from coach.index.memory import memory_search
from training.evaluate import all_sets

WEIGHTS = (1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.0)
DEPTH = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/ and encoder/")
    parser.add_argument("--model", default="bundled")
    args = parser.parse_args(argv)
    encoder = load_encoder(args.model, models=PROJECT / "models")
    print(f"{'set':24}" + "".join(f"{weight:>14}" for weight in WEIGHTS))
    for dev in all_sets(args.data):
        search, ids = memory_search(dev.passages, encoder)
        row = {id_: number for number, id_ in enumerate(ids)}
        found = [search.find(query) for query in dev.queries]
        cells = []
        for weight in WEIGHTS:
            places = []
            for each, gold in zip(found, dev.gold, strict=True):
                scores = {
                    id_: weight * each.matches.get(id_, Match()).score + (1 - weight) * each.cosines.get(id_, 0.0)
                    for id_ in {**each.matches, **each.cosines}
                }
                best = sorted(scores, key=lambda id_: -scores[id_])[:DEPTH]
                places.append(next((place for place, id_ in enumerate(best, 1) if row[id_] in gold), np.inf))
            cells.append(f"{np.mean(np.array(places) <= 5):.3f}/{np.mean(1 / np.array(places)):.3f}")
        print(f"{dev.name:24}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
