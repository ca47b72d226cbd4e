"""An encoder of hashed words: no model, no download, and texts that share words are near each other."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.index.words import content_words


class HashedEncoder:
    """Each word has a random direction; a text is the sum of its words. Counts what it encodes."""

    def __init__(self, name: str = "hashed", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.fingerprint = hashlib.sha256(f"{name}:{dimension}".encode()).hexdigest()[:12]
        self.passages_encoded = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passages_encoded += len(texts)
        return self.encode_queries(texts)

    def _vector(self, text: str) -> NDArray[np.float32]:
        total = np.full(self.dimension, 1e-3, np.float32)
        for word in content_words(text):
            seed = int.from_bytes(hashlib.sha256(f"{self.name}{word}".encode()).digest()[:4], "little")
            total += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return (total / np.linalg.norm(total)).astype(np.float32)
