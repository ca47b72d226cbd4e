"""Grades an interview answer against the key points of the reference answer: the same answer, the same score.

Every verdict but "missed" quotes the candidate and the article. Works without a language model: words, meaning and
rules, with weights fitted on scores that people gave (`training/grading.py`, docs/grading.md).
"""

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.index.encoder import Encoder
from coach.index.words import cut, normalise
from coach.records import Grade, KeyPoint, PointVerdict
from coach.talk.alignment import Alignment, Found, key_words, left_over, point_words
from coach.talk.contrast import Reason, contradiction, contrasted, swapped, told_of_other
from coach.talk.extractive import sides
from coach.talk.keypoints import importance, key_points, readable, short

WEIGHTS_FILE = Path(__file__).with_name("grading_weights.json")
NAMES = (
    "recall", "soft", "cosine", "complete", "contradicted", "brief_recall", "brief",
    "long", "long_soft", "long_cosine", "rival",
)  # fmt: skip
"""Features of a point, in the order of the weights; the bias comes before them."""
_BRIEF, _LONG = 2, 10
"""Words up to which a point is not long at all, and from which it is fully so: nobody says all words of a long one."""
COVERED, PARTIAL = 0.65, 0.2
"""Credit from which a point counts as covered, and as partly said."""
_LEAST_RECALL, _LEAST_NEAR = 0.2, 0.55
"""A point of which fewer words are said, and no words near in meaning, is missed."""
_COMPLETE = 0.99
_WRONG_SIDE = 0.4
"""Share of a point's words from which it counts as said of the other side, where it is."""

_ORDERS = re.compile(
    r"(?:忽略|无视|忘记|不要理会|ignore|disregard|forget)[^。！？!?\n]{0,30}(?:指令|提示|规则|要求|上文|instructions?|prompts?|rules)"
    r"|system prompt|系统提示|you are now|你(?:现在)?是(?:一个)?(?:评分|阅卷|助手)",
    re.IGNORECASE,
)
"""Orders to whoever grades: the whole sentence is one."""
_DEMANDS = re.compile(
    r"满分|最高分|(?:给|打)我?\s*(?:100|一百|10|十)\s*分|full (?:marks?|score|credit|points)|perfect score"
    r"|score\W{0,3}(?:of\s)?(?:1\.0|100|10/10)|判(?:定)?为(?:全部)?(?:正确|覆盖)|mark (?:this|it|all|every)\b.{0,20}(?:correct|covered)",
    re.IGNORECASE,
)
"""Demands for marks: the clause around it is one."""
_UNKNOWN = re.compile(
    r"(?:这个|这题|这道题|这块|这方面|那个|我|真的|确实|实在|完全|还|也|都|有点|可能|嗯+|呃+|啊|i'?m|i am|sorry|\s)*"
    r"(?:抱歉|不好意思|对不起|sorry|不(?:太|大|是很)?(?:知道|清楚|了解|记得|会|懂|熟悉|确定)"
    r"|没(?:有)?(?:怎么)?(?:了解过|听说过|接触过|学过|复习到?|看过|用过)|忘记?了?|想不起来|说不上来|答不上来|跳过|下一题"
    r"|(?:i\s+)?(?:really\s+)?(?:do\s*n[o'’]?t|dunno|not)\s+(?:really\s+)?(?:know|remember|sure|familiar)|dunno|no idea|(?:i have\s)?no clue|pass|skip)"
    r"(?:[了啊呢吧哦呀哈这个那题的答案怎么办回事做写说讲算是什么\s]|this|that|the|answer|it|one|about|with|of|sorry)*",
    re.IGNORECASE,
)
"""A clause that only says that the candidate does not know."""
_BETWEEN_SENTENCES, _BETWEEN_CLAUSES = re.compile(r"[。！？!?\n]"), re.compile(r"[。！？!?;；\n，,.、…]")
_FILLER = re.compile(
    r"嗯+|呃+|啊+(?=[，,。\s])|那个(?=[，,、\s嗯就])|就是说|怎么说呢|这个嘛|对吧|你知道吧?|然后呢|\b(?:um+|uh+|er+|hmm+|you know|i mean)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A point against an answer: where it is said, what it contradicts, and the features in the order of `NAMES`."""

    point: KeyPoint
    found: Found
    reason: Reason
    against: str
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """What a point's credit is computed from: a logistic function of its features."""

    bias: float
    values: tuple[float, ...]

    def credits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Credit of each point, 0..1, from (points, features)."""
        return np.asarray(1 / (1 + np.exp(-(self.bias + features @ np.array(self.values)))), np.float64)


def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Read the fitted weights."""
    data = json.loads(path.read_text("utf-8"))
    return Weights(data["bias"], tuple(data["weights"][name] for name in NAMES))


def grade(
    question: str,
    reference: str,
    answer: str,
    *,
    encoder: Encoder | None = None,
    points: Sequence[KeyPoint] | None = None,
    weights: Weights | None = None,
) -> Grade:
    """Grade an answer.

    Args:
        question: The question; its own words count for nothing.
        reference: The reference answer, as it stands in the article.
        answer: What the candidate said.
        encoder: Compares by meaning; without one only words count.
        points: Key points that the user has edited; None means those of the reference.
        weights: Other weights than the fitted ones.

    Returns:
        A score of 0..1 and a verdict for each point; 0 for an answer that says nothing of its own.
    """
    chosen = key_points(question, reference) if points is None else tuple(points)
    chinese = bool(re.search(r"[\u4e00-\u9fff]", question or reference))
    empty = nothing_said(question, answer, chosen)
    if empty or not chosen:
        missed = tuple(PointVerdict(point, "missed", "", point.quote, 1.0) for point in chosen)
        return Grade(0.0, missed, (_REMARKS[empty or "no points"][chinese],))
    measured = measure(question, reference, answer, chosen, encoder)
    weights = weights or _fitted()
    given = weights.credits(np.array([each.features for each in measured]))
    verdicts = tuple(_verdict(each, float(credit), answer) for each, credit in zip(measured, given, strict=True))
    shares = np.array(importance(chosen))
    heard = np.array([verdict.verdict in ("covered", "partial") for verdict in verdicts])
    score = round(float((given * shares * heard).sum() / shares.sum()), 4)
    return Grade(score, verdicts, _remarks(verdicts, chinese))


def measure(
    question: str, reference: str, answer: str, points: Sequence[KeyPoint], encoder: Encoder | None
) -> list[Measured]:
    """Measure how an answer stands to each point."""
    text = cleaned(answer)
    alignment = Alignment(text, encoder)
    words = [point_words(point.text, question) for point in points]
    places = alignment.find([point.text for point in points], words)
    asked = sides(question)
    opposed = asked or contrasted(reference)
    told = _bare(reference)
    measured = []
    for point, found, each in zip(points, places, words, strict=True):
        reason: Reason = (
            contradiction(point.text, text[found.start : found.end], question, opposed) if found.end else ""
        )
        against = answer[found.start : found.end]
        near = [clause for clause in alignment.clauses if clause.start < found.end and found.start < clause.end]
        if reason and all(_bare(clause.text) in told for clause in near):
            reason = ""  # what the article says itself does not contradict it
        if not reason and asked and (quote := swapped(point.text, near, asked)):
            reason, against = "swapped", quote
        if not reason and asked and found.recall >= _WRONG_SIDE and point.kind != "opening":
            lead = reference[reference.rfind("\n", 0, point.start) + 1 : point.start]
            if told_of_other(point.text, lead, alignment.clauses, (found.start, found.end), asked):
                reason = "swapped"
        brief = 1 / max(1, len(each))
        long = min(1.0, max(0.0, (len(each) - _BRIEF) / (_LONG - _BRIEF)))
        # The opening sums the details up: that they stand in its place does not count against it.
        rival = 0.0 if point.kind == "opening" else found.rival
        features = (
            found.recall, found.soft, found.cosine, float(found.recall >= _COMPLETE), float(bool(reason)),
            found.recall * brief, brief, long, long * found.soft, long * found.cosine, rival,
        )  # fmt: skip
        measured.append(Measured(point, found, reason, against, features))
    return measured


def _bare(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", normalise(text))


@functools.lru_cache(maxsize=64)
def cleaned(answer: str) -> str:
    """The answer with instructions to the grader, "I don't know" and fillers blanked: every offset stays."""
    answer = _blanked(_blanked(answer, _ORDERS.search, _BETWEEN_SENTENCES), _DEMANDS.search, _BETWEEN_CLAUSES)
    answer = _blanked(answer, _UNKNOWN.fullmatch, _BETWEEN_CLAUSES)
    return _FILLER.sub(lambda match: " " * len(match.group()), answer)


def _blanked(answer: str, told: Callable[[str], object], marks: re.Pattern[str]) -> str:
    """Blank the pieces between marks of which something is told."""
    pieces = re.split(f"({marks.pattern})", answer)
    return "".join(" " * len(piece) if piece.strip() and told(piece.strip()) else piece for piece in pieces)


def _orders(answer: str) -> bool:
    return bool(_ORDERS.search(answer) or _DEMANDS.search(answer))


def nothing_said(question: str, answer: str, points: Sequence[KeyPoint] = ()) -> str:
    """Why an answer says nothing of its own: "empty", "instruction", "unknown" or "echo"; "" if it does say something."""
    text = cleaned(answer)
    if not re.search(r"\w", text):
        if not re.search(r"\w", answer):
            return "empty"
        return "instruction" if _orders(answer) else "unknown"
    squeezed, asked = _bare(text), _bare(question)
    if any((told := _bare(point.text)) in squeezed and told not in asked for point in points):
        return ""
    latin = set(re.findall(r"[a-z0-9]+", normalise(question)))
    spelled = all(word in latin for word in re.findall(r"[a-z0-9]+", normalise(text)))
    chinese = Counter(re.findall(r"[\u4e00-\u9fff]", text))
    within = set(chinese) <= set(question) and spelled
    own = [word for word in left_over([*key_words(text), "\0"], question) if word != "\0"]
    words = {word for word in cut(text) if len(word) > 1 or word.isascii()}
    return "echo" if question and (within or not own or not words - set(cut(question))) else ""


def _verdict(measured: Measured, credit: float, answer: str) -> PointVerdict:
    point, found = measured.point, measured.found
    said = answer[found.start : found.end].strip()
    if measured.reason and measured.against.strip():
        return PointVerdict(
            point,
            "contradicted",
            measured.against.strip(),
            point.quote,
            round(max(0.5, found.soft), 2),
            measured.reason,
        )
    heard = found.recall >= _LEAST_RECALL or (found.soft >= _LEAST_RECALL and found.cosine >= _LEAST_NEAR)
    if credit < PARTIAL or not said or not heard:
        return PointVerdict(point, "missed", "", point.quote, round(1 - credit, 2))
    if credit < COVERED:
        return PointVerdict(point, "partial", said, point.quote, round(1 - abs(credit - 0.45) / 0.55, 2))
    return PointVerdict(point, "covered", said, point.quote, round(credit, 2))


def _remarks(verdicts: Sequence[PointVerdict], chinese: bool) -> tuple[str, ...]:
    count = Counter(verdict.verdict for verdict in verdicts)
    if not count["covered"] + count["partial"] + count["contradicted"]:
        return (_REMARKS["off topic"][chinese],)
    remarks = []
    for verdict in verdicts:
        if verdict.verdict == "contradicted":
            remarks.append(_CONTRADICTED[chinese].format(said=short(verdict.said), source=readable(verdict.source)))
    if count["missed"]:
        remarks.append(_MISSED[chinese].format(missed=count["missed"], all=len(verdicts)))
    return tuple(remarks)


_REMARKS = {  # English, Chinese
    "empty": ("There is no answer.", "没有回答。"),
    "unknown": ("No point was answered.", "没有答到要点。"),
    "echo": ("The answer only repeats the question.", "回答只是重复了题目。"),
    "instruction": ("The text is an instruction, not an answer.", "这段话是指令，不是回答。"),
    "off topic": ("None of the key points is in the answer.", "回答没有提到任何要点。"),
    "no points": ("The reference answer holds no key points.", "参考答案里没有可以对照的要点。"),
}
_CONTRADICTED = ("“{said}” contradicts “{source}”.", "“{said}”与原文“{source}”相矛盾。")
_MISSED = ("{missed} of {all} points are missing.", "{all} 个要点中有 {missed} 个没有提到。")


@functools.cache
def _fitted() -> Weights:
    return load_weights()
