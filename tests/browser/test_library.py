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
    visitor.write(page.get_by_role("textbox", name="标题"), "量化笔记")
    visitor.write(
        page.get_by_role("textbox", name="或者把文章粘贴到这里"),
        "## 什么是 GPTQ 量化？\n\nGPTQ 逐层量化权重，用二阶信息补偿误差。\n",
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
    page.locator(".preview [data-ask]").first.click()
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


def test_a_kept_line_stands_in_the_passages(visit):
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="LoRA 微调").click()
    page.locator(".preview summary", has_text="段落").click()
    assert "微信号" in page.locator(".preview .piece").last.inner_text(), "kept by the test before"


def test_articles_are_found_by_title_and_source(visit):
    visitor = visit()
    page = library(visitor)
    visitor.write(page.get_by_role("textbox", name="搜索文章"), "NORMALIZATION")
    page.wait_for_function("() => document.querySelectorAll('.articles tbody tr').length === 1")
    visitor.write(page.get_by_role("textbox", name="搜索文章"), "<b>没有")
    page.wait_for_selector("text=没有符合“<b>没有”的文章")
    visitor.write(page.get_by_role("textbox", name="搜索文章"), "")
    page.wait_for_function("() => document.querySelectorAll('.articles tbody tr').length > 1")


def test_a_file_is_uploaded_and_its_new_question_asked(visit, tmp_path):
    file = tmp_path / "awq <img src=x onerror=window.hacked=9> 🤖.md"
    file.write_text("# 量化二\n\n## AWQ 怎样保护重要权重？\n\nAWQ 按激活的大小缩放权重通道。\n", encoding="utf-8")
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="添加文章").click()
    page.locator(".add input[type=file]").first.set_input_files(file)
    page.wait_for_selector(".add .file-preview-holder, .add .file-preview")
    page.locator("button.add-button").click()
    page.wait_for_selector(".progress.done .summary")
    assert "新增 1 题" in page.locator(".summary").inner_text()
    visitor.shot("library-summary")
    page.locator("[data-event=example_select]").click()
    page.wait_for_selector(".iv-talk .turn.question")
    assert page.locator(".turn.question strong").all_inner_texts() == ["AWQ 怎样保护重要权重？"]
    visitor.shot("quiz")
    assert page.evaluate("window.hacked") is None


def test_reading_can_be_stopped(visit, slow_server):
    visitor = visit(slow_server)
    page = library(visitor)
    page.get_by_role("button", name="重新导入").click()
    page.wait_for_selector(".progress progress")
    page.get_by_role("button", name="停止").click()
    page.wait_for_selector("text=已停止，读完的都保留了")
    page.wait_for_function("() => ![...document.querySelectorAll('button.reingest')].some((button) => button.disabled)")


def test_an_article_whose_file_is_gone_is_shown_and_then_removed(visit, corpus_folder):
    gone = corpus_folder / "gone.md"
    gone.write_text("# 会消失的文章\n\n## 什么是 Dropout？\n\nDropout 随机置零激活。\n", encoding="utf-8")
    visitor = visit()
    page = library(visitor)
    page.get_by_role("button", name="重新导入").click()
    page.wait_for_selector(".articles button:has-text('会消失的文章')")
    gone.unlink()
    library(visitor)
    page.get_by_role("button", name="重新导入").click()
    page.wait_for_selector(".articles tr:has-text('会消失的文章') .missing")
    page.locator(".note.missing summary").click()
    assert "gone.md" in page.locator(".note.missing").inner_text()
    visitor.shot("library-gone")
    page.locator(".note.missing [data-event=clear]").click()
    page.wait_for_selector(".articles button:has-text('会消失的文章')", state="detached")
    assert page.locator(".note.missing").count() == 0
