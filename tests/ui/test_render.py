"""What the page shows of an exchange, word by word."""

import itertools
import re
from dataclasses import replace

import pytest

from coach.records import Answer, Passage, Question, Waiting
from coach.talk.conversations import Exchange
from coach.ui import render
from coach.ui.background import Background
from coach.ui.conversation import converse
from coach.ui.texts import EN, ZH
from coach.ui.transcript import copy_text
from tests.ui.fake import FakeCoach, FakeStatus, cite, passages, questions
from tests.ui.test_markdown import HOSTILE, Inspector

QUESTION = "为什么要除以根号 d？"


def done(question=QUESTION):
    return list(converse(FakeCoach(), question, ()))[-1]


class PageInspector(Inspector):
    def handle_starttag(self, tag, attrs):
        if tag not in ("article", "section", "aside", "footer", "button", "details", "summary", "form", "textarea"):
            super().handle_starttag(tag, attrs)


def inspect(html):
    PageInspector().feed(html)
    return html


def test_every_chip_has_its_passage():
    html = inspect(render.exchange_html(done(), ZH, number=4))
    chips = re.findall(r'class="cite" href="#([^"]+)"', html)
    assert chips == ["t4-p1", "t4-p1", "t4-p2"]
    assert all(f'id="{chip}"' in html for chip in chips)
    assert len(re.findall(r'id="([^"]+)"', html)) == len(set(re.findall(r'id="([^"]+)"', html)))


def test_a_passage_shows_title_question_and_the_marked_sentence():
    html = render.exchange_html(done(), ZH, number=1)
    card = html[html.index('id="t1-p2"') : html.index(ZH.evidence_other)]
    for text in (
        "注意力机制",
        "多头注意力会增加计算量吗？",
        "attention.md:17",
        '<mark data-mark="0">每个头的宽度是 </mark>',
    ):
        assert text in card


def test_a_chip_leads_to_the_sentence_that_supports_it():
    one = passages()[0]
    first, second = "是为了让点积的方差不随维度增大。", "点积过大时 softmax 接近 one-hot，梯度接近 0，训练难以继续。"
    answer = Answer(
        "缩放让点积的方差不随维度增大。[1] softmax 接近 one-hot 时梯度接近 0。[1]",
        (cite(1, one, first), cite(1, one, second)),
    )
    html = render.exchange_html(replace(done(), answer=answer), ZH, number=1)
    assert re.findall(r'data-cite="1" data-mark="(\d)"', html) == ["0", "1"]


def test_abstention_offers_the_nearest_questions():
    html = inspect(render.exchange_html(done("天气"), ZH, number=1))
    assert ZH.abstained in html
    assert re.findall(r'data-ask="([^"]+)"', html)[:3] == [question.text for question in questions()[:3]]
    assert 'class="cite"' not in html and "data-copy" not in html


def test_an_error_is_told_and_escaped():
    html = inspect(render.exchange_html(done("坏了"), EN, number=1))
    assert EN.failed in html and "&lt;b&gt;can&#x27;t&lt;/b&gt;" in html


@pytest.mark.parametrize("stage", ["searching", "writing", "stopped"])
def test_unfinished_exchanges(stage):
    exchange = Exchange(
        QUESTION,
        hits=done().hits if stage != "searching" else (),
        stage=stage,
        draft="半句" if stage == "stopped" else "",
    )
    html = inspect(render.exchange_html(exchange, ZH, number=1))
    wanted = {"searching": ZH.searching, "writing": ZH.writing, "stopped": ZH.stopped_more}[stage]
    assert wanted in html
    assert ("data-again" in html) == (stage == "stopped")


def test_only_the_last_answer_can_be_asked_again():
    assert "data-again" in render.exchange_html(done(), ZH, number=1)
    past = render.past_html([done(), done()], ZH)
    assert "data-again" not in past and 'id="t1"' in past and 'id="t2"' in past


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_everywhere(text):
    passage = Passage("p", text, text, "a", text, text)
    answer = Answer(text, (cite(1, passage, text),), note=text, writer="llm")
    exchange = Exchange(text, done().hits, text, answer, stage="done")
    inspect(render.exchange_html(exchange, ZH, number=1, model=text))
    inspect(render.exchange_html(replace(exchange, answer=None, problem=text, stage="failed"), ZH, number=1))
    nearest = (Question("q", text, text, "a", title=text),)
    inspect(render.exchange_html(replace(exchange, answer=Answer(text, abstained=True, nearest=nearest)), ZH, number=1))
    inspect(render.welcome_html(nearest, ZH))
    inspect(render.status_html(FakeStatus(model=text, problems=(text,)), text, text, ZH))


def test_what_is_copied_names_its_sources():
    copied = copy_text(done().answer)
    assert copied.startswith("除以 $")
    assert copied.endswith("[1] 注意力机制 (attention.md:7)\n[2] 注意力机制 (attention.md:17)")


def test_an_excerpt_is_not_cut_inside_a_formula():
    passage = replace(passages()[0], text="字" * (render.EXCERPT - 3) + "$a_1 + a_2$ 后文")
    html = render.evidence_html(Exchange(QUESTION, stage="writing"), [render.Evidence(passage, 1)], ZH, number=1)
    assert "…" in html and "$a" not in html[html.index("excerpt") : html.index("full")]


def test_an_excerpt_shows_words_where_the_passage_begins_with_code():
    passage = replace(passages()[0], text="```python\nx = 1\n\ny = 2\n```\n\n| a |\n|---|\n\n代码之后的话。")
    html = render.evidence_html(Exchange(QUESTION, stage="writing"), [render.Evidence(passage, 1)], ZH, number=1)
    assert "代码之后的话" in html[html.index("excerpt") : html.index("full")]
    only = replace(passage, text="```python\nx = 1\n```")
    html = render.evidence_html(Exchange(QUESTION, stage="writing"), [render.Evidence(only, 1)], ZH, number=1)
    assert "x = 1" in html[html.index("excerpt") : html.index("full")]


def test_who_wrote_it():
    llm = replace(done(), answer=replace(done().answer, writer="llm"))
    assert ZH.by_extractive in render.exchange_html(done(), ZH, number=1)
    assert "qwen2.5" in render.exchange_html(llm, ZH, number=1, model="qwen2.5")


def test_welcome_shows_examples_or_what_is_being_waited_for():
    assert render.welcome_html(questions(), ZH).count("data-ask") == 6
    assert "导入" in render.welcome_html((), ZH, waiting="正在导入文章…")
    assert ZH.empty_corpus in render.welcome_html((), ZH)


def test_status_tells_stock_writer_and_problems():
    html = render.status_html(FakeStatus(articles=12, questions=300, model="qwen"), "", "", EN)
    assert "12 articles · 300 questions · language model qwen · all on this computer" in html
    assert "problems" not in html
    assert EN.status_extractive in render.status_html(FakeStatus(), "", "", EN)
    assert "<p>one</p><p>two</p>" in render.status_html(FakeStatus(problems=("one",)), "", "two", EN)


def test_waiting_text_follows_the_work():
    coach = FakeCoach(empty=True)
    work = Background(coach, busy=True)
    assert render.waiting_text(work, ZH) == ZH.status_warming
    work.ingesting = True
    assert render.waiting_text(work, ZH) == ZH.status_first
    work.progress = next(iter(coach.ingest()))
    assert "1/3" in render.waiting_text(work, ZH) and "article1.md" in render.waiting_text(work, ZH)
    assert render.waiting_text(Background(coach), ZH) == ""


def test_a_preview_stands_with_its_chips_while_the_model_is_waited_for():
    steps = list(converse(FakeCoach(), "用模型答", (), now=itertools.count(step=1.0).__next__))
    html = render.exchange_html(next(step for step in steps if step.waiting), ZH, number=1)
    assert "摘录" in html and 'href="#t1-p1"' in html and ZH.preview_note in html
    assert "前面还有 2 个 · 预计 3 秒后开始" in html and 'aria-busy="true"' in html and "<footer" not in html
    writing = render.exchange_html(next(step for step in steps if step.draft), ZH, number=1)
    assert "摘录" not in writing and ZH.preview_note not in writing
    assert ZH.by_llm.format(model="m") in render.exchange_html(steps[-1], ZH, number=1, model="m")


@pytest.mark.parametrize(
    ("waiting", "told"),
    [(Waiting(), ""), (Waiting(1), "1 ahead of this one"), (Waiting(0, 0.2), "starts in about 1 s")],
)
def test_what_is_not_known_of_the_wait_is_not_told(waiting, told):
    assert render.waiting_words(waiting, EN) == told


def test_the_last_question_can_be_edited_and_the_others_not():
    html = inspect(render.exchange_html(done("<b>甲"), ZH, number=1))
    assert 'data-again="1"' in html and "\n&lt;b&gt;甲</textarea>" in html
    assert "<form" not in render.past_html([done()], ZH)


def test_the_first_page_says_what_a_model_would_add_only_without_one():
    without, with_one = (render.welcome_html(questions(), ZH, model=model) for model in (False, True))
    assert without.count(ZH.no_model) == 1 and 'data-tab="models"' in without
    assert ZH.no_model not in with_one and ZH.local_line in with_one
    assert without.count("data-ask") == 6 and 'data-tab="interview"' in without
