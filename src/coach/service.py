"""Coach: the one object that the page, the command line and scripts talk to. It builds its parts on first use."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from coach.assessment import Assessment
from coach.config import Settings
from coach.errors import ArticleError, CoachError, SettingsError
from coach.index import words
from coach.index.calibration import ErrorRates, calibrate, remembered
from coach.index.contradictions import find_contradictions
from coach.index.encoder import Encoder
from coach.index.exclusions import Exclusions
from coach.index.ingest import Ingest, missing_articles
from coach.index.links import Links
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.llm.use import Models
from coach.parts import Parts
from coach.records import (
    Answer,
    Article,
    Contradiction,
    Event,
    Hit,
    IngestSummary,
    Passage,
    Progress,
    Question,
    Status,
    Turn,
    drain,
)
from coach.shelf import Shelf

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from coach.interviews import Interviews
    from coach.llm.download import Pull
    from coach.llm.store import ModelInfo, Store

_LOG = logging.getLogger(__name__)
MIB = 1024 * 1024
_REFUSAL = "refusal"


class Coach(Assessment):
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
        most = settings.max_article_mb * MIB
        self._shelf = Shelf(settings.library, max_bytes=most, beside=settings.corpus)
        self._manifest = Manifest(settings.database, self._shelf.shown)
        self._parts = Parts(settings, self._manifest, self._report, encoder)
        self._ingest = Ingest(self._manifest, self._parts.backend, home=settings.home, max_bytes=most)
        self._exclusions = Exclusions(self._manifest)
        self._links = Links(self._manifest)
        self._search = Search(self._manifest, self._parts.active)
        self._models = Models(settings, self._report_model, chat)
        self._ingesting = threading.Lock()
        self._problems: dict[str, str] = {}
        self.last_ingest: IngestSummary | None = None

    def __enter__(self) -> Self:
        """Use the coach as a context manager: it closes itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close files and free the model."""
        self._models.close()
        if "interviews" in vars(self):
            self.interviews.close()
        self._parts.close()
        self._manifest.close()

    # -- articles -----------------------------------------------------------------------------------------------

    def ingest(self, paths: Sequence[Path | str] | None = None, *, prune: bool = False) -> Iterator[Progress]:
        """Read new and changed articles; yield one `Progress` for each. `last_ingest` then tells what changed.

        Args:
            paths: Files and folders; None means the corpus and what was added on the page, as a whole.
            prune: Remove articles whose files are gone; without it they are kept and reported.

        Raises:
            CorpusError: A folder or file does not exist.
            IngestError: Another ingest is running and did not end in time.
        """
        chosen = self._folders() if paths is None else [Path(path) for path in paths]
        with self._ingesting:
            self.last_ingest = yield from self._ingest.run(chosen, whole=paths is None, prune=prune)

    def _folders(self) -> list[Path]:
        """All that a whole ingest reads: the corpus, and what was added on the page."""
        library = self.settings.library
        return [self.settings.corpus, *([library] if library.is_dir() else [])]

    def watch(self, stop: threading.Event, *, prune: bool = False) -> Iterator[Progress]:
        """Follow the corpus until `stop` is set: ingest what changes, yield one `Progress` for each change.

        It begins with what changed before. A file is read once it is complete; `last_ingest` is of the latest change.

        Raises:
            CorpusError: The corpus does not exist.
            IngestError: Another ingest is running and did not end in time.
        """
        from coach.corpus.watch import changed_files

        for files in changed_files([self.settings.corpus], stop):
            for progress in self.ingest(prune=prune):
                if progress.status in ("added", "updated", "removed") or Path(progress.article) in files:
                    yield progress

    def add_files(self, files: Sequence[Path | str]) -> Iterator[Progress]:
        """Copy files into the home and ingest them; a file that can't be copied fails alone."""
        kept: list[Path] = []
        for file in files:
            try:
                kept.append(self._shelf.add_file(Path(file)))
            except ArticleError as error:
                yield Progress(Path(file).name, "failed", str(error), 0, len(files))
        if kept:
            yield from self.ingest(kept)

    def add_text(self, title: str, text: str) -> Iterator[Progress]:
        """Save pasted text as an article and ingest it.

        Raises:
            ArticleError: The text is empty or too long.
        """
        yield from self.ingest([self._shelf.add_text(title, text)])

    def add_url(self, url: str, *, private: bool = False) -> Iterator[Progress]:
        """Fetch a page and ingest it; one that was fetched before is read anew, one that was deleted comes back.

        Raises:
            ArticleError: The address can't be used or reached, or what it gives is no article.
        """
        path = self.fetch(url, private=private)
        yield from (replace(progress, article=url) for progress in self.ingest([path]))

    def fetch(self, url: str, *, private: bool = False) -> Path:
        """Fetch a page and keep it in the home, to be ingested; `private` allows addresses of private networks."""
        path = self._shelf.add_url(url, private=private)
        if str(path) in self._exclusions.paths():
            self._exclusions.include(self._exclusions.former_ids()[str(path)])
        return path

    def delete(self, article_id: str) -> bool:
        """Take an article out of the coach (its file stays); return whether there was one. `undelete` undoes it."""
        done = self._exclusions.exclude(article_id)
        self._ingest.heal()
        return done

    def undelete(self, article_id: str) -> Iterator[Progress]:
        """Bring a deleted article back, with its id."""
        yield from self.ingest([path for path in self._exclusions.include(article_id) if Path(path).exists()])

    def deleted(self) -> list[tuple[str, str, str]]:
        """Deleted articles as (article id, title, when), newest first."""
        return self._exclusions.listed()

    def keep_line(self, article_id: str, line_no: int) -> Iterator[Progress]:
        """Keep a line that cleaning drops, now and whenever the article is read again."""
        line = next((line for line in self._manifest.dropped(article_id) if line.line_no == line_no), None)
        article = self._manifest.article(article_id)
        if line and article:
            self._manifest.keep(article_id, line.text)
            yield from self.ingest(
                [path for path, known in self._manifest.known().items() if known.article_id == article_id]
            )

    def articles(self) -> list[Article]:
        """All articles, by title."""
        return self._manifest.articles()

    def questions(self, article_id: str | None = None) -> list[Question]:
        """All questions, or those of one article."""
        return self._manifest.questions(article_id)

    def new_questions(self) -> list[Question]:
        """Questions that the last ingest added which added any, also after a restart."""
        return self._ingest.new_questions()

    def linked(self, question_id: str) -> list[Question]:
        """Questions of other articles that ask the same in other words, the surest first; each keeps its answer."""
        return self._links.linked(question_id)

    def contradictions(self) -> list[Contradiction]:
        """Where the answers of two linked questions differ in a number, a name or a negation about the same thing."""
        return find_contradictions(self._manifest, self._links)

    def failures(self) -> list[tuple[str, str, str]]:
        """Files that could not be read, as (source, reason, when), by source."""
        found = sorted(self._manifest.failures().values(), key=lambda failure: failure.path)
        return [(self._manifest.shown(failure.path), failure.reason, failure.failed_at) for failure in found]

    def missing(self) -> list[Article]:
        """Articles that have no file any more: what `ingest(prune=True)` removes, unless the file was only renamed."""
        return missing_articles(self._manifest, self._folders())

    def passages(self, article_id: str | None = None) -> list[Passage]:
        """All passages, or those of one article."""
        return self._manifest.passages(article_id)

    def dropped(self, article_id: str) -> list[tuple[int, str, str]]:
        """Lines that cleaning took out of an article, as (line number, text, rule)."""
        return [(line.line_no, line.text, line.rule) for line in self._manifest.dropped(article_id)]

    def examples(self, count: int = 6) -> list[Question]:
        """Answered questions to start with, from different articles."""
        return list(self._search.examples(count))

    # -- questions ----------------------------------------------------------------------------------------------

    def search(self, question: str, *, limit: int = 5) -> list[Hit]:
        """Return up to `limit` passages for a question, best first."""
        return self._search.search(question, limit=limit)

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
        return (found if current else calibrate(self._manifest, self._search)).error_rates()

    def encoder(self) -> Encoder | None:
        """The encoder that search uses; None when it finds by words alone."""
        active = self._parts.active()
        return active[0] if active else None

    @cached_property
    def interviews(self) -> "Interviews":
        """Mock interviews, their history, and the review schedule."""
        from coach.interviews import open_interviews

        return open_interviews(self.settings.home, self, self.encoder, self._links.pairs)

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
            encoder=self.settings.encoder,
            model=self._models.name,
            ingesting=self._ingesting.locked(),
            problems=tuple(self._problems.values()),
        )

    def warm_up(self) -> None:
        """Load dictionary, encoder, vectors and model now; what fails is told by `status`, and the rest goes on."""
        import coach.talk.answer  # noqa: F401 - a second of imports that the first question need not wait for

        for part, load in (("words", words.warm_up), ("encoder", self._parts.active), ("model", self._models.load)):
            try:
                load()
            except CoachError as error:
                self._report(part, error)

    def _report(self, part: str, error: CoachError) -> None:
        _LOG.warning("%s: %s", part, error)
        self._problems[part] = str(error)

    def _report_model(self, error: CoachError | None) -> None:
        if error:
            self._report("model", error)
        else:
            self._problems.pop("model", None)
