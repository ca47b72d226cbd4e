"""The report of a mock interview → HTML, with its pictures and its files. Pure, all text escaped."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from coach.talk.interview import Interview, Outcome, Round
from coach.talk.pictures import radar, trend
from coach.talk.report import Report, Result
from coach.talk.report_pages import anki, html, markdown
from coach.talk.topics import topic_name
from coach.ui.markdown import inline
from coach.ui.render_interview import clock, moment
from coach.ui.render_points import ALONE, Help, Passages, feedback_html, mood, percent
from coach.ui.texts import Count
from coach.ui.texts.interview import InterviewTexts

TREND = 30
"""Interviews in the picture of scores, the newest."""
_RING = 2 * 3.14159265 * 42


def report_html(
    session: str, interview: Interview, result: Report, passages: Passages, t: InterviewTexts, about: Help = ALONE
) -> str:
    """Return the page of an interview that is over."""
    if result.score is None:
        body = f'<p class="quiet">{t.report_none}</p>'
    else:
        body = (
            f'<div class="ends">{_ends(t.weakest, result.weakest)}'
            f"{_ends(t.strongest, result.strongest)}</div>"
            f'<div class="pictures">{_dimensions(result, t)}{_topics(result, t)}{_trend(result, t)}</div>'
            f"{_reading(result, t)}"
        )
    return (
        f'<article class="iv-report-page" id="report-{session}" aria-label="{t.report}">{_head(interview, result, t)}'
        f"{_actions(session, interview, result, t)}{body}{_each(result, passages, t, about)}</article>"
    )


def _head(interview: Interview, result: Report, t: InterviewTexts) -> str:
    done = sum(r.outcome != "unanswered" for r in result.results)
    told = [t.report_summary.format(done=Count(done), time=clock(result.seconds)), moment(interview.at)]
    told += {"stopped": [t.report_stopped], "time": [t.report_time]}.get(interview.ended, [])
    return (
        f'<header>{_ring(result.score, t) if result.score is not None else ""}<div><h1 tabindex="-1">{t.report}</h1>'
        f'<p class="lead">{escape(" · ".join(told))}</p></div></header>'
    )


def _ring(score: float, t: InterviewTexts) -> str:
    """A number in a ring that is filled as far as the score."""
    part = f'<circle class="part" cx="50" cy="50" r="42" stroke-dasharray="{_RING * score:.1f} {_RING:.1f}"/>'
    return (
        f'<svg class="ring {mood(score)}" viewBox="0 0 100 100" role="img" aria-label="{t.score} {percent(score)}">'
        '<circle cx="50" cy="50" r="42"/>'
        f"{part if score else ''}"
        f'<text x="50" y="52" text-anchor="middle" dominant-baseline="middle">{percent(score)}</text></svg>'
    )


def _actions(session: str, interview: Interview, result: Report, t: InterviewTexts) -> str:
    weak = f'<button type="button" class="do strong" data-event="apply" data-action="weak">{t.again_weak}</button>'
    another = f'<button type="button" class="do" data-event="apply" data-action="close">{t.another}</button>'
    lacking = any(r.score is not None and r.score < 1 for r in result.results)
    return f'<div class="do-next"><span>{weak if lacking else ""}{another}</span>{_files(interview, result, t)}</div>'


def _files(interview: Interview, result: Report, t: InterviewTexts) -> str:
    """Links that save the report; they hold it themselves, so no file is left behind anywhere."""
    name = f"interview-{moment(interview.at)[:10]}"
    files = (
        (t.export_markdown, f"{name}.md", "text/markdown", markdown(result)),
        (t.export_html, f"{name}.html", "text/html", html(result)),
        (t.export_anki, f"{name}-anki.csv", "text/csv", anki(result)),
    )
    links = "".join(
        f'<a class="action" download="{file}" href="data:{kind};charset=utf-8;base64,'
        f'{b64encode(text.encode("utf-8", "replace")).decode("ascii")}">{label}</a>'
        for label, file, kind, text in files
    )
    return f'<span class="files"><span class="quiet">{t.export}</span>{links}</span>'


def _ends(title: str, results: Sequence[Result]) -> str:
    if not results:
        return ""
    rows = "".join(
        f'<li><button type="button" data-do="show" data-target="each-{result.number}">'
        f'<span class="score {mood(result.score or 0)}">{percent(result.score)}</span>'
        f"<span>{inline(result.text)}</span></button></li>"
        for result in results
    )
    return f"<section><h2>{title}</h2><ol>{rows}</ol></section>"


def _dimensions(result: Report, t: InterviewTexts) -> str:
    axes = [(getattr(t, name), share.value) for name, share in result.dimensions.items()]
    rows = "".join(
        f"<li><b>{getattr(t, name)}</b><span>{percent(share.value)}</span>"
        f"<small>{getattr(t, f'{name}_about')} · {share.part:g} / {share.whole:g}</small></li>"
        for name, share in result.dimensions.items()
    )
    return (
        f'<section class="dimensions"><h2>{t.dimensions}</h2><div>{radar(axes, t.dimensions)}<ul>{rows}</ul></div>'
        "</section>"
    )


def _topics(result: Report, t: InterviewTexts) -> str:
    rows = "".join(bar_row(topic_name(topic, t.code), score) for topic, score in result.topics.items())
    return f'<section class="topics-scores"><h2>{t.by_topic}</h2><ul class="bars">{rows}</ul></section>'


def bar_row(name: str, value: float, more: str = "") -> str:
    """Return a named bar of 0..1."""
    return (
        f'<li><span class="name">{escape(name)}</span><span class="track"><i class="{mood(value)}" '
        f'style="width:{100 * value:.0f}%"></i></span><span class="value">{percent(value)}</span>{more}</li>'
    )


def _trend(result: Report, t: InterviewTexts) -> str:
    if len(result.trend) < 2:
        return ""
    return f'<section class="trend"><h2>{t.trend}</h2>{trend(result.trend[-TREND:], t.trend)}</section>'


def _reading(result: Report, t: InterviewTexts) -> str:
    if not result.reading:
        return ""
    rows = "".join(
        f'<li><button type="button" class="pick" data-open="{escape(passage.article_id)}">'
        f'<span class="what">{inline(passage.question or passage.title)}</span>'
        f'<span class="from">{escape(passage.title)}</span></button></li>'
        for passage in {(each.article_id, each.question): each for each in result.reading}.values()
    )
    return (
        f'<section class="to-read"><h2>{t.reading}</h2><p class="quiet">{t.reading_about}</p>'
        f'<ul class="examples">{rows}</ul></section>'
    )


def _each(result: Report, passages: Passages, t: InterviewTexts, about: Help) -> str:
    if not result.results:
        return ""
    last = result.results[-1].number
    rows = "".join(_question(member, passages, t, about, opened=member.number == last) for member in result.results)
    return f'<section class="each"><h2>{t.each}</h2>{rows}</section>'


def _question(member: Result, passages: Passages, t: InterviewTexts, about: Help, *, opened: bool) -> str:
    round_ = member.round
    told = [topic_name(member.topic, t.code), outcome(member.outcome, t), clock(round_.seconds)]
    told += [t.hints_used.format(count=Count(round_.hints))] if round_.hints else []
    number = member.number
    score = f'<span class="score {mood(member.score or 0)}">{percent(member.score)}</span>'
    feedback = feedback_html(round_, number, passages, t, about) if round_.grade else ""
    return (
        f'<details class="one" id="each-{number}"{" open" if opened else ""}><summary>{score}'
        f'<span class="what"><b>{number + 1}. {inline(member.text)}</b><small>{escape(" · ".join(told))}</small></span>'
        f"</summary>{_talk(round_, t)}{feedback}</details>"
    )


def _talk(round_: Round, t: InterviewTexts) -> str:
    parts = []
    for place, answer in enumerate(round_.answers):
        if place:
            parts.append(f"<dt>{t.follow_up}</dt><dd>{inline(round_.follow_ups[place - 1].text)}</dd>")
        parts.append(f'<dt>{t.your_answer}</dt><dd class="mine">{escape(answer)}</dd>')
    return f'<dl class="iv-said">{"".join(parts)}</dl>' if parts else ""


def outcome(name: Outcome, t: InterviewTexts) -> str:
    """Return what became of a question, in words."""
    return t.answered if name in ("answered", "open") else str(getattr(t, f"outcome_{name}"))
