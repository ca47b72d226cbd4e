"""A report as Markdown, as HTML to print, and as Anki cards of the missed points. Pure."""

import csv
import io
import re
from collections.abc import Mapping
from html import escape

from coach.records import PointVerdict
from coach.talk.citations import without_marks
from coach.talk.events import Language
from coach.talk.interview import Round
from coach.talk.keypoints import readable, short
from coach.talk.mathml import mathml
from coach.talk.pictures import radar, trend
from coach.talk.report import Report, Result, first_to_mend, missed
from coach.talk.topics import topic_name

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|$~!&])")

_TEXT: dict[Language, dict[str, str]] = {
    "zh": {
        "title": "模拟面试报告",
        "score": "总分",
        "time": "用时",
        "coverage": "覆盖",
        "correctness": "正确",
        "depth": "深度",
        "clarity": "清晰",
        "dimensions": "各维度",
        "topics": "各主题",
        "strongest": "最好的题",
        "weakest": "最弱的题",
        "reading": "建议阅读",
        "questions": "逐题",
        "covered": "已答到",
        "partial": "部分答到",
        "missed": "漏掉",
        "contradicted": "有误",
        "contested": "有异议",
        "said": "你说",
        "source": "原文",
        "answer": "回答",
        "better": "改进后的回答",
        "hints": "提示",
        "follow_up": "追问",
        "unknown": "不知道",
        "skipped": "跳过",
        "unanswered": "未作答",
        "answered": "已作答",
        "open": "进行中",
        "none": "没有题目作答。",
        "trend": "历次得分",
        "point": "要点",
        "name": "维度",
        "value": "得分",
    },
    "en": {
        "title": "Mock interview report",
        "score": "Score",
        "time": "Time",
        "coverage": "Coverage",
        "correctness": "Correctness",
        "depth": "Depth",
        "clarity": "Clarity",
        "dimensions": "Dimensions",
        "topics": "Topics",
        "strongest": "Strongest",
        "weakest": "Weakest",
        "reading": "What to read",
        "questions": "Question by question",
        "covered": "covered",
        "partial": "partly",
        "missed": "missed",
        "contradicted": "wrong",
        "contested": "contested",
        "said": "you said",
        "source": "article",
        "answer": "Answer",
        "better": "A better answer",
        "hints": "hints",
        "follow_up": "Follow-up",
        "unknown": "did not know",
        "skipped": "skipped",
        "unanswered": "not answered",
        "answered": "answered",
        "open": "open",
        "none": "No question was answered.",
        "trend": "Scores so far",
        "point": "Point",
        "name": "Dimension",
        "value": "Score",
    },
}
_SIGN = {"covered": "✓", "partial": "◐", "missed": "✗", "contradicted": "⚠"}


def label(language: Language, key: str) -> str:
    """Return a word of the report."""
    return _TEXT[language][key]


_ADVICE: dict[Language, dict[str, str]] = {
    "zh": {
        "contradicted": "先改正：你说“{said}”，原文是“{source}”。",
        "partial": "先补全：“{source}”。",
        "missed": "先记住：“{source}”。",
    },
    "en": {
        "contradicted": "Correct first: you said “{said}”, the article says “{source}”.",
        "partial": "Complete first: “{source}”.",
        "missed": "Learn first: “{source}”.",
    },
}


def advice(round_: Round, language: Language) -> str:
    """Return one sentence on what to improve first in a closed question; "" if nothing is missing. Plain text."""
    point = first_to_mend(round_)
    if point is None:
        return ""
    return _ADVICE[language][point.verdict].format(said=short(point.said), source=readable(point.source).rstrip("。."))


def point_line(point: PointVerdict, language: Language, *, contested: bool = False) -> str:
    """Return a point of a grade in one line of Markdown: the verdict, and the words of both sides."""
    text = _TEXT[language]
    verdict = text[point.verdict] + (f" ({text['contested']})" if contested else "")
    said = f" — {text['said']}: “{plain(point.said)}”" if point.said else ""
    return f"{_SIGN[point.verdict]} {verdict}{said} — {text['source']}: “{quoted(point.source)}”"


def point_text(point: PointVerdict, language: Language) -> str:
    """Return a point of a grade in plain text, for a terminal."""
    text = _TEXT[language]
    said = f"\n     {text['said']}: “{' '.join(point.said.split())}”" if point.said else ""
    return f"{_SIGN[point.verdict]} {text[point.verdict]}: {readable(point.source)}{said}"


def markdown(result: Report) -> str:
    """Return the report as Markdown."""
    text = _TEXT[result.language]
    lines = [f"# {text['title']}", "", f"{text['score']}: **{_percent(result.score)}** · {text['time']}: "
             f"{_clock(result.seconds)}", ""]  # fmt: skip
    if result.score is None:
        return "\n".join([*lines, text["none"], ""])
    lines += [f"## {text['dimensions']}", "", f"| {text['name']} | {text['value']} | |", "|---|---|---|"]
    lines += [
        f"| {text[name]} | {_percent(share.value)} | {share.part:g} / {share.whole:g} |"
        for name, share in result.dimensions.items()
    ]
    lines += ["", f"## {text['topics']}", ""]
    names = {topic: plain(topic_name(topic, result.language)) for topic in result.topics}
    lines += [f"- {names[topic]}: {_percent(score)}" for topic, score in result.topics.items()]
    for name, members in (("strongest", result.strongest), ("weakest", result.weakest)):
        if members:
            lines += ["", f"## {text[name]}", ""]
            lines += [f"- {_percent(member.score)} {quoted(member.text)}" for member in members]
    if result.reading:
        lines += ["", f"## {text['reading']}", ""]
        lines += [
            f"- {plain(passage.title)} · {quoted(passage.question)} ({plain(passage.source)})"
            for passage in result.reading
        ]
    lines += ["", f"## {text['questions']}"]
    for member in result.results:
        lines += ["", *_question_lines(member, result.language)]
    return "\n".join([*lines, ""])


def _question_lines(member: Result, language: Language) -> list[str]:
    text = _TEXT[language]
    round_ = member.round
    lines = [f"### {member.number + 1}. {quoted(member.text)}", ""]
    shares = " · ".join(f"{text[name]} {_percent(share.value)}" for name, share in member.dimensions.items())
    told = [f"{text['score']}: **{_percent(member.score)}**", plain(topic_name(member.topic, language))]
    told += [text[member.outcome], _clock(round_.seconds), f"{text['hints']}: {round_.hints}"]
    lines += [" · ".join(told), "", shares]
    for place, answer in enumerate(round_.answers):
        asked = f"{text['follow_up']}: {quoted(round_.follow_ups[place - 1].text)}\n\n" if place else ""
        lines += ["", f"{asked}{text['answer']}: {plain(answer)}"]
    contested = {contest.point for contest in round_.contests}
    points = round_.grade.points if round_.grade else ()
    lines += [""] if points else []
    lines += [f"- {point_line(point, language, contested=place in contested)}" for place, point in enumerate(points)]
    remarks = round_.grade.remarks if round_.grade else ()
    told = [*remarks, *([plan] if (plan := advice(round_, language)) and round_.answers else [])]
    lines += [line for remark in told for line in ("", plain(remark))]
    better = ["", f"{text['better']}:", "", without_marks(round_.improved)] if round_.improved else []
    return [*lines, *better]


def html(result: Report) -> str:
    """Return the report as one HTML page without outside parts, fit for printing to PDF."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    text = _TEXT[result.language]
    writer = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin, renderer=_formula)
    head, _, rest = markdown(result).partition("\n## ")
    pictures = ""
    if result.score is not None:
        pictures = radar([(text[name], share.value) for name, share in result.dimensions.items()], text["dimensions"])
        pictures += trend(result.trend, text["trend"]) if result.trend else ""
    body = writer.render(head) + pictures + (writer.render(f"## {rest}") if rest else "")
    return (
        f'<!doctype html>\n<html lang="{result.language}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{text['title']}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _formula(tex: str, how: Mapping[str, object]) -> str:
    """Write a formula so that it is set without a script; its source where it can't be converted."""
    return mathml(tex, "block" if how.get("display_mode") else "inline") or f"<code>{escape(tex)}</code>"


_STYLE = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.6 system-ui,sans-serif;color:#111}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ccc;text-align:left}"
    "h3,li{break-inside:avoid}h2,h3{break-after:avoid}svg{max-width:100%;height:auto}"
    "@page{size:A4;margin:18mm}@media print{body{margin:0;max-width:none;font-size:11pt}}"
)


def anki(result: Report) -> str:
    """Return the points that were missed as CSV for Anki: front, back, tags."""
    text = _TEXT[result.language]
    out = io.StringIO()
    out.write("#separator:Comma\n#html:false\n#columns:Front,Back,Tags\n#tags column:3\n")
    writer = csv.writer(out, lineterminator="\n")
    for member in result.results:
        points = member.round.grade.points if member.round.grade else ()
        asked = {follow_up.point: follow_up.text for follow_up in member.round.follow_ups}
        for point in missed(member.round):
            place = f"{text['point']} {points.index(point) + 1}/{len(points)}"
            front = f"{member.text}\n{asked.get(point.point, place)}"
            writer.writerow([front, point.source or point.point.quote, re.sub(r"\s+", "-", member.topic)])
    return out.getvalue()


def plain(text: str) -> str:
    """Return text in one line that Markdown shows as it stands: for words that are nobody's markup."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def quoted(text: str) -> str:
    """Return an article's text in one line: formulas and emphasis stay, HTML does not."""
    return " ".join(text.split()).replace("<", "&lt;")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
