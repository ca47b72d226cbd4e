"""What the library shows of the articles."""

import pytest

from coach.records import Article, Contradiction, Passage, Question
from coach.ui import render_library as render
from coach.ui.texts import EN, ZH
from tests.ui.fake import TITLE, FakeCoach, passages, questions
from tests.ui.test_markdown import HOSTILE
from tests.ui.test_render import PageInspector

ARTICLE = FakeCoach().articles()[0]
NAMES = [
    "🤖🧪 面试题.md",
    "quo\"te's `name`.md",
    "line\nbreak\r\ttab.md",
    "../../etc/passwd",
    "<script>alert(1)</script>.md",
    "x" * 255,
    "gpj.\u202eexe.md",
    "nul\0bell\x1b[31m.md",
    "half\udcff.md",
    "&amp;#x3c;b&#62;",
    " ",
]


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
    inspector.feed(render.notes_html([article], [Contradiction(question, question, text, text, "name")], [], ZH))


@pytest.mark.parametrize("name", NAMES)
def test_names_of_articles_are_data(name):
    article = Article("a1", name, name, (name,), sources=(name, "b.md"))
    pieces = [
        render.articles_html([article], ZH, failures=[(name, name, name)], words=""),
        render.articles_html([article], ZH, words=f"nothing like {name}"),
        render.article_html(article, questions(), (), [(1, name, name)], ZH),
        render.notes_html([article], (), [("a1", name, name)], ZH),
    ]
    for html in pieces:
        LibraryInspector().feed(html)
        assert not set(html) & set("\0\x1b\u202e\u2066")
        html.encode("utf-8")


def test_files_that_could_not_be_read_stand_in_the_table():
    html = render.articles_html([ARTICLE], ZH, failures=[("sub/broken.pdf", "It holds no text.", "")])
    assert "sub/broken.pdf" in html and "It holds no text." in html and ZH.state_failed in html
    assert "broken" not in render.articles_html([ARTICLE], ZH, failures=[("broken.pdf", "", "")], words="注意力")
    assert "broken" in render.articles_html([], ZH, failures=[("broken.pdf", "", "")])


@pytest.mark.parametrize("words", ["注意力", "attention.md", "ATTENTION 机制", ""])
def test_search_looks_at_title_source_and_topics(words):
    assert "注意力机制" in render.articles_html([ARTICLE], ZH, words=words)
    assert render.matches(words, "注意力机制", "attention.md")
    assert not render.matches(f"{words} lora", "注意力机制", "attention.md")


def test_a_long_table_says_how_much_is_left_out():
    many = [Article(f"a{n}", f"文章 {n}", f"{n}.md") for n in range(render.ROWS + 7)]
    html = render.articles_html(many, EN)
    assert html.count("<tr data-open") == render.ROWS and EN.rows_more.format(count=7) in html


def test_both_sides_of_a_contradiction_are_shown():
    first, second = questions()[0], Question("o", "缩放因子是多少？", "答", "a2", title="另一篇 <b>")
    sentence = "缩放因子是 $\\sqrt{d_k}$。<img src=x onerror=alert(1)>"
    html = render.notes_html((), [Contradiction(first, second, "缩放因子是 8。", sentence, "number")], (), ZH)
    LibraryInspector().feed(html)
    for text in ("缩放因子是 8。", TITLE, "另一篇 &lt;b&gt;", ZH.kinds["number"], 'data-open="a2"', "<math"):
        assert text in html


def test_linked_questions_stand_under_theirs():
    html = render.article_html(
        ARTICLE, questions(), (), (), EN, linked={"q1": [Question("o", "？", "", "a2", title="B")]}
    )
    item = html[html.index(questions()[1].text) : html.index(questions()[2].text)]
    assert "Also in “B”" in item and 'data-open="a2"' in item


@pytest.mark.parametrize(
    ("source", "linked"),
    [
        ("https://a.example/x?y=1&z=%20#top", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ('https://a.example/" onclick="x', False),
        ("https://a.example/\nx", False),
        ("notes/https://a.md", False),
    ],
)
def test_only_web_pages_are_linked(source, linked):
    html = render.article_html(Article("a", "t", source), (), (), (), ZH)
    assert ('rel="noopener noreferrer"' in html) is linked
    assert ("data-copy" in html) is not linked


def test_a_moment_that_is_none_stays_as_it_is():
    assert render.when("") == "" and render.when("gestern") == "gestern"
