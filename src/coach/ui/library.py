"""The library tab: the articles, what was made of each, adding more and reading them again."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError
from coach.records import Article, Progress
from coach.ui import render_library as render
from coach.ui.conversation import Stopping
from coach.ui.guard import guarded
from coach.ui.parts import QUIET, Updates, html
from coach.ui.reading import follow, readable
from coach.ui.render_reading import reading_html
from coach.ui.texts import TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

Parts = list[Iterator[Progress]]


class LibraryTab:
    """The components of the tab and what they do. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        t = TEXTS[language.value]
        self.chosen, self.stopping = gr.State(""), gr.State(Stopping())
        with gr.Row(elem_classes="library-head"):
            self.about = gr.Markdown(t.library_about, elem_classes="about")
            self.reingest = gr.Button(t.reingest, size="sm", elem_classes="reingest", scale=0)
        self._build_form()
        with gr.Row(elem_classes="reading"):
            self.progress = html("progress-box")
            self.stop = gr.Button(t.reading_stop, size="sm", elem_classes="clear", visible=False, scale=0)
        with gr.Row(elem_classes="library"):
            with gr.Column(elem_classes="shelf"):
                self.search = gr.Textbox(
                    "",
                    label=t.search_label, placeholder=t.search_placeholder, show_label=False, container=False,
                    max_lines=1, max_length=200, elem_classes="search",
                )  # fmt: skip
                self.notes = html("notes-box")
                self.table = html("articles-box")
            self.preview = html("preview-box")
        self.listed = [self.table, self.notes, self.preview]
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.about: {"value": "library_about"},
            self.reingest: {"value": "reingest"},
            self.stop: {"value": "reading_stop"},
            self.search: {"label": "search_label", "placeholder": "search_placeholder"},
            self.adding: {"label": "add"},
            self.files: {"label": "add_files"},
            self.folder: {"label": "add_folder"},
            self.url: {"label": "add_url"},
            self.title: {"label": "add_title"},
            self.text: {"label": "add_text"},
            self.add_button: {"value": "add_button"},
        }

    def _build_form(self) -> None:
        t = TEXTS[self.language.value]
        with gr.Accordion(t.add, open=False, elem_classes="add") as self.adding:
            with gr.Row(elem_classes="add-row"):
                with gr.Column(elem_classes="add-files"):
                    self.files = gr.File(label=t.add_files, file_count="multiple", height=150)
                    self.folder = gr.UploadButton(
                        t.add_folder, file_count="directory", size="sm", elem_classes="reingest folder", scale=0
                    )
                with gr.Column():
                    self.url = gr.Textbox("", label=t.add_url, placeholder="https://", max_lines=1)
                    self.title = gr.Textbox("", label=t.add_title, max_lines=1)
                    self.text = gr.Textbox("", label=t.add_text, lines=3, max_lines=12)
            self.add_button = gr.Button(t.add_button, variant="primary", size="sm", elem_classes="add-button", scale=0)

    def connect(self) -> None:
        """Bind the handlers. All that reads articles waits in one line, and the lists are drawn again after it."""
        heard, given = [self.chosen, self.search, self.language], [self.stopping, self.language]
        doing = [self.progress, self.stop, self.reingest, self.add_button, self.folder]
        line: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "reading", "show_progress": "hidden"}
        form = [self.files, self.url, self.title, self.text]
        reading = [
            self.reingest.click(self.read_again, given, doing, **line),
            self.add_button.click(self.add, [*form, *given], [*doing, *form], **line),
            self.folder.upload(self.add_folder, [self.folder, *given], doing, **line),
            self.notes.clear(self.prune, given, doing, **line),
            self.preview.delete(self.delete, self.language, self.progress, **line),
            self.preview.apply(self.keep, given, doing, **line),
            self.notes.undo(self.restore, given, doing, **line),
            self.progress.undo(self.restore, given, doing, **line),
        ]
        for read in reading:
            read.then(self.settle, heard, [*self.listed, *doing[1:]], **QUIET)
        self.stop.click(self.halt, given, self.stop, **QUIET)
        self.search.change(self.find, heard, self.table, trigger_mode="always_last", **QUIET)
        for box in self.listed:
            box.select(self.choose, heard[1:], [self.chosen, *self.listed], **QUIET)

    @guarded
    def look(self, chosen: str, words: str, language: str) -> Updates:
        """Show the articles, what is to be looked at, and the preview of the chosen one."""
        t, coach = TEXTS[language], self.coach
        article = next((article for article in coach.articles() if article.id == chosen), None)
        found: Updates = self.find(chosen, words, language)
        return found | {
            self.notes: render.notes_html(coach.missing(), coach.contradictions(), coach.deleted(), t),
            self.preview: self._preview(article, language),
        }

    @guarded
    def find(self, chosen: str, words: str, language: str) -> Updates:
        """Show the articles that hold the words."""
        coach = self.coach
        table = render.articles_html(
            coach.articles(),
            TEXTS[language],
            failures=coach.failures(),
            missing={article.id for article in coach.missing()},
            words=words,
            chosen=chosen,
        )
        return {self.table: table}

    def settle(self, chosen: str, words: str, language: str) -> Updates:
        """Show the lists after a change, whether it worked or not, and give the buttons back."""
        lists: Updates = self.look(chosen, words, language)
        return lists | self._reading(False, language)

    def _preview(self, article: Article | None, language: str) -> str:
        t, coach = TEXTS[language], self.coach
        if article is None:
            return f'<p class="quiet">{t.choose_article}</p>' if coach.articles() else ""
        questions, passages = coach.questions(article.id), coach.passages(article.id)
        linked = {question.id: coach.linked(question.id) for question in questions}
        return render.article_html(article, questions, passages, coach.dropped(article.id), t, linked=linked)

    def choose(self, event: gr.EventData, words: str, language: str) -> Updates:
        """Preview the article that was clicked."""
        chosen = str(event._data["article"])
        return self.look(chosen, words, language) | {self.chosen: chosen}

    @guarded
    def read_again(self, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Read new and changed articles, reporting each."""
        yield from self._reports([self.coach.ingest()], stopping, language)

    @guarded
    def prune(self, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Remove the articles whose files are gone; they were shown before."""
        yield from self._reports([self.coach.ingest(prune=True)], stopping, language)

    @guarded
    def add(
        self, files: list[str] | None, url: str, title: str, text: str, stopping: Stopping, language: str
    ) -> Iterator[Updates]:
        """Add the chosen files, the page of the address and the pasted text; empty the form."""
        parts: Parts = [self.coach.add_files(files)] if files else []
        parts += [self.coach.add_url(url.strip())] if url.strip() else []
        parts += [self.coach.add_text(title.strip(), text)] if text.strip() else []
        if not parts:
            raise CoachError(TEXTS[language].add_nothing)
        yield from self._reports(parts, stopping, language)
        yield {self.files: None, self.url: "", self.title: "", self.text: ""}

    @guarded
    def add_folder(self, files: list[str] | None, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Add what can be read of a folder."""
        articles = readable(files or [])
        if not articles:
            raise CoachError(TEXTS[language].folder_nothing)
        yield from self._reports([self.coach.add_files(articles)], stopping, language)

    @guarded
    def delete(self, event: gr.EventData, language: str) -> Updates:
        """Take the article out of the library; its file stays, and so does a way back."""
        article, title = str(event._data["article"]), str(event._data["title"])
        self.coach.delete(article)
        return {self.progress: render.removed_html(article, title, TEXTS[language])}

    @guarded
    def restore(self, event: gr.EventData, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Put an article back."""
        yield from self._reports([self.coach.undelete(str(event._data["article"]))], stopping, language)

    @guarded
    def keep(self, event: gr.EventData, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Keep a line that cleaning left out."""
        article, line = str(event._data["article"]), int(event._data["line"])
        yield from self._reports([self.coach.keep_line(article, line)], stopping, language)

    def halt(self, stopping: Stopping, language: str) -> Updates:
        """Stop after the article that is being read; what was done stays."""
        stopping.asked = True
        return {self.stop: gr.update(value=TEXTS[language].reading_stopping, interactive=False)}

    def _reports(self, parts: Parts, stopping: Stopping, language: str) -> Iterator[Updates]:
        """Show an ingest as it goes on; meanwhile nothing else can be read."""
        stopping.asked, t = False, TEXTS[language]
        yield self._reading(True, language)
        for reading in follow(parts, lambda: self.coach.last_ingest, stopping):
            yield {self.progress: reading_html(reading, t)}

    def _reading(self, now: bool, language: str) -> Updates:
        stop = gr.update(visible=now, interactive=True, value=TEXTS[language].reading_stop)
        resting = {button: gr.update(interactive=not now) for button in (self.reingest, self.add_button, self.folder)}
        return resting | {self.stop: stop}
