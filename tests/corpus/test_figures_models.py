"""The countable figures in the articles on models, training, inference and compression, computed again."""

import math

import pytest

from tests.corpus.figures import answer


def bert(vocab: int, width: int, layers: int) -> int:
    """Parameters of a BERT encoder with pooler: 512 positions, 2 segments, feed-forward width 4 x width."""
    embeddings = (vocab + 512 + 2) * width + 2 * width
    attention = 4 * (width * width + width)
    feed_forward = width * 4 * width + 4 * width + 4 * width * width + width
    return embeddings + layers * (attention + feed_forward + 4 * width) + width * width + width


def llama(
    vocab: int, width: int, layers: int, ffn: int, kv_width: int, *, tied: bool = False, bias: bool = False
) -> int:
    """Parameters of a LLaMA-like decoder whose heads are together as wide as the model; `bias`: on Q, K and V only."""
    attention = 2 * width * width + 2 * width * kv_width + (width + 2 * kv_width if bias else 0)
    return (1 if tied else 2) * vocab * width + layers * (attention + 3 * width * ffn + 2 * width) + width


def mixtral(experts: int) -> int:
    """Parameters of Mixtral 8x7B with that many experts a layer counted."""
    layer = 2 * 4096 * 4096 + 2 * 4096 * 1024 + experts * 3 * 4096 * 14336 + 8 * 4096 + 2 * 4096
    return 32 * layer + 2 * 32000 * 4096 + 4096


def deepseek_v3(routed: int) -> int:
    """Parameters of DeepSeek-V3 (without its MTP module) with that many routed experts a layer counted."""
    width, layers, dense = 7168, 61, 3
    query = width * 1536 + 1536 + 1536 * 128 * (128 + 64)
    key_value = width * (512 + 64) + 512 + 512 * 128 * (128 + 128)
    attention = query + key_value + 128 * 128 * width + 2 * width
    moe = (routed + 1) * 3 * width * 2048 + 256 * width + 256
    feed_forward = dense * 3 * width * 18432 + (layers - dense) * moe
    return layers * attention + feed_forward + 2 * 129280 * width + width


BERT = "BERT 的参数量由什么决定"
LLAMA = "LLaMA-7B 的参数量"
V3 = "671B 总参数"
MIXTRAL = "Mixtral 8x7B"


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        (BERT, f"{(30522 + 512 + 2) * 768 + 2 * 768:,}"),
        (BERT, f"{4 * (768 * 768 + 768):,}"),
        (BERT, f"{8 * 768 * 768 + 5 * 768:,}"),
        (BERT, f"{12 * 768 * 768 + 13 * 768:,}"),
        (BERT, f"{bert(30522, 768, 12):,}"),
        (BERT, f"{bert(30522, 1024, 24):,}"),
        (BERT, f"{bert(21128, 768, 12):_}"),
        (LLAMA, f"{llama(32000, 4096, 32, 11008, 4096):,}"),
        (LLAMA, f"{4 * 4096**2:,}".replace(",", "{,}")),
        (LLAMA, f"{3 * 4096 * 11008:,}".replace(",", "{,}")),
        (LLAMA, f"{12 * 32 * 4096**2 / 1e9:.2f}B"),
        ("GPT-1 到 GPT-3", f"{12 * 96 * 12288**2 / 1e9:.1f}B"),
        ("RoBERTa、ALBERT", f"{30000 * 768:,}"),
        ("RoBERTa、ALBERT", f"{30000 * 128 + 128 * 768:,}".replace(",", "{,}")),
        (
            "ChatGLM-6B 到 ChatGLM2",
            f"{28 * (4096 * 4608 + 4608 + 4096**2 + 3 * 4096 * 13696 + 8192) + 4096 + 2 * 65024 * 4096:_}",
        ),
        ("Qwen 系列", f"{llama(152064, 3584, 28, 18944, 512, bias=True):_}"),
        ("Qwen 系列", f"{llama(151936, 896, 24, 4864, 128, tied=True, bias=True):_}"),
        ("Qwen 系列", f"{151936 * 896 / 1e8:.2f} 亿"),
        ("DeepSeek-V2 和 DeepSeek-V3", f"{61 * (512 + 64) * 2:,}".replace(",", "{,}")),
        ("DeepSeek-V2 和 DeepSeek-V3", f"{61 * 2 * 128 * 128 * 2 / 1e6:.1f}$ MB"),
        ("DeepSeek-V2 和 DeepSeek-V3", f"{2 * 128 * 128 / (512 + 64):.0f} 倍"),
        (V3, f"{deepseek_v3(256):_}"),
        (V3, f"{deepseek_v3(8) / 1e9:.1f}B"),
        (V3, f"{(deepseek_v3(8) - 129280 * 7168) / 1e9:.1f}B"),
        (V3, f"{58 * (257 * 3 * 7168 * 2048 + 256 * 7168) / 1e9:.1f}B"),
        (MIXTRAL, f"{mixtral(8):,}"),
        (MIXTRAL, f"{mixtral(2):,}"),
        (MIXTRAL, f"{mixtral(8) * 2 / 1e9:.1f} GB"),
    ],
)
def test_model_families(heading: str, figure: str) -> None:
    """A parameter count or cache size in the article on model families is what its sizes give."""
    assert figure in answer("model-families", heading)


def chinchilla_loss(params: float, tokens: float) -> float:
    """The fit L(N, D) of the Chinchilla paper, in nats a token."""
    return 1.69 + 406.4 / params**0.34 + 410.7 / tokens**0.28


def lsh_candidate(similarity: float, bands: int, rows: int) -> float:
    """Probability that two MinHash signatures agree in at least one whole band."""
    return 1 - (1 - similarity**rows) ** bands


MINHASH = "MinHash 去重"
SCALING = "Scaling law 是什么"
GPU_DAYS = "用多少张 GPU"
A100 = 312e12  # FLOP/s, dense BF16


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        ("CLM、MLM", f"约遮住 {round(512 * 0.15)} 个 token、分成约 {round(512 * 0.15 / 3)} 段"),
        ("CLM、MLM", f"输入变成约 {512 - round(512 * 0.15) + round(512 * 0.15 / 3)} 个"),
        ("CLM、MLM", f"目标约 {round(512 * 0.15) + round(512 * 0.15 / 3)} 个"),
        (MINHASH, f"约为 {math.sqrt(0.8 * 0.2 / 128):.3f}"),
        (MINHASH, f"约为 {(1 / 16) ** (1 / 8):.2f}"),
        (MINHASH, f"约 {lsh_candidate(0.9, 16, 8):.2%}"),
        (MINHASH, f"约 {lsh_candidate(0.5, 16, 8):.1%}"),
        ("数据配比怎么确定", f"{9**0.3 / (1 + 9**0.3):.1%} 对 {1 / (1 + 9**0.3):.1%}"),
        (SCALING, f"约 {10**0.73:.1f} 倍、数据只增约 {10**0.27:.1f} 倍"),
        (SCALING, f"增大约 {10**0.5:.1f} 倍"),
        (SCALING, f"{6 * 70e9 * 1.4e12 / 1e23:.1f}\\times10^{{23}}"),
        (SCALING, f"{6 * 280e9 * 300e9 / 1e23:.1f}\\times10^{{23}}"),
        (SCALING, f"{math.sqrt(1e22 / 120) / 1e9:.1f}$B"),
        (SCALING, f"{20 * math.sqrt(1e22 / 120) / 1e9:.0f}$B"),
        (GPU_DAYS, f"约 {6 * 70e9 * 1.4e12 / (1024 * A100 * 0.45) / 86400:.0f} 天"),
        (GPU_DAYS, f"{6 * llama(32000, 4096, 32, 11008, 4096) * 1e12 / 1e22:.2f}\\times10^{{22}}"),
        (GPU_DAYS, f"{6 * llama(32000, 4096, 32, 11008, 4096) * 1e12 / (82432 * 3600 * A100):.1%}"),
        ("远超 Chinchilla", f"约 {chinchilla_loss(8e9, 160e9):.2f} 降到约 {chinchilla_loss(8e9, 15e12):.2f}"),
        ("远超 Chinchilla", f"约 {round(15e12 / llama(128256, 4096, 32, 14336, 1024), -1):,.0f} 个 token"),
        ("困惑度是什么", f"PPL 约为 {math.exp(2):.2f}"),
        ("困惑度是什么", f"约为 {2 / (math.log(2) * 4):.3f}"),
        ("涌现能力", f"{0.7**10:.1%} 升到 {0.9**10:.1%} 再到 {0.99**10:.1%}"),
    ],
)
def test_pretraining(heading: str, figure: str) -> None:
    """A figure in the article on pre-training is what its formula gives."""
    assert figure in answer("pretraining", heading)


def kv_bytes(layers: int, kv_heads: int, head_dim: int = 128, item_bytes: float = 2) -> float:
    """KV-cache bytes a token."""
    return 2 * layers * kv_heads * head_dim * item_bytes


A100_BYTES = 2.039e12  # byte/s
H100, H100_BYTES = 989e12, 3.35e12
LLAMA_7B = llama(32000, 4096, 32, 11008, 4096)
LLAMA_70B = llama(128256, 8192, 80, 28672, 1024)
KV = "什么是 KV cache"
ROOFLINE = "roofline"
CARDS = "需要多少张显卡"


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        (KV, f"{kv_bytes(32, 32):,.0f} 字节，即 {kv_bytes(32, 32) / 1024:.0f} KiB"),
        (KV, f"4,096 个 token 就是 {kv_bytes(32, 32) * 4096 / 2**30:.0f} GiB"),
        (KV, f"降到 {kv_bytes(32, 8) / 1024:.0f} KiB"),
        (KV, f"是 {kv_bytes(80, 8) / 1024:.0f} KiB，128K 上下文单条请求就要 {kv_bytes(80, 8) * 2**17 / 2**30:.0f} GiB"),
        ("Prefill 和 decode", f"{2 * LLAMA_7B * 2048 / 1e12:.1f}$ TFLOPs"),
        ("Prefill 和 decode", f"约 {2 * LLAMA_7B * 2048 / (A100 / 2):.2f} 秒"),
        (ROOFLINE, f"约 {A100 / A100_BYTES:.0f} FLOPs/Byte"),
        (ROOFLINE, f"拐点约 {H100 / H100_BYTES:.0f}"),
        (ROOFLINE, f"{LLAMA_7B * 2 / 1e9:.2f} GB，A100 上每步至少 {LLAMA_7B * 2 / A100_BYTES * 1e3:.1f} 毫秒"),
        (ROOFLINE, f"约 {A100_BYTES / (LLAMA_7B * 2):.0f} token/s"),
        ("TTFT、TPOT", f"约 {0.5 + 199 * 0.02:.2f} 秒"),
        ("chunked prefill", f"={2048 * (1 + 2 + 3)}$"),
        ("PD 分离", f"约 {4096 * kv_bytes(80, 8) / 1e9:.2f} GB"),
        ("PD 分离", f"约 {4096 * kv_bytes(80, 8) / 50e9 * 1e3:.0f} 毫秒"),
        ("投机解码为什么", f"约为 {(1 - 0.8**5) / (1 - 0.8):.2f}"),
        ("投机解码为什么", f"约为 {(1 - 0.8**5) / (1 - 0.8) / (4 * 0.1 + 1):.1f}"),
        (CARDS, f"权重约 {LLAMA_70B * 2 / 1e9:.0f} GB"),
        (CARDS, f"约 {LLAMA_70B * 4.5 / 8 / 1e9:.1f} GB"),
        (CARDS, f"约 {(4 * 80e9 * 0.9 - LLAMA_70B * 2) / kv_bytes(80, 8) / 1e4:.1f} 万个 token"),
        (CARDS, f"约 {(4 * 80e9 * 0.9 - LLAMA_70B * 2) / kv_bytes(80, 8) / 4096:.0f} 个"),
        (CARDS, f"约 {LLAMA_70B * 2 / 4 / A100_BYTES * 1e3:.0f} 毫秒"),
        ("长上下文的 KV cache", f"INT4 约 {kv_bytes(80, 8, item_bytes=0.5) * 2**17 / 2**30:.0f} GiB"),
    ],
)
def test_inference(heading: str, figure: str) -> None:
    """A cache size, a time or a rate in the article on inference is what its formula gives."""
    assert figure in answer("inference", heading)


def q4_k_m_bits() -> float:
    """Bits of LLaMA-7B as Q4_K_M: output, and `attn_v` and `ffn_down` of half the layers, are Q6_K; norms are FP32."""
    width, ffn, vocab, layers = 4096, 11008, 32000, 32
    q4, q6 = 144 * 8 / 256, 210 * 8 / 256
    bits = vocab * width * (q4 + q6) + (2 * layers + 1) * width * 32
    for i in range(layers):
        more = q6 if i < layers // 8 or i >= 7 * layers // 8 or (i - layers // 8) % 3 == 2 else q4
        bits += width * width * (3 * q4 + more) + width * ffn * (2 * q4 + more)
    return bits


def block_bits(block_bytes: int, weights: int) -> str:
    """Bits a weight of a GGUF block of that many bytes and weights, without trailing zeros."""
    return f"{block_bytes * 8 / weights:g}"


KQUANTS = "GGUF 的 k-quants"
GROUPS = "per-tensor、per-channel"
W4A16 = "只量化权重"


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        (GROUPS, f"{4 + (16 + 4) / 128:.3f}$ 比特"),
        (GROUPS, f"{4 + (16 + 4) / 32:.3f}$ 比特"),
        ("激活为什么比权重难量化", f"{60 / 127:.2f}$，幅值小于 {60 / 127 / 2:.3f} "),
        (W4A16, f"{LLAMA_7B * 2 / 1e9:.2f} GB，按平均 4.5 比特算约 {LLAMA_7B * 4.5 / 8 / 1e9:.2f} GB"),
        (
            W4A16,
            f"从 {LLAMA_7B * 2 / A100_BYTES * 1e3:.1f} 毫秒降到约 {LLAMA_7B * 4.5 / 8 / A100_BYTES * 1e3:.1f} 毫秒",
        ),
        (W4A16, f"{16 / 4.5:.1f}$ 倍"),
        ("NF4 是怎么构造", f"从每权重 {32 / 64:g} 比特降到约 {8 / 64 + 32 / (64 * 256):.3f} 比特"),
        ("FP8 的 E4M3", f"{1.75 * 2**15:.0f}$"),
        ("FP8 的 E4M3", f"最大值 {1.75 * 2**8:.0f}"),
        ("MXFP4 和 NVFP4", f"平均 {4 + 8 / 32:g} 比特"),
        ("MXFP4 和 NVFP4", f"平均 {4 + 8 / 16:g} 比特"),
        (
            KQUANTS,
            " | ".join(
                block_bits(size, weights)
                for size, weights in ((84, 256), (110, 256), (144, 256), (176, 256), (210, 256), (34, 32))
            ),
        ),
        (KQUANTS, f"平均约 {q4_k_m_bits() / LLAMA_7B:.2f} 比特"),
        (KQUANTS, f"是 18 字节即 {block_bits(18, 32)} 比特"),
        (
            "KV cache 量化怎么做",
            f"从 {kv_bytes(32, 8) / 1024:.0f} KiB（BF16）降到 {kv_bytes(32, 8, item_bytes=1) / 1024:.0f} KiB",
        ),
        ("量化之后怎样评估", f"约 {math.sqrt(0.7 * 0.3 / 1000) * 100:.2f} 个百分点"),
        ("BitNet", f"{math.log2(3):.2f}$ 比特"),
        ("2:4 稀疏", f"{(2 * 16 + 4) / (4 * 16):g}"),
    ],
)
def test_quantization(heading: str, figure: str) -> None:
    """A size or a number of bits in the article on quantization is what its definition gives."""
    assert figure in answer("quantization", heading)


@pytest.mark.parametrize(
    ("heading", "figure"),
    [
        ("广播规则", f"就是 {4096 * 4096 * 128 * 4 / 2**30:.0f} GiB"),
        ("显存越用越多", f"是 {8 * 2048 * 128256 * 4 / 1e9:.1f} GB"),
        ("损失变成 NaN", f"最大值是 {(2 - 2**-10) * 2**15:,.0f}"),
    ],
)
def test_pytorch(heading: str, figure: str) -> None:
    """A tensor size or a limit in the article on PyTorch is what its shape or format gives."""
    assert figure in answer("pytorch", heading)
