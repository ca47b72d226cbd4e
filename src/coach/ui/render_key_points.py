"""The sheet on which the key points of a question are edited → HTML. Pure, all text escaped."""

from html import escape

from coach.talk.edited import QuestionPoints
from coach.ui.markdown import inline
from coach.ui.texts.interview import InterviewTexts


def sheet_html(question_id: str, question: str, points: QuestionPoints, t: InterviewTexts) -> str:
    """Return the sheet: a field for each point; those that a person wrote stand there even while they are stale."""
    texts = points.kept or [point.text for point in points.points]
    state = t.points_stale if points.stale else t.points_edited if points.edited else t.points_own
    reset = f'<button type="button" class="action" data-sheet="reset">{t.points_reset}</button>'
    return (
        f'<dialog class="iv-sheet" data-question="{escape(question_id)}" aria-labelledby="sheet-title">'
        f'<h2 id="sheet-title">{t.points_title}</h2><p class="of">{inline(question)}</p>'
        f'<p class="quiet">{state}<br>{t.points_from_now}</p><ol>{"".join(_row(text, t) for text in texts)}</ol>'
        f"<template>{_row('', t)}</template>"
        f'<button type="button" class="action" data-sheet="add">{t.points_add}</button>'
        f'<footer><button type="button" class="do strong" data-sheet="save">{t.points_save}</button>'
        f'<button type="button" class="do" data-sheet="close">{t.points_cancel}</button>'
        f"{reset if points.edited else ''}"
        f'<span class="warn" role="status" data-told="{t.points_none}"></span></footer></dialog>'
    )


def _row(text: str, t: InterviewTexts) -> str:
    return (
        f'<li><textarea rows="2" maxlength="400" aria-label="{t.points_field}">{escape(text)}</textarea>'
        f'<button type="button" class="action" data-sheet="drop">{t.points_drop}</button></li>'
    )
