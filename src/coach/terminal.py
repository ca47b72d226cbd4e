"""A mock interview in a terminal: reads lines, writes lines; everything else is done by `coach.interviews`."""

from collections.abc import Callable, Iterator
from typing import TextIO

from coach.interviews import Interviews
from coach.talk.events import (
    Answered,
    Ended,
    Happening,
    Hinted,
    Language,
    Paused,
    Plan,
    Repeated,
    Resumed,
    Skipped,
    Ticked,
    Unknown,
)
from coach.talk.interview import Interview, closed
from coach.talk.report_pages import advice, markdown, point_text
from coach.talk.sessions import Session
from coach.talk.speaking import Said
from coach.talk.wording import by_interviewer, spoken

_COMMANDS: dict[str, Callable[[], Happening]] = {
    "/hint": Hinted,
    "/skip": Skipped,
    "/unknown": Unknown,
    "/repeat": Repeated,
    "/pause": Paused,
    "/resume": Resumed,
    "/end": Ended,
}
_TEXT: dict[Language, dict[str, str]] = {
    "zh": {
        "help": "回答可以写多行，空行表示答完。命令：/hint 提示 /skip 跳过 /unknown 不知道 /repeat 重复题目 "
        "/pause 暂停 /resume 继续 /contest 要点编号 这一点我说过 /end 结束",
        "draft": "上次没答完的内容：",
        "paused": "已暂停，/resume 继续。",
        "which": "要点编号见上一题的反馈。",
        "kept": "面试已保存，用 coach interview --resume 继续。",
        "resumed": "继续上次的面试。",
        "what": "没有这个命令。",
    },
    "en": {
        "help": "Answers may have several lines; an empty line ends them. Commands: /hint /skip /unknown /repeat "
        "/pause /resume /contest POINT (I did say that) /end",
        "draft": "Typed before, not sent yet:",
        "paused": "Paused; /resume goes on.",
        "which": "The numbers of the points stand in the last feedback.",
        "kept": "The interview is kept; coach interview --resume goes on.",
        "resumed": "Going on with the last interview.",
        "what": "There is no such command.",
    },
}


class Terminal:
    """Talks through one interview."""

    def __init__(self, interviews: Interviews, read: TextIO, write: TextIO) -> None:
        """Use two streams: the candidate's lines, and where the interviewer's go."""
        self._interviews = interviews
        self._read = read
        self._write = write
        self._shown = 0

    def run(self, plan: Plan | None) -> bool:
        """Hold an interview to its end; return whether it ended (not if the input ran out).

        Args:
            plan: What to ask; None goes on with the latest interview that is not over.

        Raises:
            InterviewError: No question fits the plan.
        """
        session = self._interviews.resume() if plan is None else self._interviews.start(plan)
        if session is None:
            session = self._interviews.start(Plan())
        text = _TEXT[session.interview.plan.language]
        self._say(text["help"])
        if plan is None and session.interview.lines:
            self._say(text["resumed"])
            self._say(session.interview.asked)
            self._shown = len(session.interview.lines)
        draft = self._interviews.draft(session.id)
        self._show(session)
        if draft.strip():
            self._say(text["draft"])
            self._say(draft)
        for said in self._spoken(session.id, draft):
            session = self._hear(session, said)
            self._show(session)
            if session.interview.phase == "done":
                self._say(markdown(self._interviews.report(session.id)))
                return True
        self._say(text["kept"])
        return False

    def _spoken(self, session_id: str, draft: str) -> Iterator[str]:
        """Yield commands and whole answers; what is typed is kept as a draft, line by line."""
        lines = draft.splitlines()
        for line in self._read:
            line = line.rstrip("\r\n")
            if line.startswith("/"):
                yield line.strip()
                if line.strip() in ("/skip", "/unknown"):
                    lines = []
            elif line.strip():
                lines.append(line)
                self._interviews.save_draft(session_id, "\n".join(lines))
            elif lines:
                answer, lines = "\n".join(lines), []
                yield answer
        if lines:  # the input ended instead of an empty line: the draft stays for the next time
            self._interviews.save_draft(session_id, "\n".join(lines))

    def _hear(self, session: Session, said: str) -> Session:
        text = _TEXT[session.interview.plan.language]
        name, _, rest = said.partition(" ")
        if not said.startswith("/"):
            if session.interview.paused:
                self._say(text["paused"])
                self._interviews.save_draft(session.id, said)
                return session
            return self._interviews.send(session.id, Answered(said))
        if name == "/contest":
            number = len(session.interview.rounds) - (session.interview.phase != "done") - 1
            if not rest.strip().isdecimal() or number < 0:
                self._say(text["which"])
                return session
            return self._interviews.contest(session.id, number, int(rest) - 1)
        if name not in _COMMANDS:
            self._say(text["what"])
            self._say(text["help"])
            return self._interviews.send(session.id, Ticked())
        session = self._interviews.send(session.id, _COMMANDS[name]())
        if session.interview.paused:
            self._say(text["paused"])
        return session

    def _show(self, session: Session) -> None:
        """Write what was said since the last time, without the candidate's own words."""
        interview = session.interview
        for number in range(self._shown, len(interview.lines)):
            line = interview.lines[number]
            if line.kind == "follow_up":
                self._points(interview, line.round, only_covered=True)
            if by_interviewer(line) or line.kind == "contest":
                asks = line.kind in ("question", "follow_up") and number == len(interview.lines) - 1
                self._say(self._worded(session.id) if asks else spoken(interview, number))
            if line.kind == "feedback":
                self._points(interview, line.round)
        self._shown = len(interview.lines)

    def _worded(self, session_id: str) -> str:
        """The interviewer's question, as a language model words it where there is one."""
        return next(piece.text for piece in self._interviews.speak(session_id) if isinstance(piece, Said))

    def _points(self, interview: Interview, number: int, *, only_covered: bool = False) -> None:
        """Write the points of a question; what was missed only once the question is closed."""
        round_ = interview.rounds[number]
        grade = round_.grade
        if grade is None or not (only_covered or closed(interview, number)):
            return
        for place, point in enumerate(grade.points):
            if not only_covered or point.verdict == "covered":
                self._say(f"  {place + 1}. {point_text(point, interview.plan.language)}")
        if not only_covered:
            for remark in (*grade.remarks, advice(round_, interview.plan.language)):
                self._say(f"  {remark}" if remark else "")

    def _say(self, text: str) -> None:
        self._write.write(text + "\n")
        self._write.flush()
