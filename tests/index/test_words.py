import pytest

from coach.index.words import GENERIC, STOP_WORDS, TERMS, concepts, content_words, cut, segment


def test_the_dictionary_is_large_and_whole() -> None:
    assert len(TERMS) >= 600
    assert all(chinese and english and all(english) for chinese, english in TERMS.items())


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("注意力机制 (attention)", {"注意力", "机制", "注意力机制", "attention"}),
        ("LayerNorm", {"layernorm", "layer", "norm"}),
        ("P-Tuning v2", {"ptuning", "tuning", "v2"}),
        ("Ｅmbeddings", {"embedding"}),
        ("llama2 1.5B", {"llama2", "llama", "1point5b"}),
        ("C++ C#", {"cplusplus", "csharp"}),
    ],
)
def test_segment(text: str, held: set[str]) -> None:
    assert held <= set(segment(text))


def test_words_without_a_topic_are_left_out() -> None:
    assert content_words("请问什么是 LoRA，how does it work?") == ["lora"]
    assert not STOP_WORDS & {"lora", "注意力"}


def test_generic_words_are_no_stop_words() -> None:
    assert "原因" in GENERIC
    assert not GENERIC & {"注意力", "lora"}


@pytest.mark.parametrize(
    ("text", "word", "other"),
    [
        ("灾难性遗忘", "灾难性遗忘", ("catastrophic", "forgetting")),
        ("catastrophic forgetting", "forgetting", ("灾难性遗忘",)),
        ("RoPE", "rope", ("旋转位置编码",)),
        ("RoPE", "rope", ("rotary", "position", "embedding")),
        ("LayerNorm", "layernorm", ("layer", "norm")),
        ("梯度检查点", "梯度检查点", ("激活重计算",)),
        ("bias-variance", "bias", ("偏差",)),
    ],
)
def test_a_concept_knows_its_other_forms(text: str, word: str, other: tuple[str, ...]) -> None:
    forms = {concept.word: concept.others for concept in concepts(text)}
    assert other in forms[word]


def test_parts_of_a_term_are_no_concepts() -> None:
    assert [concept.word for concept in concepts("灾难性遗忘")] == ["灾难性遗忘"]


def test_cut_gives_each_word_once() -> None:
    assert cut("注意力机制 works") == ["注意力机制", "works"]
