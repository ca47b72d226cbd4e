"""How well questions that ask the same are told from near topics, and how long one changed article takes.

python bench/links.py                  precision and recall on the labelled pairs
python bench/links.py --questions N    time to link one article of 20 questions among N others
"""

import argparse
import json
import math
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coach.config import PROJECT
from coach.index.encoder import Encoder, load_encoder
from coach.index.links import SAME, Links, score
from coach.index.manifest import Manifest
from coach.index.sameness import asked, overlap
from coach.records import Parsed, Section

LABELS = Path(__file__).with_name("labels") / "links.jsonl"
KINDS = (
    "什么是{}？",
    "{} 的原理是什么？",
    "{} 有什么优点？",
    "为什么需要 {}？",
    "{} 和 {} 有什么区别？",
    "怎么评估 {}？",
)


def measure(encoder: Encoder) -> None:
    """Print precision and recall, and every pair that is judged wrongly."""
    pairs = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    texts = sorted({pair[side] for pair in pairs for side in ("first", "second")})
    reduced = {text: asked(text) for text in texts}
    seen = Counter(word for question in reduced.values() for word in question.subject)
    rarity = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in seen.items()}
    vectors = dict(zip(texts, encoder.encode_queries(texts), strict=True))
    for pair in pairs:
        first, second = pair["first"], pair["second"]
        both, cosine = (reduced[first], reduced[second]), float(vectors[first] @ vectors[second])
        pair["linked"] = score(*both, overlap(*both, rarity), cosine) >= SAME
    for name, part in (("all", pairs), ("held out", [pair for pair in pairs if pair["held_out"]])):
        _tell(name, part)
    for pair in pairs:
        if pair["linked"] != pair["same"]:
            print(f"  {'wrong' if pair['linked'] else 'missed'}: {pair['first']} | {pair['second']}")


def _tell(name: str, pairs: Iterable[dict[str, Any]]) -> None:
    count = Counter((pair["same"], pair["linked"]) for pair in pairs)
    hit, missed, wrong = count[True, True], count[True, False], count[False, True]
    print(
        f"{name}: {count.total()} pairs, {hit + missed} of them the same; "
        f"precision {hit / max(hit + wrong, 1):.3f}, recall {hit / max(hit + missed, 1):.3f}"
    )


def scale(encoder: Encoder, count: int) -> None:
    """Print how long it takes to link `count` made-up questions, and then one article more."""
    chance = random.Random(0)
    names = [f"{chance.choice('abcdefghijklmnopqrst')}{number:x}net" for number in range(count // 20)]

    def article(manifest: Manifest, number: int) -> None:
        sections = tuple(
            Section(chance.choice(KINDS).format(chance.choice(names), chance.choice(names)), "") for _ in range(20)
        )
        parsed = Parsed("", (), "zh", "", sections, ())
        key = f"{number}"
        manifest.replace(path=key, article_id=key, content_hash=key, parser=1, parsed=parsed, chunks={})

    with tempfile.TemporaryDirectory() as folder:
        manifest = Manifest(Path(folder) / "coach.sqlite3")
        links = Links(manifest)
        for number in range(count // 20):
            article(manifest, number)
        for what in (f"all {count} questions", "one article of 20 questions more", "nothing new"):
            start = time.perf_counter()
            links.update(lambda: encoder)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            took = time.perf_counter() - start
            print(f"{what}: {took:.2f} s, {len(links.pairs())} links, at most {memory:.0f} MiB in use")
            if what.startswith("all"):
                article(manifest, count)
        manifest.close()


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description="Quality and speed of the links between questions.")
    parser.add_argument("--questions", type=int, default=0, help="measure the speed among that many made-up questions")
    parser.add_argument("--encoder", default="bundled", help="'bundled', or a sentence-transformers name or folder")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.encoder, models=PROJECT / "models")
    if arguments.questions:
        scale(encoder, arguments.questions)
    else:
        measure(encoder)


if __name__ == "__main__":
    main()
