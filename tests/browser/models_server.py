"""Serves the page over a scripted coach with models: `python -m tests.browser.models_server PORT HOME`.

One is installed and in use, one is being downloaded, one was paused, one waits to be chosen.
"""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from coach.config import Settings
from coach.llm.catalog import CATALOGUE
from coach.llm.download import Pull
from coach.llm.store import ModelInfo
from coach.ui.page import launch
from tests.ui.fake import FakeCoach, FakeStatus


class ModelCoach(FakeCoach):
    """Downloads by the clock; nothing leaves the machine."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings, self.downloads = settings, self
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
