"""Whose conversations and interviews are meant: each person has databases of their own, so that no query can mix them.

Without users there is one person, whose databases lie in the home itself.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.interviews import Interviews
    from coach.talk.conversations import Conversations


class Person:
    """The histories of one person, opened when they are first asked for."""

    def __init__(self, folder: Path, open_interviews: "Callable[[Path], Interviews]") -> None:
        self._folder, self._open_interviews = folder, open_interviews
        self._opening = threading.Lock()
        self._interviews: Interviews | None = None
        self._conversations: Conversations | None = None

    @property
    def interviews(self) -> "Interviews":
        """Mock interviews, their history, and the review schedule."""
        with self._opening:
            if self._interviews is None:
                self._interviews = self._open_interviews(self._made())
            return self._interviews

    @property
    def conversations(self) -> "Conversations":
        """The stored conversations of the chat page."""
        from coach.talk.conversations import DATABASE, Conversations

        with self._opening:
            if self._conversations is None:
                self._conversations = Conversations(self._made() / DATABASE)
            return self._conversations

    def _made(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._folder

    def close(self) -> None:
        """Close the databases that are open."""
        for opened in (self._interviews, self._conversations):
            if opened is not None:
                opened.close()


class People:
    """The persons of a home, by the folder that is theirs."""

    def __init__(self, home: Path, open_interviews: "Callable[[Path], Interviews]") -> None:
        """Know a home; nothing is opened.

        Args:
            home: Its folder.
            open_interviews: Opens the interviews of a folder.
        """
        self._home, self._open_interviews = home, open_interviews
        self._known: dict[str, Person] = {}
        self._lock = threading.Lock()
        self.whose: Callable[[], str] = str
        """The folder (below the home) of the person who is served just now; a page with users sets it."""

    def of(self, folder: str) -> Person:
        """Return the person of a folder below the home; "" is the home itself."""
        with self._lock:
            if folder not in self._known:
                self._known[folder] = Person(self._home / folder, self._open_interviews)
            return self._known[folder]

    def current(self) -> Person:
        """Return the person who is served just now."""
        return self.of(self.whose())

    def close(self) -> None:
        """Close all databases."""
        for person in self._known.values():
            person.close()
