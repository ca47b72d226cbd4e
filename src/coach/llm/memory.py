"""What a context has read so far: brings it to a prompt with as little reading as possible.

Reused are, in this order of what they save: what the context holds, a state in memory, the state of the prompt's fixed
beginning (the system text) in a file. Belongs to its context's owner, but for `shared`.
"""

import ctypes
import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from coach.errors import ModelError
from coach.llm.native import Native
from coach.llm.setup import BATCH
from coach.llm.speed import Speed
from coach.llm.states import States, common_prefix

_LOG = logging.getLogger(__name__)
_KEPT = 8
"""State files of a folder; the oldest go first."""


class Memory:
    """The sequence in a context.

    Args:
        native: The context.
        states: Keeps the states of other conversations.
        speed: Told how fast prompts are read.
        files: Keeps the states of fixed beginnings; None keeps none.
    """

    def __init__(self, native: Native, states: States, speed: Speed, files: "StateFiles | None" = None) -> None:
        self._native, self._states, self._speed, self._files = native, states, speed, files
        self.held: list[int] = []
        self._prompt_size = 0  # how many of them are a prompt

    def shared(self, prompt: Sequence[int]) -> int:
        """How many tokens of a prompt the context holds now. May be asked from any thread."""
        return common_prefix(tuple(self.held), prompt)

    def read(self, prompt: Sequence[int], *, fixed: int = 0, early: bool = False) -> int:
        """Bring the memory to the prompt; return how many tokens of it were there already.

        Args:
            prompt: The tokens.
            fixed: So many of them begin other prompts too; their state is kept in a file.
            early: Nothing is going to be written yet: read in small steps, so that a stop loses little.
        """
        prompt = list(prompt)
        self._take(prompt, fixed)
        reused = len(self.held)
        self._prompt_size = len(prompt)
        # The last token goes alone, the first time as at a repetition: the same computation gives the same text.
        end, step = len(prompt) - 1, BATCH // 4 if early else BATCH
        if reused < fixed < end:
            self._read_to(prompt, fixed, step)
            if self._files and self._states.worth(fixed):
                self._files.save(prompt[:fixed], self._native.save())
        self._read_to(prompt, end, step)
        if not early:
            self.decode(prompt[-1:])
        return reused

    def _read_to(self, prompt: Sequence[int], end: int, step: int) -> None:
        while (start := len(self.held)) < end:
            before = time.perf_counter()
            self.decode(prompt[start : min(start + step, end)])
            self._speed.read(len(self.held) - start, time.perf_counter() - before)

    def _take(self, prompt: Sequence[int], fixed: int) -> None:
        """Keep, or take from a saved state, the longest beginning of the prompt."""
        keep = min(common_prefix(self.held, prompt), len(prompt) - 1)
        state = self._states.take(prompt, better_than=keep)
        if self._states.worth(min(self._prompt_size, len(self.held)) - keep):
            self._states.put(self.held, self._native.save())
        if state and self._native.restore(state.data):
            self.held = list(state.tokens)
        elif state:
            self.held = []
        elif self._files and self._states.worth(fixed - keep) and (data := self._files.load(prompt[:fixed])):
            self.held = list(prompt[:fixed]) if self._native.restore(data) else []
        keep = min(common_prefix(self.held, prompt), len(prompt) - 1)
        self.held = self.held[:keep] if self._native.truncate(keep) else []

    def decode(self, tokens: Sequence[int]) -> None:
        """Put tokens behind what is held, at most `BATCH`.

        Raises:
            ModelError: llama.cpp refused, or it was stopped; what was held before is held still.
        """
        try:
            self._native.decode(tokens)
        except ModelError:
            if not self._native.truncate(len(self.held)):
                self.held = []
            raise
        self.held += tokens


class StateFiles:
    """States in a folder, each with a checksum. `key` names model and settings: a state fits no other.

    A folder that can't be written only costs time, so it is said once and forgotten.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key

    def _path(self, tokens: Sequence[int]) -> Path:
        name = hashlib.sha256(f"{self._key} {list(tokens)}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.state"

    def load(self, tokens: Sequence[int]) -> ctypes.Array[ctypes.c_uint8] | None:
        """The state after exactly these tokens; None if it isn't there or is damaged."""
        try:
            data = self._path(tokens).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        return (ctypes.c_uint8 * (len(data) - 32)).from_buffer_copy(data, 32)

    def save(self, tokens: Sequence[int], state: ctypes.Array[ctypes.c_uint8]) -> None:
        """Keep a state; the oldest ones go."""
        path, data = self._path(tokens), bytes(state)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{threading.get_ident()}.part")
            part.write_bytes(hashlib.sha256(data).digest() + data)
            part.replace(path)
            for old in sorted(self._folder.glob("*.state"), key=lambda file: file.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("a model's state can't be kept in %s: %s", self._folder, error)
