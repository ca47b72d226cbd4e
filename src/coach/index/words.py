"""Text → words, for the keyword index and for every comparison by words. Chinese by jieba, Latin by a pattern.

Knows nothing of ranking. Words are lower-cased and NFKC-normalised; English words lose a plural s.
"""

import functools
import logging
import re
import threading
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

TERMS_FILE = Path(__file__).with_name("terms.txt")

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.+#'_-][a-z0-9]+)*(?:\+\+|#)?")
_LETTERS_THEN_DIGITS = re.compile(r"([a-z]{2,})[0-9]+")
_PLAIN = str.maketrans({"-": "", "_": "", "'": "", "+": "plus", "#": "sharp", ".": ""})
_LOCK = threading.Lock()

TERMS: dict[str, tuple[str, ...]] = {
    chinese: tuple(english.split("|"))
    for chinese, english in (line.split("\t") for line in TERMS_FILE.read_text(encoding="utf-8").splitlines())
}
"""The field's terms: Chinese → English, from `terms.txt`; both sides say the same."""

STOP_WORDS = frozenset(Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split())
"""Words that carry no topic: left out of queries and of word coverage."""


@functools.cache
def _jieba() -> ModuleType:
    """Load jieba's dictionary (about a second) and the field's terms, once."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        for term in TERMS:
            if len(term) > 1:
                jieba.add_word(term)
        module: ModuleType = jieba
        return module


def warm_up() -> None:
    """Load the dictionary now rather than at the first question."""
    _jieba()


def normalise(text: str) -> str:
    """NFKC, lower case: full-width letters and digits compare equal to plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def segment(text: str) -> list[str]:
    """Split text into words for indexing: long Chinese words are followed by the shorter ones inside them.

    >>> segment("注意力机制 (attention)")[-1]
    'attention'
    """
    return list(_words(normalise(text)))


def content_words(text: str) -> list[str]:
    """Return the words of a question or sentence that carry its topic, without repeats, in order."""
    return list(dict.fromkeys(word for word in segment(text) if word not in STOP_WORDS))


def _words(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match.group()
        if run[0].isascii():
            yield from _latin_words(run)
        else:
            yield from _jieba().cut_for_search(run)


def _latin_words(run: str) -> Iterator[str]:
    """Yield single tokens for FTS5: p-tuning → ptuning, tuning; llama2 → llama2, llama; 1.5b → 1point5b."""
    yield _singular(re.sub(r"(?<=[0-9])\.(?=[0-9])", "point", run).translate(_PLAIN))
    parts = re.split(r"[-_'.]", run)
    if len(parts) > 1:
        yield from (_singular(part.translate(_PLAIN)) for part in parts if len(part) > 1 and not part.isdigit())
    if match := _LETTERS_THEN_DIGITS.fullmatch(run):
        yield match.group(1)


def _singular(word: str) -> str:
    """Fold the commonest plural, so that "embeddings" meets "embedding"."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as")):
        return word[:-1]
    return word
