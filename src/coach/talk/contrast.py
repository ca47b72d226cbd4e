"""Does an answer say the opposite of a point: another number or bound, a negation, an antonym, the sides exchanged?

Careful: words around what differs must agree, and an answer that also says it right is not held to contradict.
"""

import functools
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from coach.index.quantities import quantities
from coach.index.words import normalise
from coach.talk.alignment import Clause, key_words, weight
from coach.talk.formulas import bounds

Reason = Literal["", "number", "formula", "negation", "opposite", "swapped"]

_PAIRS = (
    "增大 减小|增加 减少|提高 降低|提升 下降|升高 降低|上升 下降|高于 低于|大于 小于|快于 慢于|优于 劣于|变大 变小|变快 变慢|更大 更小|更多 更少|更高 更低"
    "|更快 更慢|更好 更差|更强 更弱|有偿 无偿|简便 复杂|简单 复杂|容易 困难|有监督 无监督|过拟合 欠拟合|单向 双向|同步 异步|稀疏 稠密|上界 下界"
    "|最大 最小|最好 最坏|最优 最差|升序 降序|静态 动态|开头 末尾|头部 尾部|队首 队尾|先进先出 后进先出|先进先出 先进后出|优点 缺点|缓解 加剧|加速 减慢"
    "|编码器 解码器|精确率 召回率|显著 不显著|稳定 不稳定|线性 非线性|凸 非凸|可导 不可导|连续 离散|一致 不一致|正确 错误|放大 缩小"
    "|拒绝 接受|行优先 列优先|前序 后序|保留 丢弃|冻结 更新"
    "|increase decrease|increases decreases|higher lower|faster slower|larger smaller|bigger smaller|greater less|more less|more fewer|before after"
    "|always never|true false|first last|top bottom|front rear|front back|fifo lifo|left right|maximum minimum|best worst|ascending descending"
    "|supervised unsupervised|bounded unbounded|encoder decoder|precision recall|static dynamic|same different|ordered unordered|public private"
    "|overfitting underfitting|sparse dense|advantage disadvantage|begin end|start end|constant linear|linear exponential|reject accept"
)
_UP, _DOWN = "增大 增加 提高 提升 升高 上升 变大 扩大 加大 加强 延长", "减小 减少 降低 下降 缩小 变小 削弱 缩短"
PAIRS = (
    *((a, b) for pair in _PAIRS.split("|") for a, b in [pair.split()]),
    *((a, b) for a in _UP.split() for b in _DOWN.split()),
)
_CHARACTERS = {a + b for pair in ["好差", "好坏", "高低", "长短", "大小", "多少", "快慢", "强弱", "有无", "正负", "升降", "增减", "远近", "前后", "上下", "左右", "内外", "先后", "行列", "深浅", "难易", "宽窄", "重轻"] for a, b in [tuple(pair), tuple(pair[::-1])]}  # fmt: skip
_FACING = frozenset("".join(_CHARACTERS))
_OTHER_POLE: dict[str, frozenset[str]] = {
    word: frozenset(b if a == word else a for a, b in PAIRS if word in (a, b)) for pair in PAIRS for word in pair
}
_NEGATION = re.compile(
    r"并不|不再|不会|不能|不是|不需要|不必|不用|没有|无法|无需|无须|并非|并未|未曾|不(?![仅但断同过管论足够妨错良然]|一样|如[：:]|少于)|没(?!有)|未(?![来知])|(?<!并)非(?=常数|线性|接触)"
    r"|\b(?:not|no|never|cannot|without|neither|nor)\b|n't\b"
)
_AGAINST = re.compile(r"防止|缓解|避免|解决|克服|抑制|prevents?|avoids?|mitigates?|reduces?")
"""What is fought is not claimed."""
_TITLE = re.compile(r"(?:不同|区别|差异|是否\S{0,6}|与否|相似)\s*$")
_OTHERWISE = re.compile(r"而不|不是.{0,20}而是|而非|不像|不同于|rather than|instead of|unlike")
_LIKE_THAT = re.compile(r"前者|后者|两者|二者|都|均|它们|\b(?:former|latter|both)\b", re.IGNORECASE)
"""Clauses that tell of a side, or of both, without naming it."""
_ALIGNED = 0.6
"""Share of the words of both clauses that must agree before a negation more in one of them counts."""
_SWAPPED = 2
"""Words and pairs of words that must be told of the wrong side."""
_SHORT = 2
"""Pieces of a point up to which a lone opposite word is enough."""
_COUNTLESS = frozenset((0.0, 1.0, 2.0))
"""Values without a unit that stand for anything but a measurement."""
_NUMBERED = 0.45
"""Share of a point's words without its numbers that must stand beside another number."""


def contradiction(point: str, said: str, question: str, sides: Sequence[str] = ()) -> Reason:
    """Return what the candidate's words contradict in a point, or "".

    Args:
        point: What should have been said.
        said: What was said of it.
        question: The question; words that it names may be left unsaid.
        sides: The two sides of a comparison: what is said of one does not contradict what holds for the other.
    """
    ours, theirs = tuple(piece for piece in _pieces(point) if not _TITLE.search(piece)), _pieces(said)
    return _other_bound(point, said) or _other_number(point, said, question) or _opposite(ours, theirs, question, sides)


@functools.lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str, ...]:
    text = re.sub(r"(?<![a-z])\s*<\s*(?=[0-9])", " 小于 ", re.sub(r"\s*>\s*(?=[0-9])", " 大于 ", text))
    pieces = re.split(r"[。！？!?；;，,：:、\n]|但是?|而且|并且|(?<=[a-z0-9])\.\s| and | but ", normalise(text))
    return tuple(piece for piece in pieces if piece.strip())


def _other_bound(point: str, said: str) -> Reason:
    ours, theirs = bounds(point), bounds(said)
    return "formula" if ours and theirs and not ours & theirs and len(ours) == 1 else ""


def _other_number(point: str, said: str, question: str) -> Reason:
    """A number of the same unit, beside the same words, that is none of the point's."""
    ours, theirs = quantities(point), quantities(said)
    if not ours or not theirs:
        return ""
    asked = {q.value for q in quantities(question)}
    words = set(key_words(re.sub(r"[0-9.]+", " ", point)))
    shared = words & set(key_words(said))
    if sum(map(weight, shared)) < _NUMBERED * sum(map(weight, words)):
        return ""
    for mine in ours:
        same_unit = [
            other
            for other in theirs
            if other.unit == mine.unit and other.value not in asked and (mine.unit or other.value not in _COUNTLESS)
        ]
        if same_unit and not any(any(q.same(other) for q in ours) for other in same_unit):
            return "number"
    return ""


def _opposite(ours: Sequence[str], theirs: Sequence[str], question: str, sides: Sequence[str]) -> Reason:
    asked = set(key_words(question))
    mine_about, other_about = _subjects(ours, sides), _subjects(theirs, sides)
    for mine, my_subject in zip(ours, mine_about, strict=True):
        for other, other_subject in zip(theirs, other_about, strict=True):
            if my_subject != other_subject:
                continue
            reason = _flipped(mine, other, asked, brief=len(ours) <= _SHORT)
            if reason and not any(_agrees(mine, third) for third in theirs):
                return reason
    return ""


def _flipped(mine: str, other: str, asked: set[str], *, brief: bool) -> Reason:
    my_words, other_words = set(key_words(mine)), set(key_words(other))
    negated = _negative(mine) != _negative(other)
    antonyms = _antonyms(mine, other)
    if antonyms:
        around = {word for word in my_words & other_words if not any(word in side or side in word for side in antonyms)}
        lone = brief and len(my_words - asked) <= 2 and len(other_words - asked) <= 2
        if bool(_AGAINST.search(mine)) != bool(_AGAINST.search(other)):
            return ""
        return "opposite" if not negated and (around or (lone and my_words)) else ""
    if not negated or _OTHERWISE.search(mine) or _OTHERWISE.search(other):
        return ""
    shared = my_words & other_words
    union = sum(map(weight, (my_words | other_words) - (asked - shared)))
    enough = bool(shared - asked) or len(shared) >= 2
    return "negation" if enough and sum(map(weight, shared)) >= _ALIGNED * union > 0 else ""


def _agrees(mine: str, other: str) -> bool:
    """Whether a piece of the answer says the same as the point's piece, word for word but for light ones."""
    words = set(key_words(mine))
    return bool(words) and words <= set(key_words(other)) and _negative(mine) == _negative(other)


@functools.lru_cache(maxsize=4096)
def _negative(text: str) -> bool:
    return len(_NEGATION.findall(text)) % 2 == 1


def _antonyms(mine: str, other: str) -> tuple[str, str] | None:
    """The word and its opposite that tell two pieces apart, if there is such a pair."""
    ours, theirs = _poles(mine), _poles(other)
    for a in sorted(ours):
        if a not in theirs and (opposite := (_OTHER_POLE[a] & theirs) - ours):
            return a, min(opposite)
    facing_there = [(at, facing) for at, facing in enumerate(other) if facing in _FACING]
    for place, character in enumerate(mine):
        for at, facing in facing_there if character in _FACING else ():
            if character + facing in _CHARACTERS:
                before = mine[max(0, place - 2) : place] == other[max(0, at - 2) : at] != ""
                after = mine[place + 1 : place + 3] == other[at + 1 : at + 3] and len(mine) - place > 2
                context = mine[place + 1 :].strip() == "" and other[at + 1 :].strip() == ""
                if (before and place >= 2 and context) or (after and place == at == 0):
                    return mine[place - 1 : place + 1] or character, other[at - 1 : at + 1] or facing
    return None


@functools.lru_cache(maxsize=4096)
def _poles(text: str) -> frozenset[str]:
    """The words of a text that have an opposite."""
    return frozenset(word for word in _OTHER_POLE if word in text and _has(word, text))


def _has(word: str, text: str) -> bool:
    if not word.isascii():
        return word in text and not (len(word) < 4 and f"不{word}" in text)
    return bool(re.search(rf"\b{word}\b", text))


def swapped(point: str, answer: Sequence[Clause], sides: Sequence[str]) -> str:
    """The candidate's words that tell of one side what the point tells of the other, or "".

    Words count, and pairs of words that follow each other: "features across samples" is not "samples across features".
    The point must tell of both sides.
    """
    if len(sides) != 2:
        return ""
    ours = _told(_pieces(point), sides)
    alone = [ours[0] - ours[1], ours[1] - ours[0]]
    if not all(alone):
        return ""
    current: int | None = None
    right = wrong = 0.0
    quote = ""
    for clause in answer:
        current = _subject(clause.text, sides, current)
        if current is None or _NEGATION.search(clause.text):
            continue
        said = _terms(clause.text, sides)
        right += len(said & alone[current])
        if said & alone[1 - current]:
            wrong += len(said & alone[1 - current])
            quote = quote or clause.text
    return quote if wrong >= _SWAPPED and wrong > 2 * right else ""


def told_of_other(
    point: str, before: str, answer: Sequence[Clause], place: tuple[int, int], sides: Sequence[str]
) -> bool:
    """Whether the candidate's words for a point that is about one side are about the other side alone.

    Args:
        point: What should have been said.
        before: What the reference says before it in the same paragraph; it may name the side.
        answer: All clauses of the answer, in order.
        place: Where the words for the point stand in the answer.
        sides: The two sides of the question.
    """
    if len(sides) != 2:
        return False
    lead = _subjects(_pieces(before), sides)
    current = lead[-1] if lead else None
    about: set[int | None] = set()
    for piece in _pieces(point):
        current = _subject(piece, sides, current)
        about |= {current} if current is not None or about else set()  # a title before the side is named is no matter
    said: set[int | None] = set()
    current = None
    for clause in answer:
        current = None if _LIKE_THAT.search(clause.text) else _subject(clause.text, sides, current)
        if clause.start < place[1] and place[0] < clause.end:
            said.add(current)
    return len(about) == len(said) == 1 and None not in about | said and about != said


def _told(pieces: Sequence[str], sides: Sequence[str]) -> list[set[str]]:
    """What a text tells of each side; what it denies is left out."""
    told: list[set[str]] = [set(), set()]
    current: int | None = None
    for piece in pieces:
        current = _subject(piece, sides, current)
        if current is not None and not _NEGATION.search(piece):
            told[current] |= _terms(piece, sides)
    return told


def _terms(text: str, sides: Sequence[str]) -> set[str]:
    """The weighty words of a clause without the sides' names, and the pairs of neighbours among them."""
    names = {word for side in sides for word in key_words(side)}
    words = [word for word in key_words(text) if weight(word) == 1 and word not in names and not word.isdigit()]
    return {*words, *(f"{first} {second}" for first, second in pairwise(words))}


CONTRASTS = (
    "训练 推理|训练 测试|编码器 解码器|精确率 召回率|行优先 列优先|数组 链表|栈 队列|进程 线程"
    "|training inference|encoder decoder|precision recall|array linked list|stack queue"
)
"""Pairs that a reference may set against each other without the question naming them."""


def contrasted(reference: str) -> tuple[str, ...]:
    """The first pair of contrasting things that a reference names both of, or nothing."""
    plain = normalise(reference)
    for pair in CONTRASTS.split("|"):
        first, second = pair.split(" ", 1)
        if _has(first, plain) and _has(second, plain):
            return first, second
    return ()


def _subject(text: str, sides: Sequence[str], before: int | None) -> int | None:
    """Which of two sides a clause is about; the one before where it names none; None where it names both."""
    named = [_names(text, side) for side in heads(sides)]
    if all(named):
        return None
    return named.index(True) if any(named) else before


def _subjects(pieces: Sequence[str], sides: Sequence[str]) -> list[int | None]:
    """What each piece is about, one after the other."""
    about: list[int | None] = []
    for piece in pieces:
        about.append(_subject(piece, sides, about[-1] if about else None) if len(sides) == 2 else None)
    return about


def heads(sides: Sequence[str]) -> tuple[str, ...]:
    """The names alone of two sides: L1 and L2 of "L1" and "L2 regularisation"."""
    found = [re.match(r"[A-Za-z][\w+\-]*", side) for side in sides]
    return tuple(match.group() for match in found if match) if all(found) else tuple(sides)


def _names(text: str, side: str) -> bool:
    words = set(key_words(side))
    if any(len(word) == 1 for word in words):  # L1 is cut into two words, which also stand elsewhere
        return bool(re.search(rf"(?<![a-z0-9]){re.escape(normalise(side))}(?![a-z0-9])", normalise(text)))
    return bool(words) and words <= set(key_words(text))
