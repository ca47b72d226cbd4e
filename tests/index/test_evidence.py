import pytest

from coach.index.evidence import confidence, features
from coach.index.memory import memory_search
from coach.index.search import Found
from tests.support.encoders import HashedEncoder

TEXTS = ["LoRA 冻结原有权重，只训练低秩矩阵。", "BatchNorm 在批次上统计。", "Dropout 随机丢弃 10% 的神经元。"]
QUESTIONS = ["LoRA 是什么？", "BatchNorm 是什么？", "Dropout 丢弃多少？"]


@pytest.mark.parametrize("questions", [QUESTIONS, [""] * 3])
def test_what_is_held_is_surer_than_what_is_not(questions: list[str]) -> None:
    search, ids = memory_search(TEXTS, HashedEncoder(), questions)
    held = confidence("LoRA 训练什么矩阵", search.find("LoRA 训练什么矩阵"))
    near = confidence("LoRA 训练什么矩阵", search.find("LoRA 训练什么矩阵", without={ids[0]}))
    far = confidence("红烧肉怎么炖", search.find("红烧肉怎么炖"))
    assert held > max(near, far)


def test_nothing_found_is_no_evidence() -> None:
    assert confidence("LoRA", Found((), (), {}, {})) < 0.1


def test_the_shift_moves_confidence() -> None:
    search, _ = memory_search(TEXTS, HashedEncoder(), QUESTIONS)
    found = search.find("LoRA")
    assert confidence("LoRA", found, -1.0) < confidence("LoRA", found) < confidence("LoRA", found, 1.0)


def test_features() -> None:
    search, _ = memory_search(TEXTS, HashedEncoder(), QUESTIONS)
    found = features("LoRA 量子纠缠", search.find("LoRA 量子纠缠"))
    assert 0 < found.coverage < 1
    assert 0 < found.unknown < 1
    assert found.same == pytest.approx(found.question * found.own)
    asked = "BatchNorm 统计多少"
    assert features(asked, search.find(asked)).number == 1.0
    asked = "Dropout 丢弃多少"
    assert features(asked, search.find(asked)).number == 0.0
