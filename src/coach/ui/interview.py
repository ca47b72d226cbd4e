"""The interview tab: a plan, the talk with its points, the report. The server owns the state; a window shows it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.errors import CoachError, InterviewError
from coach.records import Passage, Text
from coach.talk.events import (
    Answered,
    Ended,
    Happening,
    Hinted,
    Paused,
    Plan,
    Repeated,
    Resumed,
    Skipped,
    Ticked,
    Unknown,
)
from coach.talk.interview import Interview, closed
from coach.talk.speaking import Said
from coach.ui import render_interview as render
from coach.ui.background import Background
from coach.ui.guard import guarded
from coach.ui.interview_form import PlanForm
from coach.ui.key_points import KeyPointsSheet
from coach.ui.parts import HERE, QUIET, Updates, html
from coach.ui.render import waiting_text
from coach.ui.render_points import Help, Passages
from coach.ui.render_report import report_html
from coach.ui.texts import TEXTS, Count
from coach.ui.texts.interview import INTERVIEW_TEXTS, InterviewTexts

if TYPE_CHECKING:
    from coach.service import Coach
    from coach.talk.sessions import Session

SCRIPT = (HERE / "interview.js").read_text(encoding="utf-8")
OPENED = "(_, language) => [sessionStorage.getItem('coach-interview') || '', language]"
"""Which interview the window showed: its session storage outlives a reload and is shared with no other window."""
LONGEST_ANSWER = 8000
WEAK = 0.75
"""Questions below this score are asked again by "again with the weak ones"."""
NEW = 10
"""New questions in one interview, at most."""
EVENTS: Mapping[str, Callable[[], Happening]] = {
    "hint": Hinted,
    "skip": Skipped,
    "unknown": Unknown,
    "repeat": Repeated,
    "pause": Paused,
    "resume": Resumed,
    "end": Ended,
}
BEAT = 0.3
"""Seconds between two drawings of a better answer that is being written."""
EMPTIES = ("skip", "unknown", "end")
"""What leaves nothing of a draft."""


class InterviewTab:
    """The tab, its components and what they do. Build it inside a `gr.Tabs` context."""

    def __init__(self, coach: "Coach", background: Background, language: gr.Radio) -> None:
        self.coach, self.background, self.language = coach, background, language
        t = INTERVIEW_TEXTS[language.value]
        with gr.Tab(t.tab, id="interview", elem_classes="interview-tab") as self.tab:
            self.session, self.seen, self.opened = gr.State(""), gr.State(0), gr.Textbox("", visible=False)
            self.bar = html("iv-bar-box", render.bar_html("", None, t), script=SCRIPT)
            with gr.Column(elem_classes="iv-setup"):
                self.head = html("iv-head-box", render.head_html(t))
                self.form = PlanForm(coach, language)
            with gr.Column(elem_classes="iv-talk"):
                self.turns = html("iv-turns-box")
                with gr.Column(elem_classes="composer iv-composer"):
                    self.asked = html("iv-asked-box")
                    self.box = gr.Textbox(
                        lines=3, max_lines=12, max_length=LONGEST_ANSWER, label=t.answer_label,
                        placeholder=t.answer_placeholder, show_label=False, container=False, elem_classes="answer-box",
                    )  # fmt: skip
                    self.actions = html("iv-actions-box")
            self.report = html("iv-report-box")
            self.sheet = KeyPointsSheet(coach, language)
        self.shown = [
            self.session, self.seen, self.bar, self.head, self.turns, self.asked, self.box, self.actions, self.report,
        ]  # fmt: skip

    def connect(self, blocks: gr.Blocks, tabs: gr.Tabs, starters: Sequence[Any], library: Sequence[Any]) -> None:
        """Bind the handlers.

        Args:
            blocks: The page.
            tabs: Its tabs.
            starters: Events of other tabs that begin or open an interview.
            library: What shows an article in the library: handler, inputs, outputs.
        """
        self.tabs = tabs
        self.form.connect()
        shown, given = self.shown, [self.session, self.seen, self.box, self.language]
        turn: dict[str, Any] = {"concurrency_limit": 8, "show_progress": "hidden"}
        acts = [box.apply for box in (self.bar, self.head, self.turns, self.actions, self.report)]
        begun = self.form.start.click(self.begin, [*self.form.chosen, self.language], shown, **turn)
        acting = gr.on(acts, self.act, given, shown, **turn)
        answering = gr.on([self.box.submit, self.actions.submit], self.answer, given, shown, **turn)
        aided = gr.on([self.turns.submit, self.report.submit], self.aid, [self.session, self.language], shown, **turn)
        self.sheet.connect(self.turns, self.report)
        for event in (acting, answering, aided):
            event.failure(self.redraw, [self.session, self.language], shown, **QUIET)
        asked = gr.on(list(starters), self.request, self.language, [*shown, tabs], **turn)
        for event in (begun, acting, answering, asked):
            event.then(self.speak, [self.session, self.seen, self.language], [self.turns, self.asked], **turn)
        self.bar.input(self.keep, self.session, None, **QUIET)
        self.bar.tick(self.tick, given, shown, **QUIET)
        offered = [self.form.topics, self.form.all_shown, self.session, self.language]
        looked = [self.head, *self.form.offered]
        self.tab.select(self.look, offered, looked, **QUIET)
        blocks.load(self.restore, [self.opened, self.language], [*shown, tabs], js=OPENED, **QUIET)
        labels = [self.tab, self.box, *self.form.relabel(self.language.value)]
        switched = self.language.change(self.relabel, self.language, labels, **QUIET)
        switched.then(self.redraw, [self.session, self.language], shown, **QUIET)
        switched.then(self.look, offered, looked, **QUIET)
        handler, inputs, outputs = library
        self.report.select(handler, inputs, outputs, **QUIET)
        self.report.select(lambda: gr.Tabs(selected="library"), None, tabs, **QUIET)

    # -- beginning ----------------------------------------------------------------------------------------------

    @guarded
    def look(self, topics: Sequence[str], all_shown: bool, session: str, language: str) -> Updates:
        """Offer what can be asked about now, and the interview that can be gone on with."""
        offered = self.form.offer(topics, all_shown, language)
        return offered | {self.head: gr.skip() if session else self._head(language)}

    @guarded
    def begin(self, *values: Any) -> Updates:  # noqa: ANN401 - the values of the form
        """Start the interview of the form."""
        *chosen, language = values
        return self._start(self.form.plan(chosen, language), language)

    @guarded
    def request(self, event: gr.EventData, language: str) -> Updates:
        """Begin or open what another tab asks for, and come to the front."""
        wanted = {"action": "new"} | (event._data or {})
        front = {self.tabs: gr.Tabs(selected="interview")}
        match wanted["action"]:
            case "tab":
                return front | {self.session: gr.skip()}
            case "open":
                return front | self._show(self._opened(str(wanted["session"])), language, draft=True)
            case _:
                return front | self._start(self._wanted(wanted, language), language)

    def _wanted(self, wanted: Mapping[str, Any], language: str) -> Plan:
        """Return the plan of a button: new questions, those due, a topic, one question."""
        plan = Plan(language="en" if language == "en" else "zh", seed=time.time_ns())
        match wanted["action"]:
            case "due":
                return replace(plan, source="due", count=NEW, difficulty="medium")
            case "topic":
                return replace(plan, topics=(str(wanted["topic"]),), articles=self.form.spoken_in(language))
            case "question":
                return replace(plan, questions=(str(wanted["question"]),), count=1)
        fresh = tuple(question.id for question in self.coach.new_questions() if question.answered)
        if not fresh:
            raise CoachError(INTERVIEW_TEXTS[language].none_new)
        return replace(plan, questions=fresh, count=min(NEW, len(fresh)), difficulty="medium")

    def _start(self, plan: Plan, language: str) -> Updates:
        t = INTERVIEW_TEXTS[language]
        try:
            session = self.coach.interviews.start(plan)
        except InterviewError as error:
            raise CoachError(t.none_due if plan.source == "due" else t.none_fits) from error
        return self._show(session, language, draft=True)

    # -- the talk -----------------------------------------------------------------------------------------------

    @guarded
    def answer(self, session: str, seen: int, typed: str, language: str) -> Iterator[Updates]:
        """Hear an answer: it stands in the talk at once, its points follow."""
        if not typed.strip() or not self._fresh(session, seen, language):
            yield self._show(self._opened(session), language) if typed.strip() else {self.box: gr.skip()}
            return
        t, interviews = INTERVIEW_TEXTS[language], self.coach.interviews
        now = interviews.open(session).interview
        yield {self.turns: self._turns(now, t, pending=typed), self.box: ""}
        if now.paused:
            interviews.resume(session)
        after = interviews.send(session, Answered(typed))
        if interviews.draft(session) == typed:  # saved once more while the answer was on its way
            interviews.save_draft(session, "")
        yield self._show(after, language)

    @guarded
    def speak(self, session: str, seen: int, language: str) -> Iterator[Updates]:
        """Let a model word the turn that stands, sentence by sentence; the plain words are there from the first."""
        yield {self.turns: gr.skip()}
        t, interviews, growing = INTERVIEW_TEXTS[language], self.coach.interviews, ""
        for piece in interviews.speak(session) if self._found(session) else ():
            now = interviews.open(session).interview
            if len(now.lines) != seen or (isinstance(piece, Said) and not growing):
                break  # the talk has gone on, or nothing was worded
            growing = "" if isinstance(piece, Said) else growing + piece.text
            yield {self.turns: self._turns(now, t, growing=growing), self.asked: render.asked_html(now, t)}

    @guarded
    def aid(self, event: gr.EventData, session: str, language: str) -> Iterator[Updates]:
        """Write a better answer to a closed question, or let the model look again at what was missed in it."""
        number = int(event._data["round"])
        if event._data["action"] == "improve":
            yield from self._improve(session, number, language)
            return
        t, before = INTERVIEW_TEXTS[language], self.coach.interviews.open(session)
        yield self._drawn(before, t, Help(self._model, number, "reconsider"))
        after = self.coach.interviews.reconsider(session, number)
        grades = [each.interview.rounds[number].grade for each in (before, after)]
        old, new = [[point.verdict for point in grade.points] if grade else [] for grade in grades]
        moved = sum(a != b for a, b in zip(old, new, strict=True))
        gr.Info(t.second_look_moved.format(count=Count(moved)) if moved else t.second_look_same)
        yield self._drawn(after, t)

    def _improve(self, session: str, number: int, language: str) -> Iterator[Updates]:
        t, interviews, model = INTERVIEW_TEXTS[language], self.coach.interviews, self._model
        yield self._drawn(interviews.open(session), t, Help(model, number))
        written, drawn = "", time.monotonic()
        for piece in interviews.improve(session, number):
            written += piece.text
            if isinstance(piece, Text) and time.monotonic() - drawn > BEAT:
                drawn = time.monotonic()
                yield self._drawn(interviews.open(session), t, Help(model, number, text=written))
        yield self._drawn(interviews.open(session), t)

    @guarded
    def act(self, event: gr.EventData, session: str, seen: int, typed: str, language: str) -> Updates:
        """Do what a button says."""
        action, data = str(event._data["action"]), event._data
        match action:
            case "close":
                return self._show(None, language, draft=True)
            case "open":
                return self._show(self._opened(str(data["session"])), language, draft=True)
            case "finish":
                return self._show(self.coach.interviews.send(str(data["session"]), Ended()), language, draft=True)
            case "weak":
                return self._start(self._weak(session, language), language)
            case "contest":
                return self._contest(session, int(data["round"]), int(data["point"]), language)
        if not self._fresh(session, seen, language):
            return self._show(self._opened(session), language)
        return self._show(self.coach.interviews.send(session, EVENTS[action]()), language, draft=action in EMPTIES)

    def _weak(self, session: str, language: str) -> Plan:
        """Return a plan of the questions that went badly."""
        interview = self.coach.interviews.open(session).interview
        rounds = [round_ for n, round_ in enumerate(interview.rounds) if closed(interview, n) and round_.grade]
        lacking = [r for r in rounds if r.grade and r.grade.score < WEAK] or [
            r for r in rounds if r.grade and r.grade.score < 1
        ]
        questions = tuple(round_.item.question_id for round_ in lacking)
        return replace(
            interview.plan, questions=questions, count=len(questions), topics=(), articles=(), source="all", text="",
            difficulty="medium", language="en" if language == "en" else "zh", seed=time.time_ns(),
        )  # fmt: skip

    def _contest(self, session: str, number: int, point: int, language: str) -> Updates:
        before = self.coach.interviews.open(session)
        after = self.coach.interviews.contest(session, number, point)
        if after.number == before.number:
            raise CoachError(INTERVIEW_TEXTS[language].contest_nothing)
        return self._show(after, language)

    def _fresh(self, session: str, seen: int, language: str) -> bool:
        """Whether the window shows the newest turn; another window may have gone on, or have deleted the interview."""
        t = INTERVIEW_TEXTS[language]
        found = self._found(session)
        if found is None:
            raise CoachError(t.gone)
        if len(found.interview.lines) != seen:
            gr.Info(t.elsewhere)
        return len(found.interview.lines) == seen

    def _found(self, session: str) -> "Session | None":
        try:
            return self.coach.interviews.open(session) if session else None
        except InterviewError:
            return None

    @guarded
    def keep(self, event: gr.EventData, session: str) -> None:
        """Keep what is typed, and let a model read it early."""
        if session:
            self.coach.interviews.save_draft(session, str(event._data["text"])[:LONGEST_ANSWER])
            self.coach.interviews.prepare(session)

    @guarded
    def tick(self, event: gr.EventData, session: str, seen: int, typed: str, language: str) -> Updates:
        """Let the clock of the interview run; show it only if that changed something."""
        if not session:
            return {self.session: session}
        interviews = self.coach.interviews
        if event._data.get("woke"):  # the computer slept: that time does not count
            return self._show(interviews.resume(session), language)
        after = interviews.send(session, Ticked())
        return {self.session: session} if len(after.interview.lines) == seen else self._show(after, language)

    # -- showing ------------------------------------------------------------------------------------------------

    def restore(self, opened: str, language: str) -> Updates:
        """Show the interview that a window had before it was loaded again, at the same turn with its draft."""
        if self._found(opened) is None:
            return {self.session: ""}
        session = self._opened(opened)
        front = gr.skip() if session.interview.phase == "done" else gr.Tabs(selected="interview")
        return self._show(session, language, draft=True) | {self.tabs: front}

    def redraw(self, session: str, language: str) -> Updates:
        """Draw an interview as it is stored: after a failure, or in another language."""
        return self._show(self._found(session), language, draft=True)

    def _opened(self, session: str) -> "Session":
        """Return an interview; its clock runs from now, unless it is paused."""
        found = self.coach.interviews.open(session)
        return found if found.interview.paused else self.coach.interviews.resume(session) or found

    def _show(self, session: "Session | None", language: str, *, draft: bool = False) -> Updates:
        """Show an interview, or the form; with `draft`, the box holds what was kept for it."""
        t = INTERVIEW_TEXTS[language]
        name, now = (session.id, session.interview) if session else ("", None)
        shown: Updates = {
            self.session: name,
            self.seen: len(now.lines) if now else 0,
            self.bar: render.bar_html(name, now, t),
            self.head: self._head(language) if now is None else gr.skip(),
            self.asked: render.asked_html(now, t),
            self.actions: render.actions_html(now, t),
            **self._drawn(session, t),
        }
        return shown | ({self.box: self.coach.interviews.draft(name) if now else ""} if draft else {})

    def _drawn(self, session: "Session | None", t: InterviewTexts, about: Help | None = None) -> Updates:
        """Draw the talk, or the report of an interview that is over."""
        if session is None:
            return {self.turns: "", self.report: ""}
        now, about = session.interview, about or Help(self._model)
        if now.phase != "done":
            return {self.turns: self._turns(now, t, about=about), self.report: ""}
        told = self.coach.interviews.report(session.id)
        return {self.turns: "", self.report: report_html(session.id, now, told, self._passages(now), t, about)}

    def _turns(
        self, now: Interview, t: InterviewTexts, *, about: Help | None = None, pending: str = "", growing: str = ""
    ) -> str:
        about = about or Help(self._model)
        return render.turns_html(now, self._passages(now), t, about=about, pending=pending, growing=growing)

    @property
    def _model(self) -> bool:
        """Whether there is a language model."""
        return bool(self.coach.status().model)

    def _head(self, language: str) -> str:
        interviews = self.coach.interviews
        last = next((info.id for info in interviews.sessions() if info.ended_at is None), None)
        unfinished = (last, interviews.open(last).interview) if last else None
        waiting = waiting_text(self.background, TEXTS[language]) if not self.coach.articles() else ""
        return render.head_html(INTERVIEW_TEXTS[language], waiting=waiting, unfinished=unfinished)

    def _passages(self, interview: Interview) -> Passages:
        """Return the passages of the questions that are closed."""
        items = [round_.item for number, round_ in enumerate(interview.rounds) if closed(interview, number)]
        found: dict[str, list[Passage]] = {item.question_id: [] for item in items}
        for article in {item.article for item in items}:
            for passage in self.coach.passages(article):
                if passage.question_id in found:
                    found[passage.question_id].append(passage)
        return found

    def relabel(self, language: str) -> Updates:
        """Put the labels into the chosen language."""
        t = INTERVIEW_TEXTS[language]
        box = gr.update(label=t.answer_label, placeholder=t.answer_placeholder)
        return {self.tab: gr.update(label=t.tab), self.box: box, **self.form.relabel(language)}
