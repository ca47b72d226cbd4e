"""The writer with a model: words an answer from the passages. Its text passes the same citation check as any other."""

from collections.abc import Iterator, Sequence

from langchain_core.language_models import BaseChatModel

from coach.errors import PromptTooLongError
from coach.records import Hit, Turn, Waiting
from coach.talk.prompts import answer_messages, language_of

MOST_PASSAGES = 4


def write(
    chat: BaseChatModel,
    question: str,
    hits: Sequence[Hit],
    history: Sequence[Turn],
    *,
    texts: Sequence[str],
    max_tokens: int,
) -> Iterator[str | Waiting]:
    """Stream the model's answer, and how long its first word takes; "" while there is nothing new.

    Args:
        chat: The model.
        question: What is asked.
        hits: The passages that may be cited.
        history: The conversation so far.
        texts: What the model reads of each passage; less of it is tried until the prompt fits the context.
        max_tokens: Most tokens to write.

    Raises:
        PromptTooLongError: Not even a piece of one passage fits.
        ModelError: The model failed.
    """
    told: list[Waiting] = []
    turns, read = list(history), list(texts)
    while True:
        messages = answer_messages(question, hits[: len(read)], turns, language=language_of(question), texts=read)
        started = False
        try:
            for chunk in chat.stream(
                messages,
                citations=len(read),
                max_tokens=max_tokens,
                waiting=lambda place, seconds: told.append(Waiting(place, seconds)),
            ):
                started = True
                yield from told
                told.clear()
                yield str(chunk.text)
            return
        except PromptTooLongError:
            if started or (len(read) == 1 and not turns and len(read[0]) < 100):
                raise
            if turns:
                turns = []
            elif len(read) > 1:
                read.pop()
            else:
                read = [read[0][: len(read[0]) // 2]]
