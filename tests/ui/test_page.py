"""The page as a whole: its handlers, its labels in two languages, its server."""

import socket
from inspect import isfunction, unwrap

import gradio as gr
import httpx
import pytest

from coach.config import Settings
from coach.errors import CoachError, IngestError, ServeError
from coach.ui.background import Background
from coach.ui.chat import IDLE, ChatTab
from coach.ui.conversation import Stopping
from coach.ui.guard import guarded
from coach.ui.library import LibraryTab
from coach.ui.page import Page, free_port, launch
from coach.ui.texts import EN, ZH
from tests.ui.fake import ASKED, FakeCoach

MOST_LINES = 15


@pytest.fixture
def coach():
    return FakeCoach()


@pytest.fixture
def page(coach):
    return Page(coach, Background(coach), "zh")


def picked(question="", **more):
    return gr.EventData(None, {"question": question, **more})


def asked(page, event, typed="", exchanges=(), language="zh"):
    """Return the final value per component after the handler ran through."""
    shown = {}
    for updates in page.chat.ask(event, typed, Stopping(), exchanges, language):
        shown |= updates
    return shown


def test_a_typed_question_is_answered_and_the_box_emptied(page):
    steps = list(page.chat.ask(picked(), ASKED[0], Stopping(), (), "zh"))
    assert steps[0][page.chat.box] == gr.update(value="", submit_btn=False, stop_btn=True)
    assert steps[0][page.chat.welcome] == gr.update(visible=False)
    assert steps[-1][page.chat.box] == IDLE
    (exchange,) = steps[-2][page.chat.exchanges]
    assert exchange.answer.citations and 'data-cite="2"' in steps[-2][page.chat.live]


def test_the_second_question_leaves_the_first_one_above(page):
    first = asked(page, picked(ASKED[0]))
    second = asked(page, picked(ASKED[1]), exchanges=first[page.chat.exchanges])
    assert [exchange.question for exchange in second[page.chat.exchanges]] == [ASKED[0], ASKED[1]]
    assert 'id="t1"' in second[page.chat.past] and 'id="t2"' in second[page.chat.live]


def test_asking_again_replaces_the_last_answer(page):
    first = asked(page, picked(ASKED[0]))
    again = asked(page, picked(ASKED[0], again=True), exchanges=first[page.chat.exchanges])
    assert len(again[page.chat.exchanges]) == 1


def test_an_empty_question_asks_nothing(page, coach):
    assert asked(page, picked(), typed="   ") == {page.chat.box: gr.skip()}
    assert not coach.histories


def test_two_windows_share_nothing(page):
    one, two = asked(page, picked(ASKED[0])), asked(page, picked(ASKED[1]))
    assert len(one[page.chat.exchanges]) == len(two[page.chat.exchanges]) == 1


def test_stop_keeps_the_draft_and_gives_the_box_back(page):
    page.chat.coach.delay = 0.03
    steps = page.chat.ask(picked(), ASKED[0], Stopping(), (), "zh")
    later = (updates[page.chat.exchanges] for updates in steps if page.chat.exchanges in updates)
    exchanges = next(exchanges for exchanges in later if exchanges[-1].draft)
    steps.close()
    assert page.chat.coach.closed.is_set()
    stopping = Stopping()
    for shown in (page.chat.stop(stopping, exchanges, "zh"), page.chat.ended(stopping, exchanges, "zh")):
        assert ZH.stopped_more in shown[page.chat.live]
        assert shown[page.chat.box] == IDLE


def test_a_bug_ends_as_a_message(page):
    steps = page.chat.ask(picked(), "出错", Stopping(), (), "zh")
    exchanges = [next(steps), next(steps)][-1][page.chat.exchanges]
    with pytest.raises(ZeroDivisionError):
        list(steps)
    assert ZH.unexpected in page.chat.ended(Stopping(), exchanges, "zh")[page.chat.live]


def test_clearing_brings_the_welcome_back(page):
    shown = page.chat.forget("zh")
    assert shown[page.chat.exchanges] == () and shown[page.chat.live] == ""
    assert shown[page.chat.welcome] == gr.update(visible=True)


def test_the_page_looks_until_the_work_behind_is_done(page):
    page.chat.background.busy = True
    assert page.chat.look((), "zh")[page.chat.timer].active
    page.chat.background.busy = False
    assert not page.chat.look((), "zh")[page.chat.timer].active


def test_every_label_changes_with_the_language(page):
    shown = page.relabel("en")
    for component, texts in page.labels.items():
        for prop, name in texts.items():
            assert shown[component][prop] == getattr(EN, name)
            assert getattr(component, prop) == getattr(ZH, name), "the page starts with the same labels"
    assert EN.title in shown[page.header]


def test_a_conversation_is_drawn_in_the_new_language(page):
    first = asked(page, picked(ASKED[0]))
    shown = page.chat.redraw(first[page.chat.exchanges], "en")
    assert EN.evidence in shown[page.chat.live] and EN.examples in shown[page.chat.welcome]


def test_the_library_previews_what_is_chosen(page):
    library = page.library
    shown = library.choose(gr.EventData(None, {"article": "a1"}), "zh")
    assert shown[library.chosen] == "a1" and "<del>" in shown[library.preview]
    assert ZH.choose_article in library.look("", "zh")[library.preview]


def test_reading_again_reports_each_article(page):
    library = page.library
    steps = list(library.read_again("zh"))
    assert "3/3" in steps[3][library.progress] and ZH.ingest_done in steps[4][library.progress]
    for button in (library.reingest, library.add_button):
        assert steps[0][button] == gr.update(interactive=False)
        assert library.settle("", "zh")[button] == gr.update(interactive=True)


def test_files_and_text_are_added_and_the_form_emptied(page, coach):
    library = page.library
    shown = {}
    for updates in library.add(["one.md", "two.pdf"], " 三 ", "正文", "zh"):
        shown |= updates
    assert coach.added == ["one.md", "two.pdf", "三"]
    assert (shown[library.files], shown[library.title], shown[library.text]) == (None, "", "")
    assert "新增 1" in shown[library.progress]
    with pytest.raises(gr.Error, match=ZH.add_nothing):
        list(library.add(None, "标题", "  ", "zh"))


def test_an_article_can_be_taken_out_and_put_back(page, coach):
    library = page.library
    told = library.delete(gr.EventData(None, {"article": "a1", "title": "<b>注意力"}), "zh")[library.progress]
    assert "《&lt;b&gt;注意力》" in told and 'data-event="undo" data-article="a1"' in told
    assert 'data-article="a1"' in library.look("", "zh")[library.removed]
    list(library.restore(gr.EventData(None, {"article": "a1"}), "zh"))
    assert library.look("", "zh")[library.removed] == ""


def test_a_dropped_line_can_be_kept(page, coach):
    preview = page.library.choose(gr.EventData(None, {"article": "a1"}), "zh")[page.library.preview]
    assert 'data-event="apply" data-article="a1" data-line="90"' in preview
    list(page.library.keep(gr.EventData(None, {"article": "a1", "line": "90"}), "zh"))
    assert coach.kept == [("a1", 90)]


def test_a_failed_ingest_is_a_message(page, coach, monkeypatch):
    def fail():
        raise IngestError("Another ingest is running.")
        yield

    monkeypatch.setattr(coach, "ingest", fail)
    with pytest.raises(gr.Error, match="Another ingest"):
        list(page.library.read_again("zh"))


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
    for tab in (ChatTab, LibraryTab, Page)
    for name, function in vars(tab).items()
    if isfunction(function) and name not in ("__init__", "connect", "_connect")
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
