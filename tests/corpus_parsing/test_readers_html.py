"""Saved web pages: main text, formulas, code, folded answers; what is dropped leaves its line empty."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.corpus.parsing import parse
from coach.corpus.readers.html import MOST_ELEMENTS, read_html
from coach.errors import ArticleError

LONG = "这样训练开始的时候增量为零，模型的输出和原模型完全相同，训练从预训练模型出发，不会一开始就破坏已经学到的表示。"

CSDN = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>LoRA 面试题_小明的博客-CSDN博客</title></head><body>
<div id="toolbar"><a href="/">首页</a><a href="/vip">会员中心</a></div>
<h1 class="title-article">LoRA 面试题</h1><div class="bar-content">于 2024-01-01 发布 阅读量1.2k</div>
<div id="article_content"><div id="content_views" class="htmledit_views">
<h3><a name="t0"></a>1. LoRA 的参数量是多少？</h3>
<p>每个矩阵增加 <span class="katex--inline"><span class="katex"><span class="katex-mathml">
     \n      r\n      (\n      d\n      )\n \n      r(d+k)\n     </span><span class="katex-html">r(d+k)</span></span>
</span>个参数。</p>
<span class="katex--display">
<span class="katex-display"><span class="katex"><span class="katex-mathml"><math><semantics>
<mrow><mi>W</mi></mrow><annotation encoding="application/x-tex">W = W_0 + BA</annotation></semantics></math></span>
<span class="katex-html">W=W0+BA</span></span></span></span>
<h3>2. 为什么 B 初始化为零？</h3><p>{LONG}</p>
<pre data-index="0" class="prettyprint"><code class="prism language-python has-numbering">h = W @ x
<span class="token keyword">assert</span> x
</code><div class="hljs-button signin" data-title="登录后复制"></div><ul class="pre-numbering"><li>1</li><li>2</li></ul>
</pre>
</div></div><div class="recommend-box"><a href="/x">QLoRA 详解与代码实现</a></div></body></html>"""

ZHIHU = f"""<html><head><title>如何理解注意力？ - 知乎</title></head><body>
<header role="banner">首页 发现 等你来答</header>
<h1 class="QuestionHeader-title">如何理解注意力？</h1><h1 class="QuestionHeader-title">如何理解注意力？</h1>
<div class="AnswerItem"><div class="AuthorInfo">甲</div><div class="RichContent-inner"><span class="RichText ztext">
<p>{LONG}</p>
<p>分数是 <span class="ztext-math" data-eeimg="1" data-tex="QK^T/\\sqrt{{d_k}}">x</span>，再取 softmax。</p>
<p><img src="https://www.zhihu.com/equation?tex=a%3Db%5C%5C" alt="a=b\\\\" eeimg="1"/></p></span></div>
<button>赞同 12</button></div>
<div class="AnswerItem"><div class="RichContent-inner"><p>第二个回答：注意力是加权求和。</p></div></div>
<aside class="Question-sideColumn"><a href="/q">相关问题的标题</a></aside></body></html>"""

WECHAT = """<html><head><meta property="og:title" content="大模型面试 20 问"><title></title></head><body>
<div id="js_content" style="visibility: hidden; opacity: 0;"><section><p><span style="font-weight: bold;">问题1、</span>
<strong>什么是 RoPE？</strong></p><section><span>旋转位置编码把位置写进\n旋转角度里。</span></section>
<section class="code-snippet__fix code-snippet__js"><ul class="code-snippet__line-index"><li></li><li></li></ul>
<pre class="code-snippet__js" data-lang="python"><code><span>def f(x):</span></code>\
<code><span>    return x</span></code>
</pre></section><p><span class="inline-equation" data-formula="\\theta"><svg><g></g></svg></span> 是角度。</p>
<p>第一行<br/>第二行</p></section></div><div id="js_pc_qr_code">微信扫一扫</div></body></html>"""

BLOG = f"""<html><head><title>LoRA 面试题整理 | 小站</title></head><body>
<header class="site-header"><a href="/">首页</a> <a href="/about">关于</a></header><div class="row"><div class="col-8">
<h1>LoRA 面试题整理</h1><div class="entry"><p>{LONG}</p><h2>1. LoRA 的秩怎么选？</h2>
<p>秩一般取 8 到 64，任务越复杂取值越大；秩过大时参数量随之线性增长，收益却很快变平，
所以多从 8 开始试起，再看验证集。</p>
<p>参数量为 <span class="MathJax_Preview">2dr</span><span class="MathJax">2dr</span>
<script type="math/tex">2dr</script>。</p>
<h2>2. LoRA 为什么把 B 初始化为零？</h2><p>{LONG}</p></div>
<div class="related-posts"><h3>相关文章</h3><ul><li><a href="/x">QLoRA 详解</a></li></ul></div></div>
<div class="col-4 sidebar"><ul><li><a href="/1">文章一的标题在这里</a></li></ul></div></div>
<footer>© 小站</footer></body></html>"""


def text_of(body: str) -> str:
    return read_html(f"<html><body><article>{body}</article></body></html>".encode()).text


def questions(page: str) -> list[str]:
    return [section.question for section in parse(read_html(page.encode()), name="a.html").sections if section.question]


def test_csdn() -> None:
    document = read_html(CSDN.encode())
    assert document.title == "LoRA 面试题"
    assert "每个矩阵增加 $r(d+k)$ 个参数。" in document.text
    assert "\n$$W = W_0 + BA$$\n" in document.text
    assert "```python\nh = W @ x\nassert x\n```" in document.text
    assert "会员中心" not in document.text
    assert "QLoRA" not in document.text
    assert {"首页会员中心", "于 2024-01-01 发布 阅读量1.2k"} <= {line.text for line in document.dropped}
    assert questions(CSDN) == ["LoRA 的参数量是多少？", "为什么 B 初始化为零？"]


def test_zhihu_answers_become_answers_of_the_question() -> None:
    document = read_html(ZHIHU.encode())
    assert document.title == "如何理解注意力？"
    assert document.text.count("如何理解注意力") == 1
    assert "分数是 $QK^T/\\sqrt{d_k}$，再取 softmax。" in document.text
    assert "$$a=b$$" in document.text
    assert "赞同" not in document.text
    section = parse(document, name="a.html").sections[0]
    assert section.question == "如何理解注意力？"
    assert "第二个回答" in section.answer


def test_wechat() -> None:
    document = read_html(WECHAT.encode())
    assert document.title == "大模型面试 20 问"
    assert "**问题1、 什么是 RoPE？**" in document.text
    assert "旋转位置编码把位置写进旋转角度里。" in document.text
    assert "```python\ndef f(x):\n    return x\n```" in document.text
    assert "$\\theta$ 是角度。" in document.text
    assert "第一行\n第二行" in document.text
    assert "扫一扫" not in document.text
    assert questions(WECHAT) == ["什么是 RoPE？"]


def test_a_blog_of_unknown_layout() -> None:
    document = read_html(BLOG.encode())
    assert document.text.strip().startswith("# LoRA 面试题整理")
    assert "参数量为 $2dr$。" in document.text
    assert [line.text for line in document.dropped] == [
        "首页 关于",
        "### 相关文章",
        "- QLoRA 详解",
        "- 文章一的标题在这里",
        "© 小站",
    ]
    assert questions(BLOG) == ["LoRA 的秩怎么选？", "LoRA 为什么把 B 初始化为零？"]


@pytest.mark.parametrize("page", [CSDN, ZHIHU, WECHAT, BLOG])
def test_a_dropped_line_leaves_an_empty_line(page: str) -> None:
    document = read_html(page.encode())
    lines = document.text.split("\n")
    numbers = [line.line_no for line in document.dropped]
    assert len(set(numbers)) == len(numbers)
    assert all(number > len(lines) or lines[number - 1] == "" for number in numbers)


def test_folded_answers_make_questions() -> None:
    page = "<article><details><summary>什么是 <b>LoRA</b>？</summary><p>低秩适配。</p></details>"
    page += "<details><summary>什么是 QLoRA？</summary><p>量化后的低秩适配。</p></details></article>"
    sections = parse(read_html(page.encode()), name="a.html").sections
    assert [(section.question, section.answer) for section in sections] == [
        ("什么是 LoRA？", "低秩适配。"),
        ("什么是 QLoRA？", "量化后的低秩适配。"),
    ]


def test_lists() -> None:
    body = "<ul><li>一<ul><li>二</li></ul></li><li><p>三</p><p>续</p></li></ul><ol start=3><li>a<li>b</ol>"
    assert text_of(body) == "- 一\n   - 二\n- 三\n\n   续\n\n3. a\n4. b".replace("\n\n3.", "\n\n3.")


def test_tables() -> None:
    body = "<table><tr><th>甲|乙<th>丙</tr><tr><td>1<br>2<td><math><mo>|</mo><mi>x</mi><mo>|</mo></math></tr></table>"
    assert text_of(body) == "| 甲\\|乙 | 丙 |\n| --- | --- |\n| 1 2 | $\\vert x\\vert $ |"
    assert text_of("<table><tr><td><p>一</p><p>二</p></td></tr></table>") == "一\n\n二"
    hexo = "<table><tr><td class=gutter><pre>1\n2</pre></td><td class=code><pre>a\nb</pre></td></tr></table>"
    assert "```\na\nb\n```" in text_of(f"<figure class='highlight python'>{hexo}</figure>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<math><mfrac><mi>a</mi><msqrt><msub><mi>d</mi><mi>k</mi></msub></msqrt></mfrac></math>",
            r"$\frac{a}{\sqrt{d_{k}}}$",
        ),
        (
            "<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>softmax</mi></math>",
            r"$∑_{i}^{n}\mathrm{softmax}$",
        ),
        ("<math><mover><mi>x</mi><mo>^</mo></mover></math>", r"$\hat{x}$"),
        ("<img class='equation' alt='x^2'>", "$x^2$"),
        ("<img src='https://latex.codecogs.com/svg.latex?a&space;+%20b'>", "$a + b$"),
        (
            "<mjx-container jax='SVG'><mjx-assistive-mml><math><mi>y</mi></math></mjx-assistive-mml></mjx-container>",
            "$y$",
        ),
        ("<script type='math/tex; mode=display'>\\sum\n x</script>", r"$$\sum x$$"),
        ("<p>n<sup>2</sup> d<sub>k</sub> 见<sup>[1]</sup></p>", "n^2 d_k 见"),
        ("<span class=math>\\(a\\)</span> 与 $b$", "\\(a\\) 与 $b$"),
    ],
)
def test_formulas(body: str, expected: str) -> None:
    assert text_of(body) == expected


def test_links_are_kept_only_where_a_block_is_nothing_else() -> None:
    assert text_of("<p>见<a href='https://a.example/b'>这里</a>。</p>") == "见这里。"
    assert text_of("<p><a href='https://a.example/b'>往期文章</a></p>") == "[往期文章](https://a.example/b)"
    assert text_of("<p><a href='javascript:alert(1)'>点我</a></p>") == "点我"
    assert text_of("<h2><a href='#x'>标题</a><a class=anchor href='#x'>#</a></h2>") == "## 标题"


def test_scripts_and_styles_never_reach_the_text() -> None:
    body = "<p>正文<script>alert(1)</script><style>p{}</style><!-- c --><iframe src=x></iframe>"
    body += "<svg><text>s</text></svg></p>"
    assert text_of(body) == "正文"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("named", ["utf-8", "gb2312"])
def test_encodings(encoding: str, named: str) -> None:
    page = (
        f"<html><head><meta charset={named}></head><body><p>为什么注意力要除以根号？因为方差会变大。</p></body></html>"
    )
    assert read_html(page.encode(encoding)).text == "为什么注意力要除以根号？因为方差会变大。"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<html><body><script>var a = 1</script></body></html>", "holds no text"),
        (b"<!-- -->", "no page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (b"<div>" * 100_000 + b"x", "nested"),
        (b"<p>x" * (MOST_ELEMENTS + 1), "elements"),
    ],
)
def test_refusals(page: bytes, expected: str) -> None:
    with pytest.raises(ArticleError, match=expected):
        read_html(page)


@pytest.mark.parametrize(
    "tag", ["div", "ul><li", "blockquote", "table><tr><td", "span", "pre", "math", "details", "dl><dd"]
)
def test_500_levels(tag: str) -> None:
    assert "深处的文字" in read_html((f"<{tag}>" * 500 + "深处的文字").encode()).text


PIECES = """<p> </p> <li> <ul> </ul> <ol|start=9> <table> <tr> <td|colspan=3> </table> <pre> </pre> <code> </code>
<h2> </h2>
<b> </b> <a|href=x> </a> <br> <details> <summary> </details> <math> <mfrac> <msub> <mover> </math>
<script|type=math/tex>
</script> <!-- --> <img|eeimg=1|alt=x> <span|class=katex> <span|class=katex-mathml> </span> <body> <html> </div>
&#0; &nbsp;
<div|class=sidebar> $ ` ** 文字|文字"""
TAGS = st.sampled_from([piece.replace("|", " ") for piece in PIECES.split()])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(TAGS, st.text(max_size=8)), max_size=40))
def test_any_markup_is_read_or_refused(parts: list[str]) -> None:
    try:
        document = read_html("".join(parts).encode("utf-8", "replace"))
    except ArticleError:
        return
    assert document.text.strip()
    parse(document, name="a.html")
