"""The library tab: what became of each article, and reading them again."""

import pytest

pytestmark = pytest.mark.browser


def library(visitor):
    visitor.page.get_by_role("tab", name="资料库").click()
    visitor.page.wait_for_selector(".articles")
    return visitor.page


def test_an_article_shows_its_questions_passages_and_dropped_lines(visit):
    visitor = visit()
    page = library(visitor)
    assert page.locator(".articles tbody tr").count() == 4
    page.get_by_role("button", name="LoRA 微调").click()
    page.wait_for_selector(".preview")
    assert page.locator(".preview .questions li").count() == 1
    page.locator(".preview summary", has_text="去掉的行").click()
    assert "微信号" in page.locator(".preview del").first.inner_text()
    assert page.locator(".preview .rule").first.inner_text()
    page.locator(".preview summary", has_text="段落").click()
    assert page.locator(".preview .piece pre.code").first.is_visible()
    visitor.shot("library")


def test_a_question_of_the_preview_can_be_asked(visit):
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="LoRA 微调").click()
    page.locator(".preview .questions [data-ask]").first.click()
    page.wait_for_selector("#t1.done")
    assert page.locator("#t1 .cite").first.is_visible(), "the chat tab is in front"


def test_reading_again_reports_and_gives_the_button_back(visit):
    visitor = visit()
    page = library(visitor)
    button = page.get_by_role("button", name="重新导入")
    button.click()
    page.wait_for_selector("text=导入完成")
    assert "未变 4" in page.locator(".progress").inner_text()
    page.wait_for_function("() => ![...document.querySelectorAll('button.reingest')].some((button) => button.disabled)")
    visitor.shot("library-read")


def test_text_can_be_added_asked_removed_and_put_back(visit):
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="添加文章").click()
    page.get_by_role("textbox", name="标题").fill("量化笔记")
    page.get_by_role("textbox", name="或者把文章粘贴到这里").fill(
        "## 什么是 GPTQ 量化？\n\nGPTQ 逐层量化权重，用二阶信息补偿误差。\n"
    )
    visitor.shot("library-add")
    page.locator("button.add-button").click()
    page.wait_for_selector(".articles button:has-text('量化笔记')")
    page.get_by_role("button", name="量化笔记").click()
    page.locator(".preview [data-event=delete]").click()
    page.wait_for_selector(".articles button:has-text('量化笔记')", state="detached")
    visitor.shot("library-removed")
    page.locator(".progress [data-event=undo]").click()
    page.wait_for_selector(".articles button:has-text('量化笔记')")
    page.get_by_role("button", name="量化笔记").click()
    page.locator(".preview [data-ask]").click()
    page.wait_for_selector("#t1.done")
    assert "二阶信息" in page.locator("#t1 .answer").inner_text()
    library(visitor)
    page.locator(".preview [data-event=delete]").click()
    page.wait_for_selector(".articles button:has-text('量化笔记')", state="detached")


def test_a_dropped_line_can_be_kept(visit):
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="LoRA 微调").click()
    page.locator(".preview summary", has_text="去掉的行").click()
    page.locator(".preview [data-event=apply]").click()
    page.wait_for_selector(".preview summary:has-text('去掉的行 0')")
