"""The list of conversations → HTML. Pure: titles are the person's words, and are escaped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from itertools import groupby

from coach.talk.conversations import LONGEST_TITLE, ConversationInfo
from coach.ui.texts import Count, Texts

MOST = 60
"""Conversations in the list; the search finds the others."""


def side_html(
    infos: Sequence[ConversationInfo],
    t: Texts,
    *,
    now: datetime,
    language: str,
    current: str = "",
    editing: str = "",
    words: str = "",
) -> str:
    """Return the conversations by day, with what can be done with each. `current` is open, `editing` gets a name."""
    shown = infos[:MOST]
    groups = "".join(
        f"<h3>{getattr(t, name)}</h3><ul>{''.join(_row(info, t, language, current, editing) for info in group)}</ul>"
        for name, group in groupby(shown, lambda info: day(info.changed_at, now))
    )
    if not infos:
        told = t.no_conversation_match.format(words=escape(words)) if words.strip() else t.no_conversations
        groups = f'<p class="quiet">{told}</p>'
    elif len(infos) > MOST:
        groups += f'<p class="quiet">{t.conversations_more.format(count=Count(len(infos) - MOST))}</p>'
    return f'<nav class="talks" data-current="{escape(current)}" aria-label="{t.conversations}">{groups}</nav>'


def day(at: float, now: datetime) -> str:
    """Return the name of the text for the day: today, yesterday, the last seven days, or earlier."""
    days = (now.date() - datetime.fromtimestamp(at, now.tzinfo).date()) // timedelta(days=1)
    return "days_0" if days <= 0 else "days_1" if days == 1 else "days_7" if days <= 7 else "days_more"


def _row(info: ConversationInfo, t: Texts, language: str, current: str, editing: str) -> str:
    name, title = escape(info.id), escape(info.title)
    if info.id == editing:
        return (
            f'<li class="talk-row editing"><form data-event="apply" data-conversation="{name}">'
            f'<input name="title" value="{title}" maxlength="{LONGEST_TITLE}" aria-label="{t.rename_label}" data-focus>'
            f'<button type="submit" class="action">{t.rename_save}</button>'
            f'<button type="button" class="action" data-event="edit" data-conversation="">{t.cancel}</button>'
            "</form></li>"
        )
    here = ' aria-current="page"' if info.id == current else ""
    return (
        f'<li class="talk-row"><button type="button" class="talk-open" data-event="select" data-conversation="{name}"'
        f'{here} title="{title}">{title}</button>'
        f'<details class="more"><summary aria-label="{t.more_of.format(title=title)}">⋯</summary><div class="menu">'
        f'<button type="button" data-event="edit" data-conversation="{name}">{t.rename}</button>'
        f'<a href="coach/conversation/{name}?language={language}" download>{t.export}</a>'
        f'<button type="button" class="danger" data-event="delete" data-conversation="{name}" data-title="{title}">'
        f"{t.conversation_delete}</button></div></details></li>"
    )


def deleted_html(conversation_id: str, title: str, t: Texts) -> str:
    """Say which conversation was deleted, and offer to bring it back."""
    return (
        f'<p class="undo-line" role="status">{escape(t.conversation_deleted.format(title=title))} '
        f'<button type="button" class="link" data-event="undo" data-conversation="{escape(conversation_id)}">'
        f"{t.undo}</button></p>"
    )


def bar_html(t: Texts) -> str:
    """Return the two buttons that stand in for the list where there is no room for it."""
    return (
        f'<div class="talk-bar"><button type="button" class="action" data-drawer aria-expanded="false">'
        f'<span aria-hidden="true">☰</span> {t.show_list}</button>'
        f'<button type="button" class="action" data-event="clear">'
        f'<span aria-hidden="true">＋</span> {t.new_conversation}</button></div>'
    )
