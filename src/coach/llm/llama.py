"""A local GGUF as a LangChain chat model. llama.cpp is imported and the file loaded at the first use."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ChatMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

from coach.errors import CoachError, ModelError, PromptTooLongError
from coach.llm.catalog import memory_needed
from coach.llm.chat import CoachChat
from coach.llm.gguf import Header, read_header
from coach.llm.models import free_memory_bytes
from coach.llm.setup import Setups, Tuned, default_setup, processors
from coach.llm.states import common_prefix

if TYPE_CHECKING:
    from coach.llm.engine import Engine, Told
    from coach.llm.native import StopFlag
    from coach.llm.speed import Speed
    from coach.llm.structured import Schema
    from coach.llm.template import Message

IDLE = 15.0
"""Seconds after loading, or after the last try, until the self-test is tried."""
SPARE = 1 << 30
"""Bytes of memory that have to stay free beside a second context."""
_LOG = logging.getLogger(__name__)


class LlamaChat(CoachChat):
    """Chats with a GGUF through llama.cpp.

    Attributes:
        model: Path of the GGUF file.
        context: Context length in tokens, prompt and answer together; at most what the model was trained for.
        threads: Threads to compute with; 0 takes what was measured best, before that half of the machine's.
        max_tokens: Most tokens of an answer.
        temperature: 0 always takes the likeliest token.
        top_p: Draws from the likeliest tokens that together have this probability.
        seed: Makes answers repeatable; None answers differently each time.
        state_bytes: Memory for the states of conversations that are not going on at the moment.
        states: Folder where what the model made of system texts is kept for the next start; None keeps nothing.
        setups: File of what the self-test measured; None takes the usual values, and tests nothing.
        contexts: Contexts at most, each for one answer at a time; a second one is opened when it is needed.
        passed: List of files that llama.cpp survived; others are tried in a process of their own. None tries none.
    """

    model: str
    context: int = Field(default=4096, ge=256)
    threads: int = Field(default=0, ge=0)
    max_tokens: int = Field(default=512, ge=1)
    temperature: float = Field(default=0.3, ge=0)
    top_p: float = Field(default=0.95, gt=0, le=1)
    seed: int | None = None
    state_bytes: int = Field(default=512 << 20, ge=0)
    states: Path | None = None
    passed: Path | None = None
    setups: Path | None = None
    contexts: int = Field(default=2, ge=1, le=2)
    _engine: "Engine | None" = PrivateAttr(default=None)
    _system_tokens: dict[str, int] = PrivateAttr(default_factory=dict)
    _opening: Lock = PrivateAttr(default_factory=Lock)
    _tuned: "Tuned | None" = PrivateAttr(default=None)
    _timer: "Timer | None" = PrivateAttr(default=None)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "context": self.context, "temperature": self.temperature, "top_p": self.top_p}

    def load(self) -> "Engine":
        """Load the model if it is not there yet; also good for warming up.

        Raises:
            ModelFileError: The file is missing, damaged, or not made for chats.
            ModelError: There is not enough memory.
        """
        with self._opening:
            if self._engine is None:
                path = Path(self.model)
                header = read_header(path)
                header.check_chat()
                if self.passed:
                    from coach.llm.probe import check_loads

                    check_loads(path, self.passed)
                from coach.llm.engine import Engine

                self._tuned = Setups(self.setups).get(path) if self.setups else None
                setup = self._tuned.setup if self._tuned else default_setup()
                if self.threads:
                    setup = replace(setup, reading=self.threads, writing=self.threads)
                self._engine = Engine(
                    path,
                    context=self.context,
                    setup=setup,
                    roomy=lambda: self._roomy(header),
                    state_bytes=self.state_bytes,
                    state_files=self.states,
                )
                if self.setups and not self._tuned and not self.threads:
                    self._test_later()
            return self._engine

    def _roomy(self, header: Header) -> bool:
        """Whether processors and memory allow a second context."""
        context = min(self.context, header.context or self.context)
        needed = memory_needed(0, header.kv_bytes, context, header.vocabulary)
        return self.contexts > 1 and processors() > 1 and free_memory_bytes() > needed + SPARE

    @property
    def speed(self) -> "Speed | None":
        """Tokens a second of late; None before the model is loaded."""
        return self._engine.speed if self._engine else None

    @property
    def tuned(self) -> Tuned | None:
        """What the self-test found; None if there was none, or before the model is loaded."""
        return self._tuned

    def test(self) -> Tuned | None:
        """Measure how this machine computes fastest with this model, and keep that for the next time it is loaded.

        Takes about 20 seconds, on the thread that owns the model; whoever asks something stops it.

        Returns:
            What was found; None if it was stopped.

        Raises:
            ModelError: The model can't be loaded.
        """
        from coach.llm.trial import choose, measure

        engine, found = self.load(), []

        def act(flag: "StopFlag") -> None:
            found.append(choose(measure(engine.weights, flag), processors()))

        if (job := engine.aside(act)) is None:
            return None
        wait([job])
        if not job.cancelled() and (error := job.exception()):
            raise error
        if not found:
            return None
        self._tuned = found[0]
        if self.setups:
            Setups(self.setups).put(Path(self.model), found[0])
        return found[0]

    def _test_later(self) -> None:
        self._timer = Timer(IDLE, self._test_now)
        self._timer.daemon = True
        self._timer.start()

    def _test_now(self) -> None:
        """Test if nobody asks anything; else later."""
        if self._engine is None:
            return
        try:
            stopped = self.test() is None
        except CoachError as error:
            _LOG.warning("the self-test failed: %s", error)
            return
        if stopped and self._engine is not None:
            self._test_later()

    def close(self) -> None:
        """Stop what is being written and free the model's memory; a later call loads it again."""
        with self._opening:
            engine, self._engine = self._engine, None
            if self._timer:
                self._timer.cancel()
        if engine is not None:
            engine.close()

    @property
    def prompt_limit(self) -> int:
        """Most tokens of a prompt: the context less the answer's, which is at most a half of it."""
        return self._limit(self.max_tokens)

    def _limit(self, max_tokens: int) -> int:
        context = self.load().context
        return context - min(max_tokens, context // 2)

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens of the context these messages take, the template's own included."""
        return len(self.load().tokenize(_plain(messages)))

    def prepare(self, messages: Sequence[BaseMessage]) -> None:
        """Let the model read a prompt before it is asked; nothing happens while it is not loaded yet."""
        if (engine := self._engine) is not None:
            engine.prepare(engine.tokenize(_plain(messages)), fixed=self._fixed(engine, messages))

    def _fixed(self, engine: "Engine", messages: Sequence[BaseMessage]) -> int:
        """Tokens of the prompt up to the end of the system text, which begins other prompts too."""
        if not messages or not isinstance(messages[0], SystemMessage):
            return 0
        system = str(messages[0].text)
        if system not in self._system_tokens:
            one, other = (engine.tokenize(_plain([messages[0], HumanMessage(text)])) for text in "0x")
            self._system_tokens[system] = common_prefix(one, other)
        return self._system_tokens[system]

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        citations: int | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
        schema: "Schema | None" = None,
        waiting: "Told | None" = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[ChatGenerationChunk]:
        """Stream an answer; the last chunk carries the usage and `finish_reason`: "stop", "length" or "repetition".

        Raises:
            PromptTooLongError: The messages leave no room for the answer; trim them with `count_tokens`.
            ModelError: The model can't be loaded or used.
        """
        engine = self.load()
        from coach.llm.request import Request

        limit = self.max_tokens if max_tokens is None else max_tokens
        prompt = engine.tokenize(_plain(messages))
        if len(prompt) > (room := self._limit(limit)):
            raise PromptTooLongError(
                f"The prompt has {len(prompt)} tokens, but beside an answer there is room for {room} in the context of "
                f"{engine.context}. Shorten the question, or ask for a longer context with COACH_CONTEXT."
            )
        request = Request(
            prompt=prompt,
            limit=limit,
            temperature=self.temperature if temperature is None else temperature,
            top_p=self.top_p,
            seed=self.seed if seed is None else seed,
            stops=stop or (),
            citations=citations,
            schema=schema,
            fixed=self._fixed(engine, messages),
        )
        for piece in engine.stream(request, *([waiting] if waiting else [])):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        usage = UsageMetadata(
            input_tokens=len(prompt),
            output_tokens=request.written,
            total_tokens=len(prompt) + request.written,
            input_token_details=InputTokenDetails(cache_read=request.reused),
        )
        last = AIMessageChunk(
            content="",
            usage_metadata=usage,
            response_metadata={"finish_reason": request.reason, "model_name": self.model},
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=last)


def _plain(messages: Sequence[BaseMessage]) -> "list[Message]":
    """LangChain's messages → roles and texts.

    Raises:
        ModelError: A kind of message that a local model has no role for.
    """
    return [{"role": _role(message), "content": str(message.text)} for message in messages]


def _role(message: BaseMessage) -> str:
    match message:
        case SystemMessage():
            return "system"
        case HumanMessage():
            return "user"
        case AIMessage():
            return "assistant"
        case ChatMessage(role=role):
            return role
    raise ModelError(f"A local model can't be given a message of the kind {message.type!r}.")
