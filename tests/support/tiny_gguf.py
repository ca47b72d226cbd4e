"""Writes a tiny GGUF with random weights: a real file for the real llama.cpp, made in well under a second.

The vocabulary is byte-level BPE with one merge (" t"): 256 bytes, a few ready-made pieces that only sampling can reach
(`[1]`, `[12`, `<think>` …) and the special tokens of ChatML. What comes out is noise, but every mechanism is real.
"""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{% if enable_thinking is defined and not enable_thinking %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
    "{% endif %}"
)
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
THINK = ("<think>", "</think>")
MARKS = (
    "[0]",
    "[1]",
    "[2]",
    "[9]",
    "[01]",
    "[1",
    "[12",
    "[ ",
    "0]",
    "1]",
    "9].",
    "[1,",
    "```",
    "\n```\n",
    "<thi",
    "nk>",
    " t",
)


def byte_names() -> list[str]:
    """The 256 printable names of the bytes in GPT-2's byte-level vocabulary, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names, extra = [], 256
    for byte in range(256):
        if byte in printable:
            names.append(chr(byte))
        else:
            names.append(chr(extra))
            extra += 1
    return names


def vocabulary(pieces: tuple[str, ...] = MARKS) -> tuple[list[str], list[int]]:
    """Tokens and their types: bytes, ready-made pieces, thinking marks, control tokens."""
    names = byte_names()
    tokens = [*names, *("".join(names[byte] for byte in piece.encode()) for piece in pieces)]
    types = [int(gguf.TokenType.NORMAL)] * len(tokens)
    tokens += [*THINK, *CONTROL]
    types += [int(gguf.TokenType.USER_DEFINED)] * len(THINK) + [int(gguf.TokenType.CONTROL)] * len(CONTROL)
    return tokens, types


def write_tiny_gguf(
    path: Path,
    *,
    template: str | None = CHATML,
    width: int = 32,
    layers: int = 1,
    heads: int = 0,
    kv_heads: int = 0,
    feed: int = 0,
    context: int = 1024,
    vocab: int = 0,
    seed: int = 0,
    spread: float = 1.0,
    quantized: bool = False,
    pooling: int | None = None,
    architecture: str = "qwen2",
) -> Path:
    """Write a model of the Qwen2 shape and return its path.

    Args:
        path: Where to write.
        template: Chat template; None leaves it out.
        width: Embedding length; a multiple of 32.
        layers: Number of layers.
        heads: Attention heads; 0 makes heads of 16.
        kv_heads: Heads of keys and values; 0 takes as many as `heads`.
        feed: Length of the feed-forward layer; 0 takes twice the width.
        context: Trained context length, in tokens.
        vocab: Pads the vocabulary to this many tokens.
        seed: Seed of the weights.
        spread: Standard deviation of the output weights: larger means more peaked next-token probabilities.
        quantized: Writes matrices as Q4_0 with random blocks: as fast as a real model, and as large.
        pooling: Pooling type; set it to make an embedding model.
        architecture: Architecture name to write; only "qwen2" can be loaded.
    """
    random = np.random.default_rng(seed)
    tokens, types = vocabulary()
    for number in range(len(tokens), vocab):
        tokens.append(f"pad{number}")
        types.append(int(gguf.TokenType.NORMAL))
    special = {token: number for number, token in enumerate(tokens) if types[number] == gguf.TokenType.CONTROL}
    heads, feed = heads or width // 16, feed or width * 2
    kv_heads = kv_heads or heads
    kv_width = width // heads * kv_heads
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny random model")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10000.0)
    if pooling is not None:
        writer.add_pooling_type(gguf.PoolingType(pooling))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(["Ġ t"])
    writer.add_eos_token_id(special["<|im_end|>"])
    writer.add_pad_token_id(special["<|endoftext|>"])
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)

    def tensor(name: str, *shape: int, scale: float = 0.05) -> None:
        if quantized and len(shape) == 2:
            blocks = random.integers(0, 256, (shape[0], shape[1] // 32, 18), np.uint8)
            blocks[..., :2] = np.frombuffer(np.float16(scale / 4).tobytes(), np.uint8)
            data = blocks.reshape(shape[0], -1)
            writer.add_tensor(name, data, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
        else:
            writer.add_tensor(name, random.normal(0, scale, shape).astype(np.float32))

    tensor("token_embd.weight", len(tokens), width, scale=1.0)
    tensor("output.weight", len(tokens), width, scale=spread / width**0.5)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        block = f"blk.{layer}."
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{block}{norm}.weight", np.ones(width, np.float32))
        for part, size in (("attn_q", width), ("attn_k", kv_width), ("attn_v", kv_width)):
            tensor(f"{block}{part}.weight", size, width)
            tensor(f"{block}{part}.bias", size)
        tensor(f"{block}attn_output.weight", width, width)
        tensor(f"{block}ffn_gate.weight", feed, width)
        tensor(f"{block}ffn_up.weight", feed, width)
        tensor(f"{block}ffn_down.weight", width, feed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def damage(path: Path, **change: Any) -> Path:
    """Damage a GGUF in place: `magic=b"…"`, `version=…`, or `keep=0.5` to cut the file off there."""
    data = bytearray(path.read_bytes())
    if "magic" in change:
        data[:4] = change["magic"]
    if "version" in change:
        data[4:8] = int(change["version"]).to_bytes(4, "little")
    if "keep" in change:
        data = data[: int(len(data) * change["keep"])]
    path.write_bytes(bytes(data))
    return path
