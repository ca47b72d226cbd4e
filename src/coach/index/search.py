"""Search: dense and keyword ranking, fused by a weighted sum of normalised scores. Knows no prompts.

Equal-weight rank fusion lets a weak ranker spoil a strong one; a weighted sum of normalised scores does not.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from coach.errors import VectorsError
from coach.index import keyword
from coach.index.encoder import Encoder
from coach.index.manifest import Manifest
from coach.index.vectors import Vectors
from coach.index.words import content_words
from coach.records import Hit, Question

POOL = 50
"""Candidates taken from each ranker."""
KEYWORD_WEIGHT = 0.7
"""Weight of the keyword score, divided by the best candidate's; the rest goes to the cosine."""
SAME_WORDS = 0.75
"""Jaccard similarity of content words from which two questions count as the same."""


class Search:
    """Finds passages for a question."""

    def __init__(self, manifest: Manifest, backend: Callable[[], tuple[Encoder, Vectors] | None]) -> None:
        """`backend` gives the encoder whose vectors are complete, with those vectors; None means words alone."""
        self._manifest = manifest
        self._backend = backend

    def search(self, question: str, *, limit: int = 5) -> list[Hit]:
        """Return up to `limit` passages, best first; nothing when neither words nor meaning find anything."""
        rarities = keyword.rarity(self._manifest, content_words(question))
        by_words = dict(keyword.search(self._manifest, rarities, limit=POOL))
        by_meaning = self._dense(question, list(by_words))
        best = max(by_words.values(), default=0.0) or 1.0
        fused = {
            id_: KEYWORD_WEIGHT * by_words.get(id_, 0.0) / best + (1 - KEYWORD_WEIGHT) * by_meaning.get(id_, 0.0)
            for id_ in by_words | by_meaning
        }
        ranked = sorted(fused, key=lambda id_: (-fused[id_], id_))[: limit + POOL // 10]
        passages = self._manifest.passages_by_id(ranked)
        # A vector without a passage is one that reconcile will delete.
        return [
            Hit(passages[id_], fused[id_], by_meaning.get(id_, 0.0), by_words.get(id_, 0.0))
            for id_ in ranked
            if id_ in passages
        ][:limit]

    def rarities(self, question: str) -> dict[str, float]:
        """Inverse document frequencies of a question's content words."""
        return keyword.rarity(self._manifest, content_words(question))

    def cosines(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of each text with the question, shape (n,), cut at 0; zeros when there is no encoder."""
        backend = self._backend()
        if backend is None or not texts:
            return np.zeros(len(texts), np.float32)
        encoder, _ = backend
        similar: NDArray[np.float32] = encoder.encode_passages(texts) @ encoder.encode_queries([question])[0]
        return np.maximum(similar, 0)

    def nearest(self, hits: Sequence[Hit], *, limit: int = 3) -> tuple[Question, ...]:
        """The answered questions that the hits belong to, best first, without repeats."""
        ids = dict.fromkeys(hit.passage.question_id for hit in hits if hit.passage.question_id)
        return tuple(self._manifest.questions_by_id(list(ids)[:limit]))

    def unanswered(self, question: str) -> Question | None:
        """The stored question without an answer that has the same words, if there is one."""
        words = set(content_words(question))
        for other in self._manifest.unanswered():
            theirs = set(content_words(other.text))
            if words and len(words & theirs) >= SAME_WORDS * len(words | theirs):
                return other
        return None

    def examples(self, count: int) -> tuple[Question, ...]:
        """Answered questions to start with, each from another article while there are enough."""
        by_article: dict[str, list[Question]] = {}
        for question in self._manifest.questions():
            if question.answered:
                by_article.setdefault(question.article, []).append(question)
        rounds = zip_longest(*by_article.values())
        return tuple(question for turn in rounds for question in turn if question)[:count]

    def _dense(self, question: str, candidates: list[str]) -> dict[str, float]:
        """Cosines of the nearest passages and of the candidates, cut at 0."""
        backend = self._backend()
        if backend is None or not question.strip():
            return {}
        encoder, vectors = backend
        vector: NDArray[np.float32] = encoder.encode_queries([question])[0]
        try:
            found = dict(vectors.query(encoder.fingerprint, vector, limit=POOL))
            missing = [id_ for id_ in candidates if id_ not in found]
            found.update(vectors.cosines(encoder.fingerprint, vector, missing))
        except VectorsError:
            return {}
        return {id_: max(0.0, cosine) for id_, cosine in found.items()}
