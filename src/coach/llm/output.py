"""What happens to the pieces of text on their way out: stop sequences are kept back, loops are noticed."""

from collections.abc import Sequence

import numpy as np


class StopFilter:
    """Lets text through up to the first stop sequence; the beginning of a possible one waits until it is clear."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Take a piece and return what can be shown; sets `stopped` at a stop sequence."""
        if self.stopped:
            return ""
        text = self._held + text
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self._held, self.stopped = "", True
            return text[: min(places)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def rest(self) -> str:
        """Return what was kept back, at the end of the text."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)


class LoopDetector:
    """Notices when the same block of tokens is written over and over.

    A loop is a block of 1 to 128 tokens that stands there three times or more without a break and fills at least 48
    tokens: long enough for the rules of a table (`|---|---|`), short enough to spare the reader. For every block length
    it counts how long the newest tokens have been equal to those one block earlier.
    """

    LONGEST, TIMES, LEAST = 128, 3, 48

    def __init__(self) -> None:
        lengths = np.arange(1, self.LONGEST + 1)
        self._limits = np.maximum(self.TIMES * lengths, self.LEAST) - lengths
        self._runs = np.zeros(self.LONGEST, np.int64)
        self._newest = np.full(self.LONGEST, -1, np.int64)  # newest first

    def feed(self, token: int) -> bool:
        """Take the next token; True if the text has run into a loop."""
        self._runs = (self._runs + 1) * (self._newest == token)
        self._newest[1:] = self._newest[:-1]
        self._newest[0] = token
        return bool((self._runs >= self._limits).any())


class ThinkingFilter:
    """Leaves out a thinking block (`<think>…</think>`) at the beginning of a text that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._clear = False

    def feed(self, text: str) -> str:
        """Take a piece and return what can be shown."""
        if self._clear:
            return text
        self._held += text
        begun = self._held.lstrip()
        if begun.startswith("<think>"):
            _, end, answer = begun.partition("</think>")
            self._clear = bool(end)
            return answer.lstrip() if end else ""
        self._clear = not "<think>".startswith(begun)
        return self._held if self._clear else ""
