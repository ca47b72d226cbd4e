"""Points that a candidate contests ("I did say that"): found in the answer, and heard when the question comes again."""

from collections.abc import Sequence

from coach.index.words import content_words
from coach.records import Grade, PointVerdict
from coach.talk.sentences import units

SAID_AGAIN = 0.6
"""Share of the content words of a contested sentence that an answer must hold to say the same again."""
_WORTH = {"covered": 1.0, "partial": 0.5}


def with_contests(grade: Grade, answer: str, contests: Sequence[tuple[str, str]]) -> Grade:
    """Count points that the candidate contested before, if the answer says them with the same words again.

    Args:
        grade: The grade of the answer.
        answer: What the candidate said.
        contests: (text of the point, words by which the candidate made it before).
    """
    sentences = [unit.text for unit in units(answer)]
    points: list[PointVerdict] = []
    gain = 0.0
    for point in grade.points:
        words = [frozenset(content_words(said)) for text, said in contests if text == point.point.text]
        again = next(
            (
                sentence
                for sentence in sentences
                for needed in words
                if needed and len(needed.intersection(content_words(sentence))) >= SAID_AGAIN * len(needed)
            ),
            "",
        )
        if again and point.verdict != "covered":
            gain += 1.0 - _WORTH.get(point.verdict, 0.0)
            point = PointVerdict(point.point, "covered", again, point.source or point.point.quote, 1.0, "contested")
        points.append(point)
    if not gain:
        return grade
    return Grade(min(1.0, grade.score + gain / len(points)), tuple(points), grade.remarks)


def nearest(answer: str, grade: Grade, point: int) -> str:
    """Return the sentence of an answer that shares the most words with a point."""
    if not 0 <= point < len(grade.points):
        return ""
    wanted = frozenset(content_words(grade.points[point].point.text))
    sentences = [unit.text for unit in units(answer)]
    return max(sentences, key=lambda sentence: len(wanted.intersection(content_words(sentence))), default="")
