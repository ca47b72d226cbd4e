"""A cross-encoder reads question and passage together and puts the best hits into a new order.

The library, and with it torch, is imported when one is loaded.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.errors import EncoderError
from coach.index.encoder import clean
from coach.index.foreign import find, is_reranker
from coach.index.ingest import embedding_text
from coach.index.search import RERANKED
from coach.index.sentence import ERRORS, first_line, quiet
from coach.records import Hit

WEIGHT = 0.7
"""Weight of the cross-encoder's score; the rest keeps the order before, so that one that knows little does no harm."""


class Reranker:
    """A sentence-transformers cross-encoder with one score for a pair."""

    def __init__(self, spec: str, *, models: Path) -> None:
        """Load the model, from this machine: no hub is asked.

        Args:
            spec: A folder (absolute, relative, or inside `models`), or a name that was downloaded before.
            models: The folder of models.

        Raises:
            EncoderError: It is not there, or is no cross-encoder.
        """
        place = find(spec, models)
        if place is None:
            raise EncoderError(
                f"The reranker {spec!r} is not on this machine, and nothing is downloaded unasked. "
                f"Download it with `coach reranker pull {spec}`, or give the folder of a cross-encoder, or `none`."
            )
        if not is_reranker(place.folder):
            raise EncoderError(f"{spec!r} is no cross-encoder, which a reranker has to be. Choose another, or `none`.")
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        quiet()
        self.name = spec
        try:
            self._model: Any = CrossEncoder(str(place.folder), local_files_only=True)
            labels = self._model.num_labels
        except (*ERRORS, SafetensorError) as error:
            raise EncoderError(
                f"The reranker {spec!r} can't be loaded ({first_line(error)}). Give the folder or name of a "
                "cross-encoder that is on this machine, or `none`."
            ) from error
        if labels != 1:
            raise EncoderError(f"{spec!r} gives {labels} scores for a pair, a reranker gives one. Choose another.")

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers the question: (n,), 0 to 1.

        Raises:
            EncoderError: The model fails.
        """
        from torch.nn import Sigmoid

        try:
            pairs = [(clean(question), clean(text)) for text in texts]
            found = self._model.predict(pairs, activation_fn=Sigmoid(), show_progress_bar=False)
        except ERRORS as error:
            raise EncoderError(
                f"The reranker {self.name!r} can't be used ({first_line(error)}). Choose another, or `none`."
            ) from error
        return np.asarray(found, np.float32)

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in their new order; those below the first `RERANKED` stay below.

        The scores stay at their places: how they fall is part of the evidence for an answer.

        Raises:
            EncoderError: The model fails.
        """
        best = hits[:RERANKED]
        scores = self.scores(question, [embedding_text(hit.passage) for hit in best])
        fused = [WEIGHT * float(score) + (1 - WEIGHT) * hit.score for hit, score in zip(best, scores, strict=True)]
        order = sorted(range(len(best)), key=lambda place: (-fused[place], place))
        moved = [replace(hits[place], score=hit.score) for place, hit in zip(order, best, strict=True)]
        return [*moved, *hits[RERANKED:]]
