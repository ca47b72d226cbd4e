"""Foreign encoders with tiny random models: prompts, lengths, names, and what is no encoder."""

from pathlib import Path

import numpy as np
import pytest

from coach.errors import EncoderError
from coach.index import foreign
from coach.index.encoder import load_encoder
from coach.index.foreign import Known, find, known, needed_files
from coach.index.sentence import SentenceEncoder, about_tokens
from tests.support.tiny_transformers import save_cross_encoder, save_encoder

TEXTS = ["注意力机制是什么", "attention", "灾难性遗忘如何避免", "是"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_encoder(folder / "multilingual-e5-own")
    save_encoder(folder / "bge-own-zh-v1.5")
    save_encoder(folder / "plain")
    save_encoder(folder / "says-itself", prompts={"query": "query: ", "document": "passage: "})
    return folder


def loaded(models: Path, name: str) -> SentenceEncoder:
    encoder = load_encoder(name, models=models)
    assert isinstance(encoder, SentenceEncoder)
    return encoder


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("multilingual-e5-own", "query: ", "passage: "),
        ("bge-own-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("plain", "", ""),
        ("says-itself", "query: ", "passage: "),
    ],
)
def test_the_prompts_reach_the_model(models: Path, name: str, query: str, passage: str) -> None:
    from sentence_transformers import SentenceTransformer

    encoder, bare = loaded(models, name), SentenceTransformer(str(models / name), local_files_only=True)
    for found, prompt in ((encoder.encode_queries(TEXTS), query), (encoder.encode_passages(TEXTS), passage)):
        right = bare.encode([prompt + text for text in TEXTS], prompt="", normalize_embeddings=True)
        assert np.allclose(found, right, atol=1e-5)
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    without = bare.encode(TEXTS, prompt="", normalize_embeddings=True)
    assert bool(query) != np.allclose(encoder.encode_queries(TEXTS), without, atol=1e-3)


def test_the_order_and_the_lengths_of_texts_change_nothing(models: Path) -> None:
    encoder = loaded(models, "plain")
    texts = [text * (1 + n % 40) for n, text in enumerate(TEXTS * 20)] + ["", "\ud800"]
    together = encoder.encode_passages(texts)
    for row in (0, 39, 77, len(texts) - 1):
        assert np.allclose(together[row], encoder.encode_passages([texts[row]])[0], atol=1e-4)


def test_tokens_are_estimated_for_both_languages() -> None:
    assert about_tokens("注意力机制") == 6
    assert about_tokens("attention is all you need") == 9


def test_a_changed_model_or_prompt_has_another_fingerprint(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = loaded(models, "multilingual-e5-own").fingerprint
    assert first == loaded(models, "multilingual-e5-own").fingerprint
    assert first != loaded(models, "plain").fingerprint
    monkeypatch.setattr(foreign, "families", lambda: ())
    assert first != loaded(models, "multilingual-e5-own").fingerprint


def test_what_is_no_encoder_is_refused_in_a_sentence(models: Path, tmp_path: Path) -> None:
    save_cross_encoder(tmp_path / "judge")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "model.safetensors").write_bytes(b"no model")
    (tmp_path / "text" / "config.json").write_text('{"model_type": "bert"}')
    for name, message in (("judge", "is a reranker"), ("text", "can't be loaded")):
        with pytest.raises(EncoderError, match=message):
            load_encoder(name, models=tmp_path)


@pytest.mark.parametrize("name", ["BAAI/bge-m3", "Qwen/Qwen3-Embedding-0.6B", "no-such-folder", "../..//no-such"])
def test_what_is_not_here_is_not_downloaded(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(EncoderError, match="not on this machine, and nothing is downloaded unasked") as error:
        load_encoder(name, models=tmp_path)
    assert f"coach encoder pull {name}" in str(error.value)


def test_what_was_downloaded_is_found_by_its_name(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "cache_folder", lambda: tmp_path)
    folder = tmp_path / "models--BAAI--bge-own-zh"
    (folder / "refs").mkdir(parents=True)
    (folder / "snapshots").mkdir()
    (folder / "refs" / "main").write_text("0123abcd")
    assert find("BAAI/bge-own-zh", tmp_path) is None
    (folder / "snapshots" / "0123abcd").symlink_to(models / "plain")
    encoder = loaded(tmp_path, "BAAI/bge-own-zh")
    assert encoder.name == "BAAI/bge-own-zh" and encoder.prompts.query.startswith("为这个句子")
    # Given by its folder, the name is still known.
    assert loaded(tmp_path, str(folder / "snapshots" / "0123abcd")).prompts.query.startswith("为这个句子")


def test_the_weights_are_downloaded_last_and_once() -> None:
    sizes = {
        "pytorch_model.bin": 5,
        "config.json": 9,
        "onnx/model.onnx": 3,
        "model.safetensors": 5,
        "1_Pooling/config.json": 1,
    }
    assert needed_files(sizes) == ["1_Pooling/config.json", "config.json", "model.safetensors"]
    del sizes["model.safetensors"]
    assert needed_files(sizes) == ["1_Pooling/config.json", "config.json", "pytorch_model.bin"]


def test_the_catalogue_has_what_is_promised() -> None:
    assert {each.name for each in known("encoders")} == {
        "BAAI/bge-small-zh-v1.5",
        "BAAI/bge-m3",
        "Qwen/Qwen3-Embedding-0.6B",
        "intfloat/multilingual-e5-small",
    }
    assert [each.name for each in known("rerankers")] == ["BAAI/bge-reranker-base"]
    assert all(isinstance(each, Known) and each.size and each.licence for each in known("encoders"))
