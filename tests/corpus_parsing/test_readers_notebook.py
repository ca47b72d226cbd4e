"""Notebooks: Markdown and code cells without outputs."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.corpus.parsing import parse
from coach.corpus.readers.notebook import read_notebook
from coach.errors import ArticleError


def notebook(*cells: object, **fields: object) -> bytes:
    return json.dumps({"cells": cells, "nbformat": 4, **fields}).encode()


def test_markdown_and_code_without_outputs() -> None:
    content = notebook(
        {"cell_type": "markdown", "source": ["# 笔记\n", "\n", "## 什么是 softmax？\n", "归一化的指数函数。"]},
        {"cell_type": "code", "source": "print('```')\n", "outputs": [{"text": ["秘密的输出"]}]},
        {"cell_type": "raw", "source": "raw"},
        {"cell_type": "markdown", "source": "\n"},
        metadata={"language_info": {"name": "Python"}, "title": "softmax"},
    )
    document = read_notebook(content)
    assert document.title == "softmax"
    assert document.text == "# 笔记\n\n## 什么是 softmax？\n归一化的指数函数。\n\n````python\nprint('```')\n````"
    assert [section.question for section in parse(document, name="a.ipynb").sections] == ["什么是 softmax？"]


def test_format_3() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "什么是\n梯度？"},
        {"cell_type": "code", "input": ["x = 1"], "language": "python"},
    ]
    content = json.dumps({"worksheets": [{"cells": cells}, 3], "nbformat": 3}).encode()
    assert read_notebook(content).text == "## 什么是 梯度？\n\n```python\nx = 1\n```"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "JSON is damaged"),
        (b"[" * 100_000, "JSON is damaged"),
        (b"[1" + b"0" * 10_000 + b"]", "JSON is damaged"),
        (b"[]", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (notebook(), "neither text nor code"),
        (notebook({"cell_type": "markdown", "source": 5}, 7), "neither text nor code"),
        (b"\x00\x01", "binary"),
    ],
)
def test_refusals(content: bytes, expected: str) -> None:
    with pytest.raises(ArticleError, match=expected):
        read_notebook(content)


def test_lone_surrogates_can_be_stored() -> None:
    text = read_notebook(b'{"cells": [{"cell_type": "markdown", "source": "a\\ud800b"}]}').text
    assert text.encode() == b"a?b"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "input", "cells", "level", "metadata"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "heading"]), "source": JSON, "level": JSON}
)


@settings(max_examples=80, deadline=None)
@given(st.lists(JSON | CELLS, max_size=4), JSON)
def test_any_json_is_read_or_refused(cells: list[object], metadata: object) -> None:
    try:
        read_notebook(notebook(*cells, metadata=metadata)).text.encode()
    except ArticleError:
        return
