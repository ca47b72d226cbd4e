"""Passages as arrays of word numbers, kept for those that were looked at last: what exact scoring reads.

Words are numbered as they are met. A word's vector is the encoder's, cut to its leading numbers and kept in 8 bits: a
thousand passages hold about fifteen thousand distinct words.
"""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.index.manifest import BATCH, Manifest
from coach.index.words import STOP_WORDS

WEIGHTS = (2, 1, 1)
"""How much a word counts in a passage's question, headings and body."""
KEPT = 2048
"""Passages that are kept."""
MOST_WORDS = 60_000
"""Words that are numbered before everything is forgotten."""
VECTOR = 128
"""Numbers of a word's vector: the encoder is trained so that the leading ones stand alone."""

_MEASURED = 2_000
"""Passages from which the mean length is taken."""
_HAN, _LATIN = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]{2,}")
_ONE_THREAD = 2**18
"""Multiplications of one product up to which OpenBLAS uses one thread (its `GEMM_MULTITHREAD_THRESHOLD`)."""
_PLACE, _COUNT = 16, 8
"""Bits of a word's place and count; what is larger counts as the largest."""
_LAST, _MOST = 2**_PLACE - 1, 2**_COUNT - 1

WordVectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Words → vectors, shape (n, at least VECTOR)."""


@dataclass(frozen=True, slots=True)
class Read:
    """One passage: its distinct words in order, never none; `unpacked` tells what they hold.

    `own` is how many of them stand in its own question, which comes first; `question` is that question, segmented;
    `length` counts all words; `chinese` tells that it is written in Chinese; `article` and `ordinal` tell which
    passages are its neighbours.
    """

    words: NDArray[np.int64]
    own: int
    length: int
    question: str
    chinese: bool
    article: str
    ordinal: int


def is_chinese(text: str) -> bool:
    """Whether a text has more Chinese characters than Latin words; Chinese texts of this field are full of English."""
    start = text[:600]
    return len(_HAN.findall(start)) > len(_LATIN.findall(start))


def unpacked(words: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Words as a `Read` holds them → their numbers, the places where they first stand, and their weighted counts."""
    return words >> (_PLACE + _COUNT), (words >> _COUNT) & (2**_PLACE - 1), words & (2**_COUNT - 1)


def _product(vectors: NDArray[np.int8], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Dot products of all with all, shape (wanted, vectors), in blocks that BLAS leaves to one thread.

    More threads take longer for so little, and twice the processor's time: they wait for each other.
    """
    size = max(1, _ONE_THREAD // max(1, wanted.size))
    blocks = np.zeros((-(-len(vectors) // size), size, wanted.shape[1]), np.float32)
    blocks.reshape(-1, wanted.shape[1])[: len(vectors)] = vectors
    products: NDArray[np.float32] = (blocks @ wanted.T).reshape(-1, len(wanted))[: len(vectors)].T
    return products


class Reader:
    """Reads passages of one manifest; safe to use from several threads."""

    def __init__(self, manifest: Manifest) -> None:
        """Read nothing yet."""
        self._manifest = manifest
        self._memory = Memory(manifest, -1)

    @property
    def last(self) -> "Memory":
        """The memory that was last given out."""
        return self._memory

    def memory(self) -> "Memory":
        """What was read so far; empty when the passages have changed or too much was read."""
        generation = self._manifest.generation()
        if generation != self._memory.generation or self._memory.full:
            self._memory = Memory(self._manifest, generation)
        return self._memory


class Memory:
    """Passages read, and the numbers and vectors of their words. Numbers never change within one memory."""

    def __init__(self, manifest: Manifest, generation: int) -> None:
        """Hold nothing yet; `generation` is the manifest's."""
        self.generation = generation
        self._manifest = manifest
        self._lock = threading.Lock()
        self._kept: dict[str, Read] = {}
        self._numbers: dict[str, int] = {"": 0}
        self._encoder = ""
        self._vectors: NDArray[np.int8] = np.zeros((0, VECTOR), np.int8)
        self._norms: NDArray[np.float32] = np.zeros(0, np.float32)  # negative: not encoded yet
        self._documents: dict[str, int] = {}
        self._total = -1
        self._mean = -1.0

    @property
    def full(self) -> bool:
        """Whether it is time to start anew."""
        return len(self._numbers) > MOST_WORDS or len(self._documents) > MOST_WORDS

    def number(self, word: str) -> int:
        """The number of a word; -1 if no passage that was read holds it."""
        return self._numbers.get(word, -1)

    def total(self) -> int:
        """How many passages there are."""
        if self._total < 0:
            self._total = self._manifest.rows("SELECT count(*) FROM passages")[0][0]
        return self._total

    def documents(self, words: Iterable[str]) -> dict[str, int]:
        """How many passages hold each word; counting them takes long for common words, so it is remembered."""
        wanted = list(words)
        missing = [word for word in wanted if word not in self._documents]
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            marks = ",".join("?" * len(batch))
            sql = f"SELECT term, doc FROM passage_vocabulary WHERE term IN ({marks})"  # noqa: S608 - marks alone
            found = dict.fromkeys(batch, 0) | {row["term"]: row["doc"] for row in self._manifest.rows(sql, batch)}
            self._documents.update(found)
        return {word: self._documents[word] for word in wanted}

    def mean_length(self) -> float:
        """Mean number of words in a passage, from some of them."""
        if self._mean < 0:
            words = " + ".join(
                f"length({name}) - length(replace({name}, ' ', ''))" for name in ("question", "headings", "body")
            )
            sql = f"""SELECT avg({words}) + 2 FROM passage_words WHERE rowid % (1 +
                      (SELECT count(*) FROM passages) / ?) = 0"""  # noqa: S608 - constants
            self._mean = self._manifest.rows(sql, (_MEASURED,))[0][0] or 1.0
        return self._mean

    def read(self, ids: Iterable[str]) -> dict[str, Read]:
        """Return the passages with these ids; unknown ids are left out."""
        wanted = list(ids)
        with self._lock:
            missing = [id_ for id_ in wanted if id_ not in self._kept]
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                marks = ",".join("?" * len(batch))
                sql = f"""SELECT p.id, p.article_id, p.ordinal, w.question, w.headings, w.body
                          FROM passages p JOIN passage_words w ON w.rowid = p.number
                          WHERE p.id IN ({marks})"""  # noqa: S608 - marks alone
                for row in self._manifest.rows(sql, batch):
                    self._kept[row[0]] = self._taken_in(row[1], row[2], row[3:6])
            found = {id_: self._kept[id_] for id_ in wanted if id_ in self._kept}
            for id_ in found:  # what was used last stands last
                self._kept[id_] = self._kept.pop(id_)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return found

    def similar(
        self, words: NDArray[np.int64], wanted: NDArray[np.float32], encoder: str, encode: WordVectors
    ) -> NDArray[np.float32]:
        """Cosines of wanted vectors with the words of these numbers, (wanted, words); stop words have none.

        Args:
            words: Numbers of words, shape (n,).
            wanted: Vectors, shape (m, at least VECTOR).
            encoder: Which encoder they are of; vectors of another are forgotten.
            encode: Gives the vectors of words.
        """
        with self._lock:
            met = np.zeros(len(self._numbers), bool)
            met[words] = True
            numbers = np.flatnonzero(met)
            self._encode(numbers, encoder, encode)
            table = np.zeros((len(wanted), len(met)), np.float32)
            cut = wanted[:, :VECTOR]
            cut = cut / np.maximum(np.linalg.norm(cut, axis=1, keepdims=True), np.finfo(np.float32).tiny)
            table[:, numbers] = _product(self._vectors[numbers], cut) / self._norms[numbers]
        return table[:, words]

    def _taken_in(self, article: str, ordinal: int, columns: Sequence[str]) -> Read:
        known = self._numbers
        places: dict[int, int] = {}
        counts: dict[int, int] = {}
        place = own = 0
        for column, weight in zip(columns, WEIGHTS, strict=True):
            for word in column.split():
                number = known.setdefault(word, len(known))
                if number in places:
                    counts[number] += weight
                else:
                    places[number], counts[number] = place, weight
                place += 1
            own = own or len(places)
        packed = [
            (number << _PLACE | min(at, _LAST)) << _COUNT | min(counts[number], _MOST) for number, at in places.items()
        ]
        own = own if columns[0].strip() else 0
        chinese = is_chinese(columns[0] or columns[2])
        return Read(np.array(packed or [0], np.int64), own, place, columns[0], chinese, article, ordinal)

    def _encode(self, numbers: NDArray[np.int64], encoder: str, encode: WordVectors) -> None:
        """Make sure that these words have vectors."""
        if encoder != self._encoder:
            self._encoder, self._norms = encoder, np.zeros(0, np.float32)
        more = len(self._numbers) - len(self._norms)
        if more > 0:
            room = max(more, 4096)
            self._norms = np.concatenate([self._norms, np.full(room, -1, np.float32)])
            known = self._vectors[: len(self._norms) - room]
            self._vectors = np.concatenate([known, np.zeros((room, VECTOR), np.int8)])
        new = numbers[self._norms[numbers] < 0]
        if not len(new):
            return
        wanted = set(new.tolist())
        words = {number: word for word, number in self._numbers.items() if number in wanted}
        vectors = encode([words[number] for number in new.tolist()])[:, :VECTOR]
        told = np.array([bool(words[number]) and words[number] not in STOP_WORDS for number in new.tolist()])
        vectors = vectors * told[:, None]
        largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        self._vectors[new] = np.rint(127 * vectors / largest)
        self._norms[new] = np.maximum(np.linalg.norm(self._vectors[new].astype(np.float32), axis=1), 1)
