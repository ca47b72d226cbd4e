"""The practice tab with nothing, a little and a lot of practice; deleting after asking."""

import re
from dataclasses import fields
from datetime import date, timedelta

import gradio as gr
import pytest

from coach.practice import Held, Practised, Weak
from coach.records import Question
from coach.talk.events import Plan
from coach.talk.review import TopicMastery
from coach.ui.background import Background
from coach.ui.page import Page
from coach.ui.render_practice import calendar_svg, practice_html, step_of
from coach.ui.texts.practice import EN, ZH, PracticeTexts
from tests.ui.fake import FakeCoach
from tests.ui.test_texts import values_of

TODAY = date(2026, 11, 23)
NOON = 1_795_435_200.0
"""Noon of about that day, in seconds since the epoch."""
NAMES = [field.name for field in fields(PracticeTexts) if field.type is str]


def held(number, days_ago, score=0.5, over=True):
    return Held(f"s{number}", NOON - days_ago * 86_400, over, score, 4, 5, ("rag", "<b>"), 600.0)


def practised(count, topics=4):
    return Practised(
        TODAY,
        tuple(held(n, n) for n in range(count)),
        tuple(TopicMastery(f"topic{n}", n / max(1, topics), 2, 9, n % 2, 1) for n in range(topics)),
        due=3,
        weak=(Weak(Question("q1", "Why <i>?", "a", "x"), 0.2, ("point $x^2$", "other")),),
    )


def test_nothing_yet_leads_to_the_first_interview():
    shown = practice_html(Practised(TODAY), ZH)
    assert ZH.empty in shown and 'data-action="tab"' in shown and "svg" not in shown


@pytest.mark.parametrize("count", [3, 300])
def test_it_says_something_with_few_and_with_many(count):
    shown = practice_html(practised(count), EN)
    assert "3 questions are due" in shown and 'data-action="due"' in shown
    assert shown.count('data-action="open"') == count and "&lt;b&gt;" in shown and "<i>?" not in shown
    assert ("earlier</summary>" in shown) == (count > 12)
    assert 'data-question="q1"' in shown and "2 missed" in shown


def test_a_year_at_most_and_half_a_year_at_least():
    def weeks(seen):
        return (int(re.search(r'viewBox="0 0 (\d+)', calendar_svg(seen, EN))[1]) - 30) // 15

    assert (weeks(Practised(TODAY)), weeks(practised(300)), weeks(Practised(TODAY, (held(1, 900),)))) == (26, 44, 53)
    assert [step_of(count) for count in (0, 1, 3, 6, 99)] == [0, 1, 2, 3, 4]


def test_few_topics_are_bars_without_a_radar():
    assert practice_html(practised(3, topics=2), EN).count("<polygon") == 0
    assert practice_html(practised(3, topics=3), EN).count("<polygon") > 0


def test_days_are_named():
    day = min(practised(1).days)
    assert f"{day.isoformat()}: 4 questions" in calendar_svg(practised(1), EN)
    assert f"{(day - timedelta(days=1)).isoformat()}: no practice" in calendar_svg(practised(1), EN)


def test_deleting_asks_first():
    coach = FakeCoach()
    tab = Page(coach, Background(coach), "zh").practice
    session = coach.interviews.start(Plan(count=1)).id
    asked = tab.act(gr.EventData(None, {"action": "ask", "session": session}), "zh")[tab.board]
    assert ZH.delete_ask in asked and coach.interviews.sessions()
    kept = tab.act(gr.EventData(None, {"action": "keep"}), "zh")[tab.board]
    assert ZH.delete_ask not in kept and coach.interviews.sessions()
    gone = tab.act(gr.EventData(None, {"action": "delete", "session": session}), "zh")[tab.board]
    assert ZH.empty in gone and not coach.interviews.sessions()
    assert EN.empty in tab.relabel("en")[tab.board]
    coach.interviews.close()


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_it_with_the_same_values(name):
    zh, en = getattr(ZH, name), getattr(EN, name)
    assert zh.strip() and en.strip() and values_of(zh) == values_of(en)
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert (len(ZH.weekdays), len(EN.months)) == (7, 12)
