"""The part of the settings tab about the person's data: where it is, back-up, restore, deleting everything."""

from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from coach.backup import erase, examine, restore
from coach.errors import BackupError
from coach.ui import render_keeping as render
from coach.ui.background import Background
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.texts import TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

RELOAD = "() => { sessionStorage.removeItem('coach-conversation'); location.reload(); }"
"""After everything was replaced, nothing that a window shows is true any more."""


class Keeping:
    """A column of the settings tab. Build it inside a `gr.Column`."""

    def __init__(self, coach: "Coach", background: Background, language: gr.Radio) -> None:
        self.coach, self.background, self.language = coach, background, language
        self.file = gr.State("")
        self.about = html("setting-head", self._about(language.value))
        self.upload = gr.UploadButton(
            TEXTS[language.value].restore_from, file_types=[".zip"], size="sm", elem_classes="reingest", scale=0
        )
        self.asked = html("restore-asked")
        self.erase = html("erase-box", render.erase_html(TEXTS[language.value]))
        self.labels = {self.upload: {"label": "restore_from"}}

    def connect(self) -> None:
        """Bind the handlers."""
        self.upload.upload(self.ask, [self.upload, self.language], [self.file, self.asked], show_progress="hidden")
        restored = self.asked.apply(self.restore, self.file, self.asked, show_progress="hidden")
        restored.success(None, None, None, js=RELOAD)
        self.asked.clear(self.forget, self.file, [self.file, self.asked], **QUIET)
        erased = self.erase.delete(self.delete, self.language, self.asked, show_progress="hidden")
        erased.success(None, None, None, js=RELOAD)
        self.language.change(self.rename, self.language, [self.about, self.erase], **QUIET)

    @guarded
    def ask(self, file: str, language: str) -> Updates:
        """Show what a back-up holds, before anything is replaced; one that can't be restored is thrown away."""
        try:
            contents = examine(self.coach.settings, Path(file))
        except BackupError:
            Path(file).unlink(missing_ok=True)
            raise
        return {self.file: file, self.asked: render.restore_html(contents, TEXTS[language])}

    @guarded
    def restore(self, file: str) -> Updates:
        """Replace everything, and read the articles again behind the page."""
        restore(self.coach.settings, Path(file))
        Path(file).unlink(missing_ok=True)
        self.background.start(again=True)
        return {self.asked: ""}

    def forget(self, file: str) -> Updates:
        """Throw the uploaded copy of a back-up away."""
        Path(file).unlink(missing_ok=True)
        return {self.file: "", self.asked: ""}

    @guarded
    def delete(self, event: gr.EventData, language: str) -> Updates:
        """Delete everything if the word was typed; then it is as on the first day."""
        t = TEXTS[language]
        if str(event._data["word"]).strip().lower() != t.erase_word:
            raise BackupError(t.erase_wrong.format(word=t.erase_word))
        erase(self.coach.settings)
        self.background.start(again=True)
        return {self.asked: ""}

    def rename(self, language: str) -> Updates:
        """Put the texts into the chosen language."""
        return {self.about: self._about(language), self.erase: render.erase_html(TEXTS[language])}

    def _about(self, language: str) -> str:
        settings = self.coach.settings
        return render.data_html(settings.home, settings.max_article_mb, TEXTS[language])
