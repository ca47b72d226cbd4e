"""Coach: the one object that the page, the command line and scripts talk to. It builds its parts on first use."""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from coach.assessment import Assessment
from coach.config import Settings
from coach.encoders import Encoders
from coach.errors import CoachError, SettingsError
from coach.index import words
from coach.index.calibration import ErrorRates, calibrate, remembered
from coach.index.encoder import Encoder
from coach.index.evidence import confidence
from coach.index.exclusions import Exclusions
from coach.index.ingest import Ingest
from coach.index.links import Links
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.library import Library
from coach.llm.use import Models
from coach.parts import Parts
from coach.people import People
from coach.records import (
    Answer,
    Event,
    Hit,
    IngestSummary,
    Question,
    Status,
    Turn,
    drain,
)
from coach.reranking import Reranking
from coach.shelf import Shelf

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from coach.interviews import Interviews
    from coach.llm.download import Pull
    from coach.llm.store import ModelInfo, Store
    from coach.talk.conversations import Conversations

_LOG = logging.getLogger(__name__)
MIB = 1024 * 1024
_REFUSAL = "refusal"


class Coach(Library, Assessment):
    """Ingests articles, finds passages, answers questions: one object for one home, safe in several threads."""

    def __init__(
        self, settings: Settings, *, encoder: Encoder | None = None, chat: "BaseChatModel | None" = None
    ) -> None:
        """Open the home; nothing heavy is loaded yet.

        Args:
            settings: All that can be set.
            encoder: Used instead of the one that the settings name.
            chat: Used instead of the language model that the settings name.

        Raises:
            HomeError: The home can't be used.
        """
        self.settings = settings
        settings.make_home()
        if any(settings.home.glob("*restore*")):  # of a restore, or of a back-up, that was interrupted
            from coach.backup import finish

            finish(settings)
        most = settings.max_article_mb * MIB
        self._shelf = Shelf(settings.library, max_bytes=most, beside=settings.corpus)
        self._manifest = Manifest(settings.database, self._shelf.shown)
        self._parts = Parts(settings, self._manifest, self._report, encoder, self.heal_behind)
        self._ingest = Ingest(self._manifest, self._parts.backend, home=settings.home, max_bytes=most)
        self._exclusions = Exclusions(self._manifest)
        self._links = Links(self._manifest)
        self.reranking = Reranking(settings, self._manifest, self._report)
        self._search = Search(self._manifest, self._parts.active, self.reranking.active)
        self._models = Models(settings, self._report_model, chat)
        self._ingesting, self._healing = threading.Lock(), threading.Lock()
        self._problems: dict[str, str] = {}
        self.encoders = Encoders(settings, self._manifest, self._parts, self._alone, self._report)
        self.people = People(settings.home, self._open_interviews)
        self.last_ingest: IngestSummary | None = None

    def __enter__(self) -> Self:
        """Use the coach as a context manager: it closes itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close files and free the model."""
        self.encoders.close()
        self._models.close()
        self.people.close()
        self._parts.close()
        self._manifest.close()

    # -- questions ----------------------------------------------------------------------------------------------

    def examples(self, count: int = 6) -> list[Question]:
        """Answered questions to start with, from different articles."""
        return list(self._search.examples(count))

    def search(self, question: str, *, limit: int = 5) -> list[Hit]:
        """Return up to `limit` passages for a question, best first."""
        return self._search.search(question, limit=limit)

    def weigh(self, question: str, *, limit: int = 5, without: Collection[str] = ()) -> tuple[list[Hit], float]:
        """Return up to `limit` hits, and the confidence (0..1) that they answer; as if `without` did not exist."""
        found = self._search.find(question, limit=limit, without=without)
        return list(found.hits), confidence(question, found, remembered(self._manifest)[0].shift)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Event]:
        """Answer a question: yield `Hits`, then `Text` pieces of the draft, then `Done` with the checked answer."""
        from coach.talk.answer import answer

        with self._models.current.borrowed() as chat:
            yield from answer(
                question,
                history,
                search=self._search,
                chat=chat,
                refusal=self.refusal,
                max_tokens=self.settings.answer_tokens,
                shift=remembered(self._manifest)[0].shift,
            )

    def prepare(self, question: str, history: Sequence[Turn] = ()) -> None:
        """Let the local model read what it would be asked, while the person still types; returns before it has.

        Dropped as soon as anything is asked. Does nothing without a model, or before it is loaded.
        """
        chat = self._models.current.chat
        if chat is None:
            return
        from coach.llm.chat import CoachChat
        from coach.talk.answer import prepare

        if not isinstance(chat, CoachChat):
            return
        shift = remembered(self._manifest)[0].shift
        prepare(question, history, search=self._search, chat=chat, refusal=self.refusal, shift=shift)

    def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question: the drained stream of `ask`."""
        return drain(list(self.ask(question, history)))

    @property
    def refusal(self) -> float:
        """Confidence (0..1) below which the coach abstains: what was chosen for this home, else the setting."""
        return float(self._manifest.meta(_REFUSAL) or self.settings.refusal)

    def set_refusal(self, value: float) -> None:
        """Choose the confidence (0..1) below which the coach abstains; it takes effect at once and is remembered."""
        if not 0 <= value <= 1:
            raise SettingsError(f"The confidence needed for an answer can't be {value}. Choose one from 0 to 1.")
        self._manifest.set_meta(_REFUSAL, str(value))

    def error_rates(self) -> tuple[ErrorRates, ...]:
        """Wrong answers and wrong refusals by threshold, on the articles' own questions; nothing without questions.

        Takes seconds after the articles have changed; remembered until they change again.
        """
        found, current = remembered(self._manifest)
        if not current:
            found = calibrate(self._manifest, Search(self._manifest, self._parts.active))  # a reranker takes too long
        return found.error_rates()

    def encoder(self) -> Encoder | None:
        """The encoder that search uses; None when it finds by words alone."""
        active = self._parts.active()
        return active[0] if active else None

    @property
    def interviews(self) -> "Interviews":
        """Mock interviews, their history, and the review schedule: those of the person who is served just now."""
        return self.people.current().interviews

    @property
    def conversations(self) -> "Conversations":
        """The stored conversations of the chat page: those of the person who is served just now."""
        return self.people.current().conversations

    def _open_interviews(self, folder: Path) -> "Interviews":
        from coach.interviews import open_interviews

        return open_interviews(folder, self, self.encoder, self._links.pairs, self._models.current.borrowed)

    # -- language models ----------------------------------------------------------------------------------------

    def models(self) -> "list[ModelInfo]":
        """The language models that are installed, and those that can be downloaded."""
        return self._models.listed()

    @property
    def downloads(self) -> "Store":
        """Downloads of models: `start`, `pause`, `cancel`. They go on behind everything else."""
        return self._models.store

    def pull(self, name: str, source: str = "auto") -> "Iterator[Pull]":
        """Download a model and yield how far it is; if the settings leave the choice open, it is used at once.

        Args:
            name: A name of the catalogue, or `OWNER/REPO/FILE.gguf`.
            source: "auto", "huggingface", "mirror" or "modelscope".

        Raises:
            ModelError: It failed, or downloads are forbidden. What was downloaded is kept for the next try.
        """
        yield from self._models.store.pull(name, source)

    def use_model(self, which: str) -> None:
        """Answer with another model from now on; answers that are being written are finished with the old one.

        Args:
            which: A name of the catalogue, a file, the URL of a server, "none", or "auto" for the best one.

        Raises:
            CoachError: It can't be used; what was used before stays.
        """
        self._models.use(which)

    def remove_model(self, name: str) -> None:
        """Delete the file of a model.

        Raises:
            ModelError: It is not installed, or can't be deleted.
        """
        self._models.remove(name)

    # -- parts --------------------------------------------------------------------------------------------------

    def status(self) -> Status:
        """What the coach has and uses, without loading anything."""
        articles, questions, passages = self._manifest.counts()
        return Status(
            articles=articles,
            questions=questions,
            passages=passages,
            encoder=self.encoders.used,
            model=self._models.name,
            ingesting=self._ingesting.locked(),
            problems=tuple(self._problems.values()),
        )

    def warm_up(self) -> None:
        """Load dictionary, encoder, vectors and model now; what fails is told by `status`, and the rest goes on."""
        import coach.talk.answer  # noqa: F401 - a second of imports that the first question need not wait for

        loads = (("words", words.warm_up), ("encoder", self._parts.active), ("vectors", self.heal))
        for part, load in (*loads, ("model", self._models.load)):
            try:
                load()
            except CoachError as error:
                self._report(part, error)
        self.reranking.load()
        self.encoders.begin()

    def _report(self, part: str, error: CoachError | None) -> None:
        if error is None:
            self._problems.pop(part, None)
        else:
            _LOG.warning("%s: %s", part, error)
            self._problems[part] = str(error)

    def _report_model(self, error: CoachError | None) -> None:
        self._report("model", error)
