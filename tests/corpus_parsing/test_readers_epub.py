"""E-books: chapters in spine order, title, language; protected and hostile files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.corpus.parsing import parse
from coach.corpus.readers import epub
from coach.corpus.readers.epub import read_epub
from coach.errors import ArticleError
from tests.support import archives

CHAPTERS = {
    "b c.xhtml": "<h1>第一章</h1><h2>什么是 LoRA？</h2><p>低秩适配。</p>",
    "a.xhtml": "<h1>第二章</h1><h2>什么是 RoPE？</h2><p>旋转 <math><msup><mi>x</mi><mn>2</mn></msup></math>。</p>",
}
METADATA = "<dc:title>面试 笔记</dc:title><dc:language>zh-CN</dc:language>"


def test_chapters_come_in_reading_order() -> None:
    document = read_epub(archives.epub(CHAPTERS, metadata=METADATA))
    assert (document.title, document.language) == ("面试 笔记", "zh")
    assert document.text == (
        "# 第一章\n\n## 什么是 LoRA？\n\n低秩适配。\n\n# 第二章\n\n## 什么是 RoPE？\n\n旋转 $x^{2}$。"
    )
    sections = [section for section in parse(document, name="a.epub").sections if section.question]
    assert [section.question for section in sections] == ["什么是 LoRA？", "什么是 RoPE？"]
    spine = '<itemref idref="c1"/><itemref idref="c0"/><itemref idref="c9"/>'
    assert read_epub(archives.epub(CHAPTERS, spine=spine)).text.startswith("# 第二章")


def test_the_table_of_contents_and_missing_chapters_are_left_out() -> None:
    manifest = '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    manifest += '<item id="m" href="../../gone.xhtml" media-type="application/xhtml+xml"/>'
    manifest += '<item id="i" href="a.png" media-type="image/png"/>'
    spine = "".join(f'<itemref idref="{name}"/>' for name in ("n", "m", "i", "c0"))
    content = archives.epub(
        {"a.xhtml": "<p>正文</p>"},
        manifest=manifest,
        spine=spine,
        **{"OEBPS/nav.xhtml": "<p>目录</p>", "gone.xhtml": "x"},
    )
    assert read_epub(content).text == "正文"


LAUGHS = """<!DOCTYPE html [<!ENTITY a "哈"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>"""


def test_entities_in_a_chapter_are_not_expanded() -> None:
    chapter = f"<?xml version='1.0'?>{LAUGHS}<html><body><p>正文&c;&c;</p></body></html>"
    text = read_epub(archives.epub({"a.xhtml": ""}, **{"OEBPS/a.xhtml": chapter})).text
    assert "正文" in text
    assert "哈" not in text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x05\x06", "no EPUB file"),
        (archives.zipped({"a": "b"}), "container.xml is missing"),
        (archives.epub({"a.xhtml": "<p>x</p>"}, **{"META-INF/rights.xml": "x"}), "protected"),
        (archives.epub({"a.xhtml": "<p>x</p>"}, **{"OEBPS/content.opf": "<package"}), "damaged"),
        (archives.epub({"a.xhtml": "<p>x</p>"}, **{"META-INF/container.xml": "<container/>"}), "where its contents"),
        (archives.epub({"a.xhtml": "<p>x</p>"}, **{"META-INF/container.xml": f"{LAUGHS}<c>&c;</c>"}), "entities"),
        (archives.epub({"a.xhtml": "<img src='x'/>"}), "no text"),
        (archives.epub({"a.xhtml": "<div>" * 5000}), "nested"),
        (archives.epub({"a.xhtml": "<p>x</p>"})[:-40], "no EPUB file"),
    ],
    ids=["junk", "other", "protected", "broken", "nowhere", "laughs", "empty", "deep", "truncated"],
)
def test_refusals(content: bytes, expected: str) -> None:
    with pytest.raises(ArticleError, match=expected):
        read_epub(content)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epub, "MOST_CHAPTERS", 1)
    with pytest.raises(ArticleError, match="2 chapters; 1 are allowed"):
        read_epub(archives.epub(CHAPTERS))
    monkeypatch.setattr(epub, "MOST_CHAPTERS", 2)
    monkeypatch.setattr(epub, "MOST_TEXT", 10)
    with pytest.raises(ArticleError, match="10 characters"):
        read_epub(archives.epub(CHAPTERS))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(archives.epub(CHAPTERS, metadata=METADATA))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_epub(bytes(content))
    except ArticleError:
        return
