"""Search: dense and keyword ranking, fused by a weighted sum of their scores. Knows no prompts.

Equal-weight rank fusion lets a weak ranker spoil a strong one. A sum of scores that mean the same for every question
does not: a question whose words the articles don't hold (another language, say) gets low keyword scores everywhere, and
the cosine decides.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from coach.errors import VectorsError
from coach.index.definition import asks_code, only_asks, opens_with
from coach.index.encoder import Encoder, StaticEncoder
from coach.index.keyword import Keyword, names_in, subjects_to_define
from coach.index.manifest import Manifest
from coach.index.matching import Match, Rare
from coach.index.reading import WordVectors
from coach.index.spelling import corrected
from coach.index.vectors import Vectors
from coach.index.words import STOP_WORDS, concepts, content_words, cut
from coach.records import Hit, Question

POOL = 50
"""Candidates taken from each ranker."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What a passage's score is the sum of: from `training/fusion.py`, see `docs/retrieval.md`.

    `beside` is the mean of the neighbours' scores in the same article, of words and meaning in equal parts.
    """

    keyword: float
    cosine: float
    alike: float
    opening: float
    beside: float


WEIGHTS = Weights(keyword=0.126, cosine=0.234, alike=0.108, opening=0.265, beside=0.267)
CONTEXTUAL = Weights(keyword=0.4, cosine=0.4, alike=0.0, opening=0.0, beside=0.2)
"""For an encoder whose words alone mean little."""
QUESTION_WEIGHT = 0.3
"""Added for a passage whose own question is the one that is asked: times the share of each that the other covers."""
DEFINITION_WEIGHT = 0.25
"""Added where a definition is asked for and the passage's own question introduces the thing; less for its variants."""
RERANKED = 25
"""Hits that a reranker reads again: the right passage is seldom below, and each costs a run of a model."""
OPENS_WEIGHT = 0.05
"""Added where a definition is asked for and the passage begins with the thing's name: of the best passages alone."""
ASKS_WEIGHT = 0.5
"""What is left of the score of a passage that only asks: a bare list of questions holds every word and no answer."""
CODE_WEIGHT = 0.8
"""What is left of the score of a passage whose own question wants code, where none is asked for."""
NAMES_WEIGHT = 0.1
"""Taken from a passage that holds none of the names asked about; a part of it if it holds some."""
LANGUAGE_WEIGHT = 0.08
"""Added for a passage in the question's language: where two languages say the same, that one is read."""
SAME_IN_BOTH = 3.0
"""How much more of it a passage gains whose own question names all that is asked (times the share to the power of 4),
and introduces it where that is asked."""
SAME_WORDS = 0.75
"""Jaccard similarity of content words from which two questions count as the same."""

Rerank = Callable[[str, Sequence[Hit]], list[Hit]]
"""Question, hits → the same hits in another order."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the hits, best first, and what is known of the question's words.

    `question` is what was searched: as it was asked, with misspelt words put right. `matches` and `cosines` hold every
    candidate that was looked at, by passage id.
    """

    question: str

    hits: tuple[Hit, ...]
    rare: tuple[Rare, ...]
    matches: Mapping[str, Match]
    cosines: Mapping[str, float]

    @property
    def rarities(self) -> dict[str, float]:
        """Inverse document frequencies of the question's words."""
        return {each.concept.word: each.idf for each in self.rare}


_NO_MATCH = Match()


def _fused(match: Match, cosine: float, beside: float, weights: Weights, *, chinese: bool, definition: bool) -> float:
    weighted = (
        weights.keyword * match.score
        + weights.cosine * cosine
        + weights.alike * match.alike
        + weights.opening * match.opening
        + weights.beside * beside
    )
    question = QUESTION_WEIGHT * match.question * match.own + DEFINITION_WEIGHT * match.introduces
    question -= NAMES_WEIGHT * (1 - match.names)
    same = match.question**4 if match.introduces > 0 or not definition else 0.0
    question += LANGUAGE_WEIGHT * (1 + SAME_IN_BOTH * same) * (chinese is match.chinese)
    return max(0.0, (weighted + question) / (1 + QUESTION_WEIGHT))


def _chinese(question: str) -> bool:
    """Whether a question is Chinese; a bare term counts as such, for the articles mostly are: LoRA."""
    return any("\u3400" <= character <= "\u9fff" for character in question) or not STOP_WORDS.intersection(
        cut(question)
    )


class Search:
    """Finds passages for a question."""

    def __init__(
        self,
        manifest: Manifest,
        backend: Callable[[], tuple[Encoder, Vectors] | None],
        rerank: Callable[[], Rerank | None] = lambda: None,
    ) -> None:
        """`backend` gives the encoder whose vectors are complete, with those vectors; None means words alone.

        `rerank` gives what puts the first `RERANKED` hits into another order, if anything does.
        """
        self._manifest = manifest
        self._keyword = Keyword(manifest)
        self._backend = backend
        self._rerank = rerank

    def search(self, question: str, *, limit: int = 5) -> list[Hit]:
        """Return up to `limit` passages, best first; nothing when neither words nor meaning find anything."""
        return list(self.find(question, limit=limit).hits)

    def find(self, question: str, *, limit: int = 5, without: Collection[str] = ()) -> Found:
        """Search as if the passages with the ids `without` did not exist."""
        rare = self._keyword.rarities(concepts(question), without=without)
        if slips := self._keyword.misspelt(rare):
            question = corrected(question, slips)
            rare = self._keyword.rarities(concepts(question), without=without)
        candidates = self._keyword.candidates(rare, limit=POOL + len(without))
        cosines = self._dense(question, candidates, without=without)
        every = [id_ for id_ in dict.fromkeys((*candidates, *cosines)) if id_ not in without]
        words = self._word_vectors()
        defined = subjects_to_define(question, rare)
        matches = self._keyword.match(rare, every, words, defined, names_in(question, rare))
        weights = WEIGHTS if words else CONTEXTUAL
        fused = self._scores(question, every, matches, cosines, weights, definition=bool(defined))
        rerank = self._rerank()
        most = max(limit, RERANKED) if rerank else limit
        ranked = sorted(fused, key=lambda id_: (-fused[id_], id_))[: most + POOL // 10]
        passages = self._manifest.passages_by_id(ranked)
        subjects, code = [each.forms for each in defined], asks_code(question)
        for id_, passage in passages.items():
            fused[id_] += OPENS_WEIGHT * opens_with(passage.text, subjects)
            fused[id_] *= ASKS_WEIGHT if only_asks(passage.text) else 1.0
            fused[id_] *= CODE_WEIGHT if not code and asks_code(passage.question) else 1.0
        ranked.sort(key=lambda id_: (-fused[id_], id_))
        # A vector without a passage is one that reconcile will delete.
        hits = [
            Hit(passages[id_], min(1.0, fused[id_]), cosines.get(id_, 0.0), matches.get(id_, _NO_MATCH).score)
            for id_ in ranked
            if id_ in passages
        ]
        hits = rerank(question, hits) if rerank else hits
        return Found(question, tuple(self._with_opening(hits[:limit])), tuple(rare), matches, cosines)

    def _scores(
        self,
        question: str,
        ids: Sequence[str],
        matches: Mapping[str, Match],
        cosines: Mapping[str, float],
        weights: Weights,
        *,
        definition: bool,
    ) -> dict[str, float]:
        """The fused score of each passage."""
        asked = {"chinese": _chinese(question), "definition": definition}
        places = self._keyword.places(ids)
        both = {place: (matches.get(id_, _NO_MATCH).score + cosines.get(id_, 0.0)) / 2 for id_, place in places.items()}

        def beside(id_: str) -> float:
            article, ordinal = places.get(id_, ("", 0))
            return (both.get((article, ordinal - 1), 0.0) + both.get((article, ordinal + 1), 0.0)) / 2

        return {
            id_: _fused(matches.get(id_, _NO_MATCH), cosines.get(id_, 0.0), beside(id_), weights, **asked)
            for id_ in ids
        }

    def _word_vectors(self) -> tuple[str, WordVectors] | None:
        """The encoder's vectors of words, if words alone mean something to it."""
        backend = self._backend()
        if backend is None or not isinstance(backend[0], StaticEncoder):
            return None
        return backend[0].fingerprint, backend[0].encode_queries

    def _with_opening(self, hits: list[Hit]) -> list[Hit]:
        """Put the opening of the best hit's answer beside it: it holds the definition, the rest the details."""
        if not hits or not hits[0].passage.question_id or not hits[0].passage.ordinal:
            return hits
        best = hits[0]
        rows = self._manifest.rows(
            "SELECT id FROM passages WHERE article_id = ? AND question_id = ? ORDER BY ordinal LIMIT 1",
            (best.passage.article_id, best.passage.question_id),
        )
        opening = rows[0]["id"] if rows else best.passage.id
        if opening == best.passage.id or any(hit.passage.id == opening for hit in hits[:2]):
            return hits
        found = next((hit for hit in hits if hit.passage.id == opening), None)
        if found is None:
            passage = self._manifest.passages_by_id([opening]).get(opening)
            if passage is None:
                return hits
            found = Hit(passage, hits[min(1, len(hits) - 1)].score)
        others = [hit for hit in hits[1:] if hit.passage.id != opening]
        return [best, found, *others][: len(hits)]

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

    def _dense(self, question: str, candidates: Sequence[str], *, without: Collection[str]) -> dict[str, float]:
        """Cosines of the nearest passages and of the candidates, cut at 0."""
        backend = self._backend()
        if backend is None or not question.strip():
            return {}
        encoder, vectors = backend
        vector: NDArray[np.float32] = encoder.encode_queries([question])[0]
        try:
            found = dict(vectors.query(encoder.fingerprint, vector, limit=POOL + len(without)))
            missing = [id_ for id_ in candidates if id_ not in found]
            found.update(vectors.cosines(encoder.fingerprint, vector, missing))
        except VectorsError:
            return {}
        return {id_: max(0.0, cosine) for id_, cosine in found.items() if id_ not in without}
