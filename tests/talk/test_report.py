"""The report counts what docs/interview.md says, and says something with one interview and with hundreds."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest

from coach.records import FollowUp, Grade, KeyPoint, Passage, PointVerdict
from coach.talk.events import Answered, Assessed, Contested, Ended, Item, Plan, Started, Unknown
from coach.talk.interview import Interview, begin, step
from coach.talk.pictures import radar, trend
from coach.talk.report import clarity, first_to_mend, report
from coach.talk.report_pages import advice, anki, html, markdown

REFERENCE = "The core is **simple**. It takes $n^2$ steps. Cost is <b>low</b>."
KINDS = ("opening", "formula", "claim")


def verdict(kind: str, said: str, place: int) -> PointVerdict:
    text = REFERENCE.split(". ")[place]
    start = REFERENCE.index(text)
    point = KeyPoint(text, text, start, start + len(text), kind)  # type: ignore[arg-type]
    return PointVerdict(point, said, "my words" if said != "missed" else "", text, 0.9)  # type: ignore[arg-type]


def grade(score: float, *verdicts: str) -> Grade:
    return Grade(
        score, tuple(verdict(kind, said, n) for n, (kind, said) in enumerate(zip(KINDS, verdicts, strict=True)))
    )


def interview(*grades: Grade) -> Interview:
    slots = tuple(
        (Item(f"q{n}", f"What is {n}?", REFERENCE, f"topic{n % 2}", "art", "Art"),) for n in range(len(grades))
    )
    now = begin(Started(Plan(language="en", follow_ups=0), slots))
    for number, each in enumerate(grades):
        now = step(now, Answered("my words = are *here*. Um, well.", 60.0 * (number + 1)))
        now = step(now, Assessed(each, None, 60.0 * (number + 1)))
    return now


def test_dimensions_count_points_and_sentences() -> None:
    result = report(interview(grade(0.5, "covered", "missed", "contradicted")))
    shares = {name: (share.part, share.whole) for name, share in result.dimensions.items()}
    assert shares == {"coverage": (1, 3), "correctness": (1, 2), "depth": (0, 1), "clarity": (1, 2)}
    assert clarity("").value is None


def test_strongest_weakest_topics_and_time() -> None:
    result = report(interview(grade(0.9, *["covered"] * 3), grade(0.0, *["missed"] * 3), grade(0.6, *["partial"] * 3)))
    assert [member.number for member in result.strongest] == [0, 2]
    assert [member.number for member in result.weakest] == [1]
    assert list(result.topics) == ["topic1", "topic0"]
    assert (result.score, result.seconds) == (0.5, 180.0)
    nothing = report(interview(grade(0.0, *["missed"] * 3)))
    assert nothing.strongest == ()


def test_reading_names_the_passages_of_what_was_missed() -> None:
    passages = [Passage("p1", "The core is **simple**.", "q", "art", "Art", "a.md:1", "q0"),
                Passage("p2", "It takes $n^2$ steps.", "q", "art", "Art", "a.md:9", "q0")]  # fmt: skip
    result = report(interview(grade(0.5, "covered", "missed", "covered")), {"q0": passages})
    assert [passage.id for passage in result.reading] == ["p2"]


def test_what_to_mend_first() -> None:
    cases = (("missed", "contradicted", "missed"), ("missed", "partial", "missed"), ("covered", "missed", "partial"))
    rounds = [interview(grade(0.1, *said)).rounds[0] for said in cases]
    assert [point.point.kind for each in rounds if (point := first_to_mend(each))] == ["formula", "opening", "claim"]
    assert advice(rounds[0], "en") == "Correct first: you said “my words”, the article says “It takes $n^2$ steps”."
    assert advice(interview(grade(1.0, *["covered"] * 3)).rounds[0], "zh") == ""


def test_pages_show_formulas_and_no_foreign_markup() -> None:
    result = report(
        interview(grade(0.3, "partial", "missed", "missed")), history=[("2026-11-01", 0.2), ("2026-11-02", 0.3)]
    )
    page = html(result)
    assert "<math" in page
    assert "<b>" not in page
    assert page.count("<svg") == 2
    assert "<em>here" not in page
    text = markdown(result)
    assert "# Mock interview report" in text
    assert "&lt;b>low" in text


def test_cards_hold_what_was_missed() -> None:
    contested = step(interview(grade(0.3, "partial", "missed", "missed")), Contested(0, 2, "my words"))
    rows = [row for row in csv.reader(io.StringIO(anki(report(contested)))) if not row[0].startswith("#")]
    assert [row[1] for row in rows] == ["The core is **simple**", "It takes $n^2$ steps"]
    assert rows[0][2] == "topic0"


@pytest.mark.parametrize("count", [1, 2, 300])
def test_trends_say_something_with_few_and_many(count: int) -> None:
    picture = trend([(f"2026-{n:03}", n % 10 / 10) for n in range(count)], "Scores")
    ElementTree.fromstring(picture)
    places = [float(x) for x in re.findall(r'<circle cx="([0-9.]+)"', picture)]
    assert places == sorted(places)
    assert len(places) <= 60


def test_a_radar_without_values_is_empty_but_whole() -> None:
    picture = radar([("a", None), ("b", 0.5), ("c", 1.0)], "Dimensions <1>")
    ElementTree.fromstring(picture)
    assert "a –" in picture
    with pytest.raises(ValueError, match="three"):
        radar([("a", 1.0)], "x")
    with pytest.raises(ValueError, match=r"0\.\.1"):
        trend([("a", 1.2)], "x")


def test_an_interview_without_answers_has_a_report() -> None:
    now = step(begin(Started(Plan(), ((Item("q", "What?", REFERENCE, "t"),),))), Ended())
    for page in (markdown(report(now)), html(report(now)), anki(report(now))):
        assert page
    unknown = begin(Started(Plan(), ((Item("q", "What?", REFERENCE, "t"),),)))
    unknown = step(
        step(unknown, Unknown()),
        Assessed(grade(0.0, *["missed"] * 3), FollowUp("f", verdict("claim", "missed", 2).point, "term", "x")),
    )
    assert report(unknown).score == 0.0
