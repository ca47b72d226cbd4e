"""SIGKILL at random moments of an ingest with the real Chroma, then run again: nothing lost, doubled or half.

`make test-hard` runs it with 200 kills; `COACH_KILLS` sets another number. Every run is a forked child, so that a kill
takes a whole process and the parent never opens the home.
"""

import os
import random
import signal
import time
from pathlib import Path

import chromadb  # noqa: F401 - imported before forking: children start at once
import pytest

from coach.config import Settings
from coach.index import words
from coach.service import Coach
from tests.support.encoders import HashedEncoder
from tests.support.killing import forked

KILLS = int(os.environ.get("COACH_KILLS", "200"))
FIXED = "## 什么是固定主题？\n\n固定主题是一直不变的内容。\n"

pytestmark = pytest.mark.hard


def article(number: int, version: int) -> str:
    questions = (f"## 什么是主题{number}之{part}？\n\n第{version}版的定义{part}。\n" for part in range(5))
    return "\n".join(questions)


def change(corpus: Path, chance: random.Random, version: int) -> None:
    """Edit, add, remove and rename some articles."""
    files = sorted(corpus.glob("topic*.md"))
    for file in chance.sample(files, min(3, len(files))):
        match chance.randrange(3):
            case 0:
                file.write_text(article(int(file.stem[5:8]), version), encoding="utf-8")
            case 1:
                file.unlink()
            case _:
                file.rename(file.with_name(f"{file.stem}r.md"))
    for _ in range(3):
        number = chance.randrange(100)
        (corpus / f"topic{number:03}v{version}.md").write_text(article(number, version), encoding="utf-8")


def test_kill_at_random_moments(tmp_path: Path) -> None:
    corpus, home = tmp_path / "corpus", tmp_path / "home"
    corpus.mkdir()
    (corpus / "fixed.md").write_text(FIXED, encoding="utf-8")
    words.warm_up()
    chance = random.Random(0)
    settings = Settings(home=home, corpus=corpus, llm="none")

    def ingest() -> None:
        with Coach(settings, encoder=HashedEncoder()) as coach:
            list(coach.ingest(prune=True))

    def verify() -> None:
        with Coach(settings, encoder=HashedEncoder()) as coach:
            list(coach.ingest(prune=True))
            encoder, vectors = coach._parts.backend()
            truth = coach._manifest.passage_ids()
            assert vectors.ids(encoder.fingerprint) == truth
            files = {path.name: path.read_text(encoding="utf-8") for path in corpus.glob("*.md")}
            assert {source for article in coach.articles() for source in article.sources} == set(files)
            contents = set(files.values())
            assert len(coach.questions()) == sum(text.count("## ") for text in contents)
            assert len(coach.passages()) == len(coach.questions())
            cited = tmp_path / "cited"
            [citation] = coach.answer("什么是固定主题？").citations
            if cited.exists():
                assert citation.passage.id == cited.read_text()
            cited.write_text(citation.passage.id)

    change(corpus, chance, 0)
    _, status = os.waitpid(forked(verify), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    longest, version, moments = 0.2, 0, []
    while len(moments) < KILLS:
        version += 1
        change(corpus, chance, version)
        delay = chance.uniform(0, longest)
        start = time.monotonic()
        pid = forked(ingest)
        ended = 0
        while not ended and time.monotonic() - start < delay:
            time.sleep(0.002)
            ended, _ = os.waitpid(pid, os.WNOHANG)
        lived = time.monotonic() - start
        if ended:
            longest = lived
        else:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            moments.append(lived)
            longest *= 1.02
        _, status = os.waitpid(forked(verify), 0)
        assert os.waitstatus_to_exitcode(status) == 0, f"after {len(moments)} kills"
    print(f"{len(moments)} ingests killed, {min(moments):.3f} to {max(moments):.3f} s after their start")
