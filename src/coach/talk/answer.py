"""Answering: search → enough evidence? → write → check → Answer; or abstain and name the nearest questions.

With a model the extractive answer comes first, as a preview; it stands if too little of the model's text holds.

Both writers pass the same gate. Abstaining is a result, not an error. Knows nothing of files, pages or SQL.
"""

import logging
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from langchain_core.language_models import BaseChatModel

from coach.errors import ModelError
from coach.index.evidence import confidence
from coach.index.search import Found, Search
from coach.llm.chat import CoachChat
from coach.records import Answer, Done, Event, Hit, Hits, Preview, Text, Turn, Waiting
from coach.talk import extractive, writer
from coach.talk.citations import Checked, check
from coach.talk.followup import standalone
from coach.talk.prompts import answer_messages, language_of
from coach.talk.trimming import trim

_LOG = logging.getLogger(__name__)
ENOUGH_SUPPORTED = 0.5
"""A model's answer stands if at least this share of its sentences is supported; else the extractive one does."""
GREETING = re.compile(
    r"^\s*(?:你好|您好|嗨|哈喽|在吗|谢谢|多谢|你是谁|你能做什么|你会什么|怎么用|帮助|"
    r"hi|hello|hey|thanks?|thank you|help|what can you do|who are you)[\s!！。.?？~～]*$",
    re.IGNORECASE,
)
_TEXTS = {
    "zh": {
        "hello": "你好！我根据你的文章回答算法面试问题，并标出每句话的出处。直接问吧，例如：",
        "abstain": "你的文章里没有能回答这个问题的内容。",
        "unanswered": "文章里提到了这个问题，但没有给出答案：",
        "nearest": "文章里最接近的、有答案的问题是：",
        "model": "模型没有给出可用的回答，下面是从文章中摘出的答案。",
    },
    "en": {
        "hello": "Hello! I answer interview questions from your articles and cite every sentence. For example:",
        "abstain": "Your articles do not hold an answer to this question.",
        "unanswered": "Your articles ask this question but do not answer it:",
        "nearest": "The nearest questions that they do answer:",
        "model": "The model gave no usable answer; this one is taken from the articles.",
    },
}


def answer(
    question: str,
    history: Sequence[Turn],
    *,
    search: Search,
    chat: BaseChatModel | None,
    refusal: float,
    max_tokens: int,
    limit: int = 5,
    shift: float = 0.0,
) -> Iterator[Event]:
    """Answer a question: yield the hits, pieces of the draft, and last the checked answer.

    With a model a preview comes behind the hits, and before the draft how long its first word takes.

    Args:
        question: What is asked.
        history: The conversation so far.
        search: Finds passages.
        chat: A language model, or None for the extractive writer.
        refusal: Confidence below which the coach abstains.
        max_tokens: Most tokens that a model may write.
        limit: Passages to show.
        shift: The articles' own shift of the confidence, from calibration.
    """
    language = language_of(question)
    if GREETING.match(question):
        yield from _finish(Answer(_TEXTS[language]["hello"], nearest=search.examples(3), writer="none"))
        return
    asked = standalone(question, history)
    found = search.find(asked, limit=limit)
    hits = found.hits
    yield Hits(hits)
    sure = confidence(asked, found, shift)
    if sure < refusal:
        yield from _finish(_abstain(asked, hits, search, language, sure))
        return
    pieces = extractive.write(found.question, hits, found.rarities, partial(search.cosines, found.question))
    taken = _done(check("".join(pieces), [hit.passage for hit in hits], renumber=True), question, "extractive", sure)
    if not taken.citations:  # passages that only ask
        yield from _finish(_abstain(asked, hits, search, language, sure))
        return
    if chat is None:
        yield Text(taken.text)
        yield Done(taken)
        return
    yield Preview(taken)
    written = yield from _by_model(chat, asked, *_read(found, search), history, max_tokens=max_tokens)
    if written is None:
        yield Done(replace(taken, note=_TEXTS[language]["model"]))
    else:
        yield Done(_done(written, question, "llm", sure))


def prepare(
    question: str, history: Sequence[Turn], *, search: Search, chat: CoachChat, refusal: float, shift: float = 0.0
) -> bool:
    """Let a model read what it would be asked if this were the question; whether there was anything to read.

    The arguments are those of `answer`; returns before the model has read it.
    """
    asked = standalone(question, history)
    if GREETING.match(question) or not asked.strip():
        return False
    found = search.find(asked)
    if confidence(asked, found, shift) < refusal:
        return False
    hits, texts = _read(found, search)
    chat.prepare(answer_messages(asked, hits, history, language=language_of(asked), texts=texts))
    return True


def _read(found: Found, search: Search) -> tuple[list[Hit], list[str]]:
    """The passages that a model reads, and what of each: the sentences that matter."""
    hits = found.hits[: writer.MOST_PASSAGES]
    texts = trim(found.question, hits, found.rarities, partial(search.cosines, found.question))
    last = max((number for number, text in enumerate(texts, 1) if text), default=1)
    return list(hits[:last]), texts[:last]


def _by_model(
    chat: BaseChatModel,
    question: str,
    hits: Sequence[Hit],
    texts: Sequence[str],
    history: Sequence[Turn],
    *,
    max_tokens: int,
) -> Generator[Event, None, Checked | None]:
    """Stream a model's draft; return it checked, or None if too little of it holds."""
    pieces: list[str] = []
    try:
        for piece in writer.write(chat, question, hits, history, texts=texts, max_tokens=max_tokens):
            if isinstance(piece, Waiting):
                yield piece
            else:
                pieces.append(piece)
                yield Text(piece)
    except ModelError as error:
        _LOG.warning("the model failed, the extractive answer stands: %s", error)
        return None
    checked = check("".join(pieces), [hit.passage for hit in hits], strict=True, renumber=True)
    judged = checked.supported + checked.dropped
    return checked if checked.supported and checked.supported >= ENOUGH_SUPPORTED * judged else None


def _done(checked: Checked, question: str, by: Literal["extractive", "llm"], sure: float) -> Answer:
    return Answer(checked.text, checked.citations, question=question, writer=by, confidence=sure)


def _abstain(question: str, hits: Sequence[Hit], search: Search, language: str, sure: float) -> Answer:
    """Say that the articles don't cover the question, and what they cover instead."""
    texts = _TEXTS[language]
    same = search.unanswered(question)
    head = f"{texts['unanswered']}{same.text}" if same else texts["abstain"]
    nearest = search.nearest(hits)
    if nearest:
        head += "\n\n" + texts["nearest"]
    return Answer(head, abstained=True, nearest=nearest, question=question, writer="none", confidence=sure)


def _finish(answer: Answer) -> Iterator[Event]:
    yield Text(answer.text)
    yield Done(answer)
