from hypothesis import given
from hypothesis import strategies as st

from coach.talk.sentences import units

MIXED = """一句话。第二句，有 $a.b$ 公式！Third one ends here. Next sentence?

1. **第一点**：说明。
   接着说明。
2. 第二点

```python
x = a[0]  # 不是句子。

y = 1
```

| a | b |
|---|---|
| 1 | 2 |

$$
E = mc^2。
$$

- 条目
"""


def test_kinds_and_texts() -> None:
    assert [(unit.kind, unit.text.split("\n")[0]) for unit in units(MIXED)] == [
        ("sentence", "一句话。"),
        ("sentence", "第二句，有 $a.b$ 公式！"),
        ("sentence", "Third one ends here."),
        ("sentence", "Next sentence?"),
        ("item", "1. **第一点**：说明。"),
        ("item", "2. 第二点"),
        ("block", "```python"),
        ("block", "| a | b |"),
        ("block", "$$"),
        ("item", "- 条目"),
    ]


def test_a_long_item_is_cut_into_sentences() -> None:
    found = units("- " + "很长的一句话，" * 30 + "完。第二句。")
    assert [unit.text[-4:] for unit in found] == ["话，完。", "第二句。"]


def test_an_open_fence_runs_to_the_end() -> None:
    assert [unit.kind for unit in units("```\na。\nb。")] == ["block"]


@given(st.text(alphabet="ab。.!？ \n-1`$|()①", max_size=200))
def test_units_are_slices_in_order(text: str) -> None:
    position = 0
    for unit in units(text):
        assert unit.start >= position
        assert text[unit.start : unit.end] == unit.text == unit.text.strip()
        position = unit.end
    covered = "".join(unit.text for unit in units(text))
    for letter in "ab":
        assert covered.count(letter) == text.count(letter)


def test_a_mark_or_an_abbreviation_ends_an_english_sentence() -> None:
    text = "LoRA freezes the weights [1]. It trains two matrices in $r$. That needs one GPU. By J. Smith et al."
    assert [unit.text for unit in units(text)] == [
        "LoRA freezes the weights [1].",
        "It trains two matrices in $r$.",
        "That needs one GPU.",
        "By J. Smith et al.",
    ]


def test_the_number_of_a_point_is_no_sentence() -> None:
    text = "1. Blocks hold sixteen tokens. " + "Waste stays small when the last block is partly empty. " * 4
    assert units(text)[0].text == "1. Blocks hold sixteen tokens."
