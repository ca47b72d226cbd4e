"""Points that a candidate contests ("I did say that"): found in the answer, and heard when the question comes again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from coach.index.words import content_words
from coach.records import Grade, PointVerdict
from coach.talk.keypoints import importance
from coach.talk.sentences import units

SAID_AGAIN = 0.6
"""Share of the content words of a contested sentence that an answer must hold to say the same again."""
WORTH = {"covered": 1.0, "partial": 0.5}


def with_contests(grade: Grade, answer: str, contests: Sequence[tuple[str, str]]) -> Grade:
    """Count points that the candidate contested before, if the answer says them with the same words again.

    Args:
        grade: The grade of the answer.
        answer: What the candidate said.
        contests: (text of the point, words by which the candidate made it before).
    """
    sentences = [unit.text for unit in units(answer)]
    again: dict[int, str] = {}
    for place, point in enumerate(grade.points):
        words = [frozenset(content_words(said)) for text, said in contests if text == point.point.text]
        for sentence in sentences:
            held = set(content_words(sentence))
            if any(needed and len(needed & held) >= SAID_AGAIN * len(needed) for needed in words):
                again.setdefault(place, sentence)
    return conceded(grade, again)


def conceded(grade: Grade, said: Mapping[int, str]) -> Grade:
    """Count points as covered, by the words of the candidate that make them; others stay as they are.

    Args:
        grade: The grade of the answer.
        said: Words of the answer, by the place of the point that they make.
    """
    moves = {}
    for place, words in said.items():
        point = grade.points[place]
        source = point.source or point.point.quote
        moves[place] = replace(point, verdict="covered", said=words, source=source, confidence=1.0, reason="contested")
    return moved(grade, moves)


def moved(grade: Grade, moves: Mapping[int, PointVerdict]) -> Grade:
    """Put other verdicts in the place of some, and what they are worth more into the score."""
    counts = importance([point.point for point in grade.points])
    points = list(grade.points)
    gain = 0.0
    for place, verdict in moves.items():
        gain += (WORTH.get(verdict.verdict, 0.0) - WORTH.get(points[place].verdict, 0.0)) * counts[place] / sum(counts)
        if points[place].verdict != verdict.verdict:
            points[place] = verdict
    return Grade(round(min(1.0, grade.score + gain), 4), tuple(points), grade.remarks) if gain else grade


def nearest(answer: str, grade: Grade, point: int) -> str:
    """Return the sentence of an answer that shares the most words with a point."""
    if not 0 <= point < len(grade.points):
        return ""
    wanted = frozenset(content_words(grade.points[point].point.text))
    sentences = [unit.text for unit in units(answer)]
    return max(sentences, key=lambda sentence: len(wanted.intersection(content_words(sentence))), default="")
