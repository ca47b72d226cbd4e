"""Predicting a deep model's vectors from its first layers."""

import numpy as np
import pytest

pytest.importorskip("jieba")
pytest.importorskip("torch")
pytest.importorskip("transformers")

from training.cut import heal, unit


def test_least_squares_finds_the_vectors_that_the_first_layers_imply():
    rng = np.random.default_rng(0)
    shallow = rng.normal(size=(400, 20)).astype(np.float32) + 3
    final = (shallow @ rng.normal(size=(20, 8)) + 5 + 0.01 * rng.normal(size=(400, 8))).astype(np.float32)
    mean, weights = heal(shallow[:300], final[:300])
    found, wanted = unit((shallow[300:] - mean) @ weights), unit(final[300:] - final[:300].mean(0))
    assert (found * wanted).sum(1).min() > 0.98
