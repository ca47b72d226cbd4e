"""The chat tab: a question, its streamed answer, and the passages that it cites."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError
from coach.records import Question
from coach.ui import render
from coach.ui.background import Background
from coach.ui.conversation import Exchange, Stopping, chosen, converse, give_up, mixed, stop
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.texts import TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

Exchanges = tuple[Exchange, ...]
EXAMPLES, QUIZ = 6, 12
WINDOWS = 50
"""Conversations that are remembered for windows that are loaded again, until the program ends."""
NAME_WINDOW = """(_, language) => {
    const name = sessionStorage.getItem("coach-window")
        || Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
    sessionStorage.setItem("coach-window", name);
    return [name, language];
}"""
"""Names the window in its session storage, which outlives a reload and is shared with no other window."""
IDLE = gr.update(submit_btn=True, stop_btn=False)


class ChatTab:
    """The components of the tab and what they do. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", background: Background, language: gr.Radio) -> None:
        self.coach, self.background, self.language = coach, background, language
        t = TEXTS[language.value]
        self.exchanges = gr.State(())
        self.stopping = gr.State(Stopping())
        self.picked = gr.State(())
        self.window = gr.Textbox("", visible=False)
        self.kept: dict[str, Exchanges] = {}
        self.welcome = html("welcome-box", render.welcome_html((), t, waiting=t.status_warming))
        self.past = html("past")
        self.live = html("live")
        with gr.Column(elem_classes="composer"):
            self.box = gr.Textbox(
                lines=1,
                max_lines=6,
                max_length=2000,
                label=t.ask_label,
                placeholder=t.ask_placeholder,
                show_label=False,
                container=False,
                submit_btn=True,
                autofocus=True,
                elem_classes="ask-box",
            )
            with gr.Row(elem_classes="under"):
                self.status = html("status")
                self.clear = gr.Button(t.clear, size="sm", elem_classes="clear", visible=False, scale=0)
        self.timer = gr.Timer(0.7)
        self.seen = [self.status, self.welcome, self.timer]
        self.shown = [self.exchanges, self.welcome, self.past, self.live, self.box, self.clear]
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.box: {"label": "ask_label", "placeholder": "ask_placeholder"},
            self.clear: {"value": "clear"},
        }

    def connect(self, also: Sequence[Any] = ()) -> None:
        """Bind the handlers; `also` are events of other tabs that ask a question."""
        shown = self.shown
        heard = [self.exchanges, self.language]
        triggers = [self.box.submit, self.welcome.submit, self.past.submit, self.live.submit, *also]
        given = [self.box, self.stopping, *heard]
        asking = gr.on(triggers, self.ask, given, shown, concurrency_limit=8, show_progress="hidden")
        asking.failure(self.ended, [self.stopping, *heard], shown, **QUIET)
        stopped = self.box.stop(self.stop, [self.stopping, *heard], shown, cancels=[asking], **QUIET)
        cleared = self.clear.click(self.forget, self.language, [*shown, self.picked], **QUIET)
        for changed in (asking, stopped, cleared):
            changed.then(self.keep, [self.window, self.exchanges], None, **QUIET)
        self.timer.tick(self.look, [self.picked, self.language], self.seen, **QUIET)

    @guarded
    def ask(
        self, event: gr.EventData, typed: str, stopping: Stopping, exchanges: Exchanges, language: str
    ) -> Iterator[Updates]:
        """Answer the question that was typed or picked, step by step."""
        question, earlier = chosen(event._data, typed, exchanges)
        if not question:
            yield {self.box: gr.skip()}
            return
        stopping.asked = False
        busy = {self.box: gr.update(value="", submit_btn=False, stop_btn=True), self.clear: gr.update(visible=False)}
        yield self._show((*earlier, Exchange(question)), language) | busy
        for exchange in converse(self.coach, question, earlier):
            yield {self.exchanges: (*earlier, exchange), self.live: self._live(exchange, len(earlier) + 1, language)}
        yield {self.box: IDLE, self.clear: gr.update(visible=True)}

    def stop(self, stopping: Stopping, exchanges: Exchanges, language: str) -> Updates:
        """Keep what was written so far; Gradio closes the generator of `ask`."""
        stopping.asked = True
        return self._settle(stop(exchanges), language)

    def ended(self, stopping: Stopping, exchanges: Exchanges, language: str) -> Updates:
        """Show an answer that was stopped, or say that something unforeseen happened (the terminal has more)."""
        ended = stop(exchanges) if stopping.asked else give_up(exchanges, TEXTS[language].unexpected)
        return self._settle(ended, language)

    def forget(self, language: str) -> Updates:
        """Begin a new conversation, with starter questions."""
        start = gr.update(value=self._welcome((), language), visible=True)
        return self._settle((), language) | {self.picked: (), self.welcome: start}

    def keep(self, window: str, exchanges: Exchanges) -> None:
        """Remember the conversation of a window, for when it is loaded again; the oldest are forgotten."""
        self.kept.pop(window, None)
        self.kept[window] = exchanges
        while len(self.kept) > WINDOWS:
            del self.kept[next(iter(self.kept))]

    def resume(self, window: str, language: str) -> Updates:
        """Show the conversation that a window had before it was loaded again."""
        return {**self._settle(stop(self.kept.get(window, ())), language), self.window: window}

    @guarded
    def quiz(self, language: str) -> Updates:
        """Offer the newest questions, from all articles that brought some; a conversation goes on below them."""
        t = TEXTS[language]
        fresh = mixed([question for question in self.coach.new_questions() if question.answered])[:QUIZ]
        if not fresh:
            raise CoachError(t.quiz_none)
        return {self.picked: tuple(fresh), self.welcome: gr.update(value=render.quiz_html(fresh, t), visible=True)}

    @guarded
    def look(self, picked: Sequence[Question], language: str) -> Updates:
        """Show how the work behind the page is getting on; stop looking when it is done."""
        t = TEXTS[language]
        waiting = render.waiting_text(self.background, t)
        return {
            self.status: render.status_html(self.coach.status(), waiting, self.background.problem, t),
            self.welcome: self._welcome(picked, language),
            self.timer: gr.Timer(active=self.background.busy),
        }

    def redraw(self, exchanges: Exchanges, picked: Sequence[Question], language: str) -> Updates:
        """Draw everything again, for another language."""
        look: Updates = self.look(picked, language)
        shown = self._show(exchanges, language)
        return look | {self.past: shown[self.past], self.live: shown[self.live]}

    def _welcome(self, picked: Sequence[Question], language: str) -> str:
        t = TEXTS[language]
        if picked:
            return render.quiz_html(picked, t)
        return render.welcome_html(self.coach.examples(EXAMPLES), t, waiting=render.waiting_text(self.background, t))

    def _settle(self, exchanges: Exchanges, language: str) -> Updates:
        return self._show(exchanges, language) | {self.exchanges: exchanges, self.box: IDLE}

    def _show(self, exchanges: Exchanges, language: str) -> Updates:
        """All but the last exchange in `past`, which then stays as it is while the last one grows in `live`."""
        past = render.past_html(exchanges[:-1], TEXTS[language], model=self.coach.status().model)
        return {
            self.past: past,
            self.live: self._live(exchanges[-1], len(exchanges), language) if exchanges else "",
            self.welcome: gr.update(visible=not exchanges),
            self.clear: gr.update(visible=bool(exchanges)),
        }

    def _live(self, exchange: Exchange, number: int, language: str) -> str:
        return render.exchange_html(exchange, TEXTS[language], number=number, model=self.coach.status().model)
