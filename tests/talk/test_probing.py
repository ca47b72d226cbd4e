"""Follow-ups ask about what is missing, and give nothing away: tried on the bundled articles."""

import re
from functools import cache
from pathlib import Path

from coach.config import Settings
from coach.index.encoder import Encoder, load_encoder
from coach.records import KeyPoint, PointVerdict
from coach.talk.alignment import key_words
from coach.talk.grading import grade
from coach.talk.keypoints import key_points
from coach.talk.probing import ask, follow_up, secrets

CORPUS = Path(__file__).parents[2] / "corpus"
CASES = 120


@cache
def encoder() -> Encoder:
    return load_encoder("bundled", models=Settings().models)


def answered() -> list[tuple[str, str]]:
    """Questions of the bundled articles with their answers."""
    found = []
    for file in sorted(CORPUS.glob("*.md")):
        for part in file.read_text("utf-8").split("\n## ")[1:]:
            question, _, answer = part.partition("\n")
            found.append((question.strip(), answer.strip()))
    return found


def verdict_on(text: str, kind: str = "claim", verdict: str = "missed", said: str = "") -> PointVerdict:
    point = KeyPoint(text, text, 0, len(text), kind)  # type: ignore[arg-type]
    return PointVerdict(point, verdict, said, text, 0.9)  # type: ignore[arg-type]


def test_a_removed_point_is_asked_for_and_not_given_away() -> None:
    questions = answered()
    step = len(questions) // CASES
    hit = told = tried = 0
    for place, (question, reference) in enumerate(questions[:: max(1, step)][:CASES]):
        points = key_points(question, reference)
        own = [p for p in points if p.kind != "opening"]  # the opening sums the details up: they still say it
        if len(own) < 2:
            continue
        removed = own[place % len(own)]
        answer = "。".join(point.text for point in points if point is not removed)
        asked = follow_up(question, grade(question, reference, answer, encoder=encoder()).points)
        tried += 1
        if asked is None:
            continue
        hit += asked.point == removed
        told += bool(set(key_words(asked.text)) & secrets(question, verdict_on(asked.point.text, said=answer)))
        assert asked.quote in reference
    assert tried >= 100
    assert hit >= 0.9 * tried
    assert not told


def test_nothing_to_ask_when_all_is_covered() -> None:
    assert follow_up("什么是 RAG？", [verdict_on("检索增强生成", verdict="covered", said="检索增强生成")]) is None


def test_what_is_contradicted_comes_first_and_names_the_candidates_words() -> None:
    wrong = verdict_on("学习率越大越容易发散", verdict="contradicted", said="学习率越大越稳定")
    asked = follow_up("学习率怎么选？", [verdict_on("先预热再衰减"), wrong])
    assert asked is not None
    assert asked.asks == "correction"
    assert "学习率越大越稳定" in asked.text
    assert "发散" not in asked.text


def test_it_asks_for_what_the_point_is_made_of() -> None:
    number = ask("GPT-3 有多大？", verdict_on("参数量为 175B"))
    assert number.asks == "number"
    assert not re.search("175|参数", number.text)
    formula = ask("注意力的复杂度？", verdict_on("计算量是 $O(n^2 d)$"))
    assert formula.asks == "formula"
    side = ask("BatchNorm 和 LayerNorm 的区别？", verdict_on("LayerNorm 适合变长序列"))
    assert side.asks == "side"
    assert "LayerNorm" in side.text
    assert "变长" not in side.text
    english = ask("What is a stack?", verdict_on("It is last in, first out"), language="en")
    assert not re.search("[一-龥]", english.text)
