"""Re-embedding: all passages into another encoder's collection, beside the one that search reads; then the swap.

What is embedded stays embedded, whatever happens: the next run goes on with what is missing. Articles may come and go
meanwhile. Ingest keeps the collection in use right; the new one is compared with the truth before the swap.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from coach.index.encoder import Encoder
from coach.index.ingest import embedding_text, take_into_use
from coach.index.manifest import Manifest
from coach.index.vectors import Vectors

PACE = 2.0
"""Seconds that one batch should take: what a crash costs at most, and how often progress is told."""
FIRST, LARGEST = 16, 1024
"""Passages of the first batch, whose speed is not known yet, and of the largest one."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """How far it is, in passages; `seconds` are left, None as long as the speed is not known."""

    done: int
    total: int
    seconds: float | None = None


class Reembedding:
    """Fills the collection of one encoder."""

    def __init__(self, manifest: Manifest, encoder: Encoder, vectors: Vectors) -> None:
        """Nothing is done yet."""
        self._manifest, self._encoder, self._vectors = manifest, encoder, vectors
        self._size, self._weight, self._spent = FIRST, 0, 0.0  # passages, bytes, seconds

    def run(self, alone: Callable[[], AbstractContextManager[object]]) -> Iterator[Embedded]:
        """Embed what is missing, batch by batch, and then swap. Not going on with the iterator stops it.

        Args:
            alone: Keeps ingests out; used for the last few passages and the swap.

        Raises:
            EncoderError: The encoder fails.
            VectorsError: Chroma fails.
            IngestError: An ingest does not end.
        """
        while len(missing := self._missing()) > FIRST:
            yield from self._embed(missing)
        with alone():
            stored, truth = self._vectors.ids(self._encoder.fingerprint), self._manifest.passage_ids()
            self._vectors.delete(self._encoder.fingerprint, stored - truth)
            yield from self._embed(self._missing())
            take_into_use(self._manifest, self._encoder)
        yield Embedded(len(truth), len(truth), 0.0)

    def state(self) -> Embedded:
        """How far it is before it begins."""
        total = len(self._manifest.passage_ids())
        return Embedded(total - len(self._missing()), total)

    def _missing(self) -> list[tuple[str, int]]:
        """Passages without a vector as (id, bytes), the longest first: alike lengths in a batch need little padding."""
        stored = self._vectors.ids(self._encoder.fingerprint)
        rows = self._manifest.rows("SELECT id, length(CAST(text AS BLOB)) FROM passages ORDER BY 2 DESC, 1")
        return [(row[0], row[1]) for row in rows if row[0] not in stored]

    def _embed(self, missing: Sequence[tuple[str, int]]) -> Iterator[Embedded]:
        rest, place = sum(weight for _, weight in missing), 0
        while place < len(missing):
            start = time.monotonic()
            batch = dict(missing[place : place + self._size])
            self._write(list(batch))
            took = time.monotonic() - start
            place, rest = place + len(batch), rest - sum(batch.values())
            self._weight, self._spent = self._weight + sum(batch.values()), self._spent + took
            self._size = max(1, min(LARGEST, 2 * self._size, int(self._size * PACE / max(took, 1e-3))))
            total = self._manifest.counts()[2]
            yield Embedded(max(0, total - len(missing) + place), total, self._spent * rest / self._weight)

    def _write(self, ids: Sequence[str]) -> None:
        passages = list(self._manifest.passages_by_id(ids).values())
        if passages:  # they may be gone since
            found = self._encoder.encode_passages([embedding_text(passage) for passage in passages])
            self._vectors.upsert(self._encoder.fingerprint, [passage.id for passage in passages], found)
