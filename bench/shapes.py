"""GGUF files in the shapes of real models, with random weights: what they write is noise, at the cost of the real ones.

The vocabulary is read from a GGUF that holds one, like `ggml-vocab-qwen2.gguf` of the llama-cpp-python source
distribution (`pip download --no-deps --no-binary llama-cpp-python llama-cpp-python`, folder vendor/llama.cpp/models).
Matrices get the types that llama.cpp's `quantize` gives them: src/llama-quant.cpp, `llama_tensor_get_type`.
"""

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf.constants import GGMLQuantizationType as Kind

from tests.support.tiny_gguf import CHATML


@dataclass(frozen=True)
class Shape:
    """A model's shape. Qwen3 has norms in its heads and no biases; all of these share the embedding with the output."""

    architecture: str
    width: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    feed: int


SHAPES = {
    "0.5b": Shape("qwen2", 896, 24, 14, 2, 64, 4864),
    "1.5b": Shape("qwen2", 1536, 28, 12, 2, 128, 8960),
    "1.7b": Shape("qwen3", 2048, 28, 16, 8, 128, 6144),
}
"""Qwen2.5-0.5B, Qwen2.5-1.5B, Qwen3-1.7B (their repositories' config.json)."""
QUANTIZATIONS = ("q4_k_m", "q4_0")
_FALLBACK = {Kind.Q4_K: Kind.Q5_0, Kind.Q6_K: Kind.Q8_0}
"""What rows get that are no multiple of 256."""
_SPREAD = 0.04
"""Standard deviation of the weights."""


def write_shape(path: Path, shape: str, quantization: str, vocabulary: Path, *, context: int = 8192) -> Path:
    """Write a model of a shape of `SHAPES` in a quantization of `QUANTIZATIONS`, and return its path."""
    form, chance = SHAPES[shape], np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, form.architecture)
    writer.add_name(f"random {shape} {quantization}")
    writer.add_context_length(context)
    writer.add_embedding_length(form.width)
    writer.add_block_count(form.layers)
    writer.add_feed_forward_length(form.feed)
    writer.add_head_count(form.heads)
    writer.add_head_count_kv(form.kv_heads)
    writer.add_key_length(form.head)
    writer.add_value_length(form.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    words = _add_vocabulary(writer, vocabulary)

    def matrix(name: str, rows: int, columns: int, kind: Kind) -> None:
        kind = kind if columns % 256 == 0 else _FALLBACK.get(kind, kind)
        writer.add_tensor(f"{name}.weight", _blocks(chance, rows, columns, kind), raw_dtype=kind)

    def vector(name: str, size: int, value: float = 1.0) -> None:
        writer.add_tensor(name, np.full(size, value, np.float32))

    usual = Kind.Q4_K if quantization == "q4_k_m" else Kind.Q4_0
    matrix("token_embd", words, form.width, Kind.Q6_K)
    vector("output_norm.weight", form.width)
    queries, keys, eighth = form.heads * form.head, form.kv_heads * form.head, form.layers // 8
    for layer in range(form.layers):
        block = f"blk.{layer}."
        fine = layer < eighth or layer >= 7 * form.layers // 8 or (layer - eighth) % 3 == 2
        better = Kind.Q6_K if fine and usual == Kind.Q4_K else usual
        for name, rows, columns, kind in (
            ("attn_q", queries, form.width, usual),
            ("attn_k", keys, form.width, usual),
            ("attn_v", keys, form.width, better),
            ("attn_output", form.width, queries, usual),
            ("ffn_gate", form.feed, form.width, usual),
            ("ffn_up", form.feed, form.width, usual),
            ("ffn_down", form.width, form.feed, better),
        ):
            matrix(block + name, rows, columns, kind)
        for norm in ("attn_norm", "ffn_norm"):
            vector(f"{block}{norm}.weight", form.width)
        if form.architecture == "qwen3":
            vector(f"{block}attn_q_norm.weight", form.head)
            vector(f"{block}attn_k_norm.weight", form.head)
        else:
            for name, rows in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
                vector(f"{block}{name}.bias", rows, 0.0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_vocabulary(writer: gguf.GGUFWriter, path: Path) -> int:
    """Copy a vocabulary; return its number of tokens."""
    fields = gguf.GGUFReader(path).fields
    tokens, types, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "token_type", "merges"))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML)
    return len(tokens)


def _blocks(chance: np.random.Generator, rows: int, columns: int, kind: Kind) -> np.ndarray:
    """Random blocks whose weights have a mean near 0 and about the wanted spread."""
    size, length = gguf.GGML_QUANT_SIZES[kind]
    blocks = chance.integers(0, 256, (rows, columns // size, length), np.uint8)

    def scale(at: int, value: float) -> None:
        blocks[..., at : at + 2] = np.frombuffer(np.float16(value).tobytes(), np.uint8)

    match kind:
        case Kind.Q4_0:
            scale(0, _SPREAD / 4.6)
        case Kind.Q5_0:
            scale(0, _SPREAD / 9.2)
        case Kind.Q8_0:
            scale(0, _SPREAD / 74)
        case Kind.Q4_K:  # d x scale x q - dmin x least, of which scale and least are 32 on the average, and q 7.5
            scale(0, _SPREAD / (32 * 4.6))
            scale(2, 7.5 * _SPREAD / (32 * 4.6))
        case Kind.Q6_K:
            scale(208, _SPREAD / (74 * 18))
    return blocks.reshape(rows, -1)
