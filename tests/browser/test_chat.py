"""What a person does on the page: ask, read, check the evidence."""

import re

import pytest

pytestmark = pytest.mark.browser

BOTH = "什么是 LayerNorm？"


def flat(text):
    return re.sub(r"[\s\u2060]+", "", text)


def test_an_example_question_gives_a_cited_answer(visit):
    visitor = visit()
    visitor.page.wait_for_selector(".welcome .pick >> nth=2")
    visitor.shot("empty")
    question = visitor.page.locator(".welcome .pick .what").first.inner_text()
    visitor.page.locator(".welcome .pick").first.click()
    visitor.page.wait_for_selector("#t1.done")
    assert visitor.page.locator("#t1 .asked").inner_text() == question
    assert visitor.page.locator("#t1 .answer .cite").count() >= 1
    assert not visitor.page.locator(".welcome").is_visible()
    visitor.shot("answered")


def test_every_chip_opens_its_passage_with_the_sentence_marked(visit):
    visitor = visit()
    exchange = visitor.ask(BOTH)
    chips = exchange.locator(".answer .cite")
    numbers = [chips.nth(at).inner_text() for at in range(chips.count())]
    assert "2" in numbers, "the answer draws on two passages"
    for at, number in enumerate(numbers):
        chips.nth(at).click()
        passage = exchange.locator(f"[id='t1-p{number}']")
        assert passage.locator(".full").is_visible() and passage.locator(".question").inner_text()
        mark = flat("".join(passage.locator("mark:not(.other)").all_inner_texts()))
        line = chips.nth(at).locator("xpath=ancestor::*[self::li or self::p][1]").inner_text()
        assert mark and mark in flat(line), "extractive answers quote the sentence that is marked"
    visitor.shot("cited")


def test_beside_the_answer_a_chip_moves_the_evidence_alone(visit):
    visitor = visit(viewport={"width": 1200, "height": 420})
    exchange = visitor.ask(BOTH)
    before = visitor.page.evaluate("window.scrollY")
    exchange.locator(".answer .cite").last.evaluate("chip => chip.click()")
    visitor.page.wait_for_timeout(900)
    assert visitor.page.evaluate("window.scrollY") == before
    assert exchange.locator(".evidence").evaluate("panel => panel.scrollTop") > 0


def test_an_open_passage_folds_again(visit):
    visitor = visit()
    exchange = visitor.ask(BOTH)
    head = exchange.locator(".passage .head").first
    head.click()
    assert exchange.locator(".passage .full").first.is_visible()
    head.click()
    assert not exchange.locator(".passage .full").first.is_visible()


def test_abstention_offers_questions_that_are_answered(visit):
    visitor = visit()
    exchange = visitor.ask("今天北京的天气怎么样？")
    assert exchange.locator(".notice").is_visible()
    visitor.shot("abstained")
    assert exchange.locator(".cite").count() == 0
    nearest = exchange.locator(".nearest .pick")
    assert nearest.count() >= 1
    nearest.first.click()
    visitor.page.wait_for_selector("#t2.done")
    assert visitor.page.locator("#t2 .cite").count() >= 1
    assert visitor.page.locator("#t1 .notice").is_visible(), "the first exchange stays"


def test_articles_and_users_can_not_run_or_load_anything(visit):
    visitor = visit()
    exchange = visitor.ask("什么是提示注入攻击？<img src=http://203.0.113.7/u.png onerror=window.hacked=5>")
    assert "<img" in exchange.locator(".asked").inner_text()
    heads = exchange.locator(".passage .head")
    for at in range(heads.count()):
        heads.nth(at).click()
    visitor.page.wait_for_timeout(300)
    assert visitor.page.evaluate("window.hacked") is None
    assert exchange.locator("img, script, iframe").count() == 0


def test_the_browser_itself_refuses_what_is_elsewhere(visit):
    visitor = visit()
    blocked = visitor.page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
            new Image().src = "http://203.0.113.7/x.png";
        })"""
    )
    assert blocked.startswith("http://203.0.113.7")
    visitor.requests = [url for url in visitor.requests if url != "http://203.0.113.7/x.png"]


def test_two_windows_do_not_mix(visit):
    visitor = visit()
    other = visitor.open()
    visitor.ask("什么是 LayerNorm？")
    visitor.ask("LoRA 为什么能减少显存？", page=other)
    assert visitor.page.locator(".asked").all_inner_texts() == ["什么是 LayerNorm？"]
    assert other.locator(".asked").all_inner_texts() == ["LoRA 为什么能减少显存？"]


def test_on_a_phone_the_evidence_stands_under_the_answer(visit):
    visitor = visit(viewport={"width": 390, "height": 844})
    exchange = visitor.ask(BOTH)
    visitor.page.wait_for_timeout(600)  # the page scrolls to the answer; both boxes have to be of one moment
    answer = exchange.locator(".answer").bounding_box()
    evidence = exchange.locator(".evidence").bounding_box()
    assert evidence["y"] >= answer["y"] + answer["height"]
    assert evidence["x"] == pytest.approx(answer["x"], abs=2)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    box = visitor.page.locator(".ask-box").bounding_box()
    assert box["y"] > 0 and box["y"] + box["height"] <= 844
    visitor.shot("phone")
    exchange.locator(".answer .cite").last.click()
    visitor.shot("phone-cited")


def test_on_a_wide_screen_they_stand_side_by_side(visit):
    exchange = visit().ask(BOTH)
    answer, evidence = exchange.locator(".answer").bounding_box(), exchange.locator(".evidence").bounding_box()
    assert evidence["x"] >= answer["x"] + answer["width"]


def test_the_language_changes_without_a_reload(visit):
    visitor = visit()
    visitor.ask(BOTH)
    visitor.page.evaluate("window.same = true")
    visitor.page.locator(".language label", has_text="English").click()
    visitor.page.wait_for_selector("text=Quoted from your articles")
    assert visitor.page.locator(".brand .name").inner_text() == "Interview Coach"
    assert visitor.page.locator(".evidence h3").first.inner_text().startswith("Evidence")
    assert visitor.page.get_by_placeholder("Ask an interview question").is_visible()
    assert visitor.page.locator("#t1 .asked").inner_text() == BOTH
    assert visitor.page.evaluate("window.same")
    visitor.shot("english")
    other = visitor.open()
    other.wait_for_selector("text=What would you like to prepare today?")
    assert visitor.page.locator("#t1 .asked").inner_text() == BOTH


def test_copy_again_and_begin_anew(visit):
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    exchange = visitor.ask(BOTH)
    exchange.locator("[data-copy]").click()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in copied and "normalization.md" in copied
    exchange.locator("[data-again][data-ask]").click()
    visitor.page.wait_for_selector("#t1.done")
    assert visitor.page.locator(".asked").count() == 1
    visitor.page.locator("button.new-talk").click()
    visitor.page.wait_for_selector(".welcome .pick")
    assert visitor.page.locator(".asked").count() == 0


def test_dark(visit):
    visitor = visit(color_scheme="dark")
    visitor.ask(BOTH).locator(".answer .cite").last.click()
    red, green, blue = map(
        int, re.findall(r"\d+", visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]
    )
    assert max(red, green, blue) < 60
    visitor.shot("dark")


def test_text_streams_and_stops(visit, slow_server):
    visitor = visit(slow_server)
    visitor.write(visitor.page.locator(".ask-box textarea"), "为什么注意力要除以 √d_k？")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#t1 .passage")
    visitor.page.wait_for_selector("#t1.writing .prose-text")
    first = visitor.page.locator("#t1 .prose-text").inner_text()
    visitor.page.wait_for_timeout(700)
    assert len(visitor.page.locator("#t1 .prose-text").inner_text()) > len(first)
    visitor.shot("streaming")
    visitor.page.locator(".stop-button").click()
    visitor.page.wait_for_selector("#t1.stopped")
    visitor.page.wait_for_timeout(700)  # a step that was under way may still arrive
    stopped = visitor.page.locator("#t1 .prose-text").inner_text()
    visitor.page.wait_for_timeout(700)
    assert visitor.page.locator("#t1 .prose-text").inner_text() == stopped
    visitor.ask("为什么注意力要除以 √d_k？", number=2)
    assert visitor.page.locator("#t2 .cite").count() == 3


def test_errors_are_messages(visit, slow_server):
    visitor = visit(slow_server)
    exchange = visitor.ask("编码器坏了吗？")
    assert "Reinstall it" in exchange.inner_text() and "<b>" in exchange.inner_text()
    visitor.shot("failed")


def test_a_newcomer_comes_from_an_empty_home_to_a_cited_answer(visit, newcomer):
    visitor = visit(newcomer)
    page = visitor.page
    page.wait_for_selector("text=还没有可以提问的文章")
    visitor.shot("newcomer")
    page.get_by_role("tab", name="资料库").click()
    page.wait_for_selector("text=资料库还是空的")
    page.get_by_role("button", name="添加文章").click()
    visitor.write(
        page.get_by_role("textbox", name="或者把文章粘贴到这里"),
        "# 我的笔记\n\n## 什么是 GPTQ 量化？\n\nGPTQ 逐层量化权重，用二阶信息补偿误差。\n",
    )
    page.locator("button.add-button").click()
    page.wait_for_selector(".progress.done .summary")
    visitor.shot("newcomer-added")
    page.get_by_role("tab", name="问答").click()
    page.wait_for_selector(".welcome .pick")
    page.wait_for_selector(".status .line:has-text('1 篇文章 · 1 道题')")
    page.locator(".welcome .pick").first.click()
    page.wait_for_selector("#t1.done")
    page.locator("#t1 .cite").first.click()
    assert "二阶信息" in page.locator("#t1 .passage.open mark").first.inner_text()


def test_a_conversation_survives_a_reload_in_its_own_window(visit):
    visitor = visit()
    visitor.ask(BOTH)
    visitor.page.reload()
    visitor.page.wait_for_selector("#t1.done .cite")
    visitor.ask("LoRA 为什么能减少显存？", number=2)
    assert visitor.page.locator(".asked").count() == 2
    assert visitor.open().locator(".asked").count() == 0
    visitor.page.locator("button.new-talk").click()
    visitor.page.wait_for_selector(".welcome .pick")
    visitor.page.wait_for_selector(".talks[data-current='']")
    visitor.page.reload()
    visitor.page.wait_for_selector(".welcome .pick")
    visitor.page.wait_for_timeout(800)
    assert visitor.page.locator(".asked").count() == 0


def test_a_preview_stands_until_the_model_writes(visit, slow_server):
    visitor = visit(slow_server)
    visitor.write(visitor.page.locator(".ask-box textarea"), "用模型说说缩放")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#t1 .prose-text:has-text('摘录') .cite")
    visitor.page.wait_for_selector("#t1 .waiting:has-text('秒后开始')")
    visitor.shot("preview")
    visitor.page.wait_for_selector("#t1.writing .prose-text:not(:has-text('摘录'))")
    visitor.page.wait_for_selector("#t1.done:has-text('引用已逐句核对')", timeout=60_000)
    assert visitor.page.locator("#t1 .waiting").count() == 0


def test_a_model_that_comes_while_the_page_is_open_is_told(visit, slow_server):
    waiting, acting = visit(slow_server), visit(slow_server)
    waiting.page.wait_for_selector(".welcome .ground .link")
    waiting.shot("without-model")
    for number, (question, told) in enumerate((("装上了吗？", "语言模型 tiny"), ("卸下了吗？", "未使用语言模型")), 1):
        acting.ask(question, number=number)
        waiting.page.wait_for_selector(f".status .line:has-text('{told}')")


def test_a_reload_in_mid_answer_sees_the_rest(visit, slow_server):
    visitor = visit(slow_server)
    visitor.write(visitor.page.locator(".ask-box textarea"), "用模型说说缩放")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#t1.writing")
    visitor.page.reload()
    visitor.page.wait_for_selector("#t1.searching, #t1.writing, #t1.done")
    visitor.page.wait_for_selector("#t1.done", timeout=60_000)
    visitor.page.wait_for_selector(".submit-button")
    assert visitor.page.locator("#t1 .cite").count() == 3


def test_the_last_question_is_edited_by_keyboard(visit):
    visitor = visit()
    page = visitor.page
    visitor.ask("LoRA 为什么能减少显存？")
    page.keyboard.press("Alt+e")
    field = page.locator("#t1 .edit textarea")
    assert field.evaluate("field => field === document.activeElement")
    field.fill(BOTH)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#t1.done .asked:has-text('{BOTH}')")
    assert page.locator(".asked").count() == 1 and page.locator(".talk-open[aria-current]").inner_text() == BOTH


def test_conversations_are_listed_found_renamed_exported_deleted_and_brought_back(visit):
    visitor = visit()
    page, name = visitor.page, "我改的名字"
    visitor.ask("什么是 BatchNorm？")
    page.keyboard.press("Alt+n")
    page.wait_for_selector(".welcome .pick")
    visitor.ask("LoRA 为什么能减少显存？")
    row = page.locator(".talk-row", has_text="BatchNorm").first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    row.get_by_role("button", name="改名").click()
    field = page.locator(".talk-row input")
    field.fill(name)
    field.press("Enter")
    row = page.locator(".talk-row", has_text=name)
    row.wait_for()
    visitor.shot("conversations")
    row.locator(".talk-open").click()
    page.wait_for_selector("#t1.done .asked:has-text('BatchNorm')")
    row.locator("summary").click()
    with page.expect_download() as download:
        row.locator("a[download]").click()
    assert download.value.suggested_filename == f"{name}.md"
    assert "[1] 归一化" in download.value.path().read_text(encoding="utf-8")
    visitor.write(page.locator(".find-talk input, .find-talk textarea"), "优化器状态")
    page.wait_for_selector(f".talks:not(:has-text('{name}'))")
    assert page.locator(".talk-row").count() >= 1, "it is found by a word of its answer"
    visitor.write(page.locator(".find-talk input, .find-talk textarea"), "")
    row.wait_for()
    row.locator("summary").click()
    row.get_by_role("button", name="删除").click()
    page.wait_for_selector(".undo-line")
    assert row.count() == 0 and page.locator(".asked").count() == 0
    page.locator(".undo-line button").click()
    row.wait_for()


def test_on_a_phone_the_list_is_a_drawer(visit):
    visitor = visit(viewport={"width": 390, "height": 844})
    page = visitor.page
    visitor.ask(BOTH)
    assert not page.locator(".new-talk").is_visible()
    page.locator("[data-drawer]").click()
    page.locator(".new-talk").wait_for()
    page.wait_for_timeout(300)
    visitor.shot("phone-drawer")
    page.keyboard.press("Escape")
    page.locator(".new-talk").wait_for(state="hidden")
    page.locator("[data-drawer]").click()
    page.locator(".new-talk").click()
    page.wait_for_selector(".welcome .pick")
    page.locator(".new-talk").wait_for(state="hidden")


def test_a_question_mark_lists_the_keys(visit):
    visitor = visit()
    page = visitor.page
    page.locator(".brand .name").click()
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    assert page.locator("#keys").get_by_text("要提示").is_visible(), "the keys of the interview too"
    visitor.shot("keys")
    page.keyboard.press("Escape")
    page.locator("#keys[open]").wait_for(state="detached")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.matches('.ask-box textarea')")
    page.keyboard.press("?")
    assert page.locator("#keys[open]").count() == 0, "in the box it is a letter"
    page.keyboard.press("Alt+2")
    assert page.locator("[role=tab][aria-selected=true]").inner_text() != "问答"
