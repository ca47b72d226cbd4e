from coach.index.memory import memory_search
from coach.service import Coach
from tests.support.encoders import HashedEncoder

TEXTS = [
    "LoRA 冻结原有权重，只训练低秩矩阵。",
    "BatchNorm 在批次上统计。",
    "Dropout 随机丢弃神经元。",
    "今天天气很好。",
]
QUESTIONS = ["LoRA 是什么？", "BatchNorm 是什么？", "Dropout 是什么？", ""]


def test_both_rankers_are_fused() -> None:
    search, ids = memory_search(TEXTS, HashedEncoder(), QUESTIONS)
    [first, *_] = search.search("LoRA 训练什么")
    assert first.passage.id == ids[0]
    assert first.keyword > 0
    assert first.dense > 0


def test_words_alone_suffice() -> None:
    search, ids = memory_search(TEXTS, HashedEncoder(), QUESTIONS)
    search._backend = lambda: None
    [first, *_] = search.search("Dropout")
    assert (first.passage.id, first.dense) == (ids[2], 0.0)


def test_left_out_passages_are_not_found() -> None:
    search, ids = memory_search(TEXTS, HashedEncoder(), QUESTIONS)
    found = search.find("LoRA 是什么", without={ids[0]})
    assert ids[0] not in {hit.passage.id for hit in found.hits}
    assert ids[0] not in {*found.matches, *found.cosines}


def test_an_empty_question_finds_nothing() -> None:
    search, _ = memory_search(TEXTS, HashedEncoder())
    assert search.search("") == []


def test_hits_are_ordered_and_limited(coach: Coach) -> None:
    hits = coach.search("LayerNorm 归一化", limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_neighbours_in_the_article_speak_for_a_passage() -> None:
    search, ids = memory_search(
        ["LoRA 冻结权重。", "训练两个小矩阵。", "今天天气很好。", "训练两个小矩阵。"], HashedEncoder()
    )
    search._backend = lambda: None
    scores = {hit.passage.id: hit.score for hit in search.search("LoRA 训练")}
    assert scores[ids[1]] > scores[ids[3]]


def test_of_two_languages_that_of_the_question_comes_first() -> None:
    others = ["LoRA 训练低秩矩阵", "今天天气很好", "BatchNorm 在批次上统计", "KV cache 省时间"]
    texts, questions = ["Dropout 0", "Dropout 0", *others], ["What is dropout?", "什么是 Dropout？", "", "", "", ""]
    search, ids = memory_search(texts, HashedEncoder(), questions)
    search._backend = lambda: None
    assert search.search("介绍 dropout")[0].passage.id == ids[1]
    assert search.search("what is dropout")[0].passage.id == ids[0]


def test_a_misspelt_word_is_searched_as_it_was_meant() -> None:
    search, ids = memory_search(["Transformer 用自注意力。", "今天天气很好。"], HashedEncoder(), ["Transformer", ""])
    found = search.find("transfomer 用什么")
    assert found.question == "transformer 用什么"
    assert found.hits[0].passage.id == ids[0]
