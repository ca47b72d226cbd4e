"""Ingest: look at the files, plan, act article by article, reconcile the vectors with the truth.

Killing the process at any moment loses nothing: what was stored is whole, and the next ingest makes the vectors equal
to the truth again.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from coach.corpus.articles import list_articles, read_article
from coach.corpus.parsing import parse
from coach.corpus.passages import split
from coach.errors import ArticleError, CorpusError, IngestError, VectorsDamagedError, VectorsError
from coach.index.encoder import Encoder
from coach.index.exclusions import Exclusions
from coach.index.links import Links
from coach.index.manifest import Failure, Manifest
from coach.index.plan import FileState, Plan, Step, plan
from coach.index.vectors import Vectors
from coach.records import Article, IngestSummary, Passage, Progress, Question

_LOG = logging.getLogger(__name__)
PARSER = 4
"""Version of reading, cleaning and splitting: raise it when their output changes, and articles are parsed again."""
EMBED_BATCH = 256
"""Passages stored before they are embedded and written to Chroma, at once."""
ACTIVE_ENCODER = "encoder"
"""Manifest key: fingerprint of the encoder whose vectors are complete and used by search."""
ACTIVE_NAME = "encoder name"
"""Manifest key: what to load that encoder by."""
ODD_NAME = "Its name is no UTF-8 text, so it can't be stored. Rename the file, then ingest again."
RECONCILED = "reconciled"
"""Manifest key: encoder and state of the articles whose vectors are complete; "" lets the next ingest compare them."""
_NEW_QUESTIONS = "new questions"

Backend = Callable[[], tuple[Encoder, Vectors]]
"""Gives encoder and vectors when they are needed: an ingest that changes nothing loads neither."""


@dataclass(slots=True)
class _Changes:
    """What an ingest changed so far."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    stored: list[str] = field(default_factory=list)
    questions_added: dict[str, Question] = field(default_factory=dict)
    questions_changed: dict[str, Question] = field(default_factory=dict)
    questions_removed: dict[str, Question] = field(default_factory=dict)

    def compare(self, before: Sequence[Question], after: Sequence[Question]) -> None:
        old, new = {q.id: q for q in before}, {q.id: q for q in after}
        self.questions_added.update((id_, q) for id_, q in new.items() if id_ not in old)
        self.questions_changed.update((id_, q) for id_, q in new.items() if id_ in old and q.answer != old[id_].answer)
        self.questions_removed.update((id_, q) for id_, q in old.items() if id_ not in new)

    def summary(self) -> IngestSummary:
        return IngestSummary(
            added=tuple(self.added),
            changed=tuple(self.changed),
            removed=tuple(self.removed),
            failed=tuple(self.failed),
            missing=self.missing,
            questions_added=tuple(self.questions_added.values()),
            questions_changed=tuple(self.questions_changed.values()),
            questions_removed=tuple(self.questions_removed.values()),
        )


class Ingest:
    """One home's ingest. Only one runs at a time, over all processes."""

    def __init__(self, manifest: Manifest, backend: Backend, *, home: Path, max_bytes: int) -> None:
        """Nothing is opened yet.

        Args:
            manifest: The truth.
            backend: Gives encoder and vectors.
            home: Folder of the lock file.
            max_bytes: Larger articles are refused.
        """
        self._manifest = manifest
        self._exclusions = Exclusions(manifest)
        self._links = Links(manifest)
        self._backend = backend
        self._lock = FileLock(home / "ingest.lock", thread_local=False)
        self._max_bytes = max_bytes

    def run(
        self, paths: Sequence[Path], *, whole: bool, prune: bool = False, wait: float = 60.0
    ) -> Generator[Progress, None, IngestSummary]:
        """Ingest files and folders; yield one `Progress` for each article and return what changed.

        Args:
            paths: Files and folders.
            whole: The paths are all there is: stored articles whose files are gone count as missing.
            prune: Remove missing articles; else they are only reported.
            wait: Seconds to wait for another ingest to end.

        Raises:
            CorpusError: A path does not exist or can't be listed.
            IngestError: Another ingest is running.
        """
        with self.alone(wait):
            return (yield from self._run(paths, whole=whole, prune=prune))

    def heal(self, *, wait: float = 60.0) -> None:
        """Make the vectors equal to the truth, without looking at any file.

        Raises:
            IngestError: An ingest is running.
        """
        with self.alone(wait):
            self._reconcile()

    @contextmanager
    def alone(self, wait: float = 60.0) -> Iterator[None]:
        """Keep the ingests of other processes out.

        Raises:
            IngestError: One is running and does not end in `wait` seconds.
        """
        try:
            self._lock.acquire(timeout=wait)
        except Timeout as error:
            raise IngestError(
                "Another ingest is running on this home. Wait until it is done, then try again."
            ) from error
        except OSError as error:
            raise IngestError(f"The lock file {self._lock.lock_file} can't be made ({error.strerror}).") from error
        try:
            yield
        finally:
            self._lock.release()

    def _run(self, paths: Sequence[Path], *, whole: bool, prune: bool) -> Generator[Progress, None, IngestSummary]:
        excluded = self._exclusions.paths()
        found = find_files(paths)
        odd = [_told(path) for path in found if not _is_text(path)]
        files = [_state(path, self._max_bytes) for path in found if str(path) not in excluded and _is_text(path)]
        known, failures = self._manifest.known(), self._manifest.failures()
        present = {file.path for file in files}
        elsewhere = {path for path in known if path not in present and _is_there(path)}
        in_scope = _scope(known, paths, present) if whole else ()
        if whole:
            self._manifest.forget_failures(set(_scope(failures, paths, present)).difference(present, odd))
        todo = plan(
            files,
            known,
            failures,
            parser=PARSER,
            in_scope=in_scope,
            elsewhere=elsewhere,
            former=self._exclusions.former_ids(),
        )
        changes = _Changes(missing=() if prune else todo.missing)
        total = len(todo.steps) + len(todo.missing) + len(odd)
        try:
            yield from self._act_all(todo.steps, changes, total=total)
            for done, path in enumerate(odd, start=len(todo.steps) + len(todo.missing) + 1):
                yield self._fail(Step("add", path, "", "name"), ODD_NAME, changes, done=done, total=total)
            yield from self._remove(todo, changes, prune=prune, total=total)
        finally:  # an ingest that is abandoned has added questions too
            if changes.questions_added:
                self._manifest.set_meta(_NEW_QUESTIONS, json.dumps(list(changes.questions_added)))
        self._reconcile()
        self._links.update(lambda: self._backend()[0])
        return changes.summary()

    def new_questions(self) -> list[Question]:
        """Questions that the last ingest added which added any; those that are gone again are left out."""
        return self._manifest.questions_by_id(json.loads(self._manifest.meta(_NEW_QUESTIONS) or "[]"))

    def _act_all(self, steps: Sequence[Step], changes: _Changes, *, total: int) -> Iterator[Progress]:
        """Do the steps; embed what they stored behind them, one batch at a time, so that two processors have work."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed") as behind:
            embedding: Future[None] | None = None
            for done, step in enumerate(steps, start=1):
                yield self._act(step, changes, done=done, total=total)
                if len(changes.stored) >= EMBED_BATCH:
                    _settled(embedding)
                    embedding, changes.stored = behind.submit(self._embed, changes.stored), []
            _settled(embedding)

    def _act(self, step: Step, changes: _Changes, *, done: int, total: int) -> Progress:
        """Do one step of the plan."""
        if step.kind == "unchanged":
            return Progress(step.path, "unchanged", "", done, total)
        if step.kind == "failed before":
            changes.failed.append((step.path, step.reason))
            return Progress(step.path, "failed", step.reason, done, total)
        # The first of several equal files may have failed; then each fails in its own name.
        if step.kind in ("copy", "rename") and self._manifest.article(step.article_id):
            self._manifest.add_source(step.path, step.article_id)
            return Progress(step.path, "unchanged", f"same content as a stored article ({step.kind})", done, total)
        before = self._manifest.questions(step.article_id)
        try:
            changes.stored += self._store(step)
        except ArticleError as error:
            return self._fail(step, str(error), changes, done=done, total=total)
        changes.compare(before, self._manifest.questions(step.article_id))
        updated = step.kind == "update"
        (changes.changed if updated else changes.added).append(step.path)
        return Progress(step.path, "updated" if updated else "added", "", done, total)

    def _fail(self, step: Step, reason: str, changes: _Changes, *, done: int, total: int) -> Progress:
        self._manifest.fail(Failure(step.path, step.content_hash, PARSER, reason))
        changes.failed.append((step.path, reason))
        return Progress(step.path, "failed", reason, done, total)

    def _store(self, step: Step) -> list[str]:
        """Read, parse and store one article; return its passages' ids."""
        document = read_article(Path(step.path), max_bytes=self._max_bytes)
        parsed = parse(document, name=Path(step.path).name, kept=self._manifest.kept(step.article_id))
        return self._manifest.replace(
            path=step.path,
            article_id=step.article_id,
            content_hash=step.content_hash,
            parser=PARSER,
            parsed=parsed,
            chunks={number: split(section) for number, section in enumerate(parsed.sections)},
        )

    def _remove(self, todo: Plan, changes: _Changes, *, prune: bool, total: int) -> Iterator[Progress]:
        for path in todo.moved:
            self._manifest.remove_source(path)
        for number, path in enumerate(todo.missing, start=1):
            done = len(todo.steps) + number
            if not prune:
                yield Progress(path, "unchanged", "the file is gone; its article is kept until you prune", done, total)
                continue
            article_id = self._manifest.known()[path].article_id
            before = self._manifest.questions(article_id)
            self._manifest.remove_source(path)
            changes.compare(before, self._manifest.questions(article_id))
            changes.removed.append(path)
            yield Progress(path, "removed", "the file is gone", done, total)

    def _reconcile(self) -> None:
        """Make the vectors equal to the truth; those that Chroma can't read any more are begun anew."""
        try:
            self._equal()
        except VectorsDamagedError as error:
            _LOG.warning("%s They are made again.", error)
            encoder, vectors = self._backend()
            vectors.drop(encoder.fingerprint)
            self._equal()

    def _equal(self) -> None:
        """Embed what is missing, delete what is too much.

        When the encoder is a new one, search goes on with the old one's vectors until the new ones are complete.
        """
        generation = self._manifest.generation()
        reconciled = self._manifest.meta(RECONCILED)
        if generation == 0 and reconciled is None:
            return
        encoder, vectors = self._backend()
        mark = f"{encoder.fingerprint}:{generation}"
        if reconciled == mark and vectors.count(encoder.fingerprint) == self._manifest.counts()[2]:
            return
        stored = vectors.ids(encoder.fingerprint)
        truth = self._manifest.passage_ids()
        vectors.delete(encoder.fingerprint, stored - truth)
        self._embed(sorted(truth - stored))
        before = self._manifest.meta(ACTIVE_ENCODER)
        take_into_use(self._manifest, encoder)
        if before != encoder.fingerprint:
            vectors.drop_others(encoder.fingerprint)

    def _embed(self, ids: Sequence[str]) -> None:
        """Embed those of the passages that have no vector yet."""
        encoder, vectors = self._backend()
        absent = vectors.absent(encoder.fingerprint, ids)
        for start in range(0, len(absent), 2 * EMBED_BATCH):  # a batch may have grown by an article's passages
            passages = list(self._manifest.passages_by_id(absent[start : start + 2 * EMBED_BATCH]).values())
            if passages:
                found = encoder.encode_passages([embedding_text(passage) for passage in passages])
                vectors.upsert(encoder.fingerprint, [passage.id for passage in passages], found)


def _settled(embedding: "Future[None] | None") -> None:
    """Wait for a batch. If Chroma failed, the other articles are stored all the same: `_reconcile` tells, or heals."""
    if embedding:
        with suppress(VectorsError):
            embedding.result()


def take_into_use(manifest: Manifest, encoder: Encoder) -> None:
    """Let search use an encoder, whose vectors are those of the present passages; in one transaction."""
    mark = f"{encoder.fingerprint}:{manifest.generation()}"
    values = ((ACTIVE_NAME, encoder.name), (ACTIVE_ENCODER, encoder.fingerprint), (RECONCILED, mark))
    with manifest.write() as connection:
        connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)


def embedding_text(passage: Passage) -> str:
    """Return what is embedded: the headings and the question belong to a passage's meaning."""
    context = " ".join((*passage.headings, passage.question)).strip()
    return f"{context}\n{passage.text}" if context else passage.text


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return all article files, each once, as absolute paths.

    Raises:
        CorpusError: A path does not exist or can't be read.
    """
    found: dict[Path, None] = {}
    for path in paths:
        try:
            if path.is_dir():
                found.update((file.absolute(), None) for file in list_articles(path))
            elif path.exists() or path.is_symlink():
                found[path.absolute()] = None
            else:
                raise CorpusError(f"{path} does not exist. Check the path, or choose another folder with --corpus.")
        except OSError as error:
            raise CorpusError(f"{path} can't be read ({error.strerror}). Mend its permissions.") from error
    return list(found)


def missing_articles(manifest: Manifest, folders: Sequence[Path]) -> list[Article]:
    """Return the stored articles that have no file in the folders any more; a renamed file counts as gone."""
    try:
        files = set(map(str, find_files(folders)))
    except CorpusError:
        return []
    known = manifest.known()
    gone = {path for path in set(_scope(known, folders, files)) - files if not _is_there(path)}
    there = {source.article_id for path, source in known.items() if path not in gone}
    return [article for article in manifest.articles() if article.id not in there]


def _scope(known: Iterable[str], folders: Sequence[Path], files: Collection[str]) -> list[str]:
    """The stored paths that count as missing if no file has them.

    A folder that is missing or empty (an unmounted disk, a wrong path) never empties the index.
    """
    empty = tuple(f"{folder}/" for folder in folders if not any(file.startswith(f"{folder}/") for file in files))
    return [path for path in known if not path.startswith(empty)] if files else []


def _is_text(path: Path) -> bool:
    """Whether a file's name is text; on POSIX systems it may be any bytes, and SQLite stores none but text."""
    return str(path).isascii() or str(path) == _told(path)


def _told(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()


def _is_there(path: str) -> bool:
    """Whether a file exists; one that can't be looked at counts as there."""
    try:
        return Path(path).exists()
    except OSError:
        return True


def _state(path: Path, max_bytes: int) -> FileState:
    """Hash a file's bytes; a file that is too large or can't be read is known by its size and time."""
    try:
        stat = path.stat()
        if stat.st_size <= max_bytes and path.is_file():
            return FileState(str(path), hashlib.sha256(path.read_bytes()).hexdigest())
        return FileState(str(path), f"{stat.st_size}:{stat.st_mtime_ns}")
    except OSError as error:
        return FileState(str(path), f"unreadable:{error.errno}")
