"""The list of conversations, and what is exported of one."""

from datetime import UTC, datetime

import pytest

from coach.talk.conversations import Conversation, ConversationInfo, Exchange
from coach.ui.downloads import attachment
from coach.ui.render_side import MOST, bar_html, day, deleted_html, side_html
from coach.ui.texts import EN, ZH
from coach.ui.transcript import transcript
from tests.ui.test_render import done

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'


def info(name="c1", title="什么是 LoRA？", hours=1.0):
    return ConversationInfo(name, title, NOW.timestamp() - hours * 3600)


def listed(*infos, **more):
    return side_html(infos, ZH, now=NOW, language="zh", **more)


@pytest.mark.parametrize(
    ("hours", "name"),
    [(-1, "days_0"), (8.9, "days_0"), (9.1, "days_1"), (33.1, "days_7"), (176.9, "days_7"), (177.1, "days_more")],
)
def test_days_begin_at_midnight(hours, name):
    assert day(NOW.timestamp() - hours * 3600, NOW) == (name if hours < 177 else "days_more")


def test_conversations_stand_under_their_day():
    html = listed(info("a"), info("b", hours=10), info("c", hours=400), current="b")
    assert [html.index(text) for text in (ZH.days_0, ZH.days_1, ZH.days_more)] == sorted(
        html.index(text) for text in (ZH.days_0, ZH.days_1, ZH.days_more)
    )
    assert html.count('aria-current="page"') == 1 and 'data-current="b"' in html


def test_titles_are_data():
    html = listed(info(title=HOSTILE)) + deleted_html("c1", HOSTILE, ZH)
    html += listed(info(title=HOSTILE), editing="c1") + listed(words=HOSTILE)
    assert "<script" not in html and html.count("&lt;script&gt;") >= 5


def test_an_empty_list_says_what_will_be_there():
    assert ZH.no_conversations in listed() and "没有符合“甲”" in listed(words="甲")


def test_a_long_list_is_cut():
    html = listed(*(info(str(number)) for number in range(MOST + 5)))
    assert html.count("<li") == MOST and ZH.conversations_more.format(count=5) in html


def test_the_bar_has_both_buttons():
    assert EN.show_list in bar_html(EN) and EN.new_conversation in bar_html(EN)


def test_a_transcript_has_every_answer_with_its_citations():
    exchanges = (done(), done("天气"), done("坏了"), Exchange("半", draft="草稿", stage="stopped"))
    text = transcript(Conversation("c1", "标题\n二", exchanges), ZH)
    assert text.startswith("# 标题 二\n\n## 为什么要除以根号 d？\n\n") and ZH.sources in text
    assert "- [2] 注意力机制, `attention.md:17`: 每个头的宽度是 $d/h$。" in text
    assert ZH.abstained in text and "Reinstall" in text
    assert f"## 半\n\n草稿\n\n*{ZH.stopped} · {ZH.stopped_more}*\n" in text


def test_a_download_can_have_any_name():
    header = attachment('../a"b\r\n中文.md')["content-disposition"]
    assert header.isascii() and "\r" not in header and '"' not in header and "/" not in header
