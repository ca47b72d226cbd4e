"""What the catalogue holds, and which model it recommends."""

import re
from pathlib import Path

import pytest

from coach.errors import ModelError
from coach.llm.catalog import CATALOGUE, find, memory_needed, recommended
from coach.llm.gguf import read_header
from tests.support.tiny_gguf import write_tiny_gguf

GIB = 1 << 30


def test_every_entry_is_complete() -> None:
    for model in CATALOGUE:
        assert re.fullmatch(r"[0-9a-f]{64}", model.sha256)
        assert model.size > 100_000_000
        assert model.file.endswith(".gguf") and "/" in model.repo and model.licence
        assert min(model.context, model.layers, model.kv_heads, model.head_dim, model.vocabulary) > 0
    assert len({model.sha256 for model in CATALOGUE}) == len({model.name for model in CATALOGUE}) == len(CATALOGUE)


def test_memory_is_weights_context_and_buffer() -> None:
    assert memory_needed(1000, 10, 100, 50) == 1000 + 10 * 100 + 50 * 512 * 4
    small = find("qwen3-0.6b")
    assert small.memory(4096) - small.memory(2048) == 2048 * 2 * 28 * 8 * 128 * 2
    assert small.memory(10**9) == small.memory(small.context), "a model has no longer context than it was trained for"


def test_the_shape_in_a_file_gives_the_same_memory(tmp_path: Path) -> None:
    header = read_header(write_tiny_gguf(tmp_path / "x.gguf", width=128, layers=3, heads=4, kv_heads=2, vocab=400))
    assert header.kv_bytes == 2 * 3 * 2 * 32 * 2
    assert header.vocabulary == 400


def test_the_recommendation_grows_with_the_memory() -> None:
    names = [recommended(int(room * GIB), 4096).name for room in (0.5, 1.2, 2, 3, 4, 64)]
    assert names == ["minicpm5-1b", "minicpm5-1b", "minicpm5-1b", "qwen3-1.7b", "qwen3-4b", "qwen3-4b"]


@pytest.mark.parametrize("name", ["qwen3-4b", "Qwen3 4B", "QWEN3-4B-Q4_K_M.gguf"])
def test_a_model_is_found_by_any_of_its_names(name: str) -> None:
    assert find(name) is CATALOGUE[0]


def test_any_file_of_a_hub_can_be_named() -> None:
    model = find("owner/Some-GGUF/q4/some.Q4_K_M.gguf")
    assert (model.repo, model.file, model.local) == ("owner/Some-GGUF", "q4/some.Q4_K_M.gguf", "some.Q4_K_M.gguf")
    assert not model.sha256 and not model.size


@pytest.mark.parametrize("name", ["qwen9", "", "a/b", "a/b/../c.gguf", "a/b/c.bin", "https://x/y/z.gguf"])
def test_other_names_are_refused_with_the_list(name: str) -> None:
    with pytest.raises(ModelError, match=r"qwen3-4b, .*OWNER/REPO"):
        find(name)
