"""Training on a tiny made-up language: the whole way from pairs to a folder that the product loads."""

import gzip
import json
import random

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("jieba")

from coach.index.encoder import BUNDLED_FOLDER, load_encoder
from training.data import DevSet
from training.evaluate import bm25, measure, weighted
from training.export import quantize
from training.static import contrast
from training.train import main

WORDS = {
    "苹果": "apple", "河流": "river", "老师": "teacher", "音乐": "music", "火车": "train", "月亮": "moon",
    "电脑": "computer", "天气": "weather", "医生": "doctor", "图书馆": "library", "牛奶": "milk", "桥梁": "bridge",
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    data, models = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("models")
    rng = random.Random(1)
    lines = []
    for i in range(900):
        chosen = rng.sample(sorted(WORDS), 1 if i % 3 == 0 else 3)
        source = "cedict" if len(chosen) == 1 else "tut"
        lines.append(
            json.dumps([source, "".join(chosen), " ".join(WORDS[word] for word in chosen)], ensure_ascii=False)
        )
    (data / "encoder").mkdir()
    with gzip.open(data / "encoder" / "pairs.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    arguments = ["--data", str(data), "--pieces", "400", "--dimension", "16", "--steps", "60", "--batch", "64"]
    for name in (BUNDLED_FOLDER, "again"):
        assert main([*arguments, "--start", "random", "--out", str(models / name)]) == 0
    return models


def test_training_brings_the_two_languages_together(trained):
    encoder = load_encoder("bundled", models=trained)
    cosines = encoder.encode_queries(list(WORDS)) @ encoder.encode_passages(list(WORDS.values())).T
    assert (cosines.argmax(1) == np.arange(len(WORDS))).mean() >= 0.9


def test_training_is_repeatable(trained):
    first, again = (load_encoder(name, models=trained) for name in ("bundled", "again"))
    assert first.fingerprint == again.fingerprint


def test_contrast_gradient_agrees_with_differences():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, 5, 4))
    same = np.zeros((5, 5), bool)
    same[0, 3] = same[3, 0] = True
    _, slope, other = contrast(left, right, same, 5.0)
    for array, found in ((left, slope), (right, other)):
        for place in ((0, 1), (3, 2), (4, 0)):
            before = array[place]
            array[place] = before + 1e-5
            above = contrast(left, right, same, 5.0)[0]
            array[place] = before - 1e-5
            below = contrast(left, right, same, 5.0)[0]
            array[place] = before
            assert found[place] == pytest.approx((above - below) / 2e-5, abs=1e-5)


def test_quantizing_keeps_directions():
    table = np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32)
    rows, scales = quantize(table)
    back = rows * scales[:, None]
    cosines = (back * table).sum(1) / np.linalg.norm(back, axis=1) / np.linalg.norm(table, axis=1)
    assert cosines.min() > 0.999


def test_measures_on_a_set_done_by_hand():
    dev = DevSet("hand", ["注意力 机制", "消息 队列", "梯度 下降"], ["队列", "注意力", "不相干"], [{1}, {0}, {2}])
    scores, attainable = bm25(dev)
    assert scores[0].argmax() == 1
    assert scores[1].argmax() == 0
    assert not scores[2].any()
    assert (scores <= attainable).all()
    assert measure(scores, dev.gold) == pytest.approx({"R@1": 2 / 3, "R@5": 1.0, "MRR": (1 + 1 + 1 / 3) / 3})
    assert weighted(scores, np.zeros_like(scores), 0.5).max() == pytest.approx(0.5)
    assert weighted(scores, np.zeros_like(scores), 0.5, attainable).max() < 0.5
