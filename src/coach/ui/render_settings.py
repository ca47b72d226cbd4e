"""Settings → HTML: both error rates by threshold, and the picture of an evaluation, as inline SVG. Pure."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from coach.ui.texts import Count, Texts

if TYPE_CHECKING:
    from coach.evaluate import Ranking, Report
    from coach.index.calibration import ErrorRates

WIDTH = 360
"""Width of the pictures, in their own units: that of a phone, so that texts keep their size there."""
LEFT, RIGHT, TOP, HEIGHT = 8, 8, 8, 120
BAR, LINE = 9, 44


def at(rates: "Sequence[ErrorRates]", value: float) -> "ErrorRates":
    """Return the rates at the threshold nearest to a value."""
    return min(rates, key=lambda rate: abs(rate.threshold - value))


def rates_html(rates: "Sequence[ErrorRates]", value: float, t: Texts) -> str:
    """Return both error rates at a threshold, in figures and words, above their curves."""
    if not rates:
        return f'<p class="quiet">{t.rates_none}</p>'
    here = at(rates, value)
    return (
        '<div class="rates">'
        f"{_figure('answers', here.wrong_answers, t.rate_answers, t.rate_answers_about)}"
        f"{_figure('refusals', here.wrong_refusals, t.rate_refusals, t.rate_refusals_about)}</div>"
        f"{rates_svg(rates, value, t)}"
    )


def _figure(kind: str, share: float, name: str, about: str) -> str:
    return (
        f'<div class="rate {kind}"><p class="name">{name}</p><p class="value">{100 * share:.0f}<span>/ 100</span></p>'
        f'<p class="quiet">{about}</p></div>'
    )


def rates_svg(rates: "Sequence[ErrorRates]", value: float, t: Texts) -> str:
    """Return the curves of both rates over the threshold, with a line at the chosen one."""
    answers = " ".join(f"{_x(rate.threshold):.1f},{_y(rate.wrong_answers):.1f}" for rate in rates)
    refusals = " ".join(f"{_x(rate.threshold):.1f},{_y(rate.wrong_refusals):.1f}" for rate in rates)
    here = at(rates, value)
    dots = "".join(
        f'<circle class="{kind}" cx="{_x(value):.1f}" cy="{_y(share):.1f}" r="3.5"/>'
        for kind, share in (("answers", here.wrong_answers), ("refusals", here.wrong_refusals))
    )
    grid = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(y):.1f}" y2="{_y(y):.1f}"/>' for y in (0, 0.5, 1)
    )
    ticks = "".join(
        f'<text x="{_x(x):.1f}" y="{TOP + HEIGHT + 15}" text-anchor="{anchor}">{label}</text>'
        for x, anchor, label in ((0, "start", "0"), (0.5, "middle", t.rates_axis), (1, "end", "1"))
    )
    name = escape(f"{t.rate_answers} · {t.rate_refusals}")
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {TOP + HEIGHT + 20}" role="img" aria-label="{name}">{grid}'
        f'<line class="here" x1="{_x(value):.1f}" x2="{_x(value):.1f}" y1="{TOP}" y2="{TOP + HEIGHT}"/>'
        f'<polyline class="answers" points="{answers}"/><polyline class="refusals" points="{refusals}"/>'
        f"{dots}{ticks}</svg>"
    )


def _x(threshold: float) -> float:
    return LEFT + threshold * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return TOP + (1 - share) * HEIGHT


def report_html(report: "Report | None", t: Texts) -> str:
    """Return the picture of an evaluation; nothing without one."""
    if report is None:
        return ""
    if not report.rankings or not report.rankings[0].questions:
        return f'<p class="quiet">{t.eval_empty}</p>'
    return report_svg(report, t)


def report_svg(report: "Report", t: Texts) -> str:
    """Return recall, rank, refusal rates and citations as bars, each with its figure."""
    count = Count(report.rankings[0].questions)
    legend = f"{t.eval_first} · {t.eval_five} · {t.eval_ten} · {t.eval_mrr}"
    rows = [_head(t.eval_retrieval.format(count=count), legend)]
    rows += [_ranking(ranking, t) for ranking in report.rankings]
    rows += [
        _head(t.eval_refusal.format(threshold=f"{report.threshold:.2f}"), ""),
        _bar("answers", t.rate_answers, report.wrong_answers),
        _bar("refusals", t.rate_refusals, report.wrong_refusals),
        _head(t.eval_citations.format(answers=Count(report.answers), citations=report.citations), ""),
        _bar("good", t.eval_exact, report.exact),
        _bar("good", t.eval_own, report.own),
    ]
    body, y = "", 0
    for row, height in rows:
        body += f'<g transform="translate(0 {y})">{row}</g>'
        y += height
    return f'<svg class="chart report" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{t.eval_title}">{body}</svg>'


Row = tuple[str, int]
"""A row of a picture, and its height."""


def _head(name: str, legend: str) -> Row:
    return (
        f'<text class="head" x="0" y="24">{escape(name)}</text>'
        f'<text x="{WIDTH}" y="24" text-anchor="end">{escape(legend)}</text>',
        36,
    )


def _ranking(ranking: "Ranking", t: Texts) -> Row:
    """The first place as a full bar, the first five as a pale one behind it, the mean reciprocal rank as a mark."""
    mark = WIDTH * ranking.mrr
    told = f"{ranking.recall_1:.2f} · {ranking.recall_5:.2f} · {ranking.recall_10:.2f} · {ranking.mrr:.2f}"
    bars = (
        f'<rect class="five" y="18" width="{WIDTH * ranking.recall_5:.1f}" height="{BAR}" rx="2"/>'
        f'<rect class="good" y="18" width="{WIDTH * ranking.recall_1:.1f}" height="{BAR}" rx="2"/>'
        f'<line class="mark" x1="{mark:.1f}" x2="{mark:.1f}" y1="15" y2="30"/>'
    )
    return _named(t.rankings.get(ranking.name, ranking.name), told) + _rail() + bars, LINE


def _bar(kind: str, name: str, share: float) -> Row:
    bar = f'<rect class="{kind}" y="18" width="{WIDTH * share:.1f}" height="{BAR}" rx="2"/>'
    return _named(name, f"{share:.2f}") + _rail() + bar, LINE


def _named(name: str, told: str) -> str:
    return f'<text y="11">{escape(name)}</text><text class="value" x="{WIDTH}" y="11" text-anchor="end">{told}</text>'


def _rail() -> str:
    return f'<rect class="rail" y="18" width="{WIDTH}" height="{BAR}" rx="2"/>'
