import pytest

from coach.index.definition import asks_definition, introduces
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
        ("RAG 和微调应该怎么选？", 0.5),
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
