"""Where the data lives, what a back-up holds, and the form that deletes everything → HTML. Pure."""

from html import escape
from pathlib import Path

from coach.backup import Contents
from coach.ui.escaping import safe
from coach.ui.render_library import when
from coach.ui.texts import Count, Texts


def data_html(home: Path, most: int, t: Texts) -> str:
    """Say where the data is, and link to a back-up of it; `most` is what can be uploaded, in MiB."""
    path = safe(str(home))
    return (
        f"<h2>{t.data_title}</h2><p>{t.data_about}</p>"
        f'<p class="home-path"><code>{path}</code> <button type="button" class="action" data-copy="{path}" '
        f'data-done="{t.copied}">{t.data_copy}</button></p>'
        f'<a class="backup-link" href="coach/backup" download>{t.backup}</a>'
        f'<p class="quiet">{escape(t.restore_about.format(most=most))}</p>'
    )


def restore_html(contents: Contents, t: Texts) -> str:
    """Say what a back-up holds and what restoring it does, and ask."""
    told = t.restore_ask.format(
        when=safe(when(contents.made_at)),
        conversations=Count(contents.conversations),
        interviews=Count(contents.interviews),
        articles=Count(contents.articles),
    )
    return (
        f'<div class="notice" role="alert"><p>{told}</p>'
        f'<button type="button" class="action strong" data-event="apply">{t.restore_go}</button> '
        f'<button type="button" class="action" data-event="clear">{t.cancel}</button></div>'
    )


def erase_html(t: Texts) -> str:
    """Return the form that deletes everything once its word was typed; folded until it is wanted."""
    return (
        f'<details class="erase"><summary>{t.erase}</summary><p>{t.erase_about.format(word=t.erase_word)}</p>'
        f'<form data-event="delete"><input name="word" autocomplete="off" aria-label="{t.erase_label}">'
        f'<button type="submit" class="action danger">{t.erase}</button></form></details>'
    )
