"""Train the bundled encoder from the pairs and write it as a model folder; repeatable for a seed.

python -m training.train --data FOLDER --out models/coach-encoder
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import half, read_pairs
from training.export import export
from training.static import Recipe, start_table, train
from training.vocabulary import build_tokenizer


def main(argv: Sequence[str] | None = None) -> int:
    """Build the vocabulary, embed its pieces with the teacher, train, write."""
    recipe = Recipe()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with encoder/pairs.jsonl.gz")
    parser.add_argument("--out", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--pieces", type=int, default=44_000, help="size of the vocabulary, before duplicates go")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--steps", type=int, default=recipe.steps)
    parser.add_argument("--batch", type=int, default=recipe.batch)
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--start", choices=("teacher", "random"), default="teacher", help="token vectors to start from")
    parser.add_argument("--half", action="store_true", help="train on half of the pairs; all make the vocabulary")
    args = parser.parse_args(argv)
    recipe = replace(recipe, steps=args.steps, batch=args.batch, seed=args.seed)

    pairs = read_pairs(args.data)
    print(f"{len(pairs)} pairs; building the vocabulary", flush=True)
    tokenizer = build_tokenizer(sorted({text for p in pairs for text in (p.left, p.right)}), size=args.pieces)
    pairs = half(pairs, second=False) if args.half else pairs
    vocabulary = tokenizer.get_vocab()
    pieces = sorted(vocabulary, key=vocabulary.__getitem__)
    print(f"{len(pieces)} pieces; embedding them ({args.start})", flush=True)
    vectors = _teach(pieces) if args.start == "teacher" else _draw(len(pieces), args.dimension, args.seed)
    table = train(
        pairs, tokenizer, lambda counts: start_table(vectors, counts, recipe, args.dimension), recipe,
        lambda step, loss, _: print(f"step {step}: loss {loss:.3f}", flush=True),
    )  # fmt: skip
    export(table, tokenizer, args.out)
    print(f"written to {args.out}")
    return 0


def _teach(pieces: list[str]) -> NDArray[np.float32]:
    from training.teacher import Teacher

    return Teacher(max_tokens=32).encode(pieces, "query: ", tokens_per_batch=4096)


def _draw(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main())
