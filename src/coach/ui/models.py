"""The models tab: what is installed and in use, downloads with their progress, changing and deleting."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.ui import render_models as render
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.render_encoders import meaning_html
from coach.ui.texts.models import MODEL_TEXTS, ModelTexts

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
        self.meaning = html("meaning-box")
        self.timer = gr.Timer(EVERY, active=False)
        self.shown = [self.using, self.list, self.meaning, self.timer]

    def connect(self) -> None:
        """Bind the handlers. Changes of the model wait in one line."""
        heard, given = [self.asked, self.language], [self.source, self.asked, self.language]
        line: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "model", "show_progress": "hidden"}
        self.timer.tick(self.look, heard, self.shown, **QUIET)
        self.tab.select(self.look, heard, self.shown, **QUIET)
        for box in (self.using, self.list, self.meaning):
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
            self.meaning: self._meaning(t, busy=busy),
            self.timer: gr.Timer(active=self.coach.downloads.busy or self.coach.encoders.busy),
        }

    def _meaning(self, t: ModelTexts, *, busy: bool) -> str:
        encoders, reranking = self.coach.encoders, self.coach.reranking
        return meaning_html(
            encoders.listed(),
            reranking.listed(encoders.change),
            t,
            offline=self.coach.settings.offline,
            busy=busy and not encoders.busy,
        )

    @guarded
    def act(self, event: gr.EventData, source: str, asked: str, language: str) -> Iterator[Updates]:
        """Do what a button says; deleting asks first."""
        action, name = str(event._data["action"]), str(event._data["model"])
        if action in ("use", "without", "auto", "reranker-use"):
            waits = self.look("", language, busy=True)
            yield {box: waits[box] for box in ([self.meaning] if action == "reranker-use" else [self.using, self.list])}
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
            case _:
                self._do_meaning(action, name)

    def _do_meaning(self, action: str, name: str) -> None:
        match action:
            case "meaning-pull":
                self.coach.encoders.pull(name)
            case "meaning-cancel":
                self.coach.encoders.cancel()
            case "encoder-use":
                self.coach.encoders.use(name)
            case "reranker-use":
                self.coach.reranking.use(name)

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
