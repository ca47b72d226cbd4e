"""Any sentence-transformers model as an encoder. The library, and with it torch, is imported when one is loaded."""

from collections.abc import Sequence
from pickle import UnpicklingError  # the error alone: such weights are refused
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.errors import EncoderError
from coach.index.encoder import clean, fingerprint, folder_fingerprint
from coach.index.foreign import Place, is_reranker, prompts_for

TOKENS = 2048
"""Tokens encoded at once, padding included (about): a small batch stays in a laptop's cache."""
ERRORS = (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError, AttributeError, UnpicklingError)
"""What transformers and torch raise for files and inputs that they can't use."""


class SentenceEncoder:
    """A model that sentence-transformers reads."""

    def __init__(self, spec: str, place: Place) -> None:
        """Load the model; no hub is asked.

        Raises:
            EncoderError: The folder holds none.
        """
        if is_reranker(place.folder):
            raise EncoderError(f"{spec!r} is a reranker, no encoder. Choose another encoder, or `bundled`.")
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        quiet()
        self.name = spec
        try:
            self._model: Any = SentenceTransformer(str(place.folder), local_files_only=True)
        except (*ERRORS, SafetensorError) as error:
            raise EncoderError(
                f"The encoder {spec!r} can't be loaded ({first_line(error)}). Give `bundled`, or the folder or name of "
                "a sentence-transformers model that is on this machine."
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"The encoder {spec!r} does not tell its dimension. Choose another model.")
        self.dimension: int = dimension
        self.prompts = prompts_for(spec, self._model.prompts)
        same = [spec, place.commit] if place.commit else [folder_fingerprint(place.folder)]
        self.fingerprint: str = fingerprint([*same, self.prompts.passage])

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions, with the family's prompt: (n, dimension), unit length."""
        return self._encode(texts, self.prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages, with the family's prompt: (n, dimension), unit length."""
        return self._encode(texts, self.prompts.passage)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        """Encode texts of alike lengths together, so that little is padded: characters tell less than tokens do."""
        out = np.zeros((len(texts), self.dimension), np.float32)
        lengths = np.array([about_tokens(text) for text in texts])
        order = np.argsort(-lengths, kind="stable")
        start = 0
        try:
            while start < len(order):
                longest = int(lengths[order[start]]) + len(prompt) // 2
                rows = order[start : start + max(1, TOKENS // max(longest, 1))]
                batch = [clean(texts[row]) for row in rows]
                out[rows] = self._model.encode(
                    batch, prompt=prompt, batch_size=len(batch), normalize_embeddings=True, show_progress_bar=False
                )
                start += len(rows)
        except ERRORS as error:
            raise EncoderError(
                f"The encoder {self.name!r} can't be used ({first_line(error)}). Choose another encoder."
            ) from error
        return out


def about_tokens(text: str) -> int:
    """About how many tokens a text has: a Chinese character (three bytes) is one, an English word of five letters too.

    >>> about_tokens("注意力"), about_tokens("attention is all")
    (4, 6)
    """
    return 1 + len(text.encode("utf-8", "replace")) // 3


def quiet() -> None:
    """Keep transformers from drawing bars over what the command line prints."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def first_line(error: BaseException) -> str:
    """The first line of a foreign error, for a sentence."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
