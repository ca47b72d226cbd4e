"""The settings tab: the threshold changes what is answered; the evaluation is drawn."""

import pytest

from tests.browser.conftest import app

pytestmark = pytest.mark.browser

ANSWERED = "LoRA 为什么能减少显存？"


def settings(visitor):
    visitor.page.get_by_role("tab", name="设置").click()
    visitor.page.wait_for_selector(".rates", timeout=120_000)
    return visitor.page


def choose(page, value):
    box = page.locator(".threshold input[type=number]")
    box.fill(str(value))
    box.press("Enter")
    x = f"{8 + value * 344:.1f}"
    page.wait_for_selector(f".chart .here[x1='{x}']", state="attached")


def test_the_slider_changes_a_refusal(visit):
    visitor = visit()
    page = settings(visitor)
    try:
        choose(page, 1)
        assert page.locator(".rate.refusals .value").inner_text().startswith("100")
        visitor.shot("settings")
        page.get_by_role("tab", name="问答").click()
        assert visitor.ask(ANSWERED).locator(".notice").is_visible()
        other = visit()
        assert settings(other).locator(".threshold input[type=number]").input_value() == "1", "it is remembered"
    finally:
        choose(settings(visitor), 0.5)
    page.get_by_role("tab", name="问答").click()
    assert visitor.ask(ANSWERED, number=2).locator(".cite").count() >= 1


def test_an_evaluation_is_drawn_while_the_chat_goes_on(visit):
    visitor = visit()
    page = settings(visitor)
    page.get_by_role("button", name="开始测").click()
    page.wait_for_selector("text=正在测")
    page.get_by_role("tab", name="问答").click()
    assert visitor.ask(ANSWERED).locator(".cite").count() >= 1
    settings(visitor)
    page.wait_for_selector("svg.report", timeout=120_000)
    assert page.locator("svg.report rect.good").count() >= 4
    visitor.shot("settings-measured")


def test_on_a_phone_nothing_is_cut_off(visit):
    visitor = visit(viewport={"width": 390, "height": 844})
    page = settings(visitor)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("tab", name="资料库").click()
    page.wait_for_selector(".articles")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    visitor.shot("phone-library")


def test_all_data_is_backed_up_deleted_and_restored(visit, corpus_folder, tmp_path):
    for address in app(tmp_path, corpus_folder):
        visitor = visit(address)
        page = visitor.page
        visitor.page.wait_for_selector(".status .now", state="detached", timeout=120_000)
        visitor.ask(ANSWERED)
        settings(visitor)
        with page.expect_download() as download:
            page.locator(".backup-link").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        page.locator(".erase summary").click()
        page.locator(".erase input").fill("删除")
        page.keyboard.press("Enter")
        page.wait_for_selector(".talks .quiet")
        assert page.locator(".asked").count() == 0
        page.wait_for_selector(".status .line:has-text('4 篇文章')", timeout=120_000)
        page.get_by_role("tab", name="设置").click()
        page.locator(".settings input[type=file]").set_input_files(file)
        page.wait_for_selector(".restore-asked .notice:has-text('1 个对话')")
        visitor.shot("settings-restore")
        page.locator(".restore-asked [data-event=apply]").click()
        page.wait_for_selector(".talk-open", timeout=60_000)
        page.locator(".talk-open").click()
        page.wait_for_selector("#t1.done .cite")
        visitor.page.wait_for_selector(".status .now", state="detached", timeout=120_000)


def test_the_interviewer_of_the_settings_is_offered_and_remembered(visit):
    visitor = visit()
    page = settings(visitor)
    page.locator(".setting .iv-choice label", has_text="严格").click()
    for _ in range(2):
        page.get_by_role("tab", name="模拟面试").click()
        page.locator(".iv-settings .label-wrap").click()
        page.wait_for_selector(".iv-settings label.selected:has-text('严格')")
        page.reload()
        page.wait_for_selector(".welcome .pick")
    assert settings(visitor).locator(".setting .iv-choice label.selected").inner_text() == "严格"


def test_the_words_of_gradio_are_in_the_language_of_the_page(visit):
    visitor = visit(locale="zh-CN")
    page = visitor.page
    page.locator(".language label", has_text="English").click()
    page.wait_for_selector(".brand[lang=en]")
    page.reload()
    page.wait_for_selector("text=Start with one of these")
    page.get_by_role("tab", name="Library").click()
    page.locator(".add .label-wrap").click()
    page.wait_for_selector(".add-files:has-text('Click to Upload')")
