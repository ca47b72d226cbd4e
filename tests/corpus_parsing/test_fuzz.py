"""Arbitrary bytes and texts: only `ArticleError` comes out, lines and offsets are those of the source."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.corpus.articles import READERS
from coach.corpus.joining import join
from coach.corpus.lines import scan
from coach.corpus.marks import take_apart
from coach.corpus.parsing import parse
from coach.corpus.passages import split
from coach.corpus.rules import RULES
from coach.errors import ArticleError
from coach.records import Document

TEXT_READERS = [READERS[suffix] for suffix in (".txt", ".md")]
PIECES = st.sampled_from(
    [
        *(
            "# ",
            "## ",
            "### 1. ",
            "- ",
            "  - ",
            "1. ",
            "2、",
            "(1) ",
            "① ",
            "一、",
            "问题1、",
            "Q: ",
            "A: ",
            "**",
            "❓ ",
            "> ",
        ),
        *(
            "什么是注意力？",
            "LoRA 的原理",
            "答案。",
            "因为快",
            "加微信号：abc12345 进群",
            "推荐阅读",
            "点赞 3",
            "目录",
            "答：",
            "追问",
        ),
        *(
            "```",
            "```python",
            "~~~",
            "$$",
            "\\[",
            "\\]",
            "\\begin{align}",
            "\\end{align}",
            "| a | b |",
            "| --- | --- |",
            "---",
        ),
        *(
            "<details>",
            "<summary>",
            "</summary>",
            "![x](y)",
            "[a](#b)",
            "\n",
            "\n",
            "\n\n",
            " ",
            "\t",
            "\u3000",
            "01",
            "===",
            "…",
        ),
    ]
)
MARKUP = st.lists(PIECES, max_size=60).map("".join)
quick = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def check(document: Document) -> None:
    lines = document.text.split("\n")
    parsed = parse(document, name="a.md")
    for dropped in parsed.dropped:
        assert dropped.text in lines[dropped.line_no - 1]
        assert dropped.rule in RULES
    previous = 0
    for section in parsed.sections:
        assert previous <= section.line_no <= len(lines)
        previous = section.line_no
        assert section.question or section.answer
        for chunk in split(section, size=20):
            assert chunk.text == section.answer[chunk.start : chunk.end]
            assert chunk.text.strip()
            assert 1 <= chunk.line_no <= len(lines)
            first = chunk.text.split("\n")[0].strip()
            assert first.lstrip("-*+•·0123456789. ")[:8] in lines[chunk.line_no - 1] or "<summary>" in document.text


@quick
@given(st.binary(max_size=400))
def test_bytes(data: bytes):
    for reader in TEXT_READERS:
        with suppress(ArticleError):
            check(reader(data))


@quick
@given(st.text(max_size=300))
def test_text(text: str):
    check(Document(text=text))


@quick
@given(MARKUP)
def test_markup(text: str):
    check(Document(text=text))


@quick
@given(MARKUP, st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"]))
def test_encoded_markup(text: str, encoding: str):
    with suppress(ArticleError):
        check(READERS[".md"](text.encode(encoding)))


@quick
@given(MARKUP)
def test_scanning_keeps_every_line(text: str):
    lines = scan(text)
    assert "\n".join(line.text for line in lines) == text
    assert [line.no for line in lines] == list(range(1, len(lines) + 1))
    assert len(join(lines)) <= len(lines)


@quick
@given(st.text(max_size=200).map(lambda text: text.replace("\n", " ")))
def test_any_line_can_be_taken_apart(line: str):
    mark = take_apart(line)
    assert 0 <= mark.level <= 8
    assert len(mark.body) + len(mark.rest) <= 2 * len(line) + 2


@quick
@given(MARKUP)
def test_kept_lines_are_never_dropped(text: str):
    lines = frozenset(text.split("\n"))
    assert not parse(Document(text=text), name="a.md", kept=lines).dropped


@quick
@given(
    st.lists(
        st.sampled_from(["", "- ", "1. ", "2. ", "(1) ", "一、", "**", "> ", "第一类是", "Q: ", "A: ", "答：", "  "]),
        max_size=25,
    )
)
def test_no_content_is_lost(marks: list[str]):
    """Every line that is not dropped ends up in a question, an answer or the title of a chapter."""
    texts = [f"{mark}内容{number:03d}因为快{'？' if number % 3 else '。'}" for number, mark in enumerate(marks)]
    parsed = parse(Document(text="\n".join(texts)), name="a.md")
    parts = [part for section in parsed.sections for part in (section.question, section.answer, *section.headings)]
    gone = {dropped.line_no for dropped in parsed.dropped}
    for number in range(len(texts)):
        assert number + 1 in gone or any(f"内容{number:03d}" in part for part in parts)


def test_parsing_twice_gives_the_same():
    text = "问题1、什么是甲？\n- 一\n-\n二\n\n加微信号：abc12345 进群\n"
    assert parse(Document(text=text), name="a") == parse(Document(text=text), name="a")


HOSTILE = [
    "#" * 40_000,
    "*" * 40_000,
    "**a" * 12_000,
    "[" * 40_000,
    "![" * 20_000,
    "<img " * 8_000,
    "(" * 40_000,
    " " * 40_000 + "？",
    "1." * 20_000,
    "1.1" * 12_000,
    "问题" * 20_000,
    "关注公众号" * 8_000,
    "\n".join(["什么是注意力？"] * 4_000),
    "\n".join(["1. 什么是注意力？"] * 4_000),
    "\n".join(["```"] * 4_001),
    "\n".join(["$$"] * 4_001),
    "\n".join(["\\begin{a}"] * 4_000),
    "\n".join(["| a | b |"] * 4_000),
    "\n".join(["- "] * 4_000),
    "\n".join(["推荐阅读"] * 4_000),
    "\n".join(["目录", *(["- [a](#b)"] * 4_000)]),
    "\n" * 40_000,
    "答" * 40_000,
    "a，" * 20_000,
    "\n".join(["目录"] * 1_000),
]


def test_hostile_texts_come_to_an_end():
    for text in HOSTILE:
        parsed = parse(Document(text=text), name="a.md")
        for section in parsed.sections:
            split(section)
