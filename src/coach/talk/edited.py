"""Key points that a person has edited: each is tied to the article's sentence that comes nearest."""

from collections.abc import Sequence
from dataclasses import dataclass

from coach.errors import InterviewError
from coach.index.words import content_words
from coach.records import KeyPoint, Question
from coach.talk.events import Item
from coach.talk.grader import Articles, Grader
from coach.talk.keypoints import plain
from coach.talk.review import fingerprint
from coach.talk.sentences import units
from coach.talk.sessions import Sessions


@dataclass(frozen=True, slots=True)
class QuestionPoints:
    """The key points of a question.

    Attributes:
        points: What answers are graded against.
        edited: Whether a person has changed them.
        stale: Whether the article's answer has changed since; then the article's own points count again.
        kept: The texts that the person wrote, also while they are stale.
    """

    points: tuple[KeyPoint, ...]
    edited: bool = False
    stale: bool = False
    kept: tuple[str, ...] = ()


class Points:
    """The key points of questions, with what the person has changed."""

    def __init__(self, sessions: Sessions, articles: Articles, grader: Grader) -> None:
        """Keep changes beside the sessions; own points are the grader's."""
        self._sessions = sessions
        self._articles = articles
        self._grader = grader

    def of(self, question_id: str) -> QuestionPoints:
        """The points of a question.

        Raises:
            InterviewError: There is no such question.
        """
        question = self._question(question_id)
        own = tuple(self._grader.key_points(question.text, question.answer))
        kept = self._sessions.key_points(question_id)
        if kept is None:
            return QuestionPoints(own)
        reference, texts = kept
        if reference != fingerprint(question.answer):
            return QuestionPoints(own, edited=True, stale=True, kept=texts)
        return QuestionPoints(edited_points(texts, question.answer, own), edited=True, kept=texts)

    def change(self, question_id: str, texts: Sequence[str]) -> QuestionPoints:
        """Keep other points for a question.

        Raises:
            InterviewError: There is no such question, or no point is left.
        """
        question = self._question(question_id)
        kept = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
        if not kept:
            raise InterviewError("A question needs at least one key point. Reset them to have the article's own again.")
        self._sessions.save_key_points(question_id, fingerprint(question.answer), kept)
        return self.of(question_id)

    def reset(self, question_id: str) -> QuestionPoints:
        """Forget the changes to a question's points.

        Raises:
            InterviewError: There is no such question.
        """
        self._question(question_id)
        self._sessions.save_key_points(question_id, "", ())
        return self.of(question_id)

    def for_item(self, item: Item) -> Sequence[KeyPoint] | None:
        """The changed points of a question that is asked; None if there are none for its reference answer."""
        kept = self._sessions.key_points(item.question_id)
        if kept is None or kept[0] != fingerprint(item.reference):
            return None
        return edited_points(kept[1], item.reference, self._grader.key_points(item.text, item.reference))

    def _question(self, question_id: str) -> Question:
        found = next((question for question in self._articles.questions() if question.id == question_id), None)
        if found is None:
            raise InterviewError(
                f"There is no question {question_id!r} in the articles. Open the list of questions again."
            )
        return found


def edited_points(texts: Sequence[str], reference: str, own: Sequence[KeyPoint]) -> tuple[KeyPoint, ...]:
    """Tie texts to a reference answer: one of its own points keeps its place and kind, others get the nearest sentence.

    Args:
        texts: What a complete answer must say; repeats are left out.
        reference: The reference answer, as it stands in the article.
        own: The points that were cut from it.
    """
    known = {point.text: point for point in own}
    return tuple(known.get(text) or _placed(text, reference) for text in dict.fromkeys(texts))


def _placed(text: str, reference: str) -> KeyPoint:
    start = reference.find(text)
    if start >= 0:
        return KeyPoint(plain(text), text, start, start + len(text))
    words = set(content_words(text))
    nearest = max(units(reference), key=lambda unit: len(words.intersection(content_words(unit.text))), default=None)
    if nearest is None:
        return KeyPoint(text, text, 0, 0)
    return KeyPoint(text, nearest.text, nearest.start, nearest.end)
