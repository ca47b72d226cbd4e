import pytest

from coach.config import Settings
from coach.index.encoder import load_encoder
from coach.index.evidence import UNDEFINED, UNHEARD, confidence, features, logit
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
    assert confidence("LoRA", Found("LoRA", (), (), {}, {})) < 0.1


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


def test_a_single_article_answers_its_own_question_and_no_other() -> None:
    encoder = load_encoder("bundled", models=Settings().models)
    search, _ = memory_search(["GPTQ 逐层量化权重，用二阶信息补偿误差。"], encoder, ["什么是 GPTQ 量化？"])
    for asked in ("什么是 GPTQ 量化？", "GPTQ 怎么补偿误差？"):
        assert confidence(asked, search.find(asked)) > 0.5
    assert confidence("什么是 RLHF？", search.find("什么是 RLHF？")) < 0.5


def test_a_numbered_name_that_no_passage_holds_speaks_against_an_answer() -> None:
    search, _ = memory_search(["GPT-3 的参数量是 1750 亿。"], HashedEncoder(), ["GPT-3 的参数量是多少？"])
    older, newer = search.find("GPT-3 的参数量是多少？"), search.find("GPT-9 的参数量是多少？")
    assert logit("GPT-3 的参数量是多少？", older) - logit("GPT-9 的参数量是多少？", newer) > UNHEARD


def test_a_definition_that_no_passage_gives_is_doubted() -> None:
    texts = ["batch size 扩大 4 倍，学习率常乘以 2 或 4。", "过拟合（overfitting）的标志是验证误差上升。"]
    search, _ = memory_search(texts, HashedEncoder(), ["batch size 扩大后学习率怎样调整？", "过拟合怎么判断？"])
    asked, defined = "什么是学习率", "什么是过拟合"
    assert logit(asked, search.find(asked)) + UNDEFINED / 2 < logit("学习率", search.find("学习率"))
    assert abs(logit(defined, search.find(defined)) - logit("过拟合", search.find("过拟合"))) < UNDEFINED / 2


def test_an_answer_about_another_name_is_doubted() -> None:
    texts = ["DPO 的损失函数由偏好对得到。", "CLIP 用图文对训练。"]
    search, ids = memory_search(texts, HashedEncoder(), ["DPO 的损失函数是什么？", "CLIP 怎么训练？"])
    asked = "CLIP 的损失函数是什么"
    assert search.find("DPO 的损失函数是什么").matches[ids[0]].names == 1
    assert search.find(asked).matches[ids[0]].names == 0
    assert search.find(asked).matches[ids[1]].names == 1
