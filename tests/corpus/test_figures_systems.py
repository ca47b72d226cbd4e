"""The countable figures in the articles on retrieval, agents, embeddings, classic learning, vision and systems."""

import math
from statistics import NormalDist

import pytest

from tests.corpus.figures import answer

KIB, GIB = 2**10, 2**30
PEAK, SECONDS_A_DAY = 312e12, 86_400
Z_TWO_SIDED, Z_POWER = NormalDist().inv_cdf(0.975), NormalDist().inv_cdf(0.8)
"""Dense fp16 FLOP/s of an A100; normal quantiles for 5% two-sided significance and for 80% power."""


def says(article: str, heading: str, *texts: str) -> None:
    """Assert that the answer under `heading` holds every one of `texts`."""
    for text in texts:
        assert text in answer(article, heading), f"{article}: {heading!r} does not say {text!r}"


def sci(value: float, digits: int = 1) -> str:
    """Write a number the way the articles do: 1.5\\times10^{13}."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return rf"{mantissa}\times10^{{{int(exponent)}}}"


FORMULAS = [
    ("rag", "父子块检索", f"下降 {1 - 2.9 / 5.7:.0%}", f"下降 {1 - 1.9 / 5.7:.0%}"),
    ("rag", "多跳", f"0.8^3={0.8**3:.3f}"),
    ("rag", "拒答", f"约有 {1 - 0.05 ** (1 / 60):.1%}"),
    ("rag", "RAG 系统怎么评测", f"±{196 * math.sqrt(0.8 * 0.2 / 100):.1f} 个百分点"),
    ("agents", "工具数量太多", f"占用 {50 * 400} token"),
    ("agents", "MCP", rf"5\times20={5 * 20}", f"5+20={5 + 20}"),
    ("agents", "pass^k", rf"0.9^8\approx{0.9**8:.2f}"),
    ("agents", "失败模式", rf"0.95^{{20}}\approx{0.95**20:.2f}", f"{0.99**20:.2f}"),
    ("embeddings", "批内负样本", f"{2 * 256 - 1} 个"),
    ("embeddings", "双塔", f"{math.comb(10_000, 2) / 1e7:.0f}\\times10^7"),
    ("embeddings", "余弦相似度、内积", f"{math.sqrt(2 - 2 * 0.8):.3f}"),
    ("embeddings", "套娃", f"{1e6 * 1024 * 4 / 1e9:.3f} GB", f"{1e6 * 256 * 4 / 1e9:.3f} GB"),
    ("embeddings", "HNSW", f"{1 / 16:.2%}", f"{1e6 * 768 * 4 / 1e9:.3f} GB", f"{1e6 * 2 * 16 * 4 / 1e9:.3f} GB"),
    ("embeddings", "Word2Vec", rf"9^{{0.75}}\approx{9**0.75:.1f}"),
    ("classic-ml", "偏差–方差", f"{0.3 + (1 - 0.3) / 100:.3f}v"),
    ("classic-ml", "L1 和 L2", f"L2 得 {0.3 / 1.5:.1f}", f"L1 得 {2 - 0.5}", f"L2 得约 {2 / 1.5:.2f}"),
    ("classic-ml", "逻辑回归和 SVM", f"{math.log(2):.3f}", f"{math.log1p(math.exp(-2)):.3f}"),
    ("classic-ml", "类别不平衡", f"约为 {0.5 / (0.5 + 0.5 / 0.1):.3f}"),
    ("classic-ml", "Focal", f"权重是 {0.1**2:.2f}", f"权重是 {0.9**2:.2f}", f"−{math.log(0.99 / 0.01):.3f}"),
    ("classic-ml", "梯度爆炸", sci(0.25**10), sci(0.9**100), rf"{1.1**100 / 1e4:.1f}\times10^4"),
    ("classic-ml", "He 初始化", f"{math.sqrt(2 / 1024):.4f}", sci(0.5**50)),
    ("multimodal", "CLIP 的损失", f"{math.log(1 / 0.07):.2f}"),
    ("multimodal", "视觉 token", f"{60 * 576} 个", f"{60 * 576 // 4} 个"),
    ("multimodal", "幻觉", rf"{100 * 0.25**4:.2f}\%"),
    ("multimodal", "DiT", f"约 {28 * 18 * 1152**2 / 1e6:.0f}M"),
    ("system-design", "LLM gateway", rf"{100 * (1 - 0.005**2):.4f}\%"),
    ("system-design", "语义缓存", f"={0.3 * 20 + 0.7 * (2000 + 20):.0f}"),
    ("system-design", "企业知识库", f"约 {100_000 * 20 * 1024 * 4 / 1e9:.1f} GB"),
    ("behavioral", "简历里的数字", f"±{196 * math.sqrt(0.85 * 0.15 / 200):.1f} 个百分点", f"下降 {1 - 1 / 2.5:.0%}"),
]
"""Article, part of the heading, and the figures that follow from one formula each."""


@pytest.mark.parametrize("row", FORMULAS, ids=lambda row: row[1])
def test_formula(row: tuple[str, ...]) -> None:
    says(*row)


# Retrieval-augmented generation


def test_number_and_overhead_of_sliding_chunks() -> None:
    tokens, window, overlap = 10_000, 512, 64
    starts = range(0, tokens - overlap, window - overlap)
    says("rag", "文档切块", f"共 {len(starts)} 块", f"增加 {window / (window - overlap) - 1:.0%}")


def test_rank_fusion_prefers_two_third_places() -> None:
    first_and_tenth, twice_third = 1 / 61 + 1 / 70, 2 / 63
    assert twice_third > first_and_tenth
    says("rag", "RRF", f"= {first_and_tenth:.4f}", f"= {twice_third:.4f}")


def test_cost_of_reranking() -> None:
    flops = 2 * 3e8 * 512 * 50
    says("rag", "重排（rerank）", sci(flops), f"约 {flops / (0.4 * PEAK):.2f} 秒")


def test_ndcg_by_hand() -> None:
    def dcg(grades: list[int]) -> float:
        return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, start=1))

    says("rag", "recall@k", f"{dcg([3, 2]):.3f}", f"{dcg([3, 0, 2]) / dcg([3, 2]):.3f}")


def test_kv_cache_of_long_context() -> None:
    per_token = 2 * 32 * 8 * 128 * 2
    says(
        "rag",
        "长上下文",
        f"{per_token // KIB} KiB",
        f"占 {per_token * 128 * KIB / GIB:.0f} GiB",
        f"占 {per_token * 4 * KIB / GIB} GiB",
    )


def test_cost_of_embedding_a_million_chunks() -> None:
    flops = 2 * 3e8 * 512 * 1e6
    says("rag", "频繁更新", sci(flops), f"约 {flops / (0.4 * PEAK) / 60:.0f} 分钟")


# Agents


def test_tokens_of_a_react_run() -> None:
    steps = [2000 + 500 * i for i in range(20)]
    says("agents", "ReAct 是怎么工作", f"{sum(steps)} token", f"{sum(steps) / steps[-1]:.1f} 倍")


# Embeddings and vector search


def test_temperature_and_uniform_loss() -> None:
    sharp, flat = math.exp((0.8 - 0.6) / 0.05), math.exp((0.8 - 0.6) / 0.5)
    says("embeddings", "InfoNCE 损失", f"{sharp:.1f}", f"{flat:.2f}", f"{math.log(1024):.2f}")


def test_storage_of_late_interaction() -> None:
    multi, single = 180 * 128 * 2, 768 * 4
    says("embeddings", "ColBERT", f"{multi} 字节", f"{single} 字节", f"{multi // single} 倍")
    says("embeddings", "ColBERT", f"从 {128 * 2} 字节降到 {4 + 128 * 2 // 8} 字节")


@pytest.mark.parametrize(("frequency", "text"), [(1, "1"), (2, "1.375"), (10, "1.964")])
def test_saturation_of_term_frequency(frequency: int, text: str) -> None:
    k1 = 1.2
    assert float(text) == pytest.approx(frequency * (k1 + 1) / (frequency + k1), abs=5e-4)
    says("embeddings", "BM25", "是 1、1.375、1.964", f"k_1+1={k1 + 1}", text)


def test_ivf_pq_memory_and_scan() -> None:
    vectors, codes, ids = 1e8 * 768 * 4, 1e8 * 96, 1e8 * 8
    says("embeddings", "IVF-PQ", f"{vectors / 1e9:.1f} GB", f"{codes / 1e9:.1f} GB", f"{(codes + ids) / 1e9:.1f} GB")
    says("embeddings", "IVF-PQ", f"压缩 {768 * 4 // 96} 倍", f"约 {1e8 * 64 / 65536 / 1e4:.1f} 万条")


def test_quantized_memory() -> None:
    values = 1e8 * 1024
    says("embeddings", "二值", f"{values * 4 / 1e9:.1f} GB", f"{values / 1e9:.1f} GB", f"{values / 8 / 1e9:.1f} GB")


# Classic machine learning


def test_impurity_of_nine_and_five() -> None:
    p, q = 9 / 14, 5 / 14
    says("classic-ml", "决策树", f"{-p * math.log2(p) - q * math.log2(q):.3f}", f"{1 - p * p - q * q:.3f}")


def test_out_of_bag_share() -> None:
    assert math.isclose((1 - 1 / 10_000) ** 10_000, 1 / math.e, abs_tol=1e-4)
    says("classic-ml", "随机森林", rf"{100 / math.e:.1f}\%")


def test_gain_of_a_boosted_split() -> None:
    def score(gradient: float, hessian: float) -> float:
        return gradient**2 / (hessian + 1)

    says(
        "classic-ml",
        "XGBoost 的目标",
        f"约 {(score(-4, 2) + score(2, 2) - score(-2, 4)) / 2:.3f}",
        f"{4 / 3:.3f} 和 −{2 / 3:.3f}",
    )


def test_precision_in_imbalance() -> None:
    hits, alarms = 0.01 * 0.9, 0.99 * 0.05
    says("classic-ml", "ROC-AUC 还是", rf"{100 * hits / (hits + alarms):.1f}\%")


def test_precision_recall_f1() -> None:
    tp, fp, fn, tn = 8, 12, 2, 978
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    f1 = 2 * precision * recall / (precision + recall)
    says(
        "classic-ml",
        "准确率、精确率",
        f"精确率 {precision}",
        f"召回率 {recall}",
        f"约 {f1:.3f}",
        f"{(tp + tn) / 1000:.3f}",
    )


def test_gradients_of_two_losses() -> None:
    a = 1 / (1 + math.exp(5))
    says("classic-ml", "均方误差", f"−{1 - a:.3f}", f"−{(1 - a) * a * (1 - a):.4f}", f"约 {1 / (a * (1 - a)):.0f} 倍")


def test_cross_entropy_and_divergence() -> None:
    p, q = (0.5, 0.5), (0.9, 0.1)
    entropy = -sum(x * math.log(x) for x in p)
    cross = -sum(x * math.log(y) for x, y in zip(p, q, strict=True))
    reverse = sum(y * math.log(y / x) for x, y in zip(p, q, strict=True))
    says("classic-ml", "KL 散度", f"={entropy:.3f}", f"={cross:.3f}", f"={cross - entropy:.3f}", f"={reverse:.3f}")


def test_lstm_parameters() -> None:
    d, h = 256, 512
    says("classic-ml", "LSTM", f"={4 * (h * (h + d) + h)}", f"{4 * (h * (h + d) + 2 * h)}")


def test_convolution_sizes() -> None:
    says(
        "classic-ml",
        "感受野",
        f"得到 {(224 + 2 * 3 - 7) // 2 + 1}",
        f"{3 * 9}C^2",
        f"{7 * 7}C^2",
        f"约少 {1 - 27 / 49:.0%}",
    )


# Multimodal models and diffusion


def test_vit_base_parameters() -> None:
    d, ffn, layers, tokens, classes = 768, 3072, 12, 14 * 14 + 1, 1000
    patch = 16 * 16 * 3 * d + d
    layer = 4 * d + 4 * (d * d + d) + d * ffn + ffn + ffn * d + d
    total = patch + d + tokens * d + layers * layer + 2 * d + d * classes + classes
    says("multimodal", "ViT 怎么把图像", f"={patch}", f"{total} 个参数", f"共 {tokens} 个")


def test_llava_projector_and_image_cache() -> None:
    projector = 1024 * 4096 + 4096 + 4096 * 4096 + 4096
    per_token = 2 * 32 * 4096 * 2
    image = (336 // 14) ** 2
    says(
        "multimodal",
        "LLaVA",
        f"={projector}",
        f"{per_token // KIB} KiB",
        f"{image * per_token // 2**20} MiB",
        f"={5 * image}",
    )


@pytest.mark.parametrize(("height", "width"), [(224, 224), (1120, 1680)])
def test_qwen_vl_tokens(height: int, width: int) -> None:
    says("multimodal", "Qwen-VL", f"={height // 28 * (width // 28)}$")


def test_last_signal_of_ddpm() -> None:
    signal = math.prod(1 - (1e-4 + (0.02 - 1e-4) * t / 999) for t in range(1000))
    says("multimodal", "DDPM", sci(signal))


def test_latent_sizes() -> None:
    pixels, latent = 512 * 512 * 3, 64 * 64 * 4
    says(
        "multimodal",
        "潜空间扩散",
        f"从 {pixels} 减到 {latent}",
        f"{pixels // latent} 倍",
        f"{pixels // (64 * 64 * 16)} 倍",
    )


def test_image_as_tokens() -> None:
    bits = (256 // 16) ** 2 * math.log2(16384)
    says("multimodal", "自回归图像生成", f"整图 {bits / 8:.0f} 字节")


# System design and behaviour


def test_capacity_from_daily_users() -> None:
    qps = 1_000_000 * 5 / SECONDS_A_DAY * 3
    step = (16e9 + 128 * 1150 * 2 * 32 * 8 * 128 * 2) / (2.04e12 * 0.6)
    prefill, decode = qps * 1000 * 0.5 / (PEAK * 0.5 / (2 * 8e9)), qps * 300 / (128 / step)
    heading = "百万日活"
    says(
        "system-design",
        heading,
        f"{qps:.1f} QPS",
        f"{qps * 300:.0f} token/s",
        f"{qps * 500:.0f} token/s",
        f"{step * 1e3:.1f} 毫秒",
    )
    says(
        "system-design",
        heading,
        f"{prefill:.1f} 张",
        f"{decode:.1f} 张",
        f"{prefill + decode:.1f} 张",
        f"{128 / step:.0f} token/s",
    )
    says(
        "system-design",
        heading,
        f"取整为 {math.ceil((prefill + decode) / 0.7)} 张",
        f"{qps * 300 * step:.0f} 个在途请求",
    )


@pytest.mark.parametrize(("heading", "calls"), [("可观测性", 5), ("亿级向量", 20)])
def test_tail_latency(heading: str, calls: int) -> None:
    says("system-design", heading, rf"{100 * (1 - 0.99**calls):.1f}\%")


def test_questions_for_two_points() -> None:
    count = (Z_TWO_SIDED + Z_POWER) ** 2 * (0.8 * 0.2 + 0.82 * 0.18) / 0.02**2
    says("system-design", "评测平台", f"约需 {count:,.0f} 题")
    says("evaluation", "差异是否显著", f"约需 {count:,.0f} 题")


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_price_of_a_million_tokens(share: float) -> None:
    says("system-design", "成本怎么算", f"{10 / (4000 * 3600 * share) * 1e6:.2f}")


def test_cascade() -> None:
    cost = 1 + 0.2 * 10
    says("system-design", "级联", f"20% 时为 {cost:.0f}", f"省 {1 - cost / 10:.0%}", f"低于 {1 - 1 / 10:.0%}")


def test_wilson_interval() -> None:
    n, p, z = 20, 9 / 20, 1.96
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((middle + sign * half) / (1 + z * z / n) for sign in (-1, 1))
    says("behavioral", "badcase", f"{low:.0%}–{high:.0%}")


def test_mcnemar() -> None:
    assert math.isclose((50 - 8) / 300, 0.86 - 0.72)
    says("behavioral", "什么指标证明", rf"\approx{(abs(50 - 8) - 1) ** 2 / 58:.1f}")


def test_samples_of_an_online_experiment() -> None:
    before, after = 0.05, 0.051
    spread = before * (1 - before) + after * (1 - after)
    count = (Z_TWO_SIDED + Z_POWER) ** 2 * spread / (after - before) ** 2
    says("behavioral", "离线指标涨了", f"约需 {count / 1e4:.0f} 万样本")
