"""A chat model that says what it was told to say: for tests, and for trying the page without a model."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from coach.errors import ModelError
from coach.llm.chat import CoachChat


class ScriptedChat(CoachChat):
    """Streams enqueued texts in small pieces, or raises enqueued exceptions, in order.

    Attributes:
        context: Context length in tokens; one character counts as one token.
        max_tokens: Most tokens of an answer; longer texts are cut.
        piece: Characters in a piece.
        requests: The messages of every call, oldest call first.
        options: The keyword arguments of every call, `stop` included.
        closed: How many streams were closed before their end.
        waits: What every call tells of its waiting, as (place, seconds).
        prepared: The messages of every call of `prepare`.
    """

    model: str = "scripted"
    context: int = 4096
    max_tokens: int = 512
    piece: int = 4
    waits: tuple[tuple[int, float | None], ...] = ()
    _prepared: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _script: deque[str | Exception] = PrivateAttr(default_factory=deque)
    _requests: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _options: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _closed: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def requests(self) -> list[list[BaseMessage]]:
        """The messages of every call, oldest call first."""
        return self._requests

    @property
    def options(self) -> list[dict[str, Any]]:
        """The keyword arguments of every call, `stop` included."""
        return self._options

    @property
    def closed(self) -> int:
        """How many streams were closed before their end."""
        return self._closed

    @property
    def prepared(self) -> list[list[BaseMessage]]:
        """The messages of every call of `prepare`."""
        return self._prepared

    def prepare(self, messages: Sequence[BaseMessage]) -> None:
        """Remember what it would read."""
        self._prepared.append(list(messages))

    @property
    def prompt_limit(self) -> int:
        """Most tokens of a prompt."""
        return self.context - self.max_tokens

    def enqueue(self, *lines: str | Exception) -> "ScriptedChat":
        """Add what the next calls say or raise."""
        self._script.extend(lines)
        return self

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Count characters."""
        return sum(len(str(message.text)) for message in messages)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        waiting: Callable[[int, float | None], None] | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[ChatGenerationChunk]:
        self._requests.append(list(messages))
        self._options.append({"stop": stop, **kwargs})
        if not self._script:
            raise ModelError("Nothing is left to say: enqueue a text for every call.")
        line = self._script.popleft()
        for place, seconds in self.waits:
            if waiting:
                waiting(place, seconds)
            yield ChatGenerationChunk(message=AIMessageChunk(content=""))
        if isinstance(line, Exception):
            raise line
        for mark in stop or ():
            line = line.split(mark, 1)[0]
        line = line[: kwargs.get("max_tokens") or self.max_tokens]
        try:
            for start in range(0, len(line), self.piece):
                yield ChatGenerationChunk(message=AIMessageChunk(content=line[start : start + self.piece]))
        except GeneratorExit:
            self._closed += 1
            raise
        last = AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}, chunk_position="last")
        yield ChatGenerationChunk(message=last)
