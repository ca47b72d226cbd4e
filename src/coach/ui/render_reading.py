"""An ingest → HTML: its progress, what it changed, and the way to the new questions. Pure, all text escaped."""

from collections.abc import Sequence
from pathlib import PurePath

from coach.records import IngestSummary, Outcome, Question
from coach.ui.escaping import safe
from coach.ui.reading import Reading
from coach.ui.texts import Count, Texts

NAMED = 8
"""Questions named in the summary, of each kind."""


def reading_html(reading: Reading, t: Texts) -> str:
    """Return how far an ingest is: a bar, counts per outcome, each failure with its reason; at the end a summary."""
    names: dict[Outcome, str] = {
        "added": t.added,
        "updated": t.updated,
        "unchanged": t.unchanged,
        "removed": t.removed,
        "failed": t.failed_count,
    }
    told = [name.format(count=reading.counts[status]) for status, name in names.items() if reading.counts.get(status)]
    if reading.left is not None:
        told.append(t.time_left.format(time=duration(reading.left, t)))
    failures = "".join(
        f"<li><strong>{safe(PurePath(report.article).name)}</strong> {safe(report.reason)}</li>"
        for report in reading.failures
    )
    more = reading.counts.get("failed", 0) - len(reading.failures)
    failures += f"<li>{t.and_more.format(count=more)}</li>" if more > 0 else ""
    body = f'<progress max="1" value="{_share(reading):.3f}"></progress>' if reading.stage == "reading" else ""
    summary = summary_html(reading.summary, t) if reading.summary and reading.stage == "done" else ""
    return (
        f'<div class="progress {reading.stage}" role="status"><p><span class="at">{_at(reading, t)}</span>'
        f"<span>{' · '.join(told)}</span></p>{body}{f'<ul>{failures}</ul>' if failures else ''}{summary}</div>"
    )


def _at(reading: Reading, t: Texts) -> str:
    if reading.stage != "reading":
        return t.ingest_done if reading.stage == "done" else t.reading_stopped
    last = reading.last
    if last is None:
        return t.reingesting
    return safe(t.ingest_progress.format(done=last.done, total=last.total, article=PurePath(last.article).name))


def _share(reading: Reading) -> float:
    last = reading.last
    return last.done / last.total if last and last.total else 0.0


def duration(seconds: float, t: Texts) -> str:
    """Return seconds in words: steps of five seconds below a minute, else whole minutes."""
    if seconds < 60:
        return t.seconds.format(count=max(5, 5 * round(seconds / 5)))
    return t.minutes.format(count=round(seconds / 60))


def summary_html(summary: IngestSummary, t: Texts) -> str:
    """Return the questions that an ingest added, changed and removed, and a button that asks the new ones."""
    kinds = (
        ("new", t.questions_added, summary.questions_added),
        ("changed", t.questions_changed, summary.questions_changed),
        ("gone", t.questions_removed, summary.questions_removed),
    )
    parts = [_questions(kind, name, questions, t) for kind, name, questions in kinds if questions]
    if not parts:
        return f'<p class="quiet">{t.questions_same}</p>'
    quiz = f'<button type="button" class="do strong" data-event="example_select">{t.quiz}</button>'
    answered = any(question.answered for question in summary.questions_added)
    return f'<div class="summary">{"".join(parts)}{quiz if answered else ""}</div>'


def _questions(kind: str, name: str, questions: Sequence[Question], t: Texts) -> str:
    rows = "".join(f"<li>{safe(question.text)}</li>" for question in questions[:NAMED])
    more = len(questions) - NAMED
    rows += f'<li class="quiet">{t.and_more.format(count=more)}</li>' if more > 0 else ""
    head = name.format(count=Count(len(questions)))
    return f'<details class="{kind}"><summary>{head}</summary><ul>{rows}</ul></details>'
