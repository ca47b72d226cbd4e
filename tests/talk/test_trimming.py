"""Which sentences of the passages a model reads."""

import numpy as np
import pytest

from coach.records import Hit, Passage
from coach.talk.trimming import BUDGET, tokens_of, trim


def hit(text: str, score: float = 0.5) -> Hit:
    return Hit(Passage(text[:5], text, "问题？", "a", "题目", "a.md:1"), score)


FILLER = "".join(f"第{n}段只是铺垫而已，没有别的内容。" for n in range(60))


def no_meaning(texts: list[str]) -> np.ndarray:
    return np.zeros(len(texts), np.float32)


def test_what_fits_stays_whole() -> None:
    hits = [hit("LoRA 冻结权重。"), hit("EWC 限制变化。")]
    assert trim("LoRA", hits, {}, no_meaning) == ["LoRA 冻结权重。", "EWC 限制变化。"]


def test_the_sentences_with_the_asked_words_stay_in_their_order() -> None:
    text = f"{FILLER}低秩矩阵的秩是八。{FILLER}秩越大参数越多。{FILLER}"
    [kept] = trim("秩", [hit(text)], {"秩": 3.0, "低秩": 3.0}, no_meaning)
    assert kept.index("低秩矩阵的秩是八。") < kept.index("秩越大参数越多。")
    assert kept.startswith("第0段")  # the opening sentence


def test_meaning_counts_too() -> None:
    text = f"{FILLER}这一句意思相近。{FILLER}"

    def like(texts: list[str]) -> np.ndarray:
        return np.array([float("意思" in text) for text in texts], np.float32)

    assert "意思相近" in trim("什么", [hit(text)], {}, like)[0]
    assert "意思相近" not in trim("什么", [hit(text)], {}, no_meaning)[0]


@pytest.mark.parametrize("budget", [50, 200, BUDGET])
def test_the_budget_holds(budget: int) -> None:
    texts = trim(
        "铺垫", [hit(FILLER, 0.9), hit(FILLER, 0.5), hit(FILLER, 0.1)], {"铺垫": 1.0}, no_meaning, budget=budget
    )
    assert 0.7 * budget < sum(map(tokens_of, texts)) <= budget
    assert len(texts[0]) >= len(texts[2])


def test_every_text_is_made_of_the_passages_own_sentences() -> None:
    [kept] = trim("段", [hit(FILLER)], {}, no_meaning, budget=100)
    assert all(sentence + "。" in FILLER for sentence in kept.replace("\n", "").split("。") if sentence)
