"""The self-test: what it chooses from given speeds, and that it runs on a real llama.cpp and gives way."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.cli import main
from coach.config import Settings
from coach.llm import llama
from coach.llm.llama import LlamaChat
from coach.llm.native import AbortedError, StopFlag
from coach.llm.setup import Setup, Setups, Tuned, default_setup
from coach.llm.store import Store
from coach.llm.trial import PATIENCE, choose, measure
from coach.llm.weights import Weights
from coach.ui.render_models import using_html
from coach.ui.texts.models import EN, ZH

Open = Callable[..., LlamaChat]


class Machine:
    """A machine whose speeds are given by a function of the setup; its clock goes on by what measuring would take."""

    def __init__(self, speeds: Callable[[Setup], tuple[float, float]]) -> None:
        self.speeds, self.now, self.tried = speeds, 0.0, list[Setup]()

    def clock(self) -> float:
        return self.now

    def measure(self, setup: Setup, read: int, written: int) -> tuple[float, float]:
        self.tried.append(setup)
        speed = self.speeds(setup)
        self.now += read / speed[0] + written / speed[1]
        return speed

    def choose(self, processors: int) -> Tuned:
        return choose(self.measure, processors, clock=self.clock)


def test_more_threads_where_they_help() -> None:
    machine = Machine(lambda setup: (100.0 * setup.reading, 20.0 * min(setup.writing, 2)))
    tuned = machine.choose(4)
    assert (tuned.setup.reading, tuned.setup.writing) == (4, 2)
    assert tuned.reads == 400


def test_few_threads_where_more_collapse() -> None:
    machine = Machine(lambda setup: (100.0 if setup.reading == 1 else 20.0, 30.0 if setup.writing == 1 else 5.0))
    assert machine.choose(2).setup == Setup(1, 1)


def test_noise_of_a_few_percent_chooses_nothing() -> None:
    noise = iter(range(10_000))
    machine = Machine(lambda _: (200.0 + next(noise) % 5, 40.0 + next(noise) % 2 / 2))
    assert machine.choose(2).setup == Setup(1, 1)


@pytest.mark.parametrize(
    ("faster", "expected"),
    [
        (lambda setup: setup.flash is False, Setup(1, 1, flash=False)),
        (lambda setup: setup.cache == "q8_0", Setup(1, 1, flash=True, cache="q8_0")),
        (lambda setup: setup.batch == 128, Setup(1, 1, batch=128)),
    ],
)
def test_flash_attention_cache_and_batch_are_chosen_by_speed(faster: Callable[[Setup], bool], expected: Setup) -> None:
    machine = Machine(lambda setup: (600.0, 60.0) if faster(setup) else (400.0, 40.0))
    assert machine.choose(1).setup == expected


def test_a_setup_that_is_refused_is_not_chosen() -> None:
    machine = Machine(lambda setup: (1e-3, 1e-3) if setup.cache == "q8_0" else (100.0, 10.0))
    assert machine.choose(1).setup.cache == "f16"


@pytest.mark.parametrize("speed", [(5000.0, 300.0), (150.0, 40.0), (20.0, 5.0), (4.0, 1.0)])
def test_it_ends_in_time_on_fast_and_on_slow_machines(speed: tuple[float, float]) -> None:
    machine = Machine(lambda _: speed)
    machine.choose(8)
    longest = 16 / speed[0] + max(4.0, 0.35 * speed[1]) / speed[1] + 0.7
    assert machine.now <= PATIENCE + longest + 16 / speed[0] + 4 / speed[1]


def test_it_measures_a_real_model(gguf: Path) -> None:
    weights = Weights(gguf)
    act = measure(weights, StopFlag())
    for setup in (Setup(), Setup(2, 1, flash=False), Setup(flash=True, batch=128)):
        assert min(act(setup, 64, 4)) > 0
    stopped = StopFlag()
    stopped.set()
    with pytest.raises(AbortedError):
        measure(weights, stopped)(Setup(), 64, 4)
    weights.close()


def test_the_result_is_kept_and_used_at_the_next_start(gguf: Path, open_chat: Open, tmp_path: Path) -> None:
    file = tmp_path / "home" / "speed.json"
    chat = open_chat(gguf, setups=file, threads=0)
    found = chat.test()
    assert found is not None and chat.tuned == found
    again = open_chat(gguf, setups=file, threads=0)
    assert again.load().setup == found.setup
    assert again.tuned == found
    assert again._timer is None
    assert open_chat(gguf, setups=file, threads=3).load().setup.reading == 3


def test_another_model_or_machine_has_measurements_of_its_own(
    gguf: Path, slow_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setups, tuned = Setups(tmp_path / "speed.json"), Tuned(Setup(2, 1, 256, True, "q8_0"), 10.0, 5.0)
    setups.put(gguf, tuned)
    assert (setups.get(gguf), setups.get(slow_gguf)) == (tuned, None)
    monkeypatch.setattr("coach.llm.setup.processors", lambda: 64)
    assert setups.get(gguf) is None


@pytest.mark.parametrize(
    "damage", ["", "[1]", "{", '{"setup": 1}', '{"setup": {"reading": 0}, "reads": 1, "writes": 1}', '{"setup": {}}']
)
def test_a_damaged_file_only_costs_time(gguf: Path, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "speed.json"
    Setups(file).put(gguf, Tuned(Setup(), 1.0, 1.0))
    [key] = json.loads(file.read_text())
    file.write_text(damage if damage in ("", "[1]", "{") else f"{{{json.dumps(key)}: {damage}}}")
    assert Setups(file).get(gguf) is None
    Setups(file).put(gguf, Tuned(Setup(), 1.0, 1.0))
    assert Setups(file).get(gguf) is not None


def test_a_question_stops_it(slow_gguf: Path, open_chat: Open, tmp_path: Path) -> None:
    chat = open_chat(slow_gguf, setups=tmp_path / "speed.json", threads=0)
    engine = chat.load()
    found: list[Tuned | None] = []
    tester = threading.Thread(target=lambda: found.append(chat.test()))
    tester.start()
    while engine.lanes[0].request is None and tester.is_alive():
        pass
    assert chat.invoke("question").text
    tester.join(60)
    assert found == [None]
    assert not (tmp_path / "speed.json").exists()


def test_it_does_not_begin_while_somebody_asks(slow_gguf: Path, open_chat: Open) -> None:
    chat = open_chat(slow_gguf, context=4096)
    stream = chat.stream("x" * 3500)
    next(stream)
    assert chat.test() is None
    stream.close()


def test_it_runs_by_itself_when_nobody_asks(
    gguf: Path, open_chat: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "IDLE", 0.05)
    chat = open_chat(gguf, setups=tmp_path / "speed.json", threads=0)
    chat.load()
    timer = chat._timer
    assert timer is not None
    timer.join(60)
    assert chat.tuned is not None
    assert Setups(tmp_path / "speed.json").get(gguf) == chat.tuned


def test_before_any_test_half_of_the_processors_are_used() -> None:
    assert default_setup().reading == default_setup().writing >= 1
    assert default_setup(3) == Setup(3, 3)


def test_the_command_tells_what_was_found(gguf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--home", str(tmp_path / "home"), "--model"]
    assert main(["models", "test", *flags, str(gguf)]) == 0
    told = capsys.readouterr().out
    assert "tokens/s read" in told and "thread(s) to read" in told
    assert Setups(tmp_path / "home" / "speed.json").get(gguf) is not None
    assert main(["models", "test", *flags, "none"]) == 2
    assert "no model file to test" in capsys.readouterr().err


def test_the_tab_shows_what_was_measured(gguf: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", models=gguf.parent, llm=str(gguf))
    assert all(info.tuned is None for info in Store(settings).listed())
    Setups(settings.home / "speed.json").put(gguf, Tuned(Setup(2, 1), 180.0, 4.25))
    infos = Store(settings).listed(str(gguf))
    shown = [using_html(infos, t, name="", total=1, free=1, busy=False) for t in (EN, ZH)]
    assert "180 tokens/s read, 4.2 written" in shown[0] and "after about 5 s" in shown[0]
    assert "每秒读 180、写 4.2 个词元" in shown[1]
