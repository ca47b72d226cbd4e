"""Small pictures as inline SVG: pure functions, numbers in, text out. Colours follow the text around them."""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from statistics import fmean

_SIZE = 320
_RADIUS = 100
_SIDE = 60
"""Room for the labels on each side."""
_WIDE, _HIGH, _MARGIN = 480, 200, 32
_DOTS = 50
"""Dots of a trend at most: more can't be told apart."""
_INK = "currentColor"
_MARK = "#2563eb"


def radar(axes: Sequence[tuple[str, float | None]], title: str) -> str:
    """Return a radar picture of values in 0..1, one axis each; None is shown as "–" and left out of the shape.

    Raises:
        ValueError: There are fewer than three axes, or a value is outside 0..1.
    """
    if len(axes) < 3:
        raise ValueError("a radar needs three axes or more")
    _check([value for _, value in axes if value is not None])
    middle = _SIZE / 2
    parts = []
    for share in (0.25, 0.5, 0.75, 1.0):
        ring = " ".join(_at(middle, _RADIUS * share, place, len(axes)) for place in range(len(axes)))
        parts.append(f'<polygon points="{ring}" fill="none" stroke="{_INK}" stroke-opacity="0.2"/>')
    for place, (label, value) in enumerate(axes):
        x, y = _at(middle, _RADIUS + 14, place, len(axes)).split(",")
        side = float(x) - middle
        anchor = "middle" if abs(side) < 1 else "start" if side > 0 else "end"
        shown = "–" if value is None else f"{value:.0%}"
        parts.append(
            f'<text x="{x}" y="{y}" text-anchor="{anchor}" dominant-baseline="middle" font-size="13" fill="{_INK}">'
            f"{escape(label)} {shown}</text>"
        )
    told = [(place, value) for place, (_, value) in enumerate(axes) if value is not None]
    shape = " ".join(_at(middle, _RADIUS * value, place, len(axes)) for place, value in told)
    parts.append(f'<polygon points="{shape}" fill="{_MARK}" fill-opacity="0.25" stroke="{_MARK}" stroke-width="2"/>')
    return _svg(_SIZE + 2 * _SIDE, _SIZE, title, [f'<g transform="translate({_SIDE} 0)">', *parts, "</g>"])


def trend(values: Sequence[tuple[str, float]], title: str) -> str:
    """Return a line of values in 0..1 over their labels, oldest first; one value is a dot, many are thinned to means.

    Raises:
        ValueError: There is no value, or one is outside 0..1.
    """
    if not values:
        raise ValueError("a trend needs a value")
    _check([value for _, value in values])
    values = _thinned(values)
    step = (_WIDE - 2 * _MARGIN) / max(1, len(values) - 1)
    height = _HIGH - 2 * _MARGIN
    dots = [(_MARGIN + place * step, _MARGIN + height * (1 - value)) for place, (_, value) in enumerate(values)]
    parts = [
        f'<line x1="{_MARGIN}" x2="{_WIDE - _MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_INK}" stroke-opacity="0.2"/>'
        f'<text x="2" y="{y + 4:.1f}" font-size="11" fill="{_INK}">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
        for y in [_MARGIN + height * (1 - share)]
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_MARK}" stroke-width="2"/>')
    for (label, value), (x, y) in zip(values, dots, strict=True):
        told = escape(f"{label}: {value:.0%}")
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_MARK}"><title>{told}</title></circle>')
    for place, anchor in {0: "start", len(values) - 1: "end"}.items():
        x = dots[place][0]
        anchor = "middle" if len(values) == 1 else anchor
        label = escape(values[place][0])
        parts.append(
            f'<text x="{x:.1f}" y="{_HIGH - 8}" text-anchor="{anchor}" font-size="11" fill="{_INK}">{label}</text>'
        )
    return _svg(_WIDE, _HIGH, title, parts)


def _thinned(values: Sequence[tuple[str, float]]) -> Sequence[tuple[str, float]]:
    """At most `_DOTS` values: means of neighbours, under the last one's label; the first label stays."""
    if len(values) <= _DOTS:
        return values
    cuts = [round(place * len(values) / _DOTS) for place in range(_DOTS + 1)]
    groups = [values[a:b] for a, b in pairwise(cuts)]
    means = [(group[-1][0], fmean(value for _, value in group)) for group in groups]
    return [(values[0][0], means[0][1]), *means[1:]]


def _at(middle: float, radius: float, place: int, count: int) -> str:
    angle = 2 * math.pi * place / count - math.pi / 2
    return f"{middle + radius * math.cos(angle):.1f},{middle + radius * math.sin(angle):.1f}"


def _check(values: Sequence[float]) -> None:
    if any(not 0 <= value <= 1 for value in values):
        raise ValueError("values of a picture are in 0..1")


def _svg(wide: int, high: int, title: str, parts: Sequence[str]) -> str:
    name = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" aria-label="{name}"><title>{name}</title>{"".join(parts)}</svg>'
    )
