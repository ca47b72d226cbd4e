"""A server that speaks OpenAI's protocol (llama-server, Ollama, vLLM …) as a chat model. Needs langchain-openai."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urldefrag

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from openai import AuthenticationError, OpenAI, OpenAIError
from pydantic import SecretStr

from coach.config import Settings
from coach.errors import ModelError
from coach.llm.chat import CoachChat
from coach.llm.output import ThinkingFilter
from coach.llm.structured import Schema

TIMEOUT = 120.0
"""Seconds to wait for the next piece; a server may read a long prompt before it says anything."""
_KEY = "Put the key that it wants into the environment variable OPENAI_API_KEY."


class RemoteChat(CoachChat):
    """Chats with a server. `key` comes from OPENAI_API_KEY; local servers mostly want none.

    Attributes:
        model: The server's name of the model.
        url: Base URL, mostly ending in `/v1`.
        key: API key.
        context: Context length that prompts are trimmed to, in tokens.
        max_tokens: Most tokens of an answer.
        temperature: 0 always takes the likeliest token.
    """

    model: str
    url: str
    key: SecretStr = SecretStr("none")
    context: int = 4096
    max_tokens: int = 512
    temperature: float = 0.3

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    @property
    def prompt_limit(self) -> int:
        """Most tokens of a prompt."""
        return self.context - min(self.max_tokens, self.context // 2)

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Estimate: one token for four ASCII characters or one other character, and eight around each message."""
        text = "".join(str(message.text) for message in messages)
        ascii_characters = sum(character.isascii() for character in text)
        return -(-ascii_characters // 4) + len(text) - ascii_characters + 8 * len(messages)

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
        schema: Schema | None = None,
        waiting: Callable[[int, float | None], None] | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[ChatGenerationChunk]:
        """Stream an answer; `citations` can't be asked of a server and is left to the citation check.

        With a `schema` JSON is asked for, in the old way that all servers know; its shape is checked by who reads it.

        Raises:
            ModelError: The server refused or went away.
        """
        if waiting:
            waiting(0, None)
            yield ChatGenerationChunk(message=AIMessageChunk(content=""))
        extra: dict[str, Any] = {"max_tokens": self.max_tokens if max_tokens is None else max_tokens}
        if schema is not None:
            extra["response_format"] = {"type": "json_object"}
        client = ChatOpenAI(
            model=self.model,
            base_url=self.url,
            api_key=self.key,
            temperature=self.temperature if temperature is None else temperature,
            seed=seed,
            max_retries=1,
            timeout=TIMEOUT,
            # The old name: local servers know it, and not all know `max_completion_tokens`.
            extra_body=extra,
        )
        thinking = ThinkingFilter()
        try:
            for chunk in client.stream(messages, stop=stop):
                yield ChatGenerationChunk(message=AIMessageChunk(content=thinking.feed(str(chunk.text))))
        except (OpenAIError, httpx.HTTPError) as error:  # the latter when it goes away in mid-answer
            mend = _KEY if isinstance(error, AuthenticationError) else "Mend it, or choose another model."
            raise ModelError(f"The server {self.url} failed: {error}. {mend}") from error


def open_remote(settings: Settings) -> RemoteChat:
    """Open the server of `settings.llm`; `URL#NAME` names the model, else the server's first one is taken.

    Raises:
        ModelError: The server doesn't answer or has no model.
    """
    url, model = urldefrag(settings.llm)
    key = os.environ.get("OPENAI_API_KEY") or "none"
    if not model:
        try:
            names = [entry.id for entry in OpenAI(base_url=url, api_key=key, timeout=10, max_retries=0).models.list()]
        except OpenAIError as error:
            if isinstance(error, AuthenticationError):
                raise ModelError(f"The server {url} refuses the key: {error}. {_KEY}") from error
            raise ModelError(f"The server {url} does not answer: {error}. Start it, or mend COACH_LLM.") from error
        if not names:
            raise ModelError(f"The server {url} has no model. Load one there.")
        model = names[0]
    return RemoteChat(
        model=model, url=url, key=SecretStr(key), context=settings.context, max_tokens=settings.answer_tokens
    )
