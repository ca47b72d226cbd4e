"""What an ingest has to do: a pure function of the files that are there and of what is stored.

A file belongs to the article with the same content, wherever it lies: so a renamed file keeps its article's id, and a
copy becomes one more source. Only then does its path decide: a known path with new content is an update.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from coach.index.manifest import Failure, Known

Kind = Literal["add", "update", "rename", "copy", "unchanged", "failed before"]


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it is now. `content_hash` is a sha256 of its bytes, or of size and time if it is too large to read."""

    path: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to do with one file. `reason` says why nothing is done with a file that failed before."""

    kind: Kind
    path: str
    article_id: str
    content_hash: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order of the files; `moved` and `missing` are stored paths without a file.

    The article of a moved path has a new place; the article of a missing one would go if the path were forgotten.
    """

    steps: tuple[Step, ...]
    moved: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def plan(
    files: Sequence[FileState],
    known: Mapping[str, Known],
    failures: Mapping[str, Failure],
    *,
    parser: int,
    in_scope: Iterable[str] = (),
    elsewhere: Collection[str] = (),
    former: Mapping[str, str] | None = None,
) -> Plan:
    """Decide what to do with each file.

    Args:
        files: The files that are there, without repeats.
        known: Stored sources by path.
        failures: Files that could not be read last time, by path.
        parser: Version of the parser; what an older one parsed is parsed again.
        in_scope: Stored paths that count as missing when no file has them.
        elsewhere: Stored paths that are not among the files, but are still there: neither missing nor moved.
        former: Ids that articles get back, by path, when they are added again.
    """
    present = {*elsewhere, *(file.path for file in files)}
    by_hash: dict[str, Known] = {}
    for source in sorted(known.values(), key=lambda source: source.path):
        by_hash.setdefault(source.content_hash, source)
    claimed = {by_hash[file.content_hash].article_id for file in files if file.content_hash in by_hash}
    claimed |= {known[path].article_id for path in elsewhere}

    steps: list[Step] = []
    moved: list[str] = []
    planned: dict[str, str] = {}
    for file in files:
        here = known.get(file.path)
        same = by_hash.get(file.content_hash)
        failure = failures.get(file.path)
        if same:
            kind, article_id = _by_content(here, same, parser), same.article_id
            if kind == "copy" and same.path not in present:
                kind = "rename"
                moved.append(same.path)
        elif file.content_hash in planned:
            kind, article_id = "copy", planned[file.content_hash]
        elif failure and (failure.content_hash, failure.parser) == (file.content_hash, parser):
            steps.append(Step("failed before", file.path, "", file.content_hash, failure.reason))
            continue
        elif here and here.article_id not in claimed:
            kind, article_id = "update", here.article_id
        else:
            kind, article_id = "add", (former or {}).get(file.path) or new_article_id(file)
        if kind in ("add", "update"):
            claimed.add(article_id)
            planned[file.content_hash] = article_id
        steps.append(Step(kind, file.path, article_id, file.content_hash))
    gone = [path for path in in_scope if path in known and path not in present and path not in moved]
    return Plan(tuple(steps), tuple(dict.fromkeys(moved)), tuple(sorted(gone)))


def _by_content(here: Known | None, same: Known, parser: int) -> Kind:
    """Return what a file with known content needs."""
    if not here or here.article_id != same.article_id:
        return "copy"
    return "unchanged" if here.parser == parser else "update"


def new_article_id(file: FileState) -> str:
    """An id of 16 hex characters; fixed from then on, whatever the file's name or content become."""
    return hashlib.sha256(f"{file.path}\0{file.content_hash}".encode()).hexdigest()[:16]
