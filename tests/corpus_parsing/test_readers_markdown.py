"""Formulas that Markdown shows as pictures."""

import pytest

from coach.corpus.parsing import parse
from coach.corpus.readers.markdown import read_markdown
from coach.corpus.readers.tex import LONGEST

SERVICE = "https://render.githubusercontent.com/render/math?math="


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f'<img src="{SERVICE}\\beta_{{i%2B1}}">', "$$\\beta_{i+1}$$"),
        (f'其中 <img width="9" src="{SERVICE}\\beta"> 是系数。', "其中 $\\beta$ 是系数。"),
        ("- ![](https://latex.codecogs.com/svg.latex?\\frac{a}{(b)})", "- $$\\frac{a}{(b)}$$"),
        ("![](https://www.zhihu.com/equation?tex=a%5E2) 的导数", "$a^2$ 的导数"),
        ("![图](https://example.org/math.png)", "![图](https://example.org/math.png)"),
    ],
)
def test_a_picture_of_a_formula_becomes_the_formula(line: str, text: str) -> None:
    assert read_markdown(f"{line}\n```\n{line}\n```".encode()).text == f"{text}\n```\n{line}\n```"


def test_such_a_formula_is_content() -> None:
    page = f'## 什么是 AUC？\n\n公式：\n\n<img src="{SERVICE}AUC = 1">\n'
    [section] = parse(read_markdown(page.encode()), name="a.md").sections
    assert section.answer.endswith("$$AUC = 1$$")


def test_a_formula_that_is_too_long_stays_a_picture() -> None:
    line = f'<img src="{SERVICE}{"x" * 1900}{"%41" * LONGEST}">'
    assert read_markdown(line.encode()).text == line


def test_lines_are_neither_added_nor_lost() -> None:
    lines = ["---", "title: a", "---", "", f'<img src="{SERVICE}a%0Ab">', "math", ""]
    assert read_markdown("\n".join(lines).encode()).text.count("\n") == len(lines) - 1


@pytest.mark.parametrize(
    ("stated", "level"),
    [
        ("easy", 1),
        ("初级", 1),
        ("2", 1),
        ("中等", 2),
        ("3", 2),
        ("Hard", 3),
        ("高级", 3),
        ("★★★★★", 3),
        ("sometimes", 0),
    ],
)
def test_front_matter_states_a_difficulty(stated: str, level: int) -> None:
    document = read_markdown(f"---\ndifficulty: {stated}\n---\n## 什么是 AUC？\n\n面积。\n".encode())
    assert document.difficulty == parse(document, name="a.md").difficulty == level


def test_without_front_matter_no_difficulty_is_stated() -> None:
    assert read_markdown("## 什么是 AUC？\n\n面积。\n".encode()).difficulty == 0
