"""The bundled encoder as the product loads it, and the rules for foreign ones."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coach.errors import EncoderError
from coach.index.encoder import BUNDLED_FOLDER, CARD, StaticEncoder, load_encoder
from coach.index.foreign import families, prompts_for
from coach.index.sentence import SentenceEncoder

MODELS = Path(__file__).parents[2] / "models"
FOLDER = MODELS / BUNDLED_FOLDER
TEXTS = ["什么是注意力机制？", "Why is a KV cache useful?", "梯度消失怎么办"]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("bundled", models=MODELS)


def test_vectors_have_unit_length_and_the_stated_dimension(encoder):
    for vectors in (encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS)):
        assert vectors.shape == (len(TEXTS), encoder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode_queries([]).shape == (0, encoder.dimension)


def test_batches_do_not_change_a_vector(encoder):
    many = [f"{text} {i}" for i in range(60) for text in TEXTS]
    together = encoder.encode_passages(many)
    assert np.allclose(together[-1], encoder.encode_passages(many[-1:])[0], atol=1e-5)


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("注意力机制", "attention mechanism", "database index"),
        (
            "How does gradient descent work?",
            "梯度下降沿着损失函数的负梯度方向更新参数。",
            "消息队列可以削峰填谷，让系统之间解耦。",
        ),
        (
            "过拟合怎么办",
            "Regularization and dropout reduce overfitting.",
            "The cache evicts the least recently used entry.",
        ),
        ("训练太慢如何加速", "可以用多卡并行来提高训练速度。", "这座城市以美食闻名。"),
        ("vanishing gradient", "层数很深时梯度会消失，残差连接可以缓解。", "分词器把文本切成词元。"),
    ],
)
def test_meaning_is_found_across_languages_and_wordings(encoder, query, right, wrong):
    vector = encoder.encode_queries([query])[0]
    near, far = encoder.encode_passages([right, wrong]) @ vector
    assert near > far


@pytest.mark.parametrize("text", ["", " \n\t", "\ud800", "🤷‍♀️\u200b\u0000", "注" * 100_000, "a" * 100_000, "ﬀ①é漢字"])
def test_odd_texts_give_finite_vectors(encoder, text):
    vectors = encoder.encode_passages([text, "注意力"])
    assert np.isfinite(vectors).all()
    assert vectors[0] @ vectors[0] == pytest.approx(1, abs=1e-4) or not vectors[0].any()
    assert np.allclose(vectors[1], encoder.encode_passages(["注意力"])[0], atol=1e-5)


def test_what_comes_first_counts_more(encoder):
    first, last = encoder.encode_passages(["注意力" + "的数据" * 50, "的数据" * 50 + "注意力"])
    query = encoder.encode_queries(["注意力"])[0]
    assert first @ query > last @ query


def test_text_without_known_tokens_is_like_nothing(encoder):
    assert not encoder.encode_queries([""]).any()


def test_fingerprint_follows_from_the_files(encoder):
    card = json.loads((FOLDER / CARD).read_text("utf-8"))
    assert card["sha256"] == {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        for name in ("model.safetensors", "tokenizer.json")
    }
    assert len(encoder.fingerprint) == 12
    assert int(encoder.fingerprint, 16) >= 0
    assert card["dimension"] == encoder.dimension


def test_bundled_encoder_needs_no_torch():
    code = (
        "import sys; from pathlib import Path; from coach.index.encoder import load_encoder;"
        f"load_encoder('bundled', models=Path({str(MODELS)!r})).encode_queries(['注意力']);"
        "sys.exit('torch' in sys.modules or 'sentence_transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json", CARD])
def test_damaged_files_are_named(tmp_path, broken):
    shutil.copytree(FOLDER, tmp_path / BUNDLED_FOLDER)
    (tmp_path / BUNDLED_FOLDER / broken).write_bytes(b"{")
    with pytest.raises(EncoderError, match="can't be read"):
        load_encoder("bundled", models=tmp_path)
    (tmp_path / BUNDLED_FOLDER / broken).unlink()
    with pytest.raises(EncoderError, match=BUNDLED_FOLDER):
        load_encoder("bundled", models=tmp_path)


def test_a_changed_card_changes_the_fingerprint(tmp_path, encoder):
    shutil.copytree(FOLDER, tmp_path / "other")
    card = json.loads((tmp_path / "other" / CARD).read_text("utf-8"))
    card["sha256"]["tokenizer.json"] = "0" * 64
    (tmp_path / "other" / CARD).write_text(json.dumps(card), "utf-8")
    other = load_encoder("other", models=tmp_path)
    assert isinstance(other, StaticEncoder)
    assert other.name == "other"
    assert other.fingerprint != encoder.fingerprint


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("multilingual-e5-small", "query: ", "passage: "),
        ("bge-small-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("bge-base-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("Qwen3-Embedding-0.6B", "Instruct: ", ""),
        ("multilingual-e5-large-instruct", "Instruct: ", ""),
        ("bge-m3", "", ""),
        ("paraphrase-multilingual-MiniLM-L12-v2", "", ""),
    ],
)
def test_known_families_get_their_prompts(name, query, passage):
    prompts = prompts_for(name, {"query": "", "document": ""})
    assert prompts.query.startswith(query)
    assert bool(prompts.query) == bool(query)
    assert prompts.passage == passage


def test_the_models_own_prompts_count_before_the_family():
    prompts = prompts_for("multilingual-e5-small", {"query": "ask: ", "passage": "tell: "})
    assert (prompts.query, prompts.passage) == ("ask: ", "tell: ")
    assert len({p.family for p in families()}) == len(families())


def test_sentence_transformers_reads_the_same_folder(tmp_path, encoder):
    shutil.copytree(FOLDER, tmp_path / "same")
    (tmp_path / "same" / CARD).unlink()
    same = load_encoder("same", models=tmp_path)
    assert isinstance(same, SentenceEncoder)
    assert same.dimension == encoder.dimension
    assert same.fingerprint != encoder.fingerprint
    # A plain mean there, a fading one here: the same for one token, near for a question.
    assert np.allclose(same.encode_queries(["注意力"]), encoder.encode_queries(["注意力"]), atol=1e-5)
    assert ((same.encode_queries(TEXTS) * encoder.encode_queries(TEXTS)).sum(axis=1) > 0.9).all()
    assert same.encode_passages([]).shape == (0, encoder.dimension)


def test_a_folder_that_holds_no_encoder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderError, match="empty"):
        load_encoder("empty", models=tmp_path)
