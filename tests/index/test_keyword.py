from pathlib import Path

import pytest

from coach.index.keyword import Keyword
from coach.index.manifest import Manifest
from coach.index.words import concepts
from coach.records import Chunk, Parsed, Section

TEXTS = [
    ("什么是灾难性遗忘？", "模型学习新任务之后丢失旧的能力。"),
    ("", "Catastrophic forgetting is the loss of old skills."),
    ("LoRA 的秩怎么选？", "秩越大，可训练的参数越多。"),
    ("", "今天天气很好，适合散步。"),
    ("", "LoRA 冻结原有的权重，只训练低秩矩阵。"),
]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    opened = Manifest(tmp_path / "m.sqlite3")
    opened.replace(
        path="a",
        article_id="a",
        content_hash="h",
        parser=1,
        parsed=Parsed("", (), "", "", tuple(Section(q, t) for q, t in TEXTS), ()),
        chunks={number: [Chunk(text, 0, len(text), 1)] for number, (_, text) in enumerate(TEXTS)},
    )
    return opened


def ranked(manifest: Manifest, question: str, without: tuple[str, ...] = ()) -> list[tuple[int, float]]:
    keyword = Keyword(manifest)
    ids = [passage.id for passage in manifest.passages()]
    rare = keyword.rarities(concepts(question), without=without)
    matches = keyword.match(rare, keyword.candidates(rare, limit=10))
    return sorted(((ids.index(id_), match.score) for id_, match in matches.items()), key=lambda found: -found[1])


def test_a_translation_is_found_after_the_word_itself(manifest: Manifest) -> None:
    assert [row for row, _ in ranked(manifest, "灾难性遗忘")] == [0, 1]
    assert [row for row, _ in ranked(manifest, "catastrophic forgetting")] == [1, 0]


def test_a_word_in_the_question_counts_more_than_in_the_body(manifest: Manifest) -> None:
    assert [row for row, _ in ranked(manifest, "LoRA")] == [2, 4]


def test_scores_are_shares_and_do_not_grow_with_the_question(manifest: Manifest) -> None:
    short, long = ranked(manifest, "LoRA"), ranked(manifest, "LoRA 天气")
    assert 0 < long[0][1] < short[0][1] <= 1


def test_what_no_passage_holds_is_rarest(manifest: Manifest) -> None:
    rare = {each.concept.word: each for each in Keyword(manifest).rarities(concepts("LoRA 量子纠缠"))}
    assert rare["lora"].passages == 2
    assert rare["量子"].passages == 0
    assert rare["量子"].idf > rare["lora"].idf


def test_left_out_passages_do_not_count(manifest: Manifest) -> None:
    ids = [passage.id for passage in manifest.passages()]
    [rare] = Keyword(manifest).rarities(concepts("灾难性遗忘"), without={ids[0]})
    assert rare.passages == 1  # the English one is left


def test_match_tells_what_the_own_question_names(manifest: Manifest) -> None:
    keyword = Keyword(manifest)
    first = manifest.passages()[0].id
    match = keyword.match(keyword.rarities(concepts("灾难性遗忘")), [first])[first]
    assert (match.question, match.own, match.coverage) == (1.0, 1.0, 1.0)


def test_nothing_asked_nothing_found(manifest: Manifest) -> None:
    assert ranked(manifest, "的？") == []
    assert ranked(manifest, "") == []
