"""Formulas in one notation, so that `$O(n^2 d)$`, O(n²d) and "O n 方乘 d" compare equal."""

import functools
import re

from coach.index.words import normalise

_TEX = re.compile(r"\$([^$\n]+)\$")
_BOUND = re.compile(r"[oθ]\(([^()]{1,40}(?:\([^()]*\)[^()]*)*)\)")
_SPOKEN = (
    (re.compile(r"(?<=[a-z)])\s*的?\s*(?:平方|方(?![式法向差面程案]))"), "^2"),
    (re.compile(r"(?<=[a-z)])\s*的?\s*(?:立方|三次方)"), "^3"),
    (re.compile(r"(?:\bo|复杂度是?)\s+(?=[a-z](?:\b|\^|log))"), "o "),
    (re.compile(r"\\sqrt\s*\{([^{}]*)\}"), r"sqrt\1"),
    (re.compile(r"(?:根号|√|\\sqrt|square root of|sqrt)\s*(?:下)?\s*\(?([a-z0-9_]+)\)?"), r"sqrt\1"),
    (re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"[a-z] squared"), lambda match: match.group()[0] + "^2"),
)
_DROP = re.compile(r"\\(?:left|right|text|mathrm|mathbf|cdot|times|,|;|!|quad)|[\s{}\\*×·_,]")
_SIGNS = (
    (re.compile(r"(?<![-=<])\s*[>＞]\s*(?=[0-9.])"), " 大于 "),
    (re.compile(r"(?<![->=])\s*[<＜]\s*(?=[0-9.])"), " 小于 "),
)
"""Signs of comparison before a number are words: "p > 0.05" says the same as "p 大于 0.05"."""
_POWER = str.maketrans({"²": "^2", "³": "^3"})


def formula_words(text: str) -> tuple[str, list[str]]:
    """Take the formulas out of a text: what is left, and the formulas as single words.

    A formula with marks inside words (√d, n²) counts too, so that both ways of writing it meet.
    """
    plain = normalise(text.translate(_POWER))
    for pattern, word in _SIGNS:
        plain = pattern.sub(word, plain)
    for pattern, said in _SPOKEN:
        plain = pattern.sub(said, plain)
    found = [compact(body) for body in _TEX.findall(plain)]
    plain = _TEX.sub(" ", plain)
    found += [compact(match.group()) for match in _BOUND.finditer(plain)]
    plain = _BOUND.sub(" ", plain)
    found += [compact(match) for match in re.findall(r"[a-z0-9]*\s*/?\s*sqrt[a-z0-9_]+|[a-z0-9]+\^[a-z0-9]+", plain)]
    return re.sub(r"sqrt[a-z0-9_]+|[a-z0-9]+\^[a-z0-9]+", " ", plain), [word for word in found if word]


def compact(formula: str) -> str:
    """One notation: no spaces, braces, backslashes or signs of multiplication."""
    return _DROP.sub("", formula)


@functools.lru_cache(maxsize=4096)
def bounds(text: str) -> frozenset[str]:
    """The orders of growth that a text names, in one notation."""
    _, found = formula_words(text)
    return frozenset(word for word in found if re.match(r"[oθ]\(", word))
