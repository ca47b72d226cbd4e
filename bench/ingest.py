"""Speed and memory of ingest beside a naive pipeline: `python -m bench.ingest [--articles 1000]`.

Naive: RecursiveCharacterTextSplitter, the same encoder, Chroma; no questions, no cleaning, no keyword index, no record
of what was dropped, and everything again at every run. Each pipeline runs in a process of its own, so that peak memory
is its own; the search after it is timed on what it stored.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.answers import make_articles
from coach.config import Settings
from coach.index.encoder import load_encoder
from coach.service import Coach


class Stopwatch:
    """Adds up the seconds spent inside wrapped methods."""

    def __init__(self) -> None:
        """Nothing spent yet."""
        self.seconds = 0.0

    def wrap(self, thing: object, *names: str) -> None:
        """Time these methods of an object from now on."""
        for name in names:
            setattr(thing, name, self._timed(getattr(thing, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            try:
                return method(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


def ours(folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """First ingest, one changed file, nothing changed, search."""
    corpus = folder / "corpus"
    with Coach(Settings(home=folder / "home", corpus=corpus, llm="none")) as coach:
        coach.warm_up()
        encoder, vectors = coach._parts.backend()
        inside = Stopwatch()
        inside.wrap(encoder, "encode_passages")
        inside.wrap(vectors, "upsert", "delete", "ids")
        start = time.perf_counter()
        list(coach.ingest())
        first = time.perf_counter() - start
        share = inside.seconds / first
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        changed = corpus / "article0000.md"
        changed.write_text(changed.read_text(encoding="utf-8") + "\n补充一句话。\n", encoding="utf-8")
        start = time.perf_counter()
        list(coach.ingest())
        again = time.perf_counter() - start
        return {
            "passages": coach.status().passages,
            "seconds": first,
            "share": share,
            "again": again,
            "peak": peak,
            "search": _median_ms(coach.search, questions),
        }


def naive(folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """Split, embed, store; then search by vectors alone."""
    import chromadb
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    settings = Settings(home=folder / "home")
    encoder = load_encoder("bundled", models=settings.models)
    client = chromadb.PersistentClient(str(folder / "naive"))
    collection = client.create_collection("naive", embedding_function=None)
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50)
    encoder.encode_passages(["warm up"])
    start = time.perf_counter()
    count = 0
    batch: list[str] = []
    files = sorted((folder / "corpus").glob("*.md"))
    for number, path in enumerate(files, 1):
        batch += splitter.split_text(path.read_text(encoding="utf-8"))
        if len(batch) >= 256 or number == len(files):
            ids = [str(count + offset) for offset in range(len(batch))]
            collection.add(ids=ids, documents=batch, embeddings=encoder.encode_passages(batch))
            count += len(batch)
            batch = []
    seconds = time.perf_counter() - start

    def search(question: str) -> object:
        return collection.query(query_embeddings=encoder.encode_queries([question]), n_results=5)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"passages": count, "seconds": seconds, "peak": peak, "search": _median_ms(search, questions)}


def _median_ms(act: Callable[[str], object], questions: Sequence[str]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        act(question)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    """Make the articles, run both pipelines, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--only", choices=("ours", "naive"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        questions = json.loads((arguments.folder / "questions.json").read_text())
        run = {"ours": ours, "naive": naive}[arguments.only]
        print(json.dumps(run(arguments.folder, questions)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "corpus").mkdir()
        asked = make_articles(folder / "corpus", articles=arguments.articles)
        (folder / "questions.json").write_text(json.dumps(random.Random(0).sample(asked, 50)))
        results = {}
        for kind in ("naive", "ours"):
            command = [sys.executable, "-m", "bench.ingest", "--only", kind, "--folder", name]
            results[kind] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(f"{arguments.articles} articles        {'naive':>10}{'ours':>10}")
    rows = (("passages", "passages", ".0f"), ("first ingest, s", "seconds", ".1f"), ("peak memory, MB", "peak", ".0f"))
    for label, key, form in (*rows, ("search, median ms", "search", ".1f")):
        print(f"{label:22}{results['naive'][key]:>10{form}}{results['ours'][key]:>10{form}}")
    rates = {kind: result["passages"] / result["seconds"] for kind, result in results.items()}
    print(f"{'passages/s':22}{rates['naive']:>10.0f}{rates['ours']:>10.0f}  ratio {rates['ours'] / rates['naive']:.2f}")
    mine = results["ours"]
    print(f"files/s {arguments.articles / mine['seconds']:.1f}; inside encoder and Chroma {mine['share']:.0%}")
    print(f"one changed file: {mine['again']:.2f} s = {mine['again'] / mine['seconds']:.1%} of the first ingest")


if __name__ == "__main__":
    main()
