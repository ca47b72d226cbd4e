"""Text → words, for the keyword index and for every comparison by words. Chinese by jieba, Latin by a pattern.

Knows nothing of ranking. Words are lower-cased and NFKC-normalised; English words lose a plural s.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rjieba import Jieba

TERMS_FILE = Path(__file__).with_name("terms.txt")

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.+#'_-][a-z0-9]+)*(?:\+\+|#)?")
_LETTERS_THEN_DIGITS = re.compile(r"([a-z]{2,})[0-9]+")
_PLAIN = str.maketrans({"-": "", "_": "", "'": "", "+": "plus", "#": "sharp", ".": ""})
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
_LONGEST_PHRASE = 4
_REMEMBERED = 16384
"""Runs of letters whose words are remembered, about 10 MB: the same ones come again and again."""

Form = tuple[str, ...]
"""A term as the index holds it: one word, or the words of an English phrase."""

TERMS: dict[str, tuple[str, ...]] = {
    chinese: tuple(english.split("|"))
    for chinese, english in (line.split("\t") for line in TERMS_FILE.read_text(encoding="utf-8").splitlines())
}
"""The field's terms: Chinese → English, from `terms.txt`; both sides say the same."""


def cut(text: str) -> list[str]:
    """Cut text into words as they stand, each once, without the shorter words inside them.

    >>> cut("How does RoPE work?")
    ['how', 'does', 'rope', 'work']
    """
    return [
        word for run in _RUN.findall(normalise(text)) for word in ([run] if run[0].isascii() else _jieba().cut(run))
    ]


@dataclass(frozen=True, slots=True)
class Concept:
    """A word of a question, with the other ways in which an article may say the same."""

    word: str
    others: tuple[Form, ...] = ()


@functools.cache
def _jieba() -> "Jieba":
    """Load jieba's dictionary (about 0.3 s) and the field's terms, once."""
    from rjieba import Jieba

    jieba = Jieba()
    for term in TERMS:
        if len(term) > 1:
            jieba.add_word(term, jieba.suggest_freq(term), None)
    return jieba


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
    return list(_words(normalise(_apart(text))))


def content_words(text: str) -> list[str]:
    """Return the words of a question or sentence that carry its topic, without repeats, in order."""
    return list(dict.fromkeys(word for word in segment(text) if word not in STOP_WORDS))


def concepts(text: str) -> list[Concept]:
    """Return a question's content words with their synonyms and translations from the field's terms.

    Parts of a longer term are left out (注意 in 注意力), unless they are terms themselves.
    """
    found = content_words(text)
    synonyms = _synonyms()
    plain = normalise(_apart(text))
    by_phrase = _phrases(plain)
    whole = [word for word in found if (word,) in synonyms and not word.isascii()]
    parts = {
        run: tuple(words[1:]) for run in _RUN.findall(plain) if len(words := list(_words(run))) > 2 and run.isascii()
    }
    compounds = {_plain(run): form for run, form in parts.items()}
    # A compound that is no term itself is what its parts are: bias-variance.
    told = {
        whole for whole, form in compounds.items() if (whole,) not in synonyms and any((p,) in synonyms for p in form)
    }
    inside = {word for whole, form in compounds.items() if whole not in told for word in form} | told
    return [
        Concept(
            word,
            tuple(
                dict.fromkeys(
                    (
                        *synonyms.get((word,), ()),
                        *by_phrase.get(word, ()),
                        *([compounds[word]] if word in compounds else []),
                    )
                )
            ),
        )
        for word in found
        if word not in inside and ((word,) in synonyms or not any(word in longer for longer in whole))
    ]


def _apart(text: str) -> str:
    """Mark the parts of a compound, so that they are indexed too: LayerNorm → Layer-Norm."""
    return _CAMEL.sub("-", text)


def _phrases(text: str) -> dict[str, list[Form]]:
    """Synonyms of the English phrases in a text, by each of the phrase's words."""
    synonyms = _synonyms()
    latin = [_plain(run) for run in _RUN.findall(text) if run[0].isascii()]
    found: dict[str, list[Form]] = {}
    for size in range(_LONGEST_PHRASE, 1, -1):
        for start in range(len(latin) - size + 1):
            phrase = tuple(latin[start : start + size])
            for word in phrase if phrase in synonyms else ():
                found.setdefault(word, []).extend(synonyms[phrase])
    return found


@functools.cache
def _synonyms() -> dict[Form, tuple[Form, ...]]:
    """Every form of a term → its other forms."""
    found: dict[Form, dict[Form, None]] = {}
    same: dict[str, list[str]] = {}
    for chinese, english in TERMS.items():
        same.setdefault(english[0], []).append(chinese)
    for chinese, english in TERMS.items():
        forms = [(normalise(chinese),), *(tuple(_plain(run) for run in _RUN.findall(normalise(e))) for e in english)]
        for form in forms:
            found.setdefault(form, {}).update((other, None) for other in forms if other != form)
        found[forms[0]].update(((normalise(other),), None) for other in same[english[0]] if other != chinese)
    return {form: tuple(others) for form, others in found.items()}


def _words(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        yield from _words_of(run)


@functools.lru_cache(maxsize=_REMEMBERED)
def _words_of(run: str) -> tuple[str, ...]:
    return tuple(_latin_words(run) if run[0].isascii() else _jieba().cut_for_search(run))


def _latin_words(run: str) -> Iterator[str]:
    """Yield single tokens for FTS5: p-tuning → ptuning, tuning; llama2 → llama2, llama; 1.5b → 1point5b."""
    yield _plain(run)
    parts = re.split(r"[-_'.]", run)
    if len(parts) > 1:
        yield from (_singular(part.translate(_PLAIN)) for part in parts if len(part) > 1 and not part.isdigit())
    if match := _LETTERS_THEN_DIGITS.fullmatch(run):
        yield match.group(1)


def _plain(run: str) -> str:
    """Fold a run of Latin letters into one token."""
    return _singular(re.sub(r"(?<=[0-9])\.(?=[0-9])", "point", run).translate(_PLAIN))


def _singular(word: str) -> str:
    """Fold the commonest plural, so that "embeddings" meets "embedding"."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as")):
        return word[:-1]
    return word


GENERIC = frozenset(
    _singular(word) for word in Path(__file__).with_name("generic.txt").read_text(encoding="utf-8").split()
)
"""Words that ask something of a subject without naming one: they weigh less in a question."""

STOP_WORDS = frozenset(
    form
    for word in Path(__file__).with_name("stopwords.txt").read_text(encoding="utf-8").split()
    for form in (word, _singular(word))
)
"""Words that carry no topic: left out of queries and of word coverage."""
