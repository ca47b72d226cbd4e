"""The Python surface that scripts of others call."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.config import Settings
from coach.errors import CorpusError, HomeError, SettingsError
from coach.records import Done, Hits, Text, Turn
from coach.service import Coach
from tests.support.encoders import HashedEncoder


def test_ingest_reports_each_article(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    first = list(coach.ingest())
    assert [(p.article.rsplit("/", 1)[-1], p.status, p.done, p.total) for p in first] == [
        ("attention.md", "added", 1, 2),
        ("forgetting.md", "added", 2, 2),
    ]
    assert {p.status for p in coach.ingest()} == {"unchanged"}


def test_records(coach: Coach) -> None:
    questions = coach.questions()
    assert [bool(q.answer) for q in questions] == [True, True, False, True, True]
    article = next(a for a in coach.articles() if a.title == "注意力")
    assert {q.article for q in questions[:3]} == {article.id}
    assert questions[0].topics == ("attention",)
    assert article.source == "attention.md"
    assert (article.questions, article.passages) == (3, 2)
    assert coach.dropped(article.id) == []


def test_search_finds_the_right_passage_first(coach: Coach) -> None:
    hits = coach.search("灾难性遗忘怎么缓解", limit=2)
    assert "灾难性遗忘" in hits[0].passage.question
    assert hits[0].passage.source == "forgetting.md:5"
    assert hits[0].score >= hits[1].score
    assert len(hits) <= 2


def test_ask_streams_hits_then_text_then_the_checked_answer(coach: Coach) -> None:
    events = list(coach.ask("为什么注意力要除以 √d_k？"))
    assert isinstance(events[0], Hits)
    assert all(isinstance(event, Text) for event in events[1:-1])
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    assert "".join(event.text for event in events[1:-1]) == answer.text
    assert "softmax" in answer.text
    assert not answer.abstained
    for citation in answer.citations:
        assert citation.passage.text[citation.start : citation.end] == citation.quote
        assert citation.passage == events[0].hits[citation.number - 1].passage


def test_every_sentence_of_an_extractive_answer_is_cited_word_for_word(coach: Coach) -> None:
    answer = coach.answer("微调大模型时如何避免灾难性遗忘？")
    assert [citation.quote.lstrip("- ")[:3] for citation in answer.citations] == [
        "灾难性",
        "回放：",
        "正则化",
        "参数高",
    ]
    assert {citation.support for citation in answer.citations} == {1.0}


@pytest.mark.parametrize("question", ["红烧肉怎么做才好吃？", "Who won the football world cup in 1998?", "…？！"])
def test_what_the_articles_do_not_hold_is_refused(coach: Coach, question: str) -> None:
    answer = coach.answer(question)
    assert answer.abstained
    assert not answer.citations


def test_a_question_without_an_answer_is_not_answered_by_invention(coach: Coach) -> None:
    answer = coach.answer("LLaMA 和 ChatGLM 有什么区别？")
    assert answer.abstained
    assert "LLaMA 和 ChatGLM 有什么区别？" in answer.text
    assert all(question.answered for question in answer.nearest)


def test_a_greeting_is_no_refusal(coach: Coach) -> None:
    answer = coach.answer("你好！")
    assert not answer.abstained
    assert answer.nearest


def test_a_follow_up_is_understood_from_the_history(coach: Coach) -> None:
    history = [Turn("user", "BatchNorm 和 LayerNorm 的区别是什么？"), Turn("coach", "……")]
    assert "LayerNorm" in coach.answer("它们为什么和批次大小有关？", history).text


def test_no_encoder_work_when_nothing_changed(open_coach: Callable[..., Coach]) -> None:
    encoder = HashedEncoder()
    coach = open_coach(encoder=encoder)
    list(coach.ingest())
    encoded = encoder.passages_encoded
    list(coach.ingest())
    assert encoder.passages_encoded == encoded > 0


def test_a_missing_corpus_is_told_and_nothing_is_lost(coach: Coach, corpus: Path) -> None:
    corpus.rename(corpus.with_name("away"))
    with pytest.raises(CorpusError, match="does not exist"):
        list(coach.ingest())
    assert len(coach.questions()) == 5


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="can't be written"):
        Coach(Settings(home=tmp_path / "file" / "home", llm="none"))


def test_switching_the_encoder_re_embeds_and_swaps(open_coach: Callable[..., Coach]) -> None:
    old, new = HashedEncoder("old"), HashedEncoder("new", dimension=32)
    list(open_coach(encoder=old).ingest())
    coach = open_coach(encoder=new)
    list(coach.ingest())
    assert new.passages_encoded == len(coach.passages())
    assert coach.search("灾难性遗忘")[0].dense > 0.3
    _, vectors = coach._parts.backend()
    assert vectors.fingerprints() == {new.fingerprint}


def test_delete_and_undo_give_everything_back(coach: Coach, corpus: Path) -> None:
    before = {question.id for question in coach.questions()}
    article = next(article for article in coach.articles() if article.source == "attention.md")
    assert coach.delete(article.id)
    assert {article.source for article in coach.articles()} == {"forgetting.md"}
    assert all(hit.passage.article_id != article.id for hit in coach.search("多头注意力的时间复杂度"))
    list(coach.ingest())
    assert len(coach.articles()) == 1
    assert [title for _, title, _ in coach.deleted()] == ["注意力"]
    list(coach.undelete(article.id))
    assert {question.id for question in coach.questions()} == before
    assert coach.deleted() == []
    assert (corpus / "attention.md").exists()


def test_added_files_and_text_are_copied_into_the_home(coach: Coach, tmp_path: Path) -> None:
    upload = tmp_path / "up" / "LoRA.md"
    upload.parent.mkdir()
    upload.write_text("## 什么是 LoRA？\n\nLoRA 冻结权重，只训练低秩矩阵。\n", encoding="utf-8")
    results = list(coach.add_files([upload, tmp_path / "none.md"]))
    assert sorted(progress.status for progress in results) == ["added", "failed"]
    upload.unlink()
    list(coach.add_text("DPO 笔记", "## 什么是 DPO？\n\nDPO 直接用偏好数据优化策略。\n"))
    assert "低秩矩阵" in coach.answer("LoRA 是什么？").text
    assert {"unchanged"} == {progress.status for progress in coach.ingest()}
    assert {"LoRA.md", "DPO 笔记.md"} <= {article.source for article in coach.articles()}


def test_a_dropped_line_can_be_kept(coach: Coach, corpus: Path) -> None:
    line = "想要进交流群的同学，可以直接加微信号：abc123，备注：研究方向。"
    text = f"LoRA 面试题\n问题1、什么是 LoRA？\nLoRA 冻结权重，只训练低秩矩阵。\n{line}\n"
    (corpus / "post.txt").write_text(text, encoding="utf-8")
    list(coach.ingest())
    article = next(article for article in coach.articles() if article.source == "post.txt")
    [(number, dropped, rule)] = coach.dropped(article.id)
    assert (number, dropped) == (4, line)
    assert rule
    list(coach.keep_line(article.id, number))
    assert coach.dropped(article.id) == []
    assert any(line in passage.text for passage in coach.passages(article.id))
    assert {"unchanged"} == {progress.status for progress in coach.ingest()}


def test_the_refusal_threshold_takes_effect_at_once_and_is_remembered(
    coach: Coach, open_coach: Callable[..., Coach]
) -> None:
    question = "微调大模型时如何避免灾难性遗忘？"
    assert coach.refusal == coach.settings.refusal and not coach.answer(question).abstained
    coach.set_refusal(1.0)
    assert coach.answer(question).abstained
    assert open_coach().refusal == 1.0
    coach.set_refusal(0.0)
    assert not coach.answer(question).abstained
    with pytest.raises(SettingsError, match="from 0 to 1"):
        coach.set_refusal(1.5)


@pytest.mark.parametrize("damage", ["deleted", "overwritten"])
def test_lost_vectors_are_made_again_from_the_articles(open_coach: Callable[..., Coach], damage: str) -> None:
    coach = open_coach()
    list(coach.ingest())
    before, folder = coach.search("灾难性遗忘怎么缓解"), coach.settings.chroma
    coach.close()
    if damage == "deleted":
        shutil.rmtree(folder)
    else:
        (folder / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    again = open_coach()
    again.warm_up()
    assert again.status().problems == ()
    assert again.search("灾难性遗忘怎么缓解") == before
    assert folder.with_name("chroma.damaged").exists() == (damage == "overwritten")


def test_vectors_that_chroma_cannot_read_any_more_are_made_again(settings, monkeypatch):
    with Coach(settings, encoder=HashedEncoder()) as coach:
        list(coach.ingest())
        encoder, vectors = coach._parts.backend()
        whole = vectors.ids(encoder.fingerprint)
        dropped = []

        def unreadable(*_):
            raise vectors._failed("read", RuntimeError("Failed to apply logs to the hnsw segment writer"))

        def drop(self, fingerprint):
            monkeypatch.undo()
            dropped.append(fingerprint)
            vectors.drop(fingerprint)

        for name, broken in (("ids", unreadable), ("count", unreadable), ("drop", drop)):
            monkeypatch.setattr(type(vectors), name, broken)
        told = str(vectors._failed("read", RuntimeError("the segment is corrupt")))
        assert told.endswith("They are derived: delete that folder and ingest again, nothing is lost.")
        assert told.count("ingest again") == 1
        coach.heal()
        assert dropped == [encoder.fingerprint]
        assert vectors.ids(encoder.fingerprint) == whole
