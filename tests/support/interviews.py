"""What interviews need in tests: some questions in memory, and a clock that stands until it is moved."""

from coach.records import Passage, Question

DAY = 86_400.0


class Shelf:
    """Some questions in memory."""

    def __init__(self, count: int = 4) -> None:
        self.all = [
            Question(f"q{n}", f"What is subject{n}?", f"alpha{n} leads。beta{n} follows", "art", ("t",), "Art")
            for n in range(count)
        ]

    def questions(self, article_id: str | None = None) -> list[Question]:
        return self.all

    def passages(self, article_id: str | None = None) -> list[Passage]:
        return [Passage(f"p{q.id}", q.answer, q.text, "art", "Art", f"art.md:{q.id}", q.id) for q in self.all]


class Clock:
    """Seconds since the epoch; `now` is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now
