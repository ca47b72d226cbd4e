"""The language model that answers are written with. It can be changed while answers are being written."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coach.errors import CoachError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PATIENCE = 300.0
"""Seconds that a change waits for answers when there is no room for two models; after that they are stopped."""


@dataclass(eq=False, slots=True)
class _Held:
    """A model, how many are using it, and whether another one has taken its place."""

    chat: "BaseChatModel | None"
    users: int = 0
    replaced: bool = False


class Current:
    """The model in use. Who writes with it borrows it; a model that was replaced is closed by its last borrower."""

    def __init__(
        self,
        opener: "Callable[[], BaseChatModel | None]",
        chat: "BaseChatModel | None" = None,
        appeared: Callable[[], bool] = lambda: False,
    ) -> None:
        """`opener` opens the first model when it is asked for, unless `chat` is given.

        While there is none, `appeared` is asked each time whether to try again.
        """
        self._opener, self._appeared = opener, appeared
        self._held = _Held(chat)
        self._opened = chat is not None
        self._opening = threading.Lock()
        self._changing = threading.Lock()
        self._idle = threading.Condition()

    @property
    def chat(self) -> "BaseChatModel | None":
        """The model, without opening one."""
        return self._held.chat

    @property
    def opened(self) -> bool:
        """Whether it was asked for yet."""
        return self._opened

    def get(self) -> "BaseChatModel | None":
        """The model, opened if it is not yet; None if there is none."""
        with self._opening:
            if not self._opened or (self._held.chat is None and self._appeared()):
                self._opened = True
                self._held = _Held(self._opener())
        return self._held.chat

    @contextmanager
    def borrowed(self) -> "Iterator[BaseChatModel | None]":
        """Use the model; it stays open until the block ends, even if another one takes its place."""
        self.get()
        with self._idle:
            held = self._held
            held.users += 1
        try:
            yield held.chat
        finally:
            with self._idle:
                held.users -= 1
                self._idle.notify_all()
                last = held.replaced and not held.users
            if last:
                _call(held.chat, "close")

    def change(self, chat: "BaseChatModel | None", *, roomy: bool = True) -> None:
        """Put another model in its place; answers that are being written are finished with the old one.

        If it is `roomy`, the new model is loaded first, so there is never none. Else the old one is closed first,
        and what is asked meanwhile is answered without a model.

        Raises:
            CoachError: The new one can't be loaded; the old one stays.
        """
        with self._changing:
            before = self._held.chat
            if not roomy:
                self._wait_idle(self._replace(None))
            try:
                _call(chat, "load")
            except CoachError:
                _call(chat, "close")
                if not roomy:
                    self._replace(before)  # it loads itself again when it is asked
                raise
            self._replace(chat)

    def close(self) -> None:
        """Free the model."""
        _call(self._held.chat, "close")

    def _replace(self, chat: "BaseChatModel | None") -> _Held:
        with self._opening, self._idle:
            old, self._held, self._opened = self._held, _Held(chat), True
            old.replaced = True
            unused = not old.users
        if unused:
            _call(old.chat, "close")
        return old

    def _wait_idle(self, old: _Held) -> None:
        with self._idle:
            idle = self._idle.wait_for(lambda: not old.users, timeout=PATIENCE)
        if not idle:
            _call(old.chat, "close")


def _call(chat: "BaseChatModel | None", name: str) -> None:
    """Call a method that only some models have."""
    method = getattr(chat, name, None)
    if callable(method):
        method()
