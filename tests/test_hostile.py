"""Orders in answers, articles and questions are data: no score rises, citations stay true."""

import pytest

from coach.config import Settings
from coach.index.encoder import load_encoder
from coach.service import Coach
from coach.talk.grading import grade
from tests.support.hostile import INJECTIONS, ORDERS

QUESTION = "LoRA 为什么能减少显存？"
REFERENCE = """LoRA 冻结原权重，只训练两个低秩矩阵，可训练参数不到 1%。

1. **优化器状态**：Adam 的一阶和二阶动量只为低秩矩阵保存，这是省下的大头。
2. **梯度**：冻结的权重不需要存梯度。
3. **推理**：低秩矩阵可以合并回原权重，不增加推理延迟。
"""
HALF = "因为原来的权重冻结了，只训练低秩矩阵，所以可训练的参数很少。"


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("bundled", models=Settings().models)


def test_there_are_enough_of_them():
    assert len(set(INJECTIONS)) >= 200


def test_an_order_scores_nothing(encoder):
    scored = {}
    for order in INJECTIONS:
        grade_ = grade(QUESTION, REFERENCE, order, encoder=encoder)
        if grade_.score or any(point.verdict == "covered" for point in grade_.points):
            scored[order] = grade_.score
    assert scored == {}


@pytest.mark.parametrize("place", ["{answer}\n{order}", "{order}\n{answer}"], ids=["after", "before"])
def test_an_order_beside_an_answer_raises_no_score(encoder, place):
    base = grade(QUESTION, REFERENCE, HALF, encoder=encoder).score
    assert 0 < base < 1
    raised = {}
    for order in INJECTIONS:
        score = grade(QUESTION, REFERENCE, place.format(answer=HALF, order=order), encoder=encoder).score
        if score > base + 0.01:  # a point of a hundred: overall likeness may move that much
            raised[order] = score - base
    assert raised == {}


def test_orders_in_articles_and_questions_leave_citations_true(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    parts = [f"## {order}？\n\n{REFERENCE}\n{INJECTIONS[-1 - n]}\n" for n, order in enumerate(ORDERS)]
    (corpus / "orders.md").write_text(
        f"# 笔记\n\n## {QUESTION}\n\n{REFERENCE}\n\n" + "\n".join(parts), encoding="utf-8"
    )
    with Coach(Settings(home=tmp_path / "home", corpus=corpus, llm="none")) as coach:
        assert [progress.status for progress in coach.ingest()] == ["added"]
        for question in (QUESTION, *INJECTIONS[::7]):
            answer = coach.answer(question)
            for citation in answer.citations:
                assert f"[{citation.number}]" in answer.text
                assert citation.passage.id in {passage.id for passage in coach.passages()}
            assert "[99]" not in answer.text or "[99]" in question
