"""Memory that a model really takes, beside the catalogue's formula: `python -m bench.memory`.

`python -m bench.memory --index 20000` instead tells what the index of so many passages takes in memory, beyond the
text, which stays in SQLite: the growth of a process that opens it and searches, over one that does so with 10 passages.

Pages of the file are counted apart: the system can drop them. llama.cpp copies many matrices into an order that suits
the processor and doesn't look at their pages again, so a file may be in memory nearly twice as long as there is room.
"""

import argparse
import gc
import multiprocessing
import random
import statistics
import tempfile
import time
from multiprocessing import Queue
from pathlib import Path

from bench.llm import SHAPES
from bench.retrieval import store
from coach.config import PROJECT
from coach.index.encoder import load_encoder
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.index.vectors import Vectors
from coach.llm.catalog import memory_needed
from coach.llm.gguf import read_header
from coach.llm.llama import LlamaChat
from tests.support.tiny_gguf import write_tiny_gguf


def resident() -> tuple[int, int]:
    """Bytes of this process that are in memory: its own, and pages of files (Linux)."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    own, file = (int(text.split(f"{name}:")[1].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))
    return own, file


def _build(folder: Path, count: int) -> None:
    """Store passages of shuffled sentences of the bundled corpus."""
    chance = random.Random(0)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "corpus").glob("*.md")))
    sentences = [line for line in text.splitlines() if len(line) > 30]
    store(
        [f"{n} " + "\n".join(chance.sample(sentences, 3)) for n in range(count)],
        folder,
        load_encoder("bundled", models=PROJECT / "models"),
    )


def _search(folder: Path, told: "Queue[tuple[int, float]]") -> None:
    """Open what was stored, search, tell the bytes of this process and the median milliseconds of a search."""
    encoder, vectors = load_encoder("bundled", models=PROJECT / "models"), Vectors(folder / "chroma")
    search = Search(Manifest(folder / "coach.sqlite3"), lambda: (encoder, vectors))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "corpus").glob("*.md")))
    questions = [line[3:] for line in text.splitlines() if line.startswith("## ")][::5]
    times = []
    for question in questions:
        start = time.perf_counter()
        search.search(question)
        times.append(1000 * (time.perf_counter() - start))
    gc.collect()
    told.put((resident()[0], statistics.median(times)))


def index(count: int) -> None:
    """Print what the index of `count` passages takes in memory, for each of them."""
    spawn = multiprocessing.get_context("spawn")
    found = []
    for passages in (10, count):
        with tempfile.TemporaryDirectory() as name:
            told: Queue[tuple[int, float]] = spawn.Queue()
            for act, more in ((_build, passages), (_search, told)):
                process = spawn.Process(target=act, args=(Path(name), more))
                process.start()
                if act is _search:
                    found.append(told.get(timeout=3600))
                process.join()
    (empty, _), (full, median) = found
    print(f"{count} passages: {(full - empty) / 1e6:.0f} MB, {(full - empty) / count:.0f} bytes a passage")
    print(f"search: median {median:.1f} ms, encoder and Chroma included")


def main() -> None:
    """Make a model of a real shape, chat with it, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=list(SHAPES), default="0.5b")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--index", type=int, help="measure the index of that many passages instead")
    arguments = parser.parse_args()
    if arguments.index:
        index(arguments.index)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        options = {**SHAPES[arguments.shape], "quantized": True, "context": 2 * arguments.context}
        # In a process of its own, so that what making it takes is not counted.
        maker = multiprocessing.get_context("spawn").Process(target=write_tiny_gguf, args=(path,), kwargs=options)
        maker.start()
        maker.join()
        header = read_header(path)
        chat = LlamaChat(model=str(path), context=arguments.context, threads=1, max_tokens=4, temperature=0)
        before = resident()
        chat.load()
        list(chat.stream("a word " * (arguments.context // 10)))
        own, file = (after - start for after, start in zip(resident(), before, strict=True))
        needed = memory_needed(header.size, header.kv_bytes, arguments.context, header.vocabulary)
        chat.close()
    print(f"{arguments.shape}, context {arguments.context}: file {header.size / 1e6:.0f} MB")
    print(f"formula {needed / 1e6:.0f} MB; taken {own / 1e6:.0f} MB and {file / 1e6:.0f} MB of pages of the file")


if __name__ == "__main__":
    main()
