"""Questions that ask what something is, and which of the articles' own questions introduce it. Pure.

"RoPE 原理" should lead to the question that introduces RoPE, not to one about a variant that says RoPE more often.
"""

import re
from collections.abc import Collection, Sequence

from coach.index.words import GENERIC, STOP_WORDS, Form

_ASKS = re.compile(
    r"什么是|是什么|是啥|啥是|介绍|讲一?讲|讲讲|谈谈|说说|解释|原理|含义|定义|概念|怎么理解|如何理解"
    r"|\bwhat(?:'s| is| are)\b|\bexplain\b|\bdefine\b|\bintroduc|\bhow (?:does|do) .+ work",
    re.IGNORECASE,
)
_ASKS_MORE = re.compile(
    r"怎么(?!理解)|怎样|如何(?!理解)|能否|是否|区别|不同|差异|差别|优点|缺点|优势|劣势|优缺|为什么|为何|怎么选|如何选|多少|哪些|步骤|公式|复杂度|作用|影响|好处"
    r"|\bwhy\b|difference|\bvs\b|advantage|how (?:many|much)",
    re.IGNORECASE,
)
_INTRODUCES = frozenset(("原理", "思想", "定义", "概念", "介绍", "推导", "流程", "work", "introduction", "explain"))
_WHAT = re.compile(r"什么 是|是 什么|what is|what are")
_MOST_SUBJECTS = 2
"""A bare subject without a question word asks what it is, if it is at most so many words."""


def asks_definition(question: str, subjects: Sequence[str]) -> bool:
    """Whether a question asks what its subjects are: in words, or by naming nothing but them."""
    if _ASKS_MORE.search(question) or not subjects:
        return False
    return bool(_ASKS.search(question)) or (
        len(subjects) <= _MOST_SUBJECTS and not question.rstrip().endswith(("？", "?", "呢", "吗"))
    )


def introduces(own_question: str, subjects: Sequence[Collection[Form]]) -> float:
    """How far a passage's own question (segmented words) introduces the subjects, each given by all its forms.

    1: it asks what they are, and names them first; 0.5: it names them first; -0.5: it names them only inside longer
    names (RAG in GraphRAG, attention in attention sink); else 0.
    """
    words = own_question.split()
    every = {word for forms in subjects for form in forms for word in form}
    named = [{word for form in forms if _stands_alone(form, words) for word in form} for forms in subjects]
    if not all(named):
        mentioned = all(any(set(form) <= set(words) for form in forms) for forms in subjects)
        return -0.5 if mentioned else 0.0
    first = next((word for word in words if word not in STOP_WORDS and word not in GENERIC), "")
    if not any(first in form for form in named):
        return 0.0
    if _goes_on(first, words, every):
        return -0.5
    return 1.0 if _WHAT.search(own_question) or _INTRODUCES.intersection(words) else 0.5


def _goes_on(first: str, words: Sequence[str], subjects: Collection[str]) -> bool:
    """Whether an English name goes on behind the subject with a word that nobody asked about: attention sink."""
    if not first.isascii():
        return False
    following = words[words.index(first) + 1 :]
    word = next((word for word in following if word not in subjects), "")
    return word.isascii() and word.isalpha() and word not in STOP_WORDS and word not in GENERIC


def _stands_alone(form: Form, words: Sequence[str]) -> bool:
    """Whether all words of a form stand there on their own: a compound is listed with its parts behind it."""
    return all(words.count(word) > sum(word in other and word != other for other in words) for word in form)
