"""The settings tab: how sure the coach must be, how well it does on the reader's own articles, and the data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.ui import render_settings as render
from coach.ui.background import Background
from coach.ui.guard import guarded
from coach.ui.keeping import Keeping
from coach.ui.parts import QUIET, Updates, html
from coach.ui.render import waiting_html
from coach.ui.texts import TEXTS
from coach.ui.texts.interview import INTERVIEW_TEXTS

if TYPE_CHECKING:
    from coach.evaluate import Report
    from coach.index.calibration import ErrorRates
    from coach.service import Coach

STEP = 0.05
"""Of the slider: the thresholds at which the error rates are known."""


class SettingsTab:
    """The tab, its components and what they do. Build it inside a `gr.Tabs` context.

    What was measured is kept for all windows: one that was closed meanwhile finds it done.
    """

    def __init__(self, coach: "Coach", background: Background, language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        self.report: Report | None = None
        self.known: Sequence[ErrorRates] = ()
        t = TEXTS[language.value]
        with gr.Tab(t.settings, id="settings") as self.tab, gr.Row(elem_classes="settings"):
            with gr.Column(elem_classes="setting"):
                self.refusal_head = html("setting-head", self._head("refusal", language.value))
                self.slider = gr.Slider(
                    0, 1, coach.refusal, step=STEP, label=t.refusal_label, buttons=[], elem_classes="threshold"
                )
                self.rates = html("rates-box")
            with gr.Column(elem_classes="setting"):
                self.manner_head = html("setting-head", self._head("manner", language.value))
                self.manner = gr.Radio(
                    self._manners(language.value), value="friendly", label=t.manner_title, show_label=False,
                    container=False, elem_classes="iv-choice",
                )  # fmt: skip
                self.eval_head = html("setting-head", self._head("eval", language.value))
                self.run = gr.Button(t.eval_run, size="sm", elem_classes="reingest", scale=0)
                self.picture = html("report-box")
            with gr.Column(elem_classes="setting"):
                self.keeping = Keeping(coach, background, language)
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.tab: {"label": "settings"},
            self.slider: {"label": "refusal_label"},
            self.run: {"value": "eval_run"},
            **self.keeping.labels,
        }
        self.shown = [self.slider, self.rates, self.picture]

    def connect(self) -> None:
        """Bind the handlers. What tries many questions waits in one line."""
        self.keeping.connect()
        line: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "measuring", "show_progress": "hidden"}
        heads = [self.refusal_head, self.manner_head, self.manner, self.eval_head]
        self.tab.select(self.look, self.language, self.shown, **line)
        chosen = [self.slider, self.language]
        self.slider.input(self.choose, chosen, self.rates, trigger_mode="always_last", **QUIET)
        measured = self.run.click(self.measure, self.language, [self.run, self.picture], **line)
        measured.then(self.measured, self.language, [self.run, self.picture], **QUIET)
        switched = self.language.change(self.rename, self.language, [*heads, self.picture], **QUIET)
        switched.then(self.draw, chosen, self.rates, **QUIET)

    @guarded
    def look(self, language: str) -> Iterator[Updates]:
        """Show the threshold in use with its error rates, which may have to be measured first."""
        t, value = TEXTS[language], self.coach.refusal
        yield {self.slider: value, self.rates: waiting_html(t.rates_measuring)}
        self.known = self.coach.error_rates()
        yield {self.rates: render.rates_html(self.known, value, t), self.picture: render.report_html(self.report, t)}

    @guarded
    def choose(self, value: float, language: str) -> Updates:
        """Take a threshold into use, and show its error rates."""
        self.coach.set_refusal(value)
        return self.draw(value, language)

    def draw(self, value: float, language: str) -> Updates:
        """Show the error rates that are known at a threshold."""
        return {self.rates: render.rates_html(self.known, value, TEXTS[language])}

    @guarded
    def measure(self, language: str) -> Iterator[Updates]:
        """Evaluate; the rest of the page goes on."""
        from coach.evaluate import evaluate

        yield {self.run: gr.update(interactive=False), self.picture: waiting_html(TEXTS[language].eval_running)}
        self.report = evaluate(self.coach)

    def measured(self, language: str) -> Updates:
        """Show the picture, or the one before if it did not work, and give the button back."""
        picture = render.report_html(self.report, TEXTS[language])
        return {self.run: gr.update(interactive=True), self.picture: picture}

    def rename(self, language: str) -> Updates:
        """Put the texts into the chosen language."""
        named = (("refusal", self.refusal_head), ("manner", self.manner_head), ("eval", self.eval_head))
        heads: Updates = {head: self._head(name, language) for name, head in named}
        manner = gr.update(label=TEXTS[language].manner_title, choices=self._manners(language))
        return heads | {self.manner: manner, self.picture: render.report_html(self.report, TEXTS[language])}

    @staticmethod
    def _manners(language: str) -> list[tuple[str, str]]:
        return [(label, value) for value, label in INTERVIEW_TEXTS[language].manners.items()]

    @staticmethod
    def _head(name: str, language: str) -> str:
        t = TEXTS[language]
        return f"<h2>{getattr(t, f'{name}_title')}</h2><p>{getattr(t, f'{name}_about')}</p>"
