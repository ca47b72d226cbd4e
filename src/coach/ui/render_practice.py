"""What was practised → HTML: calendar, mastery, what is due, the weakest questions, the history. Pure, text escaped."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from coach.practice import Held, Practised, Weak
from coach.talk.pictures import radar, trend
from coach.talk.review import TopicMastery
from coach.talk.topics import topic_name
from coach.ui.markdown import inline
from coach.ui.render_interview import moment
from coach.ui.render_points import mood, percent
from coach.ui.texts import Count
from coach.ui.texts.practice import PracticeTexts

WEEKS_FEWEST, WEEKS_MOST = 26, 53
AXES_FEWEST, AXES = 3, 8
BARS, ROWS, TREND = 10, 12, 30
"""Topics and interviews shown before the rest is unfolded; interviews in the picture of scores."""
STEPS = (1, 3, 6, 10)
"""Questions a day from which a square is one step darker."""
_CELL, _LEFT, _TOP = 15, 30, 18


def practice_html(seen: Practised, t: PracticeTexts, *, asked: str = "") -> str:
    """Return the tab; `asked` is the interview whose deletion is to be confirmed."""
    if not seen.held and not seen.topics:
        return (
            f'<div class="pr pr-empty"><h1>{t.empty}</h1><p class="lead">{t.empty_more}</p>'
            f"{_button(t.first, 'tab', 'do strong')}</div>"
        )
    return (
        f'<div class="pr"><h1 class="sr-only">{t.title}</h1>{_due(seen, t)}{_stats(seen, t)}'
        f'<div class="pr-top"><section class="calendar"><h2>{t.calendar}</h2>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{t.calendar}">'
        f"{calendar_svg(seen, t)}</div>{legend_html(t)}</section>{_trend(seen.held, t)}</div>"
        f'<div class="pr-columns">{_mastery(seen.topics, t)}{_weak(seen.weak, t)}</div>'
        f"{_history(seen.held, t, asked)}</div>"
    )


def _button(label: str, action: str, kind: str = "do", event: str = "submit", **data: str) -> str:
    more = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<button type="button" class="{kind}" data-event="{event}" data-action="{action}"{more}>{label}</button>'


def _due(seen: Practised, t: PracticeTexts) -> str:
    if not seen.due:
        return f'<section class="due"><div><h2>{t.due_none}</h2></div>{_button(t.another, "tab")}</section>'
    return (
        f'<section class="due now"><div><h2>{t.due.format(count=Count(seen.due))}</h2><p>{t.due_more}</p></div>'
        f"{_button(t.review, 'due', 'do strong')}</section>"
    )


def _stats(seen: Practised, t: PracticeTexts) -> str:
    last = next((one.score for one in seen.held if one.over and one.score is not None), None)
    numbers = (
        (t.interviews, str(len(seen.held))),
        (t.questions, str(sum(one.done for one in seen.held))),
        (t.days, str(len(seen.days))),
        (t.streak, str(seen.streak)),
        (t.mean, percent(last)),
    )
    return f'<dl class="stats">{"".join(f"<div><dd>{value}</dd><dt>{name}</dt></div>" for name, value in numbers)}</dl>'


def calendar_svg(seen: Practised, t: PracticeTexts) -> str:
    """Return the days as squares, a column a week, Monday on top; as many weeks as there is history, at least 26."""
    days, today = seen.days, seen.today
    first = min(days, default=today)
    weeks = max(WEEKS_FEWEST, min(WEEKS_MOST, (today - first).days // 7 + 2))
    start = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    squares: list[str] = []
    months: list[str] = []
    shown = 0
    for number in range((today - start).days + 1):
        day = start + timedelta(days=number)
        x, y = _LEFT + number // 7 * _CELL, _TOP + number % 7 * _CELL
        count = days.get(day, 0)
        name = (t.day if count else t.day_none).format(day=day.isoformat(), count=Count(count))
        squares.append(
            f'<rect class="l{step_of(count)}" x="{x}" y="{y}" width="12" height="12" rx="3">'
            f"<title>{name}</title></rect>"
        )
        if number % 7 == 0 and day.day <= 7 and number // 7 - shown >= (3 if months else 0):
            months.append(f'<text x="{x}" y="11">{t.months[day.month - 1]}</text>')
            shown = number // 7
    names = "".join(
        f'<text x="0" y="{_TOP + row * _CELL + 10}">{name}</text>' for row, name in enumerate(t.weekdays) if name
    )
    wide, high = _LEFT + weeks * _CELL, _TOP + 7 * _CELL
    told = f"{t.calendar}: {len(days)} {t.days}, {sum(days.values())} {t.questions}"
    return (
        f'<svg class="days" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-label="{escape(told)}">{names}{"".join(months)}{"".join(squares)}</svg>'
    )


def legend_html(t: PracticeTexts) -> str:
    """Return what the squares mean."""
    squares = "".join(f'<rect class="l{n}" x="{15 * n}" y="0" width="12" height="12" rx="3"/>' for n in range(5))
    return (
        f'<p class="legend"><span>{t.calendar_about}</span><span class="scale">{t.less}'
        f'<svg width="74" height="12" aria-hidden="true">{squares}</svg>{t.more}</span></p>'
    )


def step_of(count: int) -> int:
    """Return how dark a day with so many questions is, 0 to 4."""
    return sum(count >= least for least in STEPS)


def _mastery(topics: Sequence[TopicMastery], t: PracticeTexts) -> str:
    if not topics:
        return ""
    axes = sorted(topics, key=lambda topic: (-topic.asked, topic.topic))[:AXES]
    picture = (
        radar([(topic_name(axis.topic, t.code), axis.mastery) for axis in axes], t.mastery)
        if len(axes) >= AXES_FEWEST
        else ""
    )
    rows = [_topic(topic, t) for topic in topics]
    rest = "".join(rows[BARS:])
    more = t.topics_more.format(count=Count(len(rows) - BARS))
    rest = f'<details id="more-topics"><summary>{more}</summary><ul class="bars">{rest}</ul></details>' if rest else ""
    return (
        f'<section class="mastery"><h2>{t.mastery}</h2><p class="quiet">{t.mastery_about}</p>{picture}'
        f'<ul class="bars">{"".join(rows[:BARS])}</ul>{rest}</section>'
    )


def _topic(topic: TopicMastery, t: PracticeTexts) -> str:
    told = t.topic_known.format(asked=topic.asked, total=topic.total)
    told += f" · {t.topic_stale.format(count=topic.stale)}" if topic.stale else ""
    value = topic.mastery
    return (
        f'<li><span class="name">{escape(topic_name(topic.topic, t.code))}<small>{told}</small></span>'
        f'<span class="track"><i class="{mood(value)}" style="width:{100 * value:.0f}%"></i></span>'
        f'<span class="value">{percent(value)}</span>{_button(t.practise, "topic", "action", topic=topic.topic)}</li>'
    )


def _weak(weak: Sequence[Weak], t: PracticeTexts) -> str:
    rows = "".join(
        f'<li><span class="score {mood(one.mastery)}">{percent(one.mastery)}</span><div>'
        f"<b>{inline(one.question.text)}</b>{_missed(one.missed, t)}</div>"
        f"{_button(t.ask_it, 'question', 'do', question=one.question.id)}</li>"
        for one in weak
    )
    body = f'<p class="quiet">{t.weak_about}</p><ol>{rows}</ol>' if rows else f'<p class="quiet">{t.weak_none}</p>'
    return f'<section class="weak-ones"><h2>{t.weak}</h2>{body}</section>'


def _missed(points: Sequence[str], t: PracticeTexts) -> str:
    if not points:
        return ""
    return f"<p>{t.weak_missed.format(count=len(points))}{inline(points[0])}</p>"


def _trend(held: Sequence[Held], t: PracticeTexts) -> str:
    scores = [(one.day.isoformat(), one.score) for one in reversed(held) if one.over and one.score is not None]
    if len(scores) < 2:
        return ""
    return f'<section class="trend"><h2>{t.trend}</h2>{trend(scores[-TREND:], t.trend)}</section>'


def _history(held: Sequence[Held], t: PracticeTexts, asked: str) -> str:
    if not held:
        return ""
    rows = [_row(one, t, asking=one.id == asked) for one in held]
    rest = "".join(rows[ROWS:])
    more = t.history_more.format(count=len(rows) - ROWS)
    opened = " open" if any(one.id == asked for one in held[ROWS:]) else ""
    rest = f'<details id="more-held"{opened}><summary>{more}</summary><ul>{rest}</ul></details>' if rest else ""
    return f'<section class="held"><h2>{t.history}</h2><ul>{"".join(rows[:ROWS])}</ul>{rest}</section>'


def _row(one: Held, t: PracticeTexts, *, asking: bool) -> str:
    score = (
        f'<span class="score {mood(one.score)}">{percent(one.score)}</span>'
        if one.score is not None
        else f'<span class="score none" title="{t.no_score}">–</span>'
    )
    names = ", ".join(topic_name(topic, t.code) for topic in one.topics[:3])
    names += f" {t.topics_and.format(count=len(one.topics))}" if len(one.topics) > 3 else ""
    told = [moment(one.started_at), t.history_done.format(done=one.done, planned=one.planned), names]
    told += [] if one.over else [t.unfinished]
    if asking:
        actions = (
            f'<span class="ask">{t.delete_ask}</span>'
            f"{_button(t.delete_yes, 'delete', 'do warn', 'apply', session=one.id)}"
            f"{_button(t.delete_no, 'keep', 'do', 'apply')}"
        )
    else:
        actions = _button(t.open if one.over else t.go_on, "open", session=one.id) + _button(
            t.delete, "ask", "action", "apply", session=one.id
        )
    return (
        f'<li>{score}<span class="what">{escape(" · ".join(part for part in told if part))}</span>'
        f'<span class="actions">{actions}</span></li>'
    )
