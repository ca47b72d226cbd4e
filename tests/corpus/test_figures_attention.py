"""The countable figures in the articles on architecture and training, computed from their definitions."""

import itertools
import math

import pytest

from tests.corpus.figures import answer

KIB, GIB = 2**10, 2**30


def says(article: str, heading: str, text: str) -> None:
    """Assert that the answer under `heading` holds `text`."""
    assert text in answer(article, heading), f"{article}: {heading!r} does not say {text!r}"


def kv_cache_bytes(layers: int, kv_heads: int, head_dim: int, bytes_per_value: int = 2) -> int:
    """Bytes of Key and Value that one token leaves in the cache of all layers."""
    return 2 * layers * kv_heads * head_dim * bytes_per_value


def llama_parameters(layers: int, d: int, d_kv: int, d_ff: int, vocabulary: int) -> int:
    """Parameters of a Llama model with untied embeddings: attention, SwiGLU, RMSNorm, two embeddings."""
    layer = 2 * d * d + 2 * d * d_kv + 3 * d * d_ff + 2 * d
    return layers * layer + 2 * vocabulary * d + d


@pytest.mark.parametrize("heads", [1, 8, 32])
def test_splitting_into_heads_keeps_the_multiply_adds(heads: int) -> None:
    n, d = 2048, 4096
    attention = heads * (2 * n * n * (d // heads))
    says("attention", "时间复杂度会变吗", f"{4 * n * d * d / 1e9:.1f}G")
    says("attention", "时间复杂度会变吗", f"{attention / 1e9:.1f}G")


def test_softmax_elements_grow_with_the_heads() -> None:
    says("attention", "时间复杂度会变吗", f"从 {2048**2 / 1e6:.0f}M 增加到 {32 * 2048**2 / 1e6:.0f}M")


def test_standard_deviation_of_a_dot_product() -> None:
    says("attention", "√d_k", f"标准差是 {math.sqrt(64):.0f}")
    says("attention", "√d_k", f"约为 {math.sqrt(128):.1f}")


@pytest.mark.parametrize(
    ("layers", "kv_heads", "row"), [(32, 32, "MHA | {} KiB"), (32, 8, "GQA | {} KiB"), (32, 1, "MQA | {} KiB")]
)
def test_kv_cache_of_head_sharing(layers: int, kv_heads: int, row: str) -> None:
    says("attention", "MHA、MQA、GQA", row.format(kv_cache_bytes(layers, kv_heads, 128) // KIB))


def test_kv_cache_of_latent_attention() -> None:
    latent, full = (512 + 64) * 60 * 2, kv_cache_bytes(60, 128, 128)
    says("attention", "MHA、MQA、GQA", f"MLA | {latent / KIB:.1f} KiB")
    says("attention", "MHA、MQA、GQA", f"{full // KIB} KiB，约 {full / latent:.0f} 倍")
    says("attention", "MHA、MQA、GQA", f"相当于 {(512 + 64) / (2 * 128):.2f} 组")


def test_kv_cache_of_a_full_llama_2_context() -> None:
    says("attention", "MHA、MQA、GQA", f"4096 token 占 {4096 * kv_cache_bytes(32, 32, 128) // GIB} GiB")


def test_score_matrix_that_flash_attention_never_stores() -> None:
    says("attention", "FlashAttention 为什么快", f"= {8192**2 * 32 * 2 // GIB} GiB")


def test_swiglu_width_of_llama_2() -> None:
    width = 8 * 4096 / 3
    says("attention", "8d/3", f"{width:.1f}")
    says("attention", "8d/3", str(math.ceil(width / 256) * 256))
    says("attention", "8d/3", f"{14336 / 4096}d")


def test_overflow_points_of_the_exponential() -> None:
    says("attention", "softmax 的数值稳定", f"x>{math.log(65504):.2f}")
    says("attention", "softmax 的数值稳定", f"x>{math.log((2 - 2**-23) * 2.0**127):.2f}")


def test_parameters_of_llama() -> None:
    for shape in ((32, 4096, 1024, 14336, 128256), (80, 8192, 1024, 28672, 32000)):
        says("attention", "参数量怎么估算", f"{llama_parameters(*shape):,}")
    says("attention", "参数量怎么估算", f"{12 * 96 * 12288**2 / 1e8:.0f} 亿")


def test_training_flops() -> None:
    parameters = llama_parameters(32, 4096, 4096, 11008, 32000)
    says("attention", "FLOPs 怎么估算", f"{6 * parameters * 2e12 / 1e22:.1f}\\times10^{{22}}")
    says("attention", "FLOPs 怎么估算", f"约为 {4096 / (6 * 4096):.0%}")
    says("attention", "FLOPs 怎么估算", f"n={6 * 4096}")


def test_cache_share_of_local_and_global_layers() -> None:
    share = (5 * 1024 + 131072) / (6 * 131072)
    says("attention", "滑动窗口注意力", f"{100 * share:.1f}\\%")
    says("attention", "滑动窗口注意力", f"约 {4096 * 32 // 1000}K")


def test_statistics_of_each_normalization() -> None:
    samples, channels, groups = 8, 64, 32
    text = f"BatchNorm 有 {channels} 组均值方差，LayerNorm 有 {samples} 组，InstanceNorm 有 {samples * channels} 组"
    says("normalization", "InstanceNorm", text)
    says("normalization", "InstanceNorm", f"GroupNorm 有 {samples * groups} 组")


def test_deepnorm_constants() -> None:
    says("normalization", "DeepNorm", f"\\alpha\\approx{200**0.25:.2f}")
    says("normalization", "DeepNorm", f"\\beta\\approx{800**-0.25:.3f}")


def test_bound_that_qk_norm_gives() -> None:
    says("normalization", "QK-Norm", f"上界约为 {math.sqrt(128):.1f}")


def test_sigmoid_gradient_after_ten_layers() -> None:
    says("normalization", "sigmoid 和 tanh", f"{0.25**10 * 1e7:.1f}\\times10^{{-7}}")


def test_minima_of_smooth_activations() -> None:
    grid = [i / 10000 for i in range(-30000, 1)]
    silu = {x: x / (1 + math.exp(-x)) for x in grid}
    gelu = {x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in grid}
    for curve in (silu, gelu):
        x = min(curve, key=curve.__getitem__)
        says("normalization", "GELU、SiLU", f"$x\\approx{x:.3f}$ 处取最小值约 ${curve[x]:.3f}$")


def test_swiglu_parameters_match_the_plain_feed_forward() -> None:
    says("normalization", "SwiGLU 是什么", f"{3 * 4096 * 11008 / 1e8:.3f}$ 亿")
    says("normalization", "SwiGLU 是什么", f"{8 * 4096**2 / 1e8:.3f}$ 亿")


def wavelengths(base: float, head_dim: int = 128) -> list[float]:
    """Tokens that each rotary frequency needs for one turn."""
    return [2 * math.pi * base ** (2 * i / head_dim) for i in range(head_dim // 2)]


def test_learned_position_table_of_bert() -> None:
    says("positions", "可学习的绝对位置编码", f"{512 * 768:,}")
    assert 512 * 768 / 109_482_240 < 0.004


def test_longest_rotary_wavelengths() -> None:
    says("positions", "RoPE 的 base", f"约 {wavelengths(1e4)[-1]:.0f}")
    says("positions", "RoPE 的 base", f"约 {wavelengths(5e5)[-1] / 1e4:.0f} 万")


def test_rotary_dimensions_that_never_turn_fully() -> None:
    lengths = wavelengths(1e4)
    says("positions", "RoPE 的 base", f"{len(lengths)} 个频率里有 {sum(w > 4096 for w in lengths)} 个的波长超过 4096")


def test_ntk_aware_base() -> None:
    base = 1e4 * 4 ** (128 / 126)
    assert math.isclose(1e4 ** (-126 / 128) / base ** (-126 / 128), 4)
    says("positions", "NTK-aware 插值", f"变为约 {base:.0f}")


def test_yarn_groups_and_temperature() -> None:
    turns = [4096 / w for w in wavelengths(1e4)]
    kept, interpolated = sum(r > 32 for r in turns), sum(r < 1 for r in turns)
    blended = len(turns) - kept - interpolated
    says("positions", "YaRN 在", f"{kept} 个不插值、{interpolated} 个完全插值、{blended} 个过渡")
    factor = 0.1 * math.log(4) + 1
    says("positions", "YaRN 在", f"系数约为 {factor:.3f}，分数放大约 {factor**2:.2f} 倍")


def test_alibi_slopes() -> None:
    slopes = [2 ** (-8 * k / 8) for k in range(1, 9)]
    says("positions", "ALiBi", f"$1/{1 / slopes[0]:.0f},1/{1 / slopes[1]:.0f},\\dots,1/{1 / slopes[-1]:.0f}$")


def test_kv_cache_at_128k() -> None:
    for layers in (32, 80):
        per_token = kv_cache_bytes(layers, 8, 128)
        says("positions", "128K 上下文的推理", f"{per_token // KIB} KiB")
        says("positions", "128K 上下文的推理", f"{131072 * per_token // GIB} GiB")


def test_prefill_and_decode_at_128k() -> None:
    layers, d, n = 32, 4096, 131072
    parameters = llama_parameters(layers, d, 1024, 14336, 128256)
    linear = 2 * (parameters - 128256 * d)
    says("positions", "128K 上下文的推理", f"{2 * layers * n * n * d / 1e15:.1f}\\times10^{{15}}")
    says("positions", "128K 上下文的推理", f"{linear * n / 1e15:.1f}\\times10^{{15}}")
    says("positions", "128K 上下文的推理", f"约 {2 * layers * n * d / linear:.1f} 倍")
    says("positions", "128K 上下文的推理", f"约 {2 * layers * 8192 * d / linear:.0%}")
    seconds = (16 * GIB + 2 * parameters) / 3.35e12
    says("positions", "128K 上下文的推理", f"约 {1000 * seconds:.1f} ms")


def test_vocabulary_of_gpt_2() -> None:
    says("tokenizers", "BPE 的训练和编码", f"256+50000+1={256 + 50000 + 1}")


def test_first_merges_of_the_example() -> None:
    words = {(*tuple(w), "</w>"): c for w, c in {"low": 5, "lower": 2, "newest": 6, "widest": 3}.items()}
    for pair in (("e", "s"), ("s", "t"), ("t", "</w>")):
        count = sum(c * list(itertools.pairwise(w)).count(pair) for w, c in words.items())
        says("tokenizers", "BPE 的训练和编码", f"频次都是 {count}")


def test_utf8_lengths() -> None:
    sizes = "、".join(str(len(character.encode())) for character in "Aé中😀")
    says("tokenizers", "字节级 BPE", f"依次占 {sizes} 个字节")


@pytest.mark.parametrize("vocabulary", [32000, 128256])
def test_share_of_the_embeddings_in_llama_2_shape(vocabulary: int) -> None:
    share = 2 * vocabulary * 4096 / llama_parameters(32, 4096, 4096, 11008, vocabulary)
    says("tokenizers", "词表大小", f"{100 * share:.1f}%")


def test_logits_of_one_batch() -> None:
    says("tokenizers", "词表大小", f"{16384 * 128256 * 4 / GIB:.2f} GiB")


def test_tied_embedding_of_qwen() -> None:
    layers, d, d_kv, d_ff, vocabulary = 24, 896, 128, 4864, 151936
    biases = layers * (d + 2 * d_kv)
    total = llama_parameters(layers, d, d_kv, d_ff, vocabulary) - vocabulary * d + biases
    says("tokenizers", "共享权重", f"{vocabulary * d:,}")
    says("tokenizers", "共享权重", f"{total:,}")
    says("tokenizers", "共享权重", f"{100 * vocabulary * d / total:.1f}%")
    says("tokenizers", "词表大小", f"{100 * vocabulary * d / total:.1f}%")


def test_first_adam_step_without_bias_correction() -> None:
    says("optimizers", "偏差修正", f"\\approx{(1 - 0.9) / math.sqrt(1 - 0.999):.2f}")


@pytest.mark.parametrize("beta_2", [0.999, 0.95])
def test_adam_ratio_at_a_gradient_spike(beta_2: float) -> None:
    ratio = (0.9 + 0.1 * 100) / math.sqrt(beta_2 + (1 - beta_2) * 100**2)
    says("optimizers", "Adam 的 β1", f"在 $\\beta_2={beta_2}$ 下约为 {ratio:.2f}")


def test_time_scale_of_weight_decay() -> None:
    says("optimizers", "AdamW 和 Adam 加 L2", f"约 {1 / (3e-4 * 0.1):.0f} 步")


def test_optimizer_states() -> None:
    parameters = llama_parameters(32, 4096, 4096, 11008, 32000)
    says("optimizers", "Adafactor", f"从 {8 * parameters / 1e9:.1f} GB 降到约 {2 * parameters / 1e9:.1f} GB")
    says("optimizers", "Adafactor", f"从 {4096 * 11008:,} 个数降到 {4096 + 11008:,} 个")


def test_middle_of_the_cosine() -> None:
    low = 0.1
    says("optimizers", "余弦退火", f"中点是 ${low + 0.5 * (1 - low) * (1 + math.cos(math.pi / 2)):.2f}\\eta_{{max}}$")


def test_two_ways_to_average_micro_batches() -> None:
    by_batch, by_token = (4 + 2) / 2, (10 * 4 + 90 * 2) / (10 + 90)
    says("optimizers", "梯度累积", f"按微批平均得 {by_batch}，按 token 平均得 {by_token}")


def test_formats_of_half_precision() -> None:
    says("optimizers", "混合精度训练", f"下一个数是 {1 + 2**-7}")
    says("optimizers", "FP16 训练", f"最大 {(2 - 2**-10) * 2**15:.0f}")
    says("optimizers", "FP16 训练", f"{2**-14 * 1e5:.1f}\\times10^{{-5}}")
    says("optimizers", "FP16 训练", f"{2**-24 * 1e8:.1f}\\times10^{{-8}}")
    says("optimizers", "FP16 训练", f"{(2 - 2**-7) * 2.0**127 / 1e38:.1f}\\times10^{{38}}")


def test_largest_values_of_fp8() -> None:
    says("optimizers", "FP8 训练", f"最大值 {1.75 * 2**8:.0f}")
    says("optimizers", "FP8 训练", f"最大值 {1.75 * 2**15:.0f}")


def test_linear_scaling_of_the_learning_rate() -> None:
    says("optimizers", "batch size 扩大后", f"线性缩放得到 {0.1 * 8192 / 256:.1f}")


def test_bytes_of_each_zero_stage() -> None:
    parameters, cards = 70e9, 64
    sizes = [16, 4 + 12 / cards, 2 + 14 / cards, 16 / cards]
    text = "、".join(f"{bytes_each * parameters / 1e9:.1f}" for bytes_each in sizes)
    says("distributed", "ZeRO-1、ZeRO-2", f"结果依次是 {text} GB")


def test_ring_all_reduce_of_a_7b_model() -> None:
    gradients = 2 * llama_parameters(32, 4096, 4096, 11008, 32000)
    sent = 2 * (8 - 1) / 8 * gradients
    says("distributed", "Ring all-reduce", f"{gradients / 1e9:.1f} GB，8 卡时每卡发送 {sent / 1e9:.1f} GB")
    says("distributed", "Ring all-reduce", f"约需 {1000 * sent / 450e9:.0f} ms")
    says("distributed", "Ring all-reduce", f"约需 {1000 * sent / 50e9:.0f} ms")


def test_tensor_parallel_traffic() -> None:
    tensor = 4096 * 8192 * 2
    says("distributed", "张量并行怎样切分", f"{tensor // 2**20} MiB，一个微批合计 {80 * 4 * tensor // GIB} GiB")


@pytest.mark.parametrize(("micro_batches", "interleave"), [(8, 1), (32, 1), (64, 1), (32, 4)])
def test_pipeline_bubble(micro_batches: int, interleave: int) -> None:
    idle = 8 - 1
    says("distributed", "流水线并行的气泡", f"{100 * idle / (micro_batches * interleave + idle):.1f}%")


def test_bubble_of_the_combined_layout() -> None:
    data_parallel = 1024 // (8 * 8)
    micro_batches = 512 // data_parallel
    says("distributed", "几百张 GPU", f"DP={data_parallel}")
    says("distributed", "几百张 GPU", f"{micro_batches} 个微批，气泡约为 {100 * 7 / (micro_batches + 7):.1f}%")


def test_activation_bytes() -> None:
    s, h, heads, layers = 4096, 4096, 32, 32
    scores = 5 * heads * s // h
    whole, flash, inputs = (layers * s * h * factor // GIB for factor in (34 + scores, 34, 2))
    says("distributed", "激活值占多少显存", f"5as/h={scores}")
    says("distributed", "激活值占多少显存", f"共 {whole} GiB；用 FlashAttention 为 {flash} GiB")
    says("distributed", "激活值占多少显存", f"只存层输入为 {inputs} GiB")


def test_selective_recomputation_at_the_shape_of_gpt_3() -> None:
    scores = 5 * 96 * 2048 / 12288
    says("distributed", "激活重计算", f"约 {scores / (34 + scores):.0%} 的激活")


def test_sequence_parallel_factor() -> None:
    says("distributed", "序列并行", f"从 {10 + 24 // 8} 降到 {34 / 8}")


def test_expert_parallel_bytes() -> None:
    for bytes_per_value in (1, 2):
        says("distributed", "专家并行", f"{8 * 7168 * bytes_per_value:,} 字节")


def test_model_flops_utilization() -> None:
    linear, attention = 6 * llama_parameters(32, 4096, 4096, 11008, 32000), 12 * 32 * 4096 * 4096
    for flops in (linear + attention, linear + attention / 2):
        says("distributed", "什么是 MFU", f"{100 * flops * 1e4 / 989e12:.1f}%")


def test_offloaded_bytes() -> None:
    parameters = llama_parameters(32, 4096, 4096, 11008, 32000)
    says("distributed", "CPU offload", f"{2 * parameters / 25e9:.2f} 秒")
    says("distributed", "CPU offload", f"约 {12 * parameters / 1e9:.0f} GB")


def test_checkpoint_size_and_interval() -> None:
    between_failures = 54 * 86400 / 419
    says("distributed", "保存检查点", f"{14 * 405e9 / 1e12:.2f} TB")
    says("distributed", "保存检查点", f"约 {between_failures / 3600:.1f} 小时一次")
    says("distributed", "保存检查点", f"约 {math.sqrt(2 * 60 * between_failures) / 60:.0f} 分钟")
