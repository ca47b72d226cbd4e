"""The form of the interview tab: what to be asked about, how much, how hard, by whom. Its choices → a `Plan`."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError
from coach.talk.events import Plan
from coach.ui.parts import QUIET, Updates
from coach.ui.render_interview import topics_shown
from coach.ui.texts.interview import INTERVIEW_TEXTS

if TYPE_CHECKING:
    from coach.service import Coach

COUNTS, USUAL = (3, 5, 8, 12), 5
MINUTES = (0, 10, 20, 40)
COMMON = 14
"""Topics that are shown before "all" is asked for."""
LONGEST_TEXT = 20_000


class PlanForm:
    """The components of the form and what they do. Build it inside a `gr.Blocks` context."""

    def __init__(self, coach: "Coach", language: gr.Radio) -> None:
        self.coach, self.language = coach, language
        t = INTERVIEW_TEXTS[language.value]
        self.all_shown = gr.State(False)
        with gr.Row(elem_classes="iv-row"):
            self.count = self._radio(t.count, self._counts(language.value), USUAL)
            self.minutes = self._radio(t.minutes, self._minutes(language.value), 0)
        self.topics = gr.CheckboxGroup([], label=t.topics, info=t.topics_about, elem_classes="iv-topics")
        self.more = gr.Button(t.topics_more.format(count=0), size="sm", elem_classes="link iv-more", scale=0)
        with gr.Accordion(t.settings, open=False, elem_classes="iv-settings") as self.settings:
            with gr.Row(elem_classes="iv-row"):
                self.difficulty = self._radio(t.difficulty, _choices(t.levels), "adaptive")
                self.manner = self._radio(t.manner, _choices(t.manners), "friendly")
            with gr.Row(elem_classes="iv-row"):
                self.source = self._radio(t.source, _choices(t.sources), "all")
                self.spoken = self._radio(t.spoken, self._languages(language.value), language.value)
            self.articles = gr.Dropdown(
                [], label=t.articles, info=t.articles_placeholder, multiselect=True, visible=False,
                elem_classes="iv-articles",
            )  # fmt: skip
            self.text = gr.Textbox(
                "", label=t.text, placeholder=t.text_placeholder, lines=3, max_lines=10, max_length=LONGEST_TEXT
            )
        self.start = gr.Button(t.start, variant="primary", elem_classes="iv-start", scale=0)
        self.chosen = [
            self.count, self.minutes, self.topics, self.difficulty, self.manner, self.source, self.articles,
            self.spoken, self.text,
        ]  # fmt: skip
        self.offered = [self.topics, self.more, self.articles]

    def connect(self) -> None:
        """Bind the handlers."""
        given = [self.topics, self.all_shown, self.language]
        unfolded = self.more.click(lambda shown: not shown, self.all_shown, self.all_shown, **QUIET)
        unfolded.then(self.offer, given, self.offered, **QUIET)
        self.source.input(lambda source: gr.update(visible=source == "articles"), self.source, self.articles, **QUIET)

    def offer(self, chosen: Sequence[str], all_shown: bool, language: str) -> Updates:
        """Offer the topics and articles that there are."""
        t, topics = INTERVIEW_TEXTS[language], self.coach.interviews.topics()
        shown = topics_shown(topics, chosen, len(topics) if all_shown else COMMON, t)
        label = t.topics_fewer if all_shown else t.topics_more.format(count=len(topics))
        articles = [(article.title, article.id) for article in self.coach.articles() if article.questions]
        return {
            self.topics: gr.update(choices=shown, value=[topic for topic in chosen if topic in topics]),
            self.more: gr.update(value=label, visible=len(topics) > COMMON),
            self.articles: gr.update(choices=articles),
        }

    def plan(self, values: Sequence[Any], language: str) -> Plan:
        """Return the plan of the form's values, which come in the order of `chosen`.

        Raises:
            CoachError: The choice of articles is empty.
        """
        count, minutes, topics, difficulty, manner, source, articles, spoken, text = values
        if source == "articles" and not articles:
            raise CoachError(INTERVIEW_TEXTS[language].none_articles)
        return Plan(
            count=int(count),
            topics=tuple(topics or ()),
            difficulty=difficulty,
            language="en" if language == "en" else "zh",
            minutes=float(minutes),
            manner=manner,
            source=source,
            articles=tuple(articles) if source == "articles" else self.spoken_in(spoken),
            text=text or "",
            seed=time.time_ns(),
        )

    def spoken_in(self, language: str) -> tuple[str, ...]:
        """Return the articles of a language, or () for all: where none or every one is of it, there is no choice."""
        articles = self.coach.articles()
        found = tuple(article.id for article in articles if article.language == language)
        return () if len(found) == len(articles) else found

    def relabel(self, language: str) -> Updates:
        """Put the labels into the chosen language."""
        t = INTERVIEW_TEXTS[language]
        return {
            self.count: gr.update(label=t.count, choices=self._counts(language)),
            self.minutes: gr.update(label=t.minutes, choices=self._minutes(language)),
            self.topics: gr.update(label=t.topics, info=t.topics_about),
            self.settings: gr.update(label=t.settings),
            self.difficulty: gr.update(label=t.difficulty, choices=_choices(t.levels)),
            self.manner: gr.update(label=t.manner, choices=_choices(t.manners)),
            self.source: gr.update(label=t.source, choices=_choices(t.sources)),
            self.spoken: gr.update(label=t.spoken, choices=self._languages(language), value=language),
            self.articles: gr.update(label=t.articles, info=t.articles_placeholder),
            self.text: gr.update(label=t.text, placeholder=t.text_placeholder),
            self.start: t.start,
        }

    @staticmethod
    def _radio(label: str, choices: list[tuple[str, Any]], value: str | int) -> gr.Radio:
        return gr.Radio(choices, value=value, label=label, elem_classes="iv-choice")

    @staticmethod
    def _counts(language: str) -> list[tuple[str, Any]]:
        return [(INTERVIEW_TEXTS[language].count_unit.format(count=count), count) for count in COUNTS]

    @staticmethod
    def _minutes(language: str) -> list[tuple[str, Any]]:
        t = INTERVIEW_TEXTS[language]
        return [(t.minutes_unit.format(count=count) if count else t.minutes_none, count) for count in MINUTES]

    @staticmethod
    def _languages(language: str) -> list[tuple[str, Any]]:
        return [("中文", "zh"), ("English", "en"), (INTERVIEW_TEXTS[language].any_language, "")]


def _choices(names: Mapping[str, str]) -> list[tuple[str, Any]]:
    return [(label, value) for value, label in names.items()]
