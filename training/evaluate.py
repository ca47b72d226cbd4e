"""Recall@5 and MRR@10 on the development sets: keywords (BM25 over jieba words), dense, and their weighted sum.

In `sum` BM25 is divided by the query's best score, in `sum, share` by the most that the query could reach: a query
whose words are mostly missing (another language) then leaves the choice to the cosine.

python -m training.evaluate --data FOLDER --model models/coach-encoder
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import jieba
import numpy as np
from numpy.typing import NDArray

from training.data import DevSet, read_dev_sets, read_pairs

KEYWORD_WEIGHT = 0.7  # of BM25 in `sum`, against the cosine
SHARE_WEIGHT = 0.5  # the same in `sum, share`
_WORD = re.compile(r"\w")


class Encodes(Protocol):
    """What an encoder must offer to be measured."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dimension) unit vectors."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dimension) unit vectors."""
        ...


def words(text: str) -> list[str]:
    """Lower-cased jieba words that hold a letter, a digit or a Han character."""
    return [word for word in jieba.lcut_for_search(text.lower()) if _WORD.search(word)]


def bm25(dev: DevSet, *, k1: float = 1.5, b: float = 0.75) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores of every passage for every query, (queries, passages); Robertson and Zaragoza, 2009.

    Returns:
        The scores, and the most that each query could reach, (queries, 1): all its words, without end.
    """
    counts = [Counter(words(passage)) for passage in dev.passages]
    lengths = np.array([sum(count.values()) for count in counts], np.float32)
    norm = k1 * (1 - b + b * lengths / max(lengths.mean(), 1))
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, count in enumerate(counts):
        for word, n in count.items():
            postings[word].append((row, n))
    scores = np.zeros((len(dev.queries), len(dev.passages)), np.float32)
    attainable = np.full((len(dev.queries), 1), 1e-9, np.float32)
    for q, query in enumerate(dev.queries):
        for word in words(query):
            found = postings.get(word, [])
            idf = math.log(1 + (len(counts) - len(found) + 0.5) / (len(found) + 0.5))
            attainable[q] += idf * (k1 + 1)
            for row, n in found:
                scores[q, row] += idf * n * (k1 + 1) / (n + norm[row])
    return scores, attainable


def dense(dev: DevSet, encoder: Encodes) -> NDArray[np.float32]:
    """Cosine of every passage to every query, (queries, passages)."""
    scores: NDArray[np.float32] = encoder.encode_queries(dev.queries) @ encoder.encode_passages(dev.passages).T
    return scores


def weighted(
    keyword: NDArray[np.float32], cosine: NDArray[np.float32], weight: float, full: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Weight x BM25 / full + (1 - weight) x cosine; `full` is the query's best score, unless given."""
    if full is None:
        full = np.maximum(keyword.max(axis=1, keepdims=True), 1e-9)
    mixed: NDArray[np.float32] = weight * keyword / full + (1 - weight) * cosine
    return mixed


def measure(scores: NDArray[np.float32], gold: Sequence[set[int]]) -> dict[str, float]:
    """Recall@1 and @5 (any gold passage counts) and MRR@10, ties broken against us."""
    ranks = []
    for row, right in zip(scores, gold, strict=True):
        best = max(row[g] for g in right)
        ranks.append(1 + sum(1 for i in np.flatnonzero(row >= best) if i not in right))
    places = np.array(ranks)
    return {
        "R@1": float((places <= 1).mean()),
        "R@5": float((places <= 5).mean()),
        "MRR": float(np.where(places <= 10, 1 / places, 0).mean()),
    }


def paraphrased(dev: DevSet, data: Path, *, seed: int = 7) -> DevSet:
    """The set with reworded queries: synonyms of the dictionary pairs, one word dropped, halves swapped."""
    synonyms = _synonyms(data)
    rng = random.Random(seed)
    queries = []
    for query in dev.queries:
        cut = [word for word in jieba.lcut(query) if _WORD.search(word)]
        cut = [rng.choice(synonyms[word]) if word in synonyms and rng.random() < 0.6 else word for word in cut]
        if len(cut) > 3:
            cut.pop(rng.randrange(len(cut)))
        middle = len(cut) // 2
        queries.append(" ".join(cut[middle:] + cut[:middle]))
    return replace(dev, name=f"{dev.name}-paraphrased", queries=queries)


def _synonyms(data: Path) -> dict[str, list[str]]:
    """Chinese words that share their first English gloss."""
    by_gloss: dict[str, set[str]] = defaultdict(set)
    for pair in read_pairs(data):
        if pair.source == "cedict" and 2 <= len(pair.left) <= 4:
            by_gloss[pair.right.split(";")[0].strip().lower()].add(pair.left)
    found: dict[str, set[str]] = defaultdict(set)
    for group in by_gloss.values():
        if 1 < len(group) <= 6:
            for word in group:
                found[word] |= group - {word}
    return {word: sorted(others) for word, others in found.items()}


def all_sets(data: Path) -> Iterator[DevSet]:
    """The development sets, and the interview set once more with reworded queries."""
    for dev in read_dev_sets(data):
        yield dev
        if dev.name == "interview":
            yield paraphrased(dev, data)


def _load(model: str) -> Encodes:
    if model == "teacher":
        from training.teacher import Teacher

        return Teacher(max_tokens=192)
    from coach.index.encoder import load_encoder

    return load_encoder(model, models=Path("models"))


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per set and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/ and encoder/")
    parser.add_argument(
        "--model", default="models/coach-encoder", help="a folder, a sentence-transformers name, or `teacher`"
    )
    args = parser.parse_args(argv)
    encoder = _load(args.model)
    out = sys.stdout
    out.write(f"{'set':24} {'method':10} {'R@1':>6} {'R@5':>6} {'MRR@10':>6}\n")
    for dev in all_sets(args.data):
        keyword, attainable = bm25(dev)
        start = time.process_time()
        cosine = dense(dev, encoder)
        seconds = time.process_time() - start
        out.write(f"{dev.name}: {(len(dev.passages) + len(dev.queries)) / seconds:.0f} texts per core second\n")
        methods = {
            "keyword": keyword,
            "dense": cosine,
            "sum": weighted(keyword, cosine, KEYWORD_WEIGHT),
            "sum, share": weighted(keyword, cosine, SHARE_WEIGHT, attainable),
        }
        for method, scores in methods.items():
            result = measure(scores, dev.gold)
            out.write(f"{dev.name:24} {method:10} {result['R@1']:6.3f} {result['R@5']:6.3f} {result['MRR']:6.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
