"""Follow-up questions: only about a point that was contradicted, vague or missed, and without giving it away.

A follow-up asks for what the point is made of (a number, a formula, a cause, a side of the comparison, a term). It may
use the question's words and the candidate's own; every other word of the point is its answer and stays unsaid. Each
kind has several wordings: the first that gives nothing away is asked.
"""

import re
from collections.abc import Sequence
from typing import Literal

from coach.index.quantities import quantities
from coach.records import FollowUp, PointVerdict
from coach.talk.alignment import key_words, weight
from coach.talk.extractive import sides
from coach.talk.keypoints import FORMULA

Asks = Literal["term", "cause", "number", "formula", "side", "correction", "detail"]
_ORDER = {"contradicted": 0, "partial": 1, "missed": 2}
_CAUSE = re.compile(r"因为|由于|因此|所以|原因|导致|使得|从而|because|since|therefore|so that|causes?\b", re.IGNORECASE)
_SYMBOL = re.compile(r"\$[^$=<>+/^-]{1,16}\$")
"""A name in a formula's letters, which is no formula to be asked for."""
_LONGEST_QUOTE = 36
_SHORTEST_QUOTE = 6
_NOUNS = (  # what the question asks for → what one more of it is called, English and Chinese
    (r"区别|不同|差异|异同|相比|difference|differ|compare", ("difference", "区别")),
    (r"为什么|为何|原因|why", ("reason", "原因")),
    (r"优缺点|利弊|代价|局限|优势|pros|cons|advantage|drawback|limitation", ("trade-off", "优点或代价")),
    (r"流程|步骤|阶段|手写|steps?\b|stages?\b", ("step", "关键步骤")),
    (r"怎么|如何|怎样|办法|方法|做法|how", ("measure or detail", "做法或细节")),
    (r"哪些|哪几|which", ("item", "内容")),
)

_ASKS: dict[Asks | Literal["opening", "neutral"], tuple[tuple[str, ...], tuple[str, ...]]] = {
    "correction": (
        ("You said “{said}”. Are you sure about that? Why?", "You said “{said}”. Think again: is it really so?"),
        ("你说“{said}”，这一点再想想：真的是这样吗，为什么？", "“{said}”——确定吗？请再想一想。"),
    ),
    "opening": (
        ("In one sentence: what is the direct answer to the question?", "What is the heart of it, in one sentence?"),
        ("先用一句话直接回答：核心是什么？", "如果只能用一句话回答这个问题，你会怎么说？", "先说结论：你会怎么讲？"),
    ),
    "number": (
        ("Can you put a figure on it, and say where it comes from?", "Which figures would you give here?"),
        ("这里能给出具体的数字吗？是怎么得到的？", "量级上有没有具体的数字？"),
    ),
    "formula": (
        ("Can you write the key relation down as a formula?", "How would you put the heart of it in symbols?"),
        ("其中的关键公式，能写出来吗？", "能用式子表达一下吗？"),
    ),
    "cause": (
        ("What is behind that?", "And why is it so?"),
        ("这背后的道理是什么？", "为什么会这样？"),
    ),
    "side": (
        ("And what about {side}?", "How about {side}: what would you say there?"),
        ("那 {side} 这边是怎样的？", "{side} 呢，你会怎么说？"),
    ),
    "term": (
        ("One {noun} is still missing. Which one?", "What else belongs to it?"),
        ("还差一个{noun}，是什么？", "还有一个没说到，想得起来吗？"),
    ),
    "detail": (
        ("There is one more {noun}. Can you think of it?", "What other {noun} would you name?"),
        ("还有一个{noun}没有说到，能想到吗？", "除了这些，还有别的{noun}吗？"),
    ),
    "neutral": (("What would you add?", "Anything else?"), ("还能再补充一点吗？", "还有呢？")),
}
_VAGUE = ("You mentioned “{said}”; please go further. ", "你提到“{said}”，再往下说一点：")
_BACK = ("Back to the question. ", "先回到题目上来。")
_BESIDE = ("You named “{said}”. ", "你说到了“{said}”。")


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
    place = next(i for i, verdict in enumerate(verdicts) if verdict is chosen)
    before = next((other.said for other in reversed(verdicts[:place]) if other.verdict == "covered"), "")
    lost = all(verdict.verdict == "missed" for verdict in verdicts)
    return ask(question, chosen, beside=before, turn=place, language=language, lost=lost)


def ask(
    question: str,
    verdict: PointVerdict,
    *,
    beside: str = "",
    turn: int = 0,
    language: str = "zh",
    lost: bool = False,
) -> FollowUp:
    """Word the follow-up on one point; its text holds no word of the point that was not asked or said.

    Args:
        question: The question that was asked.
        verdict: The point, and what was said of it.
        beside: What the candidate said rightly, to begin with; "" for nothing.
        turn: Wordings take turns by this number.
        language: "zh" or "en".
        lost: Whether nothing that was said has to do with the question.
    """
    chinese = language != "en"
    kind = _kind(question, verdict)
    said = _short(verdict.said)
    wordings = _ASKS["opening" if verdict.point.kind == "opening" and kind != "correction" else kind][chinese]
    start = turn % len(wordings)
    values = {"said": said, "side": _side(question, verdict.point.text), "noun": _noun(question)[chinese]}
    lead = _BACK[chinese] if lost else ""
    if verdict.verdict == "partial" and said:
        lead = _VAGUE[chinese].format(said=said)
    elif (
        kind in ("term", "detail", "number", "formula") and verdict.point.kind != "opening" and (own := _short(beside))
    ):
        lead = _BESIDE[chinese].format(said=own)
    hidden = secrets(question, verdict)
    texts = [lead + wording.format(**values) for wording in (*wordings[start:], *wordings[:start])]
    texts += [wording.format(**values) for wording in (*wordings, *_ASKS["neutral"][chinese])]
    text = next((text for text in texts if not gives_away(text, hidden)), texts[-1])
    return FollowUp(text, verdict.point, kind, verdict.source)


def secrets(question: str, verdict: PointVerdict) -> set[str]:
    """The words of a point that a follow-up must not say: neither asked nor said."""
    words = set(key_words(verdict.point.text)) - set(key_words(question)) - set(key_words(verdict.said))
    return {word for word in words if weight(word) == 1 and not (len(word) == 1 and not word.isdigit())}


def gives_away(text: str, hidden: set[str]) -> bool:
    """Whether a text says one of the words that must stay unsaid."""
    return not hidden.isdisjoint(key_words(text))


def _weight(verdict: PointVerdict) -> float:
    """What is asked first among equals: the opening, then what is said in words, figures and formulas last."""
    if verdict.point.text.startswith("$$"):
        return 3.0
    return {"opening": 0.0, "number": 2.0, "formula": 2.0}.get(verdict.point.kind, 1.0)


def _kind(question: str, verdict: PointVerdict) -> Asks:
    text = verdict.point.text
    if verdict.verdict == "contradicted":
        return "correction"
    if verdict.point.kind == "item":
        return "term"
    if FORMULA.search(_SYMBOL.sub("", text)):
        return "formula"
    if quantities(text):
        return "number"
    if _side(question, text):
        return "side"
    if _CAUSE.search(text) and verdict.verdict == "partial":
        return "cause"
    return "detail"


def _noun(question: str) -> tuple[str, str]:
    """What one more part of the answer is called, in English and Chinese."""
    found = (nouns for pattern, nouns in _NOUNS if re.search(pattern, question, re.IGNORECASE))
    return next(found, ("important aspect", "要点"))


def _side(question: str, point: str) -> str:
    """The one side of the question's comparison that a point is about, or ""."""
    named = [side for side in sides(question) if set(key_words(side)) <= set(key_words(point))]
    return named[0] if len(named) == 1 else ""


def _short(said: str) -> str:
    """The candidate's words, cut at a mark where they are long; "" where too little is left to be quoted."""
    said = " ".join(said.split()).strip("，,。.；;：:、!！?？ ")
    if len(said) > _LONGEST_QUOTE:
        cuts = [match.start() for match in re.finditer(r"[，,。；;！？!?]|\.\s", said[: _LONGEST_QUOTE + 1])]
        said = said[: cuts[-1]] if cuts and cuts[-1] >= _SHORTEST_QUOTE else said[:_LONGEST_QUOTE].rstrip() + "…"
    return said if len(said) >= _SHORTEST_QUOTE else ""
