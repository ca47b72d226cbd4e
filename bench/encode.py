"""Encode throughput: the coach's loop beside sentence-transformers' own, the same model in the same run.

    python -m bench.encode [--model FOLDER] [--passages 600]

Without a model, one with random weights in the shape of bge-small-zh-v1.5 (4 layers, 512 wide) is made: the time does
not depend on the weights. Texts are passages of the bundled corpus, in the order in which they are stored. Each loop
runs three times in turn; the fastest counts. The bundled encoder's own loop is timed too.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from coach.config import PROJECT, Settings
from coach.index.encoder import load_encoder
from coach.index.ingest import embedding_text
from coach.service import Coach


def corpus_texts(count: int, folder: Path) -> list[str]:
    """What is embedded of the bundled corpus: `count` passages, spread over it."""
    with Coach(Settings(home=folder / "home", llm="none", corpus=PROJECT / "corpus")) as coach:
        list(coach.ingest())
        texts = [embedding_text(passage) for passage in coach.passages()]
    return texts[:: max(1, len(texts) // count)][:count]


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    """Print passages a second of each loop, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a sentence-transformers model")
    parser.add_argument("--passages", type=int, default=600)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = corpus_texts(arguments.passages, folder)
        bundled = load_encoder("bundled", models=PROJECT / "models")
        bundled.encode_passages(texts[:10])
        print(f"bundled: {len(texts) / min(seconds(lambda: bundled.encode_passages(texts)) for _ in range(3)):.0f} /s")
        model = arguments.model
        if model is None:
            from tests.support.tiny_transformers import save_encoder

            model = save_encoder(folder / "shape", hidden=512, layers=4)
        ours = load_encoder(str(model), models=PROJECT / "models")
        from sentence_transformers import SentenceTransformer

        theirs = SentenceTransformer(str(model))
        loops: dict[str, Callable[[], object]] = {
            "coach": lambda: ours.encode_passages(texts),
            "sentence-transformers": lambda: theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False),
        }
        times: dict[str, list[float]] = {name: [] for name in loops}
        for _ in range(3):
            for name, loop in loops.items():
                times[name].append(seconds(loop))
        for name, found in times.items():
            print(f"{name}: {len(texts) / min(found):.1f} /s (median {len(texts) / statistics.median(found):.1f})")
        print(f"ratio {min(times['sentence-transformers']) / min(times['coach']):.2f}")


if __name__ == "__main__":
    main()
