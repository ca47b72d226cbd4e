"""A grader of plain rules: a point is made when the answer holds its words; it is followed up until asked."""

from collections.abc import Sequence

from coach.records import FollowUp, Grade, KeyPoint, PointVerdict
from coach.talk.events import Language


class WordGrader:
    """Cuts references at full stops; `graded` counts the calls."""

    def __init__(self) -> None:
        self.graded = 0

    def key_points(self, question: str, reference: str) -> tuple[KeyPoint, ...]:
        found = []
        start = 0
        for sentence in reference.split("。"):
            if sentence.strip():
                found.append(KeyPoint(sentence.strip(), sentence, start, start + len(sentence)))
            start += len(sentence) + 1
        return tuple(found)

    def grade(self, question: str, reference: str, answer: str, points: Sequence[KeyPoint] | None = None) -> Grade:
        self.graded += 1
        verdicts = []
        for point in self.key_points(question, reference) if points is None else points:
            said = point.text in answer
            verdicts.append(
                PointVerdict(point, "covered" if said else "missed", point.text if said else "", point.quote, 1.0)
            )
        covered = sum(point.verdict == "covered" for point in verdicts)
        return Grade(covered / len(verdicts) if verdicts else 0.0, tuple(verdicts))

    def follow_up(self, question: str, grade: Grade, asked: Sequence[FollowUp], language: Language) -> FollowUp | None:
        done = {follow_up.point for follow_up in asked}
        for place, point in enumerate(grade.points):
            if point.verdict != "covered" and point.point not in done:
                return FollowUp(f"And what about part {place + 1}?", point.point, "detail", point.source)
        return None
