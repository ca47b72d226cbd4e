"""Changing the encoder: behind everything else, resumed after a crash, swapped at once, taken back."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from coach import encoders as module
from coach.config import PROJECT, Settings
from coach.encoders import Change, Encoders
from coach.errors import CoachError, EncoderError
from coach.index.encoder import BUNDLED_FOLDER, Encoder
from coach.index.reembed import FIRST
from coach.service import Coach
from tests.support.encoders import HashedEncoder

COUNT = 120
"""Passages: several batches."""


class SlowEncoder(HashedEncoder):
    """Waits for a permit before each batch; remembers what it embedded."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.permits = threading.Semaphore(0)
        self.began = threading.Event()
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.began.set()
        assert self.permits.acquire(timeout=60)
        self.texts += texts
        return super().encode_passages(texts)

    def go(self) -> None:
        for _ in range(1000):
            self.permits.release()


def write(corpus: Path, name: str, count: int, *, first: int = 0) -> Path:
    path = corpus / name
    questions = (
        f"## 什么是概念{n}？\n\n概念{n}是第{n}个例子，和注意力机制有关。\n" for n in range(first, first + count)
    )
    path.write_text("\n".join(questions), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    write(folder, "many.md", COUNT)
    return folder


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Encoder]:
    """Encoders by name, instead of files; what is not here can't be found."""
    found: dict[str, Encoder] = {"bundled": HashedEncoder("bundled"), "other": SlowEncoder("other")}

    def load(name: str, *, models: Path) -> Encoder:
        if name not in found:
            raise EncoderError(f"The encoder {name!r} is not on this machine.")
        return found[name]

    monkeypatch.setattr("coach.parts.load_encoder", load)
    monkeypatch.setattr(module, "find", lambda name, models: name if name in found else None)
    monkeypatch.setattr(module, "GRACE", 0.05)
    return found


@pytest.fixture
def coach(open_coach: Callable[..., Coach], known: dict[str, Encoder]) -> Coach:
    coach = open_coach(encoder=None)
    list(coach.ingest())
    assert len(coach.passages()) == COUNT
    return coach


def slow(known: dict[str, Encoder]) -> SlowEncoder:
    encoder = known["other"]
    assert isinstance(encoder, SlowEncoder)
    return encoder


def over(coach: Coach) -> Change:
    coach.encoders.wait()
    assert coach.encoders.change is not None
    return coach.encoders.change


def stored(coach: Coach, encoder: Encoder) -> set[str]:
    return coach._parts.vectors().ids(encoder.fingerprint)


def test_search_goes_on_with_the_old_one_until_the_swap(coach: Coach, known: dict[str, Encoder]) -> None:
    new = slow(known)
    coach.encoders.use("other")
    assert new.began.wait(60)
    assert coach.status().encoder == "bundled" and coach.encoder() is known["bundled"]
    assert coach.search("什么是概念7？")[0].dense > 0.3
    new.go()
    assert over(coach).state == "done"
    assert coach.status().encoder == "other" and coach.encoder() is new
    assert coach.search("什么是概念7？")[0].dense > 0.3
    assert stored(coach, new) == coach._manifest.passage_ids()
    assert coach._parts.vectors().fingerprints() == {new.fingerprint}
    assert len(new.texts) == COUNT


def test_progress_is_told(coach: Coach, known: dict[str, Encoder]) -> None:
    slow(known).go()
    coach.encoders.use("other")
    steps = list(coach.encoders.follow())
    embedding = [step for step in steps if step.state == "embedding"]
    assert [step.done for step in embedding] == sorted(step.done for step in embedding)
    assert {step.total for step in embedding} == {COUNT}
    assert embedding[-1].done == COUNT and embedding[-1].seconds == 0.0
    assert steps[-1].state == "done" and not coach.encoders.busy


def test_no_search_is_without_vectors_at_the_swap(coach: Coach, known: dict[str, Encoder]) -> None:
    slow(known).go()
    coach.encoders.use("other")
    found = []
    while coach.encoders.busy:
        found.append(coach.search("什么是概念7？")[0].dense)
    found.append(coach.search("什么是概念7？")[0].dense)
    assert over(coach).state == "done" and min(found) > 0.3


def test_ingest_meanwhile_leaves_both_right(coach: Coach, known: dict[str, Encoder], corpus: Path) -> None:
    new = slow(known)
    coach.encoders.use("other")
    assert new.began.wait(60)
    write(corpus, "more.md", 3, first=500)
    write(corpus, "many.md", COUNT - 20)
    list(coach.ingest())
    assert stored(coach, known["bundled"]) == coach._manifest.passage_ids()
    new.go()
    assert over(coach).state == "done"
    truth = coach._manifest.passage_ids()
    assert len(truth) == COUNT - 17 and stored(coach, new) == truth


def test_cancelling_returns_to_the_old_one(
    coach: Coach, known: dict[str, Encoder], open_coach: Callable[..., Coach]
) -> None:
    new = slow(known)
    coach.encoders.use("other")
    new.permits.release()
    assert new.began.wait(60)
    canceller = threading.Thread(target=coach.encoders.cancel)
    canceller.start()
    while not coach.encoders._stop.is_set():
        time.sleep(0.01)
    new.permits.release()
    canceller.join(60)
    assert over(coach).state == "cancelled" and coach.status().encoder == "bundled"
    assert coach._parts.vectors().fingerprints() == {known["bundled"].fingerprint}
    coach.close()
    again = open_coach(encoder=None)
    assert again.status().encoder == "bundled"
    again.encoders.begin()
    assert over(again).state == "done" and again.status().encoder == "bundled"


def test_what_was_embedded_before_a_stop_is_not_embedded_again(
    coach: Coach, known: dict[str, Encoder], open_coach: Callable[..., Coach]
) -> None:
    new = slow(known)
    new.permits.release()
    coach.encoders.use("other")
    while not new.texts:
        time.sleep(0.01)
    closer = threading.Thread(target=coach.close)
    closer.start()
    while not coach.encoders._stop.is_set():
        time.sleep(0.01)
    new.go()
    closer.join(60)
    before = len(new.texts)
    assert FIRST <= before < COUNT
    again = open_coach(encoder=None)
    assert again.status().encoder == "bundled"
    again.encoders.begin()
    assert over(again).state == "done" and again.status().encoder == "other"
    assert len(new.texts) == len(set(new.texts)) == COUNT


def test_the_choice_is_kept_and_an_explicit_setting_counts_more(
    coach: Coach, known: dict[str, Encoder], open_coach: Callable[..., Coach]
) -> None:
    slow(known).go()
    coach.encoders.use("other")
    assert over(coach).state == "done"
    coach.close()
    assert open_coach(encoder=None)._parts.wanted == "other"
    named = open_coach(encoder=None, update={"encoder": "bundled"})
    assert named._parts.wanted == "bundled" and named.status().encoder == "other"
    named.encoders.begin()
    assert over(named).state == "done" and named.status().encoder == "bundled"


def test_an_ingest_embeds_for_the_encoder_that_is_set(
    coach: Coach, known: dict[str, Encoder], open_coach: Callable[..., Coach]
) -> None:
    slow(known).go()
    coach.close()
    named = open_coach(encoder=None, update={"encoder": "other"})
    list(named.ingest())
    assert named.status().encoder == "other" and stored(named, known["other"]) == named._manifest.passage_ids()


def test_one_that_is_not_there_is_told_and_changes_nothing(coach: Coach) -> None:
    with pytest.raises(EncoderError, match="not on this machine"):
        coach.encoders.use("nowhere")
    assert coach.status().encoder == coach._parts.wanted == "bundled"


def test_one_that_fails_is_told_and_search_goes_on(
    coach: Coach, known: dict[str, Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(texts: Sequence[str]) -> NDArray[np.float32]:
        raise EncoderError("The encoder 'other' can't be used (out of memory). Choose another encoder.")

    monkeypatch.setattr(known["other"], "encode_passages", fail)
    coach.encoders.use("other")
    change = over(coach)
    assert change.state == "failed" and "out of memory" in change.problem
    assert any("out of memory" in problem for problem in coach.status().problems)
    assert coach.search("什么是概念7？")[0].dense > 0.3 and coach.status().encoder == "bundled"


def test_offline_forbids_downloads(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach(update={"offline": True})
    with pytest.raises(EncoderError, match="COACH_OFFLINE"):
        coach.encoders.pull("BAAI/bge-m3")
    assert not coach.encoders.busy


def test_downloads_tell_bytes_and_stop(open_coach: Callable[..., Coach], monkeypatch: pytest.MonkeyPatch) -> None:
    began = threading.Event()

    def download(name: str, report: Callable[[int, int], None]) -> None:
        for done in range(1000):
            report(done, 1000)
            began.set()
            time.sleep(0.01)

    monkeypatch.setattr(module, "download", download)
    coach = open_coach()
    coach.encoders.pull("BAAI/bge-m3")
    assert began.wait(60)
    (entry,) = [choice for choice in coach.encoders.listed() if choice.name == "BAAI/bge-m3"]
    assert entry.change is not None and entry.change.total == 1000 and not entry.installed
    with pytest.raises(EncoderError, match="cancel it"):
        coach.encoders.pull("Qwen/Qwen3-Embedding-0.6B")
    coach.encoders.cancel()
    assert over(coach).state == "cancelled"


def test_the_list_has_the_bundled_one_the_known_ones_and_own_folders(
    open_coach: Callable[..., Coach], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(PROJECT / "models" / BUNDLED_FOLDER, models / BUNDLED_FOLDER)
    for name, architecture in (("mine", "BertModel"), ("judge", "BertForSequenceClassification")):
        (models / name).mkdir()
        (models / name / "config.json").write_text(f'{{"architectures": ["{architecture}"]}}')
        (models / name / "modules.json").write_text("[]")
    names = [choice.name for choice in open_coach(encoder=None, update={"models": models}).encoders.listed()]
    assert names == [
        "bundled",
        "BAAI/bge-small-zh-v1.5",
        "intfloat/multilingual-e5-small",
        "Qwen/Qwen3-Embedding-0.6B",
        "BAAI/bge-m3",
        "mine",
    ]


KILLED = """
import sys, time
from pathlib import Path
import coach.parts
from coach.config import Settings
from coach.service import Coach
from tests.support.encoders import HashedEncoder

class Noting(HashedEncoder):
    def encode_passages(self, texts):
        if self.name == "other":
            with Path(sys.argv[3]).open("a", encoding="utf-8") as file:
                file.writelines(repr(text) + "\\n" for text in texts)
            time.sleep(float(sys.argv[4]))
        return super().encode_passages(texts)

coach.parts.load_encoder = lambda name, *, models: Noting(name)
with Coach(Settings(home=sys.argv[1], corpus=sys.argv[2], llm="none", encoder="other")) as coach:
    coach.encoders.begin()
    coach.encoders.wait()
    assert coach.status().encoder == "other", coach.encoders.change
    _, vectors = coach._parts.backend()
    assert vectors.ids(HashedEncoder("other").fingerprint) == coach._manifest.passage_ids()
    assert vectors.fingerprints() == {HashedEncoder("other").fingerprint}
"""


@pytest.mark.slow
def test_sigkill_loses_at_most_the_batch_in_work(coach: Coach, settings: Settings, tmp_path: Path) -> None:
    coach.close()
    noted = tmp_path / "noted"

    def command(pause: float) -> "subprocess.Popen[bytes]":
        arguments = [sys.executable, "-c", KILLED, str(settings.home), str(settings.corpus), str(noted), str(pause)]
        return subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": str(PROJECT)})

    def lines() -> list[str]:
        return noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []

    first = command(1.0)
    while len(lines()) <= FIRST:  # the first batch is stored, the second is in work
        assert first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = lines()
    assert command(0.0).wait(timeout=300) == 0
    after = lines()[len(before) :]
    assert set(before[:FIRST]).isdisjoint(after)
    assert set(before[:FIRST]) | set(after) == set(lines()) and len(set(lines())) == COUNT
    assert len(after) == COUNT - FIRST


def test_a_report_of_none_mends_the_status(coach: Coach, known: dict[str, Encoder]) -> None:
    coach._report("encoder", CoachError("The encoder is gone."))
    coach.encoders.begin()
    assert over(coach).state == "done" and coach.status().problems == ()


def test_following_an_idle_choice_ends_at_once(coach: Coach) -> None:
    assert isinstance(coach.encoders, Encoders) and list(coach.encoders.follow()) == []
