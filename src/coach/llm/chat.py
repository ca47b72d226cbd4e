"""What the coach asks of a language model, beside LangChain's own."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult


class CoachChat(BaseChatModel):
    """A chat model that streams, counts tokens, and can be held to the citations given.

    Every call takes, beside `stop`: `citations` (the largest citation number that may be written; a model that can't be
    held to it ignores it), `max_tokens`, `temperature`, `seed`. A stream may give empty pieces while it waits; pass
    them on, for only between two pieces can a generator be closed.
    """

    model: str

    @property
    @abstractmethod
    def prompt_limit(self) -> int:
        """Most tokens of a prompt that leaves room for an answer."""

    @abstractmethod
    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens of the context these messages take, the template's own included."""

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
