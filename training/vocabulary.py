"""The encoder's own tokenizer: Chinese characters and words, English words and word parts, as one unigram model.

Chinese words come from jieba's segmentation of the pairs, English parts from a unigram model trained on the English
words. A piece's score is the logarithm of its frequency, so the best path prefers frequent words, as jieba's does,
and splits `basedataset` into `base` and `dataset`.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import jieba
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
UNKNOWN = "<unk>"
GENERAL_SHARE = 0.3  # weight of jieba's general frequencies against the pairs' own
PART_PENALTY = 4.0  # log units by which a word part stands behind a word, so that words stay whole
_RUN = re.compile(rf"[{HAN}]+|[a-z]+|[0-9]+|[^\s{HAN}a-z0-9]")
_HAN_RUN = re.compile(rf"[{HAN}]+")


def build_tokenizer(texts: Iterable[str], *, size: int) -> Tokenizer:
    """Build the tokenizer from texts; `size` is the number of pieces, about half of them Chinese."""
    runs = Counter(run for text in texts for run in _RUN.findall(text.lower()))
    han = {run: n for run, n in runs.items() if _HAN_RUN.fullmatch(run)}
    english = {run: n for run, n in runs.items() if run.isascii() and run.isalpha()}
    other = Counter({run[:4]: n for run, n in runs.items() if run not in han and run not in english})

    words = _chinese_counts(han)
    characters = Counter({word: n for word, n in words.items() if len(word) == 1})
    chosen: dict[str, float] = dict(characters.most_common(size // 6))
    room = size // 2 - len(chosen)
    longer = Counter({word: n for word, n in words.items() if 1 < len(word) <= 6})
    chosen.update(longer.most_common(room))
    chosen.update(other.most_common(size // 25))
    chosen.update({str(digit): 50.0 for digit in range(10) if str(digit) not in chosen})

    parts = _english_parts(english, size=size // 8)
    room = size - 1 - len(chosen) - len(parts)
    chosen.update(Counter({w: n for w, n in english.items() if len(w) <= 20}).most_common(room))
    total = sum(chosen.values())
    scores = {piece: math.log(n / total) for piece, n in chosen.items()}
    for piece, score in parts.items():
        scores.setdefault(piece, score - PART_PENALTY)
    scores = {piece: round(score, 6) for piece, score in scores.items()}  # sums differ in the last digits between runs
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return shell([(UNKNOWN, 0.0), *ordered])


def shell(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A unigram tokenizer without specials: NFKC, lower case; words, digits, Han runs and signs apart."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), "removed"),
            pre_tokenizers.Split(Regex(rf"[{HAN}]+|[a-z]+|[0-9]{{1,4}}|[^{HAN}a-z0-9]"), "isolated"),
        ]
    )
    return tokenizer


def _chinese_counts(runs: dict[str, int]) -> dict[str, float]:
    """Count words and characters in the runs, with jieba's general frequencies mixed in."""
    counts: dict[str, float] = defaultdict(float)
    for run, n in runs.items():
        for word in jieba.cut(run):
            counts[word] += n
            for character in word:
                counts[character] += 0.05 * n  # a character inside words must be a piece too
    own = sum(counts.values())
    jieba.initialize()
    general = jieba.dt.FREQ
    scale = GENERAL_SHARE * own / max(jieba.dt.total, 1)
    for word, frequency in general.items():
        if frequency and _HAN_RUN.fullmatch(word):
            counts[word] += frequency * scale
    return counts


def _english_parts(words: dict[str, int], *, size: int) -> dict[str, float]:
    """Word parts with log probabilities, from the distinct words (types, so that rare endings count)."""
    trainer = trainers.UnigramTrainer(vocab_size=size, max_piece_length=8, show_progress=False, unk_token=UNKNOWN)
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.train_from_iterator(sorted(w for w, n in words.items() if len(w) <= 20 and n > 1), trainer)
    return {piece: score for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"] if piece != UNKNOWN}
