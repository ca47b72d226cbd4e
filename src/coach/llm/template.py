"""Turns messages into a prompt with the model's own chat template.

Only the template's own text may become control tokens: the template is rendered with placeholders instead of the
messages' contents and split there, so that each content can be tokenized as plain text.
"""

import re
from collections.abc import Sequence
from typing import TypedDict

from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from coach.errors import ModelFileError

_PLACEHOLDER = "\ue000{}\ue001"  # private use characters, about which no template says anything
_SPLIT = re.compile("\ue000(\\d+)\ue001")
_OPEN_THINKING = re.compile(r"<think>\s*\Z")
_REFUSALS = (TemplateError, ValueError, TypeError, LookupError, AttributeError)
"""What a template raises on messages that it doesn't like: its own `raise_exception`, or an accident."""


class Message(TypedDict):
    """A message as chat templates expect it."""

    role: str
    content: str


class ChatTemplate:
    """The template of one model. `bos` and `eos` are the texts of its first and last control token."""

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        try:
            self._render = Jinja2ChatFormatter(template=source, bos_token=bos, eos_token=eos)
        except TemplateError as error:
            raise ModelFileError(f"The model's chat template is damaged: {error}. Choose another model.") from error

    def prompt(self, messages: Sequence[Message]) -> list[tuple[str, bool]]:
        """Return the prompt as pieces: (text, whether it is the template's own).

        Thinking is switched off. A template without a system role gets the system text in front of the next message.

        Raises:
            ModelFileError: The template can't hold these messages.
        """
        contents = [message["content"].strip() for message in messages]
        held = [
            Message(role=message["role"], content=_PLACEHOLDER.format(number) if content else "")
            for number, (message, content) in enumerate(zip(messages, contents, strict=True))
        ]
        reason = ""
        for candidate in (held, _without_system(held)):
            try:
                rendered = self._render(messages=candidate, enable_thinking=False).prompt
            except _REFUSALS as error:
                reason = str(error)
                continue
            parts = _SPLIT.split(rendered)
            if {int(number) for number in parts[1::2]} != {n for n, content in enumerate(contents) if content}:
                reason = "it leaves messages out"
                continue
            if _OPEN_THINKING.search(parts[-1]):
                parts[-1] = parts[-1].rstrip() + "\n\n</think>\n\n"
            return [(contents[int(part)], False) if n % 2 else (part, True) for n, part in enumerate(parts) if part]
        raise ModelFileError(
            f"The model's chat template does not accept this conversation: {reason}. Choose another model."
        )


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """Put the text of system messages in front of the message that follows them."""
    result: list[Message] = []
    waiting = ""
    for message in messages:
        if message["role"] == "system":
            waiting += message["content"] + "\n\n"
        else:
            result.append(Message(role=message["role"], content=waiting + message["content"]))
            waiting = ""
    return result
