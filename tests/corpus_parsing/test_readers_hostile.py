"""Files that mean harm or are broken, through the front door: a clear error or a right result, never anything else."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.corpus.articles import READERS, list_articles, read_article
from coach.corpus.parsing import parse
from coach.corpus.passages import split
from coach.errors import ArticleError
from coach.records import Document, DroppedLine
from tests.support import archives, pdfs

LARGE = 20 * 2**20
TEXT = "注意力的计算量随长度平方增长。"
SEEDS: dict[str, Callable[[], bytes]] = {
    ".md": lambda: f"# 注意力\n\n{TEXT}".encode(),
    ".txt": lambda: TEXT.encode("gb18030"),
    ".html": lambda: f"<html><body><p>{TEXT}</p></body></html>".encode(),
    ".docx": lambda: archives.docx(f"<w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p>"),
    ".epub": lambda: archives.epub({"a.xhtml": f"<p>{TEXT}</p>"}),
    ".ipynb": lambda: f'{{"cells": [{{"cell_type": "markdown", "source": "{TEXT}"}}]}}'.encode(),
    ".pdf": lambda: pdfs.document(pdfs.chinese(pdfs.BODY, TEXT)),
}


def raw_pdf(*objects: bytes) -> bytes:
    """A PDF from its objects, numbered from 1; the first is the catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (count, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def many_pages(count: int) -> bytes:
    kids = b"3 0 R " * count
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
    )


def stream_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"q " * 500_000) for _ in range(size // 1_000_000)) + packer.flush()
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    )


def refusal(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(ArticleError) as caught:
        read_article(path, max_bytes=LARGE)
    message = str(caught.value)
    assert message.startswith(name)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pdf", lambda: many_pages(5_000), "5,000 pages; 2,000 are allowed"),
        ("a.pdf", lambda: stream_bomb(5_000_000), "damaged|no text layer"),
        ("a.pdf", lambda: b"%PDF-1.7\n" + b"1 0 obj [" * 100_000, "damaged"),
        ("a.docx", lambda: archives.claiming("word/document.xml", b"x", 201 * 2**20), "unpacks to 201 MiB"),
        ("a.epub", lambda: archives.claiming("META-INF/container.xml", b"x", 201 * 2**20), "unpacks to 201 MiB"),
        ("a.html", lambda: b"<div>" * 100_000 + b"x", "nested"),
        ("a.html", lambda: b"<p>x</p>" * 150_000, "elements"),
        ("a.ipynb", lambda: b'{"cells":' + b"[" * 1_000_000, "damaged"),
    ],
)
def test_refusals(tmp_path: Path, name: str, content: Callable[[], bytes], expected: str) -> None:
    assert any(part in refusal(tmp_path, name, content()) for part in expected.split("|"))


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_every_kind_is_read_and_every_cut_is_read_or_refused(tmp_path: Path, suffix: str) -> None:
    content = SEEDS[suffix]()
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert TEXT in parse(read_article(path, max_bytes=LARGE), name=path.name).text
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(content[: int(len(content) * share)])
        try:
            read_article(path, max_bytes=LARGE)
        except ArticleError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("suffix", sorted(SEEDS))
def test_content_of_another_kind_is_refused_or_read_as_text(tmp_path: Path, suffix: str) -> None:
    for other, content in SEEDS.items():
        path = tmp_path / f"a{suffix}"
        path.write_bytes(content())
        try:
            assert read_article(path, max_bytes=LARGE).text
        except ArticleError as error:
            assert other != suffix, error


@pytest.mark.parametrize(
    "name", ["空 格.PDF", "引'号\".docx", "换\n行.html", "-rf.epub", "$(id).ipynb", "🙂.HTM", "a.b.md"]
)
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    suffix = Path(name).suffix.lower()
    (tmp_path / name).write_bytes(SEEDS[".html" if suffix == ".htm" else suffix]())
    (path,) = list_articles(tmp_path)
    assert TEXT in read_article(path, max_bytes=LARGE).text


def test_what_browsers_and_word_leave_beside_articles_is_none(tmp_path: Path) -> None:
    for name in ("a.html", "a_files/frame.html", "b_files/c.html", "~$a.docx", "a.docx", "a.html.url"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    found = [str(path.relative_to(tmp_path)) for path in list_articles(tmp_path)]
    assert found == ["a.docx", "a.html", "b_files/c.html"]


def test_every_suffix_has_a_seed() -> None:
    assert {suffix for suffix in READERS if suffix not in (".text", ".markdown", ".htm", ".xhtml")} == set(SEEDS)


@pytest.mark.parametrize(
    "line", ["# " + " " * 5_000 + "\u3000标题", "标题" + " " * 20_000 + "(高频)", "# 标题" + " #" * 9_000]
)
def test_long_white_space_in_a_heading(line: str) -> None:
    assert parse(Document(text=f"{line}\n\n正文。"), name="a.md").title


def test_a_line_that_a_reader_dropped_can_be_kept() -> None:
    document = Document(
        text="\n\n正文一。\n\n正文二。",
        pages=((0, 1), (8, 2)),
        dropped=(DroppedLine(1, "页眉", "running header"), DroppedLine(4, "页脚", "running footer")),
    )
    parsed = parse(document, name="a.pdf", kept=frozenset({"页脚"}))
    assert [line.text for line in parsed.dropped] == ["页眉"]
    assert "正文一。\n页脚\n正文二。" in parsed.text
    assert [chunk.page for section in parsed.sections for chunk in split(section, size=4)] == [1, 1, 2]
