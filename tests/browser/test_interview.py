"""A whole mock interview in the browser: form, talk, points, report, files; refresh, two windows, phone, practice."""

import re

import pytest

pytestmark = pytest.mark.browser
LOCAL_VOICE = """
window.spoken = [];
const voice = { localService: true, lang: "zh-CN", name: "here" };
const far = { localService: false, lang: "zh-CN", name: "elsewhere" };
Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [far, voice], cancel() {}, addEventListener() {},
    speak(words) { window.spoken.push([words.text, words.voice.name]); },
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
window.SpeechRecognition = class {
    static async available(wanted) { return wanted.processLocally ? "available" : "unavailable"; }
    start() { window.recogniser = this; }
    stop() { this.onend(); }
};
"""


@pytest.fixture
def server(chromium, corpus_folder, tmp_path):
    """Each interview has a home of its own."""
    from tests.browser.conftest import app

    yield from app(tmp_path, corpus_folder)


def tab(page, name="模拟面试"):
    page.get_by_role("tab", name=name, exact=True).click()


def begin(page, count="3 题"):
    tab(page)
    page.wait_for_selector(".iv-topics label")
    page.locator(".iv-choice label", has_text=count).click()
    page.get_by_role("button", name="开始面试").click()
    page.wait_for_selector(".turn.question")


def turns(page):
    return int(page.locator(".iv-bar").get_attribute("data-turns") or 0)


def answer(visitor, text, page=None):
    """Send an answer by the keyboard; wait for what comes of it."""
    page = page or visitor.page
    before = turns(page)
    visitor.write(page.locator(".answer-box textarea"), text)
    page.locator(".answer-box textarea").press("Control+Enter")
    page.wait_for_function(
        "before => { const bar = document.querySelector('.iv-bar');"
        " return bar.dataset.phase === 'done' || Number(bar.dataset.turns) > before; }",
        arg=before,
    )


def finish(visitor, page=None):
    """Know nothing until the report comes."""
    page = page or visitor.page
    for _ in range(12):
        if page.locator(".iv-report-page").count():
            return
        before = turns(page)
        page.keyboard.press("Alt+U")
        page.wait_for_function(
            "before => { const bar = document.querySelector('.iv-bar');"
            " return bar.dataset.phase === 'done' || Number(bar.dataset.turns) > before; }",
            arg=before,
        )
    raise AssertionError("the interview does not end")


def test_a_whole_interview_with_report_and_files(visit):
    visitor = visit()
    page = visitor.page
    tab(page)
    page.wait_for_selector(".iv-topics label")
    visitor.shot("interview-form")
    begin(page)
    page.wait_for_function("() => document.activeElement.closest('.answer-box')")
    visitor.shot("interview-question")
    page.keyboard.press("Alt+H")
    page.wait_for_selector(".turn.hint")
    answer(visitor, "因为它对同一个通道统计均值，和 batch 无关。<b>还有</b>正则化。")
    for _ in range(2):
        if page.locator(".iv-points:not(.so-far)").count() == 0:
            answer(visitor, "我只记得它会影响训练的稳定性。")
    points = page.locator(".iv-points:not(.so-far)").first
    assert points.locator(".point").count() >= 1
    assert points.locator(".from").first.inner_text()
    page.wait_for_function("() => document.activeElement.closest('.answer-box')")
    visitor.shot("interview-points")
    points.locator(".cite").first.click()
    assert points.locator(".passage.open .full mark").first.is_visible()
    points.locator(".reference summary").click()
    visitor.shot("interview-passage")
    finish(visitor)
    page.wait_for_selector(".iv-report-page")
    visitor.shot("interview-report")
    files = (("Markdown", ".md", "# 模拟面试报告"), ("HTML", ".html", "<!doctype"), ("Anki", ".csv", "#separator"))
    for name, ending, begins in files:
        with page.expect_download() as saved:
            page.locator(".files a", has_text=name).click()
        assert saved.value.suggested_filename.endswith(ending)
        assert saved.value.path().read_text(encoding="utf-8").startswith(begins)
    page.locator(".ends button").first.click()
    page.locator(".to-read .pick").first.click()
    page.wait_for_selector(".preview")
    visitor.shot("interview-to-library")
    tab(page)
    page.get_by_role("button", name="把没答好的再练一遍").click()
    page.wait_for_selector(".iv-talk .turn.question")


def test_a_refresh_keeps_turn_and_draft_and_windows_do_not_mix(visit):
    visitor = visit()
    page = visitor.page
    begin(page)
    asked = page.locator(".turn.question strong").inner_text()
    visitor.write(page.locator(".answer-box textarea"), "写到一半的回答")
    page.wait_for_timeout(1200)
    page.reload()
    page.wait_for_selector(".turn.question")
    assert page.locator(".turn.question strong").inner_text() == asked
    assert page.locator(".answer-box textarea").input_value() == "写到一半的回答"
    other = visitor.open()
    tab(other)
    other.wait_for_selector(".offer")
    visitor.shot("interview-offer")
    assert other.locator(".turn").count() == 0, "a new window shows nothing of the other one"
    other.locator(".offer .do.strong").click()
    other.wait_for_selector(".turn.question")
    answer(visitor, "第一个窗口的回答。")
    late = turns(other)
    visitor.write(other.locator(".answer-box textarea"), "晚到的回答。")
    other.locator(".answer-box textarea").press("Control+Enter")
    other.wait_for_function("before => Number(document.querySelector('.iv-bar').dataset.turns) > before", arg=late)
    assert "晚到的回答" not in other.locator(".turns").inner_text()
    assert other.locator(".answer-box textarea").input_value() == "晚到的回答。"


def test_a_point_is_contested(visit):
    visitor = visit()
    page = visitor.page
    begin(page)
    for _ in range(4):
        if page.locator(".contest").count():
            break
        answer(visitor, "LayerNorm、BatchNorm、LoRA 的要点我都讲过，均值和方差、低秩矩阵、指令注入也讲了。")
    page.locator(".contest").first.click()
    page.wait_for_selector(".contested")
    visitor.shot("interview-contested")


def test_pausing_keys_speech_and_dictation(visit):
    visitor = visit()
    visitor.context.add_init_script(LOCAL_VOICE)
    page = visitor.page
    page.reload()
    page.wait_for_selector(".welcome")
    begin(page)
    assert page.evaluate("window.spoken") == [], "silent until asked"
    page.get_by_role("button", name="朗读").click()
    ((text, voice),) = page.evaluate("window.spoken")
    assert page.locator(".turn.question strong").inner_text() in text and voice == "here"
    page.get_by_role("button", name="语音输入").click()
    heard = "Object.assign([{transcript: '说的话'}], {isFinal: true})"
    page.evaluate(f"window.recogniser.onresult({{resultIndex: 0, results: [{heard}]}})")
    assert page.locator(".answer-box textarea").input_value() == "说的话"
    page.evaluate("window.recogniser.stop()")
    page.keyboard.press("Alt+P")
    page.wait_for_selector(".paused")
    visitor.shot("interview-paused")
    page.keyboard.press("Alt+P")
    page.wait_for_selector(".paused", state="detached")
    page.keyboard.press("Alt+Slash")
    assert page.locator(".keys dl").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".keys dl").is_visible()


def test_on_a_phone_in_the_dark_and_in_english(visit):
    visitor = visit(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = visitor.page
    begin(page)
    answer(visitor, "我想它和归一化有关。")
    visitor.shot("interview-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    finish(visitor)
    visitor.shot("interview-phone-report")
    page.locator(".language label", has_text="English").click()
    page.wait_for_selector("h1:has-text('Report')")
    visitor.shot("interview-phone-english")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_practice_empty_and_with_history(visit):
    visitor = visit()
    page = visitor.page
    tab(page, "练习")
    page.wait_for_selector(".pr-empty")
    visitor.shot("practice-empty")
    page.locator(".pr-empty .do.strong").click()
    page.wait_for_selector(".iv-topics label")
    begin(page)
    finish(visitor)
    tab(page, "练习")
    page.wait_for_selector(".pr .held li")
    visitor.shot("practice")
    assert page.locator(".days rect:not(.l0)").count() == 1
    page.locator(".weak-ones .do").first.click()
    page.wait_for_selector(".iv-talk .turn.question")
    assert re.search("第 1 / 1 题", page.locator(".iv-bar").inner_text())
    tab(page, "练习")
    page.wait_for_function("() => document.querySelectorAll('.pr .held li').length === 2")
    page.locator(".held li", has_text="未结束").get_by_role("button", name="删除").click()
    visitor.shot("practice-delete")
    page.locator(".held .do.warn").click()
    page.wait_for_function("() => document.querySelectorAll('.pr .held li').length === 1")


ALL_AT_ONCE = "BatchNorm 统计量来自同一批，LayerNorm 对单个样本计算均值和方差，LoRA 只训练低秩矩阵，Pre-Norm 更稳。"


def close_one(visitor, text=ALL_AT_ONCE):
    """Answer until a question is closed, with words of every article."""
    page = visitor.page
    for _ in range(4):
        if page.locator(".iv-points:not(.so-far)").count():
            return
        answer(visitor, text)
    raise AssertionError("no question is closed")


def test_a_better_answer_and_key_points_by_keyboard(visit):
    visitor = visit()
    page = visitor.page
    begin(page)
    close_one(visitor)
    ask = page.locator("#r0-improve")
    ask.focus()
    page.keyboard.press("Enter")
    better = page.locator("#r0-better")
    better.locator(".quiet").wait_for()
    assert "没有用语言模型" in better.inner_text() and better.locator("li").count() >= 1
    assert page.locator("#r0-reconsider").count() == 0, "nobody is there who could look again"
    better.scroll_into_view_if_needed()
    visitor.shot("interview-better")
    better.locator(".cite").first.click()
    assert page.locator("#r0-p1.open, #r0-p2.open").count() == 1
    page.locator("#r0-points").focus()
    page.keyboard.press("Enter")
    sheet = page.locator(".iv-sheet")
    sheet.wait_for()
    before = sheet.locator("li textarea").count()
    page.keyboard.press("Enter")  # in a field: one more below it
    page.keyboard.type("我自己加的要点")
    assert sheet.locator("li textarea").count() == before + 1
    sheet.locator("[data-sheet=drop]").first.click()
    visitor.shot("interview-key-points")
    page.locator(".iv-sheet textarea").first.focus()
    page.keyboard.press("Control+Enter")
    sheet.wait_for(state="detached")
    page.wait_for_selector("text=要点已保存")
    assert turns(page) and page.locator(".iv-report-page").count() == 0, "the answer was not sent by that key"
    page.locator("#r0-points").click()
    sheet.wait_for()
    assert "你改过的要点" in sheet.inner_text() and sheet.locator("li textarea").count() == before
    page.keyboard.press("Escape")
    sheet.wait_for(state="detached")
    page.locator("#r0-points").click()
    page.get_by_role("button", name="恢复自动分出的要点").click()
    page.wait_for_selector("text=已恢复")
    finish(visitor)
    page.wait_for_selector(".iv-report-page")
    page.locator("#each-0 summary").first.click()
    assert "没有用语言模型" in page.locator("#each-0 .better").inner_text(), "it is kept in the report"
