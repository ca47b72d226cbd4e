"""Vectors in Chroma: derived from the manifest, can be deleted and rebuilt at any time.

One collection for each encoder, named by its fingerprint. Knows neither text nor encoders.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coach.errors import VectorsError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_PREFIX = "passages-"
_WRITE_BATCH = 1000


class Vectors:
    """Chroma's collections of passage vectors, by encoder fingerprint."""

    def __init__(self, folder: Path) -> None:
        """Open or make the folder.

        Raises:
            VectorsError: Chroma can't use it.
        """
        import chromadb
        from chromadb.config import Settings
        from chromadb.errors import ChromaError

        self._errors: tuple[type[BaseException], ...] = (ChromaError, ValueError, RuntimeError)
        self._folder = folder
        self._collections: dict[str, Collection] = {}
        try:
            self._client: ClientAPI = chromadb.PersistentClient(
                path=str(folder), settings=Settings(anonymized_telemetry=False)
            )
        except self._errors as error:
            raise self._failed("opened", error) from error

    def _failed(self, what: str, error: BaseException) -> VectorsError:
        refused = re.search(r"\bfull\b|no space|too large|read-?only|disk i/o", str(error), re.IGNORECASE)
        mend = "Free some space or mend its permissions" if refused else "They are derived: delete that folder"
        return VectorsError(
            f"The vectors in {self._folder} can't be {what} ({error}). {mend} and ingest again, nothing is lost."
        )

    def _collection(self, fingerprint: str, *, make: bool = False) -> "Collection":
        """Reading makes none: who still reads what was just deleted must not bring it back, empty."""
        if fingerprint not in self._collections:
            if make:
                self._collections[fingerprint] = self._client.get_or_create_collection(
                    _PREFIX + fingerprint,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "ef_search": 100}},
                )
            else:
                self._collections[fingerprint] = self._client.get_collection(
                    _PREFIX + fingerprint, embedding_function=None
                )
        return self._collections[fingerprint]

    def close(self) -> None:
        """Let go of the files."""
        self._collections.clear()
        close = getattr(self._client, "close", None)  # not in the interface's type, and not in every client
        if callable(close):
            close()

    def fingerprints(self) -> set[str]:
        """Encoders that have a collection."""
        names = {collection.name for collection in self._client.list_collections()}
        return {name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)}

    def ids(self, fingerprint: str) -> set[str]:
        """Ids of all vectors of one encoder."""
        if fingerprint not in self.fingerprints():
            return set()
        try:
            return set(self._collection(fingerprint).get(include=[])["ids"])
        except self._errors as error:
            raise self._failed("read", error) from error

    def absent(self, fingerprint: str, ids: Sequence[str]) -> list[str]:
        """Those of the given ids that have no vector."""
        if fingerprint not in self.fingerprints():
            return list(ids)
        try:
            stored: set[str] = set()
            for start in range(0, len(ids), _WRITE_BATCH):
                batch = list(ids[start : start + _WRITE_BATCH])
                stored |= set(self._collection(fingerprint).get(ids=batch, include=[])["ids"])
        except self._errors as error:
            raise self._failed("read", error) from error
        return [id_ for id_ in ids if id_ not in stored]

    def upsert(self, fingerprint: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write vectors, shape (len(ids), dimension)."""
        try:
            for start in range(0, len(ids), _WRITE_BATCH):
                stop = start + _WRITE_BATCH
                self._collection(fingerprint, make=True).upsert(
                    ids=list(ids[start:stop]), embeddings=vectors[start:stop]
                )
        except self._errors as error:
            raise self._failed("written", error) from error

    def delete(self, fingerprint: str, ids: Iterable[str]) -> None:
        """Delete vectors."""
        every = list(ids)
        try:
            for start in range(0, len(every), _WRITE_BATCH):
                self._collection(fingerprint).delete(ids=every[start : start + _WRITE_BATCH])
        except self._errors as error:
            raise self._failed("written", error) from error

    def query(self, fingerprint: str, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (id, cosine), nearest first, for one vector of shape (dimension,)."""
        try:
            found = self._collection(fingerprint).query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"]
            )
        except self._errors as error:
            raise self._failed("searched", error) from error
        distances = found["distances"] or [[]]
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]

    def cosines(self, fingerprint: str, vector: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of one vector with those of the given ids; ids without a vector are left out."""
        if not ids:
            return {}
        try:
            found = self._collection(fingerprint).get(ids=list(ids), include=["embeddings"])
        except self._errors as error:
            raise self._failed("read", error) from error
        stored = np.asarray(found["embeddings"], dtype=np.float32)
        if not len(stored):
            return {}
        lengths = np.linalg.norm(stored, axis=1) * float(np.linalg.norm(vector))
        return dict(zip(found["ids"], (stored @ vector / np.maximum(lengths, 1e-9)).tolist(), strict=True))

    def drop_others(self, fingerprint: str) -> None:
        """Delete the collections of all other encoders."""
        for other in self.fingerprints() - {fingerprint}:
            self._client.delete_collection(_PREFIX + other)
            self._collections.pop(other, None)


def damaged(folder: Path) -> bool:
    """Whether Chroma's file is no database any more; Chroma itself does not recover from opening such a file."""
    file = folder / "chroma.sqlite3"
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:  # locked, or not to be read: nothing is wrong with its pages
        return False
    except sqlite3.DatabaseError:
        return True
    return False
