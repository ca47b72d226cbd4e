"""Questions that ask the same are linked across articles; near topics are not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.links import LABELS
from coach.index.sameness import asked, overlap
from coach.service import Coach
from tests.support.encoders import HashedEncoder

OpenCoach = Callable[..., Coach]
PAIRS = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


class CountingEncoder(HashedEncoder):
    """Counts the questions that it encodes."""

    queries = 0

    def encode_queries(self, texts):
        self.queries += len(texts)
        return super().encode_queries(texts)

    def encode_passages(self, texts):
        return HashedEncoder.encode_queries(self, texts)


def write(corpus: Path, name: str, **answers: str) -> None:
    text = "".join(f"## {question}\n\n{answer}\n\n" for question, answer in answers.items())
    (corpus / name).write_text(text, encoding="utf-8")


def links(coach: Coach) -> dict[str, list[str]]:
    return {q.text: [other.text for other in coach.linked(q.id)] for q in coach.questions() if coach.linked(q.id)}


def test_the_labelled_pairs_are_many_and_of_both_kinds() -> None:
    assert len(PAIRS) >= 150
    assert 60 <= sum(pair["same"] for pair in PAIRS) <= len(PAIRS) - 60


def test_overlap_alone_keeps_nearly_all_labelled_pairs_apart_or_together() -> None:
    found = [pair for pair in PAIRS if overlap(asked(pair["first"]), asked(pair["second"]), {})]
    right = [pair for pair in found if pair["same"]]
    assert len(right) >= 0.95 * len(found)
    assert len(right) >= 0.85 * sum(pair["same"] for pair in PAIRS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("为什么用 LayerNorm 而不用 BatchNorm？", "为什么用 BatchNorm 而不用 LayerNorm？"),
        ("它的时间复杂度是多少？", "它的时间复杂度是多少？"),
        ("有什么优缺点？", "有什么优缺点？"),
        ("哪些错误可以重试？", "哪些错误不可以重试？"),
        ("GPT-3 的参数量是多少？", "GPT-2 的参数量是多少？"),
        ("", ""),
    ],
)
def test_guards(first: str, second: str) -> None:
    assert overlap(asked(first), asked(second), {}) == 0


def test_sides_of_a_difference_may_be_swapped() -> None:
    assert overlap(asked("BN 和 LN 的区别？"), asked("LayerNorm 与 BatchNorm 有什么不同"), {}) == 1


def test_linked_across_articles_with_all_answers_kept(coach: Coach, corpus: Path) -> None:
    write(corpus, "norms.md", **{"BN 和 LN 有什么不同？": "维度不同。", "BN 和 RMSNorm 有什么不同？": "公式不同。"})
    list(coach.ingest())
    assert links(coach) == {
        "BatchNorm 和 LayerNorm 的区别是什么？": ["BN 和 LN 有什么不同？"],
        "BN 和 LN 有什么不同？": ["BatchNorm 和 LayerNorm 的区别是什么？"],
    }
    assert len([q for q in coach.questions() if "不同" in q.text or "区别是" in q.text]) == 3


def test_questions_of_one_article_are_not_linked(coach: Coach, corpus: Path) -> None:
    write(corpus, "twice.md", **{"什么是 LoRA？": "一。", "介绍一下 LoRA": "二。"})
    list(coach.ingest())
    assert links(coach) == {}


def test_only_new_questions_are_compared(open_coach: OpenCoach, corpus: Path) -> None:
    encoder = CountingEncoder()
    coach = open_coach(encoder=encoder)
    write(corpus, "a.md", **{"什么是 LoRA？": "甲。", "什么是 RAG？": "乙。"})
    write(corpus, "b.md", **{"介绍一下 LoRA": "丙。", "RAG 是什么？": "丁。"})
    list(coach.ingest())
    assert encoder.queries == 4
    assert len(links(coach)) == 4
    list(coach.ingest())
    assert encoder.queries == 4
    write(corpus, "c.md", **{"LoRA 是什么？": "戊。"})
    list(coach.ingest())
    assert encoder.queries == 7
    assert sorted(links(coach)["LoRA 是什么？"]) == ["什么是 LoRA？", "介绍一下 LoRA"]


def test_a_changed_article_is_linked_again_and_a_deleted_one_unlinked(coach: Coach, corpus: Path) -> None:
    write(corpus, "a.md", **{"什么是 LoRA？": "甲。"})
    write(corpus, "b.md", **{"LoRA 是什么？": "乙。"})
    list(coach.ingest())
    assert len(links(coach)) == 2
    write(corpus, "b.md", **{"LoRA 是什么？": "丙。"})
    list(coach.ingest())
    assert len(links(coach)) == 2
    write(corpus, "b.md", **{"QLoRA 是什么？": "丙。"})
    list(coach.ingest())
    assert links(coach) == {}
    write(corpus, "b.md", **{"LoRA 是什么？": "丙。"})
    list(coach.ingest())
    assert len(links(coach)) == 2
    coach.delete(next(article.id for article in coach.articles() if article.source == "b.md"))
    assert links(coach) == {}


def test_what_was_not_compared_is_compared_by_the_next_ingest(coach: Coach, corpus: Path) -> None:
    write(corpus, "a.md", **{"什么是 LoRA？": "甲。"})
    write(corpus, "b.md", **{"LoRA 是什么？": "乙。"})
    list(coach.ingest())
    with coach._manifest.write() as connection:  # as if killed after the words were indexed
        connection.execute("DELETE FROM question_links")
        connection.execute("UPDATE compared SET linked = 0")
    list(coach.ingest())
    assert len(links(coach)) == 2


def test_new_synonyms_make_new_links(coach: Coach, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(corpus, "a.md", **{"什么是 LoRA？": "甲。"})
    write(corpus, "b.md", **{"LoRA 是什么？": "乙。"})
    list(coach.ingest())
    with coach._manifest.write() as connection:
        connection.execute("DELETE FROM question_links")
    list(coach.ingest())
    assert links(coach) == {}
    monkeypatch.setattr("coach.index.links._version", lambda: "other")
    list(coach.ingest())
    assert len(links(coach)) == 2


def test_equal_files_that_cannot_be_read_fail_each_in_its_own_name(coach: Coach, corpus: Path) -> None:
    for name in ("one.md", "two.md"):
        (corpus / name).write_text("")
    failed = [progress for progress in coach.ingest() if progress.status == "failed"]
    assert [Path(progress.article).name for progress in failed] == ["one.md", "two.md"]


def test_changed_and_new_questions(coach: Coach, corpus: Path, open_coach: OpenCoach) -> None:
    assert len(coach.new_questions()) == 5
    write(corpus, "a.md", **{"什么是 LoRA？": "甲。", "什么是 RAG？": "乙。"})
    list(coach.ingest())
    write(corpus, "a.md", **{"什么是 LoRA？": "丙。", "什么是 RAG？": "乙。"})
    list(coach.ingest())
    summary = coach.last_ingest
    assert summary is not None
    assert [q.answer for q in summary.questions_changed] == ["丙。"]
    assert not summary.questions_added
    assert not summary.questions_removed
    assert [q.text for q in open_coach().new_questions()] == ["什么是 LoRA？", "什么是 RAG？"]
    write(corpus, "a.md", **{"什么是 RAG？": "乙。"})
    list(coach.ingest())
    assert [q.text for q in coach.new_questions()] == ["什么是 RAG？"]


def test_an_abandoned_ingest_has_new_questions_too(open_coach: OpenCoach) -> None:
    coach = open_coach()
    running = coach.ingest()
    next(running)
    running.close()
    assert len(coach.new_questions()) == 3
