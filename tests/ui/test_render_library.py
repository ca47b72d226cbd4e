"""What the library shows of the articles."""

import re

import pytest

from coach.records import Article, Passage, Progress, Question
from coach.ui import render_library as render
from coach.ui.texts import EN, ZH
from tests.ui.fake import FakeCoach, passages, questions
from tests.ui.test_markdown import HOSTILE
from tests.ui.test_render import PageInspector

ARTICLE = FakeCoach().articles()[0]


class LibraryInspector(PageInspector):
    def handle_starttag(self, tag, attrs):
        if tag not in ("del", "progress"):
            super().handle_starttag(tag, attrs)


def test_the_table_names_the_article_and_marks_the_chosen_one():
    html = render.articles_html([ARTICLE], ZH, chosen="a1")
    for text in ("注意力机制", "attention.md", ">6<", ">3<", "2026-01-02", 'aria-current="true"'):
        assert text in html
    assert "aria-current" not in render.articles_html([ARTICLE], ZH)
    assert ZH.no_articles in render.articles_html([], ZH)


def test_the_preview_shows_questions_passages_and_dropped_lines_with_their_rule():
    html = render.article_html(ARTICLE, questions(), passages(), FakeCoach().dropped("a1"), EN)
    assert html.count("data-ask") == 6 and html.count(EN.no_answer) == 3
    assert "<table>" in html and "line 17" in html
    assert "<del>扫码加群，领取&lt;b&gt;面试宝典&lt;/b&gt;</del>" in html and EN.rules["group"] in html
    assert "own-rule" in render.article_html(ARTICLE, (), (), [(1, "行", "own-rule")], EN)
    assert EN.dropped_none in render.article_html(ARTICLE, (), (), (), EN)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_articles(text):
    article = Article(text, text, text, (text,), ingested_at=text)
    passage = Passage("p", text, text, "a", text, text, headings=(text,))
    question = Question("q", text, "", "a", title=text)
    inspector = LibraryInspector()
    inspector.feed(render.articles_html([article], ZH, chosen=text))
    inspector.feed(render.article_html(article, [question], [passage], [(1, text, text)], ZH))
    inspector.feed(render.deleted_html([(text, text, text)], ZH))
    inspector.feed(render.removed_html(text, text, ZH))
    inspector.feed(render.progress_html([Progress(text, "failed", text, 1, 1)], ZH))


def test_progress_counts_and_names_failures():
    reports = list(FakeCoach().ingest())
    html = render.progress_html(reports[:2], ZH)
    assert "2/3 · article2.md" in html and "新增 2" in html and 'value="0.667"' in html
    html = render.progress_html(reports, ZH, finished=True)
    assert ZH.ingest_done in html and "失败 1" in html and "<strong>article3.md</strong> broken" in html
    assert re.search(r'value="1\.000"', html)
    assert ZH.reingesting in render.progress_html((), ZH)


def test_a_moment_that_is_none_stays_as_it_is():
    assert render.when("") == "" and render.when("gestern") == "gestern"
