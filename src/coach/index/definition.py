"""Questions that ask what something is, what introduces it in the articles, and texts that do nothing but ask. Pure.

"RoPE 原理" should lead to the question that introduces RoPE, not to one about a variant that says RoPE more often.
"""

import re
from collections.abc import Collection, Sequence
from itertools import takewhile

from coach.index.words import GENERIC, STOP_WORDS, Form, normalise

_ASKS = re.compile(
    r"什么是|是什么|是啥|啥是|[什啥]么?叫|什么意思|介绍|讲一?讲|讲讲|谈谈|说说|解释|原理|含义|定义|概念|怎么理解|如何理解"
    r"|\bwhat(?:'s| is| are)\b|\bwhat do(?:es)? .+ (?:do|mean)\b|\bmeaning of\b"
    r"|\bexplain\b|\bdefine\b|\bintroduc|\bhow (?:does|do) .+ work",
    re.IGNORECASE,
)
_DEFINE = re.compile(
    r"什么是|是什么(?=$|[？?。！!，, ])|[什啥]么?叫|是啥|啥是|什么意思|含义|定义"
    r"|\bwhat(?:'s| is| are)\b|\bdefine\b|\bmeaning of\b",
    re.IGNORECASE,
)
_ASKS_MORE = re.compile(
    r"怎么(?!理解)|怎样|如何(?!理解)|能否|是否|区别|不同|差异|差别|优点|缺点|优势|劣势|优缺|为什么|为何|怎么选|如何选|多少|哪些|步骤|公式|复杂度|作用|影响|好处"
    r"|\bwhy\b|difference|\bvs\b|advantage|how (?:many|much)",
    re.IGNORECASE,
)
_INTRODUCES = frozenset(("原理", "思想", "定义", "概念", "介绍", "推导", "流程", "work", "introduction", "explain"))
_OTHER = frozenset(("为什么", "为何", "区别", "不同", "why", "difference", "differ", "选", "choose"))
"""What a question asks that presupposes the thing: why it is so, how it differs, when to choose it."""
_CODE = re.compile(
    r"代码|手[写撕]|实现|怎么写|写(?:一个|出|个)|\b(?:code|implement|write|numpy|pytorch)", re.IGNORECASE
)
_QUESTION_LINE = re.compile(r"[？?][\s\"”’)）*_]*$|[？?]\]\([^)]*\)\s*$")
_FEWEST_LINES = 3
_MOSTLY = 0.6
KIND = 0.8
"""How far "什么是 LLM Agent" introduces agents."""
_PLURAL = frozenset(("do", "are"))
_NEXT = re.compile(r"[ -]?([a-z0-9]+)")
_VERBS = frozenset("(是指即又让把用由在将通")
"""What may follow a Chinese name that begins a definition (after NFKC): "大模型应用" is another thing."""
_KIND_LENGTH = 4
_START = 80
"""Characters of a text in which a name may begin it."""
_MOST_SUBJECTS = 2
"""A bare subject without a question word asks what it is, if it is at most so many words."""


def asks_definition(question: str, subjects: Sequence[str]) -> bool:
    """Whether a question asks what its subjects are: in words, or by naming nothing but them."""
    if _ASKS_MORE.search(question) or not subjects:
        return False
    return bool(_ASKS.search(question)) or (
        len(subjects) <= _MOST_SUBJECTS and not question.rstrip().endswith(("？", "?", "呢", "吗"))
    )


def says_define(question: str) -> bool:
    """Whether a question says that it wants to know what a thing is: more than "RoPE 原理" or a bare "RoPE"."""
    return bool(_DEFINE.search(question))


def introduces(own_question: str, subjects: Sequence[Collection[Form]]) -> float:
    """How far a passage's own question (segmented words) introduces the subjects, each given by all its forms.

    1: it asks what they are, and names them first; 0.5: it names them first, and asks neither why nor how they differ;
    -0.5: it names them only inside longer names (RAG in GraphRAG, attention in attention sink); else 0.
    """
    words = _whole(own_question.split())
    every = {word for forms in subjects for form in forms for word in form}
    named = [{word for form in forms if _stands_alone(form, words) for word in form} for forms in subjects]
    if not all(named):
        mentioned = all(any(set(form) <= set(words) for form in forms) for forms in subjects)
        return -0.5 if mentioned else 0.0
    first = next((word for word in words if word not in STOP_WORDS and word not in GENERIC), "")
    if not any(first in form for form in named):
        return KIND if any(_head(words) in form for form in named) else 0.0
    if _goes_on(first, words, every):
        return -0.5
    if _longer_thing(words, first, every):
        return 0.0
    if _asks_what(words, first) or _INTRODUCES.intersection(words):
        return 1.0
    return 0.0 if _OTHER.intersection(words) else 0.5


def _asks_what(words: Sequence[str], first: str) -> bool:
    """Whether a question asks what its first subject is: before it in "什么是 RAG", behind it in "SwiGLU 是什么"."""
    at = words.index(first)
    before, behind = " ".join(words[:at]), " ".join(words[at:])
    return bool(re.search(r"什么 是|what (?:is|are|do|does)", before) or "是 什么" in behind)


def _whole(words: Sequence[str]) -> list[str]:
    """Leave out the Chinese words that are parts of a longer one: 灾难 in 灾难性遗忘."""
    return [
        word
        for word in words
        if word.isascii() or word in STOP_WORDS or not any(word in other and word != other for other in words)
    ]


def _head(words: Sequence[str]) -> str:
    """The last word of the English name that a question asks about in "什么是 LLM Agent", or ""."""
    if words[:2] != ["什么", "是"]:
        return ""
    name = list(takewhile(str.isascii, words[2:]))
    return name[-1] if name else ""


def _longer_thing(words: Sequence[str], first: str, subjects: Collection[str]) -> bool:
    """Whether a question that begins with "什么是" goes on behind a Chinese subject: 什么是大模型越狱."""
    if words[:2] != ["什么", "是"] or first.isascii():
        return False
    following = words[words.index(first) + 1 :]
    word = next((word for word in following if not any(word in subject for subject in subjects)), "")
    return bool(word) and not word.isascii() and word not in STOP_WORDS and word not in GENERIC


def _goes_on(first: str, words: Sequence[str], subjects: Collection[str]) -> bool:
    """Whether an English name goes on behind the subject with a word that nobody asked about: attention sink."""
    if not first.isascii() or _PLURAL.intersection(words[: words.index(first)]):
        return False  # what do temperature, top-k and top-p do: a list of things
    following = words[words.index(first) + 1 :]
    word = next((word for word in following if word not in subjects), "")
    return word.isascii() and word.isalpha() and word not in STOP_WORDS and word not in GENERIC


def _stands_alone(form: Form, words: Sequence[str]) -> bool:
    """Whether all words of a form stand there on their own: a compound is listed with its parts behind it."""
    return all(words.count(word) > sum(word in other and word != other for other in words) for word in form)


def opens_with(text: str, subjects: Sequence[Collection[Form]]) -> bool:
    """Whether a text begins with a subject's name, as definitions do: "过拟合（overfitting）的标志是"."""
    start = normalise(text[:_START]).lstrip("*_#> \n")
    return any(_names(start, " ".join(form)) for forms in subjects for form in forms)


def asks_code(question: str) -> bool:
    """Whether a question wants code to be written."""
    return bool(_CODE.search(question))


def only_asks(text: str) -> bool:
    """Whether a text is a bare list of questions: three lines or more, and most of them end in a question mark."""
    lines = [line for line in text.splitlines() if line.strip()]
    asking = sum(bool(_QUESTION_LINE.search(line)) for line in lines)
    return len(lines) >= _FEWEST_LINES and asking >= _MOSTLY * len(lines)


def _names(start: str, name: str) -> bool:
    if not name.isascii():  # "知识蒸馏（knowledge distillation）让": the name ends what the text begins with
        at = start.find(name)
        kind = start[: max(at, 0)]
        verb = start[at + len(name) : at + len(name) + 1] if at >= 0 else ""
        return at <= _KIND_LENGTH and (not kind or kind.isalpha()) and verb in _VERBS
    if not start.startswith(name):
        return False
    going_on = _NEXT.match(start, len(name))
    return going_on is None or going_on[1] in STOP_WORDS  # "attention sink is" names another thing
