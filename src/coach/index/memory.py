"""A search over texts in memory: for measuring, without a home folder and without Chroma."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from coach.index.encoder import Encoder
from coach.index.ingest import EMBED_BATCH, embedding_text
from coach.index.manifest import Manifest
from coach.index.search import Search
from coach.index.vectors import Vectors
from coach.records import Chunk, Parsed, Section


class ExactVectors:
    """The part of `Vectors` that search reads, by exact comparison."""

    def __init__(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors, shape (len(ids), dimension), unit length."""
        self._ids = list(ids)
        self._row = {id_: row for row, id_ in enumerate(ids)}
        self._vectors = vectors

    def query(self, _: str, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Return up to `limit` (id, cosine), nearest first."""
        cosines = self._vectors @ vector
        return [(self._ids[row], float(cosines[row])) for row in np.argsort(-cosines)[:limit]]

    def cosines(self, _: str, vector: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
        """Return the cosines of the given ids."""
        return {id_: float(self._vectors[self._row[id_]] @ vector) for id_ in ids}


def memory_search(texts: Sequence[str], encoder: Encoder, questions: Sequence[str] = ()) -> tuple[Search, list[str]]:
    """Return a search over passages (with their own questions, if given), and their ids in order."""
    manifest = Manifest(Path(tempfile.mkdtemp()) / "manifest.sqlite3")
    sections = tuple(Section(q, t) for q, t in zip(questions or [""] * len(texts), texts, strict=True))
    chunks = {number: [Chunk(text, 0, len(text), 1)] for number, text in enumerate(texts)}
    parsed = Parsed("", (), "", "", sections, ())
    manifest.replace(path="texts", article_id="texts", content_hash="", parser=1, parsed=parsed, chunks=chunks)
    passages = manifest.passages()
    batches = [passages[start : start + EMBED_BATCH] for start in range(0, len(passages), EMBED_BATCH)]
    vectors = np.concatenate([encoder.encode_passages([embedding_text(p) for p in batch]) for batch in batches])
    ids = [passage.id for passage in passages]
    return Search(manifest, lambda: (encoder, cast(Vectors, ExactVectors(ids, vectors)))), ids
