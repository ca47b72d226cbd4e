"""The writer with a model: words an answer from the passages. Its text passes the same citation check as any other."""

from collections.abc import Iterator, Sequence

from langchain_core.language_models import BaseChatModel

from coach.errors import PromptTooLongError
from coach.records import Hit, Turn
from coach.talk.prompts import answer_messages, language_of

MOST_PASSAGES = 4
PASSAGE_CHARACTERS = 500
"""A longer passage is cut for the prompt: prompt tokens cost most of the time on a CPU."""


def write(
    chat: BaseChatModel, question: str, hits: Sequence[Hit], history: Sequence[Turn], *, max_tokens: int
) -> Iterator[str]:
    """Stream the model's answer; fewer and shorter passages are tried until the prompt fits the context.

    Raises:
        PromptTooLongError: Not even one short passage fits.
        ModelError: The model failed.
    """
    language = language_of(question)
    used, length = min(MOST_PASSAGES, len(hits)), PASSAGE_CHARACTERS
    turns = list(history)
    while True:
        texts = [_cut(hit.passage.text, length) for hit in hits[:used]]
        messages = answer_messages(question, hits[:used], turns, language=language, texts=texts)
        started = False
        try:
            for chunk in chat.stream(messages, citations=used, max_tokens=max_tokens):
                started = True
                yield str(chunk.text)
            return
        except PromptTooLongError:
            if started or (used == 1 and not turns and length <= PASSAGE_CHARACTERS // 4):
                raise
            if turns:
                turns = []
            elif used > 1:
                used -= 1
            else:
                length //= 2


def _cut(text: str, length: int) -> str:
    """Cut at the last sentence end before `length` characters."""
    if len(text) <= length:
        return text
    end = max(text.rfind(mark, 0, length) for mark in "。！？\n；")
    return text[: end + 1] if end > length // 2 else text[:length]
