"""The models tab in a browser: downloading, pausing, changing, deleting; its look on a wide and a narrow window."""

import sys

import pytest

from tests.browser.conftest import free_port, started

pytestmark = pytest.mark.browser


@pytest.fixture
def models(visit, tmp_path):
    """Open the models tab in a window of the given size."""
    port = free_port()
    serving = started(
        [sys.executable, "-m", "tests.browser.models_server", str(port), str(tmp_path)], port, tmp_path / "log"
    )
    address = next(serving)

    def open_tab(**context):
        visitor = visit(address, **context)
        visitor.page.get_by_role("tab", name="模型").click()
        visitor.page.wait_for_selector(".model")
        return visitor

    yield open_tab
    serving.close()


def test_the_life_of_a_model(models):
    visitor = models()
    page = visitor.page
    page.locator("#model-qwen3-4b").get_by_text("下载", exact=True).click()
    page.wait_for_selector("#model-qwen3-4b progress")
    assert "还要" in page.locator("#model-qwen3-4b .progress").inner_text()
    visitor.shot("models-wide")
    before = page.locator("#model-qwen3-4b .progress").inner_text()
    page.wait_for_function(
        "before => document.querySelector('#model-qwen3-4b .progress').innerText !== before", arg=before, timeout=10_000
    )
    page.locator("#model-qwen3-4b").get_by_text("暂停").click()
    page.locator("#model-qwen3-4b").get_by_text("继续下载").wait_for()
    page.locator("#model-qwen3-0.6b".replace(".", r"\.")).get_by_text("使用", exact=True).click()
    page.wait_for_function("document.querySelector('.in-use h2').innerText === 'Qwen3 0.6B'")
    page.locator(r"#model-qwen3-1\.7b").get_by_text("删除").click()
    page.wait_for_selector(r"#model-qwen3-1\.7b .ask")
    visitor.shot("models-ask")
    page.locator(r"#model-qwen3-1\.7b").get_by_text("保留", exact=True).click()
    page.wait_for_selector(r"#model-qwen3-1\.7b .ask", state="detached")
    page.locator(r"#model-qwen3-1\.7b").get_by_text("删除").click()
    page.locator(r"#model-qwen3-1\.7b .warn").click()
    page.locator(r"#model-qwen3-1\.7b").get_by_text("下载", exact=True).wait_for()
    page.get_by_text("不用语言模型").click()
    page.wait_for_function("document.querySelector('.in-use h2').innerText === '没有使用语言模型'")


def test_the_encoder_is_changed_behind_the_page(models):
    visitor = models()
    page = visitor.page
    row = page.locator('#encoders [data-name="BAAI/bge-small-zh-v1.5"]')
    row.get_by_text("使用", exact=True).click()
    row.locator("progress").wait_for()
    before = row.locator(".progress").inner_text()
    assert "/ 3018 个段落" in before and "还要" in before
    page.locator("#encoders").scroll_into_view_if_needed()
    visitor.shot("encoders-wide")
    page.wait_for_function(
        "before => document.querySelector('#encoders .progress').innerText !== before", arg=before, timeout=10_000
    )
    row.get_by_text("取消").click()
    row.get_by_text("使用", exact=True).wait_for()
    judge = page.locator('#rerankers [data-name="my-reranker"]')
    judge.get_by_text("使用", exact=True).click()
    judge.get_by_text("不重排").wait_for()
    judge.get_by_text("不重排").click()
    judge.get_by_text("使用", exact=True).wait_for()


def test_the_tab_speaks_both_languages(models):
    visitor = models()
    visitor.page.get_by_text("English").click()
    visitor.page.get_by_role("tab", name="Models").wait_for()
    visitor.page.get_by_text("Download from").wait_for()
    visitor.page.locator(".in-use").get_by_text("Use none").wait_for()
    visitor.page.get_by_role("heading", name="Finding passages").wait_for()
    visitor.shot("models-en")


@pytest.mark.parametrize("width", [390, 820])
def test_nothing_is_cut_off_on_a_narrow_window(models, width):
    visitor = models(viewport={"width": width, "height": 844})
    page = visitor.page
    page.locator("#model-qwen3-4b").get_by_text("下载", exact=True).click()
    page.wait_for_selector("#model-qwen3-4b progress")
    visitor.shot(f"models-{width}")
    page.locator("#encoders").scroll_into_view_if_needed()
    visitor.shot(f"encoders-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for box in (button.bounding_box() for button in page.locator(".do:visible").all()):
        assert box["x"] >= 0 and box["x"] + box["width"] <= width


def test_dark(models):
    models(color_scheme="dark").shot("models-dark")


def test_the_real_page_lists_the_catalogue_and_asks_no_hub(visit):
    visitor = visit()
    visitor.page.get_by_role("tab", name="模型").click()
    visitor.page.wait_for_selector(".model")
    assert visitor.page.locator(".mark-best").count() == 1
    assert visitor.page.get_by_text("下载", exact=True).count() >= 4
    assert visitor.page.locator(".in-use h2").inner_text() == "没有使用语言模型"
    visitor.shot("models-first")
