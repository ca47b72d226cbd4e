"""The countable figures in the articles on evaluation and safety, from their definitions."""

import math
from collections import Counter
from statistics import NormalDist

import pytest

from tests.corpus.figures import answer


def says(article: str, heading: str, *texts: str) -> None:
    """Assert that the answer under `heading` holds every one of `texts`."""
    for text in texts:
        assert text in answer(article, heading), f"{article}: {heading!r} does not say {text!r}"


def common_subsequence(a: str, b: str) -> int:
    """Return the length of the longest common subsequence of the words of `a` and `b`."""
    left, right = a.split(), b.split()
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def overlap(candidate: str, reference: str, n: int) -> int:
    """Return how many n-grams the two texts share, each counted at most as often as in either."""
    grams = [Counter(zip(*(text.split()[i:] for i in range(n)), strict=False)) for text in (candidate, reference)]
    return (grams[0] & grams[1]).total()


def test_perplexities() -> None:
    says("evaluation", "困惑度低", f"从 {math.exp(2.1):.2f} 降到 {math.exp(2):.2f}")


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_bleu_precisions(n: int) -> None:
    hits = overlap("the cat sat on the mat", "the cat is on the mat", n)
    says("evaluation", "BLEU 是怎么", f"p_{n}={hits}/{7 - n}$" if hits else f"p_{n}=0$")


def test_brevity_penalty() -> None:
    says("evaluation", "BLEU 是怎么", f"{math.exp(1 - 12 / 9):.3f}")


def test_rouge() -> None:
    reference, candidate = "模型 在 长 文本 上 会 遗忘", "模型 会 在 文本 上 遗忘"
    lcs = common_subsequence(reference, candidate)
    for n in (1, 2):
        hits, total = overlap(candidate, reference, n), 8 - n
        says("evaluation", "ROUGE-N", f"{hits}/{total} | {hits / total:.3f}")
    says("evaluation", "ROUGE-N", f"LCS={lcs}，{lcs}/7 | {lcs / 7:.3f}", f"{lcs}/6 | {lcs / 6:.3f}")
    says("evaluation", "ROUGE-N", f"{2 * lcs / (7 + 6):.3f}")


def test_bertscore() -> None:
    similarity = [[0.9, 0.2], [0.3, 0.8], [0.4, 0.5]]
    precision = sum(map(max, similarity)) / 3
    recall = sum(max(column) for column in zip(*similarity, strict=True)) / 2
    f1 = 2 * precision * recall / (precision + recall)
    says("evaluation", "BERTScore", f"={precision:.3f}", f"={recall:.2f}", f"F1={f1:.3f}")


def test_noise_of_humaneval() -> None:
    says("evaluation", "MMLU、C-Eval", f"±{100 * 1.96 * math.sqrt(0.25 / 164):.1f}")


def test_pass_at_k() -> None:
    exact, plain = 1 - math.comb(7, 5) / math.comb(10, 5), 1 - 0.7**5
    says("evaluation", "pass@k", f"{plain:.3f}", f"{exact:.3f}", f"{exact:.4f} {plain:.4f}")


def test_penalty_for_a_wrong_guess() -> None:
    says("evaluation", "幻觉有哪几类", f"对应扣 {0.75 / (1 - 0.75):g} 分")


def test_semantic_entropy() -> None:
    says("evaluation", "没有标准答案", f"{-sum(p * math.log(p) for p in (0.5, 0.3, 0.2)):.3f} nats")


def test_significance_of_two_points() -> None:
    error = math.sqrt((0.8 * 0.2 + 0.82 * 0.18) / 1000)
    z, paired = 0.02 / error, (50 - 30) / math.sqrt(50 + 30)
    says("evaluation", "差两个点", f"{error:.4f}", f"z={z:.2f}", f"p≈{math.erfc(z / math.sqrt(2)):.2f}")
    says("evaluation", "差两个点", f"={paired:.2f}", f"p≈{math.erfc(paired / math.sqrt(2)):.3f}")
    quantile = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
    says("evaluation", "差两个点", f"{math.ceil(quantile**2 * (0.8 * 0.2 + 0.82 * 0.18) / 0.02**2):,} 题")


def test_calibration_error() -> None:
    gaps = [n / 100 * abs(confidence - right) for n, confidence, right in ((50, 0.95, 0.8), (30, 0.75, 0.6))]
    says("evaluation", "ECE", *(f"| {gap:.3f} |" for gap in gaps), f"={sum(gaps):.2f}")


def test_elo() -> None:
    near, far = (1 / (1 + 10 ** (-gap / 400)) for gap in (100, 400))
    says("evaluation", "Elo", f"{near:.1%}", f"{far:.1%}", f"{32 * (1 - near):.1f} 分", f"{32 * near:.1f} 分")


def test_kappa() -> None:
    chance = 0.9**2 + 0.1**2
    says("evaluation", "kappa", f"={chance:.2f}", f"{(0.84 - chance) / (1 - chance):.3f}", f"{(0.84 - 0.5) / 0.5:.2f}")


def test_three_constraints_at_once() -> None:
    says("evaluation", "指令遵循", f"{0.9**3:.1%}")


def test_pairs_for_a_human_evaluation() -> None:
    says("evaluation", "人工评测", f"{math.ceil(0.25 * (1.96 / 0.05) ** 2)} 对比较")


@pytest.mark.parametrize("runs", [1, 16, 64])
def test_noise_of_repeated_runs(runs: int) -> None:
    error = math.sqrt(30 * 0.5 * 0.5 / runs) / 30
    says("evaluation", "有随机性", f"| {runs} | {error:.1%} | ±{1.96 * error:.1%} |")


# Safety


def test_repeated_attempts() -> None:
    says("safety", "越狱", f"{1 - 0.99**100:.1%}")


def test_candidates_of_a_suffix_search() -> None:
    says("safety", "GCG", f"20×256={20 * 256:,}")


def test_rule_of_three() -> None:
    bound = 1 - 0.05 ** (1 / 300)
    says("safety", "红队测试", f"低于约 {bound:.0%}")


def test_two_layers_of_guards() -> None:
    says("safety", "护栏（guardrails）", f"合计拦住 {1 - 0.1**2:.0%}", f"{1 - 0.99**2:.2%}")


@pytest.mark.parametrize("false_alarms", [0.01, 0.001])
def test_precision_at_a_low_base_rate(false_alarms: float) -> None:
    hits, misfires = 1_000_000 * 0.001 * 0.95, 1_000_000 * 0.999 * false_alarms
    row = f"| {100 * false_alarms:g}% | {hits:.0f} | {misfires:,.0f} | {hits / (hits + misfires):.1%} |"
    says("safety", "误报率只有 1%", row)


def test_meaning_of_a_privacy_budget() -> None:
    says("safety", "DP-SGD", f"{0.001 * math.e:.2%}", f"{math.exp(8):.0f}")


def test_watermark_statistic() -> None:
    z = (90 - 0.25 * 200) / math.sqrt(200 * 0.25 * 0.75)
    mantissa = f"{math.erfc(z / math.sqrt(2)) / 2:.0e}"
    says("safety", "水印", f"z={z:.2f}", mantissa)


def test_green_share_under_a_flat_distribution() -> None:
    green = 0.25 * math.exp(2)
    says("safety", "水印", f"{green / (green + 0.75):.1%}")
