from hypothesis import given
from hypothesis import strategies as st

from coach.records import Passage
from coach.talk.citations import check, numbers_in, without_marks

NORMS = Passage(
    "p1", "LayerNorm 在特征维度上做归一化。它不依赖批次大小。", "LayerNorm 是什么？", "a", "归一化", "a.md:1"
)
LORA = Passage("p2", "LoRA 冻结权重，只训练秩为 8 的低秩矩阵。", "LoRA 是什么？", "b", "微调", "b.md:1")
PASSAGES = (NORMS, LORA)


def test_a_true_citation_holds_and_quotes_the_passage() -> None:
    checked = check("LayerNorm 是在特征维度上归一化的 [1]。", PASSAGES)
    [citation] = checked.citations
    assert citation.quote == "LayerNorm 在特征维度上做归一化。"
    assert NORMS.text[citation.start : citation.end] == citation.quote
    assert checked.text.endswith("[1]")


def test_a_citation_of_the_wrong_passage_goes_with_its_sentence() -> None:
    checked = check("LayerNorm 在特征维度上做归一化 [2]。LoRA 冻结权重 [2]。", PASSAGES)
    assert checked.text == "LoRA 冻结权重。 [2]"
    assert (checked.supported, checked.dropped) == (1, 1)


def test_of_two_citations_only_the_true_one_stays() -> None:
    checked = check("LoRA 冻结权重，只训练低秩矩阵 [1][2]。", PASSAGES)
    assert [citation.number for citation in checked.citations] == [2]
    assert "[1]" not in checked.text


def test_citations_are_numbered_in_the_order_of_their_first_use() -> None:
    checked = check(
        "LoRA 冻结权重 [2]。LayerNorm 在特征维度上做归一化 [1]。LoRA 训练低秩矩阵 [2]。", PASSAGES, renumber=True
    )
    assert numbers_in(checked.text) == [1, 2, 1]
    assert {(c.number, c.passage.id) for c in checked.citations} == {(1, LORA.id), (2, NORMS.id)}


def test_a_number_that_the_passage_does_not_hold_costs_support() -> None:
    assert not check("LoRA 训练秩为 64 的低秩矩阵 [2]。", PASSAGES).citations
    assert check("LoRA 训练秩为 8 的低秩矩阵 [2]。", PASSAGES).citations


def test_a_number_out_of_range_is_no_citation() -> None:
    assert check("LoRA 冻结权重 [7]。", PASSAGES).citations == ()


def test_marks_behind_the_full_stop_belong_to_the_sentence_before() -> None:
    checked = check("LayerNorm 在特征维度上做归一化。[1] LoRA 冻结权重。[2]", PASSAGES)
    assert [(citation.number, citation.quote[:4]) for citation in checked.citations] == [(1, "Laye"), (2, "LoRA")]


def test_a_sentence_without_marks_stays_uncited() -> None:
    checked = check("总的来说如此。LoRA 冻结权重 [2]。", PASSAGES)
    assert checked.text.startswith("总的来说如此。")
    assert len(checked.citations) == 1


def test_code_and_formulas_hold_no_citations() -> None:
    assert numbers_in("`a[1]` 和 $x[2]$ 见 [3]") == [3]
    assert without_marks("`a[1]` 见 [3]。") == "`a[1]` 见。"


def test_the_text_of_the_extractive_writer_passes_unchanged() -> None:
    text = "`a[1]` 说明。\n\n```python\nx = a[2]\n```"
    passage = Passage("p", text, "", "a", "t", "t:1")
    written = "`a[1]` 说明。 [1]\n\n```python\nx = a[2]\n```\n\n[1]"
    checked = check(written, [passage])
    assert checked.text == written
    assert [citation.quote for citation in checked.citations] == ["`a[1]` 说明。", "```python\nx = a[2]\n```"]


@given(st.text(alphabet="[]12 LoRA冻结权重。`$\n-|", max_size=120))
def test_any_text_gives_only_citations_that_exist(text: str) -> None:
    for citation in check(text, PASSAGES).citations:
        assert citation.passage == PASSAGES[citation.number - 1]
        assert citation.passage.text[citation.start : citation.end] == citation.quote


def test_a_space_behind_a_mark_stays() -> None:
    english = Passage("p3", "LoRA freezes the weights. It trains two small matrices.", "", "c", "t", "c.md:1")
    text = "LoRA freezes the weights. [1] It trains two small matrices. [1]"
    assert check(text, [english]).text == text
