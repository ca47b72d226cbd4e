"""The part of the service that has the articles: reading, adding, deleting them, and what is known of each."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from coach.config import Settings
from coach.encoders import Encoders
from coach.errors import ArticleError, CoachError, IngestError, VectorsError
from coach.index.contradictions import find_contradictions
from coach.index.exclusions import Exclusions
from coach.index.ingest import Ingest, missing_articles
from coach.index.links import Links
from coach.index.manifest import Manifest
from coach.records import Article, Contradiction, IngestSummary, Passage, Progress, Question
from coach.shelf import Shelf


class Library:
    """Articles and their questions, for the object that opens the home."""

    settings: Settings
    last_ingest: IngestSummary | None
    _manifest: Manifest
    _shelf: Shelf
    _ingest: Ingest
    _exclusions: Exclusions
    _links: Links
    _ingesting: threading.Lock
    _healing: threading.Lock
    encoders: Encoders

    def _report(self, part: str, error: CoachError | None) -> None:
        raise NotImplementedError

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
        self.encoders.catch_up()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep ingests out, those of this process and of others."""
        with self._ingesting, self._ingest.alone(wait=3600):
            yield

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

    def heal(self, *, wait: float = 0.0) -> None:
        """Make the vectors equal to the articles again, if they were lost; at once when nothing is wrong.

        What Chroma can't do is told by `status`; passages are found by their words meanwhile. Another ingest, which
        heals as well, is waited for so many seconds.
        """
        try:
            self._ingest.heal(wait=wait)
        except IngestError:
            return
        except VectorsError as error:
            self._report("vectors", error)
            return
        self._report("vectors", None)

    def heal_behind(self) -> None:
        """Heal in a thread of its own, unless one is at it."""
        if self._healing.acquire(blocking=False):
            threading.Thread(target=self._heal_once, name="coach-heal", daemon=True).start()

    def _heal_once(self) -> None:
        try:
            self.heal()
        except CoachError as error:
            self._report("encoder", error)
        finally:
            self._healing.release()

    def delete(self, article_id: str) -> bool:
        """Take an article out of the coach (its file stays); return whether there was one. `undelete` undoes it."""
        done = self._exclusions.exclude(article_id)
        self.heal(wait=60.0)
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
