"""PDF files: reading order, pages, running headers, columns, code; files without text and hostile files."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from coach.corpus.parsing import parse
from coach.corpus.passages import split
from coach.corpus.readers import pdf
from coach.corpus.readers.pdf import read_pdf
from coach.corpus.readers.pdf_text import join_rows
from coach.errors import ArticleError
from tests.support import pdfs

LONG = (
    "多头注意力把查询、键和值投影到多个子空间里分别计算，再把结果拼接起来，所以模型可以同时关注不同位置、"
    "不同方面的信息，总的计算量却与单头注意力相同。"
)


def decorate(canvas: Canvas, page: int) -> None:
    canvas.setFont(pdfs.FONT, 9)
    canvas.drawString(72, 810, "大模型面试宝典")
    canvas.drawCentredString(297, 30, f"- {page} -")
    canvas.saveState()
    canvas.translate(300, 400)
    canvas.rotate(45)
    canvas.setFont(pdfs.FONT, 40)
    canvas.drawCentredString(0, 0, "水印文字")
    canvas.restoreState()


def interview(columns: int) -> bytes:
    story = pdfs.chinese(pdfs.TITLE, "注意力机制")
    for number in range(1, 13):
        story += pdfs.chinese(pdfs.HEADING, f"问题{number}、第 {number} 个问题是什么？")
        story += pdfs.chinese(pdfs.BODY, f"答案 {number} 开始。{LONG}{LONG}", f"第二段。{LONG}答案 {number} 结束。")
    return pdfs.document(story, columns=columns, decorate=decorate)


@pytest.mark.parametrize("columns", [1, 2])
def test_questions_answers_and_pages(columns: int) -> None:
    document = read_pdf(interview(columns))
    parsed = parse(document, name="a.pdf")
    assert parsed.title == "注意力机制"
    sections = [section for section in parsed.sections if section.question]
    assert [section.question for section in sections] == [f"第 {n} 个问题是什么？" for n in range(1, 13)]
    for number, section in enumerate(sections, start=1):
        assert section.answer == f"答案 {number} 开始。{LONG}{LONG}\n\n第二段。{LONG}答案 {number} 结束。"
    pages = [chunk.page for section in sections for chunk in split(section)]
    assert pages == sorted(pages)
    assert set(pages) == set(range(1, len(document.pages) + 1))


def test_running_headers_page_numbers_and_watermarks_are_dropped_on_record() -> None:
    document = read_pdf(interview(1))
    count = len(document.pages)
    assert count >= 3
    assert [line.text for line in document.dropped if line.rule == "running header"] == ["大模型面试宝典"] * count
    assert [line.text for line in document.dropped if line.rule == "page number"] == [
        f"- {n} -" for n in range(1, count + 1)
    ]
    assert [line.text for line in document.dropped if line.rule == "watermark"] == ["水印文字"] * count
    lines = document.text.split("\n")
    numbers = [line.line_no for line in document.dropped]
    assert numbers == sorted(set(numbers))
    assert all(lines[number - 1] == "" for number in numbers)
    assert all(offset == 0 or document.text[offset - 1] == "\n" for offset, _ in document.pages)


def test_a_short_document_keeps_what_only_looks_like_a_header() -> None:
    story = pdfs.chinese(pdfs.BODY, "2017", LONG, "共 3 个要点")
    assert "2017" in read_pdf(pdfs.document(story)).text
    assert "共 3 个要点" in read_pdf(pdfs.document(story)).text


def test_english_paragraphs_and_hyphens() -> None:
    text = "Attention lets each position look at every other position of the sequence. " * 6
    found = read_pdf(pdfs.document([pdfs.Paragraph(text, pdfs.ENGLISH), pdfs.Paragraph("Second one.", pdfs.ENGLISH)]))
    assert found.text == f"{text.strip()}\n\nSecond one."
    assert join_rows("multi-", "head attention") == "multihead attention"
    assert join_rows("GPT-", "4 and later") == "GPT- 4 and later"
    assert join_rows("注意力", "机制") == "注意力机制"


def test_lists_are_kept_apart() -> None:
    story = pdfs.chinese(pdfs.BODY, LONG, f"1. 第一点{LONG}", f"2. 第二点{LONG}", "(1) 第三点", "① 第四点")
    lines = [line for line in read_pdf(pdfs.document(story)).text.split("\n") if line]
    assert lines == [LONG, f"1. 第一点{LONG}", f"2. 第二点{LONG}", "(1) 第三点", "① 第四点"]


def test_code_keeps_its_lines_and_indents() -> None:
    source = "def f(x):\n    if x:\n        return x\n    return 0"
    story = [*pdfs.chinese(pdfs.BODY, LONG), pdfs.code(source), *pdfs.chinese(pdfs.BODY, "结束。")]
    assert read_pdf(pdfs.document(story)).text == f"{LONG}\n\n```\n{source}\n```\n\n结束。"


def test_a_table_of_contents_is_dropped() -> None:
    story = pdfs.chinese(pdfs.BODY, "第一章 " + "." * 40 + " 3", "第二章 " + ". " * 30 + "12", LONG)
    document = read_pdf(pdfs.document(story))
    assert [line.rule for line in document.dropped] == ["contents"] * 2
    assert document.text.strip() == LONG


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_read_like_upright_ones(quarters: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(90 * quarters)
        canvas.drawString(0, 0, "First row of text.")
        canvas.drawString(0, -80, "Second row of text.")

    assert read_pdf(pdfs.drawn(draw, size=(600, 800))).text == "First row of text.\n\nSecond row of text."


def test_the_stated_title_is_used_unless_a_program_made_it_up() -> None:
    story = pdfs.chinese(pdfs.BODY, LONG)
    assert read_pdf(pdfs.document(story, title="注意力笔记")).title == "注意力笔记"
    assert read_pdf(pdfs.document(story, title="Microsoft Word - a.docx")).title == ""


def scan(canvas: Canvas) -> None:
    canvas.rect(100, 100, 300, 400, fill=1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"hello", "no PDF"),
        (b"%PDF-1.7\nnothing", "damaged"),
        (pdfs.drawn(scan, scan), "no text layer"),
        (pdfs.document(pdfs.chinese(pdfs.BODY, LONG), encrypt=StandardEncryption("user", "owner")), "password"),
    ],
    ids=["text", "damaged", "scan", "encrypted"],
)
def test_refusals(content: bytes, expected: str) -> None:
    with pytest.raises(ArticleError, match=expected):
        read_pdf(content)


def test_a_document_that_only_forbids_printing_is_read() -> None:
    encryption = StandardEncryption("", "owner", canPrint=0)
    assert LONG in read_pdf(pdfs.document(pdfs.chinese(pdfs.BODY, LONG), encrypt=encryption)).text


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pdfs.drawn(*[lambda canvas, at=at: canvas.drawString(72, 700, f"text {at} of a page") for at in "abcde"])
    assert len(read_pdf(content).pages) == 5
    monkeypatch.setattr(pdf, "MOST_PAGES", 4)
    with pytest.raises(ArticleError, match="5 pages; 4 are allowed"):
        read_pdf(content)
    monkeypatch.setattr(pdf, "MOST_PAGES", 5)
    monkeypatch.setattr(pdf, "MOST_CHARACTERS", 30)
    with pytest.raises(ArticleError, match="characters"):
        read_pdf(content)


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "WAIT", 0)
    with pytest.raises(ArticleError, match="takes longer"):
        read_pdf(pdfs.document(pdfs.chinese(pdfs.BODY, LONG)))


SAMPLE = pdfs.document(pdfs.chinese(pdfs.BODY, LONG))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(SAMPLE)), st.binary(max_size=20), st.booleans())
def test_damaged_files_are_read_or_refused(at: int, junk: bytes, cut: bool) -> None:
    damaged = SAMPLE[:at] + junk + (b"" if cut else SAMPLE[at + len(junk) :])
    try:
        parse(read_pdf(damaged), name="a.pdf")
    except ArticleError:
        return
