"""The library → HTML: the table of articles, the preview of one, the progress of an ingest. Pure, all text escaped."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import PurePath

from coach.records import Article, Outcome, Passage, Progress, Question
from coach.ui.markdown import to_html
from coach.ui.texts import Texts

Dropped = Sequence[tuple[int, str, str]]
"""Lines that cleaning took out: line number, text, rule."""

Deleted = Sequence[tuple[str, str, str]]
"""Articles that were taken out of the library: id, title, when."""


def articles_html(articles: Sequence[Article], t: Texts, *, chosen: str = "") -> str:
    """Return the table of articles; the one in the preview is marked."""
    if not articles:
        return f'<p class="quiet">{t.no_articles}</p>'
    head = "".join(
        f'<th class="{kind}" scope="col">{name}</th>'
        for kind, name in (
            ("", t.column_title),
            ("number", t.column_questions),
            ("number", t.column_passages),
            ("source", t.column_source),
            ("when", t.column_when),
        )
    )
    rows = "".join(_row(article, chosen=article.id == chosen) for article in articles)
    return (
        f'<div class="table"><table class="articles"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(article: Article, *, chosen: bool) -> str:
    mark = ' aria-current="true"' if chosen else ""
    return (
        f'<tr data-open="{escape(article.id)}"{mark}><td><button type="button" data-open="{escape(article.id)}">'
        f'{escape(article.title)}</button></td><td class="number">{article.questions}</td>'
        f'<td class="number">{article.passages}</td><td class="source">{escape(article.source)}</td>'
        f'<td class="when">{escape(when(article.ingested_at))}</td></tr>'
    )


def deleted_html(deleted: Deleted, t: Texts) -> str:
    """Return the articles that were taken out, each with a way back; nothing if there are none."""
    if not deleted:
        return ""
    rows = "".join(
        f"<li><span>{escape(title)}</span><span>{escape(when(moment))}</span>{_restore(article, t)}</li>"
        for article, title, moment in deleted
    )
    return (
        f'<details class="deleted"><summary>{t.deleted.format(count=len(deleted))}</summary><ul>{rows}</ul></details>'
    )


def removed_html(article: str, title: str, t: Texts) -> str:
    """Say that an article was taken out, with a way back."""
    told = escape(t.deleted_one.format(title=title))
    return f'<div class="progress" role="status"><p>{told}{_restore(article, t)}</p></div>'


def _restore(article: str, t: Texts) -> str:
    return (
        f'<button type="button" class="action" data-event="undo" data-article="{escape(article)}">{t.restore}</button>'
    )


def when(moment: str) -> str:
    """Return an ISO moment as local date and time to the minute; anything else as it is."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment


def article_html(
    article: Article, questions: Sequence[Question], passages: Sequence[Passage], dropped: Dropped, t: Texts
) -> str:
    """Return the preview of an article: what was found in it, and what was left out and why."""
    topics = f"<p class='quiet'>{t.topics} · {escape('，'.join(article.topics))}</p>" if article.topics else ""
    return (
        f'<article class="preview" id="article-{escape(article.id)}"><h2>{escape(article.title)}</h2>'
        f'<button type="button" class="action" data-event="delete" data-article="{escape(article.id)}" '
        f'data-title="{escape(article.title)}">{t.delete}</button>'
        f'<p class="source">{escape(article.source)}</p>{topics}'
        + _section(t.section_questions, len(questions), _questions(questions, t), opened=True)
        + _section(t.section_passages, len(passages), "".join(_passage(passage, t) for passage in passages))
        + _section(t.section_dropped, len(dropped), _dropped(article.id, dropped, t))
        + "</article>"
    )


def _section(name: str, count: int, body: str, *, opened: bool = False) -> str:
    return f"<details{' open' if opened else ''}><summary>{name.format(count=count)}</summary>{body}</details>"


def _questions(questions: Sequence[Question], t: Texts) -> str:
    items = []
    for question in questions:
        missing = "" if question.answered else f'<span class="quiet"> {t.no_answer}</span>'
        button = f'<button type="button" class="link" data-ask="{escape(question.text)}" title="{t.ask_this}">'
        items.append(f"<li>{button}{escape(question.text)}</button>{missing}</li>")
    return f'<ol class="questions">{"".join(items)}</ol>'


def _passage(passage: Passage, t: Texts) -> str:
    place = t.page.format(page=passage.page) if passage.page else t.line.format(line=passage.line_no)
    headings = " › ".join([*passage.headings, *([passage.question] if passage.question else [])])
    return (
        f'<div class="piece"><p class="place"><span>{escape(headings)}</span><span>{place}</span></p>'
        f'<div class="prose-text">{to_html(passage.text)}</div></div>'
    )


def _dropped(article: str, dropped: Dropped, t: Texts) -> str:
    if not dropped:
        return f'<p class="quiet">{t.dropped_none}</p>'
    rows = "".join(
        f'<li><span class="number">{line_no}</span><del>{escape(text.strip())}</del>'
        f'<span class="rule">{escape(t.rules.get(rule, rule))}</span>'
        f'<button type="button" class="action" data-event="apply" data-article="{escape(article)}" '
        f'data-line="{line_no}">{t.keep}</button></li>'
        for line_no, text, rule in dropped
    )
    return f'<p class="quiet">{t.dropped_about}</p><ul class="dropped">{rows}</ul>'


def progress_html(reports: Sequence[Progress], t: Texts, *, finished: bool = False) -> str:
    """Return how far an ingest is: a bar, counts per outcome, and each failure with its reason."""
    last = reports[-1] if reports else None
    counts = Counter(report.status for report in reports)
    names: dict[Outcome, str] = {
        "added": t.added,
        "updated": t.updated,
        "unchanged": t.unchanged,
        "removed": t.removed,
        "failed": t.failed_count,
    }
    told = " · ".join(name.format(count=counts[status]) for status, name in names.items() if counts[status])
    failures = "".join(
        f"<li><strong>{escape(report.article)}</strong> {escape(report.reason)}</li>"
        for report in reports
        if report.status == "failed"
    )
    at = t.reingesting
    if last:
        at = t.ingest_progress.format(done=last.done, total=last.total, article=PurePath(last.article).name)
    share = 1.0 if finished else (last.done / last.total if last and last.total else 0.0)
    return (
        f'<div class="progress" role="status"><p>{t.ingest_done if finished else escape(at)}<span>{told}</span></p>'
        f'<progress max="1" value="{share:.3f}"></progress>{f"<ul>{failures}</ul>" if failures else ""}</div>'
    )
