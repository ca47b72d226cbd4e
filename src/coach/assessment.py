"""The part of the service that grades answers: what a complete answer must say, and how an answer stands to it."""

from coach.index.encoder import Encoder
from coach.index.manifest import Manifest
from coach.records import Grade, KeyPoint


class Assessment:
    """Key points and grades, for the object that has articles and an encoder."""

    _manifest: Manifest

    def encoder(self) -> Encoder | None:
        """The encoder to compare with; None compares by words alone."""
        raise NotImplementedError

    def key_points(self, question_id: str) -> tuple[KeyPoint, ...]:
        """What a complete answer to a stored question must say; nothing for an unknown or unanswered one."""
        from coach.talk.keypoints import key_points

        found = self._manifest.questions_by_id([question_id])
        return key_points(found[0].text, found[0].answer) if found else ()

    def grade(self, question: str, reference: str, answer: str) -> Grade:
        """Grade an answer against the reference answer: the same answer, the same score."""
        from coach.talk.grading import grade

        return grade(question, reference, answer, encoder=self.encoder())
