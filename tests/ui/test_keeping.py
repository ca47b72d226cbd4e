"""The data on the settings tab: asked before anything is replaced, a word before everything is deleted."""

import shutil

import gradio as gr
import httpx
import pytest

from coach.backup import Contents, back_up
from coach.config import Settings
from coach.service import Coach
from coach.ui.background import Background
from coach.ui.page import Page, launch
from coach.ui.render_keeping import data_html, erase_html, restore_html
from coach.ui.texts import EN, ZH


@pytest.fixture
def coach(tmp_path):
    (tmp_path / "corpus").mkdir()
    with Coach(Settings(home=tmp_path / "home", corpus=tmp_path / "corpus", llm="none", port=0)) as coach:
        coach.conversations.begin("c1", "留下的问题")
        yield coach


@pytest.fixture
def keeping(coach):
    return Page(coach, Background(coach), "zh").settings.keeping


def talks(coach):
    return [talk.title for talk in coach.conversations.listed()]


def wait(keeping):
    while keeping.background.busy:
        pass


def test_a_back_up_is_shown_before_it_replaces_anything(coach, keeping, tmp_path):
    back_up(coach.settings, tmp_path / "all.zip")
    coach.conversations.begin("c2", "后来的问题")
    shown = keeping.ask(str(tmp_path / "all.zip"), "zh")
    assert "1 个对话" in shown[keeping.asked] and len(talks(coach)) == 2
    assert keeping.restore(shown[keeping.file]) == {keeping.asked: ""}
    assert talks(coach) == ["留下的问题"] and not (tmp_path / "all.zip").exists(), "the uploaded copy is gone"
    wait(keeping)


def test_a_copy_that_is_not_wanted_is_thrown_away(coach, keeping, tmp_path):
    back_up(coach.settings, tmp_path / "all.zip")
    shutil.copy(tmp_path / "all.zip", tmp_path / "copy.zip")
    assert keeping.forget(str(tmp_path / "copy.zip"))[keeping.file] == ""
    (tmp_path / "other.zip").write_text("text")
    with pytest.raises(gr.Error, match="no back-up"):
        keeping.ask(str(tmp_path / "other.zip"), "zh")
    assert [path.name for path in tmp_path.glob("*.zip")] == ["all.zip"]


def test_everything_is_deleted_only_after_the_word(coach, keeping):
    for word in ("", "delete", "删"):
        with pytest.raises(gr.Error, match="没有删除"):
            keeping.delete(gr.EventData(None, {"word": word}), "zh")
    assert talks(coach) == ["留下的问题"]
    keeping.delete(gr.EventData(None, {"word": " 删除 "}), "zh")
    assert talks(coach) == []
    wait(keeping)


def test_links_download_a_conversation_and_everything(coach, tmp_path):
    blocks, address = launch(coach, coach.settings)
    try:
        talk = httpx.get(f"{address}coach/conversation/c1?language=en")
        none = httpx.get(f"{address}coach/conversation/..%2F..%2Fcoach.sqlite3")
        everything = httpx.get(f"{address}coach/backup", timeout=60)
        foreign = httpx.get(f"{address}coach/backup", headers={"Sec-Fetch-Site": "cross-site"}, timeout=60)
    finally:
        blocks.close(verbose=False)
    assert talk.text.startswith("# 留下的问题") and EN.stopped in talk.text and none.status_code == 404
    assert everything.content.startswith(b"PK") and ".zip" in everything.headers["content-disposition"]
    assert foreign.status_code == 403, "a page from elsewhere gets nothing"
    assert not list(coach.settings.home.glob("tmp*"))


def test_names_and_times_are_data(tmp_path):
    html = data_html(tmp_path / "<b>", 20, ZH)
    html += restore_html(Contents("<script>", 1, 2, 3), ZH) + erase_html(EN)
    assert "<b>" not in html and "<script" not in html and "20" in html
    assert "2 conversations, 3 interviews and 1 added article." in restore_html(Contents("2026-11-23", 1, 2, 3), EN)
