"""A graded question → HTML: each key point with the candidate's words beside the article's. Pure, all text escaped."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from coach.index.words import content_words
from coach.records import Passage, PointVerdict, Verdict
from coach.talk.interview import Round
from coach.talk.keypoints import readable, short
from coach.talk.report import first_to_mend
from coach.ui.markdown import highlight, inline, to_html
from coach.ui.texts.interview import InterviewTexts

SIGNS: Mapping[Verdict, str] = {"covered": "✓", "partial": "◐", "missed": "✗", "contradicted": "⚠"}
GOOD, FAIR = 0.75, 0.4
"""Scores from which a number is shown as good, and below which as weak: those of the interview's own levels."""

Passages = Mapping[str, Sequence[Passage]]
"""Question id → its passages."""


@dataclass(frozen=True, slots=True)
class Help:
    """What is being done for a closed question beside the talk.

    Attributes:
        model: Whether there is a language model.
        round: The question for which something is done now; -1 for none.
        doing: What that is.
        text: What is written of the better answer so far.
    """

    model: bool = False
    round: int = -1
    doing: Literal["improve", "reconsider"] = "improve"
    text: str = ""


ALONE = Help()
"""No language model, and nothing is being done."""


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that points come from, with its number in the question, and where their sentences stand in it."""

    number: int
    passage: Passage
    spans: tuple[tuple[int, int], ...]


def sources(quotes: Sequence[str], passages: Sequence[Passage]) -> tuple[list[Source], list[tuple[int, int]]]:
    """Return the passages that hold some quotes, and for each quote its passage's number (0: none) and its mark."""
    spans: dict[int, list[tuple[int, int]]] = {}
    places = []
    for quote in quotes:
        at = next((n for n, passage in enumerate(passages) if quote and quote in passage.text), None)
        if at is None:
            places.append((0, 0))
            continue
        start = passages[at].text.index(quote)
        marks = spans.setdefault(at, [])
        marks.append((start, start + len(quote)))
        places.append((list(spans).index(at) + 1, len(marks) - 1))
    found = [Source(n, passages[at], tuple(marks)) for n, (at, marks) in enumerate(spans.items(), start=1)]
    return found, places


def feedback_html(round_: Round, number: int, passages: Passages, t: InterviewTexts, about: Help = ALONE) -> str:
    """Return all that is known of a closed question: score, what to improve first, points, reference, passages."""
    grade = round_.grade
    points = grade.points if grade else ()
    own = passages.get(round_.item.question_id, ())
    found, places = sources([*(source_of(point) for point in points), *(f.quote for f in round_.follow_ups)], own)
    text = about.text if (about.round, about.doing) == (number, "improve") else round_.improved
    text, found = _numbered(text, found, own)
    score = f'<span class="score {mood(grade.score)}">{percent(grade.score)}</span>' if grade else ""
    rows = "".join(
        _point(round_, number, place, places[place], t, contestable=bool(round_.answers))
        for place in range(len(points))
    )
    asked = "".join(
        f"<li><span>{inline(follow_up.text)}</span> {inline(follow_up.quote)}{_chip(number, place)}</li>"
        for follow_up, place in zip(round_.follow_ups, places[len(points) :], strict=True)
    )
    return (
        f'<section class="iv-points" id="r{number}" aria-label="{t.points}"><header>{score}'
        f'<span class="made">{t.points_count.format(made=_made(points), count=len(points))}</span>'
        f'<span class="first">{improve(round_, t)}</span></header><ol class="points">{rows}</ol>'
        + (f'<div class="asked-from"><h4>{t.follow_up_from}</h4><ul>{asked}</ul></div>' if asked else "")
        + _better(round_, number, text, found, about, t)
        + _tools(round_, number, about, t)
        + _reference(round_, number, t)
        + _cards(found, number, t)
        + "</section>"
    )


def so_far_html(round_: Round, t: InterviewTexts) -> str:
    """Return the points that were made before a follow-up: what was missed is not told yet."""
    points = round_.grade.points if round_.grade else ()
    made = [point for point in points if point.verdict == "covered"]
    rows = "".join(f'<li class="point covered">{_verdict(point, t)}{_sides(point, "", t)}</li>' for point in made)
    count = t.points_count.format(made=_made(points), count=len(points))
    return (
        f'<section class="iv-points so-far" aria-label="{t.points_so_far}"><header>'
        f'<span class="made">{t.points_so_far} · {count}</span></header>'
        f'<ol class="points">{rows}</ol></section>'
    )


def _made(points: Sequence[PointVerdict]) -> int:
    return sum(point.verdict == "covered" for point in points)


def _point(round_: Round, number: int, place: int, at: tuple[int, int], t: InterviewTexts, *, contestable: bool) -> str:
    point = round_.grade.points[place] if round_.grade else None
    if point is None:
        return ""
    contest = next((contest for contest in round_.contests if contest.point == place), None)
    after = ""
    if contest:
        after = f'<p class="contested">{t.contested}</p>'
    elif point.reason == "model":
        after = f'<p class="contested">{t.second_looked}</p>'
    elif contestable and point.verdict != "covered":
        after = (
            f'<button type="button" class="action contest" data-event="apply" data-action="contest" '
            f'data-round="{number}" data-point="{place}">{t.contest}</button>'
        )
    return f'<li class="point {point.verdict}">{_verdict(point, t)}{_sides(point, _chip(number, at), t)}{after}</li>'


def _verdict(point: PointVerdict, t: InterviewTexts) -> str:
    return f'<span class="verdict"><i aria-hidden="true">{SIGNS[point.verdict]}</i>{getattr(t, point.verdict)}</span>'


def _sides(point: PointVerdict, chip: str, t: InterviewTexts) -> str:
    said = f'<blockquote class="said"><b>{t.said}</b>{escape(" ".join(point.said.split()))}</blockquote>'
    source = f'<blockquote class="from"><b>{t.source_says}</b>{inline(readable(source_of(point)))}{chip}</blockquote>'
    return f'<div class="sides{"" if point.said else " one"}">{said if point.said else ""}{source}</div>'


def _chip(number: int, at: tuple[int, int]) -> str:
    passage, mark = at
    return f'<a class="cite" href="#r{number}-p{passage}" data-mark="{mark}">{passage}</a>' if passage else ""


def source_of(point: PointVerdict) -> str:
    """Return the article's words for a point."""
    return point.source or point.point.quote


def improve(round_: Round, t: InterviewTexts) -> str:
    """Return one sentence on what to improve first."""
    if not round_.answers:
        return t.improve_unknown
    first = first_to_mend(round_)
    if first is None:
        return t.improve_all
    if all(point.verdict == "missed" for point in (round_.grade.points if round_.grade else ())):
        return t.improve_nothing
    said, source = escape(short(first.said.strip(" 。."))), inline(readable(source_of(first)))
    if first.verdict == "contradicted":
        return t.improve_contradicted.format(said=said, source=source)
    return (t.improve_partial if first.verdict == "partial" else t.improve_missed).format(point=source)


def _numbered(text: str, found: Sequence[Source], passages: Sequence[Passage]) -> tuple[str, list[Source]]:
    """Give the passages that a text cites by their place the numbers of the cards; those without a card get one."""
    cards = list(found)

    def card(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        if not 0 <= place < len(passages):
            return ""
        known = next((each.number for each in cards if each.passage == passages[place]), 0)
        if not known:
            cards.append(Source(len(cards) + 1, passages[place], ()))
        return f"[{known or len(cards)}]"

    return re.sub(r"\[(\d{1,2})\](?!\()", card, text), cards


def _better(round_: Round, number: int, text: str, cards: Sequence[Source], about: Help, t: InterviewTexts) -> str:
    """The better answer, or as much of it as is written, and who wrote it."""
    writing = (about.round, about.doing) == (number, "improve")
    if not text and not writing:
        return ""
    told = t.better_by_model if round_.improved_by_model else t.better_refused if about.model else t.better_by_points

    def mark(card: int, sentence: str) -> int:
        words = set(content_words(sentence))
        source = next(each for each in cards if each.number == card)
        held = [len(words.intersection(content_words(source.passage.text[a:b]))) for a, b in source.spans]
        return held.index(max(held)) if any(held) else 0

    shown = to_html(text, numbers=[each.number for each in cards], anchor=f"r{number}-p", mark_of=mark)
    state = f'<p class="waiting"><span class="pulse"></span>{t.better_writing}</p>' if writing else ""
    state = state or f'<p class="quiet">{told}</p>'
    return (
        f'<section class="better" id="r{number}-better" tabindex="-1" aria-busy="{str(writing).lower()}">'
        f"<h4>{t.better}</h4>"
        f'<div class="prose-text">{shown}</div>{state}</section>'
    )


def _tools(round_: Round, number: int, about: Help, t: InterviewTexts) -> str:
    """What can be done about a closed question; one thing at a time."""
    busy = about.round == number
    buttons = []
    points = round_.grade.points if round_.grade else ()
    doubtful = any(point.verdict in ("partial", "missed") for point in points)
    made = any(point.verdict == "covered" for point in points)  # without one it would be the reference answer again
    if round_.answers and (about.model or (made and not round_.improved)):
        label = t.better_again if round_.improved else t.better_ask
        buttons.append(_tool(label, "submit", "improve", number, busy=busy))
    if round_.answers and doubtful and about.model:
        label = t.second_looking if busy and about.doing == "reconsider" else t.second_look
        buttons.append(_tool(label, "submit", "reconsider", number, busy=busy))
    buttons.append(_tool(t.points_edit, "edit", "points", number, question=round_.item.question_id))
    return f'<div class="iv-tools">{"".join(buttons)}</div>'


def _tool(label: str, event: str, action: str, number: int, *, busy: bool = False, question: str = "") -> str:
    off = " aria-disabled=true" if busy else ""
    return (
        f'<button type="button" class="action" id="r{number}-{action}" data-event="{event}" data-action="{action}" '
        f'data-round="{number}" data-question="{escape(question)}"{off}>{label}</button>'
    )


def _reference(round_: Round, number: int, t: InterviewTexts) -> str:
    return (
        f'<details class="reference" id="r{number}-reference"><summary>{t.reference}</summary>'
        f'<div class="prose-text">{to_html(round_.item.reference)}</div></details>'
    )


def _cards(found: Sequence[Source], number: int, t: InterviewTexts) -> str:
    """Return the passages behind the chips, folded to their heads."""
    cards = "".join(
        f'<div class="passage" id="r{number}-p{source.number}"><a class="head" href="#r{number}-p{source.number}">'
        f'<span class="badge">{source.number}</span><span class="where">'
        f'<span class="title">{escape(source.passage.title)}</span>'
        f'<span class="question">{inline(source.passage.question)}</span></span></a>'
        f'<div class="full">{highlight(source.passage.text, source.spans)}'
        f'<p class="source">{escape(source.passage.source)}</p></div></div>'
        for source in found
    )
    return f'<aside class="evidence" aria-label="{t.passages}">{cards}</aside>' if cards else ""


def mood(score: float) -> str:
    """Return the class of a number: good, fair or weak."""
    return "good" if score >= GOOD else "fair" if score >= FAIR else "weak"


def percent(score: float | None) -> str:
    """Return a score as points of a hundred, or "–"."""
    return "–" if score is None else f"{100 * score:.0f}"
