"""Vectors in Chroma: derived from the manifest, can be deleted and rebuilt at any time.

One collection for each encoder, named by its fingerprint; in a folder, or on a Chroma server that several homes share.
Knows neither text nor encoders.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from coach.errors import VectorsDamagedError, VectorsError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_PREFIX = "passages-"
_BROKEN = re.compile(r"hnsw|segment|corrupt|malformed", re.IGNORECASE)
"""What Chroma says of a collection that a kill in the middle of its writing has left unreadable (rare, but seen)."""
_WRITE_BATCH = 1000
TIMEOUT = httpx.Timeout(20, connect=3)
"""Seconds that a server may take: for a batch of vectors, and to be reached."""
RETRY = 3.0
"""Seconds after a server failed in which it is not asked again: a search must not wait for it each time."""

Told = Callable[[VectorsError | None], None]


class Vectors:
    """Chroma's collections of passage vectors, by encoder fingerprint. Safe to use from several threads."""

    def __init__(self, place: Path | str, *, owner: str = "", told: Told = lambda _: None) -> None:
        """Open or make a folder, or reach a server.

        Args:
            place: The folder, or the URL of a Chroma server.
            owner: On a server that several homes share: what tells this home's collections from the others'.
            told: Called with what went wrong, when a server fails, and with None when it works again.

        Raises:
            VectorsError: Chroma can't use it.
        """
        from chromadb.errors import ChromaError

        self._errors: tuple[type[BaseException], ...] = (ChromaError, ValueError, RuntimeError, httpx.HTTPError)
        self._place, self._told = place, told
        self._prefix = f"{_PREFIX}{owner}-" if owner else _PREFIX
        self._collections: dict[str, Collection] = {}
        self._problem: VectorsError | None = None
        self._asked = float("-inf")
        self._opened: ClientAPI | None = None
        if isinstance(place, Path):
            self._client()

    def _client(self) -> "ClientAPI":
        """Open Chroma, once it can be opened."""
        if self._opened is None:
            with self._using("opened"):
                self._opened = _server(self._place) if isinstance(self._place, str) else _folder(self._place)
        return self._opened

    @contextmanager
    def _using(self, what: str) -> Iterator[None]:
        """Map Chroma's errors to ours; tell when a server goes and comes back, and leave it alone in between."""
        from chromadb.errors import NotFoundError

        if self._problem is not None and time.monotonic() - self._asked < RETRY:
            raise VectorsError(*self._problem.args)  # one of its own for each thread that is told
        try:
            yield
        except VectorsError:
            raise
        except NotFoundError as error:  # just deleted; or the server has lost it, and it is made again
            self._collections.clear()
            if isinstance(self._place, str):
                self._told(None)
            raise self._failed(what, error) from error
        except self._errors as error:
            self._collections.clear()  # a server that was made anew has others
            failed = self._failed(what, error)
            if isinstance(self._place, str):
                self._asked = time.monotonic()
                self._problem = failed
                self._told(failed)
            raise failed from error
        if self._problem is not None and what != "opened":
            self._problem = None
            self._told(None)

    def _failed(self, what: str, error: BaseException) -> VectorsError:
        if isinstance(self._place, str):
            return VectorsError(
                f"The vectors on the Chroma server {self._place} can't be {what} ({error}). Passages are found by "
                "their words alone until it answers. Start it, or mend COACH_CHROMA_URL; nothing is lost."
            )
        refused = re.search(r"\bfull\b|no space|too large|read-?only|disk i/o", str(error), re.IGNORECASE)
        mend = "Free some space or mend its permissions" if refused else "They are derived: delete that folder"
        mend += " and ingest again, nothing is lost."
        kind = VectorsDamagedError if not refused and _BROKEN.search(str(error)) else VectorsError
        return kind(f"The vectors in {self._place} can't be {what} ({error}). {mend}")

    def _collection(self, fingerprint: str, *, make: bool = False) -> "Collection":
        """Reading makes none: who still reads what was just deleted must not bring it back, empty."""
        if fingerprint not in self._collections:
            if make:
                self._collections[fingerprint] = self._client().get_or_create_collection(
                    self._prefix + fingerprint,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "ef_search": 100}},
                )
            else:
                self._collections[fingerprint] = self._client().get_collection(
                    self._prefix + fingerprint, embedding_function=None
                )
        return self._collections[fingerprint]

    def close(self) -> None:
        """Let go of the files."""
        self._collections.clear()
        close = getattr(self._opened, "close", None)  # not in the interface's type, and not in every client
        if callable(close):
            close()
        if isinstance(self._place, str) and self._opened is not None:
            _session(self._opened).close()

    def fingerprints(self) -> set[str]:
        """Encoders that have a collection."""
        with self._using("read"):
            names = {collection.name for collection in self._client().list_collections()}
        return {name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)}

    def count(self, fingerprint: str) -> int:
        """How many vectors of one encoder there are."""
        if fingerprint not in self.fingerprints():
            return 0
        with self._using("read"):
            return self._collection(fingerprint).count()

    def ids(self, fingerprint: str) -> set[str]:
        """Ids of all vectors of one encoder."""
        if fingerprint not in self.fingerprints():
            return set()
        with self._using("read"):
            return set(self._collection(fingerprint).get(include=[])["ids"])

    def absent(self, fingerprint: str, ids: Sequence[str]) -> list[str]:
        """Those of the given ids that have no vector."""
        if fingerprint not in self.fingerprints():
            return list(ids)
        stored: set[str] = set()
        with self._using("read"):
            for start in range(0, len(ids), _WRITE_BATCH):
                batch = list(ids[start : start + _WRITE_BATCH])
                stored |= set(self._collection(fingerprint).get(ids=batch, include=[])["ids"])
        return [id_ for id_ in ids if id_ not in stored]

    def upsert(self, fingerprint: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write vectors, shape (len(ids), dimension)."""
        with self._using("written"):
            for start in range(0, len(ids), _WRITE_BATCH):
                stop = start + _WRITE_BATCH
                self._collection(fingerprint, make=True).upsert(
                    ids=list(ids[start:stop]), embeddings=vectors[start:stop]
                )

    def delete(self, fingerprint: str, ids: Iterable[str]) -> None:
        """Delete vectors."""
        every = list(ids)
        with self._using("written"):
            for start in range(0, len(every), _WRITE_BATCH):
                self._collection(fingerprint).delete(ids=every[start : start + _WRITE_BATCH])

    def query(self, fingerprint: str, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (id, cosine), nearest first, for one vector of shape (dimension,)."""
        with self._using("searched"):
            found = self._collection(fingerprint).query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [(id_, 1.0 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]

    def cosines(self, fingerprint: str, vector: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
        """Return the cosine of one vector with those of the given ids; ids without a vector are left out."""
        if not ids:
            return {}
        with self._using("read"):
            found = self._collection(fingerprint).get(ids=list(ids), include=["embeddings"])
        stored = np.asarray(found["embeddings"], dtype=np.float32)
        if not len(stored):
            return {}
        lengths = np.linalg.norm(stored, axis=1) * float(np.linalg.norm(vector))
        return dict(zip(found["ids"], (stored @ vector / np.maximum(lengths, 1e-9)).tolist(), strict=True))

    def drop(self, fingerprint: str) -> None:
        """Delete the collection of one encoder, also when nothing in it can be read any more."""
        with self._using("written"):
            self._client().delete_collection(self._prefix + fingerprint)
        self._collections.pop(fingerprint, None)

    def drop_others(self, fingerprint: str) -> None:
        """Delete the collections of all other encoders."""
        for other in self.fingerprints() - {fingerprint}:
            self.drop(other)


def _folder(folder: Path) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


def _server(url: str) -> "ClientAPI":
    """Reach a Chroma server; asked first with a client of ours, because Chroma's own would wait for ever."""
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 8000)
    host = f"[{host}]" if ":" in host else host
    httpx.get(f"{parts.scheme}://{host}:{port}/api/v2/heartbeat", timeout=TIMEOUT).raise_for_status()
    client = chromadb.HttpClient(host, port, ssl=secure, settings=Settings(anonymized_telemetry=False))
    _session(client).timeout = TIMEOUT
    return client


def _session(client: "ClientAPI") -> httpx.Client:
    """The connections of a client; Chroma offers no other way to set a timeout, nor to close them."""
    server: Any = getattr(client, "_server", None)
    session: httpx.Client = server._session
    return session


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
