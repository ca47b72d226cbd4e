"""Text → vectors of unit length; knows which encoder it is. Knows nothing of passages, Chroma or search.

The bundled encoder is a table of token vectors, read without importing torch. Any sentence-transformers model can
take its place; that library is imported only then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from coach.errors import EncoderError
from coach.index.foreign import find

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED = "bundled"
BUNDLED_FOLDER = "coach-encoder"
CARD = "coach.json"  # the bundled model's own config: dimension, and the sha256 of its other files
BATCH = 64  # texts embedded at once; bounds the size of the count matrix
FADE = 32  # a token at place p weighs 1 / (1 + p / FADE): texts say early what they are about (docs/encoder.md)
_EDGE = 64 * 1024  # bytes hashed at either end of a large file of a foreign model


class Encoder(Protocol):
    """What turns texts into vectors."""

    @property
    def name(self) -> str:
        """`bundled`, or the model's name or folder."""

    @property
    def fingerprint(self) -> str:
        """12 hex characters that change with the model; they name the Chroma collection."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions: (n, dimension), unit length."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages: (n, dimension), unit length."""


def load_encoder(spec: str, *, models: Path) -> Encoder:
    """Load the encoder that `spec` names, from this machine: no hub is asked.

    Args:
        spec: `bundled`, a folder (absolute, relative, or inside `models`), or a name that was downloaded before.
        models: The folder that holds the bundled encoder.

    Raises:
        EncoderError: The files are missing, damaged or no encoder, or the name is unknown.
    """
    if spec == BUNDLED:
        return StaticEncoder(models / BUNDLED_FOLDER, name=BUNDLED)
    place = find(spec, models)
    if place is None:
        raise EncoderError(
            f"The encoder {spec!r} is not on this machine, and nothing is downloaded unasked. "
            f"Download it with `coach encoder pull {spec}`, or give a sentence-transformers folder, or `bundled`."
        )
    if (place.folder / CARD).is_file():
        return StaticEncoder(place.folder, name=spec)
    from coach.index.sentence import SentenceEncoder

    return SentenceEncoder(spec, place)


class StaticEncoder:
    """The mean of token vectors, early tokens weighing more: the bundled encoder, 8 bits a number, a scale a token."""

    def __init__(self, folder: Path, *, name: str) -> None:
        """Read the folder's files.

        Raises:
            EncoderError: A file is missing or damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        self.name = name
        try:
            card = json.loads((folder / CARD).read_text("utf-8"))
            tensors = load_file(folder / "model.safetensors")
            self._tokenizer = _read_tokenizer(folder / "tokenizer.json")
            self.fingerprint: str = fingerprint(card["sha256"])
            self._rows: NDArray[np.int8] = tensors["embeddings"]
            self._scales: NDArray[np.float32] = tensors["weights"].astype(np.float32)[:, None]
            if len(self._rows) != len(self._scales):
                raise ValueError("its files do not belong together")
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise EncoderError(
                f"The encoder in {folder} can't be read ({error}). "
                "Restore the folder from the repository, or set another `encoder`."
            ) from error
        self.dimension: int = self._rows.shape[1]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions: (n, dimension), unit length; a text without any known token is all zeros."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages: (n, dimension), unit length; a text without any known token is all zeros."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        out = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = [clean(text) for text in texts[start : start + BATCH]]
            ids = [e.ids for e in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
            out[start : start + len(batch)] = self._sums(ids)
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return out

    def _sums(self, ids: list[list[int]]) -> NDArray[np.float32]:
        """Sum token vectors per text as one product: (texts x distinct tokens) weights by the tokens' vectors."""
        lengths = np.array([len(row) for row in ids])
        flat = np.fromiter(chain.from_iterable(ids), np.int64, lengths.sum())
        tokens, column = np.unique(flat, return_inverse=True)
        cell = np.repeat(np.arange(len(ids)), lengths) * len(tokens) + column
        place = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        weights = np.bincount(cell, 1 / (1 + place / FADE), minlength=len(ids) * len(tokens))
        vectors = self._rows[tokens] * self._scales[tokens]
        sums: NDArray[np.float32] = weights.reshape(len(ids), len(tokens)).astype(np.float32) @ vectors
        return sums


def fingerprint(parts: Sequence[str] | dict[str, str]) -> str:
    """12 hex characters of a sha256 over the parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _read_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    description = path.read_text("utf-8")
    try:
        return Tokenizer.from_str(description)
    except Exception as error:
        raise ValueError(f"tokenizer.json: {error}") from error


def folder_fingerprint(folder: Path) -> str:
    """Hash names, sizes and both ends of the files: a changed model is noticed without reading gigabytes."""
    parts = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read(_EDGE))
            file.seek(max(size - _EDGE, 0))
            digest.update(file.read(_EDGE))
        parts.append(f"{path.relative_to(folder).as_posix()} {size} {digest.hexdigest()}")
    return fingerprint(parts)


def clean(text: str) -> str:
    """Replace lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
