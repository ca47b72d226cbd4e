"""The chat tab: conversations beside it, a question, its streamed answer, and the passages that it cites."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError
from coach.talk.conversations import Exchange
from coach.ui import render
from coach.ui.answers import Answers, Writing, new_id
from coach.ui.background import Background
from coach.ui.conversation import chosen
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.render_side import bar_html, deleted_html, side_html
from coach.ui.texts import TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

EXAMPLES, OFFERED = 6, 60
"""Starter questions that are shown, and of how many: those in the language of the page come first."""
SHOWN = 10
"""Exchanges on the page; earlier ones come by as many when asked for, so that a long conversation stays quick."""
SOON, LATER = 0.7, 4.0
"""Seconds between two looks at the status: while the work behind the page goes on, and after it."""
IDLE = gr.update(submit_btn=True, stop_btn=False)
BUSY = gr.update(submit_btn=False, stop_btn=True)
OPENED = "(_, window, language) => [sessionStorage.getItem('coach-conversation') || '', window, language]"
"""Which conversation the window showed: its session storage outlives a reload and is shared with no other window."""


@dataclass(slots=True)
class Window:
    """What one window shows: `conversation` ("" for none yet), how many exchanges of it, and what was searched for.

    The window's handlers share it. `turn` counts what it was made to show, so that whoever follows an answer for an
    earlier turn ends.
    """

    conversation: str = ""
    reach: int = SHOWN
    words: str = ""
    turn: int = 0

    def show(self, conversation: str) -> None:
        """Show another conversation."""
        self.conversation, self.reach = conversation, SHOWN
        self.turn += 1


class ChatTab:
    """The components of the tab and what they do. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", background: Background, language: gr.Radio) -> None:
        self.coach, self.background, self.language = coach, background, language
        self.answers = Answers(coach)
        t = TEXTS[language.value]
        self.window = gr.State(Window())
        self.opened = gr.Textbox("", visible=False)
        with gr.Row(elem_classes="chat"):
            with gr.Column(elem_classes="talks-side", elem_id="talks-side", scale=0):
                self.new = gr.Button(t.new_conversation, size="sm", elem_classes="new-talk")
                self.search = gr.Textbox(
                    label=t.find_conversation,
                    placeholder=t.find_conversation,
                    show_label=False,
                    container=False,
                    max_length=100,
                    elem_classes="find-talk",
                )
                self.told = html("told-box")
                self.list = html("talks-box")
            with gr.Column(elem_classes="talk"):
                self._build(language.value)
        self.timer = gr.Timer(SOON)
        self.seen = [self.status, self.welcome, self.timer]
        self.drawn = [*self.seen, self.past, self.live, self.list, self.bar]
        self.shown = [self.welcome, self.past, self.live, self.box, self.list]
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.box: {"label": "ask_label", "placeholder": "ask_placeholder"},
            self.new: {"value": "new_conversation"},
            self.search: {"label": "find_conversation", "placeholder": "find_conversation"},
        }

    def _build(self, language: str) -> None:
        t = TEXTS[language]
        self.bar = html("talk-bar-box", bar_html(t))
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
            self.status = html("status")

    def connect(self, also: Sequence[Any] = ()) -> None:
        """Bind the handlers; `also` are events of other tabs that ask a question."""
        shown, heard = self.shown, [self.window, self.language]
        streaming: dict[str, Any] = {"concurrency_limit": 20, "show_progress": "hidden"}
        triggers = [self.box.submit, self.welcome.submit, self.past.submit, self.live.submit, *also]
        asking = gr.on(triggers, self.ask, [self.box, *heard], shown, **streaming)
        asking.failure(self.settle, heard, shown, **QUIET)
        self.box.stop(self.stop, self.window, None, **QUIET)
        self.list.select(self.open, heard, shown, **streaming)
        gr.on([self.new.click, self.bar.clear], self.forget, heard, shown, **QUIET)
        self.past.expand(self.reach_back, heard, shown, **QUIET)
        changed = [self.list, self.told]
        self.search.change(self.find, [self.search, *heard], self.list, trigger_mode="always_last", **QUIET)
        self.list.edit(self.edit, heard, self.list, **QUIET)
        self.list.apply(self.rename, heard, self.list, **QUIET)
        self.list.delete(self.delete, heard, [*shown, self.told], **QUIET)
        self.told.undo(self.undelete, heard, changed, **QUIET)
        self.bar.input(self.prepare, self.window, None, trigger_mode="always_last", **QUIET)
        self.timer.tick(self.follow, [self.language, self.timer], self.seen, **QUIET)

    @guarded
    def ask(self, event: gr.EventData, typed: str, window: Window, language: str) -> Iterator[Updates]:
        """Answer the question that was typed or picked, step by step."""
        question, again = chosen(event._data, typed)
        if not question:
            yield {self.box: gr.skip()}
            return
        window.show(window.conversation or new_id())
        writing = self.answers.begin(window.conversation, question, again=again)
        yield self._show(window, language) | {self.box: BUSY | ({"value": ""} if question == typed.strip() else {})}
        yield from self._follow(writing, window, language)

    def _follow(self, writing: Writing, window: Window, language: str) -> Iterator[Updates]:
        """Draw an answer while it grows, as long as the window shows it."""
        turn = window.turn
        for exchange in writing.follow():
            live = self._live(exchange, writing.number, language)
            if window.turn != turn:
                return
            yield {self.live: live}
        yield {self.box: IDLE}

    def stop(self, window: Window) -> None:
        """Keep what was written so far; who follows the answer draws that."""
        self.answers.stop(window.conversation)

    def prepare(self, event: gr.EventData, window: Window) -> None:
        """Get ready for what is being typed; what is wrong is told when it is asked."""
        with suppress(CoachError):
            self.answers.prepare(window.conversation, str(event._data["text"]))

    def settle(self, window: Window, language: str) -> Updates:
        """Draw what is stored, after something unforeseen happened."""
        return self._show(window, language) | {self.box: IDLE}

    @guarded
    def open(self, event: gr.EventData, window: Window, language: str) -> Iterator[Updates]:
        """Show a conversation of the list."""
        yield from self._open(str(event._data["conversation"]), window, language)

    def resume(self, opened: str, window: Window, language: str) -> Iterator[Updates]:
        """Show the conversation that a window had before it was loaded again, with its answer as it goes on."""
        yield from self._open(opened, window, language)

    def _open(self, conversation: str, window: Window, language: str) -> Iterator[Updates]:
        window.show(conversation)
        writing = self.answers.going_on(conversation)
        yield self._show(window, language) | {self.box: BUSY if writing else IDLE}
        if writing:
            yield from self._follow(writing, window, language)

    def forget(self, window: Window, language: str) -> Updates:
        """Begin a new conversation, with starter questions; an answer that is being written goes on."""
        window.show("")
        start = gr.update(value=self._welcome(language), visible=True)
        return self._show(window, language) | {self.box: IDLE, self.welcome: start}

    def reach_back(self, window: Window, language: str) -> Updates:
        """Show earlier exchanges too."""
        window.reach += SHOWN
        shown = self._show(window, language)
        return {self.past: shown[self.past]}

    def find(self, words: str, window: Window, language: str) -> Updates:
        """Show the conversations that hold the words."""
        window.words = words
        return {self.list: self._side(window, language)}

    def edit(self, event: gr.EventData, window: Window, language: str) -> Updates:
        """Offer a field for another name."""
        return {self.list: self._side(window, language, editing=str(event._data["conversation"]))}

    def rename(self, event: gr.EventData, window: Window, language: str) -> Updates:
        """Give a conversation another name."""
        self.coach.conversations.rename(str(event._data["conversation"]), str(event._data["title"]))
        return {self.list: self._side(window, language)}

    def delete(self, event: gr.EventData, window: Window, language: str) -> Updates:
        """Delete a conversation, with a way back; if it is shown here, a new one begins."""
        conversation, title = str(event._data["conversation"]), str(event._data["title"])
        self.answers.stop(conversation)
        self.coach.conversations.delete(conversation)
        told = {self.told: deleted_html(conversation, title, TEXTS[language])}
        if conversation != window.conversation:
            return told | {self.list: self._side(window, language)}
        shown: Updates = self.forget(window, language)
        return told | shown

    def undelete(self, event: gr.EventData, window: Window, language: str) -> Updates:
        """Bring a deleted conversation back."""
        self.coach.conversations.undelete(str(event._data["conversation"]))
        return {self.list: self._side(window, language), self.told: ""}

    @guarded
    def look(self, language: str) -> Updates:
        """Show how the work behind the page is getting on, and what can be asked."""
        shown: Updates = self.glance(language)
        return shown | {self.welcome: self._welcome(language)}

    @guarded
    def follow(self, language: str, pace: float) -> Updates:
        """Show how the work is getting on, and once more what can be asked when it is done: the first visit waits."""
        ready = pace == SOON and not self.background.busy
        return self.look(language) if ready else self.glance(language)

    @guarded
    def glance(self, language: str) -> Updates:
        """Show what answers now: a model may have come meanwhile."""
        t, busy = TEXTS[language], self.background.busy
        waiting = render.waiting_text(self.background, t)
        status = render.status_html(self.coach.status(), waiting, self.background.problem, t)
        return {self.status: status, self.timer: gr.Timer(SOON if busy else LATER)}

    def redraw(self, window: Window, language: str) -> Updates:
        """Draw everything again, for another language."""
        shown = self._show(window, language)
        look: Updates = self.look(language)
        drawn = {part: shown[part] for part in (self.past, self.live, self.list)}
        return look | drawn | {self.bar: bar_html(TEXTS[language])}

    def _welcome(self, language: str) -> str:
        t = TEXTS[language]
        waiting, model = render.waiting_text(self.background, t), bool(self.coach.status().model)
        examples = sorted(self.coach.examples(OFFERED), key=lambda question: question.language != language)
        return render.welcome_html(examples[:EXAMPLES], t, waiting=waiting, model=model)

    def _side(self, window: Window, language: str, *, editing: str = "") -> str:
        return side_html(
            self.coach.conversations.listed(window.words),
            TEXTS[language],
            now=datetime.now().astimezone(),
            language=language,
            current=window.conversation,
            editing=editing,
            words=window.words,
        )

    def _show(self, window: Window, language: str) -> Updates:
        """All but the last exchange in `past`, which then stays as it is while the last one grows in `live`."""
        found = self.answers.load(window.conversation, last=window.reach)
        exchanges, number = found.exchanges, found.earlier + len(found.exchanges)
        model = self.coach.status().model
        return {
            self.past: render.past_html(exchanges[:-1], TEXTS[language], earlier=found.earlier, model=model),
            self.live: self._live(exchanges[-1], number, language) if exchanges else "",
            self.welcome: gr.update(visible=not exchanges),
            self.list: self._side(window, language),
        }

    def _live(self, exchange: Exchange, number: int, language: str) -> str:
        return render.exchange_html(exchange, TEXTS[language], number=number, model=self.coach.status().model)
