"""The library → HTML: the table of articles, what to look at, the preview of one. Pure, all text escaped."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from html import escape

from coach.records import Article, Contradiction, Passage, Question
from coach.ui.escaping import safe
from coach.ui.markdown import inline, to_html
from coach.ui.texts import Count, Texts

ROWS = 300
"""Rows that the table shows; with more of them the reader searches."""

Dropped = Sequence[tuple[int, str, str]]
"""Lines that cleaning took out: line number, text, rule."""

Deleted = Sequence[tuple[str, str, str]]
"""Articles that were taken out of the library: id, title, when."""

Failures = Sequence[tuple[str, str, str]]
"""Files that could not be read: source, reason, when."""


def articles_html(
    articles: Sequence[Article],
    t: Texts,
    *,
    failures: Failures = (),
    missing: Collection[str] = (),
    words: str = "",
    chosen: str = "",
) -> str:
    """Return the table of articles and of files that could not be read.

    Args:
        articles: All articles.
        t: The language.
        failures: Files that could not be read.
        missing: Ids of the articles whose file is gone.
        words: Only what holds all of them in title, source or topics is shown.
        chosen: Id of the article in the preview, which is marked.
    """
    if not articles and not failures:
        return f'<p class="quiet">{t.no_articles}</p>'
    shown = [a for a in articles if matches(words, a.title, *(a.sources or (a.source,)), *a.topics)]
    failed = [failure for failure in failures if matches(words, failure[0])]
    if not shown and not failed:
        return f'<p class="quiet">{safe(t.no_match.format(words=words.strip()))}</p>'
    columns = (
        ("", t.column_title),
        ("number", t.column_questions),
        ("number", t.column_passages),
        ("state", t.column_status),
        ("when", t.column_when),
    )
    head = "".join(f'<th class="{kind}" scope="col">{name}</th>' for kind, name in columns)
    rows = [_failure(*failure, t) for failure in failed]
    rows += [_row(article, t, gone=article.id in missing, chosen=article.id == chosen) for article in shown]
    more = len(rows) - ROWS
    rest = f'<p class="quiet">{t.rows_more.format(count=Count(more))}</p>' if more > 0 else ""
    return (
        f'<div class="table"><table class="articles"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows[:ROWS])}</tbody></table></div>{rest}"
    )


def matches(words: str, *texts: str) -> bool:
    """Whether the texts hold all the words, in any case."""
    held = "\n".join(texts).casefold()
    return all(word in held for word in words.casefold().split())


def _row(article: Article, t: Texts, *, gone: bool, chosen: bool) -> str:
    mark = ' aria-current="true"' if chosen else ""
    kind, state = ("missing", t.state_missing) if gone else ("ok", t.state_ok)
    return (
        f'<tr data-open="{escape(article.id)}"{mark}><td><button type="button" data-open="{escape(article.id)}">'
        f'{safe(article.title)}</button><span class="source">{safe(article.source)}</span></td>'
        f'<td class="number">{article.questions}</td><td class="number">{article.passages}</td>'
        f'<td class="state {kind}">{state}</td><td class="when">{safe(when(article.ingested_at))}</td></tr>'
    )


def _failure(source: str, reason: str, moment: str, t: Texts) -> str:
    return (
        f'<tr class="failure"><td><span class="name">{safe(source)}</span><span class="reason">{safe(reason)}</span>'
        f'</td><td class="number">–</td><td class="number">–</td><td class="state failed">{t.state_failed}</td>'
        f'<td class="when">{safe(when(moment))}</td></tr>'
    )


def notes_html(missing: Sequence[Article], contradictions: Sequence[Contradiction], deleted: Deleted, t: Texts) -> str:
    """Return what to look at: articles without a file, articles that disagree, articles that were taken out."""
    return _missing(missing, t) + _contradictions(contradictions, t) + deleted_html(deleted, t)


def _missing(missing: Sequence[Article], t: Texts) -> str:
    if not missing:
        return ""
    rows = "".join(
        f'<li><span>{safe(article.title)}</span><span class="source">{safe(article.source)}</span></li>'
        for article in missing
    )
    return (
        f'<details class="note missing"><summary>{t.missing.format(count=len(missing))}</summary>'
        f'<p class="quiet">{t.missing_about}</p><ul>{rows}</ul>'
        f'<button type="button" class="do warn" data-event="clear">{t.prune}</button></details>'
    )


def _contradictions(found: Sequence[Contradiction], t: Texts) -> str:
    if not found:
        return ""
    pairs = "".join(
        f'<li><p class="kind">{t.kinds[each.kind]}</p><div class="sides">'
        f"{_side(each.first, each.first_sentence)}{_side(each.second, each.second_sentence)}</div></li>"
        for each in found
    )
    return (
        f'<details class="note contradictions"><summary>{t.contradictions.format(count=len(found))}</summary>'
        f'<p class="quiet">{t.contradictions_about}</p><ul>{pairs}</ul></details>'
    )


def _side(question: Question, sentence: str) -> str:
    return (
        f'<div class="side"><p class="sentence">{inline(sentence)}</p><p class="of">'
        f'<button type="button" class="link" data-open="{escape(question.article)}">{safe(question.title)}</button>'
        f"<span>{safe(question.text)}</span></p></div>"
    )


def deleted_html(deleted: Deleted, t: Texts) -> str:
    """Return the articles that were taken out, each with a way back; nothing if there are none."""
    if not deleted:
        return ""
    rows = "".join(
        f"<li><span>{safe(title)}</span><span>{safe(when(moment))}</span>{_restore(article, t)}</li>"
        for article, title, moment in deleted
    )
    head = t.deleted.format(count=len(deleted))
    return f'<details class="note deleted"><summary>{head}</summary><ul>{rows}</ul></details>'


def removed_html(article: str, title: str, t: Texts) -> str:
    """Say that an article was taken out, with a way back."""
    told = safe(t.deleted_one.format(title=title))
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
    article: Article,
    questions: Sequence[Question],
    passages: Sequence[Passage],
    dropped: Dropped,
    t: Texts,
    *,
    linked: Mapping[str, Sequence[Question]] | None = None,
) -> str:
    """Return the preview of an article: what was found in it, and what was left out and why.

    `linked` holds, by a question's id, the questions of other articles that ask the same.
    """
    topics = f"<p class='quiet'>{t.topics} · {safe('，'.join(article.topics))}</p>" if article.topics else ""
    sources = "".join(_source(source, t) for source in article.sources or (article.source,))
    return (
        f'<article class="preview" id="article-{escape(article.id)}"><h2>{safe(article.title)}</h2>{sources}{topics}'
        f'<button type="button" class="action" data-event="delete" data-article="{escape(article.id)}" '
        f'data-title="{safe(article.title)}">{t.delete}</button>'
        + _section(t.section_questions, len(questions), _questions(questions, linked or {}, t), opened=True)
        + _section(t.section_passages, len(passages), "".join(_passage(passage, t) for passage in passages))
        + _section(t.section_dropped, len(dropped), _dropped(article.id, dropped, t))
        + "</article>"
    )


def _source(source: str, t: Texts) -> str:
    """A page leads to its address; a file is only named, since a page can't open files."""
    if web_address(source):
        link = f'<a href="{safe(source)}" target="_blank" rel="noopener noreferrer">{t.open_web}</a>'
    else:
        link = (
            f'<button type="button" class="action" data-copy="{safe(source)}" data-done="{t.copied}">'
            f"{t.copy_path}</button>"
        )
    return f'<p class="source"><span>{safe(source)}</span>{link}</p>'


def web_address(source: str) -> bool:
    """Whether a source is the address of a web page, and of nothing else that a link could do."""
    return bool(re.fullmatch(r"https?://[^\s\"'<>\\]+", source, re.IGNORECASE))


def _section(name: str, count: int, body: str, *, opened: bool = False) -> str:
    return f"<details{' open' if opened else ''}><summary>{name.format(count=count)}</summary>{body}</details>"


def _questions(questions: Sequence[Question], linked: Mapping[str, Sequence[Question]], t: Texts) -> str:
    items = []
    for question in questions:
        missing = "" if question.answered else f'<span class="quiet"> {t.no_answer}</span>'
        button = f'<button type="button" class="link" data-ask="{safe(question.text)}" title="{t.ask_this}">'
        others = "".join(_linked(other, t) for other in linked.get(question.id, ()))
        others = f'<ul class="linked">{others}</ul>' if others else ""
        items.append(f"<li>{button}{safe(question.text)}</button>{missing}{others}</li>")
    return f'<ol class="questions">{"".join(items)}</ol>'


def _linked(other: Question, t: Texts) -> str:
    name = safe(t.linked.format(title=other.title))
    return (
        f'<li><button type="button" class="link" data-open="{escape(other.article)}">{name}</button>'
        f"<span>{safe(other.text)}</span></li>"
    )


def _passage(passage: Passage, t: Texts) -> str:
    place = t.page.format(page=passage.page) if passage.page else t.line.format(line=passage.line_no)
    headings = " › ".join([*passage.headings, *([passage.question] if passage.question else [])])
    return (
        f'<div class="piece"><p class="place"><span>{safe(headings)}</span><span>{place}</span></p>'
        f'<div class="prose-text">{to_html(passage.text)}</div></div>'
    )


def _dropped(article: str, dropped: Dropped, t: Texts) -> str:
    if not dropped:
        return f'<p class="quiet">{t.dropped_none}</p>'
    rows = "".join(
        f'<li><span class="number">{line_no}</span><del>{safe(text.strip())}</del>'
        f'<span class="rule">{safe(t.rules.get(rule, rule))}</span>'
        f'<button type="button" class="action" data-event="apply" data-article="{escape(article)}" '
        f'data-line="{line_no}">{t.keep}</button></li>'
        for line_no, text, rule in dropped
    )
    return f'<p class="quiet">{t.dropped_about}</p><ul class="dropped">{rows}</ul>'
