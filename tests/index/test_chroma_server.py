"""Vectors on a real Chroma server: the same as in a folder, shared by homes, and gone or away for a while."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from coach.config import Settings, load_settings
from coach.errors import SettingsError, VectorsError
from coach.index import vectors as module
from coach.index.vectors import Vectors
from coach.service import Coach
from tests.support.chroma_server import ChromaServer
from tests.support.encoders import HashedEncoder

QUESTION = "微调大模型时如何避免灾难性遗忘？"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ChromaServer]:
    with ChromaServer(tmp_path / "server") as running:
        yield running


@pytest.fixture
def opened(settings: Settings, server: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Coach]]:
    monkeypatch.setattr(module, "RETRY", 0.2)
    coaches: list[Coach] = []

    def opening(**changes: object) -> Coach:
        changed = settings.model_copy(update={"chroma_url": server.url, **changes})
        coaches.append(Coach(changed, encoder=HashedEncoder()))
        return coaches[-1]

    yield opening
    for coach in coaches:
        coach.close()


def equal(coach: Coach) -> bool:
    encoder, vectors = coach._parts.backend()
    return vectors.ids(encoder.fingerprint) == coach._manifest.passage_ids() != set()


def meaning(coach: Coach) -> bool:
    """Whether a search uses vectors."""
    return max(hit.dense for hit in coach.search(QUESTION)) > 0


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never holds")


def test_ingest_search_edit_delete_as_in_a_folder(opened: Callable[..., Coach], corpus: Path) -> None:
    coach = opened()
    list(coach.ingest())
    assert equal(coach) and meaning(coach) and not coach.settings.chroma.exists()
    best = coach.search(QUESTION)[0]
    own = coach.settings.model_copy(update={"home": corpus.parent / "other", "chroma_url": ""})
    with Coach(own, encoder=HashedEncoder()) as local:
        list(local.ingest())
        assert local.search(QUESTION)[0].passage.id == best.passage.id
    (corpus / "attention.md").write_text("## 什么是注意力？\n\n注意力是加权平均。\n", encoding="utf-8")
    list(coach.ingest())
    assert equal(coach)
    coach.delete(coach.articles()[0].id)
    assert equal(coach) and coach.status().problems == ()


def test_homes_that_share_a_server_leave_each_other_alone(opened: Callable[..., Coach], tmp_path: Path) -> None:
    first, second = opened(), opened(home=tmp_path / "second")
    list(first.ingest())
    list(second.ingest())
    second.delete(second.articles()[0].id)
    assert equal(first) and equal(second)
    assert len(first.passages()) > len(second.passages())


def test_several_processes_of_one_home_share_it(opened: Callable[..., Coach]) -> None:
    first, second = opened(), opened()
    list(first.ingest())
    assert equal(second) and meaning(second)


def test_a_server_that_goes_away_and_comes_back(opened: Callable[..., Coach], server: ChromaServer) -> None:
    coach = opened()
    list(coach.ingest())
    server.kill()
    assert coach.answer(QUESTION).citations, "words alone must do"
    assert not meaning(coach)
    [problem] = coach.status().problems
    assert server.url in problem and "COACH_CHROMA_URL" in problem
    with pytest.raises(VectorsError, match="Start it"):
        list(coach.add_text("新的", "# 新的\n\n## 什么是新主题？\n\n新主题是新的内容。\n"))
    assert coach.search("什么是新主题？")[0].passage.title == "新的", "the article is stored all the same"
    server.start()
    eventually(lambda: meaning(coach) and not coach.status().problems)
    eventually(lambda: equal(coach))


def test_a_start_without_the_server(opened: Callable[..., Coach], server: ChromaServer) -> None:
    list(opened().ingest())
    server.kill()
    coach = opened()
    coach.warm_up()
    assert coach.answer(QUESTION).citations and any(server.url in problem for problem in coach.status().problems)
    server.start()
    eventually(lambda: meaning(coach) and not coach.status().problems)


def test_what_the_server_lost_is_made_again(opened: Callable[..., Coach], server: ChromaServer) -> None:
    coach = opened()
    list(coach.ingest())
    server.kill()
    shutil.rmtree(server.folder)
    server.start()
    assert coach.answer(QUESTION).citations
    eventually(lambda: meaning(coach) and equal(coach))


def test_a_server_that_is_killed_during_an_ingest(
    opened: Callable[..., Coach], server: ChromaServer, corpus: Path
) -> None:
    for number in range(60):
        texts = (f"## 什么是主题{number}之{part}？\n\n第{part}号定义。\n" for part in range(10))
        (corpus / f"topic{number}.md").write_text("\n".join(texts), encoding="utf-8")
    coach = opened()
    with pytest.raises(VectorsError):
        for progress in coach.ingest():
            if progress.done == 40:
                server.kill()
    assert len(coach.articles()) == 62
    server.start()
    coach.heal()
    assert equal(coach)


def test_a_server_that_never_answers_costs_one_timeout_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, done = [], threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            done.wait(60)

        def log_message(self, format: str, *args: object) -> None:
            pass

    monkeypatch.setattr(module, "TIMEOUT", httpx.Timeout(0.3))
    monkeypatch.setattr(module, "RETRY", 1000.0)
    told: list[object] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        vectors = Vectors(f"http://127.0.0.1:{server.server_address[1]}", told=told.append)
        for _ in range(3):
            with pytest.raises(VectorsError, match="words alone"):
                vectors.ids("x")
        done.set()
        server.shutdown()
    assert len(asked) == 1 and len(told) == 1


@pytest.mark.parametrize("url", ["ftp://host", "host:8000", "http://", "http://host/path"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="chroma_url"):
        load_settings(chroma_url=url)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://chroma", "http://chroma:8000"),
        ("https://chroma", "https://chroma:443"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_a_server_is_tried_where_it_is_then_used_and_each_who_is_told_gets_an_error_of_his_own(
    url: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def away(address: str, **_: object) -> None:
        tried.append(address)
        raise httpx.ConnectError("away")

    monkeypatch.setattr(httpx, "get", away)
    vectors, told = Vectors(url), []
    for _ in range(3):
        with pytest.raises(VectorsError, match="COACH_CHROMA_URL") as raised:
            vectors.fingerprints()
        told.append(raised.value)
    assert tried == [f"{asked}/api/v2/heartbeat"] and len({id(error) for error in told}) == 3
