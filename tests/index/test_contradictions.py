"""Answers to one question that can't both be right, and those that only look like it."""

from pathlib import Path

import pytest

from coach.index.contradictions import between
from coach.index.quantities import quantities
from coach.service import Coach


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("110M 参数", 1.1e8, ""),
        ("1.1 亿个参数", 1.1e8, ""),
        ("110,000,000 个参数", 1.1e8, ""),
        ("110 million parameters", 1.1e8, ""),
        ("概率为 50%", 0.5, ""),
        ("概率为 0.5", 0.5, ""),
        ("14GB 显存", 1.4e10, "byte"),
        ("两层", 2, "layer"),
        ("12 layers", 12, "layer"),
        ("1.5 倍", 1.5, "倍"),
    ],
)
def test_quantities_in_one_notation(text: str, value: float, unit: str) -> None:
    (found,) = quantities(text)
    assert (found.value, found.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["GPT-3", "INT8", "P-tuning v2", "LLaMA 2 和 LLaMA 3", "top-1", "O(n^2)", "第一个"])
def test_numbers_in_names_are_no_quantities(text: str) -> None:
    assert quantities(text) == []


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("BERT-base 有 12 层编码器。", "BERT-base 有 24 层编码器。", "number"),
        ("BERT-base 的参数量是 110M。", "BERT-base 的参数量是 3.4 亿。", "number"),
        ("BERT-base 共有 12 层编码器。", "BERT-base 的编码器是 24 层。", "number"),
        ("LoRA 会带来额外的推理延迟。", "LoRA 不会带来推理延迟。", "negation"),
        ("LayerNorm 依赖批大小。", "LayerNorm 不依赖 batch size。", "negation"),
        ("LoRA 会增加推理延迟。", "LoRA 不会增加推理延迟。", "negation"),
        ("LoRA 会增加推理延迟。", "LoRA 会减少推理延迟。", "negation"),
        ("LoRA adds inference latency.", "LoRA does not add inference latency.", "negation"),
        ("LLaMA 使用 RMSNorm。", "LLaMA 使用 LayerNorm。", "name"),
        ("BERT was proposed by Google.", "BERT was proposed by OpenAI.", "name"),
        (
            "BatchNorm 在批次维度统计，LayerNorm 在特征维度统计。",
            "BatchNorm 在特征维度统计，LayerNorm 在批次维度统计。",
            "name",
        ),
    ],
)
def test_contradictions(first: str, second: str, kind: str) -> None:
    context = "这里先说一点背景。\n\n"
    assert between(context + first, f"- {second}\n\n后面还有别的。") == [(first, second, kind)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("BERT-base 的参数量是 110M。", "BERT-base 的参数量是 1.1 亿。"),
        ("掩码比例是 50%。", "掩码的比例是 0.5。"),
        ("BERT-base 的参数量是 110M。", "BERT-large 的参数量是 340M。"),
        ("见 [12 层的 BERT](bert.md#12-层)。", "见 [12 层的 BERT](#24-层)。"),
        ("LLaMA-7B 有 32 层。", "LLaMA-13B 有 40 层。"),
        ("LLaMA 使用 RMSNorm。", "LLaMA 使用 RoPE。"),
        ("Transformer 有编码器。", "Transformer 有解码器。"),
        ("Adapter 会增加推理延迟。", "LoRA 不会增加推理延迟。"),
        ("如果 batch 很小，BatchNorm 的统计不准。", "BatchNorm 的统计准。"),
        ("学习率一般取 0.001。", "学习率一般取 0.0001。"),
        ("例如 batch size 取 32。", "例如 batch size 取 64。"),
        ("LoRA 的秩不仅影响显存。", "LoRA 的秩影响显存。"),
        ("A 按行，B 按列。", "B 按列，A 按行。"),
        (
            "BatchNorm 在批次维度统计，LayerNorm 在特征维度统计。",
            "LayerNorm 在特征维度统计，BatchNorm 在批次维度统计。",
        ),
        ("```python\nlayers = 12  # BERT 有 12 层\n```", "```python\nlayers = 24  # BERT 有 24 层\n```"),
    ],
)
def test_no_contradictions(first: str, second: str) -> None:
    assert between(first, second) == []
    assert between(second, first) == []


def test_linked_answers_are_compared(coach: Coach, corpus: Path) -> None:
    for name, heading, layers in (
        ("a.md", "什么是 BERT？", 12),
        ("b.md", "BERT 是什么？", 6),
        ("c.md", "什么是 GPT？", 6),
    ):
        (corpus / name).write_text(f"## {heading}\n\nBERT-base 有 {layers} 层编码器。\n", encoding="utf-8")
    list(coach.ingest())
    (found,) = coach.contradictions()
    assert found.kind == "number"
    assert {found.first.text, found.second.text} == {"什么是 BERT？", "BERT 是什么？"}
    assert {found.first_sentence, found.second_sentence} == {"BERT-base 有 12 层编码器。", "BERT-base 有 6 层编码器。"}
