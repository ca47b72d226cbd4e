"""Contested points count at once and when they are said again; edited points stay until the article changes."""

from coach.records import Grade, KeyPoint, PointVerdict
from coach.talk.contests import conceded, nearest, with_contests
from coach.talk.edited import edited_points

OPENING = KeyPoint("The norm is over features.", "The norm is over features.", 0, 26, "opening")
DETAIL = KeyPoint("It needs no batch.", "It needs no batch.", 27, 45)
REFERENCE = "The norm is over features. It needs no batch."
ANSWER = "It works along the last axis. Nothing else."


def grade(*verdicts: str) -> Grade:
    points = tuple(
        PointVerdict(point, verdict, "words" if verdict != "missed" else "", point.quote, 1.0)  # type: ignore[arg-type]
        for point, verdict in zip((OPENING, DETAIL), verdicts, strict=True)
    )
    return Grade(0.0, points, ("remark",))


def test_a_conceded_point_counts_as_much_as_it_weighs() -> None:
    assert conceded(grade("missed", "missed"), {0: ANSWER}).score == round(2 / 3, 4)
    assert conceded(grade("missed", "partial"), {1: ANSWER}).score == round(1 / 6, 4)
    whole = conceded(grade("contradicted", "missed"), {0: ANSWER})
    assert (whole.points[0].verdict, whole.points[0].said, whole.points[0].reason) == ("covered", ANSWER, "contested")
    assert whole.remarks == ("remark",)
    covered = grade("covered", "missed")
    assert conceded(covered, {0: ANSWER}) == covered


def test_the_same_words_again_make_the_point() -> None:
    said = [(OPENING.text, "It works along the last axis")]
    again = with_contests(grade("missed", "missed"), "The last axis: it works along that.", said)
    assert again.points[0].verdict == "covered"
    assert with_contests(grade("missed", "missed"), "Something else entirely.", said) == grade("missed", "missed")


def test_the_nearest_sentence_is_chosen() -> None:
    assert nearest("Features matter for the norm. Cats sleep.", grade("missed", "missed"), 0).startswith("Features")
    assert nearest("x", grade("missed", "missed"), 9) == ""


def test_edited_points_are_tied_to_the_article() -> None:
    points = edited_points(
        [DETAIL.text, "features, not samples", "over features", DETAIL.text], REFERENCE, [OPENING, DETAIL]
    )
    assert [point.text for point in points] == [DETAIL.text, "features, not samples", "over features"]
    assert points[0] == DETAIL
    assert points[1].quote == OPENING.quote
    assert all(REFERENCE[point.start : point.end] == point.quote for point in points)
    assert edited_points(["anything"], "", [])[0].quote == "anything"
