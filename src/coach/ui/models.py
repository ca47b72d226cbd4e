"""The models tab: what is installed and in use, downloads with their progress, changing and deleting."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.ui import render_models as render
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.texts.models import MODEL_TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

EVERY = 1.0
"""Seconds between two looks at downloads that go on."""


class ModelsTab:
    """The tab, its components and what they do. Build it inside a `gr.Tabs` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        with gr.Tab(MODEL_TEXTS[language.value].tab, id="models") as self.tab:
            self._build()

    def _build(self) -> None:
        t = MODEL_TEXTS[self.language.value]
        self.asked = gr.State("")
        with gr.Row(elem_classes="library-head models-head"):
            self.about = gr.Markdown(t.about, elem_classes="about")
            self.source = gr.Radio(
                self._sources(self.language.value), value="auto", label=t.source, container=True, elem_classes="sources"
            )
        self.using = html("using-box")
        self.list = html("models-box")
        self.timer = gr.Timer(EVERY, active=False)
        self.shown = [self.using, self.list, self.timer]

    def connect(self) -> None:
        """Bind the handlers. Changes of the model wait in one line."""
        heard, given = [self.asked, self.language], [self.source, self.asked, self.language]
        line: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "model", "show_progress": "hidden"}
        self.timer.tick(self.look, heard, self.shown, **QUIET)
        self.tab.select(self.look, heard, self.shown, **QUIET)
        for box in (self.using, self.list):
            acting = box.apply(self.act, given, [*self.shown, self.asked], **line)
            acting.failure(self.look, heard, self.shown, **QUIET)
        switched = self.language.change(self.relabel, self.language, [self.tab, self.about, self.source], **QUIET)
        switched.then(self.look, heard, self.shown, **QUIET)

    @guarded
    def look(self, asked: str, language: str, *, busy: bool = False) -> Updates:
        """Show all models and downloads; look again while one goes on."""
        from coach.llm.models import free_memory_bytes, memory_bytes

        t, infos = MODEL_TEXTS[language], self.coach.models()
        name, total, free = self.coach.status().model, memory_bytes(), free_memory_bytes()
        return {
            self.using: render.using_html(infos, t, name=name, total=total, free=free, busy=busy),
            self.list: render.models_html(infos, t, asked=asked, offline=self.coach.settings.offline),
            self.timer: gr.Timer(active=self.coach.downloads.busy),
        }

    @guarded
    def act(self, event: gr.EventData, source: str, asked: str, language: str) -> Iterator[Updates]:
        """Do what a button says; deleting asks first."""
        action, name = str(event._data["action"]), str(event._data["model"])
        if action in ("use", "without", "auto"):
            yield self.look("", language, busy=True)
        self._do(action, name, source)
        asked = name if action == "ask" else ""
        yield self.look(asked, language) | {self.asked: asked}

    def _do(self, action: str, name: str, source: str) -> None:
        match action:
            case "pull":
                self.coach.downloads.start(name, source)
            case "pause":
                self.coach.downloads.pause(name)
            case "cancel":
                self.coach.downloads.cancel(name)
            case "remove":
                self.coach.remove_model(name)
            case "use" | "without" | "auto":
                self.coach.use_model({"without": "none", "auto": "auto"}.get(action, name))

    def relabel(self, language: str) -> Updates:
        """Put the labels into the chosen language."""
        t = MODEL_TEXTS[language]
        return {
            self.tab: gr.update(label=t.tab),
            self.about: t.about,
            self.source: gr.update(label=t.source, choices=self._sources(language)),
        }

    @staticmethod
    def _sources(language: str) -> list[tuple[str, str]]:
        t = MODEL_TEXTS[language]
        return [
            (t.auto, "auto"),
            ("Hugging Face", "huggingface"),
            (t.mirror, "mirror"),
            ("ModelScope", "modelscope"),
        ]
