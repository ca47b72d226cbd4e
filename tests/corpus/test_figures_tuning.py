"""The countable figures in the articles on tuning, alignment, reasoning, evaluation and safety, from their definitions."""

import math

import pytest
from figures import answer

LAYERS, D, FFN, VOCABULARY = 32, 4096, 11008, 32000  # LLaMA-7B
LLAMA_7B = LAYERS * (4 * D * D + 3 * D * FFN + 2 * D) + 2 * VOCABULARY * D + D
GB = 1e9
NF4_BITS = 4 + 8 / 64 + 32 / (64 * 256)  # weight, 8-bit block constant, fp32 constant of 256 block constants


def says(article: str, heading: str, *texts: str) -> None:
    """Assert that the answer under `heading` holds every one of `texts`."""
    for text in texts:
        assert text in answer(article, heading), f"{article}: {heading!r} does not say {text!r}"


def lora_on_all_linear(layers: int, d: int, ffn: int, rank: int) -> int:
    """LoRA parameters on q, k, v, o (square) and gate, up, down of every layer."""
    return layers * rank * (4 * (d + d) + 3 * (d + ffn))


# Parameter-efficient tuning


def test_lora_on_query_and_value() -> None:
    count = LAYERS * 2 * 8 * (D + D)
    says("peft", "可训练参数量怎么算", f"{LLAMA_7B:,}", f"{count:,}", f"{count / LLAMA_7B:.3%}")


def test_lora_on_every_linear_layer() -> None:
    count = lora_on_all_linear(LAYERS, D, FFN, 16)
    says("peft", "可训练参数量怎么算", f"{count:,}", f"{count / LLAMA_7B:.3%}", f"{count * 2 / 1e6:.0f} MB")


def test_lora_share_of_one_square_matrix() -> None:
    says("peft", "LoRA 的原理", f"1/{D * D // (8 * (D + D))}")


def test_mlp_share_of_a_layer() -> None:
    attention, mlp = 4 * D * D, 3 * D * FFN
    says("peft", "加在哪些层", f"{attention:,}", f"{mlp:,}", f"{mlp / (attention + mlp):.1%}")


def test_training_state_of_full_tuning_and_of_lora() -> None:
    base, states = 2 * LLAMA_7B / GB, 16 * lora_on_all_linear(LAYERS, D, FFN, 16) / GB
    says("peft", "LoRA 省显存", f"{16 * LLAMA_7B / GB:.1f} GB", f"{base:.2f} GB", f"{states:.2f} GB")
    says("peft", "LoRA 省显存", f"{base + states:.1f} GB")


@pytest.mark.parametrize("rank", [8, 64])
def test_scale_of_lora_and_of_rslora(rank: int) -> None:
    says("peft", "rank 和 alpha", f"| {rank} | {16 / rank:g} | {16 / math.sqrt(rank):.3g} |")


def test_double_quantization_bits() -> None:
    saved = 4 + 32 / 64 - NF4_BITS
    says("peft", "QLoRA 用了哪些技术", f"{NF4_BITS - 4:.3f}$ 位", f"{saved:.3f} 位", f"{65 * saved / 8:.1f} GB")


def test_memory_of_qlora_on_65b() -> None:
    count = lora_on_all_linear(80, 8192, 22016, 64)
    base, states = 65 * NF4_BITS / 8, 12 * count / GB
    says("peft", "QLoRA 微调 65B", f"{base:.1f} GB", f"{count:,}", f"{states:.1f} GB", f"{base + states:.1f} GB")
    says("peft", "QLoRA 微调 65B", f"{65 * 12} GB", f"bf16 需要 {65 * 2} GB")


def test_prompt_and_prefix_parameters() -> None:
    prompt, prefix = 100 * D, 2 * LAYERS * 100 * D
    says("peft", "P-tuning v2 和 Prompt", f"{prompt:,}", f"{prefix:,}", f"2L={prefix // prompt}")
    says("peft", "Prefix Tuning 的原理", f"{prefix:,}", f"{prefix / LLAMA_7B:.2%}")
    says("peft", "小模型上效果差", f"{5 * 4096:,}")


def test_adapter_parameters_of_bert_base() -> None:
    says("peft", "Adapter 怎么插入", f"{24 * (2 * 64 * 768 + 768 + 64):,}")


def test_ia3_parameters() -> None:
    count = LAYERS * (D + D + FFN)
    says("peft", "IA3", f"{count:,}", f"{count / LLAMA_7B:.3%}")


def test_cost_of_many_adapters() -> None:
    adapter = 2 * lora_on_all_linear(LAYERS, D, FFN, 16)
    says("peft", "同时服务很多个", f"{adapter / 1e6:.0f} MB", f"共约 {100 * adapter / GB:.0f} GB")
    says("peft", "同时服务很多个", f"{16 * (D + D) / D**2:.2%}")
