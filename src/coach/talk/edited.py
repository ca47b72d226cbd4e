"""Key points that a person has edited: each is tied to the article's sentence that comes nearest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from coach.index.words import content_words
from coach.records import KeyPoint
from coach.talk.keypoints import plain
from coach.talk.sentences import units


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


def edited_points(texts: Sequence[str], reference: str, own: Sequence[KeyPoint]) -> tuple[KeyPoint, ...]:
    """Tie texts to a reference answer: one of its own points keeps its place and kind, others get the nearest sentence.

    Args:
        texts: What a complete answer must say; blank ones and repeats are left out.
        reference: The reference answer, as it stands in the article.
        own: The points that were cut from it.
    """
    known = {point.text: point for point in own}
    wanted = dict.fromkeys(" ".join(text.split()) for text in texts if text.strip())
    return tuple(known.get(text) or _placed(text, reference) for text in wanted)


def _placed(text: str, reference: str) -> KeyPoint:
    start = reference.find(text)
    if start >= 0:
        return KeyPoint(plain(text), text, start, start + len(text))
    words = set(content_words(text))
    nearest = max(units(reference), key=lambda unit: len(words.intersection(content_words(unit.text))), default=None)
    if nearest is None:
        return KeyPoint(text, text, 0, 0)
    return KeyPoint(text, nearest.text, nearest.start, nearest.end)
