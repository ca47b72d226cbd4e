from pathlib import Path

import numpy as np
import pytest

from coach.index import reading
from coach.index.manifest import Manifest
from coach.index.reading import VECTOR, Reader, is_chinese, unpacked
from coach.records import Chunk, Parsed, Section
from tests.support.encoders import HashedEncoder

TEXTS = ["LoRA trains low rank matrices, LoRA is small.", "今天天气很好。", "…"]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    opened = Manifest(tmp_path / "m.sqlite3")
    opened.replace(
        path="a",
        article_id="a",
        content_hash="h",
        parser=1,
        parsed=Parsed(
            "", (), "", "", tuple(Section("LoRA 是什么" if not n else "", t) for n, t in enumerate(TEXTS)), ()
        ),
        chunks={number: [Chunk(text, 0, len(text), 1)] for number, text in enumerate(TEXTS)},
    )
    return opened


def test_a_passage_is_read_with_places_and_counts(manifest: Manifest) -> None:
    memory = Reader(manifest).memory()
    first, weather, empty = (memory.read([p.id])[p.id] for p in manifest.passages())
    numbers, places, counts = unpacked(first.words)
    lora = int(np.flatnonzero(numbers == memory.number("lora"))[0])
    assert (places[lora], counts[lora], lora < first.own) == (0, 2 + 1 + 1, True)
    assert (first.ordinal, weather.ordinal, weather.own) == (0, 1, 0)
    assert list(places) == sorted(places)
    assert (len(empty.words), empty.length) == (1, 0)
    assert memory.number("never met") == -1


def test_words_alike_are_told_by_the_encoder_and_stop_words_have_none(manifest: Manifest) -> None:
    encoder = HashedEncoder(dimension=VECTOR)
    memory = Reader(manifest).memory()
    first = memory.read([manifest.passages()[0].id]).popitem()[1]
    numbers = unpacked(first.words)[0]
    cosines = memory.similar(numbers, encoder.encode_queries(["lora"]), encoder.fingerprint, encoder.encode_queries)
    assert cosines.shape == (1, len(numbers))
    assert cosines[0, numbers == memory.number("lora")] == pytest.approx(1, abs=0.02)
    assert cosines[0, numbers == memory.number("is")] == 0


def test_what_was_read_is_forgotten_when_passages_change_or_words_are_too_many(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(manifest)
    memory = reader.memory()
    assert reader.memory() is memory
    memory.read(p.id for p in manifest.passages())
    monkeypatch.setattr(reading, "MOST_WORDS", 3)
    assert reader.memory() is not memory
    again = reader.last
    manifest.set_meta("generation", "99")
    assert reader.memory() is not again


def test_chinese_full_of_english_terms_is_chinese() -> None:
    assert is_chinese("用 LoRA 微调 Transformer 的注意力层")
    assert not is_chinese("LoRA (低秩) freezes the weights and trains two small matrices")
