"""A mock interview that goes on → HTML: where it stands, what was said, what can be done. Pure, all text escaped."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from coach.talk.interview import Interview, Round, closed
from coach.talk.topics import topic_name
from coach.talk.wording import by_interviewer, spoken
from coach.ui.markdown import inline
from coach.ui.render_points import ALONE, Help, Passages, feedback_html, so_far_html
from coach.ui.texts.interview import InterviewTexts

QUIET_LINES = ("contest",)
"""Turns that stand in the points, not in the talk."""
KEYS = (
    ("Ctrl Enter", "key_send"),
    ("Alt H", "key_hint"),
    ("Alt U", "key_unknown"),
    ("Alt S", "key_skip"),
    ("Alt R", "key_repeat"),
    ("Alt P", "key_pause"),
    ("Alt A", "key_box"),
    ("Alt /", "key_keys"),
)


def head_html(t: InterviewTexts, *, waiting: str = "", unfinished: tuple[str, Interview] | None = None) -> str:
    """Return the top of the form: what this is, and the interview that can be gone on with."""
    told = f'<p class="waiting"><span class="pulse"></span>{escape(waiting)}</p>' if waiting else ""
    return (
        f'<div class="iv-head"><h1>{t.title}</h1><p class="lead">{t.about}</p>'
        f"{_offer(*unfinished, t) if unfinished else ''}{told}</div>"
    )


def _offer(session: str, interview: Interview, t: InterviewTexts) -> str:
    round_ = interview.rounds[-1]
    where = t.go_on_about.format(
        number=len(interview.rounds),
        count=len(interview.slots),
        topic=topic_name(round_.item.topic, t.code),
        when=moment(interview.at),
    )
    return (
        f'<section class="offer"><div><h2>{t.go_on_title}</h2><p>{escape(where)}</p>'
        f'<p class="asked-last">{inline(interview.asked)}</p></div><div class="actions">'
        f"{_button(t.go_on, 'open', 'do strong', session=session)}"
        f"{_button(t.finish_it, 'finish', 'do', session=session)}</div></section>"
    )


def moment(at: float) -> str:
    """Return a moment as day and time, here."""
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def bar_html(session: str, interview: Interview | None, t: InterviewTexts) -> str:
    """Return where an interview stands, its clock and its buttons; what the script needs is in attributes."""
    if interview is None or interview.phase == "done":
        phase = "none" if interview is None else "done"
        return f'<div class="iv-bar" data-phase="{phase}" data-session="{session}"></div>'
    limit = interview.plan.minutes * 60
    running = int(not interview.paused)
    where = t.question_at.format(number=len(interview.rounds), count=len(interview.slots))
    topic = topic_name(interview.rounds[-1].item.topic, t.code)
    return (
        f'<div class="iv-bar" data-phase="talk" data-session="{session}" data-turns="{len(interview.lines)}" '
        f'data-seconds="{interview.seconds:.0f}" data-limit="{limit:.0f}" data-running="{running}" '
        f'data-language="{interview.plan.language}">'
        f'<div class="at"><strong>{where}</strong><span class="topic">{escape(topic)}</span>'
        f'{_dots(interview)}</div><div class="tools">{_timer(interview, t)}'
        f'<button type="button" class="action" data-do="aloud" aria-pressed="false">{t.aloud}</button>'
        f"{_keys(t)}{_pause(interview, t)}"
        f'<details class="pop ending"><summary class="action">{t.end}</summary><div><p>{t.end_ask}</p>'
        f"{_button(t.end_yes, 'end', 'do warn')}"
        f'<button type="button" class="do" data-do="fold">{t.end_no}</button></div></details></div>'
        f'<p class="says">{inline(_says(interview))}</p></div>'
    )


def _dots(interview: Interview) -> str:
    states = ["done" if closed(interview, number) else "now" for number in range(len(interview.rounds))]
    states += [""] * (len(interview.slots) - len(states))
    return f'<span class="dots" aria-hidden="true">{"".join(f"<i class={state!r}></i>" for state in states)}</span>'


def _timer(interview: Interview, t: InterviewTexts) -> str:
    limit = (
        f"<small>/ {t.time_of.format(limit=f'{interview.plan.minutes:g}')}</small>" if interview.plan.minutes else ""
    )
    return f'<span class="timer" role="timer" aria-label="{t.time}"><b>{clock(interview.seconds)}</b>{limit}</span>'


def clock(seconds: float) -> str:
    """Return minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _keys(t: InterviewTexts) -> str:
    rows = "".join(
        f"<dt>{''.join(f'<kbd>{key}</kbd>' for key in keys.split())}</dt><dd>{getattr(t, name)}</dd>"
        for keys, name in KEYS
    )
    return f'<details class="pop keys"><summary class="action">{t.keys}</summary><div><dl>{rows}</dl></div></details>'


def _pause(interview: Interview, t: InterviewTexts) -> str:
    return _button(t.resume, "resume") if interview.paused else _button(t.pause, "pause")


def _says(interview: Interview) -> str:
    """The interviewer's words since the candidate's last ones, to be heard by those who don't see them."""
    words: list[str] = []
    for number in range(len(interview.lines) - 1, -1, -1):
        if not by_interviewer(interview.lines[number]):
            break
        words.insert(0, spoken(interview, number))
    return " ".join(words)


def turns_html(
    interview: Interview,
    passages: Passages,
    t: InterviewTexts,
    *,
    about: Help = ALONE,
    pending: str = "",
    growing: str = "",
) -> str:
    """Return the talk; `pending` is an answer that is being graded, `growing` what a model says before it asks."""
    last = max((n for n, line in enumerate(interview.lines) if line.kind in ("question", "follow_up")), default=-1)
    turns = "".join(
        _turn(interview, number, passages, t, about, growing if number == last else "")
        for number, line in enumerate(interview.lines)
        if line.kind not in QUIET_LINES
    )
    if pending:
        turns += _words("me answer", f"turn-{len(interview.lines)}", t.you, escape(pending))
        turns += f'<li class="turn them waiting"><span class="pulse"></span>{t.hearing}</li>'
    paused = f'<p class="paused" role="status">{t.paused}</p>' if interview.paused else ""
    return f'<ol class="turns" aria-label="{t.talk}">{turns}</ol>{paused}'


def _turn(interview: Interview, number: int, passages: Passages, t: InterviewTexts, about: Help, growing: str) -> str:
    line = interview.lines[number]
    asks = f" {line.text}" if line.kind == "question" else ""  # a follow-up is worded as a whole
    words = f"{growing.strip()}{asks}" if growing else spoken(interview, number)
    name = f"turn-{number}"
    if not by_interviewer(line):
        return _words(f"me {line.kind}", name, t.you, escape(words))
    round_ = interview.rounds[line.round]
    who = t.interviewer
    before = after = ""
    if line.kind == "question":
        who = f"{t.question.format(number=line.round + 1)} · {escape(topic_name(round_.item.topic, t.code))}"
    elif line.kind == "follow_up":
        who = t.follow_up
        before = _so_far(interview, number, round_, t)
    elif line.kind == "feedback":
        after = feedback_html(round_, line.round, passages, t, about)
    start, text, end = words.partition(line.text) if line.kind in ("question", "follow_up") else (words, "", "")
    strong = f"<strong>{inline(text)}</strong>" if text else ""
    words = f"{inline(start)}{' ' * start.endswith(' ')}{strong}{inline(end)}"
    return before + _words(f"them {line.kind}", name, who, words, after)


def _so_far(interview: Interview, number: int, round_: Round, t: InterviewTexts) -> str:
    """The points made so far, before the newest follow-up of an open question."""
    line = interview.lines[number]
    later = any(other.kind == "follow_up" and other.round == line.round for other in interview.lines[number + 1 :])
    return "" if later or closed(interview, line.round) else f'<li class="turn">{so_far_html(round_, t)}</li>'


def _words(kind: str, name: str, who: str, words: str, after: str = "") -> str:
    return f'<li class="turn {kind}" id="{name}"><span class="who">{who}</span><p class="words">{words}</p>{after}</li>'


def asked_html(interview: Interview | None, t: InterviewTexts) -> str:
    """Return what is to be answered now, above the box."""
    if interview is None or not interview.asked:
        return ""
    return f'<p class="now-asked"><b>{t.now_asked}</b><span>{inline(interview.asked)}</span></p>'


def actions_html(interview: Interview | None, t: InterviewTexts) -> str:
    """Return the buttons under the box."""
    if interview is None or interview.phase == "done":
        return ""
    if interview.paused:
        return f'<div class="iv-actions">{_button(t.resume, "resume", "do strong")}</div>'
    dictate = (
        f'<button type="button" class="action dictate" data-do="dictate" aria-pressed="false" '
        f'data-on="{t.dictate_stop}" data-off="{t.dictate}">{t.dictate}</button>'
    )
    rest = "".join(_button(getattr(t, name), name) for name in ("hint", "unknown", "skip", "repeat"))
    send = f'<button type="button" class="do strong send" data-event="submit">{t.send}</button>'
    return f'<div class="iv-actions"><span>{rest}{dictate}</span>{send}</div>'


def _button(label: str, action: str, kind: str = "action", **data: str) -> str:
    more = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<button type="button" class="{kind}" data-event="apply" data-action="{action}"{more}>{label}</button>'


def topics_shown(topics: dict[str, int], chosen: Sequence[str], most: int, t: InterviewTexts) -> list[tuple[str, str]]:
    """Return (label, value) of the `most` commonest topics and of those chosen, by their numbers of questions."""
    ranked = sorted(topics, key=lambda topic: (-topics[topic], topic))
    shown = [topic for n, topic in enumerate(ranked) if n < most or topic in chosen]
    return [(f"{topic_name(topic, t.code)}  {topics[topic]}", topic) for topic in shown]
