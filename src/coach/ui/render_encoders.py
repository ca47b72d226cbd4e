"""Encoders and rerankers → HTML: which is used, those to be had, and how far a change is. Pure, all text escaped."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Literal

from coach.ui.render_models import button, duration, size
from coach.ui.texts.models import ModelTexts

if TYPE_CHECKING:
    from coach.encoders import Change, Choice

Kind = Literal["encoder", "reranker"]


def meaning_html(
    encoders: "Sequence[Choice]", rerankers: "Sequence[Choice]", t: ModelTexts, *, offline: bool, busy: bool = False
) -> str:
    """Return both lists; `busy` tells that a reranker is being loaded."""
    going = any(choice.change and choice.change.going_on for choice in (*encoders, *rerankers))
    return _section("encoder", encoders, t, offline=offline, going=going) + _section(
        "reranker", rerankers, t, offline=offline, going=going, note=t.meaning_loading if busy else ""
    )


def _section(
    kind: Kind, choices: "Sequence[Choice]", t: ModelTexts, *, offline: bool, going: bool, note: str = ""
) -> str:
    title, about = (t.encoders, t.encoders_about) if kind == "encoder" else (t.rerankers, t.rerankers_about)
    rows = "".join(_row(kind, choice, t, offline=offline, going=going) for choice in choices)
    waiting = f'<p class="waiting"><span class="pulse"></span>{note}</p>' if note else ""
    return (
        f'<section class="meaning" id="{kind}s"><h2>{title}</h2><p class="about">{about}</p>{waiting}'
        f'<ul class="models">{rows}</ul></section>'
    )


def _row(kind: Kind, choice: "Choice", t: ModelTexts, *, offline: bool, going: bool) -> str:
    name = t.encoder_bundled if choice.name == "bundled" else choice.name
    mark = ""
    if choice.used or choice.installed:
        mark = f'<span class="mark-running">{t.running}</span>' if choice.used else f"<span>{t.installed}</span>"
    facts = [t.languages[language] for language in choice.languages]
    facts += [t.size.format(size=size(choice.size))] if choice.size and not choice.installed else []
    facts.append(choice.licence or t.own)
    change = _change(choice.change, t) if choice.change else ""
    return (
        f'<li class="model" data-name="{escape(choice.name)}"><div class="what"><h3>{escape(name)}{mark}</h3>'
        f'<p class="facts">{escape(" · ".join(facts))}</p>{change}</div>'
        f'<div class="actions">{_actions(kind, choice, t, offline=offline, going=going)}</div></li>'
    )


def _actions(kind: Kind, choice: "Choice", t: ModelTexts, *, offline: bool, going: bool) -> str:
    if choice.change and choice.change.going_on:
        return button("meaning-cancel", choice.name, t.meaning_cancel)
    if choice.used:
        return button("reranker-use", "none", t.reranker_none) if kind == "reranker" else ""
    if going:  # one at a time
        return ""
    if choice.installed:
        return button(f"{kind}-use", choice.name, t.use)
    return "" if offline else button("meaning-pull", choice.name, t.download)


def _change(change: "Change", t: ModelTexts) -> str:
    """How far a change is: a line of text, a bar, and that search goes on."""
    if change.state in ("done", "cancelled"):
        return ""
    if change.state == "failed":
        return f'<p class="tight" role="alert">{escape(change.problem)}</p>'
    share = change.done / change.total if change.total else 0.0
    told = {
        "waiting": t.meaning_waiting,
        "loading": t.meaning_loading,
        "downloading": t.meaning_downloading.format(done=size(change.done), total=size(change.total)),
        "embedding": t.embedding.format(done=change.done, total=change.total),
    }[change.state]
    left = t.embedding_left.format(left=duration(change.seconds, t)) if change.seconds else ""
    note = f'<p class="facts">{t.meanwhile}</p>' if change.state == "embedding" else ""
    return (
        f'<div class="progress"><p>{escape(told)}<span>{escape(left)}</span></p>'
        f'<progress max="1" value="{share:.3f}"></progress></div>{note}'
    )
