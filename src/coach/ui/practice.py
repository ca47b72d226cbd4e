"""The practice tab: what was practised, what is due, what is weak, and the way back into an interview."""

from typing import TYPE_CHECKING

import gradio as gr

from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.texts.practice import PRACTICE_TEXTS

if TYPE_CHECKING:
    from coach.interviews import Interviews
    from coach.practice import Practice
    from coach.service import Coach


class PracticeTab:
    """The tab, its components and what they do. Build it inside a `gr.Tabs` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        self._counted: dict[Interviews, Practice] = {}
        with gr.Tab(PRACTICE_TEXTS[language.value].tab, id="practice", elem_classes="practice-tab") as self.tab:
            self.board = html("practice-box")

    def connect(self) -> None:
        """Bind the handlers; beginning an interview is bound by the interview tab."""
        self.tab.select(self.look, self.language, self.board, **QUIET)
        self.board.apply(self.act, self.language, self.board, **QUIET)
        self.language.change(self.relabel, self.language, [self.tab, self.board], **QUIET)

    @guarded
    def look(self, language: str, *, asked: str = "") -> Updates:
        """Count and show everything."""
        from coach.ui.render_practice import practice_html

        return {self.board: practice_html(self._practice.overview(), PRACTICE_TEXTS[language], asked=asked)}

    @guarded
    def act(self, event: gr.EventData, language: str) -> Updates:
        """Delete an interview, after asking."""
        action, session = str(event._data["action"]), str(event._data.get("session", ""))
        if action == "delete":
            self.coach.interviews.delete(session)
        shown: Updates = self.look(language, asked=session if action == "ask" else "")
        return shown

    def relabel(self, language: str) -> Updates:
        """Draw everything in the chosen language."""
        shown: Updates = self.look(language)
        return shown | {self.tab: gr.update(label=PRACTICE_TEXTS[language].tab)}

    @property
    def _practice(self) -> "Practice":
        """What has been counted for the person who is served just now."""
        from coach.practice import Practice

        interviews = self.coach.interviews
        return self._counted.setdefault(interviews, Practice(interviews, self.coach))
