"""A conversation as data: exchanges, and how the service's events move one on. Knows no Gradio and no HTML."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coach.errors import CoachError
from coach.records import Answer, Citation, Event, Hits, Passage, Preview, Text, Turn, Waiting
from coach.talk.conversations import Exchange

PACE = 0.06
"""Seconds between two redraws of a growing answer: faster than the eye reads, slower than the browser lays out."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage beside an answer. `number` is 0 if nothing cites it; `citations` are its own, by where they stand."""

    passage: Passage
    number: int = 0
    citations: tuple[Citation, ...] = ()


@dataclass(slots=True)
class Stopping:
    """Whether the reader asked to stop; the handlers of one window share it.

    Gradio tells of a stopped handler as of a failed one, and its last step may still overwrite what was drawn.
    """

    asked: bool = False


class Asks(Protocol):
    """The one thing that a conversation needs of the service."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Event]:
        """Yield Hits, then Text pieces, then Done."""


def advance(exchange: Exchange, event: Event) -> Exchange:
    """Return the exchange after one event."""
    if isinstance(event, Hits):
        return replace(exchange, hits=event.hits)
    if isinstance(event, Preview):
        return replace(exchange, preview=event.answer)
    if isinstance(event, Waiting):
        return replace(exchange, waiting=event)
    if isinstance(event, Text):
        return replace(exchange, draft=exchange.draft + event.text, stage="writing")
    return replace(exchange, answer=event.answer, stage="done")


def converse(
    coach: Asks, question: str, earlier: Sequence[Exchange], *, now: Callable[[], float] = time.monotonic
) -> Iterator[Exchange]:
    """Ask, and yield the growing exchange at a readable pace; a CoachError ends it as "failed" with its message.

    Closing this generator closes the service's, which ends the writing.
    """
    exchange = Exchange(question)
    yield exchange
    shown, events = now(), coach.ask(question, history(earlier))
    try:
        for event in events:
            exchange = advance(exchange, event)
            if not isinstance(event, Text) or now() - shown >= PACE:
                shown = now()
                yield exchange
    except CoachError as error:
        yield replace(exchange, problem=str(error), stage="failed")
    finally:
        if isinstance(events, Generator):
            events.close()


def stopped(exchange: Exchange) -> Exchange:
    """Return the exchange as it stands if it goes no further: a preview that nothing replaced yet is the answer."""
    if not exchange.going_on:
        return exchange
    if exchange.preview and not exchange.draft:
        return replace(exchange, answer=exchange.preview, stage="done")
    return replace(exchange, stage="stopped")


def chosen(picked: object, typed: str) -> tuple[str, bool]:
    """Return the question to ask, and whether it replaces the last one.

    `picked` is what a button or a form sent, `{"question": …, "again": …}`, and goes before what was typed.
    """
    data = picked if isinstance(picked, Mapping) else {}
    return str(data.get("question") or typed or "").strip(), bool(data.get("again"))


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the finished exchanges as turns, for follow-up questions."""
    turns: list[Turn] = []
    for exchange in exchanges:
        if exchange.answer and not exchange.answer.abstained:
            turns += [Turn("user", exchange.question), Turn("coach", exchange.answer.text)]
    return turns


def standing(exchange: Exchange) -> Answer | None:
    """Return the checked answer to show: the final one, or the preview until a draft takes its place."""
    return exchange.answer or (None if exchange.draft else exchange.preview)


def evidence(exchange: Exchange) -> list[Evidence]:
    """Return the passages to show: cited ones by number, then the rest; while a draft grows, all by their rank."""
    answer = standing(exchange)
    if answer is None:
        return [Evidence(hit.passage, number) for number, hit in enumerate(exchange.hits, start=1)]
    shown: list[Evidence] = []
    for number in sorted({citation.number for citation in answer.citations}):
        mine = sorted((c for c in answer.citations if c.number == number), key=lambda c: c.start)
        shown.append(Evidence(mine[0].passage, number, tuple(mine)))
    cited = {item.passage.id for item in shown}
    return shown + [Evidence(hit.passage) for hit in exchange.hits if hit.passage.id not in cited]
