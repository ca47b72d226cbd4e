"""Picking questions: what the plan allows, nothing twice, weak ones more often, the same by the same seed."""

from collections import Counter
from dataclasses import replace

import pytest

from coach.errors import InterviewError
from coach.records import KeyPoint, Question
from coach.talk.events import Plan
from coach.talk.planning import Picked, difficulties, hints, near, pick
from coach.talk.review import Memory, Review, fingerprint, memories

DAY = 86_400.0
NOW = 100 * DAY
NAMES = [f"subject{letter}" for letter in "abcdefghij"]
NAMES[3] = "quantization"


def questions(topics: int = 2, each: int = 5) -> list[Question]:
    return [
        Question(
            f"{topic}-{n}", f"What is {NAMES[topic * each + n]}?", "word " * (n + 1) * 30, f"art{topic}", (f"t{topic}",)
        )
        for topic in range(topics)
        for n in range(each)
    ]


def known(
    scores: dict[str, float], *, days_ago: float = 10, answers: dict[str, str] | None = None
) -> dict[str, Memory]:
    given = {question.id: question.answer for question in questions()} | (answers or {})
    return memories(
        Review(id_, NOW - days_ago * DAY, score, "answered", 0, "t", fingerprint(given[id_]))
        for id_, score in scores.items()
    )


def picked(plan: Plan, memory: dict[str, Memory] | None = None, pool: list[Question] | None = None) -> Picked:
    return pick(plan, pool or questions(), memory or {}, NOW, points=lambda _: ())


def mains(found: Picked) -> list[str]:
    return [slot[0].question_id for slot in found.slots]


def test_the_same_seed_gives_the_same_and_another_gives_others() -> None:
    assert picked(Plan(count=4, seed=1)) == picked(Plan(count=4, seed=1))
    assert len({tuple(mains(picked(Plan(count=4, seed=seed)))) for seed in range(20)}) > 5


def test_nothing_comes_twice_and_topics_are_balanced() -> None:
    for seed in range(20):
        found = picked(Plan(count=6, seed=seed))
        every = [item.question_id for slot in found.slots for item in slot]
        assert len(every) == len(set(every))
        shares = Counter(slot[0].topic for slot in found.slots)
        assert max(shares.values()) - min(shares.values()) <= 1


def test_near_repeats_are_left_out() -> None:
    first, second = questions()[:2]
    twin = replace(first, id="twin", text="what is subjecta")
    assert near(first, twin)
    assert not near(first, second)
    for seed in range(10):
        ids = {
            item.question_id
            for slot in picked(Plan(count=9, seed=seed), None, [first, twin, second]).slots
            for item in slot
        }
        assert not {first.id, "twin"} <= ids
    linked = pick(Plan(count=9), [first, second], {}, NOW, points=lambda _: (), linked=[(first.id, second.id)])
    assert len([item for slot in linked.slots for item in slot]) == 1


def test_weak_questions_come_more_often_and_just_answered_ones_hardly() -> None:
    memory = known({"0-0": 0.1, "0-1": 1.0}) | known({"0-2": 1.0}, days_ago=0.5)
    plan = Plan(count=1, topics=("t0",))
    pool = [replace(question, answer="word " * 60) for question in questions(1)]
    came = Counter(id_ for seed in range(400) for id_ in mains(picked(replace(plan, seed=seed), memory, pool)))
    assert came["0-0"] > came["0-1"] > came["0-2"]


def test_sources_narrow() -> None:
    memory = known({"0-0": 0.1, "1-1": 0.2})
    assert set(mains(picked(Plan(count=20, source="due"), memory))) <= {"0-0", "1-1"}
    fresh = {item.question_id for slot in picked(Plan(count=20, source="new"), memory).slots for item in slot}
    assert fresh.isdisjoint({"0-0", "1-1"})
    chosen = picked(Plan(count=20, source="articles", articles=("art1",)))
    assert {item.article for slot in chosen.slots for item in slot} == {"art1"}
    with pytest.raises(InterviewError, match="due for review"):
        picked(Plan(source="due"))
    with pytest.raises(InterviewError, match="pasted text"):
        picked(Plan(text="wine and cheese"))


def test_a_changed_answer_is_due_again() -> None:
    memory = known({"0-0": 1.0}, days_ago=0.1, answers={"0-0": "another answer"})
    assert mains(picked(Plan(source="due"), memory)) == ["0-0"]


def test_a_pasted_text_picks_what_it_names() -> None:
    found = picked(Plan(count=3, text="We look for someone who knows quantization and BLEU."))
    assert found.terms == ("quantization",)
    assert {item.text for slot in found.slots for item in slot} == {"What is quantization?"}


def test_questions_are_in_the_interviews_language_where_there_are_any() -> None:
    pool = [replace(question, language="en" if question.id[0] == "0" else "zh") for question in questions()]
    found = picked(Plan(count=20, language="zh"), None, pool)
    assert {item.question_id[0] for slot in found.slots for item in slot} == {"1"}
    told = picked(Plan(count=20, language="zh", topics=("t0",)), None, pool)
    assert {item.question_id[0] for slot in told.slots for item in slot} == {"0"}


def test_levels_are_thirds_by_what_an_answer_says_and_slots_offer_each() -> None:
    levels = difficulties(questions(1, 9)[:9])
    assert Counter(levels.values()) == {1: 3, 2: 3, 3: 3}
    assert levels["0-0"] == 1
    assert levels["0-8"] == 3
    found = picked(Plan(count=1, topics=("t0",)))
    assert {item.level for item in found.slots[0]} == {1, 2, 3}
    assert {item.level for slot in picked(Plan(count=2, difficulty="hard")).slots for item in slot} == {3}


def test_a_stated_difficulty_is_the_middle_of_its_article() -> None:
    hard = [replace(question, difficulty=3) for question in questions(1, 6)]
    easy = [replace(question, id=f"e{n}", article="b", difficulty=1) for n, question in enumerate(questions(1, 2))]
    silent = [replace(question, id=f"s{n}", article="c") for n, question in enumerate(questions(1, 3))]
    levels = difficulties([*hard, *easy, *silent])
    assert [levels[question.id] for question in hard] == [2, 2, 3, 3, 3, 3]
    assert [levels[question.id] for question in easy] == [1, 1]
    assert [levels[question.id] for question in silent] == [1, 2, 3]


def test_a_plan_picks_and_adapts_by_the_stated_difficulty() -> None:
    pool = [replace(question, difficulty=int(question.id[-1]) % 3 + 1, article=question.id) for question in questions()]
    for difficulty, level in (("easy", 1), ("medium", 2), ("hard", 3)):
        found = picked(Plan(count=2, difficulty=difficulty), None, pool)  # type: ignore[arg-type]  # one of the literals
        assert {item.level for slot in found.slots for item in slot} == {level}
    slot = picked(Plan(count=1), None, pool).slots[0]
    stated = {question.id: question.difficulty for question in pool}
    assert {item.level for item in slot} == {1, 2, 3} == {stated[item.question_id] for item in slot}


def test_hints_do_not_hold_the_answer() -> None:
    question = Question("q", "Which norms?", "1. **BatchNorm**: over the batch\n2. **LayerNorm**: over features", "a")
    points = (KeyPoint("a", "a", 0, 1, "item"), KeyPoint("b 3", "b 3", 2, 5, "number"))
    for language in ("zh", "en"):
        told = " ".join(hints(question, points, language))  # type: ignore[arg-type]
        assert "2" in told
        assert "BatchNorm" not in told
        assert "features" not in told
