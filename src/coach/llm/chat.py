"""What the coach asks of a language model, beside LangChain's own."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from coach.llm.structured import Schema, parse, shape


class CoachChat(BaseChatModel):
    """A chat model that streams, counts tokens, and can be held to the citations given.

    Every call takes, beside `stop`: `citations` (the largest citation number that may be written; a model that can't be
    held to it ignores it), `schema` (write JSON of this shape: see `structured`), `waiting` (a function that is told
    how many requests go before this one, and the seconds until the first word or None), `max_tokens`, `temperature`,
    `seed`. A stream may give empty pieces while it waits; pass them on, for only between two pieces can a generator be
    closed.
    """

    model: str

    @property
    @abstractmethod
    def prompt_limit(self) -> int:
        """Most tokens of a prompt that leaves room for an answer."""

    @abstractmethod
    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens of the context these messages take, the template's own included."""

    def structured(
        self,
        messages: Sequence[BaseMessage],
        schema: Schema,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> dict[str, Any] | None:
        """Answer with fields instead of text.

        A local model's answer is always complete, whatever its limit: what it could not write is empty, the first
        option, or the lowest number. Another engine is asked for it and checked.

        Args:
            messages: The prompt; the shape of the answer is told behind the last one.
            schema: The fields, in the order in which they are written.
            max_tokens: Most tokens of the answer.
            temperature: 0 always takes the likeliest token; None as always.
            seed: Makes the answer repeatable.

        Returns:
            A value for each field, or None if the model's answer has no such shape.

        Raises:
            PromptTooLongError: The prompt does not fit.
            ModelError: The model failed.
        """
        options = {"temperature": temperature, "seed": seed}
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        chunks = self.stream(with_shape(messages, schema), schema=schema, max_tokens=max_tokens, **given)
        return parse(schema, "".join(str(chunk.text) for chunk in chunks))

    def prepare(self, messages: Sequence[BaseMessage]) -> None:
        """Let the model read a prompt that is going to be asked, or one that begins so; returns at once.

        It is read behind everything else and dropped as soon as something is asked. Only a local model can.
        """

    def close(self) -> None:
        """Free what the model holds; a later call opens it again."""

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], *_: Any, **__: Any) -> int:  # noqa: ANN401 - LangChain's signature
        """LangChain's name for `count_tokens`."""
        return self.count_tokens(messages)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))


def with_shape(messages: Sequence[BaseMessage], schema: Schema) -> list[BaseMessage]:
    """Tell the model, behind the last message, which JSON to answer with."""
    *before, last = messages
    return [*before, last.model_copy(update={"content": f"{last.text}\n\nJSON: {shape(schema)}"})]
