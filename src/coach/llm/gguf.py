"""Reads the header of a GGUF file: is it whole, what is in it? Needs no llama.cpp.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

from coach.errors import ModelFileError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
_SCALARS = dict(enumerate(["B", "b", "H", "h", "I", "i", "f", "?"])) | {10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_EMBEDDERS = ("bert", "t5encoder", "embedding", "wavtokenizer", "clip")
"""Parts of the names of architectures that turn text or images into vectors and write no text."""
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Tensor type → (elements, bytes) of one block, from ggml's `type_traits`; an unknown type counts no bytes."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF says about itself.

    `parameters` counts weights, `size` is the file's size in bytes, `kv_bytes` what a token of the context takes in
    memory (f16), `vocabulary` the number of tokens.
    """

    path: Path
    architecture: str
    name: str
    context: int
    parameters: int
    size: int
    chat_template: bool
    embeds: bool
    kv_bytes: int = 0
    vocabulary: int = 0

    def check_chat(self) -> None:
        """Make sure that the model can hold a conversation.

        Raises:
            ModelFileError: It makes vectors instead of text, or has no chat template.
        """
        if self.embeds:
            raise ModelFileError(
                f"{self.path} is a model that turns its input into vectors ({self.architecture}); it can't write "
                "answers. Choose a chat model, for example an “Instruct” one, with --model FILE."
            )
        if not self.chat_template:
            raise ModelFileError(
                f"{self.path} has no chat template, so it is not made for conversations (a base model?). "
                "Choose a chat model, for example an “Instruct” one, with --model FILE."
            )


class _Reader:
    """Reads little-endian values one after another; running over the end raises `struct.error`."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def scalar(self, code: str) -> int:
        value: int = struct.unpack_from("<" + code, self.data, self.at)[0]
        self.at += struct.calcsize("<" + code)
        return value

    def string(self) -> str:
        length = self.scalar("Q")
        self.skip(length)
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def skip(self, length: int) -> None:
        if length > len(self.data) - self.at:
            raise struct.error("runs over the end")
        self.at += length

    def value(self, kind: int) -> object:
        """Read a metadata value; arrays are skipped and give None."""
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.scalar(_SCALARS[kind])
        inner, count = self.scalar("I"), self.scalar("Q")
        if inner in _SCALARS:
            self.skip(count * struct.calcsize("<" + _SCALARS[inner]))
        elif inner == _STRING:
            unpack, data, at = struct.Struct("<Q").unpack_from, self.data, self.at
            for _ in range(count):  # a vocabulary: some hundred thousand strings, so without a call for each
                at += 8 + unpack(data, at)[0]
            self.at = at
        else:
            for _ in range(count):
                self.value(inner)
        return None


def read_header(path: Path) -> Header:
    """Read and check the header of a GGUF file.

    Raises:
        ModelFileError: The file is missing, no GGUF, of an unknown version, damaged or cut short.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                raise ModelFileError(
                    f"{path} is not a GGUF file. Choose a *.gguf file; if it was downloaded, download it again."
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _parse(path, data)
    except FileNotFoundError as error:
        raise ModelFileError(f"The model file {path} does not exist. Mend --model or COACH_LLM.") from error
    except OSError as error:
        raise ModelFileError(f"The model file {path} can't be read ({error.strerror}).") from error
    except (struct.error, KeyError, OverflowError, RecursionError) as error:
        raise ModelFileError(f"{path} is damaged or was not downloaded completely. Download it again.") from error


def _parse(path: Path, data: mmap.mmap) -> Header:
    reader = _Reader(data)
    reader.skip(len(MAGIC))
    version = reader.scalar("I")
    if version not in VERSIONS:
        raise ModelFileError(
            f"{path} has GGUF version {version}; versions {VERSIONS[0]} and {VERSIONS[1]} can be read. "
            "Choose a newer file of this model."
        )
    tensors, pairs = reader.scalar("Q"), reader.scalar("Q")
    if tensors * 24 + pairs * 13 > len(data):  # the least bytes that so many entries take
        raise struct.error("too many entries")
    meta: dict[str, object] = {}
    for _ in range(pairs):
        key = reader.string()
        meta[key] = reader.value(reader.scalar("I"))
    parameters, end, vocabulary = 0, 0, 0
    for _ in range(tensors):
        name = reader.string()
        shape = [reader.scalar("Q") for _ in range(reader.scalar("I"))]
        block, size = _BLOCKS.get(reader.scalar("I"), (1, 0))
        count = prod(shape)
        if name == "token_embd.weight":
            vocabulary = shape[-1]
        parameters += count
        end = max(end, reader.scalar("Q") + count // block * size)
    alignment = meta.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or -(-reader.at // alignment) * alignment + end > len(data):
        raise struct.error("tensors run over the end")
    architecture = str(meta.get("general.architecture", ""))
    if not architecture:
        raise struct.error("no architecture")

    def number(key: str) -> int:
        value = meta.get(f"{architecture}.{key}")
        return value if isinstance(value, int) else 0

    heads = number("attention.head_count")
    width = number("embedding_length") // heads if heads else 0
    widths = (number("attention.key_length") or width) + (number("attention.value_length") or width)
    return Header(
        path=path,
        architecture=architecture,
        name=str(meta.get("general.name", path.stem)),
        context=number("context_length"),
        parameters=parameters,
        size=len(data),
        chat_template=bool(meta.get("tokenizer.chat_template")),
        embeds=any(part in architecture for part in _EMBEDDERS)
        or bool(meta.get(f"{architecture}.pooling_type"))
        or meta.get(f"{architecture}.attention.causal") is False,
        kv_bytes=2 * number("block_count") * (number("attention.head_count_kv") or heads) * widths,
        vocabulary=vocabulary,
    )
