import pytest

from coach.index.definition import asks_code, asks_definition, introduces, only_asks, opens_with, says_define
from coach.index.words import segment

RAG = [(("rag",),)]


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("RoPE 原理", ["rope"]),
        ("LoRA", ["lora"]),
        ("介绍一下 KV cache", ["kv", "cache"]),
        ("how does RoPE work", ["rope"]),
        ("什么是 RAG？", ["rag"]),
    ],
)
def test_a_definition_is_asked_for(question: str, subjects: list[str]) -> None:
    assert asks_definition(question, subjects)


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("RAG 和微调怎么选？", ["rag", "微调"]),
        ("LoRA 的优点是什么", ["lora"]),
        ("LoRA 和 QLoRA 有什么区别", ["lora", "qlora"]),
        ("为什么 LoRA 有效", ["lora"]),
        ("什么是", []),
        ("灾难性遗忘怎么缓解", ["灾难性遗忘", "缓解"]),
    ],
)
def test_something_else_is_asked_for(question: str, subjects: list[str]) -> None:
    assert not asks_definition(question, subjects)


@pytest.mark.parametrize(
    ("own_question", "expected"),
    [
        ("什么是 RAG？一次完整的 RAG 流程包含哪些环节？", 1.0),
        ("RAG 和微调应该怎么选？", 0.0),
        ("RAG 的评测怎么做？", 0.5),
        ("什么是 Agentic RAG？它多做了什么？", 0.8),
        ("多轮对话里的 RAG 要注意什么？", 0.0),
        ("Self-RAG 和 CRAG 分别解决了什么问题？", -0.5),
        ("什么是 LoRA？", 0.0),
        ("", 0.0),
    ],
)
def test_how_far_a_question_introduces_its_subject(own_question: str, expected: float) -> None:
    assert introduces(" ".join(segment(own_question)), RAG) == expected


def test_a_longer_english_name_is_another_thing() -> None:
    attention = [[("attention",), ("注意力",)]]
    assert introduces("什么 是 attention sink 为什么", attention) == -0.5
    assert introduces("什么 是 attention 为什么", attention) == 1.0
    assert introduces("what is the kv cache", [[("kv",)], [("cache",)]]) == 1.0


def test_parts_of_a_chinese_word_do_not_hide_it() -> None:
    forgetting = [[("灾难性遗忘",)]]
    assert introduces(" ".join(segment("什么是灾难性遗忘，怎么缓解？")), forgetting) == 1.0
    assert introduces(" ".join(segment("什么是大模型越狱，常见手法有哪些？")), [[("大模型",)]]) == 0.0


def test_a_list_of_things_introduces_its_first() -> None:
    words = segment("What do temperature, top-k, top-p and min-p do?")
    assert introduces(" ".join(words), [[("temperature",)]]) == 1.0


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("过拟合（overfitting）的标志是训练误差持续下降。", "过拟合", True),
        ("Overfitting means that a model fits noise.", "overfitting", True),
        ("大模型应用的可观测性分三层。", "大模型", False),
        ("Attention sink is a token that draws attention.", "attention", False),
        ("PagedAttention solves the waste of memory.", "attention", False),
    ],
)
def test_definitions_begin_with_the_name(text: str, name: str, expected: bool) -> None:
    assert opens_with(text, [[(name,)]]) is expected


def test_only_some_questions_insist_on_a_definition() -> None:
    assert says_define("什么是学习率")
    assert says_define("what is attention")
    assert not says_define("RoPE 原理")
    assert not says_define("训练和推理有什么不同")


def test_a_bare_list_of_questions_only_asks() -> None:
    assert only_asks("- 什么是 RAG？\n- RAG 怎么评测？\n\n- [怎么切块？](#chunk)\n- 其他")
    assert not only_asks("RAG 先检索再生成。\n它有什么用？\n它减少幻觉。")
    assert not only_asks("什么是 RAG？")


def test_code_is_asked_for() -> None:
    assert asks_code("请手写 beam search")
    assert asks_code("How would you implement dropout?")
    assert not asks_code("beam search 缺点")
