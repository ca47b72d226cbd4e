"""A local GGUF as a LangChain chat model. llama.cpp is imported and the file loaded at the first use."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ChatMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

from coach.errors import ModelError, PromptTooLongError
from coach.llm.chat import CoachChat
from coach.llm.gguf import read_header
from coach.llm.states import common_prefix

if TYPE_CHECKING:
    from coach.llm.engine import Engine, Told
    from coach.llm.speed import Speed
    from coach.llm.structured import Schema
    from coach.llm.template import Message


class LlamaChat(CoachChat):
    """Chats with a GGUF through llama.cpp.

    Attributes:
        model: Path of the GGUF file.
        context: Context length in tokens, prompt and answer together; at most what the model was trained for.
        threads: Threads to compute with; 0 takes half of the machine's, which leaves the others to the page.
        max_tokens: Most tokens of an answer.
        temperature: 0 always takes the likeliest token.
        top_p: Draws from the likeliest tokens that together have this probability.
        seed: Makes answers repeatable; None answers differently each time.
        state_bytes: Memory for the states of conversations that are not going on at the moment.
        states: Folder where what the model made of system texts is kept for the next start; None keeps nothing.
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
    _engine: "Engine | None" = PrivateAttr(default=None)
    _system_tokens: dict[str, int] = PrivateAttr(default_factory=dict)
    _opening: Lock = PrivateAttr(default_factory=Lock)

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
                read_header(path).check_chat()
                if self.passed:
                    from coach.llm.probe import check_loads

                    check_loads(path, self.passed)
                from coach.llm.engine import Engine

                self._engine = Engine(
                    path,
                    context=self.context,
                    threads=self.threads or default_threads(),
                    state_bytes=self.state_bytes,
                    state_files=self.states,
                )
            return self._engine

    @property
    def speed(self) -> "Speed | None":
        """Tokens a second of late; None before the model is loaded."""
        return self._engine.speed if self._engine else None

    def close(self) -> None:
        """Stop what is being written and free the model's memory; a later call loads it again."""
        with self._opening:
            engine, self._engine = self._engine, None
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


def default_threads() -> int:
    """Half of the processors that this process may use, at least one."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable // 2)


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
