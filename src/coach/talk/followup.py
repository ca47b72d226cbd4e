"""A question that leans on the conversation → one that stands alone, by rules.

After "多头注意力是什么", "它的复杂度呢？" is searched as "多头注意力的复杂度呢？", and "那 RMSNorm 呢？" as
"RMSNorm是什么". A question that names its own subject is left alone.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from coach.index.words import STOP_WORDS, TERMS, cut, normalise
from coach.records import Turn
from coach.talk.extractive import sides

_PRONOUN = re.compile(
    r"它们?|(?:这|那|该|此|上述|上面|刚才)(?:一?个|一?种|些)?(?:的)?(?:方法|模型|算法|公式|技术|机制|概念|东西)|上述|"
    r"(?:这|那)(?:一?个|一?种|些)(?!问题)|(?<![尤与极])其(?!他|它|中|实|次|余|间)|"
    r"\b(?:it|its|they|their|them|this|that|these|those)\b(?: (?:one|method|model|algorithm|technique))?",
    re.IGNORECASE,
)
_FIRST = re.compile(r"前者|\bthe former\b", re.IGNORECASE)
_SECOND = re.compile(r"后者|\bthe latter\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:上|前)(?:面)?(?:那|这)?一?(?:个|种|者)|之前(?:那个|的)|\bthe (?:previous|last|earlier) one\b", re.I
)
_COMPARES = re.compile(r"比|区别|不同|差|compar|differ|versus|\bvs\b", re.IGNORECASE)
_OTHER = re.compile(
    r"^(?:那么?|然后|换成|如果是|所以)*[，, ]*(?P<zh>[^，,。？?]{1,30}?)(?:又)?(?:呢|怎么样|如何|又如何)[？?！!。]*$|"
    r"^(?:and |so |then )*(?:what|how) about (?P<en>.{1,40}?)[?.!]*$|^and (?P<and>.{1,40}?)\?$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"和|与|跟|及|、|\b(?:and|vs)\b")
_START = re.compile(r"^(?:那么?|然后|所以|and|so|then)[，, ]*", re.IGNORECASE)
_ASPECTS = frozenset(Path(__file__).with_name("aspects.txt").read_text(encoding="utf-8").split())
"""What is asked about a subject, rather than a subject."""
_REMEMBERED = 4
"""Earlier questions that are looked at."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question to search with: itself, or with the subject of the conversation put in."""
    earlier: list[str] = []
    for turn in [turn for turn in history if turn.role == "user"][-_REMEMBERED:]:
        earlier.append(_resolved(turn.text, earlier))
    return _resolved(question, earlier)


def _resolved(question: str, earlier: Sequence[str]) -> str:
    """Resolve a question by the earlier ones, which stand alone already."""
    if not earlier:
        return question
    last = earlier[-1]
    pair = sides(last) or _two_names(last)
    for side, mark in zip(pair, (_FIRST, _SECOND), strict=False):
        if mark.search(question):
            return mark.sub(side, question)
    if _BEFORE.search(question):
        return _with_the_one_before(question, earlier)
    other = _other_subject(question)
    if other:
        return _instead(last, other)
    pronoun = _PRONOUN.search(question)
    if pronoun and not subjects(question[: pronoun.start()]):
        return f"{question[: pronoun.start()]}{_glued(_topic(last), question[pronoun.end() :])}"
    return question if subjects(question) or not _leans(question) else _glued(_topic(last), _START.sub("", question))


def subjects(text: str) -> list[str]:
    """Return the names in a question, as they stand: Latin words and the field's terms that are no mere aspects."""
    plain = normalise(text)
    found = [
        word
        for word in cut(plain)
        if word not in STOP_WORDS and word not in _ASPECTS and (word.isascii() or word in TERMS) and not word.isdigit()
    ]
    return [word for word in dict.fromkeys(found) if len(word) > 1]


def _two_names(question: str) -> tuple[str, ...]:
    """The two names of a question that joins them without saying that it compares: MHA 和 GQA."""
    names = subjects(question)
    joined = len(names) == 2 and _JOINED.search(normalise(question).split(names[0], 1)[-1].split(names[1], 1)[0])
    return tuple(names) if joined else ()


def _other_subject(question: str) -> str:
    """The new subject in "那 X 呢？", or "" where X is an aspect of the old one."""
    match = _OTHER.match(question.strip())
    new = next((part for part in match.groups() if part), "").strip() if match else ""
    if not new or _PRONOUN.search(new) or re.search(r"为什么|怎么|什么|[和与跟比]|的", new):
        return ""
    words = [word for word in cut(new) if word not in STOP_WORDS]
    return new if words and subjects(new) and not any(word in _ASPECTS for word in words) else ""


def _instead(last: str, new: str) -> str:
    """Ask the last question of a new subject: it takes the place of the old one, of a comparison's second."""
    pair = sides(last)
    old = pair[1] if pair else _phrase(last)
    place = re.search(re.escape(old), normalise(last)) if old else None
    if pair and not place:
        place = re.search(re.escape(old), last)
    if not place:
        return f"{new} {last}"
    return f"{last[: place.start()]}{new}{last[place.end() :]}"


def _phrase(text: str) -> str:
    """The first run of names in a question that stand side by side ("layer norm", "多头注意力")."""
    names = subjects(text)
    if not names:
        return ""
    plain = normalise(text)
    end = plain.find(names[0]) + len(names[0])
    start = end - len(names[0])
    for name in names[1:]:
        if not re.fullmatch(r"[ -]?", plain[end : plain.find(name, end)]) or not name.isascii():
            break
        end = plain.find(name, end) + len(name)
    return plain[start:end]


def _with_the_one_before(question: str, earlier: Sequence[str]) -> str:
    """Compare the subject with the one asked about before it, or ask about that one."""
    if len(earlier) > 1 and _COMPARES.search(question):
        mine = " ".join(subjects(question)) or _topic(earlier[-1])
        before = earlier[-1] if subjects(question) else earlier[-2]
        return f"{mine} 和 {_topic(before)} 的区别"
    before = earlier[-2] if len(earlier) > 1 and not _COMPARES.search(question) else earlier[-1]
    return _glued(_topic(before), _BEFORE.sub("", question))


def _leans(question: str) -> bool:
    """Whether a question without a subject is so short that it can only go on with the last one."""
    words = [word for word in cut(question) if word not in STOP_WORDS]
    return len(words) <= 3 or all(word in _ASPECTS for word in words)


def _topic(question: str) -> str:
    """What a question is about: its names, or else its content words."""
    pair = sides(question)
    if pair:
        return f"{pair[0]} 和 {pair[1]}"
    names = subjects(question)
    return " ".join(names or [word for word in cut(question) if word not in STOP_WORDS])


def _glued(topic: str, rest: str) -> str:
    return f"{topic}{'' if rest.startswith('的') else ' '}{rest.strip()}"
