"""Feeds damaged and hostile articles to every reader: `python tests/fuzz/fuzz_readers.py --minutes 10`.

Only `ArticleError` may come out; what is read must be storable, with line numbers and pages in order. Anything else is
printed, its input is kept in `--keep`, and the exit code is 1. A run is repeatable: `--seed`.
"""

import argparse
import copy
import io
import json
import random
import socket
import sys
import threading
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

Mutate = Callable[[random.Random], bytes]
Read = Callable[[bytes], None]

SLOW = 30.0
"""Seconds of computing above which an input counts as wrong."""
TOKENS = {
    "html": """<p> </p> <div> </div> <table> <tr> <td|colspan=999> <pre> <code> <math> <mfrac> <mtable> <!-- --> ]]>
        &#0; &#xD800; &amp; <details> <summary> <li> <ol|start=99999> <h1> <svg> <span|class=katex>
        <script|type=math/tex> <img|eeimg=1|alt=$x$> data-tex=\\frac
        <meta|charset=utf-7> <meta|charset=gbk> <body> </html> <article>
        style=display:none""",
    "docx": """<w:p> </w:p> <w:tbl> <w:tr> <w:tc> <w:numPr> <w:r> <w:t> </w:t> <m:oMath> <m:f> <m:nary> <w:ins>
        <w:del> <w:sdt> w:val="9" <w:gridSpan|w:val="99"/> <w:vMerge/> <!DOCTYPE|a|[<!ENTITY|b|"c">]> &b; &#0;
        <w:txbxContent>""",
    "epub": """<itemref|idref="c0"/> <item|id="c0" href="../../../etc/passwd" <rootfile full-path="" &a; <![CDATA[ ]]>
        %00 <dc:title> <math> <p> </body> properties=nav""",
    "ipynb": """{ } [ ] , : "cells" "source" "cell_type" "code" "markdown" null 1e999 -1 \\ud800 "\\u0000" ```
        "worksheets" """,
    "pdf": """obj endobj stream endstream xref trailer << >> /Type /Page /Pages /Kids /Count /Length /Filter
        /FlateDecode /Contents /Font /Encrypt /Root /Parent BT ET Tj TJ Tf Td Tm q Q Do 1|0|R 99999999999 -1 /ObjStm
        /ASCIIHexDecode""",
    "md": """--- ``` $$ \\[ \\begin{a} | |--| # > - 1. ** <details> <summary> [toc] ![]( ](http:// ？ 问题1、
        \ufeff""",
    "txt": """问题1、 Q1: A: ？ 一、 (1) ① \x00 \x1b \ufffd \u202e 微信公众号 扫码 - ~~~ ``` | |-|""",
}


def mutated(rng: random.Random, seed: bytes, others: list[bytes], tokens: list[bytes]) -> bytes:
    """Damage a file in one to eight ways."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        at = rng.randrange(len(data) + 1)
        size = min(rng.choice((1, 4, 30, 300)), len(data) - at)
        match rng.randrange(9):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at : at + size] = rng.randbytes(size)
            case 2:
                del data[at : at + size]
            case 3:
                data[at:at] = data[at : at + size] * rng.choice((1, 2, 50))
            case 4:
                data[at:at] = rng.choice(tokens)
            case 5:
                data[at : at + size] = rng.choice(tokens) * rng.choice((1, 1, 3, 400))
            case 6:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                data[at : at + size] = other[start : start + rng.choice((10, 200, 5000))]
            case 7:
                del data[at:]
            case _:
                data[at : at + size] = rng.choice((b"\x00", b"\xff", b"\n", b"9", b"<", b"(")) * rng.choice(
                    (1, 9, 3000)
                )
    return bytes(data[:2_000_000])


def rearranged(rng: random.Random, xml: bytes) -> bytes:
    """Move, repeat, rename and drop elements of a tree, which stays well-formed."""
    from lxml import etree

    root = etree.fromstring(xml)
    for _ in range(rng.choice((1, 3, 10, 40))):
        elements = list(root.iter("*"))
        element, other = rng.choice(elements), rng.choice(elements)
        match rng.randrange(6):
            case 0 if element.getparent() is not None:
                element.getparent().remove(element)
            case 1 if len(elements) < 20_000:
                other.extend([copy.deepcopy(element) for _ in range(rng.choice((1, 2, 30)))])
            case 2:
                element.tag = other.tag
            case 3:
                element.text = rng.choice(("", "  ", "甲？", "1. ", "$|`**", "x" * 3000, None))
            case 4 if element.attrib:
                element.set(
                    rng.choice(element.keys()), rng.choice(("", "0", "-1", "99999999999", "Ⅷ", "٣", "true", "../a"))
                )
            case _ if element not in other.iterancestors():
                other.insert(
                    rng.randrange(len(other) + 1), element
                ) if element is not root and element is not other else None
    return bytes(etree.tostring(root))


def shuffled(rng: random.Random, value: object) -> object:
    """Replace parts of a JSON value."""
    if rng.random() < 0.08:
        return rng.choice(
            (None, True, -1, 1e300, "", "甲？", "\ud800", [], {}, [value], {"source": value}, "```\n" * 50)
        )
    if isinstance(value, dict):
        return {rng.choice((key, key, key, "cells", "source")): shuffled(rng, inner) for key, inner in value.items()}
    return (
        [shuffled(rng, inner) for inner in value for _ in range(rng.choice((1, 1, 2)))]
        if isinstance(value, list)
        else value
    )


def repacked(rng: random.Random, seed: bytes, others: list[bytes], tokens: list[bytes]) -> bytes:
    """Damage one file inside an archive, so that the archive itself stays whole."""
    with zipfile.ZipFile(io.BytesIO(seed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([name for name in files if name.endswith(("xml", "opf", "xhtml"))])
    inner = [content for content in files.values() if content]
    whole = rng.random() < 0.7
    files[name] = rearranged(rng, files[name]) if whole else mutated(rng, files[name], inner, tokens)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in files.items():
            archive.writestr(entry, content)
    return file.getvalue()


def source(kind: str, seeds: list[bytes]) -> Mutate:
    """A source of inputs for the reader of one kind of file."""
    tokens = [token.replace("|", " ").encode("utf-8", "surrogatepass") for token in TOKENS[kind].split()]

    def draw(rng: random.Random) -> bytes:
        if kind in ("docx", "epub") and rng.random() < 0.8:
            return repacked(rng, rng.choice(seeds), seeds, tokens)
        if kind == "ipynb" and rng.random() < 0.7:
            return json.dumps(shuffled(rng, json.loads(rng.choice(seeds)))).encode()
        return mutated(rng, rng.choice(seeds), seeds, tokens)

    return draw


def reading(suffix: str) -> Read:
    """Reading, cleaning, finding questions and cutting into passages, with what must hold of the result."""
    from coach.corpus.articles import READERS
    from coach.corpus.parsing import parse
    from coach.corpus.passages import split

    def read(content: bytes) -> None:
        document = READERS[suffix](content)
        document.text.encode()
        starts = [start for start, _ in document.pages]
        assert starts == sorted(starts), "pages out of order"
        assert all(0 <= start <= len(document.text) for start in starts), "page outside the text"
        numbers = [line.line_no for line in document.dropped]
        assert len(numbers) == len(set(numbers)), "two dropped lines at one place"
        parsed = parse(document, name=f"a{suffix}")
        for section in parsed.sections:
            for chunk in split(section):
                assert chunk.text == section.answer[chunk.start : chunk.end], "offsets"

    return read


def layout(content: bytes) -> None:
    """The layout of PDF pages on arbitrary runs of text: sixteen bytes make a run."""
    from coach.corpus.readers.pdf_layout import Run, read_pages
    from coach.corpus.readers.pdf_text import pages_text

    texts = (
        "注意力",
        "1. 第一点",
        "问题1、什么？",
        "word and",
        "hy-",
        "12",
        "- 3 -",
        "",
        "。",
        "x\x02",
        "    return x",
        "Title",
    )
    pages: list[list[Run]] = [[]]
    for at in range(0, len(content) - 16, 16):
        text, left, bottom, width, height, look, *_ = content[at : at + 16]
        if look > 250:
            pages.append([])
        place = (left * 3.0 - 60, bottom * 4.0 - 60, left * 3.0 - 60 + width * 2.0, bottom * 4.0 - 60 + height / 8)
        pages[-1].append(
            Run(texts[text % len(texts)], *place, height / 8, look % 16 == 1, look % 16 == 2, look % 16 == 3)
        )
    document = pages_text(read_pages(pages))
    assert len(document.pages) == len(pages), "pages"


@contextmanager
def answering() -> Iterator[Read]:
    """A server on loopback that answers with whatever it is given; fetching from it is what is tried."""
    from coach.corpus.fetch import fetch

    answer = b""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.settimeout(2)
                    connection.recv(65_536)
                    connection.sendall(answer)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()

    def read(content: bytes) -> None:
        nonlocal answer
        answer = content
        fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/a", max_bytes=1_000_000, private=True)

    yield read
    listener.close()


def seeds() -> dict[str, list[bytes]]:
    """Whole files of each kind."""
    from tests.conftest import ATTENTION, FORGETTING
    from tests.corpus_parsing import test_readers_html as pages
    from tests.support import archives, pdfs

    html = [page.encode() for page in (pages.CSDN, pages.ZHIHU, pages.WECHAT, pages.BLOG)]
    paragraph = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="5"/></w:numPr></w:pPr><w:r><w:t>甲？</w:t></w:r></w:p>'
    )
    fraction = "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den/></m:f></m:oMath></w:p>"
    table = f"<w:tbl><w:tr><w:tc>{paragraph}</w:tc><w:tc>{fraction}</w:tc></w:tr></w:tbl>"
    numbering = f'<w:numbering {archives.W}><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    body = pages.LONG * 4
    story = [
        *pdfs.chinese(pdfs.HEADING, "问题1、什么是注意力？"),
        *pdfs.chinese(pdfs.BODY, body, body),
        pdfs.code("x = 1"),
    ]
    return {
        "html": [*html, html[0].decode().encode("gb18030")],
        "docx": [archives.docx(paragraph + fraction + table + paragraph, numbering=numbering)],
        "epub": [archives.epub({"a b.xhtml": pages.BLOG, "c.xhtml": "<h1>一</h1>"}, metadata="<dc:title>t</dc:title>")],
        "ipynb": [
            b'{"cells": [{"cell_type": "markdown", "source": ["# a\\n"]}, {"cell_type": "code", "source": "x"}]}'
        ],
        "pdf": [pdfs.document(story), pdfs.document(story, columns=2)],
        "md": [ATTENTION.encode(), FORGETTING.encode(), pages.BLOG.encode()],
        "txt": [ATTENTION.encode("gb18030"), FORGETTING.encode("utf-16"), FORGETTING.encode("big5", "replace")],
    }


def main() -> int:
    """Run for the time that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=ROOT / "out" / "fuzz", help="folder for inputs that fail")
    parser.add_argument("--only", help="one reader: " + ", ".join(TOKENS) + ", layout, fetch")
    arguments = parser.parse_args()
    files = seeds()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\nContent-Encoding: gzip\r\nLocation: /b\r\n\r\n"
    answers = [head.replace(b"Content-Encoding: gzip\r\n", b"") + page for page in files["html"]]
    with answering() as fetching:
        targets: dict[str, tuple[Mutate, Read]] = {
            kind: (source(kind, files[kind]), reading(f".{kind}")) for kind in TOKENS
        }
        targets["layout"] = (lambda rng: rng.randbytes(16 * rng.randrange(200)), layout)
        targets["fetch"] = (
            lambda rng: mutated(rng, rng.choice(answers), [head, *answers], [b"\r\n", b"302 ", b"\x00"]),
            fetching,
        )
        if arguments.only:
            targets = {arguments.only: targets[arguments.only]}
        share = arguments.minutes * 60 / len(targets)
        wrong = sum(
            _fuzz(name, draw, read, share, random.Random(f"{arguments.seed}{name}"), arguments.keep)
            for name, (draw, read) in targets.items()
        )
    return 1 if wrong else 0


def _fuzz(name: str, draw: Mutate, read: Read, seconds: float, rng: random.Random, keep: Path) -> int:
    """Try one reader for some seconds; print what came of it and return the number of findings."""
    from coach.errors import ArticleError

    counts: Counter[str] = Counter()
    slowest = 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        content = draw(rng)
        started = time.process_time()
        finding = ""
        try:
            read(content)
            counts["read"] += 1
        except ArticleError:
            counts["refused"] += 1
        except Exception:  # noqa: BLE001 - whatever comes out is the finding
            finding = traceback.format_exc(limit=-4)
        spent = time.process_time() - started
        slowest = max(slowest, spent)
        if spent > SLOW:
            finding = f"took {spent:.0f} s of computing"
        if finding:
            counts["wrong"] += 1
            keep.mkdir(parents=True, exist_ok=True)
            place = keep / f"{name}-{counts['wrong']}.bin"
            place.write_bytes(content)
            print(f"{place}:\n{finding}", flush=True)
    print(
        f"{name:8}{counts['read'] + counts['refused']:8} inputs: {counts['read']} read, {counts['refused']} refused, "
        f"{counts['wrong']} wrong; slowest {slowest:.2f} s of computing",
        flush=True,
    )
    return counts["wrong"]


if __name__ == "__main__":
    sys.exit(main())
