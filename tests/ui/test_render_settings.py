"""The pictures of the settings tab say what was measured."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from coach.evaluate import Ranking, Report
from coach.ui import render_settings as render
from coach.ui.texts import EN, ZH
from tests.ui.fake import FakeCoach

RATES = FakeCoach().error_rates()
REPORT = Report(
    (Ranking("question", 200, 0.9, 0.99, 1.0, 0.95), Ranking("question, reworded", 200, 0.75, 0.9, 0.95, 0.8)),
    0.5, 0.38, 0.0, 50, 120, 1.0, 0.925,
)  # fmt: skip


def widths(svg, kind):
    return [float(width) for width in re.findall(rf'class="{kind}" y="18" width="([0-9.]+)"', svg)]


def test_both_rates_at_the_chosen_threshold():
    html = render.rates_html(RATES, 0.8, ZH)
    assert re.findall(r'class="value">(\d+)<', html) == ["20", "64"]
    assert render.rates_html((), 0.5, ZH) == f'<p class="quiet">{ZH.rates_none}</p>'


@pytest.mark.parametrize("value", [0.0, 0.35, 1.0])
def test_the_line_stands_at_the_threshold_and_the_dots_on_the_curves(value):
    svg = ElementTree.fromstring(render.rates_svg(RATES, value, EN))
    line = next(each for each in svg.iter("line") if each.get("class") == "here")
    for curve, dot in zip(svg.iter("polyline"), svg.iter("circle"), strict=True):
        assert curve.get("class") == dot.get("class")
        assert f"{dot.get('cx')},{dot.get('cy')}" in curve.get("points").split()
        assert dot.get("cx") == line.get("x1")


def test_bars_are_as_long_as_their_figures():
    svg = render.report_svg(REPORT, ZH)
    ElementTree.fromstring(svg)
    assert widths(svg, "good") == [324, 270, 360, 333]
    assert widths(svg, "five") == [356.4, 324]
    assert widths(svg, "answers") == [136.8] and widths(svg, "refusals") == [0]
    for text in ("0.90 · 0.99 · 1.00 · 0.95", ZH.rankings["question, reworded"], "200 道题", "0.50"):
        assert text in svg
    assert "(1 question)" in render.report_svg(replace(REPORT, rankings=(Ranking("own <b>", 1, 1, 1, 1, 1),)), EN)


def test_nothing_measured_says_so():
    assert render.report_html(None, ZH) == ""
    empty = replace(REPORT, rankings=(Ranking("question", 0, 0.0, 0.0, 0.0, 0.0),))
    assert ZH.eval_empty in render.report_html(empty, ZH)
