import numpy as np
import pytest

from coach.records import Hit, Passage
from coach.talk.citations import check
from coach.talk.extractive import BUDGET, pick, sides, write


def hit(number: int, text: str, question: str = "", score: float = 0.5) -> Hit:
    return Hit(
        Passage(f"p{number}", text, question, f"a{number}", "t", f"{number}.md:1", question_id=f"q{number}"), score
    )


def flat(texts: object) -> np.ndarray:
    return np.zeros(len(list(texts)), np.float32)


RARE = {"layernorm": 3.0, "batchnorm": 3.0, "区别": 1.0}


def test_the_very_question_is_answered_whole_and_in_order() -> None:
    text = "LayerNorm 看特征。\n\n- 第一点\n- 第二点\n\n```python\nx = a[1]\n```"
    pieces = write("LayerNorm 是什么", [hit(1, text, "LayerNorm 是什么？")], {"layernorm": 3.0}, flat)
    assert "".join(pieces) == "LayerNorm 看特征。 [1]\n\n- 第一点 [1]\n- 第二点 [1]\n\n```python\nx = a[1]\n```\n\n[1]"


def test_only_the_sentence_that_answers_is_picked() -> None:
    hits = [hit(1, "今天天气很好。LayerNorm 在特征上归一化。晚饭吃面。", "杂谈？")]
    assert [
        choice.unit.text for choice in pick("LayerNorm 怎么归一化", hits, {"layernorm": 3.0, "归一化": 2.0}, flat)
    ] == ["LayerNorm 在特征上归一化。"]


def test_a_comparison_gives_both_sides() -> None:
    hits = [
        hit(1, "BatchNorm 在批次上统计。BatchNorm 与 batchnorm 的区别无关。", "甲？"),
        hit(2, "LayerNorm 在特征上统计。", "乙？"),
    ]
    assert {choice.number for choice in pick("BatchNorm 和 LayerNorm 的区别", hits, RARE, flat)} == {1, 2}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("BatchNorm 和 LayerNorm 的区别", ("BatchNorm", "LayerNorm")),
        ("LoRA 与全量微调有什么不同？", ("LoRA", "全量微调")),
        ("What is the difference between BERT and GPT?", ("BERT", "GPT")),
        ("什么是 LoRA", ()),
    ],
)
def test_sides(question: str, expected: tuple[str, ...]) -> None:
    assert sides(question) == expected


def test_what_two_passages_say_is_said_once_with_both_citations() -> None:
    same = "LoRA 冻结原有权重只训练低秩矩阵。"
    pieces = write("LoRA 是什么", [hit(1, same, "LoRA 是什么？"), hit(2, same, "LoRA 是什么？")], {"lora": 3.0}, flat)
    assert "".join(pieces) == f"{same} [1][2]"


def test_an_answer_keeps_its_budget() -> None:
    text = "".join(f"LoRA 的第{number}句话说了很多很多很多很多的内容。" for number in range(100))
    assert len("".join(write("LoRA 是什么", [hit(1, text, "LoRA 是什么？")], {"lora": 3.0}, flat))) < 2 * BUDGET


def test_brackets_of_the_source_are_no_citations() -> None:
    hits = [hit(1, "LoRA 冻结权重 [3]。", "LoRA 是什么？")]
    text = "".join(write("LoRA 是什么", hits, {"lora": 3.0}, flat))
    assert text == "LoRA 冻结权重。 [1]"
    assert [citation.number for citation in check(text, [hits[0].passage]).citations] == [1]


def test_follow_up_questions_are_no_evidence() -> None:
    hits = [hit(1, "LoRA 冻结权重。\n\n- LoRA 的秩怎么选？", "LoRA 是什么？")]
    assert "怎么选" not in "".join(write("LoRA 是什么", hits, {"lora": 3.0}, flat))


def test_nothing_found_nothing_written() -> None:
    assert write("LoRA", [], {}, flat) == []


def test_code_that_is_asked_for_is_given_however_long() -> None:
    code = "```python\n" + "x = 1  # 一二三四五六七八九十\n" * 60 + "```"
    hits = [hit(1, f"分五步写。\n\n{code}\n\n最后一句。", "请手写一个多头自注意力")]
    assert code in "".join(write("手写 multi-head attention", hits, {"attention": 3.0}, flat))
    assert code not in "".join(write("多头自注意力", hits, {"attention": 3.0}, flat))


def test_parts_of_one_answer_stand_in_the_order_of_the_article() -> None:
    early = Hit(Passage("p1", "LoRA 训练低秩矩阵。", "微调？", "a", "t", "a:1", ordinal=0, question_id="q"), 0.4)
    late = Hit(Passage("p2", "LoRA 的低秩矩阵可以合并。", "微调？", "a", "t", "a:9", ordinal=1, question_id="q"), 0.5)
    chosen = pick("低秩矩阵怎么训练，怎么合并", [late, early], {"低秩": 3.0, "矩阵": 2.0, "训练": 1.0}, flat)
    assert [choice.number for choice in chosen] == [2, 1]


def test_an_answer_does_not_change_its_language() -> None:
    hits = [hit(1, "LoRA 冻结原有权重，只训练低秩矩阵。"), hit(2, "LoRA freezes the weights and trains low-rank ones.")]
    assert {choice.number for choice in pick("LoRA 怎么训练", hits, {"lora": 3.0}, flat)} == {1}


def test_a_passage_of_code_leaves_the_prose_beside_it() -> None:
    hits = [
        hit(1, "```python\nx = 1\n```", "请手写 k-means"),
        hit(2, "k-means 的簇数 k 用肘部法选。", "k-means 的步骤？"),
    ]
    assert [choice.number for choice in pick("k-means 的簇数怎么选", hits, {"kmeans": 3.0, "簇": 3.0}, flat)] == [2]
