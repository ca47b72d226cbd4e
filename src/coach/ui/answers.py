"""Answers that are being written, each in a thread of its own: they go on whether or not a window looks at them.

So a page can be loaded again in the middle of an answer, and what was asked is stored before anything else happens.
"""

import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from coach.records import Turn
from coach.talk.conversations import Conversation, Conversations, Exchange
from coach.ui.conversation import Asks, converse, history, stopped

REMEMBERED = 6
"""Exchanges that a follow-up question is understood from."""


class Talks(Asks, Protocol):
    """What answers need of the service."""

    @property
    def conversations(self) -> Conversations:
        """Where they are stored."""

    def prepare(self, question: str, history: Sequence[Turn] = ()) -> None:
        """Get ready for what may be asked."""


def new_id() -> str:
    """Return a name for a new conversation."""
    return uuid.uuid4().hex


class Writing:
    """An answer that grows. `number` is its exchange's place in the conversation, from 1; `store` has it."""

    def __init__(self, number: int, exchange: Exchange, store: Conversations) -> None:
        self.number, self.exchange, self.store = number, exchange, store
        self._changed = threading.Condition()

    def show(self, exchange: Exchange) -> bool:
        """Take the next step, and return True; an answer that is over stays as it is."""
        with self._changed:
            if not self.exchange.going_on:
                return False
            self.exchange = exchange
            self._changed.notify_all()
            return True

    def follow(self) -> Iterator[Exchange]:
        """Yield the answer as it is, and each time it has grown, until it is over; a slow reader skips steps."""
        seen: Exchange | None = None
        while seen is None or seen.going_on:
            with self._changed:
                while self.exchange is seen:
                    self._changed.wait()
                seen = self.exchange
            yield seen


class Answers:
    """Writes answers into the stored conversations; a conversation has one at a time.

    A conversation is known by its store and its id: whoever knows the id alone finds nothing in another store.
    """

    def __init__(self, coach: Talks) -> None:
        self._coach = coach
        self._writing: dict[tuple[Conversations, str], Writing] = {}
        self._lock = threading.Lock()

    def begin(self, conversation_id: str, question: str, *, again: bool = False) -> Writing:
        """Store the question, and begin to answer it. `again` replaces the last exchange."""
        self.stop(conversation_id)
        store = self._coach.conversations
        number = store.begin(conversation_id, question, again=again)
        earlier = store.load(conversation_id, last=REMEMBERED + 1).exchanges[:-1]
        writing = Writing(number, Exchange(question), store)
        with self._lock:
            self._writing[store, conversation_id] = writing
        steps = converse(self._coach, question, earlier)
        threading.Thread(target=self._write, args=(conversation_id, writing, steps), name="answer", daemon=True).start()
        return writing

    def prepare(self, conversation_id: str, typed: str) -> None:
        """Let the coach get ready for a question that is being typed, unless it is busy in this conversation."""
        if not self.going_on(conversation_id):
            earlier = self._coach.conversations.load(conversation_id, last=REMEMBERED).exchanges
            self._coach.prepare(typed, history(earlier))

    def _write(self, conversation_id: str, writing: Writing, steps: Iterator[Exchange]) -> None:
        """Store what it came to, also when something unforeseen happens (the terminal then has the traceback)."""
        try:
            for exchange in steps:
                if exchange.going_on and not writing.show(exchange):
                    break
            else:
                self._end(conversation_id, writing, exchange)
        finally:
            self._end(conversation_id, writing, replace(writing.exchange, stage="failed"))
            steps.close()  # type: ignore[attr-defined]  # it is a generator

    def _end(self, conversation_id: str, writing: Writing, exchange: Exchange) -> None:
        """Store first, then show: who sees an answer finished finds it stored."""
        with self._lock:
            if not writing.exchange.going_on:
                return
            writing.store.finish(conversation_id, writing.number, exchange)
            writing.show(exchange)
            if self._writing.get((writing.store, conversation_id)) is writing:
                del self._writing[writing.store, conversation_id]

    def going_on(self, conversation_id: str) -> Writing | None:
        """Return the answer that is being written in a conversation, if there is one."""
        with self._lock:
            return self._writing.get((self._coach.conversations, conversation_id))

    def stop(self, conversation_id: str) -> None:
        """Keep what was written so far; the writing itself ends at its next step."""
        writing = self.going_on(conversation_id)
        if writing:
            self._end(conversation_id, writing, stopped(writing.exchange))

    def load(self, conversation_id: str, *, last: int | None = None) -> Conversation:
        """Return a stored conversation; what was not finished and is not being written now was stopped."""
        writing = self.going_on(conversation_id)
        found = self._coach.conversations.load(conversation_id, last=last)
        exchanges = [stopped(exchange) for exchange in found.exchanges]
        if writing and exchanges and writing.number == found.earlier + len(exchanges):
            exchanges[-1] = writing.exchange
        return replace(found, exchanges=tuple(exchanges))
