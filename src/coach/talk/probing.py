"""Follow-up questions: only about a point that was contradicted, vague or missed, and without giving it away.

A follow-up asks for what the point is made of (a number, a formula, a cause, a side of the comparison, a term). It may
use the question's words and the candidate's own; every other word of the point is its answer and stays unsaid.
"""

import re
from collections.abc import Sequence

from coach.index.quantities import quantities
from coach.records import FollowUp, PointVerdict
from coach.talk.alignment import key_words, weight
from coach.talk.extractive import sides
from coach.talk.keypoints import FORMULA

_ORDER = {"contradicted": 0, "partial": 1, "missed": 2}
_CAUSE = re.compile(r"因为|由于|因此|所以|原因|导致|使得|从而|because|since|therefore|so that|causes?\b", re.IGNORECASE)
_LONGEST_QUOTE = 40

_ASKS = {
    "correction": ("You said “{said}”. Check that against “{topic}”: is it right, and why?", "你说“{said}”，这一点再想想：放在“{topic}”里，这样说对吗，为什么？"),
    "number": ("On “{topic}”: how much is it exactly? Give the number and say where it comes from.", "关于“{topic}”，具体的数值是多少？请给出数字并说明来历。"),
    "formula": ("On “{topic}”: can you write it down as a formula, and name its symbols?", "关于“{topic}”，能写出公式或符号表达，并说明每个符号吗？"),
    "cause": ("On “{topic}”: why is that so? Name the cause behind it.", "关于“{topic}”，背后的原因是什么？"),
    "side": ("On “{topic}”: what about {side}?", "关于“{topic}”，{side}这一侧又是怎样的？"),
    "term": ("On “{topic}”: there is one more item (number {place} of {count}). Which one?", "关于“{topic}”，还有一项没有说到（共 {count} 点中的第 {place} 点），是什么？"),
    "detail": ("On “{topic}”: can you go into more detail on point {place} of {count}?", "关于“{topic}”，共 {count} 点，其中第 {place} 点能展开说说吗？"),
}  # fmt: skip
_VAGUE = ("You said “{said}”. ", "你提到“{said}”。")


def follow_up(question: str, verdicts: Sequence[PointVerdict], *, language: str = "zh") -> FollowUp | None:
    """Ask about the point that needs it most; None when every point is covered.

    Args:
        question: The question that was asked.
        verdicts: The verdicts on the answer, in the reference's order.
        language: "zh" or "en".
    """
    needing = [verdict for verdict in verdicts if verdict.verdict in _ORDER]
    if not needing:
        return None
    chosen = min(needing, key=lambda verdict: (_ORDER[verdict.verdict], _weight(verdict), verdict.confidence))
    place = next(i for i, verdict in enumerate(verdicts, 1) if verdict is chosen)
    return ask(question, chosen, place=place, count=len(verdicts), language=language)


def ask(question: str, verdict: PointVerdict, *, place: int, count: int, language: str = "zh") -> FollowUp:
    """Word the follow-up on one point; its text holds no word of the point that was not asked or said."""
    chinese = language != "en"
    kind = _kind(question, verdict)
    said = _short(verdict.said)
    side = _side(question, verdict.point.text) if kind == "side" else ""
    topic = question.strip().rstrip("？?。. ")
    values = {"topic": topic, "said": said, "side": side, "place": place, "count": count}
    text = _ASKS[kind][chinese].format(**values)
    if verdict.verdict == "partial" and said:
        text = _VAGUE[chinese].format(said=said) + text
    return FollowUp(text, verdict.point, kind, verdict.source)  # type: ignore[arg-type]  # a key of _ASKS


def secrets(question: str, verdict: PointVerdict) -> set[str]:
    """The words of a point that a follow-up must not say: neither asked nor said."""
    words = set(key_words(verdict.point.text)) - set(key_words(question)) - set(key_words(verdict.said))
    return {word for word in words if weight(word) == 1 and not (len(word) == 1 and not word.isdigit())}


def _weight(verdict: PointVerdict) -> float:
    """What is asked first among equals: the opening, then what can be asked for sharply."""
    return {"opening": 0.0, "number": 1.0, "formula": 1.0, "side": 1.0}.get(verdict.point.kind, 2.0)


def _kind(question: str, verdict: PointVerdict) -> str:
    text = verdict.point.text
    if verdict.verdict == "contradicted":
        return "correction"
    if verdict.point.kind == "item":
        return "term"
    if FORMULA.search(text):
        return "formula"
    if quantities(text):
        return "number"
    if _side(question, text):
        return "side"
    if _CAUSE.search(text):
        return "cause"
    return "detail"


def _side(question: str, point: str) -> str:
    """The one side of the question's comparison that a point is about, or ""."""
    named = [side for side in sides(question) if set(key_words(side)) <= set(key_words(point))]
    return named[0] if len(named) == 1 else ""


def _short(said: str) -> str:
    return said if len(said) <= _LONGEST_QUOTE else said[:_LONGEST_QUOTE] + "…"
