"""A question that leans on the conversation → one that stands alone, by rules.

After "多头注意力是什么", "它的复杂度呢？" is searched as "多头 注意力 的复杂度呢？".
"""

import re
from collections.abc import Sequence

from coach.index.words import content_words
from coach.records import Turn

_PRONOUN = re.compile(
    r"^(?:那么?|然后|所以)?[，,]?\s*(?:它们?|其|这个|那个|这种|该方法|上一个|上述|前者|后者|这|此)(?!样|么|些年)"
    r"|\b(?:it|its|they|their|this|that|these|those|the former|the latter)\b",
    re.IGNORECASE,
)
_SHORT = 2
"""A question with at most this many content words leans on what was said before, if it ends like 呢."""
_LEANS = re.compile(r"(?:呢|又如何|怎么样)[？?]?$|^(?:和|与|跟|为什么|why|and|how about|what about)", re.IGNORECASE)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question to search with: with the words of the last question in front if it leans on it."""
    asked = [turn.text for turn in history if turn.role == "user"]
    if not asked:
        return question
    leans = _PRONOUN.search(question) or (len(content_words(question)) <= _SHORT and _LEANS.search(question.strip()))
    if not leans:
        return question
    rest = _PRONOUN.sub("", question).strip()
    return f"{_topic(asked[-1])} {rest}"


def _topic(question: str) -> str:
    """What a question is about: its content words, in order."""
    return " ".join(content_words(question))
