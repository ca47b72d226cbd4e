"""How fast a model reads and writes, from what it did lately."""

from dataclasses import dataclass

LEAST_READ = 16
"""Fewer tokens than this say little about the speed of reading."""
SHARE = 0.3
"""Weight of a new measurement; what is older fades."""


@dataclass(slots=True)
class Speed:
    """Tokens a second; None until there was a measurement."""

    reading: float | None = None
    writing: float | None = None

    def read(self, tokens: int, seconds: float) -> None:
        """Take a batch of a prompt into account."""
        if tokens >= LEAST_READ:
            self.reading = _blend(self.reading, tokens, seconds)

    def write(self, tokens: int, seconds: float) -> None:
        """Take some written tokens into account."""
        if tokens:
            self.writing = _blend(self.writing, tokens, seconds)

    def seconds(self, *, read: int, written: int = 0) -> float | None:
        """Seconds to read and write so many tokens; None if it is not known."""
        if self.reading is None or (written and self.writing is None):
            return None
        return read / self.reading + (written / self.writing if written and self.writing else 0.0)


def _blend(old: float | None, tokens: int, seconds: float) -> float:
    new = tokens / max(seconds, 1e-6)
    return new if old is None else 1 / (SHARE / new + (1 - SHARE) / old)
