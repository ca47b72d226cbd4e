"""A cross-encoder by choice: its order counts, its failure does not; tiny random models, no network."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from coach.errors import EncoderError
from coach.index import rerank
from coach.index.rerank import Reranker
from coach.index.search import RERANKED
from coach.records import Hit, Passage
from coach.service import Coach
from tests.support.tiny_transformers import save_cross_encoder, save_encoder

QUESTION = "微调大模型时如何避免灾难性遗忘？"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_cross_encoder(folder / "judge")
    save_encoder(folder / "encoder")
    return folder


def hits(count: int) -> list[Hit]:
    passages = [Passage(f"p{n}", f"注意力 {n}", "", "a", "t", "s") for n in range(count)]
    return [Hit(passage, 1 - n / 100) for n, passage in enumerate(passages)]


class Fixed(Reranker):
    """Gives the scores it is told to."""

    def __init__(self, scores: Sequence[float]) -> None:
        self.fixed = np.array(scores, np.float32)

    def scores(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return self.fixed[: len(texts)]


def test_the_order_is_the_models_and_the_scores_stay_at_their_places() -> None:
    before = hits(RERANKED + 3)
    after = Fixed([n / 100 for n in range(RERANKED)]).rerank("", before)
    assert [hit.passage.id for hit in after[:2]] == [f"p{RERANKED - 1}", f"p{RERANKED - 2}"]
    assert [hit.score for hit in after] == [hit.score for hit in before]
    assert after[RERANKED:] == before[RERANKED:]


def test_a_model_without_an_opinion_changes_nothing() -> None:
    before = hits(10)
    assert Fixed([0.5] * 10).rerank("", before) == before


def test_a_saved_cross_encoder_gives_one_score_for_a_pair(models: Path) -> None:
    judge = Reranker("judge", models=models)
    scores = judge.scores("注意力", ["注意力机制", "abc", "\ud800"])
    assert scores.shape == (3,) and ((scores > 0) & (scores < 1)).all()
    again = judge.scores("注意力", ["注意力机制", "abc", "\ud800"])
    assert np.array_equal(scores, again)


def test_search_uses_it_and_the_choice_is_kept(
    models: Path, open_coach: Callable[..., Coach], monkeypatch: pytest.MonkeyPatch
) -> None:
    coach = open_coach(update={"models": models})
    list(coach.ingest())
    plain = [hit.passage.id for hit in coach.search(QUESTION)]
    monkeypatch.setattr(Reranker, "scores", lambda _, question, texts: np.linspace(0, 1, len(texts)))
    monkeypatch.setattr(rerank, "WEIGHT", 1.0)
    coach.reranking.use("judge")
    found = [hit.passage.id for hit in coach.search(QUESTION)]
    assert sorted(found) == sorted(plain) and found != plain
    assert coach.answer(QUESTION).citations
    coach.close()
    again = open_coach(update={"models": models})
    assert again.reranking.used == "judge"
    assert [hit.passage.id for hit in again.search(QUESTION)] == found
    again.reranking.use("none")
    assert [hit.passage.id for hit in again.search(QUESTION)] == plain
    assert again.reranking.active() is None


def test_off_by_default(coach: Coach) -> None:
    assert coach.reranking.used == "none" and coach.reranking.active() is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("BAAI/bge-reranker-base", "coach reranker pull BAAI/bge-reranker-base"),
        ("encoder", "no cross-encoder"),
        ("empty", "no cross-encoder"),
        ("broken", "can't be loaded"),
    ],
)
def test_one_that_is_set_and_does_not_work_is_told_once_and_search_goes_on(
    models: Path, open_coach: Callable[..., Coach], name: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    (models / "empty").mkdir(exist_ok=True)
    (models / "broken").mkdir(exist_ok=True)
    (models / "broken" / "config.json").write_text('{"architectures": ["XForSequenceClassification"]}')
    coach = open_coach(update={"models": models, "reranker": name})
    list(coach.ingest())
    assert coach.search(QUESTION) and coach.search(QUESTION)
    (problem,) = coach.status().problems
    assert "hits keep the order of the search" in problem and name in problem
    assert len([record for record in caplog.records if name in record.getMessage()]) == 1
    with pytest.raises(EncoderError, match=message):
        coach.reranking.use(name)


def test_one_that_fails_later_is_told_too(
    models: Path, open_coach: Callable[..., Coach], monkeypatch: pytest.MonkeyPatch
) -> None:
    coach = open_coach(update={"models": models, "reranker": "judge"})
    list(coach.ingest())
    coach.search(QUESTION)
    assert coach.status().problems == () and coach._search._rerank() is not None

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("not enough memory\nTraceback …")

    monkeypatch.setattr(coach.reranking._loaded._model, "predict", fail)
    assert coach.search(QUESTION)
    (problem,) = coach.status().problems
    assert "not enough memory" in problem and "Traceback" not in problem
    coach.reranking.use("none")
    assert coach.status().problems == ()


def test_torch_is_imported_only_when_such_a_model_is_used(models: Path, tmp_path: Path, corpus: Path) -> None:
    code = """
import json, sys
from coach.config import Settings
from coach.service import Coach
with Coach(Settings(home=sys.argv[1], corpus=sys.argv[2], llm="none")) as coach:
    list(coach.ingest())
    coach.warm_up()
    coach.encoders.wait()
    coach.search("什么是注意力？")
    coach.encoders.listed(), coach.reranking.listed()
    before = [name in sys.modules for name in ("torch", "transformers", "sentence_transformers")]
    coach.reranking.use(sys.argv[3])
    print(json.dumps([before, "torch" in sys.modules]))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "other"), str(corpus), str(models / "judge")]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ}, timeout=300)
    assert json.loads(done.stdout) == [[False, False, False], True]
