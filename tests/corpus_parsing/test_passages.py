"""How answers are cut into passages: sizes, borders, offsets."""

import pytest

from coach.corpus.parsing import SourceSection, parse
from coach.corpus.passages import length, split
from coach.records import Document, Section


def section(answer: str) -> Section:
    return Section(question="什么是 A？", answer=answer, line_no=7)


def test_length_counts_hanzi_one_and_latin_words_two():
    assert length("注意力机制") == 5
    assert length("attention is all") == 6
    assert length("BERT-base 有 110M 参数。") == 2 + 1 + 2 + 1 + 2 + 2 + 1
    assert length("  \n\t") == 0


def test_an_answer_that_fits_is_one_passage():
    answer = "第一段。\n\n- 甲\n- 乙\n\n```python\nx = 1\n```"
    (chunk,) = split(section(answer))
    assert (chunk.text, chunk.start, chunk.end, chunk.line_no) == (answer, 0, len(answer), 7)


def test_no_answer_gives_no_passages():
    assert split(section("")) == []
    assert split(section(" \n\n ")) == []


def test_paragraphs_are_gathered_up_to_the_size():
    paragraphs = [f"{'文' * 39}。" for _ in range(6)]
    chunks = split(section("\n\n".join(paragraphs)), size=100)
    assert [chunk.text.count("。") for chunk in chunks] == [2, 2, 2]


def test_an_overlong_paragraph_is_cut_at_sentences():
    answer = "".join(f"{'文' * 29}。" for _ in range(10))
    chunks = split(section(answer), size=100)
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert all(length(chunk.text) <= 100 for chunk in chunks)
    assert "".join(chunk.text for chunk in chunks) == answer


def test_list_items_stay_whole():
    items = [f"{n}. {'文' * 40}" for n in range(1, 8)]
    chunks = split(section("\n".join(items)), size=100)
    assert [line for chunk in chunks for line in chunk.text.split("\n")] == items


BLOCKS = {
    "code": "```python\n" + "\n".join(f"x{n} = compute({n})" for n in range(20)) + "\n\ny = 1\n```",
    "table": "| 方法 | 显存 |\n| --- | --- |\n" + "\n".join(f"| 方法{n} | {n} GB |" for n in range(20)),
    "formula": "$$\n" + "\n".join(f"a_{n} + b_{n} \\\\" for n in range(20)) + "\n$$",
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_are_not_cut(kind: str):
    block = BLOCKS[kind]
    answer = f"{'文' * 80}。\n\n{block}\n\n{'后' * 80}。"
    chunks = split(section(answer), size=100)
    assert length(block) > 100
    assert sum(1 for chunk in chunks if block in chunk.text) == 1


def test_a_block_beyond_four_times_the_size_is_cut_at_lines():
    lines = [f"value_{n} = {n}" for n in range(200)]
    block = "```python\n" + "\n".join(lines) + "\n```"
    chunks = split(section(block), size=50)
    assert len(chunks) > 1
    assert all(line in lines or line.startswith("```") for chunk in chunks for line in chunk.text.split("\n"))


def test_two_code_blocks_side_by_side_are_two_units():
    blocks = ["```python\na = 1\n```", "```python\nb = 2\n```"]
    assert [chunk.text for chunk in split(section("\n".join(blocks)), size=12)] == blocks


def test_a_lead_in_is_not_left_alone():
    answer = f"{'文' * 90}。\n\n步骤如下：\n\n1. {'甲' * 40}\n2. {'乙' * 40}"
    chunks = split(section(answer), size=100)
    assert [chunk.text.split("\n")[0][:5] for chunk in chunks] == ["文" * 5, "步骤如下："]


def test_follow_ups_at_the_end_are_left_out():
    answer = "正文。\n\n**追问**：\n\n- [什么是 B？](#b)\n- 还没写的（待补充）"
    (chunk,) = split(section(answer))
    assert chunk.text == "正文。"


def test_follow_ups_in_the_middle_stay():
    answer = "正文。\n\n**追问**：\n\n- 为什么？\n\n因为快。"
    (chunk,) = split(section(answer))
    assert chunk.text == answer


def test_lines_and_pages_of_passages():
    text = "## 什么是 A？\n\n第一段。\n\n![图](a.png)\n\n第二段。\n\f\n第三段。"
    parsed = parse(Document(text=text, pages=((0, 1), (text.index("第三"), 2))), name="a.pdf")
    (found,) = parsed.sections
    assert isinstance(found, SourceSection)
    chunks = split(found, size=4)
    assert [(chunk.text, chunk.line_no, chunk.page) for chunk in chunks] == [
        ("第一段。", 3, 1),
        ("第二段。", 7, 1),
        ("第三段。", 9, 2),
    ]
