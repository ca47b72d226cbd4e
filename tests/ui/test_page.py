"""The page as a whole: its handlers, its labels in two languages, its server."""

import socket
import time
from dataclasses import replace
from inspect import isfunction, unwrap

import gradio as gr
import httpx
import pytest

from coach.config import Settings
from coach.errors import CoachError, IngestError, ServeError
from coach.ui.background import Background
from coach.ui.chat import BUSY, IDLE, SHOWN, ChatTab, Window
from coach.ui.conversation import Stopping
from coach.ui.guard import guarded
from coach.ui.interview import InterviewTab
from coach.ui.interview_form import PlanForm
from coach.ui.library import LibraryTab
from coach.ui.page import Page, free_port, launch
from coach.ui.practice import PracticeTab
from coach.ui.settings import SettingsTab
from coach.ui.texts import EN, ZH
from tests.ui.fake import ASKED, FakeCoach
from tests.ui.test_render_settings import REPORT

MOST_LINES = 15


@pytest.fixture
def coach():
    return FakeCoach()


@pytest.fixture
def page(coach):
    return Page(coach, Background(coach), "zh")


def picked(question="", **more):
    return gr.EventData(None, {"question": question, **more})


def asked(page, event, typed="", window=None, language="zh"):
    """Return the final value per component after the handler ran through."""
    return last(page.chat.ask(event, typed, window or Window(), language))


def last(steps):
    shown = {}
    for updates in steps:
        shown |= updates
    return shown


def stored(page, window):
    return page.chat.answers.load(window.conversation).exchanges


def test_a_typed_question_is_answered_and_the_box_emptied(page):
    window = Window()
    steps = list(page.chat.ask(picked(), ASKED[0], window, "zh"))
    assert steps[0][page.chat.box] == BUSY | {"value": ""}
    assert steps[0][page.chat.welcome] == gr.update(visible=False)
    assert ASKED[0] in steps[0][page.chat.list], "it is in the list at once"
    assert steps[-1] == {page.chat.box: IDLE}
    (exchange,) = stored(page, window)
    assert exchange.answer.citations and 'data-cite="2"' in steps[-2][page.chat.live]


def test_what_is_being_typed_stays_when_a_button_asks(page):
    assert next(page.chat.ask(picked(ASKED[0]), "半句话", Window(), "zh"))[page.chat.box] == BUSY


def test_the_second_question_leaves_the_first_one_above(page):
    window = Window()
    asked(page, picked(ASKED[0]), window=window)
    second = asked(page, picked(ASKED[1]), window=window)
    assert [exchange.question for exchange in stored(page, window)] == [ASKED[0], ASKED[1]]
    assert 'id="t1"' in second[page.chat.past] and 'id="t2"' in second[page.chat.live]


def test_asking_again_replaces_the_last_answer(page):
    window = Window()
    asked(page, picked(ASKED[0]), window=window)
    asked(page, picked(ASKED[1], again="1"), window=window)
    assert [exchange.question for exchange in stored(page, window)] == [ASKED[1]]


def test_an_empty_question_asks_nothing(page, coach):
    assert asked(page, picked(), typed="   ") == {page.chat.box: gr.skip()}
    assert not coach.histories and not coach.conversations.listed()


def test_two_windows_share_nothing(page):
    one, two = Window(), Window()
    asked(page, picked(ASKED[0]), window=one)
    asked(page, picked(ASKED[1]), window=two)
    assert len(stored(page, one)) == len(stored(page, two)) == 1


def test_stop_keeps_the_draft_and_gives_the_box_back(page):
    page.chat.coach.delay, window = 0.03, Window()
    steps = page.chat.ask(picked(), ASKED[0], window, "zh")
    next(updates for updates in steps if 'class="exchange writing"' in updates.get(page.chat.live, ""))
    page.chat.stop(window)
    shown = last(steps)
    assert ZH.stopped_more in shown[page.chat.live] and shown[page.chat.box] == IDLE
    assert stored(page, window)[0].draft and page.chat.coach.closed.wait(20)


def test_a_bug_ends_as_a_message(page, monkeypatch):
    seen = []
    monkeypatch.setattr("threading.excepthook", lambda args: seen.append(args.exc_type))
    window = Window()
    shown = asked(page, picked(), "出错", window)
    assert ZH.unexpected in shown[page.chat.live] and shown[page.chat.box] == IDLE
    assert ZH.unexpected in page.chat.settle(window, "zh")[page.chat.live]
    while not seen:
        time.sleep(0.01)
    assert seen == [ZeroDivisionError], "the terminal has the traceback"


def test_a_new_conversation_brings_the_welcome_back(page):
    window = Window()
    asked(page, picked(ASKED[0]), window=window)
    shown = page.chat.forget(window, "zh")
    assert window.conversation == "" and shown[page.chat.live] == ""
    assert shown[page.chat.welcome]["visible"] and ZH.examples in shown[page.chat.welcome]["value"]
    assert ASKED[0] in shown[page.chat.list], "the other one is kept"


def test_a_window_that_is_loaded_again_shows_its_conversation(page):
    window = Window()
    asked(page, picked(ASKED[0]), window=window)
    shown = last(page.chat.resume(window.conversation, Window(), "zh"))
    assert 'id="t1"' in shown[page.chat.live] and shown[page.chat.box] == IDLE
    shown = last(page.chat.resume("", Window(), "zh"))
    assert shown[page.chat.live] == "" and shown[page.chat.welcome] == gr.update(visible=True)


def test_a_window_that_is_loaded_again_in_mid_answer_sees_the_rest(page):
    page.chat.coach.delay, window = 0.02, Window()
    steps = page.chat.ask(picked(), ASKED[0], window, "zh")
    next(updates for updates in steps if 'class="exchange writing"' in updates.get(page.chat.live, ""))
    steps.close()  # the page is gone
    again = list(page.chat.resume(window.conversation, Window(), "zh"))
    assert again[0][page.chat.box] == BUSY
    assert 'class="exchange done"' in last(again)[page.chat.live] and again[-1] == {page.chat.box: IDLE}


def test_an_answer_goes_on_when_the_window_turns_to_another_conversation(page):
    page.chat.coach.delay, window = 0.02, Window()
    steps = page.chat.ask(picked(), ASKED[0], window, "zh")
    next(updates for updates in steps if 'class="exchange writing"' in updates.get(page.chat.live, ""))
    first = window.conversation
    page.chat.forget(window, "zh")
    assert list(steps) == [], "it draws nothing into the new conversation"
    writing = page.chat.answers.going_on(first)
    assert writing is None or list(writing.follow())[-1].answer
    assert page.chat.answers.load(first).exchanges[0].answer


def test_what_is_typed_is_prepared_unless_an_answer_is_being_written(page, coach):
    window = Window()
    page.chat.prepare(gr.EventData(None, {"text": ASKED[0]}), window)
    coach.delay = 0.02
    steps = page.chat.ask(picked(ASKED[0]), "", window, "zh")
    next(steps)
    page.chat.prepare(gr.EventData(None, {"text": ASKED[1]}), window)
    last(steps)
    assert coach.prepared == [ASKED[0]]


def test_a_long_conversation_shows_its_end_first(page):
    window = Window()
    for number in range(SHOWN + 3):
        page.chat.coach.conversations.begin("long", f"第 {number} 问")
    shown = page.chat._show(Window("long"), "zh")
    assert shown[page.chat.past].count("<article") == SHOWN - 1 and f'id="t{SHOWN + 3}"' in shown[page.chat.live]
    assert ZH.earlier_exchanges.format(count=3) in shown[page.chat.past] and "第 2 问" not in shown[page.chat.past]
    window.show("long")
    assert "第 2 问" in page.chat.reach_back(window, "zh")[page.chat.past]


def test_conversations_are_found_renamed_deleted_and_brought_back(page, coach):
    chat, window = page.chat, Window()
    for question in ASKED[:2]:
        asked(page, picked(question), window=Window())
    name = next(info.id for info in coach.conversations.listed() if info.title == ASKED[0])
    window.show(name)
    assert ASKED[1] not in chat.find("为什么注意力", window, "zh")[chat.list]
    assert "没有符合" in chat.find("<b>", window, "zh")[chat.list]
    chat.find("", window, "zh")
    assert "<form" in chat.edit(gr.EventData(None, {"conversation": name}), window, "zh")[chat.list]
    renamed = chat.rename(gr.EventData(None, {"conversation": name, "title": "<b>缩放"}), window, "zh")[chat.list]
    assert "&lt;b&gt;缩放" in renamed and ASKED[0] not in renamed
    shown = chat.delete(gr.EventData(None, {"conversation": name, "title": "<b>缩放"}), window, "zh")
    assert "缩放" not in shown[chat.list] and 'data-event="undo"' in shown[chat.told] and shown[chat.live] == ""
    back = chat.undelete(gr.EventData(None, {"conversation": name}), window, "zh")
    assert "缩放" in back[chat.list] and back[chat.told] == ""


def test_the_page_looks_until_the_work_behind_is_done(page):
    page.chat.background.busy = True
    soon = page.chat.look("zh")[page.chat.timer].value
    page.chat.background.busy = False
    assert soon < page.chat.look("zh")[page.chat.timer].value, "then only for a model that comes later"


def test_the_welcome_stops_waiting_when_the_first_articles_are_read(page):
    chat = page.chat
    chat.background.busy = True
    pace = chat.look("zh")[chat.timer].value
    assert chat.welcome not in chat.follow("zh", pace), "still waiting"
    chat.background.busy = False
    done = chat.follow("zh", pace)
    assert ZH.examples in done[chat.welcome]
    assert chat.welcome not in chat.follow("zh", done[chat.timer].value), "and then it is left alone"


def test_every_label_changes_with_the_language(page):
    shown = page.relabel("en")
    for component, texts in page.labels.items():
        for prop, name in texts.items():
            assert shown[component][prop] == getattr(EN, name)
            assert getattr(component, prop) == getattr(ZH, name), "the page starts with the same labels"
    assert EN.title in shown[page.header]


def test_a_conversation_is_drawn_in_the_new_language(page):
    window = Window()
    asked(page, picked(ASKED[0]), window=window)
    shown = page.chat.redraw(window, "en")
    assert EN.evidence in shown[page.chat.live] and EN.examples in shown[page.chat.welcome]


def test_the_library_previews_what_is_chosen(page):
    library = page.library
    shown = library.choose(gr.EventData(None, {"article": "a1"}), "", "zh")
    assert shown[library.chosen] == "a1" and "<del>" in shown[library.preview]
    assert "另一篇" in shown[library.preview] and 'data-open="a2"' in shown[library.preview]
    assert ZH.choose_article in library.look("", "", "zh")[library.preview]


def test_reading_again_reports_each_article(page, coach):
    library, coach.delay = page.library, 0.2
    steps = list(library.read_again(Stopping(), "zh"))
    assert "1/3" in steps[2][library.progress]
    assert ZH.ingest_done in steps[-1][library.progress] and "新增 6 题" in steps[-1][library.progress]
    for button in (library.reingest, library.add_button, library.folder):
        assert steps[0][button] == gr.update(interactive=False)
        assert library.settle("", "", "zh")[button] == gr.update(interactive=True)
    assert steps[0][library.stop]["visible"] and not library.settle("", "", "zh")[library.stop]["visible"]


def test_reading_stops_after_the_article_at_hand(page, coach):
    library, coach.delay, stopping = page.library, 0.2, Stopping(asked=True)
    shown = {}
    for step, updates in enumerate(library.read_again(stopping, "zh")):
        assert step or not stopping.asked, "an earlier wish to stop is forgotten"
        if "1/3" in updates.get(library.progress, ""):
            assert library.halt(stopping, "zh")[library.stop]["value"] == ZH.reading_stopping
        shown |= updates
    assert ZH.reading_stopped in shown[library.progress] and "新增 2" in shown[library.progress]
    assert coach.last_ingest is None, "the ingest was closed"


def test_articles_are_found_by_their_words(page):
    library = page.library
    assert "注意力机制" in library.find("", "ATTENTION 机制", "zh")[library.table]
    assert "没有符合" in library.find("", "<b>", "zh")[library.table]
    assert "holds no text" in library.find("", "broken", "zh")[library.table]


def test_what_is_gone_is_shown_before_it_is_removed(page, coach):
    library, coach.lost = page.library, coach.articles()
    notes = library.look("", "", "zh")[library.notes]
    assert "注意力机制" in notes and 'data-event="clear"' in notes
    assert ZH.state_missing in library.look("", "", "zh")[library.table]
    list(library.prune(Stopping(), "zh"))
    assert library.look("", "", "zh")[library.notes] == ""


def test_a_folder_gives_its_articles(page, coach):
    library = page.library
    list(library.add_folder(["a/one.md", "a/.DS_Store", "a/two.PDF", "a/~$x.docx", "a/pic.png"], Stopping(), "zh"))
    assert coach.added == ["a/one.md", "a/two.PDF"]
    with pytest.raises(gr.Error, match=ZH.folder_nothing):
        list(library.add_folder(["a/pic.png"], Stopping(), "zh"))


def test_the_slider_takes_effect_and_shows_both_errors(page, coach):
    settings = page.settings
    steps = list(settings.look("zh"))
    assert steps[0][settings.slider] == 0.5 and ZH.rates_measuring in steps[0][settings.rates]
    assert "50<span>" in steps[1][settings.rates] and "25<span>" in steps[1][settings.rates]
    shown = settings.choose(0.8, "en")[settings.rates]
    assert coach.refusal == 0.8 and "20<span>" in shown and "64<span>" in shown and EN.rate_answers in shown
    assert EN.refusal_title in settings.rename("en")[settings.refusal_head]


def test_what_was_measured_is_kept(page, coach, monkeypatch):
    settings = page.settings
    assert settings.measured("zh")[settings.picture] == ""
    monkeypatch.setattr("coach.evaluate.evaluate", lambda coach: REPORT)
    steps = list(settings.measure("zh"))
    assert steps[0][settings.run] == gr.update(interactive=False) and ZH.eval_running in steps[0][settings.picture]
    for _, shown in ((0, settings.measured("zh")), (1, list(settings.look("zh"))[-1])):
        assert "<svg" in shown[settings.picture]


def test_files_and_text_are_added_and_the_form_emptied(page, coach):
    library = page.library
    shown = {}
    for updates in library.add(["one.md", "two.pdf"], " https://a.example ", " 三 ", "正文", Stopping(), "zh"):
        shown |= updates
    assert coach.added == ["one.md", "two.pdf", "https://a.example", "三"]
    assert [shown[field] for field in (library.files, library.url, library.title, library.text)] == [None, "", "", ""]
    assert "新增 4" in shown[library.progress]
    with pytest.raises(gr.Error, match=ZH.add_nothing):
        list(library.add(None, " ", "标题", "  ", Stopping(), "zh"))


def test_an_article_can_be_taken_out_and_put_back(page, coach):
    library = page.library
    told = library.delete(gr.EventData(None, {"article": "a1", "title": "<b>注意力"}), "zh")[library.progress]
    assert "《&lt;b&gt;注意力》" in told and 'data-event="undo" data-article="a1"' in told
    assert 'data-article="a1"' in library.look("", "", "zh")[library.notes]
    list(library.restore(gr.EventData(None, {"article": "a1"}), Stopping(), "zh"))
    assert library.look("", "", "zh")[library.notes] == ""


def test_a_dropped_line_can_be_kept(page, coach):
    preview = page.library.choose(gr.EventData(None, {"article": "a1"}), "", "zh")[page.library.preview]
    assert 'data-event="apply" data-article="a1" data-line="90"' in preview
    list(page.library.keep(gr.EventData(None, {"article": "a1", "line": "90"}), Stopping(), "zh"))
    assert coach.kept == [("a1", 90)]


def test_a_failed_ingest_is_a_message(page, coach, monkeypatch):
    def fail():
        raise IngestError("Another ingest is running.")
        yield

    monkeypatch.setattr(coach, "ingest", fail)
    with pytest.raises(gr.Error, match="Another ingest"):
        list(page.library.read_again(Stopping(), "zh"))


def test_coach_errors_become_messages_and_bugs_do_not():
    @guarded
    def mendable():
        raise CoachError("Mend it.")

    @guarded
    def bug():
        raise ZeroDivisionError

    with pytest.raises(gr.Error, match="Mend it") as caught:
        mendable()
    assert not caught.value.print_exception
    with pytest.raises(ZeroDivisionError):
        bug()


HANDLERS = [
    function
    for tab in (ChatTab, InterviewTab, LibraryTab, PlanForm, PracticeTab, SettingsTab, Page)
    for name, function in vars(tab).items()
    if isfunction(function) and name not in ("__init__", "connect", "_connect", "_build", "_build_form")
]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.__qualname__)
def test_handlers_are_short(handler):
    lines = sorted({line for _, _, line in unwrap(handler).__code__.co_lines() if line})
    assert lines[-1] - lines[1] + 1 <= MOST_LINES, "counted from the first statement behind the docstring"


def test_a_port_in_use_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port} .*--port"):
            free_port("127.0.0.1", port)
    assert free_port("127.0.0.1", 0) > 0
    with pytest.raises(ServeError):
        free_port("203.0.113.1", 0)


def test_the_server_allows_nothing_from_elsewhere(coach, tmp_path):
    blocks, address = launch(coach, Settings(home=tmp_path, port=0))
    try:
        answer = httpx.get(address)
        config = httpx.get(f"{address}config").json()
    finally:
        blocks.close(verbose=False)
    assert answer.status_code == 200 and ZH.title in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "fonts.googleapis.com" not in answer.text
    assert not config["analytics_enabled"]
    assert coach.warm.wait(5)


def test_the_page_starts_with_questions_in_its_language(page, coach, monkeypatch):
    spoken = [replace(question, language="en" if at > 3 else "zh") for at, question in enumerate(coach.questions())]
    monkeypatch.setattr(coach, "questions", lambda *_: spoken)
    first = {language: page.chat.look(language)[page.chat.welcome].find(ASKED[4]) for language in ("zh", "en")}
    other = {language: page.chat.look(language)[page.chat.welcome].find(ASKED[0]) for language in ("zh", "en")}
    assert 0 < other["zh"] < first["zh"] and 0 < first["en"] < other["en"]
