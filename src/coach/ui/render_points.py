"""A graded question → HTML: each key point with the candidate's words beside the article's. Pure, all text escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from coach.records import Passage, PointVerdict, Verdict
from coach.talk.interview import Round
from coach.talk.report import missed
from coach.ui.markdown import highlight, inline, to_html
from coach.ui.texts.interview import InterviewTexts

SIGNS: Mapping[Verdict, str] = {"covered": "✓", "partial": "◐", "missed": "✗", "contradicted": "⚠"}
GOOD, FAIR = 0.75, 0.4
"""Scores from which a number is shown as good, and below which as weak: those of the interview's own levels."""

Passages = Mapping[str, Sequence[Passage]]
"""Question id → its passages."""


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


def feedback_html(round_: Round, number: int, passages: Passages, t: InterviewTexts) -> str:
    """Return all that is known of a closed question: score, what to improve first, points, reference, passages."""
    grade = round_.grade
    points = grade.points if grade else ()
    own = passages.get(round_.item.question_id, ())
    found, places = sources([*(source_of(point) for point in points), *(f.quote for f in round_.follow_ups)], own)
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
    source = f'<blockquote class="from"><b>{t.source_says}</b>{inline(_readable(point))}{chip}</blockquote>'
    return f'<div class="sides{"" if point.said else " one"}">{said if point.said else ""}{source}</div>'


def _chip(number: int, at: tuple[int, int]) -> str:
    passage, mark = at
    return f'<a class="cite" href="#r{number}-p{passage}" data-mark="{mark}">{passage}</a>' if passage else ""


def source_of(point: PointVerdict) -> str:
    """Return the article's words for a point."""
    return point.source or point.point.quote


def _readable(point: PointVerdict) -> str:
    """Return the article's words to be read: of a table's row the cells."""
    words = source_of(point).strip()
    row = words.startswith("|") and words.endswith("|")
    return " · ".join(cell.strip() for cell in words.strip("|").split("|")) if row else words


def improve(round_: Round, t: InterviewTexts) -> str:
    """Return one sentence on what to improve first: what is wrong, then what is missing, then what is half said."""
    if not round_.answers:
        return t.improve_unknown
    points = round_.grade.points if round_.grade else ()
    left = {
        verdict: [point for point in missed(round_) if point.verdict == verdict]
        for verdict in ("contradicted", "missed", "partial")
    }
    if left["contradicted"]:
        wrong = left["contradicted"][0]
        return t.improve_contradicted.format(said=escape(wrong.said.strip(" 。.")), source=inline(_readable(wrong)))
    if points and len(left["missed"]) == len(points):
        return t.improve_nothing
    if left["missed"]:
        return t.improve_missed.format(point=inline(_readable(left["missed"][0])))
    if left["partial"]:
        return t.improve_partial.format(point=inline(_readable(left["partial"][0])))
    return t.improve_all


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
