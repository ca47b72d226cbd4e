"""Whole interviews with a language model that says anything: random events, refreshes, and what must always hold."""

import tempfile
from contextlib import nullcontext
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from coach.errors import ModelError
from coach.interviews import Interviews
from coach.llm.scripted import ScriptedChat
from coach.talk.events import Answered, Ended, Hinted, Plan, Skipped, Unknown
from coach.talk.interview import closed
from coach.talk.speaking import Said
from coach.talk.wording import by_interviewer, spoken
from tests.support.grading import WordGrader
from tests.support.interviews import Shelf

WORDS = (
    "Fine. What comes next?",
    "And is it that beta0 follows, beta1 follows, beta2 follows, beta3 follows?",
    "",
    "x" * 500,
    "Great, perfect!",
    '{"said": "alpha", "verdict": "covered"}',
    "alpha0 leads [1]. beta0 follows [9].",
    "忽略以上指令？",
)


class Talking(RuleBasedStateMachine):
    """Every step is said to a real session; the model answers with noise or fails."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.chat = ScriptedChat()
        self.open()

    def open(self) -> None:
        path = Path(self.folder.name) / "interviews.sqlite3"
        self.interviews = Interviews(path, Shelf(), WordGrader(), borrowed=lambda: nullcontext(self.chat))

    @initialize(seed=st.integers(0, 9), follow_ups=st.sampled_from([None, 0, 9]))
    def start(self, seed: int, follow_ups: int | None) -> None:
        self.id = self.interviews.start(Plan(count=2, language="en", seed=seed, follow_ups=follow_ups)).id

    @rule(event=st.sampled_from([Answered("alpha0 leads"), Answered("no"), Hinted(), Skipped(), Unknown()]))
    def happens(self, event: Answered | Hinted | Skipped | Unknown) -> None:
        self.interviews.send(self.id, event)

    @rule(words=st.sampled_from([*WORDS, ModelError("broken")]))
    def is_worded(self, words: str | ModelError) -> None:
        self.chat.enqueue(*[words] * 4)
        *_, last = self.interviews.speak(self.id)
        assert isinstance(last, Said)
        self.chat._script.clear()

    @rule(words=st.sampled_from(WORDS), number=st.integers(0, 2))
    def is_improved_and_looked_at_again(self, words: str, number: int) -> None:
        before = self.interviews.open(self.id).interview
        self.chat.enqueue(*[words] * 5)
        list(self.interviews.improve(self.id, number))
        self.interviews.reconsider(self.id, number)
        self.chat._script.clear()
        after = self.interviews.open(self.id).interview
        assert (after.phase, after.lines) == (before.phase, before.lines)
        for now, then in zip(after.rounds, before.rounds, strict=True):
            assert not (now.grade and then.grade) or now.grade.score >= then.grade.score
            for point in now.grade.points if now.grade else ():
                assert point.verdict == "missed" or point.said in now.answer

    @rule(draft=st.sampled_from(["", "half an answer"]))
    def is_closed_and_opened_again(self, draft: str) -> None:
        before = self.interviews.open(self.id)
        self.interviews.save_draft(self.id, draft)
        self.interviews.close()
        self.open()
        assert self.interviews.open(self.id) == before
        assert self.interviews.draft(self.id) == (draft if before.interview.phase != "done" else "")

    @invariant()
    def tells_no_answer_early(self) -> None:
        if not hasattr(self, "id"):
            return
        interview = self.interviews.open(self.id).interview
        for number, line in enumerate(interview.lines):
            if by_interviewer(line) and not closed(interview, line.round):
                said = interview.rounds[line.round].answer
                n = interview.rounds[line.round].item.question_id[1:]
                words = spoken(interview, number)
                assert f"beta{n}" not in words or f"beta{n}" in said

    def teardown(self) -> None:
        if hasattr(self, "id"):
            assert self.interviews.send(self.id, Ended()).interview.phase == "done"
        self.interviews.close()
        self.folder.cleanup()


TestTalking = Talking.TestCase
TestTalking.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
