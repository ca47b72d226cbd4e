"""Speed and memory of ingest beside a naive pipeline: `python -m bench.ingest [--articles 1000] [--rounds 3]`.

Naive: RecursiveCharacterTextSplitter, the same encoder, Chroma; no questions, no cleaning, no keyword index, no links,
no record of what was dropped, and everything again at every run. It is given decoded text. Each pipeline runs in a
process of its own, so that peak memory is its own; the search after it is timed on what it stored.
"""

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.varied import write_articles
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


def ours(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """First ingest, one changed file, nothing changed, search."""
    corpus = folder / "corpus"
    with Coach(Settings(home=folder / "home", corpus=corpus, llm="none")) as coach:
        coach.warm_up()
        encoder, vectors = coach._parts.backend()
        inside = Stopwatch()
        inside.wrap(encoder, "encode_passages")
        inside.wrap(vectors, "upsert", "delete", "ids")
        before = _peak_mb()
        peaks: list[float] = []
        start, busy = time.perf_counter(), time.process_time()
        for progress in coach.ingest():
            if progress.done * 4 // progress.total > len(peaks):  # after each quarter of the files
                peaks.append(_peak_mb())
        first, busy = time.perf_counter() - start, time.process_time() - busy
        share = inside.seconds / first
        peaks.append(_peak_mb())
        changed = corpus / "article00000.md"
        changed.write_text(changed.read_text(encoding="utf-8") + "\n补充一句话。\n", encoding="utf-8")
        start = time.perf_counter()
        list(coach.ingest())
        again = time.perf_counter() - start
        start = time.perf_counter()
        list(coach.ingest())
        nothing = time.perf_counter() - start
        return {
            "passages": coach.status().passages,
            "seconds": first,
            "busy": busy,
            "share": share,
            "again": again,
            "nothing": nothing,
            "before": before,
            "peaks": peaks,
            "peak": peaks[-1],
            "search": _median_ms(coach.search, questions),
        }


def _peak_mb() -> float:
    """The most memory that this process has had resident so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def naive(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Split, embed, store; then search by vectors alone."""
    import chromadb
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    settings = Settings(home=folder / "home")
    encoder = load_encoder("bundled", models=settings.models)
    client = chromadb.PersistentClient(str(folder / "naive"))
    collection = client.create_collection("naive", embedding_function=None)
    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50)
    encoder.encode_passages(["warm up"])
    start, busy = time.perf_counter(), time.process_time()
    count = 0
    batch: list[str] = []
    files = sorted((folder / "corpus").iterdir())
    texts = (path.read_text(encoding=_encoding(path)) for path in files)
    for number, text in enumerate(texts, 1):
        batch += splitter.split_text(text)
        if len(batch) >= 256 or number == len(files):
            ids = [str(count + offset) for offset in range(len(batch))]
            collection.add(ids=ids, documents=batch, embeddings=encoder.encode_passages(batch))
            count += len(batch)
            batch = []
    seconds, busy = time.perf_counter() - start, time.process_time() - busy

    def search(question: str) -> object:
        return collection.query(query_embeddings=encoder.encode_queries([question]), n_results=5)

    searched = _median_ms(search, questions)
    return {"passages": count, "seconds": seconds, "busy": busy, "peak": _peak_mb(), "search": searched}


def _encoding(path: Path) -> str:
    """What `bench.varied` wrote the file in."""
    return "gb18030" if path.stem.endswith("8") else "utf-8"


def _median_ms(act: Callable[[str], object], questions: Sequence[str]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        act(question)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def _apart(kind: str, folder: Path) -> dict[str, Any]:
    """Run one pipeline from nothing, in a process of its own."""
    for left in ("home", "naive"):
        shutil.rmtree(folder / left, ignore_errors=True)
    command = [sys.executable, "-m", "bench.ingest", "--only", kind, "--folder", str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return found


def _medians(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The median of each figure; of a list of figures, that of the last run."""
    last = runs[-1]
    return last | {key: statistics.median(run[key] for run in runs) for key in last if not isinstance(last[key], list)}


def main() -> None:
    """Make the articles, run both pipelines, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1, help="run both in turn so often, and print medians")
    parser.add_argument("--no-naive", action="store_true", help="only the coach")
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
        asked = write_articles(folder / "corpus", arguments.articles)
        size = sum(path.stat().st_size for path in (folder / "corpus").iterdir())
        (folder / "questions.json").write_text(json.dumps(random.Random(0).sample(asked, 100)))
        kinds = ("ours",) if arguments.no_naive else ("naive", "ours")
        runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
        for _ in range(arguments.rounds):
            for kind in kinds:
                runs[kind].append(_apart(kind, folder))
    results = {kind: _medians(done) for kind, done in runs.items()}
    print(f"{arguments.articles} articles, {size / 2**20:.1f} MiB, {len(asked)} questions")
    print(f"{'':22}" + "".join(f"{kind:>10}" for kind in results))
    rows = (
        ("passages", "passages", ".0f"),
        ("first ingest, s", "seconds", ".1f"),
        ("of processors, s", "busy", ".1f"),
        ("peak memory, MB", "peak", ".0f"),
        ("search, median ms", "search", ".1f"),
    )
    for label, key, form in rows:
        print(f"{label:22}" + "".join(f"{result[key]:>10{form}}" for result in results.values()))
    rates = {kind: result["passages"] / result["seconds"] for kind, result in results.items()}
    print(f"{'passages/s':22}" + "".join(f"{rate:>10.0f}" for rate in rates.values()))
    rates = {kind: result["passages"] / result["busy"] for kind, result in results.items()}
    print(f"{'a processor second':22}" + "".join(f"{rate:>10.0f}" for rate in rates.values()))
    print(f"{'MiB/s':22}" + "".join(f"{size / 2**20 / result['seconds']:>10.2f}" for result in results.values()))
    mine = results["ours"]
    print(f"files/s {arguments.articles / mine['seconds']:.1f}; inside encoder and Chroma {mine['share']:.0%}")
    quarters = ", ".join(f"{peak:.0f}" for peak in mine["peaks"])
    print(f"peak memory in MB: {mine['before']:.0f} before; after each quarter of the files and at the end {quarters}")
    print(f"one changed file: {mine['again']:.2f} s = {mine['again'] / mine['seconds']:.1%} of the first ingest")
    print(f"nothing changed: {mine['nothing']:.2f} s = {mine['nothing'] / mine['seconds']:.1%}")


if __name__ == "__main__":
    main()
