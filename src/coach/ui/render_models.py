"""The models → HTML: which one is in use, those to be had, and the progress of downloads. Pure, all text escaped."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from coach.ui.texts.models import ModelTexts

if TYPE_CHECKING:
    from coach.llm.download import Pull
    from coach.llm.setup import Tuned
    from coach.llm.store import ModelInfo

ACTIVE = ("asking", "checking", "loading", "waiting")
"""States of a download that goes on."""
FIRST = 900
"""Tokens of a first question's prompt that are not kept from before: passages, question."""


def using_html(infos: "Sequence[ModelInfo]", t: ModelTexts, *, name: str, total: int, free: int, busy: bool) -> str:
    """Return what answers now, and this machine's memory. `name` is the model's, also of one on a server."""
    running = next((info for info in infos if info.running), None)
    title = running.title if running else name
    head = f"<h2>{escape(title)}</h2>" if title else f"<h2>{t.none_used}</h2>"
    told = [t.memory.format(total=size(total), free=size(free))]
    if running:
        told.insert(0, t.needs.format(needed=size(running.needed)))
        told += [pace(running.tuned, t)] if running.tuned else []
    elif not title:
        told.insert(0, t.none_more)
    buttons = button("without", "", t.without) if title else ""
    if not title and any(info.path and not info.problem for info in infos):
        buttons = button("auto", "", t.choose)
    note = f'<p class="waiting"><span class="pulse"></span>{t.changing}</p>' if busy else ""
    label = f'<p class="quiet">{t.using}</p>' if title else ""
    return (
        f'<section class="in-use" role="status"><div>{label}{head}<p class="facts">{" · ".join(told)}</p>{note}</div>'
        f'<div class="actions">{buttons}</div></section>'
    )


def pace(tuned: "Tuned", t: ModelTexts) -> str:
    """Return how fast this machine reads and writes with a model, in words."""
    reads, writes = (f"{speed:.0f}" if speed >= 10 else f"{speed:.1f}" for speed in (tuned.reads, tuned.writes))
    return t.pace.format(reads=reads, writes=writes, first=duration(FIRST / tuned.reads, t))


def models_html(infos: "Sequence[ModelInfo]", t: ModelTexts, *, asked: str = "", offline: bool = False) -> str:
    """Return the list of models; `asked` names the one whose deletion has to be confirmed."""
    rows = "".join(_row(info, t, asked=info.name == asked, offline=offline) for info in infos)
    note = f'<p class="quiet">{t.offline}</p>' if offline else ""
    return f'{note}<ul class="models">{rows}</ul>'


def _row(info: "ModelInfo", t: ModelTexts, *, asked: bool, offline: bool) -> str:
    marks = "".join(
        f'<span class="mark-{kind}">{text}</span>'
        for kind, text, shown in (
            ("best", t.best, info.recommended),
            ("running", t.running, info.running),
            ("installed", t.installed, bool(info.path) and not info.running and not info.problem),
            ("unusable", t.unusable, bool(info.problem)),
        )
        if shown
    )
    facts = [] if info.path or not info.size else [t.size.format(size=size(info.size))]
    facts += [t.needs.format(needed=size(info.needed))] if info.needed else []
    facts.append(info.licence or t.own)
    tight = "" if info.fits else f'<p class="tight">{t.tight}</p>'
    problem = f'<p class="tight">{escape(info.problem)}</p>' if info.problem else ""
    pull = _pull(info.pull, t) if info.pull else ""
    ask = f'<p class="ask" role="alert">{escape(t.remove_ask.format(title=info.title))}</p>' if asked else ""
    return (
        f'<li class="model" id="model-{escape(info.name)}"><div class="what"><h3>{escape(info.title)}{marks}</h3>'
        f'<p class="facts">{escape(" · ".join(facts))}</p>{tight}{problem}{pull}{ask}</div>'
        f'<div class="actions">{_actions(info, t, asked=asked, offline=offline)}</div></li>'
    )


def _actions(info: "ModelInfo", t: ModelTexts, *, asked: bool, offline: bool) -> str:
    if asked:
        return button("remove", info.name, t.remove, warn=True) + button("keep", info.name, t.remove_keep)
    if info.pull and info.pull.state in ACTIVE:
        return button("pause", info.name, t.pause)
    if info.pull:
        go_on = "" if offline else button("pull", info.name, t.go_on, strong=True)
        return go_on + button("cancel", info.name, t.cancel)
    if not info.path:
        return "" if offline else button("pull", info.name, t.download, strong=info.recommended)
    use = "" if info.running or info.problem else button("use", info.name, t.use)
    return use + button("ask", info.name, t.remove)


def button(action: str, name: str, text: str, *, strong: bool = False, warn: bool = False) -> str:
    """Return a button that does something to a model."""
    kind = " strong" if strong else " warn" if warn else ""
    return (
        f'<button type="button" class="do{kind}" data-event="apply" data-action="{action}" '
        f'data-model="{escape(name)}">{text}</button>'
    )


def _pull(pull: "Pull", t: ModelTexts) -> str:
    """How far a download is: a line of text and a bar."""
    share = pull.done / pull.total if pull.total else 0.0
    done, total = size(pull.done), size(pull.total) if pull.total else "?"
    told = {
        "asking": t.asking.format(source=pull.source or "…"),
        "checking": t.checking.format(share=f"{share:.0%}"),
        "loading": t.loading.format(done=done, total=total, source=pull.source),
        "waiting": t.waiting.format(source=pull.source, seconds=duration(pull.seconds or 0, t)),
        "paused": t.paused.format(done=done, total=total),
    }.get(pull.state, t.failed)
    pace = ""
    if pull.state == "loading" and pull.speed and pull.seconds is not None:
        pace = t.speed.format(speed=size(int(pull.speed)), left=duration(pull.seconds, t))
    detail = f'<p class="tight">{escape(pull.detail)}</p>' if pull.detail else ""
    return (
        f'<div class="progress"><p>{escape(told)}<span>{escape(pace)}</span></p>'
        f'<progress max="1" value="{share:.3f}"></progress>{detail}</div>'
    )


def size(count: int) -> str:
    """Return bytes as a person reads them.

    >>> size(2_497_280_256), size(688_065_920), size(900)
    ('2.5 GB', '688 MB', '1 KB')
    """
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{-(-count // 1000)} KB"


def duration(seconds: float, t: ModelTexts) -> str:
    """Return a time in its one fitting unit, rounded up."""
    if seconds < 90:
        return t.seconds.format(count=max(1, round(seconds)))
    if seconds < 5400:
        return t.minutes.format(count=max(2, round(seconds / 60)))
    return t.hours.format(count=max(2, round(seconds / 3600)))
