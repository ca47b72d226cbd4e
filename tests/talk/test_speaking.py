"""What a language model adds to an interview: checked, streamed, and never needed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coach.errors import ModelError
from coach.interviews import Interviews
from coach.llm.llama import LlamaChat
from coach.llm.scripted import ScriptedChat
from coach.records import Text
from coach.talk.events import Answered, Plan
from coach.talk.sessions import Session
from coach.talk.speaking import Said, Spoken
from coach.talk.wording import spoken
from coach.terminal import Terminal
from tests.support.grading import WordGrader
from tests.support.interviews import Shelf
from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture
def chat() -> ScriptedChat:
    return ScriptedChat()


@pytest.fixture
def interviews(tmp_path: Path, chat: ScriptedChat) -> Iterator[Interviews]:
    @contextmanager
    def borrowed() -> Iterator[ScriptedChat]:
        yield chat

    opened = Interviews(tmp_path / "interviews.sqlite3", Shelf(), WordGrader(), borrowed=borrowed)
    yield opened
    opened.close()


def last(pieces: Iterator[Spoken]) -> Said:
    *texts, said = pieces
    assert all(isinstance(text, Text) for text in texts)
    assert isinstance(said, Said)
    return said


def asking(interviews: Interviews, answer: str = "alpha leads") -> Session:
    """An interview that stands at its first follow-up; `answer` is said to the first question, X is its number."""
    session = interviews.start(Plan(count=2, language="en"))
    number = session.interview.rounds[0].item.question_id[1:]
    return interviews.send(session.id, Answered(answer.replace("alpha", f"alpha{number}")))


def test_a_question_keeps_its_words_and_the_lead_is_kept(interviews: Interviews, chat: ScriptedChat) -> None:
    session = interviews.start(Plan(count=1, language="en"))
    chat.enqueue("Glad that you are here, let us begin.")
    said = last(interviews.speak(session.id))
    question = session.interview.rounds[0].item.text
    assert said == Said(f"Glad that you are here, let us begin. {question}", True)
    again = interviews.open(session.id).interview
    assert spoken(again, 0) == said.text
    assert last(interviews.speak(session.id)).text == said.text  # no second call: nothing is enqueued


def test_the_model_is_not_told_the_answer(interviews: Interviews, chat: ScriptedChat) -> None:
    session = asking(interviews)
    chat.enqueue("You named one part; and what about part 2?")
    last(interviews.speak(session.id))
    assert "beta" not in " ".join(str(message.text) for message in chat.requests[-1])


@pytest.mark.parametrize(
    "words",
    [
        "Great answer! And what about part 2?",  # praise for half an answer is allowed only from 0.4 on
        "And is it that beta{n} follows?",  # the point's own word
        "Tell me about part 77?",  # a number from nowhere
        "And what about part 2",  # no question
        "Part 2? Or part 2?",  # two questions
        "",
        "x" * 400,
    ],
)
def test_words_that_fail_a_check_leave_the_templates(interviews: Interviews, chat: ScriptedChat, words: str) -> None:
    session = asking(interviews, "nothing about it")
    number = session.interview.rounds[0].item.question_id[1:]
    plain = spoken(session.interview, len(session.interview.lines) - 1)
    chat.enqueue(words.replace("{n}", number))
    pieces = list(interviews.speak(session.id))
    assert pieces[-1] == Said(plain, False)
    assert f"beta{number}" not in "".join(piece.text for piece in pieces)


def test_a_model_that_fails_is_no_trouble(interviews: Interviews, chat: ScriptedChat) -> None:
    session = asking(interviews)
    chat.enqueue(*[ModelError("broken")] * 4)
    assert not last(interviews.speak(session.id)).by_model
    session = interviews.send(session.id, Answered("more"))
    assert interviews.reconsider(session.id, 0).interview == session.interview
    said = last(interviews.improve(session.id, 0))
    assert not said.by_model
    assert "[1]" in said.text


def closed_round(interviews: Interviews) -> Session:
    session = interviews.start(Plan(count=2, language="en", follow_ups=0))
    number = session.interview.rounds[0].item.question_id[1:]
    return interviews.send(session.id, Answered(f"alpha{number} leads. The follower is beta{number}, I think."))


def test_a_better_answer_is_cited_and_kept(interviews: Interviews, chat: ScriptedChat) -> None:
    session = closed_round(interviews)
    number = session.interview.rounds[0].item.question_id[1:]
    assert last(interviews.improve(session.id, 1)) == Said("", False)  # that one is still asked
    chat.enqueue(f"alpha{number} leads, beta{number} follows [1].\n\nCats sleep on warm sunny roofs all day [1].")
    said = last(interviews.improve(session.id, 0))
    assert said.by_model
    assert "Cats" not in said.text
    assert interviews.open(session.id).interview.rounds[0].improved == said.text


@pytest.mark.parametrize(
    ("quote", "verdict", "moves"),
    [
        ("The follower is beta{n}", "covered", True),
        ("The follower is beta{n}", "missed", False),
        ("beta{n} follows", "covered", False),  # never said
        ("I think", "covered", False),  # no word of the point
        ("", "covered", False),
    ],
)
def test_a_verdict_moves_one_step_and_only_with_a_quote(
    interviews: Interviews, chat: ScriptedChat, quote: str, verdict: str, moves: bool
) -> None:
    session = closed_round(interviews)
    number = session.interview.rounds[0].item.question_id[1:]
    chat.enqueue(f'{{"said": "{quote.replace("{n}", number)}", "verdict": "{verdict}"}}')
    grade = interviews.reconsider(session.id, 0).interview.rounds[0].grade
    assert grade is not None
    assert (grade.points[1].verdict, grade.score) == (("partial", 0.75) if moves else ("missed", 0.5))


def test_without_a_model_everything_stands(tmp_path: Path) -> None:
    interviews = Interviews(tmp_path / "interviews.sqlite3", Shelf(), WordGrader())
    session = asking(interviews)
    assert not last(interviews.speak(session.id)).by_model
    assert interviews.reconsider(session.id, 0) == session
    interviews.close()


def test_the_prompt_is_read_early_in_the_form_in_which_it_will_begin(
    interviews: Interviews, chat: ScriptedChat
) -> None:
    session = interviews.start(Plan(count=1, language="en"))
    interviews.save_draft(session.id, "half an ans")
    interviews.prepare(session.id)
    interviews.send(session.id, Answered("half an answer"))
    chat.enqueue("")
    last(interviews.speak(session.id))
    early, later = chat.prepared[-1], chat.requests[-1]
    assert early[0] == later[0]
    assert str(later[1].text).startswith(str(early[1].text))


def test_the_terminal_says_what_the_model_words(interviews: Interviews, chat: ScriptedChat) -> None:
    chat.enqueue("Glad that you are here, let us begin.")
    out = io.StringIO()
    Terminal(interviews, io.StringIO("/end\n"), out).run(Plan(count=1, language="en"))
    assert "Glad that you are here, let us begin. What is" in out.getvalue()


def test_noise_of_a_random_model_breaks_nothing(tmp_path: Path) -> None:
    noise = LlamaChat(
        model=str(write_tiny_gguf(tmp_path / "tiny.gguf")), context=2048, max_tokens=32, seed=1, threads=1
    )

    @contextmanager
    def borrowed() -> Iterator[LlamaChat]:
        yield noise

    interviews = Interviews(tmp_path / "interviews.sqlite3", Shelf(), WordGrader(), borrowed=borrowed)
    session = asking(interviews)
    plain = spoken(session.interview, len(session.interview.lines) - 1)
    assert last(interviews.speak(session.id)).text == plain
    session = interviews.send(session.id, Answered("the rest of it"))
    before = session.interview.rounds[0].grade
    assert interviews.reconsider(session.id, 0).interview.rounds[0].grade == before
    assert not last(interviews.improve(session.id, 0)).by_model
    interviews.close()
    noise.close()
