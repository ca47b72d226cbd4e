"""The countable figures in the English articles, computed from their definitions and compared with the Chinese."""

import math
import re

import numpy as np
import pytest

from tests.corpus.figures import answer

KIB, GIB = 2**10, 2**30
A100 = 2.039e12
"""Memory bandwidth in bytes per second."""
LLAMA_7B = 2 * 32000 * 4096 + 32 * (4 * 4096**2 + 3 * 4096 * 11008 + 2 * 4096) + 4096
LLAMA_3_70B = 2 * 128256 * 8192 + 80 * (2 * 8192**2 + 2 * 8192 * 1024 + 3 * 8192 * 28672 + 2 * 8192) + 8192


def says(article: str, heading: str, *texts: str) -> None:
    """Assert that the English answer under `heading` holds each of `texts`, whether or not TeX groups its digits."""
    said = answer(f"en/{article}", heading).replace("{,}", ",")
    for text in texts:
        assert text in said, f"{article}: {heading!r} does not say {text!r}"


def kv_bytes(layers: int, kv_heads: int, head_dim: int = 128) -> int:
    return 2 * layers * kv_heads * head_dim * 2


def chinchilla(compute: float) -> tuple[float, float]:
    """Parameters and tokens for a budget: C = 6ND and D = 20N."""
    n = math.sqrt(compute / 120)
    return n, 20 * n


def test_multiply_adds_of_attention() -> None:
    n, d = 2048, 4096
    says("transformers", "time complexity", f"{4 * n * d * d / 1e9:.1f}G", f"{2 * n * n * d / 1e9:.1f}G")
    says("transformers", "time complexity", f"from {n * n / 1e6:.0f}M to {32 * n * n / 1e6:.0f}M")


def test_length_at_which_attention_costs_as_much_as_the_weights() -> None:
    d = 4096
    n = 6 * d
    assert 12 * n * d * d == 2 * n * n * d
    says("transformers", "time complexity", f"{n:,} tokens")


def test_standard_deviation_of_a_dot_product() -> None:
    says("transformers", "square root", f"is {math.sqrt(64):.0f} for", f"about {math.sqrt(128):.1f} for")


@pytest.mark.parametrize(("kv_heads", "scheme"), [(32, "MHA"), (8, "GQA"), (1, "MQA")])
def test_cache_of_head_sharing(kv_heads: int, scheme: str) -> None:
    says("transformers", "MHA, MQA", f"{scheme} | {kv_bytes(32, kv_heads) // KIB} KiB")


def test_cache_of_latent_attention() -> None:
    says("transformers", "MHA, MQA", f"MLA | {576 * 60 * 2 / KIB} KiB", f"{576 / 256} groups")


def test_rope_pairs_that_never_turn_once() -> None:
    wavelengths = 2 * math.pi * 10000 ** (np.arange(0, 128, 2) / 128)
    says("transformers", "RoPE", f"{(wavelengths > 4096).sum()} of the 64 pairs")


def test_vocabulary_of_gpt_2() -> None:
    says("transformers", "BPE", f"$256+50000+1={256 + 50000 + 1}$")


@pytest.mark.parametrize(("hidden", "layers"), [(768, 12), (1024, 24)])
def test_parameters_of_bert(hidden: int, layers: int) -> None:
    embeddings = (30522 + 512 + 2) * hidden + 2 * hidden
    attention, ffn = 4 * (hidden**2 + hidden), 8 * hidden**2 + 5 * hidden
    layer = attention + ffn + 4 * hidden
    says("transformers", "BERT-base", f"{embeddings + layers * layer + hidden**2 + hidden:,}")
    if layers == 12:
        parts = (embeddings, attention, ffn, layer, 12 * layer, hidden**2 + hidden)
        says("transformers", "BERT-base", *(f"{part:,}" for part in parts))


def test_masked_share_of_all_tokens() -> None:
    says("transformers", "GPT, BERT", f"{0.15 * 0.8:.0%} of all tokens")


def test_scaling_laws() -> None:
    says("training", "scaling laws", f"{10**0.73:.1f} times larger", f"about {10**0.27:.1f} times the data")
    says("training", "scaling laws", f"about {10**0.5:.1f} times the parameters")
    n, d = chinchilla(1e22)
    says("training", "scaling laws", f"{n / 1e9:.1f}B parameters", f"{d / 1e9:.0f}B tokens")
    says("training", "scaling laws", f"some {round(15e12 / 8.03e9, -1):,.0f} per parameter")


def test_training_time() -> None:
    says("training", "GPU days", f"{6 * 70e9 * 1.4e12 / (1024 * 312e12 * 0.45) / 86400:.0f} days")
    compute = 6 * LLAMA_7B * 1e12
    says("training", "GPU days", f"${compute / 1e22:.2f}\\times10^{{22}}$", f"{compute / (82432 * 3600 * 312e12):.1%}")


def test_time_scale_of_weight_decay() -> None:
    says("training", "AdamW", f"about {1 / (3e-4 * 0.1):,.0f} steps")


def test_model_state_under_zero() -> None:
    n = 64
    for bytes_per_parameter in (16, 4 + 12 / n, 2 + 14 / n, 16 / n):
        says("training", "ZeRO", f"{70 * bytes_per_parameter:.1f} GB")


def test_numbers_of_16_bits() -> None:
    says("training", "mixed precision", str(1 + 2**-7), "65504", f"${2**-24 * 1e8:.1f}\\times10^{{-8}}$")
    assert np.finfo(np.float16).max == 65504


def test_pipeline_bubble() -> None:
    says("training", "pipeline parallelism", f"{7 / (32 + 7):.1%} for $p=8$ and $m=32$")


@pytest.mark.parametrize(("article", "heading"), [("training", "checkpointing"), ("tuning-and-alignment", "7B model")])
def test_activations(article: str, heading: str) -> None:
    sbh = 2048 * 1 * 4096 * 32
    says(article, heading, f"{34 * sbh / 1e9:.1f} GB", f"{2 * sbh / 1e9:.2f} GB")


def test_products_of_many_factors() -> None:
    for base, power in ((0.25, 10), (0.9, 100), (1.1, 100)):
        mantissa, exponent = f"{base**power:.1e}".split("e")
        says("training", "vanishing", f"{mantissa}\\times10^{{{int(exponent)}}}")


def test_gradients_of_a_badly_wrong_sigmoid() -> None:
    a = 1 / (1 + math.exp(5))
    entropy, square = a - 1, (a - 1) * a * (1 - a)
    minus = [f"{value:.{digits}f}".replace("-", "−") for value, digits in ((entropy, 3), (square, 4))]
    says("training", "cross entropy", f"{a:.4f}", *minus, f"roughly {entropy / square:.0f} times")


def test_auc_of_the_small_example() -> None:
    pairs = [positive > negative for positive in (0.9, 0.6) for negative in (0.7, 0.3)]
    says("training", "AUC", f"is {sum(pairs) / len(pairs)}")


def test_model_state_of_a_7b_model() -> None:
    says("tuning-and-alignment", "7B model", f"{16 * 7} GB", *(f"{7 * b:g} GB" for b in (4 + 1.5, 2 + 1.75, 2)))
    says("tuning-and-alignment", "7B model", f"{2048 * 151936 * 4 / 1e9:.2f} GB")
    lora = 32 * (4 * 16 * 8192 + 3 * 16 * 15104)
    says("tuning-and-alignment", "7B model", f"{(2 * LLAMA_7B + 16 * lora) / 1e9:.1f} GB")


@pytest.mark.parametrize(("rank", "per_layer"), [(8, 2 * 8192), (16, 4 * 8192 + 3 * 15104)])
def test_lora_parameters(rank: int, per_layer: int) -> None:
    lora = 32 * rank * per_layer
    says("tuning-and-alignment", "trainable parameters", f"{lora:,}", f"{lora / LLAMA_7B:.3%}", f"{LLAMA_7B:,}")


def test_lora_file_and_scale() -> None:
    says(
        "tuning-and-alignment", "trainable parameters", f"{39_976_960 * 2 / 1e6:.0f} MB", f"{LLAMA_7B * 2 / 1e9:.1f} GB"
    )
    says("tuning-and-alignment", "LoRA work", f"1/{4096 * 4096 // (8 * 2 * 4096)}", f"from {16 // 8} to {16 / 64}")


def test_double_quantization() -> None:
    after = 8 / 64 + 32 / (64 * 256)
    saved = 32 / 64 - after
    says(
        "tuning-and-alignment", "QLoRA", f"{32 / 64}$ bits", f"{after:.3f}", f"{saved:.3f}", f"{65 * saved / 8:.1f} GB"
    )


def test_soft_prompt_parameters() -> None:
    shallow, deep = 100 * 4096, 2 * 32 * 100 * 4096
    says("tuning-and-alignment", "P-tuning v2", f"{shallow:,}", f"{deep:,}", f"{deep // shallow} times")


def test_preference_figures() -> None:
    says("tuning-and-alignment", "RLHF", f"gives {math.comb(9, 2)} pairs")
    says("tuning-and-alignment", "DPO", f"{math.log(2):.3f}")
    rewards = np.array([1, 1, 0, 0, 0, 0, 0, 0])
    right, *_, wrong = (rewards - rewards.mean()) / rewards.std()
    says("tuning-and-alignment", "GRPO", f"{rewards.std():.3f}", f"{right:.3f}", f"{wrong:.3f}".replace("-", "−"))


def test_cache_sizes() -> None:
    says("inference", "KV cache", f"{kv_bytes(32, 32) // KIB} KiB", f"{kv_bytes(32, 32) * 4096 // GIB} GiB")
    says("inference", "KV cache", f"{kv_bytes(80, 8) // KIB} KiB", f"{kv_bytes(80, 8) * 2**17 // GIB} GiB")
    small = kv_bytes(32, 8)
    says(
        "rag-and-agents",
        "long-context",
        f"{small // KIB} KiB",
        f"{small * 2**17 // GIB} GiB",
        f"{small * 4096 / GIB} GiB",
    )


def test_speed_limit_of_decoding() -> None:
    weights = 2 * LLAMA_7B
    says(
        "inference", "memory-bound", f"{312e12 / A100:.0f}", f"{weights / 1e9:.2f} GB", f"{weights / A100 * 1e3:.1f} ms"
    )
    says("inference", "memory-bound", f"{A100 / weights:.0f} tokens")


def test_four_bit_weights() -> None:
    small = LLAMA_7B * 4.5 / 8
    says("inference", "4-bit", f"{small / 1e9:.2f} GB", f"{small / A100 * 1e3:.1f} ms", f"{16 / 4.5:.1f}")


def test_score_matrix_that_flash_attention_avoids() -> None:
    says("inference", "FlashAttention", f"{8192**2 * 32 * 2 // GIB} GiB")


def test_tokens_of_a_speculative_round() -> None:
    expected = (1 - 0.8**5) / (1 - 0.8)
    says("inference", "speculative", f"{expected:.2f}", f"{expected / (4 * 0.1 + 1):.1f}")


def test_serving_a_70b_model() -> None:
    weights, kv = 2 * LLAMA_3_70B, kv_bytes(80, 8)
    left = 4 * 80e9 * 0.9 - weights
    says("inference", "How many GPUs", f"{LLAMA_3_70B / 1e9:.2f}B", f"{weights / 1e9:.0f} GB", f"{left / 1e9:.0f} GB")
    says("inference", "How many GPUs", f"{LLAMA_3_70B * 4.5 / 8 / 1e9:.1f} GB", f"{kv * 4096 / 1e9:.2f} GB")
    says("inference", "How many GPUs", f"{left / kv / 1e3:.0f},000 tokens", f"{left / kv / 4096:.0f} requests")
    says("inference", "How many GPUs", f"{weights / 4 / A100 * 1e3:.0f} ms")


@pytest.mark.parametrize(("experts", "text"), [(8, "{:.1f}B parameters"), (2, "{:.1f}B are active")])
def test_parameters_of_mixtral(experts: int, text: str) -> None:
    d = 4096
    layer = 2 * d * d + 2 * d * 1024 + experts * 3 * d * 14336 + 8 * d + 2 * d
    total = 32 * layer + 2 * 32000 * d + d
    says("inference", "mixture-of-experts", text.format(total / 1e9))
    if experts == 8:
        says("inference", "mixture-of-experts", f"{2 * total / 1e9:.1f} GB")


def test_chunks_of_a_window() -> None:
    says("rag-and-agents", "chunks", f"that is {math.ceil((10000 - 512) / (512 - 64)) + 1}")


def test_reciprocal_ranks() -> None:
    says("rag-and-agents", "RRF", f"{1 / 61 + 1 / 70:.4f}", f"{2 / 63:.4f}")


def test_pairs_of_sentences() -> None:
    assert round(math.comb(10000, 2) / 1e7) == 5
    says("rag-and-agents", "reranking", "$5\\times10^7$")


def test_interval_of_an_accuracy() -> None:
    says("rag-and-agents", "evaluate a RAG", f"±{196 * math.sqrt(0.8 * 0.2 / 100):.1f} points")


def test_penalty_of_an_error() -> None:
    says("rag-and-agents", "hallucinate", f"a penalty of {0.75 / 0.25:.0f}")


def test_repeated_steps_of_an_agent() -> None:
    says("rag-and-agents", "LLM agent", f"{0.95**20:.2f}", f"{0.99**20:.2f}")
    says("rag-and-agents", "LLM agent", f"{sum(2000 + 500 * step for step in range(20)):,}")
    says("rag-and-agents", "pass^k", f"{0.9**8:.2f}")


def test_tools_and_adapters() -> None:
    says("rag-and-agents", "function calling", f"{50 * 400:,}", f"{5 + 20}$ adapters", f"{5 * 20}$")


NUMBER = re.compile(r"\d+(?:,\d{3})+|\d+\.\d+")


@pytest.mark.parametrize(
    ("english", "heading", "chinese", "chinese_heading"),
    [
        ("transformers", "BERT-base", "model-families", "BERT 的参数量"),
        ("training", "cross entropy", "classic-ml", "用交叉熵而不用"),
        ("tuning-and-alignment", "trainable parameters", "peft", "可训练参数量"),
        ("tuning-and-alignment", "QLoRA", "peft", "QLoRA 用了"),
        ("inference", "speculative", "inference", "投机解码为什么"),
        ("rag-and-agents", "RRF", "rag", "RRF 融合公式"),
    ],
)
def test_both_languages_name_the_same_figures(english: str, heading: str, chinese: str, chinese_heading: str) -> None:
    """Every figure with a decimal point or grouped digits in the English answer stands in the Chinese one."""
    said = NUMBER.findall(
        re.sub(r"^```.*?^```", "", answer(f"en/{english}", heading), flags=re.M | re.S).replace("{,}", ",")
    )
    known = answer(chinese, chinese_heading).replace("{,}", ",").replace("_", ",")
    assert said
    assert [figure for figure in said if figure not in known] == []
