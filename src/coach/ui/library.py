"""The library tab: the articles, what was made of each, and reading them again."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError
from coach.records import Article, Progress
from coach.ui import render_library as render
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.texts import TEXTS

if TYPE_CHECKING:
    from coach.service import Coach


class LibraryTab:
    """The components of the tab and what they do. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        t = TEXTS[language.value]
        self.chosen = gr.State("")
        with gr.Row(elem_classes="library-head"):
            self.about = gr.Markdown(t.library_about, elem_classes="about")
            self.reingest = gr.Button(t.reingest, size="sm", elem_classes="reingest", scale=0)
        with gr.Accordion(t.add, open=False, elem_classes="add") as self.adding:
            with gr.Row(elem_classes="add-row"):
                self.files = gr.File(label=t.add_files, file_count="multiple", height=150)
                with gr.Column():
                    self.title = gr.Textbox(label=t.add_title, max_lines=1)
                    self.text = gr.Textbox(label=t.add_text, lines=4, max_lines=12)
            self.add_button = gr.Button(t.add_button, variant="primary", size="sm", elem_classes="add-button", scale=0)
        self.progress = html("progress-box")
        with gr.Row(elem_classes="library"):
            with gr.Column(elem_classes="shelf"):
                self.table = html("articles-box")
                self.removed = html("deleted-box")
            self.preview = html("preview-box")
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.about: {"value": "library_about"},
            self.reingest: {"value": "reingest"},
            self.adding: {"label": "add"},
            self.files: {"label": "add_files"},
            self.title: {"label": "add_title"},
            self.text: {"label": "add_text"},
            self.add_button: {"value": "add_button"},
        }
        self.listed = [self.table, self.removed, self.preview]

    def connect(self) -> None:
        """Bind the handlers. All that reads articles waits in one line, and the lists are drawn again after it."""
        heard, language = [self.chosen, self.language], self.language
        reporting = [self.progress, self.reingest, self.add_button]
        line: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "reading", "show_progress": "hidden"}
        self.table.select(self.choose, language, [self.chosen, *self.listed], **QUIET)
        form = [self.files, self.title, self.text]
        reading = [
            self.reingest.click(self.read_again, language, reporting, **line),
            self.add_button.click(self.add, [*form, language], [*reporting, *form], **line),
            self.preview.delete(self.delete, language, self.progress, **line),
            self.preview.apply(self.keep, language, reporting, **line),
            self.removed.undo(self.restore, language, reporting, **line),
            self.progress.undo(self.restore, language, reporting, **line),
        ]
        for read in reading:
            read.then(self.settle, heard, [*self.listed, self.reingest, self.add_button], **QUIET)

    @guarded
    def look(self, chosen: str, language: str) -> Updates:
        """Show the articles, those taken out, and the preview of the chosen one."""
        t, articles = TEXTS[language], self.coach.articles()
        return {
            self.table: render.articles_html(articles, t, chosen=chosen),
            self.removed: render.deleted_html(self.coach.deleted(), t),
            self.preview: self._preview(
                next((article for article in articles if article.id == chosen), None), language
            ),
        }

    def settle(self, chosen: str, language: str) -> Updates:
        """Show the lists after a change, whether it worked or not, and give the buttons back."""
        lists: Updates = self.look(chosen, language)
        return lists | self._reading(False)

    def _preview(self, article: Article | None, language: str) -> str:
        t = TEXTS[language]
        if article is None:
            return f'<p class="quiet">{t.choose_article}</p>'
        passages, dropped = self.coach.passages(article.id), self.coach.dropped(article.id)
        return render.article_html(article, self.coach.questions(article.id), passages, dropped, t)

    def choose(self, event: gr.EventData, language: str) -> Updates:
        """Preview the article that was clicked."""
        chosen = str(event._data["article"])
        return self.look(chosen, language) | {self.chosen: chosen}

    @guarded
    def read_again(self, language: str) -> Iterator[Updates]:
        """Read new and changed articles, reporting each."""
        yield from self._reports(self.coach.ingest(), language)

    @guarded
    def add(self, files: list[str] | None, title: str, text: str, language: str) -> Iterator[Updates]:
        """Add the chosen files and the pasted text; empty the form."""
        if not files and not text.strip():
            raise CoachError(TEXTS[language].add_nothing)
        if files:
            yield from self._reports(self.coach.add_files(files), language)
        if text.strip():
            yield from self._reports(self.coach.add_text(title.strip(), text), language)
        yield {self.files: None, self.title: "", self.text: ""}

    @guarded
    def delete(self, event: gr.EventData, language: str) -> Updates:
        """Take the article out of the library; its file stays, and so does a way back."""
        article, title = str(event._data["article"]), str(event._data["title"])
        self.coach.delete(article)
        return {self.progress: render.removed_html(article, title, TEXTS[language])}

    @guarded
    def restore(self, event: gr.EventData, language: str) -> Iterator[Updates]:
        """Put an article back."""
        yield from self._reports(self.coach.undelete(str(event._data["article"])), language)

    @guarded
    def keep(self, event: gr.EventData, language: str) -> Iterator[Updates]:
        """Keep a line that cleaning left out."""
        article, line = str(event._data["article"]), int(event._data["line"])
        yield from self._reports(self.coach.keep_line(article, line), language)

    def _reports(self, reports: Iterator[Progress], language: str) -> Iterator[Updates]:
        """Show an ingest as it goes on; meanwhile nothing else can be read."""
        t, seen = TEXTS[language], list[Progress]()
        yield {self.progress: render.progress_html((), t)} | self._reading(True)
        for report in reports:
            seen.append(report)
            yield {self.progress: render.progress_html(seen, t)}
        yield {self.progress: render.progress_html(seen, t, finished=True)}

    def _reading(self, now: bool) -> Updates:
        return {button: gr.update(interactive=not now) for button in (self.reingest, self.add_button)}
