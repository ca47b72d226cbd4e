"""The library tab: the articles, what was made of each, and reading them again."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.records import Progress
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
        self.progress = html("progress-box")
        with gr.Row(elem_classes="library"):
            self.table = html("articles-box")
            self.preview = html("preview-box")
        self.labels: Mapping[Any, Mapping[str, str]] = {
            self.about: {"value": "library_about"},
            self.reingest: {"value": "reingest"},
        }

    def connect(self) -> None:
        """Bind the handlers."""
        heard = [self.chosen, self.language]
        self.table.select(self.choose, [self.language], [self.chosen, self.table, self.preview], **QUIET)
        reading = self.reingest.click(
            self.read_again,
            [self.language],
            [self.progress, self.reingest],
            concurrency_limit=1,
            show_progress="hidden",
        )
        reading.then(self.look, heard, [self.table, self.preview], **QUIET)

    @guarded
    def look(self, chosen: str, language: str) -> Updates:
        """Show the articles, and the preview of the chosen one."""
        t = TEXTS[language]
        articles = self.coach.articles()
        article = next((article for article in articles if article.id == chosen), None)
        preview = f'<p class="quiet">{t.choose_article}</p>' if articles else ""
        if article:
            questions = [question for question in self.coach.questions() if question.article == chosen]
            passages, dropped = self.coach.passages(chosen), self.coach.dropped(chosen)
            preview = render.article_html(article, questions, passages, dropped, t)
        return {self.table: render.articles_html(articles, t, chosen=chosen), self.preview: preview}

    def choose(self, event: gr.EventData, language: str) -> Updates:
        """Preview the article that was clicked."""
        chosen = str(event._data["article"])
        return self.look(chosen, language) | {self.chosen: chosen}

    @guarded
    def read_again(self, language: str) -> Iterator[Updates]:
        """Ingest, reporting each article."""
        t, reports = TEXTS[language], list[Progress]()
        yield {self.progress: render.progress_html((), t), self.reingest: gr.update(interactive=False)}
        try:
            for report in self.coach.ingest():
                reports.append(report)
                yield {self.progress: render.progress_html(reports, t)}
            yield {self.progress: render.progress_html(reports, t, finished=True)}
        finally:
            yield {self.reingest: gr.update(interactive=True)}
