"""The transformer over a question's token vectors: it starts as the table, and training moves it."""

import gzip
import json
import random

import numpy as np
import pytest

pytest.importorskip("jieba")
pytest.importorskip("torch")
pytest.importorskip("scipy")

import torch

from coach.index.encoder import load_encoder
from training.context import Reader, main, padded
from training.data import Pair, half
from training.export import export
from training.static import Bags
from training.vocabulary import shell

WORDS = ["apple", "river", "teacher", "music", "train", "moon", "doctor", "milk"]
TEXTS = ["apple river", "music", "moon milk doctor apple"]


@pytest.fixture(autouse=True)
def one_thread():
    """Small products on two threads wait for each other for seconds when the machine has much else to do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    tokenizer = shell([("<unk>", 0.0), *((word, -2.0) for word in WORDS)])
    export(np.random.default_rng(0).normal(size=(9, 16)).astype(np.float32), tokenizer, folder)
    return folder, tokenizer


def test_it_starts_as_the_table(model):
    folder, tokenizer = model
    encoder = load_encoder(str(folder), models=folder)
    reader = Reader(torch.from_numpy((encoder._rows * encoder._scales).astype(np.float32)), layers=1)
    ids, real = padded(Bags(tokenizer, TEXTS), np.arange(len(TEXTS)))
    assert real.sum(1).tolist() == [2, 1, 4]
    with torch.inference_mode():
        assert np.allclose(reader(ids, real).numpy(), encoder.encode_queries(TEXTS), atol=1e-5)


def test_dropping_keeps_one_token(model):
    bags = Bags(model[1], TEXTS)
    assert padded(bags, np.arange(3), np.random.default_rng(0), 1.0)[1].sum(1).tolist() == [1, 1, 1]


def test_training_brings_questions_to_their_passages(model, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("training.context.EVERY", 15)
    rng = random.Random(0)
    pairs = [["tut", " ".join(rng.sample(WORDS[:4], 2)), " ".join(rng.sample(WORDS[4:], 2))] for _ in range(400)]
    pairs = [[source, left, f"{WORDS[4 + WORDS.index(left.split()[0])]} {right}"] for source, left, right in pairs]
    (tmp_path / "encoder").mkdir()
    with gzip.open(tmp_path / "encoder" / "pairs.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(pair) for pair in pairs))
    (tmp_path / "retrieval" / "toy").mkdir(parents=True)
    for name, row in (("corpus", {"id": "a", "text": "milk"}), ("queries", {"query": "apple", "gold": ["a"]})):
        (tmp_path / "retrieval" / "toy" / f"{name}.jsonl").write_text(json.dumps(row), "utf-8")
    arguments = ["--data", str(tmp_path), "--model", str(model[0]), "--batch", "64", "--steps", "30"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all("toy 1.000 / 1.000" in line for line in lines)
    first, last = (float(line.split("loss ")[1].split(";")[0]) for line in lines[1:])
    assert last < first


def test_halves_share_no_text_but_the_dictionary():
    pairs = [Pair(source, str(i), f"text {i}") for i in range(200) for source in ("tut", "tatoeba", "cedict")]
    first, second = (half(pairs, second=second) for second in (False, True))
    assert {pair.source for pair in set(first) & set(second)} == {"cedict"}
    assert set(first) | set(second) == set(pairs)
    assert 60 < sum(pair.source == "tut" for pair in first) < 140
