"""Fifty people at once over real HTTP: nothing fails, no turn is lost or another's, memory and handles stay bounded.

`COACH_LOAD_SECONDS` says how long (600 by default), `COACH_LOAD_PEOPLE` how many.
"""

import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx
import pytest

from tests.browser.conftest import CORPUS, ROOT, free_port
from tests.support.tiny_gguf import write_tiny_gguf
from tests.support.visitors import Visitor

pytestmark = pytest.mark.hard

SECONDS = float(os.environ.get("COACH_LOAD_SECONDS", "600"))
PEOPLE = int(os.environ.get("COACH_LOAD_PEOPLE", "50"))
SETTLED = min(120.0, SECONDS / 2)
"""Seconds after which memory has to stay as it is."""
QUESTIONS = ("什么是 BatchNorm？", "什么是 LayerNorm？", "LoRA 为什么能减少显存？", "什么是提示注入攻击？")


class Crowd:
    """What happened: seconds by kind, and what went wrong."""

    def __init__(self, address: str) -> None:
        self.address, self.until = address, time.monotonic() + SECONDS
        self.took: dict[str, list[float]] = defaultdict(list)
        self.wrong: list[str] = []
        self.lock = threading.Lock()

    def person(self, number: int) -> None:
        """One person's minutes."""
        chance, visitor, turn = random.Random(number), Visitor(self.address), 0
        ok, _ = visitor.call(visitor.events["begin"], [12, 0, [], "adaptive", "friendly", "all", [], "", "", "en"])
        self.check(ok, f"{number} can't begin an interview")
        while time.monotonic() < self.until:
            turn += 1
            kind = chance.choices(("question", "turn", "upload", "page"), (60, 20, 10, 10))[0]
            mark, begun = f"p{number}t{turn}x", time.monotonic()
            try:
                ok, told = getattr(self, kind)(visitor, chance, mark)
            except httpx.HTTPError as error:
                ok, told = False, repr(error)
            with self.lock:
                self.took[kind].append(time.monotonic() - begun)
            self.check(ok, f"{kind} {mark}: {told[-300:]}")
            time.sleep(chance.uniform(0.2, 2.0))

    def check(self, ok: bool, told: str) -> None:
        """Note what is wrong."""
        if not ok:
            with self.lock:
                self.wrong.append(told)

    def question(self, visitor: Visitor, chance: random.Random, mark: str) -> tuple[bool, str]:
        """Ask, and find one's own words in what comes, and nobody else's."""
        ok, told = visitor.call(visitor.events["ask"], [f"{chance.choice(QUESTIONS)} {mark}", None, "zh"])
        own = mark.split("t")[0]
        shown = re.findall(r'class=\\"asked\\">[^<]*？ (p\d+)t\d+x', told)  # the list beside it has everybody's
        return ok and mark in told and set(shown) == {own}, told

    def turn(self, visitor: Visitor, chance: random.Random, mark: str) -> tuple[bool, str]:
        """Answer in the interview, through the states that the server keeps for the window."""
        ok, told = visitor.call(visitor.events["answer"], [None, None, f"方差和均值，低秩矩阵 {mark}", "zh"])
        return ok, told

    def upload(self, visitor: Visitor, chance: random.Random, mark: str) -> tuple[bool, str]:
        """Add a small article."""
        file = visitor.upload(f"{mark}.md", f"# {mark}\n\n## 什么是 {mark}？\n\n{mark} 是一个记号，用来数数。\n")
        return visitor.call(visitor.events["add"], [[file], "", "", "", None, "zh"])

    def page(self, visitor: Visitor, chance: random.Random, mark: str) -> tuple[bool, str]:
        """Load the page."""
        answer = visitor.http.get("/")
        return answer.status_code == 200 and "gradio" in answer.text, answer.text


def measured(pid: int) -> tuple[float, int, int]:
    """Memory (MiB), threads and open handles of a process."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return int(status["VmRSS"].split()[0]) / 1024, int(status["Threads"]), handles


@pytest.mark.parametrize("model", ["none", "tiny"])
def test_fifty_people_at_once(model, tmp_path):
    corpus, port = tmp_path / "corpus", free_port()
    corpus.mkdir()
    for name, text in CORPUS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    llm = "none" if model == "none" else str(write_tiny_gguf(tmp_path / "tiny.gguf"))
    flags = ["--home", str(tmp_path / "home"), "--corpus", str(corpus), "--port", str(port), "--model", llm]
    log = tmp_path / "log"
    with log.open("wb") as out:
        server = subprocess.Popen([sys.executable, "app.py", *flags], cwd=ROOT, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            try:
                httpx.get(address, timeout=5)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        time.sleep(20)  # the first ingest and the warm-up
        crowd, samples, begun = Crowd(address), [], time.monotonic()
        people = [threading.Thread(target=crowd.person, args=(n,), daemon=True) for n in range(PEOPLE)]
        for person in people:
            person.start()
        while any(person.is_alive() for person in people):
            time.sleep(2)
            samples.append((time.monotonic() - begun, *measured(server.pid)))
    finally:
        server.terminate()
        server.wait(60)
    print(f"\n{model}: {PEOPLE} people, {SECONDS:.0f} s")
    for kind, took in sorted(crowd.took.items()):
        p95 = statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
        print(f"  {kind:9}{len(took):6}  median {statistics.median(took):6.2f} s  p95 {p95:6.2f} s")
    late = [sample for sample in samples if sample[0] > SETTLED]
    halves = late[: len(late) // 2], late[len(late) // 2 :]
    half = [statistics.median(sample[1] for sample in part) for part in halves]
    threads, handles = max(sample[2] for sample in samples), max(sample[3] for sample in samples)
    print(f"  memory {half[0]:.0f} -> {half[1]:.0f} MiB, at most {threads} threads, {handles} handles")
    assert crowd.wrong == []
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert half[1] < half[0] * 1.1 + 50, "memory grows"
    assert threads < 250 and handles < 600
