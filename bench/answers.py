"""Speed and memory of the coach without a language model: `python -m bench.answers`.

Ingests 100 made-up articles with 1,000 questions, then prints medians of search, answer, re-ingest, and peak memory.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from coach.config import PROJECT, Settings
from coach.service import Coach

ARTICLES, QUESTIONS = 100, 10


def make_articles(folder: Path, *, articles: int = ARTICLES, questions: int = QUESTIONS, seed: int = 0) -> list[str]:
    """Write articles of questions whose answers are shuffled sentences of the bundled corpus; return the questions."""
    chance = random.Random(seed)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "corpus").glob("*.md")))
    lines = [line.strip() for line in text.splitlines()]
    sentences = [line for line in lines if len(line) > 30 and not line.startswith(("|", "-", "#", "`"))]
    headings = [line[3:].strip() for line in lines if line.startswith("## ")]
    asked: list[str] = []
    for number in range(articles):
        article = [f"# 文章 {number}\n"]
        for _ in range(questions):
            question = f"{chance.choice(headings).rstrip('？?')}（{chance.choice(headings)[:8]}）？"
            asked.append(question)
            article += [f"## {question}\n", "\n".join(chance.sample(sentences, 3)) + "\n"]
        (folder / f"article{number:04}.md").write_text("\n".join(article), encoding="utf-8")
    return asked


def median_ms(act: Callable[[str], object], inputs: list[str]) -> float:
    """Median milliseconds of one call."""
    times = []
    for value in inputs:
        start = time.perf_counter()
        act(value)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    """Ingest, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        asked = make_articles(corpus, articles=arguments.articles)
        with Coach(Settings(home=Path(folder) / "home", corpus=corpus, llm="none")) as coach:
            coach.warm_up()
            start = time.perf_counter()
            list(coach.ingest())
            first = time.perf_counter() - start
            again = median_ms(lambda _: list(coach.ingest()), ["again"] * 5) / 1000
            questions = random.Random(1).sample(asked, 50)
            for question in questions[:5]:
                coach.answer(question)
            passages = coach.status().passages
            print(f"{'passages':44}{passages:>10}")
            print(f"{'first ingest':44}{first:>10.1f} s {passages / first:>10.0f} passages/s")
            print(f"{'re-ingest, nothing changed (target ≤ 1 s)':44}{again:>10.3f} s")
            print(f"{'search, median (target ≤ 30 ms)':44}{median_ms(coach.search, questions):>10.1f} ms")
            print(f"{'extractive answer, median (target ≤ 150 ms)':44}{median_ms(coach.answer, questions):>10.1f} ms")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{'peak memory of the process (target ≤ 900 MB)':44}{peak:>10.0f} MB")


if __name__ == "__main__":
    main()
