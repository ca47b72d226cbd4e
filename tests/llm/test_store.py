"""Installed models, downloads behind everything else, and changing the model of a running coach."""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coach.config import Settings
from coach.errors import CoachError, HubError, ModelError, ModelFileError
from coach.llm import store as store_module
from coach.llm.catalog import CATALOGUE, Model
from coach.llm.models import find_model, wanted
from coach.llm.part import hash_path
from coach.llm.store import Store
from coach.service import Coach
from tests.support.hub import Fault, Hub, serve
from tests.support.tiny_gguf import write_tiny_gguf

NAME = "tiny"


@pytest.fixture
def hub(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub whose catalogue has one model, which llama.cpp can load."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with serve() as hub:
        model = hub.put(gguf.read_bytes(), NAME, layers=1, kv_heads=2, head_dim=16, vocabulary=300, context=1024)
        known = {NAME: model}
        monkeypatch.setattr(store_module, "CATALOGUE", (model,))
        monkeypatch.setattr(store_module, "find", lambda name: known.get(name) or _none(name))
        monkeypatch.setattr(store_module, "recommended", lambda room, context: model)
        monkeypatch.setattr(store_module, "sources", lambda choice: [hub.source()])
        yield hub


def _none(name: str) -> Model:
    raise ModelError(f"There is no model {name!r}.")


@pytest.fixture
def settings(tmp_path: Path, corpus: Path) -> Settings:
    (tmp_path / "models").mkdir()
    return Settings(home=tmp_path / "home", corpus=corpus, models=tmp_path / "models", context=512, threads=1)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = Store(settings)
    yield store
    store.close()


def settled(store: Store) -> None:
    while store.busy:
        time.sleep(0.01)


def test_the_catalogue_and_own_files_are_listed(store: Store, settings: Settings) -> None:
    own = write_tiny_gguf(settings.models / "own.gguf")
    write_tiny_gguf(settings.models / "embedder.gguf", pooling=1)
    listed = {info.name: info for info in store.listed(str(own))}
    assert [info.name for info in store.listed()][: len(CATALOGUE)] == [model.name for model in CATALOGUE]
    assert sum(info.recommended for info in listed.values()) == 1
    assert listed["own.gguf"].running and not listed["own.gguf"].problem
    assert listed["own.gguf"].needed > listed["own.gguf"].size
    assert "vectors" in listed["embedder.gguf"].problem
    assert listed["qwen3-4b"].path is None


def test_a_model_in_use_from_elsewhere_is_listed(store: Store, gguf: Path) -> None:
    assert store.listed(str(gguf))[-1].running


def test_a_download_goes_on_behind_and_tells_how_far_it_is(hub: Hub, store: Store, settings: Settings) -> None:
    reports = list(store.pull(NAME))
    assert reports[-1].state == "done"
    (info,) = store.listed()
    assert info.path == settings.models / "tiny.gguf" and info.pull is None
    asked = len(hub.asked)
    assert [report.state for report in store.pull(NAME)] == ["done"], "what is installed is not downloaded again"
    assert len(hub.asked) == asked


def test_pause_go_on_and_cancel(hub: Hub, store: Store, settings: Settings) -> None:
    hub.slow = 0.02
    store.start(NAME)
    while not (pull := store.listed()[0].pull) or not pull.done:
        time.sleep(0.01)
    store.pause(NAME)
    settled(store)
    paused = store.listed()[0].pull
    assert paused is not None and paused.state == "paused" and 0 < paused.done < paused.total
    again = Store(settings)
    remembered = again.listed()[0].pull
    assert remembered is not None and (remembered.state, remembered.done) == ("paused", paused.done), "after a restart"
    store.start(NAME)
    store.cancel(NAME)
    assert store.listed()[0].pull is None
    assert not list(settings.models.glob("*.part"))
    hub.slow = 0.0
    assert list(store.pull(NAME))[-1].state == "done"


def test_a_failure_is_told_to_who_follows_and_stays_on_the_list(hub: Hub, store: Store) -> None:
    hub.faults[:] = [Fault(status=404)]
    with pytest.raises(HubError, match=r"does not have tiny\.gguf"):
        list(store.pull(NAME))
    failed = store.listed()[0].pull
    assert failed is not None and failed.state == "failed" and "does not have" in failed.detail
    assert list(store.pull(NAME))[-1].state == "done"


def test_offline_forbids_every_call(hub: Hub, settings: Settings) -> None:
    store = Store(settings.model_copy(update={"offline": True}))
    with pytest.raises(ModelError, match="COACH_OFFLINE"):
        list(store.pull(NAME))
    store.listed()
    assert hub.asked == []


def test_listing_asks_no_hub(hub: Hub, store: Store) -> None:
    store.listed()
    assert hub.asked == []


def test_removing_deletes_the_file_and_its_hash(hub: Hub, store: Store, settings: Settings, gguf: Path) -> None:
    list(store.pull(NAME))
    assert store.remove(NAME) == settings.models / "tiny.gguf"
    assert not list(settings.models.iterdir())
    with pytest.raises(ModelError, match="not installed"):
        store.remove(NAME)
    with pytest.raises(ModelError, match="outside"):
        store.remove(str(gguf))
    assert gguf.exists()


# -- a running coach ------------------------------------------------------------------------------------------------


@pytest.fixture
def running(open_coach: Callable[..., Coach]) -> Callable[..., Coach]:
    """Open a coach that has articles and has warmed up, as the page does."""

    def start(**changes: Any) -> Coach:
        coach = open_coach(update=changes)
        list(coach.ingest())
        coach.warm_up()
        return coach

    return start


def test_what_is_downloaded_is_used_at_once(hub: Hub, running: Callable[..., Coach], tmp_path: Path) -> None:
    coach = running()
    assert coach.status().model == ""
    assert list(coach.pull(NAME))[-1].state == "done"
    assert coach.status().model == "tiny"
    assert [info.running for info in coach.models()] == [True]
    assert coach.status().problems == ()


def test_a_chosen_model_is_not_replaced_by_a_download(hub: Hub, running: Callable[..., Coach]) -> None:
    coach = running(llm="none")
    list(coach.pull(NAME))
    assert coach.status().model == ""


def test_a_choice_outlives_the_coach(running: Callable[..., Coach], tmp_path: Path, gguf: Path) -> None:
    large = write_tiny_gguf(tmp_path / "models" / "large.gguf", layers=3)
    small = write_tiny_gguf(tmp_path / "models" / "small.gguf")
    coach = running()
    assert coach.status().model == "large"
    coach.use_model("small.gguf")
    assert coach.status().model == "small"
    assert find_model(coach.settings) == small
    coach.use_model("none")
    assert coach.status().model == "" and wanted(coach.settings) == "none"
    assert coach.answer("多头注意力和单头注意力的时间复杂度一样吗？").writer == "extractive"
    coach.use_model("auto")
    assert coach.status().model == "large"
    coach.use_model("small.gguf")
    small.unlink()
    assert find_model(coach.settings) == large, "a choice that is gone is no choice"


def test_an_answer_is_finished_while_the_model_changes(running: Callable[..., Coach], tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "models" / "one.gguf", layers=2)
    write_tiny_gguf(tmp_path / "models" / "two.gguf")
    coach = running()
    events = coach.ask("多头注意力和单头注意力的时间复杂度一样吗？")
    started = [next(events), next(events)]
    coach.use_model("two.gguf")
    events = [*started, *events]
    assert events[-1].answer.text
    assert coach.status().model == "two"


def test_a_model_that_can_not_be_used_leaves_the_old_one(running: Callable[..., Coach], tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "models" / "good.gguf")
    bad = tmp_path / "models" / "bad.gguf"
    bad.write_bytes(b"GGUF nonsense")
    coach = running()
    with pytest.raises(ModelFileError, match=r"bad\.gguf"):
        coach.use_model("bad.gguf")
    with pytest.raises(CoachError, match="not installed"):
        coach.use_model("qwen3-4b")
    assert coach.status().model == "good"
    assert wanted(coach.settings) == "auto"


def test_removing_the_model_in_use_goes_on_without(hub: Hub, running: Callable[..., Coach]) -> None:
    coach = running()
    list(coach.pull(NAME))
    coach.remove_model(NAME)
    assert coach.status().model == ""
    assert not coach.models()[0].path
    assert coach.answer("多头注意力和单头注意力的时间复杂度一样吗？").writer == "extractive"


def test_the_hash_beside_a_file_is_the_files(hub: Hub, store: Store, settings: Settings) -> None:
    list(store.pull(NAME))
    path = settings.models / "tiny.gguf"
    assert hash_path(path).read_text().split() == [hashlib.sha256(path.read_bytes()).hexdigest(), "tiny.gguf"]
