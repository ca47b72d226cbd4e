"""Word documents: headings, numbers that stand in no text, tables, formulas; hostile archives."""

import io
import zipfile
from collections.abc import Callable
from itertools import pairwise

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.corpus.parsing import parse
from coach.corpus.readers import archive
from coach.corpus.readers.docx import read_docx
from coach.errors import ArticleError
from tests.support import archives

NUMBERING = f"""<w:numbering {archives.W}><w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="问题%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="2"/><w:numFmt w:val="chineseCounting"/>
<w:lvlText w:val="%1、"/></w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num></w:numbering>"""


def paragraph(text: str, *, number: int = 0, level: int = 0, run: str = "") -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    return f"<w:p><w:pPr>{place}</w:pPr><w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def letter(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def written(write: Callable[[docx.document.Document], None]) -> str:
    document = docx.Document()
    write(document)
    file = io.BytesIO()
    document.save(file)
    return read_docx(file.getvalue()).text


def test_headings_lists_and_tables() -> None:
    def write(document: docx.document.Document) -> None:
        document.add_heading("面试题整理", 0)
        document.add_heading("一、注意力", 1)
        document.add_heading("为什么除以根号 d？", 2)
        line = document.add_paragraph("因为")
        line.add_run("方差").bold = True
        line.add_run("是 d")
        line.add_run("2").font.superscript = True
        for text in ("甲", "乙"):
            document.add_paragraph(text, style="List Number")
        document.add_paragraph("丙", style="List Bullet")
        table = document.add_table(2, 3)
        for at, cell in enumerate(table._cells):
            cell.text = f"格|{at}"
        table.cell(0, 0).merge(table.cell(1, 0))

    assert written(write) == (
        "# 面试题整理\n\n# 一、注意力\n\n## 为什么除以根号 d？\n\n因为**方差**是 d^2\n\n1. 甲\n2. 乙\n- 丙\n\n"
        "| 格\\|0 格\\|3 | 格\\|1 | 格\\|2 |\n| --- | --- | --- |\n|  | 格\\|4 | 格\\|5 |"
    )


def test_numbers_of_lists_are_counted() -> None:
    body = paragraph("什么是 LoRA？", number=5) + paragraph("低秩适配。")
    body += paragraph("什么是 QLoRA？", number=5) + paragraph("量化。") + paragraph("子项", number=5, level=1)
    body += paragraph("另一列", number=6)
    content = archives.docx(body, numbering=NUMBERING)
    assert read_docx(content).text == (
        "问题1、什么是 LoRA？\n\n低秩适配。\n\n问题2、什么是 QLoRA？\n\n量化。\n\n   2.1 子项\n二、另一列"
    )
    questions = [section.question for section in parse(read_docx(content), name="a.docx").sections]
    assert questions[:2] == ["什么是 LoRA？", "什么是 QLoRA？"]


def test_formulas() -> None:
    root = f"<m:rad><m:deg/><m:e>{letter('d')}</m:e></m:rad>"
    fraction = f"<m:f><m:num>{letter('a')}</m:num><m:den>{root}</m:den></m:f>"
    square = f"<m:sSup><m:e>{letter('x')}</m:e><m:sup>{letter('2')}</m:sup></m:sSup>"
    sign = '<m:naryPr><m:chr m:val="∑"/></m:naryPr>'
    total = f"<m:nary>{sign}<m:sub>{letter('i')}</m:sub><m:sup/><m:e>{square}</m:e></m:nary>"
    body = f"<w:p><w:r><w:t>比值是 </w:t></w:r><m:oMath>{fraction}</m:oMath><w:r><w:t>。</w:t></w:r></w:p>"
    body += f"<w:p><m:oMathPara><m:oMath>{total}</m:oMath></m:oMathPara></w:p>"
    assert read_docx(archives.docx(body)).text == r"比值是 $\frac{a}{\sqrt{d}}$。" + "\n\n$$∑_{i} x^{2}$$"


def test_insertions_count_and_deletions_do_not() -> None:
    body = "<w:p><w:ins><w:r><w:t>新</w:t></w:r></w:ins><w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
    body += "<w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink><w:r><w:br/><w:t>行</w:t></w:r></w:p>"
    body += "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    assert read_docx(archives.docx(body)).text == "新链接\n行\n\n控件"


def test_a_table_of_contents_is_dropped_on_record() -> None:
    styles = f'<w:styles {archives.W}><w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style></w:styles>'
    body = '<w:p><w:pPr><w:pStyle w:val="T1"/></w:pPr><w:r><w:t>第一章 3</w:t></w:r></w:p>' + paragraph("正文")
    document = read_docx(archives.docx(body, styles=styles))
    assert [(line.line_no, line.text, line.rule) for line in document.dropped] == [(1, "第一章 3", "contents")]
    assert document.text.strip() == "正文"


def bomb(size: int) -> bytes:
    return archives.zipped({"word/document.xml": b" " * size})


LAUGHS = "<!DOCTYPE d [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{inner};' * 10}'>" for inner, name in pairwise("abcdefghi")
)
ENCRYPTED = bytearray(archives.docx(paragraph("x")))
ENCRYPTED[ENCRYPTED.rindex(b"PK\x01\x02") + 8] |= 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04 nothing", "no docx file"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
        (archives.zipped({"a.txt": "x"}), "document.xml is missing"),
        (archives.docx(paragraph("x"))[:-30], "no docx file"),
        (archives.claiming("word/document.xml", b"<d></d>", 1), "damaged"),
        (bytes(ENCRYPTED), "damaged or encrypted"),
        (archives.docx(""), "no text"),
        (archives.docx("<w:p>"), "damaged"),
        (archives.zipped({"word/document.xml": f"{LAUGHS}]><d>&i;</d>"}), "damaged"),
        (archives.zipped({"word/document.xml": "<!DOCTYPE d [<!ENTITY a 'ha'>]><d>&a;</d>"}), "entities"),
        (archives.docx("<w:sdt>" * 5000 + "</w:sdt>" * 5000), "damaged"),
    ],
    ids=["junk", "old", "other", "truncated", "lying", "encrypted", "empty", "broken", "laughs", "laugh", "deep"],
)
def test_refusals(content: bytes, expected: str) -> None:
    with pytest.raises(ArticleError, match=expected):
        read_docx(content)


def test_a_bomb_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 2**20)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *args: pytest.fail("unpacked"))
    with pytest.raises(ArticleError, match="2 MiB; 1 MiB are allowed"):
        read_docx(bomb(2 * 2**20))


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    with pytest.raises(ArticleError, match="4 files"):
        read_docx(archives.zipped({str(at): "" for at in range(4)}))


NAMES = "w:p w:r w:t w:tbl w:tr w:tc w:numPr w:pPr w:rPr m:oMath m:f m:num m:nary m:d m:m m:mr"
ELEMENTS = st.tuples(st.sampled_from(NAMES.split()), st.text("甲a1 ", max_size=3), st.integers(0, 3))


@st.composite
def bodies(draw: st.DrawFn) -> str:
    opened: list[str] = []
    text = ""
    for name, inner, closed in draw(st.lists(ELEMENTS, max_size=30)):
        text += f'<{name} w:val="3">{inner}'
        opened.append(name)
        text += "".join(f"</{opened.pop()}>" for _ in range(min(closed, len(opened))))
    return text + "".join(f"</{name}>" for name in reversed(opened))


@settings(max_examples=60, deadline=None)
@given(bodies())
def test_any_xml_is_read_or_refused(body: str) -> None:
    try:
        parse(read_docx(archives.docx(body, numbering=NUMBERING)), name="a.docx")
    except ArticleError:
        return


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(archives.docx(paragraph("什么是 LoRA？", number=5), numbering=NUMBERING))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_docx(bytes(content))
    except ArticleError:
        return
