"""Exchanges, evidence and starter questions → HTML. Pure: every text from outside is escaped on its way in."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import PurePath

from coach.records import Answer, Question, Status, Waiting
from coach.talk.conversations import Exchange
from coach.ui.background import Background
from coach.ui.conversation import Evidence, evidence, standing
from coach.ui.markdown import MarkOf, highlight, inline, to_html
from coach.ui.render_interview import KEYS
from coach.ui.texts import Count, Texts
from coach.ui.texts.interview import INTERVIEW_TEXTS
from coach.ui.transcript import copy_text

_CODE_OR_TABLE = re.compile(r"^```.*?(?:^```|\Z)|^\|[^\n]*$", re.DOTALL | re.MULTILINE)
EXCERPT = 110
"""Characters of a passage that nothing cites, before it is opened."""


def past_html(exchanges: Sequence[Exchange], t: Texts, *, earlier: int = 0, model: str = "") -> str:
    """Return finished exchanges, one under the other; `earlier` ones go before them and wait behind a button."""
    more = t.earlier_exchanges.format(count=Count(earlier))
    button = f'<button type="button" class="earlier" data-event="expand">{more}</button>' if earlier else ""
    return button + "".join(
        exchange_html(exchange, t, number=number, model=model, latest=False)
        for number, exchange in enumerate(exchanges, start=earlier + 1)
    )


def exchange_html(exchange: Exchange, t: Texts, *, number: int, model: str = "", latest: bool = True) -> str:
    """Return one question with its answer and, beside it, its evidence; of earlier ones only what they cite."""
    shown = [item for item in evidence(exchange) if latest or item.number]
    form = _edit_form(exchange, t) if latest and not exchange.going_on else ""
    busy = ' aria-busy="true"' if exchange.going_on else ""
    return (
        f'<article class="exchange {exchange.stage}" id="t{number}"{busy}>'
        f'<h2 class="asked">{escape(exchange.question)}</h2>{form}'
        f'<div class="columns"><section class="answer">{_body(exchange, t, number, shown)}'
        f"{_foot(exchange, t, model, latest)}</section>"
        f'<aside class="evidence" aria-label="{escape(t.evidence_about)} {number}">'
        f"{evidence_html(exchange, shown, t, number=number)}</aside></div></article>"
    )


def _edit_form(exchange: Exchange, t: Texts) -> str:
    """The question in a field of its own, to be asked in other words; hidden until "edit" is pressed."""
    return (
        '<form class="edit" data-event="submit" data-again="1">'
        f'<textarea name="question" rows="2" maxlength="2000" aria-label="{t.edit_question}">'
        f"\n{escape(exchange.question)}</textarea>"
        f'<button type="submit" class="action strong">{t.edit_send}</button>'
        f'<button type="button" class="action" data-edit>{t.cancel}</button></form>'
    )


def _body(exchange: Exchange, t: Texts, number: int, shown: Sequence[Evidence]) -> str:
    answer = standing(exchange)
    anchor = f"t{number}-p"
    if exchange.stage == "failed":
        problem = escape(exchange.problem or t.unexpected)
        return f'<div class="notice" role="alert"><h3>{t.failed}</h3><p>{problem}</p></div>'
    if answer and answer.abstained:
        return abstained_html(answer, t)
    waits = waiting_html(_wait(exchange, t)) if exchange.going_on and not exchange.draft else ""
    if answer:
        numbers = {item.number for item in shown if item.number}
        html = to_html(answer.text, numbers=numbers, anchor=anchor, mark_of=_mark_of(shown))
        note = f'<p class="quiet">{t.preview_note}</p>' if waits else ""
        return f'{waits}<div class="prose-text">{html}</div>{note}'
    numbers = {item.number for item in shown}
    draft = f'<div class="prose-text">{to_html(exchange.draft, numbers=numbers, anchor=anchor)}</div>'
    if exchange.stage == "stopped":
        return f'{draft}<p class="quiet">{t.stopped} · {t.stopped_more}</p>'
    return waits or draft


def _wait(exchange: Exchange, t: Texts) -> str:
    """What an answer without a word yet is waiting for."""
    told = waiting_words(exchange.waiting, t) if exchange.waiting else ""
    return told or (t.writing if exchange.hits else t.searching)


def waiting_words(waiting: Waiting, t: Texts) -> str:
    """Return how many go before, and when the first word is expected; "" if neither is known."""
    place = t.wait_place.format(place=waiting.place) if waiting.place else ""
    seconds = "" if waiting.seconds is None else t.wait_seconds.format(seconds=max(1, round(waiting.seconds)))
    return " · ".join(part for part in (place, seconds) if part)


def _mark_of(shown: Sequence[Evidence]) -> MarkOf:
    """Return which marked range of passage `n` a cited sentence leads to: the one with the likest words."""

    def mark_of(number: int, sentence: str) -> int:
        item = next(item for item in shown if item.number == number)
        likeness = [len(_pairs(sentence) & _pairs(citation.quote)) for citation in item.citations]
        return likeness.index(max(likeness))

    return mark_of


def _pairs(text: str) -> set[str]:
    plain = "".join(char for char in text if char.isalnum())
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def abstained_html(answer: Answer, t: Texts) -> str:
    """Say kindly that the articles don't cover it, and offer the questions that they do."""
    if not answer.nearest:
        return f'<div class="notice"><h3>{t.abstained}</h3></div>'
    questions = "".join(f"<li>{_ask_button(question, t)}</li>" for question in answer.nearest)
    return (
        f'<div class="notice"><h3>{t.abstained}</h3><p>{t.abstained_more}</p>'
        f'<ul class="nearest" aria-label="{t.nearest}">{questions}</ul></div>'
    )


def _ask_button(question: Question, t: Texts) -> str:
    source = f'<span class="from">{escape(question.title)}</span>' if question.title else ""
    return (
        f'<button type="button" class="pick" data-ask="{escape(question.text)}">'
        f'<span class="what">{escape(question.text)}</span>{source}</button>'
    )


def _foot(exchange: Exchange, t: Texts, model: str, latest: bool) -> str:
    """The quiet line under an answer: who wrote it, and what can be done with it."""
    if exchange.going_on:
        return ""
    answer = exchange.answer
    told: list[str] = []
    actions = ""
    if answer and not answer.abstained:
        told.append(t.by_llm.format(model=model) if answer.writer == "llm" else t.by_extractive)
        actions = (
            f'<button type="button" class="action" data-copy="{escape(copy_text(answer))}" data-done="{t.copied}">'
            f"{t.copy}</button>"
        )
    if answer and answer.note:
        told.append(answer.note)
    if latest:
        again = f'data-ask="{escape(exchange.question)}" data-again'
        actions += (
            f'<button type="button" class="action" {again}>{t.again}</button>'
            f'<button type="button" class="action" data-edit>{t.edit_question}</button>'
        )
    return f'<footer><span class="told">{escape(" · ".join(told))}</span><span>{actions}</span></footer>'


def evidence_html(exchange: Exchange, shown: Sequence[Evidence], t: Texts, *, number: int) -> str:
    """Return the passages: the cited ones numbered as in the answer, with the supporting sentences marked."""
    if exchange.stage == "failed" or (exchange.stage == "searching" and not shown):
        return ""
    answer = standing(exchange)
    cited = [item for item in shown if item.number]
    rest = [item for item in shown if not item.number]
    if not shown:
        return "" if answer and answer.abstained else f'<p class="quiet">{t.evidence_none}</p>'
    count = t.evidence_cited.format(cited=len(cited)) if answer else t.evidence_draft.format(found=len(shown))
    cards = [_card(item, t, f"t{number}-p{item.number}") for item in cited]
    more = [_card(item, t, f"t{number}-m{index}") for index, item in enumerate(rest, start=1)]
    html = f"<h3>{t.evidence}<span>{count}</span></h3>{''.join(cards)}" if cited else ""
    if more and answer and answer.abstained:
        return f"<details><summary>{t.evidence_weak.format(found=Count(len(more)))}</summary>{''.join(more)}</details>"
    return html + (f"<h3>{t.evidence_other}</h3>{''.join(more)}" if more else "")


def _card(item: Evidence, t: Texts, anchor: str) -> str:
    """A passage, folded to one sentence; its head and the chips that cite it unfold it."""
    passage = item.passage
    badge = f'<span class="badge">{item.number}</span>' if item.number else ""
    text = item.citations[0].quote if item.citations else _excerpt(passage.text)
    spans = [(citation.start, citation.end) for citation in item.citations]
    question = f'<span class="question">{escape(passage.question)}</span>' if passage.question else ""
    return (
        f'<div class="passage" id="{anchor}"><a class="head" href="#{anchor}" title="{t.show_passage}">{badge}'
        f'<span class="where"><span class="title">{escape(passage.title)}</span>{question}</span></a>'
        f'<div class="excerpt">{inline(text)}</div>'
        f'<div class="full">{highlight(passage.text, spans)}'
        f'<p class="source">{escape(passage.source)}</p></div></div>'
    )


def _excerpt(text: str) -> str:
    """Cut a passage to its first prose's beginning, not inside a formula; one that is all code begins with that."""
    prose = _CODE_OR_TABLE.sub("", text).strip() or text.strip("` \n")
    flat = " ".join(prose.split("\n\n", 1)[0].split()) or "…"
    if len(flat) <= EXCERPT:
        return flat
    cut = flat[:EXCERPT]
    return (cut[: cut.rindex("$")] if cut.count("$") % 2 else cut).rstrip() + "…"


def welcome_html(examples: Sequence[Question], t: Texts, *, waiting: str = "", model: bool = True) -> str:
    """Return the empty conversation: a greeting and starter questions, or what is being waited for.

    The last lines say that it is all local and, without a language model, what one would add.
    """
    if examples:
        items = "".join(f"<li>{_ask_button(question, t)}</li>" for question in examples)
        body = f'<h3>{t.examples}</h3><ul class="examples">{items}</ul>'
    elif waiting:
        body = waiting_html(waiting)
    else:
        body = f'<p class="quiet">{t.empty_corpus}</p>'
    go = f'<button type="button" class="link" data-tab="models">{t.no_model_go}</button>'
    add = "" if model else f'<p class="quiet">{t.no_model} {go}</p>'
    start = f'<button type="button" class="to-interview" data-tab="interview">{t.to_interview}</button>'
    return (
        f'<div class="welcome"><h1>{t.welcome}</h1><p class="lead">{t.welcome_more}</p>{start}{body}'
        f'<div class="ground"><p class="quiet">{t.local_line}</p>{add}</div></div>'
    )


def waiting_html(waiting: str) -> str:
    """Say what is being waited for."""
    return f'<p class="waiting"><span class="pulse"></span>{escape(waiting)}</p>'


def header_html(t: Texts) -> str:
    """Return the name of the place, and the list of keys that `?` opens."""
    interview = INTERVIEW_TEXTS[t.code[:2]]
    asking = {key.replace(" ", "+"): getattr(interview, name) for key, name in KEYS}
    return (
        f'<div class="brand" lang="{t.code}"><span class="name">{t.title}</span>'
        f'<span class="tagline">{t.tagline}</span>'
        f'<button type="button" class="action" data-keys aria-label="{t.keys_title}">?</button></div>'
        f'<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">{t.keys_title}</h2>'
        f"{_keys(t.keys)}<h3>{interview.title}</h3>{_keys(asking)}"
        f'<button type="button" class="action strong" data-close>{t.close}</button></dialog>'
    )


def _keys(told: Mapping[str, str]) -> str:
    rows = "".join(f"<dt><kbd>{escape(key)}</kbd></dt><dd>{does}</dd>" for key, does in told.items())
    return f"<dl>{rows}</dl>"


def waiting_text(work: Background, t: Texts) -> str:
    """Return what the work behind the page is at, or "" when it is done."""
    if not work.busy:
        return ""
    if not work.ingesting:
        return t.status_warming
    now = work.progress
    if not now:
        return t.status_first
    return t.status_ingesting.format(done=now.done, total=now.total, article=PurePath(now.article).name)


def status_html(status: Status, waiting: str, problem: str, t: Texts) -> str:
    """Return the quiet line: what there is, what answers, and that it is all local; problems unfold from it."""
    writer = t.status_llm.format(model=status.model) if status.model else t.status_extractive
    stock = t.status.format(articles=Count(status.articles), questions=Count(status.questions))
    line = escape(" · ".join([stock, writer, t.status_local]))
    pulse = f'<span class="now"><span class="pulse"></span>{escape(waiting)}</span>' if waiting else ""
    problems = [text for text in (*status.problems, problem) if text]
    told = "".join(f"<p>{escape(text)}</p>" for text in problems)
    summary = f"<summary>{t.problems.format(count=len(problems))}</summary>"
    return f'<p class="line">{line}{pulse}</p>' + (
        f'<details class="problems">{summary}{told}</details>' if told else ""
    )
