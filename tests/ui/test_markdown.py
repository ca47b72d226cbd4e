"""Markdown becomes HTML that can't run or load anything; highlights never change the text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.ui.markdown import highlight, inline, to_html
from tests.ui.fake import SCALE

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](http://evil.example/p.png)",
    "![pixel][ref]\n\n[ref]: http://evil.example/p.png",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:x)",
    "<javascript:alert(1)>",
    "<iframe src='http://evil.example'></iframe>",
    "<svg/onload=alert(1)>",
    "$\\text{&lt;script&gt;alert(1)&#x3c;/script>}$",
    "$\\unicode{3c}script>$",
    '$\\color{red" onmouseover="alert(1)}{x}$',
    "\\[ <img src=x onerror=alert(1)> \\]",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\ncode\n```',
    "`<b onclick=x>`",
    "| <script>x</script> | b |\n|---|---|\n| ![a](//evil.example/a) | c |",
    '[a](http://ok.example/"onmouseover="alert(1))',
    "@import url(http://evil.example/x.css)",
    "<style>@import 'http://evil.example'</style>",
    "[1]: http://evil.example",
]
HTML = "p br strong em s a span div pre code table thead tbody tr th td ul ol li blockquote h1 h2 h3 h4 h5 h6 hr mark"
MATH = (
    "math mrow mi mo mn mtext msub msup msubsup mfrac msqrt mroot mstyle mover munder munderover mtable mtr mtd mspace "
    "mpadded mphantom menclose mfenced"
)
TAGS = {*HTML.split(), *MATH.split()}


class Inspector(HTMLParser):
    """Fails on anything that runs or loads."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "srcset", "style", "background", "action"), name
            if name == "href":
                assert value.startswith(("#", "http://", "https://")), value


def inspect(html: str) -> str:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return html


def seen(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", html))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_neither_runs_nor_loads(text):
    inspect(to_html(text, numbers={1}, anchor="t1-p"))
    inspect(inline(text))
    inspect(highlight(text, [(0, len(text))]))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>[]()!$\\`*_#|&;:\"'= \nab1中。\ue000"), max_size=60))
def test_no_text_gives_a_tag_that_is_not_ours(text):
    inspect(to_html(text, numbers={1, 2}, anchor="t1-p"))


def test_lists_bold_code_tables_and_formulas_render():
    html = to_html(SCALE + "\n```python\nx = 1\n```\n`y`")
    for tag in ("<ol>", "<li>", "<strong>", "<table>", "<math", "<msqrt>", '<pre class="code">', "<code>y</code>"):
        assert tag in html
    assert "$" not in html


@pytest.mark.parametrize("text", ["**重点：**后文", "前文**“引用”**后文", "**LoRA（低秩）**的秩"])
def test_bold_closes_next_to_chinese_punctuation(text):
    assert "<strong>" in to_html(text) and "**" not in to_html(text)


@pytest.mark.parametrize(
    ("text", "display"), [("$a_1$", "inline"), ("\\(a_1\\)", "inline"), ("$$a_1$$", "block"), ("\\[a_1\\]", "block")]
)
def test_all_four_kinds_of_formula(text, display):
    assert f'display="{display}"' in to_html(text)


@pytest.mark.parametrize(
    "text", ["$\\frac{1}{$", "$\\left( x$", "$\\begin{aligned}$", "$" + "{" * 900 + "$", "$x" + "^{y" * 700 + "$"]
)
def test_a_broken_formula_is_shown_as_its_source(text):
    assert "<code>" in to_html(text) or text[:8] in seen(to_html(text))


def test_money_is_no_formula():
    assert "<math" not in to_html("A 卡 $5 起，B 卡 $6 起")


def test_a_chip_points_to_its_passage():
    html = to_html("结论。 [2]", numbers={1, 2}, anchor="t3-p")
    assert 'class="cite" href="#t3-p2"' in html
    assert " \u2060<a" not in html, "the chip stays on the line of its sentence"


@pytest.mark.parametrize(
    "text", ["`a[1]`", "```\na[1]\n```", "$a[1]$", "[1](https://ok.example)", "结论[7]", "数组[123]"]
)
def test_other_brackets_make_no_chip(text):
    assert 'class="cite"' not in to_html(text, numbers={1, 2}, anchor="t1-p")


def test_a_chip_leads_to_the_mark_of_its_own_sentence():
    calls = []
    to_html(
        "甲。[1] 乙。[2][1]",
        numbers={1, 2},
        mark_of=lambda number, sentence: calls.append((number, sentence.strip())) or 0,
    )
    assert calls == [(1, "甲。"), (2, "乙。"), (1, "乙。")]


def test_chips_behind_a_block_stay_close_to_it():
    html = to_html("$$x$$\n\n[1][2]\n\n结论。[1]", numbers={1, 2}, anchor="p")
    assert html.count('<p class="marks">') == 1 and "<p>结论。" in html


def test_a_link_to_the_web_asks_nothing_of_the_page_that_opens():
    html = to_html("[论文](https://ok.example/a?b=1&c=2)")
    assert 'rel="noopener noreferrer nofollow"' in html and "b=1&amp;c=2" in html


def marked(html: str) -> str:
    return seen("".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)))


def test_the_quote_is_marked_across_bold_and_formulas():
    quote = "1. **方差随维度增长**：若 q、k 的各分量独立、均值 0、方差 1，点积的方差等于 $d_k$。"
    start = SCALE.index(quote)
    html = highlight(SCALE, [(start, start + len(quote))])
    assert marked(html) == "方差随维度增长：若q、k的各分量独立、均值0、方差1，点积的方差等于dk。"
    assert "<strong><mark" in html and '<mark data-mark="0"><math' in html
    assert "<ol>" in html, "the list stays a list"


def test_marks_carry_the_index_of_their_span():
    html = highlight("甲句。乙句。", [(3, 6), (0, 3)])
    assert '<mark data-mark="1">甲句。</mark><mark data-mark="0">乙句。</mark>' in html


def test_a_mark_that_would_break_the_markdown_shows_the_source():
    html = highlight("```python\nx = 1\n```\n后文", [(4, 12)])
    assert 'class="source-text"' in html and "<mark" in html


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_highlight_never_changes_the_words(data):
    start = data.draw(st.integers(0, len(SCALE)))
    end = data.draw(st.integers(start, len(SCALE)))
    html = inspect(highlight(SCALE, [(start, end)]))
    if "source-text" not in html:
        assert re.sub(r"</?mark[^>]*>", "", html) == to_html(SCALE)


def test_an_excerpt_has_no_blocks():
    assert inline("1. **甲** $x$\n\n乙").startswith("<strong>甲</strong>")
    assert "<p>" not in inline("# 题\n\n正文")
