"""The models that can be had: data, and which of them suits a machine. Knows nothing of hubs or files.

Sizes and hashes are those of the repositories' LFS records, shapes those of their `config.json`. Thinking is off with
all of them: the chat template is given `enable_thinking=False`.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from coach.errors import ModelError

_BATCH = 512
"""Tokens that are decoded at once, see `native.BATCH`: the buffer has room for the logits of each."""
_FOREIGN = re.compile(r"([\w.-]+/[\w.-]+)/([\w./-]+\.gguf)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """A model file at a hub.

    Attributes:
        name: What it is called in commands.
        title: What it is called on the page.
        repo: Repository, the same at Hugging Face and its mirrors.
        file: Path of the file in the repository.
        size: Bytes of the file; 0 if only the hub knows.
        sha256: Hash of the file; "" if only the hub knows.
        licence: SPDX name; "" if unknown.
        context: Tokens that it was trained for.
        parameters: Number of weights, as its publisher counts them.
        layers: Number of layers, for the memory of the context.
        kv_heads: Heads of keys and values.
        head_dim: Numbers in a head.
        vocabulary: Number of tokens.
        modelscope: Repository at ModelScope if it is called otherwise there.
    """

    name: str
    title: str
    repo: str
    file: str
    size: int = 0
    sha256: str = ""
    licence: str = ""
    context: int = 0
    parameters: int = 0
    layers: int = 0
    kv_heads: int = 0
    head_dim: int = 0
    vocabulary: int = 0
    modelscope: str = ""

    @property
    def local(self) -> str:
        """The name of the file on this machine."""
        return PurePosixPath(self.file).name

    def memory(self, context: int) -> int:
        """Bytes of memory that chatting takes: see `memory_needed`."""
        per_token = 2 * self.layers * self.kv_heads * self.head_dim * 2
        return memory_needed(self.size, per_token, min(context, self.context or context), self.vocabulary)


CATALOGUE = (
    Model(
        name="qwen3-4b",
        title="Qwen3 4B",
        repo="Qwen/Qwen3-4B-GGUF",
        file="Qwen3-4B-Q4_K_M.gguf",
        size=2_497_280_256,
        sha256="7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5",
        licence="Apache-2.0",
        context=40_960,
        parameters=4_000_000_000,
        layers=36,
        kv_heads=8,
        head_dim=128,
        vocabulary=151_936,
    ),
    Model(
        name="qwen3-1.7b",
        title="Qwen3 1.7B",
        repo="Qwen/Qwen3-1.7B-GGUF",
        file="Qwen3-1.7B-Q8_0.gguf",
        size=1_834_426_016,
        sha256="061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a",
        licence="Apache-2.0",
        context=40_960,
        parameters=1_700_000_000,
        layers=28,
        kv_heads=8,
        head_dim=128,
        vocabulary=151_936,
    ),
    Model(
        name="minicpm5-1b",
        title="MiniCPM5 1B",
        repo="openbmb/MiniCPM5-1B-GGUF",
        modelscope="OpenBMB/MiniCPM5-1B-GGUF",
        file="MiniCPM5-1B-Q4_K_M.gguf",
        size=688_065_920,
        sha256="81b64d05a23b17b34c475f42b3e72fbde62d4b92cc34541f7a8031d0752deafa",
        licence="Apache-2.0",
        context=131_072,
        parameters=1_080_632_832,
        layers=24,
        kv_heads=2,
        head_dim=128,
        vocabulary=130_560,
    ),
    Model(
        name="qwen3-0.6b",
        title="Qwen3 0.6B",
        repo="Qwen/Qwen3-0.6B-GGUF",
        file="Qwen3-0.6B-Q8_0.gguf",
        size=639_446_688,
        sha256="9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031",
        licence="Apache-2.0",
        context=40_960,
        parameters=600_000_000,
        layers=28,
        kv_heads=8,
        head_dim=128,
        vocabulary=151_936,
    ),
)
"""The largest first."""


def memory_needed(size: int, kv_bytes: int, context: int, vocabulary: int) -> int:
    """Bytes that a model takes while it chats: weights + context + buffer.

    - weights: the whole file, for every token goes through all of it;
    - context: `kv_bytes` for each token, which is 2 (key, value) x layers x heads x numbers in a head x 2 bytes (f16);
    - buffer: a logit (4 bytes) for each token of the vocabulary and of a batch, the largest part of llama.cpp's buffer.

    Saved states of other conversations come on top of it, with a limit of their own.
    """
    return size + kv_bytes * context + 4 * vocabulary * _BATCH


def recommended(room: int, context: int) -> Model:
    """Return the model with the most parameters that takes at most `room` bytes; the smallest if none does."""
    by_need = sorted(CATALOGUE, key=lambda model: model.memory(context))
    fitting = [model for model in by_need if model.memory(context) <= room]
    return max(fitting, key=lambda model: model.parameters, default=by_need[0])


def find(name: str) -> Model:
    """Return the model of a name, a title or a file; `OWNER/REPO/FILE.gguf` names one that is not in the catalogue.

    Raises:
        ModelError: There is none of that name.
    """
    wanted = name.strip().casefold()
    for model in CATALOGUE:
        if wanted in (model.name.casefold(), model.title.casefold(), model.local.casefold()):
            return model
    if (foreign := _FOREIGN.fullmatch(name.strip())) and ".." not in name:
        repo, file = foreign.groups()
        return Model(name=name.strip(), title=PurePosixPath(file).stem, repo=repo, file=file)
    raise ModelError(
        f"There is no model {name!r} in the catalogue. Choose one of {', '.join(model.name for model in CATALOGUE)}, "
        "or name any GGUF of a hub as OWNER/REPO/FILE.gguf."
    )
