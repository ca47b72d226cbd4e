"""Reading the training pairs and the development sets; knows nothing of models."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that belong together: a question and its passage, or a text and its translation."""

    source: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class DevSet:
    """A retrieval set: passages, queries, and for each query the rows of the passages that answer it."""

    name: str
    passages: list[str]
    queries: list[str]
    gold: list[set[int]]


def read_pairs(data: Path) -> list[Pair]:
    """Read `encoder/pairs.jsonl.gz`: a JSON list `[source, left, right]` a line."""
    with gzip.open(data / "encoder" / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [Pair(*json.loads(line)) for line in lines]


def half(pairs: list[Pair], *, second: bool) -> list[Pair]:
    """One half of the pairs of texts, by a hash; dictionary pairs are in both, single sentences only in the first."""
    whole = ("cedict",) if second else ("cedict", "tatoeba")
    return [
        pair
        for pair in pairs
        if pair.source.startswith(whole)
        or (pair.source != "tatoeba" and zlib.crc32(pair.right.encode()) % 2 == int(second))
    ]


def read_dev_sets(data: Path) -> Iterator[DevSet]:
    """Read every folder of `retrieval/`: corpus.jsonl {id, text} and queries.jsonl {query, gold}."""
    for folder in sorted((data / "retrieval").iterdir()):
        corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
        queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
        row = {passage["id"]: i for i, passage in enumerate(corpus)}
        yield DevSet(
            folder.name,
            [passage["text"] for passage in corpus],
            [query["query"] for query in queries],
            [{row[g] for g in query["gold"]} for query in queries],
        )
