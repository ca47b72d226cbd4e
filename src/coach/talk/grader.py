"""What an interview needs of a grader, and the coach's own: points, verdicts with quotes, follow-ups."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from coach.index.encoder import Encoder
from coach.records import FollowUp, Grade, KeyPoint, Passage, Question
from coach.talk.events import Language


class Articles(Protocol):
    """What interviews need of the articles."""

    def questions(self, article_id: str | None = None) -> Sequence[Question]:
        """All questions."""

    def passages(self, article_id: str | None = None) -> Sequence[Passage]:
        """The passages of an article."""


class Grader(Protocol):
    """Grades answers, the same answer always the same."""

    def key_points(self, question: str, reference: str) -> Sequence[KeyPoint]:
        """Cut a reference answer into its points."""

    def grade(self, question: str, reference: str, answer: str, points: Sequence[KeyPoint] | None = None) -> Grade:
        """Grade an answer, against other points than those of the reference if some are given."""

    def follow_up(self, question: str, grade: Grade, asked: Sequence[FollowUp], language: Language) -> FollowUp | None:
        """Ask about a point that was not made and not asked about yet; None if there is nothing to ask."""


class ByPoints:
    """The coach's own grader."""

    def __init__(self, encoder: Callable[[], Encoder | None]) -> None:
        """Compare by meaning with the encoder of the moment."""
        self._encoder = encoder

    def key_points(self, question: str, reference: str) -> Sequence[KeyPoint]:
        """Cut a reference answer into its points."""
        from coach.talk.keypoints import key_points

        return key_points(question, reference)

    def grade(self, question: str, reference: str, answer: str, points: Sequence[KeyPoint] | None = None) -> Grade:
        """Grade an answer."""
        from coach.talk.grading import grade

        return grade(question, reference, answer, encoder=self._encoder(), points=points)

    def follow_up(self, question: str, grade: Grade, asked: Sequence[FollowUp], language: Language) -> FollowUp | None:
        """Ask about a point that was not made and not asked about yet."""
        from coach.talk.probing import follow_up

        done = {earlier.point for earlier in asked}
        # Points that were asked about count as settled; they stay in their place.
        verdicts = [replace(each, verdict="covered") if each.point in done else each for each in grade.points]
        return follow_up(question, verdicts, language=language)


def only_not_knowing(text: str) -> bool:
    """Whether a text says nothing but that the candidate does not know."""
    from coach.talk.grading import nothing_said

    return nothing_said("", text) == "unknown"
