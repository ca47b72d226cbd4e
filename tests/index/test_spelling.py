import pytest

from coach.index.spelling import corrected, may_be_misspelt, meant

KNOWN = [("transformer", 90), ("transform", 3), ("attention", 80), ("retention", 2), ("normalization", 9)]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("transfomer", "transformer"),
        ("tranformer", "transformer"),
        ("atention", "attention"),
        ("attnetion", "attention"),
        ("attentiom", "attention"),
        ("normallization", "normalization"),
        ("detention", ""),
        ("kubernetes", ""),
        ("attention", ""),
    ],
)
def test_one_slip_is_mended(typed: str, word: str) -> None:
    assert meant(typed, KNOWN) == word


def test_the_commoner_word_is_meant() -> None:
    assert meant("casual", [("causal", 9), ("casuals", 1)]) == "causal"


def test_short_words_and_names_with_digits_stand() -> None:
    assert not may_be_misspelt("qlora")
    assert not may_be_misspelt("llama2")
    assert may_be_misspelt("transfomer")


def test_the_question_is_put_right_where_the_word_stands() -> None:
    assert (
        corrected("Transfomers的位置编码 transfomer2", {"transfomer": "transformer"})
        == "transformer的位置编码 transfomer2"
    )
