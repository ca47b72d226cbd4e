"""Passages → the sentences of them that matter for a question: a prompt's tokens cost time before the first word.

Pure but for the function that compares meanings.
"""

from collections.abc import Mapping, Sequence

from coach.index.words import segment
from coach.records import Hit
from coach.talk.extractive import OPENING, Cosines
from coach.talk.sentences import Unit, units

BUDGET = 700
"""Tokens for the texts of all passages together."""


def tokens_of(text: str) -> float:
    """Estimate tokens: one for a Chinese character, one for three others. Qwen's vocabulary needs a fifth less."""
    wide = sum(character >= "\u2e80" for character in text)
    return wide + (len(text) - wide) / 3


def trim(
    question: str, hits: Sequence[Hit], rarities: Mapping[str, float], cosines: Cosines, *, budget: float = BUDGET
) -> list[str]:
    """Return a text for each hit, "" if nothing of it is worth its tokens; whole passages if they fit.

    Args:
        question: What is asked.
        hits: The passages, best first.
        rarities: Inverse document frequencies of the question's words.
        cosines: Similarity of texts and question by meaning.
        budget: Tokens for all texts together.
    """
    if sum(tokens_of(hit.passage.text) for hit in hits) <= budget:
        return [hit.passage.text for hit in hits]
    found = [(number, unit) for number, hit in enumerate(hits) for unit in units(hit.passage.text)]
    meaning = cosines([unit.text for _, unit in found])
    total = sum(rarities.values()) or 1.0
    scored: list[tuple[float, int, Unit]] = []
    for (number, unit), cosine in zip(found, meaning, strict=True):
        covered = sum(rarities.get(word, 0.0) for word in set(segment(unit.text))) / total
        opening = OPENING if unit.start == 0 else 0.0
        scored.append((0.5 * covered + 0.3 * float(cosine) + 0.3 * hits[number].score + opening, number, unit))
    scored.sort(key=lambda each: -each[0])
    kept: list[list[Unit]] = [[] for _ in hits]
    left = budget
    for _, number, unit in scored:
        if (cost := tokens_of(unit.text)) <= left:
            kept[number].append(unit)
            left -= cost
    return [_joined(hit.passage.text, chosen) for hit, chosen in zip(hits, kept, strict=True)]


def _joined(text: str, chosen: Sequence[Unit]) -> str:
    """Put units together in their order; what stood between neighbours stays, a gap becomes a line break."""
    joined, end = "", 0
    for unit in sorted(chosen, key=lambda unit: unit.start):
        between = text[end : unit.start]
        joined += (between if not between.strip() else "\n") if joined else ""
        joined += unit.text
        end = unit.end
    return joined
