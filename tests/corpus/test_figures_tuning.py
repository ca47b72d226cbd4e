"""The countable figures in the articles on tuning, alignment and reasoning, from their definitions."""

import math

import pytest

from tests.corpus.figures import answer

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


def test_lora_on_the_narrow_keys_of_grouped_heads() -> None:
    says("peft", "给 LLaMA-7B 加 LoRA", f"={16 * (D + 8 * 128):,}$".replace(",", "{,}"), f"{16 * (D + D):,}")


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


# Supervised tuning


def test_static_memory_of_full_tuning_with_zero() -> None:
    cards, billions = 8, 7
    per_card = [16, 4 + 12 / cards, 2 + 14 / cards, 16 / cards]
    says("finetuning", "全参微调一个 7B", *(f"| {bytes_ * billions:g} GB |" for bytes_ in per_card))


def test_activation_memory() -> None:
    tokens_by_width = 2048 * 4096 * 32
    says("finetuning", "全参微调一个 7B", f"{34 * tokens_by_width / GB:.1f} GB", f"{2 * tokens_by_width / GB:.2f} GB")
    says("finetuning", "全参微调一个 7B", f"{2048 * 32000 * 4 / 1e6:.0f} MB", f"{2048 * 151936 * 4 / GB:.2f} GB")


def test_noise_of_gsm8k() -> None:
    error = math.sqrt(0.6 * 0.4 / 1319)
    says("finetuning", "怎么检测微调后", f"{error:.2%}"[:-1], f"±{100 * 1.96 * error:.1f}")


def test_cost_of_splitting_a_conversation() -> None:
    turns, per_turn = 5, 50 + 150
    split = sum(per_turn * turn for turn in range(1, turns + 1))
    says("finetuning", "多轮对话数据", f"{turns * per_turn:,} 个", f"={split:,}", f"{split // (turns * per_turn)} 倍")


def test_padding_use() -> None:
    says("finetuning", "packing", f"{512 / 4096:.1%}")


def test_steps_of_a_run() -> None:
    per_epoch = math.ceil(50_000 / 128)
    says(
        "finetuning", "学习率、batch size", f"{per_epoch} 步", f"{3 * per_epoch:,} 步", f"{3 * per_epoch * 0.03:.0f} 步"
    )


def test_time_of_continual_pretraining_and_of_tuning() -> None:
    rate = 8 * 312e12 * 0.4
    pretraining, tuning = 6 * 7e9 * 1e10, 6 * 7e9 * 5e7
    says("finetuning", "垂直领域", f"{pretraining / 1e20:.1f}\\times10^{{20}}", f"{pretraining / rate / 86400:.1f} 天")
    says("finetuning", "垂直领域", f"{tuning / rate / 60:.0f} 分钟")


@pytest.mark.parametrize("temperature", [1, 2, 5])
def test_temperature_sampling(temperature: int) -> None:
    weights = [size ** (1 / temperature) for size in (1e6, 1e5, 1e4)]
    shares = " | ".join(f"{weight / sum(weights):.1%}" for weight in weights)
    says("finetuning", "数据怎么配比", f"| {temperature} | {shares} |")


@pytest.mark.parametrize("vocabulary", [32_000, 151_936])
def test_loss_of_a_random_guess(vocabulary: int) -> None:
    says("finetuning", "loss 不下降", f"词表 {vocabulary:,} 时为 {math.log(vocabulary):.2f}")


@pytest.mark.parametrize("fisher", [4, 0.25])
def test_optimum_under_ewc(fisher: float) -> None:
    says("finetuning", "EWC", f"F={fisher:g} 时 θ={1 / (1 + fisher):g}")


def test_two_ways_to_average_the_loss() -> None:
    says("finetuning", "按 token 平均", f"{(10 * 2.0 + 1000 * 0.5) / 1010:.3f}", f"{(2.0 + 0.5) / 2:g} |")


# Alignment


def sigmoid(x: float) -> float:
    """Return the logistic function of `x`."""
    return 1 / (1 + math.exp(-x))


def test_pairs_of_one_ranking() -> None:
    says("alignment", "RLHF 的三个阶段", f"{math.comb(9, 2)} 个成对比较")


def test_win_rates_under_bradley_terry() -> None:
    says("alignment", "奖励模型怎么训练", f"{sigmoid(0):g}、{sigmoid(1):.3f}、{sigmoid(2):.3f}")


@pytest.mark.parametrize(("sign", "ratio"), [(1, 1.5), (1, 0.5), (-1, 0.5), (-1, 1.5)])
def test_clipped_objective(sign: int, ratio: float) -> None:
    value = min(sign * ratio, sign * min(max(ratio, 0.8), 1.2)) / sign
    says("alignment", "PPO 的 clip", f"| A{'>' if sign > 0 else '<'}0，ρ={ratio} | {value}A |")


def test_optimum_under_a_kl_penalty() -> None:
    says("alignment", "KL 惩罚", f"{sigmoid(1 / 1):.3f}", f"{sigmoid(1 / 0.1):.5f}")


def test_memory_of_ppo_dpo_and_grpo() -> None:
    trained, frozen = 16 * 7, 2 * 7
    says("alignment", "四个模型", f"{2 * trained + 2 * frozen} GB", f"共 {trained + frozen} GB", f"只剩 {trained} GB")


def test_dpo_losses() -> None:
    start, later = -math.log(sigmoid(0)), -math.log(sigmoid(0.1 * (30 - 10)))
    says("alignment", "DPO 的损失函数", f"{start:.3f}")
    says("alignment", "chosen 的概率也会下降", f"从 {start:.3f} 降到 {later:.3f}")
    says("alignment", "手写 DPO", f"{start:.4f}", f"{later:.4f}")


def test_group_advantage() -> None:
    mean, size = 2 / 8, 8
    deviation = math.sqrt((2 * (1 - mean) ** 2 + 6 * mean**2) / size)
    says("alignment", "GRPO 的优势", f"{mean:g}", f"{deviation:.3f}")
    says("alignment", "GRPO 的优势", f"{(1 - mean) / deviation:.3f}", f"−{mean / deviation:.3f}")


@pytest.mark.parametrize("n", [4, 16])
def test_divergence_of_best_of_n(n: int) -> None:
    says("alignment", "Best-of-N", f"N={n} 时为 {math.log(n) - (n - 1) / n:.3f}")


def test_success_of_best_of_n() -> None:
    says("alignment", "Best-of-N", f"p=0.1、N=16 时为 {1 - 0.9**16:.1%}")


def test_divergence_estimates() -> None:
    q, p = (0.5, 0.5), (0.6, 0.4)
    logs = [math.log(b / a) for a, b in zip(q, p, strict=True)]
    estimates = {
        "k1": [-x for x in logs],
        "k2": [x * x / 2 for x in logs],
        "k3": [math.exp(x) - 1 - x for x in logs],
    }
    for name, values in estimates.items():
        mean = sum(a * v for a, v in zip(q, values, strict=True))
        spread = math.sqrt(sum(a * (v - mean) ** 2 for a, v in zip(q, values, strict=True)))
        says("alignment", "k1、k2、k3", f"{name} {mean:.5f} {spread:.5f}")


# Reasoning and reinforcement learning


def majority(p: float, n: int) -> float:
    """Return the probability that more than half of `n` independent votes are right."""
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))


def gae(rewards: list[float], values: list[float], discount: float) -> list[str]:
    """Return the advantages, as text, with gamma = 1, lambda = `discount` and a terminal value of zero."""
    advantages, running = [], 0.0
    for reward, value, following in reversed(list(zip(rewards, values, [*values[1:], 0.0], strict=True))):
        running = reward + following - value + discount * running
        advantages.append(f"{running:.4g}")
    return advantages[::-1]


@pytest.mark.parametrize("p", [0.6, 0.4])
def test_majority_vote(p: float) -> None:
    row = " | ".join(f"{majority(p, n):.1%}" for n in (1, 5, 25))
    says("reasoning", "Self-consistency", f"| {p} | {row} |")
    says("reasoning", "Self-consistency", f"{majority(p, 5):.4f}")


def test_groups_without_a_gradient() -> None:
    says("reasoning", "DAPO", f"有 {0.9**8 + 0.1**8:.1%} 的组")


def test_upper_clip() -> None:
    says("reasoning", "DAPO", f"由 {0.01 * 1.2:.3f} 放宽到 {0.01 * 1.28:.4f}")


def test_length_bias_and_leave_one_out() -> None:
    says("reasoning", "Dr. GRPO", f"−{1 / 100:g}，", f"−{1 / 1000:g}，", f"{7 / 8:g}")


def test_sequence_ratio() -> None:
    says("reasoning", "GSPO", f"{math.exp(1000 * 0.001):.3f}", f"{math.exp(0.001):.3f}")


def test_chance_of_twenty_right_steps() -> None:
    says("reasoning", "过程奖励模型", f"{0.95**20:.1%}")


def test_entropy_of_four_candidates() -> None:
    flat, sharp = [0.25] * 4, [0.97, 0.01, 0.01, 0.01]
    for probabilities in (flat, sharp):
        entropy = -sum(p * math.log(p) for p in probabilities)
        says("reasoning", "熵坍缩", f"{entropy:.3f} nats")


@pytest.mark.parametrize("discount", [0.95, 0.0])
def test_generalized_advantage(discount: float) -> None:
    says("reasoning", "GAE", "、".join(gae([0, 0, 1], [0.5, 0.6, 0.8], discount)))


def test_decay_of_a_final_reward() -> None:
    mantissa, exponent = f"{0.95**1000:.0e}".split("e")
    says("reasoning", "GAE", f"{mantissa}\\times10^{{{int(exponent)}}}")


@pytest.mark.parametrize(("value", "visits"), [(0.6, 10), (0.5, 2)])
def test_upper_confidence_bound(value: float, visits: int) -> None:
    bound = value + math.sqrt(2) * math.sqrt(math.log(12) / visits)
    says("reasoning", "Tree of Thoughts", f"Q={value} 访问 {visits} 次的节点得 {bound:.3f}")


def test_growth_of_a_probability_gap() -> None:
    says("reasoning", "推理引擎和训练引擎", f"{math.exp(1):.2f}", f"{math.exp(10):,.0f} 倍")
