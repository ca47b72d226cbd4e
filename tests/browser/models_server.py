"""Serves the page over a scripted coach with models: `python -m tests.browser.models_server PORT HOME`.

One is installed and in use, one is being downloaded, one was paused, one waits to be chosen.
"""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from coach.config import Settings
from coach.encoders import Change, Choice
from coach.index.foreign import known
from coach.llm.catalog import CATALOGUE
from coach.llm.download import Pull
from coach.llm.store import ModelInfo
from coach.ui.page import launch
from tests.ui.fake import FakeCoach, FakeStatus


class ScriptedEncoders:
    """Embeds by the clock: 40 passages a second of 3,018; the second one is installed."""

    def __init__(self) -> None:
        self.used, self.wanted, self.since = "bundled", "", 0.0

    @property
    def change(self) -> Change | None:
        done = min(3018, int(400 + 40 * (time.time() - self.since)))
        return Change(self.wanted, "embedding", done, 3018, (3018 - done) / 40) if self.wanted else None

    @property
    def busy(self) -> bool:
        return bool(self.wanted)

    def listed(self) -> list[Choice]:
        every = [Choice("bundled", licence="MIT", languages=("zh", "en"))]
        for each in known("encoders"):
            there = each.name == "BAAI/bge-small-zh-v1.5"
            every.append(Choice(each.name, each.size, each.licence, tuple(each.languages), there))
        change = self.change
        return [
            replace(choice, used=choice.name == self.used, change=change if choice.name == self.wanted else None)
            for choice in every
        ]

    def use(self, name: str) -> None:
        self.wanted, self.since = name, time.time()

    def cancel(self) -> None:
        self.wanted = ""


class ScriptedReranking:
    """One that can be had, one that is a folder."""

    used = "none"

    def listed(self, change: Change | None = None) -> list[Choice]:
        own = Choice("my-reranker", used=self.used == "my-reranker")
        return [*(Choice(k.name, k.size, k.licence, tuple(k.languages), False) for k in known("rerankers")), own]

    def use(self, name: str) -> None:
        time.sleep(0.5)
        self.used = name


class ModelCoach(FakeCoach):
    """Downloads by the clock; nothing leaves the machine."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings, self.downloads, self.encoders = settings, self, ScriptedEncoders()
        self.reranking = ScriptedReranking()
        self.running, self.since, self.paused, self.removed = "qwen3-1.7b", 0.0, {"minicpm5-1b"}, set[str]()

    @property
    def busy(self) -> bool:
        return bool(self.since)

    def status(self) -> FakeStatus:
        return FakeStatus(model=self.running)

    def models(self) -> list[ModelInfo]:
        infos = []
        for model in CATALOGUE:
            needed = model.memory(4096)
            info = ModelInfo(model.name, model.title, None, model.size, needed, needed < 4 << 30, model.licence)
            if model.name in ("qwen3-1.7b", "qwen3-0.6b") and model.name not in self.removed:
                info = replace(info, path=Path(model.local), running=model.name == self.running)
            if model.name == "qwen3-4b":
                info = replace(info, recommended=True, pull=self.pull() if self.since else None)
            if model.name in self.paused:
                info = replace(info, pull=Pull(model.name, "paused", 210_000_000, model.size))
            infos.append(info)
        problem = "models/bge-m3.gguf is a model that turns its input into vectors (bert); it can't write answers."
        return [*infos, ModelInfo("bge-m3.gguf", "bge-m3", Path("bge-m3.gguf"), 438 * 10**6, 0, True, problem=problem)]

    def pull(self) -> Pull:
        total, speed = CATALOGUE[0].size, 8.4e6
        done = min(total, int(total * 0.37 + speed * (time.time() - self.since)))
        return Pull("qwen3-4b", "loading", done, total, speed, (total - done) / speed, "hf-mirror.com")

    def start(self, name: str, source: str) -> None:
        self.paused.discard(name)
        self.since = time.time()

    def pause(self, name: str) -> None:
        self.since = 0.0
        self.paused.add(name)

    def cancel(self, name: str) -> None:
        self.paused.discard(name)

    def use_model(self, which: str) -> None:
        self.running = "" if which == "none" else "qwen3-1.7b" if which == "auto" else which

    def remove_model(self, name: str) -> None:
        self.removed.add(name)
        self.running = "" if self.running == name else self.running


if __name__ == "__main__":
    settings = Settings(home=Path(sys.argv[2]), port=int(sys.argv[1]))
    launch(ModelCoach(settings), settings)  # type: ignore[arg-type]
    threading.Event().wait()
