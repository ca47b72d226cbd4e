"""The sheet of the interview tab on which a question's key points are read, changed, and taken back."""

from typing import TYPE_CHECKING

import gradio as gr

from coach.errors import CoachError, InterviewError
from coach.ui.guard import guarded
from coach.ui.parts import HERE, QUIET, Updates, html
from coach.ui.render_key_points import sheet_html
from coach.ui.texts.interview import INTERVIEW_TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

SCRIPT = (HERE / "key_points.js").read_text(encoding="utf-8")


class KeyPointsSheet:
    """The sheet and what it does. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        self.box = html("iv-sheet-box", script=SCRIPT)

    def connect(self, *opened_by: gr.HTML) -> None:
        """Bind the handlers; the buttons that open the sheet stand in `opened_by`."""
        gr.on([box.edit for box in opened_by], self.open, self.language, self.box, **QUIET)
        self.box.submit(self.save, self.language, None, show_progress="hidden")  # in the queue, else nothing is told
        self.box.apply(self.reset, self.language, None, show_progress="hidden")
        self.box.clear(lambda: "", None, self.box, **QUIET)

    @guarded
    def open(self, event: gr.EventData, language: str) -> Updates:
        """Show the points of a question."""
        question, t = str(event._data["question"]), INTERVIEW_TEXTS[language]
        try:
            points = self.coach.interviews.key_points(question)
        except InterviewError as error:
            raise CoachError(t.points_gone) from error
        text = next(each.text for each in self.coach.questions() if each.id == question)
        return {self.box: sheet_html(question, text, points, t)}

    @guarded
    def save(self, event: gr.EventData, language: str) -> None:
        """Grade against other points from now on."""
        self.coach.interviews.set_key_points(str(event._data["question"]), list(map(str, event._data["texts"])))
        gr.Info(INTERVIEW_TEXTS[language].points_saved)

    @guarded
    def reset(self, event: gr.EventData, language: str) -> None:
        """Grade against the article's own points again."""
        self.coach.interviews.reset_key_points(str(event._data["question"]))
        gr.Info(INTERVIEW_TEXTS[language].points_were_reset)
