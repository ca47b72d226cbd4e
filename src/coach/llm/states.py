"""Saved states of conversations: reading a prompt again costs seconds, copying its state back milliseconds."""

import ctypes
import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """The state of llama.cpp's memory after `tokens`."""

    tokens: tuple[int, ...]
    data: ctypes.Array[ctypes.c_uint8]


class States:
    """Holds the most recently used states, at most `limit` bytes of them; for any number of contexts of one kind."""

    WORTH = 64
    """Fewer tokens than this are read again faster than they are worth keeping."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._states: list[State] = []  # oldest first

    def worth(self, tokens: int) -> bool:
        """Whether losing so many tokens is worth a saved state."""
        return self._limit > 0 and tokens >= self.WORTH

    @property
    def bytes(self) -> int:
        """Bytes of all states."""
        return sum(len(state.data) for state in self._states)

    def longest(self, prompt: Sequence[int]) -> int:
        """Most tokens of the prompt's beginning that a state holds. May be asked from any thread."""
        return max((common_prefix(state.tokens, prompt) for state in list(self._states)), default=0)

    def put(self, tokens: Sequence[int], data: ctypes.Array[ctypes.c_uint8]) -> None:
        """Keep a state in place of those that it continues, and let the oldest ones go until all fit."""
        kept = tuple(tokens)
        with self._lock:
            self._states = [state for state in self._states if state.tokens != kept[: len(state.tokens)]]
            self._states.append(State(kept, data))
            while self.bytes > self._limit:
                del self._states[0]

    def take(self, prompt: Sequence[int], *, better_than: int) -> State | None:
        """The state that holds most of the prompt's beginning, if it is worth more than what is there.

        It goes if the prompt continues it; if it holds another conversation behind that, it stays.
        """
        with self._lock:
            if not self._states:
                return None
            best = max(self._states, key=lambda state: common_prefix(state.tokens, prompt))
            shared = common_prefix(best.tokens, prompt)
            if not self.worth(min(shared, len(prompt) - 1) - better_than):
                return None
            self._states.remove(best)
            if self.worth(len(best.tokens) - shared):
                self._states.append(best)
            return best


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
