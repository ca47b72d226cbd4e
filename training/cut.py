"""How much of the teacher is left in its first layers? Healed by least squares, which needs minutes, not days.

python -m training.cut --data FOLDER

The teacher reads some thousand texts of the pairs (64 tokens of each). Its final vectors, less their mean, are
predicted from the means of what its first 2, 3 and 4 layers give out (ridge regression). Printed is recall@5 / MRR@10
of the development sets by cosine: the layers as they are, predicted vectors, predicted vectors + the bundled table's.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.index.encoder import load_encoder
from training.data import read_dev_sets, read_pairs
from training.evaluate import measure
from training.teacher import Teacher

DEPTHS = (2, 3, 4)
TOKENS = 64
RIDGES = (0.1, 0.03, 0.01, 0.003, 0.001)  # added to the diagonal, as shares of its mean
HELD_OUT = 10  # every tenth text chooses among them
TEXTS = ("tut", "tut-en", "tut-docs", "xsec", "drcd-dev")  # sources of questions and sections
Floats = NDArray[np.float32]


def heal(shallow: Floats, final: Floats) -> tuple[Floats, Floats]:
    """Ridge regression of the final vectors on the shallow ones, both less their means.

    Returns:
        The mean of the shallow vectors, (features,), and the weights, (features, 384).
    """
    mean = shallow.mean(0)
    known, wanted = shallow - mean, final - final.mean(0)
    held = np.arange(len(known)) % HELD_OUT == 0
    square, aim = known[~held].T @ known[~held], known[~held].T @ wanted[~held]
    tried = []
    for share in RIDGES:
        weights = np.linalg.solve(square + share * np.trace(square) / len(square) * np.eye(len(square)), aim)
        tried.append((float((unit(known[held] @ weights) * unit(wanted[held])).sum(1).mean()), weights))
    cosine, weights = max(tried, key=lambda one: one[0])
    print(f"{known.shape[1]} features: cosine {cosine:.3f} to the teacher's vectors of held-out texts", flush=True)
    return mean, weights.astype(np.float32)


def unit(vectors: Floats) -> Floats:
    """Scale rows to length one."""
    scaled: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return scaled


def main(argv: Sequence[str] | None = None) -> int:
    """Fit on both sides of some pairs, then print one line per development set and depth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with encoder/ and retrieval/")
    parser.add_argument("--pairs", type=int, default=3000, help="pairs that the teacher reads")
    args = parser.parse_args(argv)
    pairs = [pair for pair in read_pairs(args.data) if pair.source in TEXTS]
    pairs = random.Random(0).sample(pairs, min(args.pairs, len(pairs)))
    teacher = Teacher(max_tokens=TOKENS)
    read = np.concatenate(
        [
            teacher.encode_depths([pair.left for pair in pairs], "query: "),
            teacher.encode_depths([pair.right for pair in pairs], "passage: "),
        ]
    )
    healed = {depth: heal(read[:, : depth + 1].reshape(len(read), -1), read[:, -1]) for depth in DEPTHS}
    print(f"{len(read)} texts read by the teacher, {time.process_time():.0f} s of processor time", flush=True)

    student, table = Teacher(max_tokens=TOKENS, layers=max(DEPTHS)), load_encoder("bundled", models=Path("models"))
    for dev in read_dev_sets(args.data):
        start = time.process_time()
        questions = student.encode_depths(dev.queries, "query: ")
        passages = student.encode_depths(dev.passages, "passage: ")
        rate = (len(questions) + len(passages)) / (time.process_time() - start)
        print(f"{dev.name}: {rate:.0f} texts through {max(DEPTHS)} layers a core second", flush=True)
        bundled = table.encode_queries(dev.queries) @ table.encode_passages(dev.passages).T
        for depth, (mean, weights) in healed.items():
            asked, told = (
                unit((side[:, : depth + 1].reshape(len(side), -1) - mean) @ weights) for side in (questions, passages)
            )
            ways = (questions[:, depth] @ passages[:, depth].T, asked @ told.T, (asked @ told.T + bundled) / 2)
            figures = [measure(scores, dev.gold) for scores in ways]
            line = "".join(f"{found['R@5']:10.3f} / {found['MRR']:.3f}" for found in figures)
            print(f"{dev.name:16}{depth} layers{line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
