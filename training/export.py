"""Writing the trained table as the product's model folder, which sentence-transformers reads too."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.sentence_transformer.modules.normalize.Normalize",
    },
]


def quantize(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round each row to 8 bits with its own scale: row = whole numbers in -127..127 x scale."""
    scales = np.maximum(np.abs(table).max(axis=1), np.finfo(np.float32).tiny) / 127
    return np.rint(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def export(table: NDArray[np.float32], tokenizer: Tokenizer, out: Path) -> None:
    """Write model.safetensors, tokenizer.json, the module list, and coach.json with the sha256 of the first two.

    The unknown token gets a zero row: text that the vocabulary does not know says nothing.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = table.copy()
    table[tokenizer.token_to_id("<unk>")] = 0
    rows, scales = quantize(table)
    # The keys and the per-row weights are model2vec's layout, which StaticEmbedding folds back on loading.
    save_file({"embeddings": rows, "weights": scales}, out / "model.safetensors")
    (out / "tokenizer.json").write_text(tokenizer.to_str(pretty=False), "utf-8")
    _write(out / "modules.json", MODULES)
    _write(
        out / "config_sentence_transformers.json", {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine"}
    )
    (out / "1_Normalize").mkdir(exist_ok=True)
    _write(out / "1_Normalize" / "config.json", {})
    files = ("model.safetensors", "tokenizer.json")
    _write(
        out / "coach.json",
        {
            "dimension": table.shape[1],
            "tokens": table.shape[0],
            "sha256": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files},
        },
    )


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
