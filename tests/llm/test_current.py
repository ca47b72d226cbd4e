"""Changing the model while answers are being written."""

import threading

import pytest
from langchain_core.language_models import BaseChatModel

from coach.errors import ModelFileError
from coach.llm.current import Current


class Spy:
    """Notes what happens to it."""

    def __init__(self, name: str, log: list[str], *, broken: bool = False) -> None:
        self.model, self._log, self._broken = name, log, broken

    def load(self) -> None:
        self._log.append(f"load {self.model}")
        if self._broken:
            raise ModelFileError(f"{self.model} is damaged.")

    def close(self) -> None:
        self._log.append(f"close {self.model}")


@pytest.fixture
def log() -> list[str]:
    return []


def current(chat: Spy) -> Current:
    return Current(lambda: None, chat)  # type: ignore[arg-type]


def test_the_first_model_is_opened_once_and_late(log: list[str]) -> None:
    held = Current(lambda: log.append("open") or Spy("a", log))  # type: ignore[func-returns-value, return-value]
    assert held.chat is None and not held.opened
    with held.borrowed() as one, held.borrowed() as two:
        assert one is two is held.chat
    assert log == ["open"]


def test_the_new_one_is_loaded_before_the_old_one_goes(log: list[str]) -> None:
    held = current(Spy("a", log))
    held.change(Spy("b", log))  # type: ignore[arg-type]
    assert log == ["load b", "close a"]


def test_an_answer_is_finished_with_the_old_one(log: list[str]) -> None:
    held = current(Spy("a", log))
    with held.borrowed() as first:
        held.change(Spy("b", log))  # type: ignore[arg-type]
        with held.borrowed() as second:
            assert (first.model, second.model) == ("a", "b")  # type: ignore[union-attr]
        assert log == ["load b"]
    assert log == ["load b", "close a"]


def test_without_room_the_old_one_goes_first_and_answers_are_waited_for(log: list[str]) -> None:
    held = current(Spy("a", log))
    with held.borrowed():
        change = threading.Thread(target=held.change, args=(Spy("b", log),), kwargs={"roomy": False})
        change.start()
        while held.chat is not None:
            pass
        with held.borrowed() as meanwhile:
            assert meanwhile is None, "what is asked now is answered without a model"
        assert log == []
    change.join(10)
    assert log == ["close a", "load b"]


def test_an_answer_that_never_ends_is_stopped(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.llm.current.PATIENCE", 0.01)
    held = current(Spy("a", log))
    with held.borrowed():
        held.change(Spy("b", log), roomy=False)  # type: ignore[arg-type]
        assert log == ["close a", "load b"]


@pytest.mark.parametrize("roomy", [True, False])
def test_a_model_that_can_not_be_loaded_leaves_the_old_one(log: list[str], roomy: bool) -> None:
    old = Spy("a", log)
    held = current(old)
    with pytest.raises(ModelFileError):
        held.change(Spy("b", log, broken=True), roomy=roomy)  # type: ignore[arg-type]
    chat: BaseChatModel | None = held.get()
    assert chat is old
    assert log[-2:] == ["load b", "close b"]


def test_going_without(log: list[str]) -> None:
    held = current(Spy("a", log))
    held.change(None)
    assert held.get() is None
    assert log == ["close a"]


def test_many_changes_under_many_answers_close_everything_once(log: list[str]) -> None:
    held = current(Spy("0", log))

    def answer() -> None:
        for _ in range(200):
            with held.borrowed() as chat:
                assert f"close {chat.model}" not in log  # type: ignore[union-attr]

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, 30):
        held.change(Spy(str(number), log))  # type: ignore[arg-type]
    for thread in threads:
        thread.join(30)
    assert sorted(line for line in log if "close" in line) == sorted(f"close {number}" for number in range(29))
