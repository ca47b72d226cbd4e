"""What happens behind the page: the first ingest and the warm-up, in one thread, with its progress on record."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from coach.errors import CoachError
from coach.records import Article, Progress


class Warms(Protocol):
    """What the background needs of the service."""

    def articles(self) -> Sequence[Article]:
        """Return the stored articles."""

    def ingest(self, paths: Any = None) -> Iterator[Progress]:  # noqa: ANN401 - the service's own type
        """Read the corpus; yield one Progress per article."""

    def warm_up(self) -> None:
        """Load what the first question needs."""


@dataclass
class Background:
    """The work behind the page. `progress` is the last report, `problem` a message if it failed."""

    coach: Warms
    progress: Progress | None = None
    problem: str = ""
    ingesting: bool = False
    busy: bool = False

    def start(self, *, again: bool = False) -> threading.Thread:
        """Begin, and return at once; `again` reads the articles even if some are stored."""
        self.busy, self.problem = True, ""
        thread = threading.Thread(target=self.run, args=(again,), name="coach-background", daemon=True)
        thread.start()
        return thread

    def run(self, again: bool = False) -> None:
        """Ingest the corpus if nothing is stored yet, then warm up."""
        try:
            if again or not self.coach.articles():
                self.ingesting = True
                for progress in self.coach.ingest():
                    self.progress = progress
                self.ingesting = False
            self.coach.warm_up()
        except CoachError as error:
            self.problem = str(error)
        finally:
            self.ingesting = self.busy = False
