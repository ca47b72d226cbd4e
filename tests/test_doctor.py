"""What the doctor says about models."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach import doctor
from coach.config import Settings
from coach.doctor import Check, examine
from coach.llm import hub as hub_module
from coach.llm.part import hash_path
from tests.support.hub import Hub, serve
from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture
def settings(tmp_path: Path, corpus: Path) -> Settings:
    (tmp_path / "models").mkdir()
    return Settings(home=tmp_path / "home", corpus=corpus, models=tmp_path / "models")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve() as hub:
        monkeypatch.setattr(hub_module, "sources", lambda: [hub.source(), hub.source(modelscope=True)])
        yield hub


def check(settings: Settings, name: str, **more: bool) -> Check:
    return next(check for check in examine(settings, **more) if check.name == name)


def test_without_a_model_the_command_that_gets_one_is_named(settings: Settings) -> None:
    assert check(settings, "model").mend.startswith("coach models pull ")
    assert check(settings, "memory").state == "ok"


def test_a_damaged_model_is_found_by_its_hash(settings: Settings) -> None:
    path = write_tiny_gguf(settings.models / "tiny.gguf")
    assert check(settings, "model hash").state == "missing"
    hash_path(path).write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  tiny.gguf\n")
    assert check(settings, "model hash").state == "ok"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found = check(settings, "model hash")
    assert found.state == "broken" and "coach models remove tiny.gguf" in found.mend


def test_a_model_that_is_too_large_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_gguf(settings.models / "tiny.gguf")
    assert "tiny.gguf takes about" in check(settings, "memory").detail
    monkeypatch.setattr("coach.llm.models.free_memory_bytes", lambda: 1000)
    assert check(settings, "memory").state == "broken"


def test_the_speed_is_measured_where_there_is_a_model(settings: Settings) -> None:
    assert check(settings, "speed").state == "missing"
    write_tiny_gguf(settings.models / "tiny.gguf")
    found = check(settings, "speed")
    assert found.state == "ok"
    assert "tokens/s read" in found.detail and "first word" in found.detail


def test_a_build_that_leaves_the_processor_idle_is_found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llama_cpp.llama_print_system_info", lambda: b"CPU : SSE3 = 1 | ")
    monkeypatch.setattr(doctor.Path, "read_text", lambda *_, **__: "flags : sse3 avx2 fma\n")
    found = doctor._processor(settings)
    assert found.state == "broken" and "AVX2, FMA" in found.detail and "GGML_NATIVE" in found.mend


def test_hubs_are_asked_only_when_that_is_wished(settings: Settings, hub: Hub) -> None:
    examine(settings)
    assert hub.asked == []
    assert [found.state for found in examine(settings, hubs=True)[-2:]] == ["missing", "missing"]
    assert "does not have" in check(settings, "mirror", hubs=True).detail
    assert check(settings.model_copy(update={"offline": True}), "hubs", hubs=True).state == "missing"
