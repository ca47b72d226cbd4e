"""What a language model adds to an interview: how turns are worded, a better answer, a second look at verdicts.

The program decides what is asked; the model words it, sees no reference answer while a question is open, and every text
is checked. What fails a check, or a model that fails, leaves the deterministic words standing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coach.errors import CoachError
from coach.records import Grade, Passage, PointVerdict, Text
from coach.talk.citations import check
from coach.talk.contests import moved
from coach.talk.events import Language
from coach.talk.interview import Interview, Line, Round
from coach.talk.probing import gives_away, secrets
from coach.talk.speaking_prompts import VERDICT, better_messages, listening_messages, turn_messages, verdict_messages
from coach.talk.wording import spoken

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

LONGEST_TURN = 160
"""Characters of an interviewer's turn, without the question itself."""
MOST_POINTS = 4
"""Points of an answer that a model looks at again."""
SHORTEST_QUOTE = 4
_TURN_TOKENS, _ANSWER_TOKENS, _VERDICT_TOKENS = 120, 400, 120
_PRAISED = 0.4
"""Score below which an answer gets no praise."""
_PRAISE = re.compile(
    r"很好|不错|非常好|太棒|出色|完美|精彩|优秀|回答得好|说得对|完全正确"
    r"|great|excellent|perfect|impressive|well done|good (?:job|answer)|correct",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?\n]+|(?<=[a-z])\.(?=\s|$))")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Said:
    """The end of what is being worded: the text that counts, and whether a model worded it."""

    text: str
    by_model: bool


Spoken = Text | Said
"""Pieces of a text, then the text that counts."""


def turn(interview: Interview, number: int, chat: "BaseChatModel | None") -> Iterator[Spoken]:
    """Word a question or follow-up: what was said before is taken up in a sentence, then it is asked.

    Pieces are whole sentences that passed the checks; the question of the article stays as it is.

    Args:
        interview: The interview.
        number: The line, a question or a follow-up.
        chat: The model; None leaves the deterministic words.
    """
    plain = spoken(interview, number)
    line = interview.lines[number]
    if chat is None or line.kind not in ("question", "follow_up"):
        yield Said(plain, False)
        return
    messages = turn_messages(interview, number)
    kept: list[str] = []
    whole = ""
    try:
        for sentence in _sentences(chat, messages):
            if not _fits(sentence, whole, interview, line):
                break
            whole += sentence
            kept.append(sentence)
            yield Text(sentence)
    except CoachError:
        kept = []
    text = whole.strip()
    if line.kind == "question":
        asks = interview.rounds[line.round].item.text
        yield Said(f"{text} {asks}", True) if kept and not re.search(r"[？?]", text) else Said(plain, False)
    else:
        yield Said(text, True) if kept and _asks_of_it(text, interview, line) else Said(plain, False)


def prepare(interview: Interview, draft: str, chat: "BaseChatModel | None") -> None:
    """Let a model read early what the next turn's prompt begins with; returns at once."""
    from coach.llm.chat import CoachChat

    if isinstance(chat, CoachChat) and interview.phase == "listening":
        chat.prepare(listening_messages(interview, draft))


def _sentences(chat: "BaseChatModel", messages: "Sequence[BaseMessage]") -> Iterator[str]:
    """Whole sentences as the model writes them, with "" while it writes on."""
    waiting = ""
    for chunk in chat.stream(list(messages), max_tokens=_TURN_TOKENS, citations=0):
        waiting += str(chunk.text)
        while match := _SENTENCE.match(waiting):
            if match.group().strip():
                yield match.group()
            waiting = waiting[match.end() :]
    if waiting.strip():
        yield waiting


def _fits(sentence: str, before: str, interview: Interview, line: Line) -> bool:
    """Whether the interviewer may say a sentence: short, no invented praise or number, nothing of the answer."""
    round_ = interview.rounds[line.round]
    heard = interview.rounds[line.round - 1] if line.kind == "question" and line.round else round_
    allowed = f"{round_.item.text}\n{heard.item.text}\n{heard.answer}\n{line.text}"
    if len(before) + len(sentence) > LONGEST_TURN or "\ufffd" in sentence:
        return False
    praised = heard.grade is not None and heard.grade.score >= _PRAISED
    if (_PRAISE.search(sentence) and not praised) or not set(_NUMBER.findall(sentence)) <= set(
        _NUMBER.findall(allowed)
    ):
        return False
    said = " ".join((heard.answer, round_.item.text, heard.item.text))
    points = [verdict for verdict in (round_.grade.points if round_.grade else ()) if verdict.verdict != "covered"]
    hidden = {word for verdict in points for word in secrets(said, replace(verdict, said=said))}
    return not gives_away(sentence, hidden)


def _asks_of_it(text: str, interview: Interview, line: Line) -> bool:
    """Whether a follow-up asks, once, and of what the candidate was asked or said."""
    from coach.talk.alignment import key_words

    round_ = interview.rounds[line.round]
    known = set(key_words(f"{round_.item.text} {round_.answer} {line.text}"))
    return len(re.findall(r"[？?]", text)) == 1 and text[-1] in "？?" and bool(known.intersection(key_words(text)))


def better(
    round_: Round, passages: Sequence[Passage], language: Language, chat: "BaseChatModel | None"
) -> Iterator[Spoken]:
    """Write the candidate's answer anew, complete and cited; without a model, what was said well and what was missing.

    Args:
        round_: A question that is closed.
        passages: The passages of its answer; `[1]` cites the first.
        language: Language of the answer.
        chat: The model.
    """
    plain = _completed(round_, passages)
    if chat is None or not passages or not round_.answers:
        yield Said(plain, False)
        return
    written = ""
    try:
        messages = better_messages(round_, passages, language)
        for chunk in chat.stream(messages, max_tokens=_ANSWER_TOKENS, citations=len(passages)):
            if chunk.text:
                written += str(chunk.text)
                yield Text(str(chunk.text))
    except CoachError:
        written = ""
    held = check(written, passages, strict=True)
    good = held.supported > 0 and held.dropped <= held.supported
    yield Said(held.text, True) if good else Said(plain, False)


def _completed(round_: Round, passages: Sequence[Passage]) -> str:
    """The candidate's own words for what was made, the article's for the rest, with citations, each once."""
    from coach.talk.keypoints import readable

    lines: dict[str, str] = {}
    for verdict in round_.grade.points if round_.grade else ():
        own = verdict.said if verdict.verdict == "covered" else ""
        number = next((place for place, each in enumerate(passages, 1) if verdict.source in each.text), 0)
        mark = f" [{number}]" if number and verdict.source else ""
        text = " ".join((own or readable(verdict.source)).split())
        if not any(text in other for other in lines):
            lines = {other: marks for other, marks in lines.items() if other not in text} | {text: mark}
    return "\n".join(f"- {text}{mark}" for text, mark in lines.items())


def reconsidered(round_: Round, chat: "BaseChatModel | None") -> Grade | None:
    """Let a model look again at points that were missed or half said; None if nothing moves.

    A verdict moves up by one step, and only with a quote that stands in the answer and shares a word with the point.
    """
    from coach.llm.chat import CoachChat

    grade = round_.grade
    if not isinstance(chat, CoachChat) or grade is None or not round_.answers:
        return None
    doubtful = [place for place, point in enumerate(grade.points) if point.verdict in ("partial", "missed")][
        :MOST_POINTS
    ]
    moves: dict[int, PointVerdict] = {}
    for place in doubtful:
        point = grade.points[place]
        try:
            found = chat.structured(verdict_messages(round_, point), VERDICT, max_tokens=_VERDICT_TOKENS)
        except CoachError:
            break
        if found and (step := _step(point, found["verdict"], str(found["said"]).strip(), round_)):
            moves[place] = step
    return moved(grade, moves) if moves else None


def _step(point: PointVerdict, verdict: str, said: str, round_: Round) -> PointVerdict | None:
    from coach.talk.alignment import key_words, left_over
    from coach.talk.grading import cleaned

    up = {"missed": "partial", "partial": "covered"}[point.verdict]
    if verdict == "missed" or (verdict == "partial" and up == "covered") or len(said) < SHORTEST_QUOTE:
        return None
    if said not in round_.answer or said not in cleaned(round_.answer):
        return None
    if not set(left_over(key_words(point.point.text), round_.item.text)).intersection(key_words(said)):
        return None
    return replace(point, verdict=up, said=said, reason="model")  # type: ignore[arg-type]  # one of the verdicts
