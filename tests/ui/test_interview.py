"""The interview tab: the form's plan, each turn, two windows, the report; what is shown and what is not shown yet."""

import base64
import re
from contextlib import nullcontext
from dataclasses import fields, replace

import gradio as gr
import pytest

from coach.interviews import Interviews
from coach.llm.scripted import ScriptedChat
from coach.records import Article, FollowUp, Passage, Question
from coach.talk.events import Answered, Ended, Item, Paused, Plan
from coach.talk.interview import Contest, Round
from coach.ui import render_interview as render
from coach.ui.background import Background
from coach.ui.page import Page
from coach.ui.render_points import feedback_html, improve, sources
from coach.ui.render_report import report_html
from coach.ui.texts.interview import EN, ZH, InterviewTexts
from tests.support.grading import WordGrader
from tests.ui.fake import FakeCoach
from tests.ui.test_texts import values_of

NAMES = [field.name for field in fields(InterviewTexts) if field.type is str]
TABLES = ("levels", "manners", "sources")


class Coach(FakeCoach):
    """Three questions of two points each, in two articles."""

    def __init__(self, folder):
        super().__init__()
        self.home, self.chat = folder, None

    @property
    def interviews(self):
        if "opened" not in vars(self):
            self.opened = Interviews(
                self.home / "interviews.sqlite3", self, WordGrader(), borrowed=lambda: nullcontext(self.chat)
            )
        return self.opened

    def articles(self):
        return [Article("zh", "甲", "a.md", ("t",), "zh", 2), Article("en", "B", "b.md", ("u",), "en", 1)]

    def questions(self, article_id=None):
        return [
            Question("q0", "甲为什么<b>？", "alpha 在前。beta 在后", "zh", ("t",), "甲"),
            Question("q1", "乙怎么做？", "gamma 在前。delta 在后", "zh", ("t",), "甲"),
            Question("q2", "What is it?", "one comes。two comes", "en", ("u",), "B"),
        ]

    def passages(self, article_id):
        return [
            Passage(f"p{q.id}", q.answer, q.text, q.article, q.title, f"{q.article}.md:3", q.id)
            for q in self.questions()
            if q.article == article_id
        ]


@pytest.fixture
def coach(tmp_path):
    made = Coach(tmp_path)
    yield made
    made.interviews.close()


@pytest.fixture
def tab(coach):
    return Page(coach, Background(coach), "zh").interview


FORM = [5, 0, [], "medium", "friendly", "all", [], "zh", ""]


def done(action, **more):
    return gr.EventData(None, {"action": action, **more})


def started(tab, form=FORM):
    return tab.begin(*form, "zh")


def said(tab, shown, text):
    """Answer; return the last state of each component."""
    last = {}
    for updates in tab.answer(shown[tab.session], shown[tab.seen], text, "zh"):
        last |= updates
    return shown | last


def reference(tab, shown):
    return tab.coach.interviews.open(shown[tab.session]).interview.rounds[-1].item.reference


def test_one_click_starts_with_questions_of_the_language(tab):
    shown = started(tab)
    plan = tab.coach.interviews.open(shown[tab.session]).interview.plan
    assert (plan.count, plan.articles, plan.language) == (5, ("zh",), "zh")
    assert 'data-phase="talk"' in shown[tab.bar] and "第 1 / 2 题" in shown[tab.bar]
    assert shown[tab.turns].count("turn them question") == 1 and "<b>？" not in shown[tab.turns]


def test_a_plan_that_nothing_fits_is_told_in_words(tab):
    with pytest.raises(gr.Error, match=ZH.none_fits):
        started(tab, [5, 0, ["没有"], "medium", "friendly", "all", [], "zh", ""])
    with pytest.raises(gr.Error, match="没有到期"):
        started(tab, [5, 0, [], "medium", "friendly", "due", [], "zh", ""])
    with pytest.raises(gr.Error, match="先选一篇"):
        started(tab, [5, 0, [], "medium", "friendly", "articles", [], "zh", ""])


def test_what_was_missed_is_told_after_the_question_only(tab):
    shown = said(tab, started(tab), "alpha 在前，gamma 在前")
    open_one = shown[tab.turns]
    assert ZH.points_so_far in open_one and "说到了" in open_one
    assert "在后" not in open_one and ZH.reference not in open_one, "the answer is not given away by a follow-up"
    closed_one = said(tab, shown, "想不起来")[tab.turns]
    assert "在后" in closed_one and ZH.missed in closed_one and ZH.reference in closed_one
    assert re.search(r'href="#r0-p1" data-mark="\d"', closed_one) and 'id="r0-p1"' in closed_one


def test_an_answer_stands_in_the_talk_while_it_is_graded(tab):
    shown = started(tab)
    first = next(tab.answer(shown[tab.session], shown[tab.seen], "<script>", "zh"))
    assert "&lt;script&gt;" in first[tab.turns] and ZH.hearing in first[tab.turns] and first[tab.box] == ""


def test_a_model_words_the_question_while_the_plain_words_stand(tab):
    shown = started(tab)
    given = (shown[tab.session], shown[tab.seen], "zh")
    assert list(tab.speak(*given)) == [{tab.turns: gr.skip()}], "nothing to say without a model"
    tab.coach.chat = ScriptedChat()
    tab.coach.chat.enqueue("很高兴见到你。我们开始吧。")
    _, *grown = [updates[tab.turns] for updates in tab.speak(*given)]
    question = re.search(r"<strong>.*</strong>", shown[tab.turns]).group()
    assert [question in turns for turns in grown] == [True] * 3
    assert "很高兴见到你。" in grown[0] and "开始吧" not in grown[0] and "开始吧" in grown[-1]
    assert tab.redraw(*given[::2])[tab.turns] == grown[-1]


def test_words_for_a_turn_that_is_over_are_not_shown(tab):
    shown = started(tab)
    tab.coach.chat = ScriptedChat()
    tab.coach.chat.enqueue("很高兴见到你。我们开始吧。")
    speaking = tab.speak(shown[tab.session], shown[tab.seen], "zh")
    next(speaking)
    tab.coach.interviews.send(shown[tab.session], Answered("alpha"))
    assert list(speaking) == []


def test_an_empty_answer_does_nothing(tab):
    shown = started(tab)
    assert list(tab.answer(shown[tab.session], shown[tab.seen], "  ", "zh")) == [{tab.box: gr.skip()}]


def test_a_window_that_lags_behind_is_brought_up_instead_of_answering_the_wrong_question(tab):
    one = started(tab)
    two = dict(one)
    one = said(tab, one, reference(tab, one))
    late = list(tab.answer(two[tab.session], two[tab.seen], "an answer to the first question", "zh"))[-1]
    assert late[tab.seen] == one[tab.seen] and tab.box not in late, "what was written stays"
    interview = tab.coach.interviews.open(one[tab.session]).interview
    assert [len(round_.answers) for round_ in interview.rounds] == [1, 0]


def test_a_window_loaded_again_shows_the_same_turn_with_its_draft(tab):
    shown = started(tab)
    tab.keep(gr.EventData(None, {"text": "half an answer"}), shown[tab.session])
    again = tab.restore(shown[tab.session], "zh")
    assert again[tab.box] == "half an answer" and again[tab.turns] == shown[tab.turns]
    assert tab.tabs in again
    assert tab.restore("gone", "zh") == {tab.session: ""}


def test_buttons_act_and_leave_the_box_alone_unless_they_empty_it(tab):
    shown = started(tab)
    hinted = tab.act(done("hint"), shown[tab.session], shown[tab.seen], "typed", "zh")
    assert "turn them hint" in hinted[tab.turns] and tab.box not in hinted
    paused = tab.act(done("pause"), shown[tab.session], hinted[tab.seen], "typed", "zh")
    assert 'data-running="0"' in paused[tab.bar] and ZH.paused in paused[tab.turns]
    going = tab.act(done("resume"), shown[tab.session], paused[tab.seen], "typed", "zh")
    skipped = tab.act(done("skip"), shown[tab.session], going[tab.seen], "typed", "zh")
    assert skipped[tab.box] == "" and "第 2 / 2 题" in skipped[tab.bar]


def test_an_answer_ends_a_pause(tab):
    shown = started(tab)
    shown |= tab.act(done("pause"), shown[tab.session], shown[tab.seen], "", "zh")
    shown = said(tab, shown, reference(tab, shown))
    assert "第 2 / 2 题" in shown[tab.bar] and 'data-running="1"' in shown[tab.bar]


def test_the_end_shows_a_report_and_the_weak_ones_can_be_asked_again(tab):
    shown = started(tab)
    shown = said(tab, shown, reference(tab, shown))
    weak = tab.coach.interviews.open(shown[tab.session]).interview.rounds[-1].item.question_id
    shown = shown | tab.act(done("unknown"), shown[tab.session], shown[tab.seen], "", "zh")
    assert 'data-phase="done"' in shown[tab.bar] and shown[tab.turns] == ""
    assert ZH.report in shown[tab.report] and ">50</text>" in shown[tab.report]
    again = tab.act(done("weak"), shown[tab.session], shown[tab.seen], "", "zh")
    (slot,) = tab.coach.interviews.open(again[tab.session]).interview.slots
    assert [item.question_id for item in slot] == [weak]
    form = tab.act(done("close"), again[tab.session], again[tab.seen], "", "zh")
    assert form[tab.session] == "" and ZH.go_on_title in form[tab.head]


def test_a_point_can_be_contested_once(tab):
    shown = started(tab)
    shown = said(tab, shown, "前面那个词 beta delta 我说过")
    shown = said(tab, said(tab, shown, "再说一遍"), "又说一遍")
    assert 'data-action="contest"' in shown[tab.turns]
    contested = tab.act(done("contest", round="0", point="1"), shown[tab.session], shown[tab.seen], "", "zh")
    assert ZH.contested in contested[tab.turns]
    with pytest.raises(gr.Error, match=ZH.contest_nothing):
        tab.act(done("contest", round="0", point="1"), shown[tab.session], shown[tab.seen], "", "zh")


def closed_one(tab):
    """An interview with one closed question, half answered."""
    shown = said(tab, started(tab), "alpha 在前，gamma 在前")
    return said(tab, shown, "想不起来")


def test_a_better_answer_without_a_model_says_so_and_is_cited(tab):
    shown = closed_one(tab)
    assert 'data-action="improve"' in shown[tab.turns] and 'data-action="reconsider"' not in shown[tab.turns]
    *_, last = tab.aid(done("improve", round="0"), shown[tab.session], "zh")
    better = re.search(r'<section class="better".*?</section>', last[tab.turns], re.DOTALL).group()
    assert ZH.better_by_points in better and "在前" in better and "在后" in better
    assert better.count('class="cite" href="#r0-p1"') == 2 and 'id="r0-p1"' in last[tab.turns]
    assert ZH.better_ask not in last[tab.turns], "the same once more would be the same"
    assert better in tab.redraw(shown[tab.session], "zh")[tab.turns], "it is kept"


def test_a_better_answer_of_a_model_grows_and_is_checked(tab, monkeypatch):
    monkeypatch.setattr("coach.ui.interview.BEAT", 0.0)
    shown = closed_one(tab)
    tab.coach.chat, tab.coach.model = ScriptedChat(), "scripted"
    tab.coach.chat.enqueue(f"{reference_of(tab, shown)}。[1]", "毫无根据的一句话在这里胡说八道。[1]")
    begun, *grown, last = tab.aid(done("improve", round="0"), shown[tab.session], "zh")
    assert ZH.better_writing in begun[tab.turns] and "aria-disabled" in begun[tab.turns]
    assert grown and ZH.better_writing in grown[-1][tab.turns]
    assert ZH.better_by_model in last[tab.turns] and ZH.better_again in last[tab.turns]
    *_, last = tab.aid(done("improve", round="0"), shown[tab.session], "zh")
    assert ZH.better_refused in last[tab.turns] and "胡说八道" not in last[tab.turns]


def reference_of(tab, shown):
    return tab.coach.interviews.open(shown[tab.session]).interview.rounds[0].item.reference


def test_a_model_looks_at_a_question_again(tab, monkeypatch):
    told = []
    monkeypatch.setattr("coach.ui.interview.gr.Info", told.append)
    shown = said(tab, said(tab, started(tab), "alpha gamma 在前，后面跟着 beta delta"), "想不起来")
    if ZH.question.format(number=2) not in shown[tab.turns]:
        shown = said(tab, shown, "想不起来")
    tab.coach.chat, tab.coach.model = ScriptedChat(), "scripted"
    assert 'data-action="reconsider"' in tab.redraw(shown[tab.session], "zh")[tab.turns]
    tab.coach.chat.enqueue(*['{"said": "后面跟着 beta delta", "verdict": "partial"}'] * 2)
    looking, last = tab.aid(done("reconsider", round="0"), shown[tab.session], "zh")
    assert ZH.second_looking in looking[tab.turns] and ZH.second_looked in last[tab.turns]
    tab.coach.chat.enqueue(*['{"said": "", "verdict": "missed"}'] * 2)
    list(tab.aid(done("reconsider", round="0"), shown[tab.session], "zh"))
    assert told[0] in (ZH.second_look_moved.format(count=n) for n in (1, 2)) and told[1] == ZH.second_look_same


def test_key_points_are_edited_on_a_sheet_until_the_article_changes(tab, monkeypatch):
    sheet, told = tab.sheet, []
    monkeypatch.setattr("coach.ui.key_points.gr.Info", told.append)
    asked = gr.EventData(None, {"question": "q0"})
    shown = sheet.open(asked, "zh")[sheet.box]
    assert ZH.points_own in shown and ">alpha 在前</textarea>" in shown and ZH.points_reset not in shown
    sheet.save(gr.EventData(None, {"question": "q0", "texts": ["alpha 在前", "<b>omega"]}), "zh")
    shown = sheet.open(asked, "zh")[sheet.box]
    assert ZH.points_edited in shown and "&lt;b&gt;omega" in shown and "beta" not in shown
    known = tab.coach.questions()
    monkeypatch.setattr(tab.coach, "questions", lambda _=None: [replace(known[0], answer="new"), *known[1:]])
    shown = sheet.open(asked, "zh")[sheet.box]
    assert ZH.points_stale in shown and "omega" in shown, "what a person wrote is not lost"
    sheet.reset(asked, "zh")
    assert ZH.points_own in sheet.open(asked, "zh")[sheet.box]
    assert told == [ZH.points_saved, ZH.points_were_reset]
    with pytest.raises(gr.Error, match=ZH.points_gone):
        sheet.open(gr.EventData(None, {"question": "gone"}), "zh")


def test_other_tabs_begin_interviews(tab):
    wanted = tab.request(done("question", question="q1"), "zh")
    (slot,) = tab.coach.interviews.open(wanted[tab.session]).interview.slots
    assert [item.question_id for item in slot] == ["q1"] and tab.tabs in wanted
    topic = tab.request(done("topic", topic="t"), "zh")
    assert len(tab.coach.interviews.open(topic[tab.session]).interview.slots) == 2
    fresh = tab.request(gr.EventData(None, {}), "zh")
    assert len(tab.coach.interviews.open(fresh[tab.session]).interview.slots) == 3
    assert tab.request(done("open", session=topic[tab.session]), "zh")[tab.session] == topic[tab.session]


def test_of_the_new_questions_those_with_an_answer_are_asked(tab, monkeypatch):
    known = tab.coach.questions()
    monkeypatch.setattr(tab.coach, "new_questions", lambda: [known[0], replace(known[1], answer="")])
    wanted = tab.request(gr.EventData(None, {}), "zh")
    slots = tab.coach.interviews.open(wanted[tab.session]).interview.slots
    assert [item.question_id for slot in slots for item in slot] == ["q0"]
    monkeypatch.setattr(tab.coach, "new_questions", list)
    with pytest.raises(gr.Error, match=ZH.none_new):
        tab.request(gr.EventData(None, {}), "zh")


def test_the_clock_is_shown_when_it_ends_the_interview_only(tab):
    shown = started(tab)
    quiet = tab.tick(gr.EventData(None, {}), shown[tab.session], shown[tab.seen], "", "zh")
    assert quiet == {tab.session: shown[tab.session]}
    woke = tab.tick(gr.EventData(None, {"woke": True}), shown[tab.session], shown[tab.seen], "", "zh")
    assert tab.bar in woke


def test_the_report_holds_its_files_and_escapes_what_was_said(coach):
    session = coach.interviews.start(Plan(count=2, follow_ups=0, articles=("zh",), difficulty="medium"))
    session = coach.interviews.send(session.id, Answered("<img src=x onerror=1>"))
    session = coach.interviews.send(session.id, Ended())
    page = report_html(session.id, session.interview, coach.interviews.report(session.id), {}, ZH)
    assert "<img" not in page and ZH.report_stopped in page
    names = re.findall(r'download="([^"]+)" href="data:([^;]+);[^,]+,([^"]+)"', page)
    assert [name.rpartition(".")[2] for name, _, _ in names] == ["md", "html", "csv"]
    assert base64.b64decode(names[0][2]).decode().startswith("# 模拟面试报告")


def test_a_report_without_an_answer_says_so(coach):
    session = coach.interviews.send(coach.interviews.start(Plan(count=1)).id, Ended())
    page = report_html(session.id, session.interview, coach.interviews.report(session.id), {}, EN)
    assert EN.report_none in page and "svg" not in page


def test_what_to_improve_first_is_what_is_wrong_then_what_is_missing():
    grader = WordGrader()
    grade = grader.grade("q", "alpha。beta。gamma", "alpha")
    round_ = Round(Item("q", "q", "r", "t"), answers=("alpha",), grade=grade)
    assert improve(round_, EN) == EN.improve_missed.format(point="beta")
    wrong = replace(grade.points[2], verdict="contradicted", said="not gamma")
    round_ = replace(round_, grade=replace(grade, points=(*grade.points[:2], wrong)))
    assert "not gamma" in improve(round_, EN)
    assert improve(replace(round_, contests=(Contest(1, "a"), Contest(2, "a"))), EN) == EN.improve_all
    assert improve(replace(round_, answers=()), EN) == EN.improve_unknown


def test_a_row_of_a_table_is_shown_as_its_cells():
    grader = WordGrader()
    grade = grader.grade("q", "| PPO | 4 models |", "")
    round_ = Round(Item("q", "q", "r", "t"), answers=("alpha",), grade=grade)
    assert "PPO · 4 models" in feedback_html(round_, 0, {}, EN)


def test_quotes_are_found_in_their_passages():
    passages = [Passage("a", "one two", "", "x", "T", "t:1"), Passage("b", "three four", "", "x", "T", "t:2")]
    found, places = sources(["four", "nowhere", "one", "three", ""], passages)
    assert places == [(1, 0), (0, 0), (2, 0), (1, 1), (0, 0)]
    assert [(source.passage.id, source.spans) for source in found] == [("b", ((6, 10), (0, 5))), ("a", ((0, 3),))]


def test_a_follow_up_names_its_text_once_the_question_is_closed(coach):
    session = coach.interviews.start(Plan(count=1, articles=("zh",)))
    session = coach.interviews.send(session.id, Answered("none of it"))
    asked = session.interview.rounds[0]
    assert isinstance(asked.follow_ups[0], FollowUp)
    shown = feedback_html(asked, 0, {asked.item.question_id: coach.passages("zh")}, EN)
    assert EN.follow_up_from in shown


def test_a_paused_interview_offers_to_go_on(coach):
    session = coach.interviews.send(coach.interviews.start(Plan(count=1)).id, Paused())
    assert 'data-action="resume"' in render.actions_html(session.interview, EN)
    assert render.bar_html("s", session.interview, EN).count('data-running="0"') == 1
    assert 'data-action="skip"' not in render.actions_html(session.interview, EN)


def test_the_question_stands_out_behind_the_interviewers_words(coach):
    session = coach.interviews.start(Plan(count=1, articles=("en",), language="en"))
    assert re.search(r"[:.] <strong>What is it\?</strong>", render.turns_html(session.interview, {}, EN))


def test_common_topics_come_first_and_chosen_ones_stay():
    topics = {"a": 1, "b": 9, "c": 5}
    assert render.topics_shown(topics, ["a"], 1, ZH) == [("b  9", "b"), ("a  1", "a")]
    assert render.topics_shown({"attention": 3}, [], 1, ZH) == [("注意力机制  3", "attention")]
    assert render.topics_shown({"attention": 3}, [], 1, EN) == [("Attention  3", "attention")]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_it_with_the_same_values(name):
    zh, en = getattr(ZH, name), getattr(EN, name)
    assert zh.strip() and en.strip() and values_of(zh) == values_of(en)
    assert not re.search(r"[\u4e00-\u9fff]", en)


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_name_the_same_choices(name):
    assert getattr(ZH, name).keys() == getattr(EN, name).keys()
