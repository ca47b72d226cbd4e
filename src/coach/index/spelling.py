"""A misspelt English word → the one that the articles hold: transfomer → transformer. Pure.

One letter missing, added, replaced, or two swapped (Damerau, 1964), the first letter right, as it mostly is.
A name that the articles don't know must not become another thing.
"""

import re
from collections.abc import Iterable, Mapping

SHORTEST = 6
"""Letters of a word that may be misspelt: QLoRA is one letter from many names, and none of them is meant."""
_WORD = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{{SHORTEST},}}(?![A-Za-z0-9])")


def may_be_misspelt(word: str) -> bool:
    """Whether a word is long enough, and plain letters."""
    return bool(_WORD.fullmatch(word))


def meant(word: str, known: Iterable[tuple[str, int]]) -> str:
    """The commonest of the known words (each with its count) that is one slip away, or ""."""
    near = [(count, other) for other, count in known if _one_slip(word, other)]
    return max(near)[1] if near else ""


def corrected(text: str, words: Mapping[str, str]) -> str:
    """Put other words in the place of misspelt ones, in their plural too; both sides in lower case."""

    def instead(match: re.Match[str]) -> str:
        word = match.group().lower()
        return words.get(word) or words.get(word.removesuffix("s")) or match.group()

    return _WORD.sub(instead, text)


def _one_slip(word: str, other: str) -> bool:
    if word == other or word[0] != other[0] or abs(len(word) - len(other)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    if len(word) != len(other):
        longer, shorter = (word, other) if len(word) > len(other) else (other, word)
        return longer[at + 1 :] == shorter[at:]
    swapped = word[at : at + 2] == other[at : at + 2][::-1]
    return word[at + 1 :] == other[at + 1 :] or (swapped and word[at + 2 :] == other[at + 2 :])
