"""Encoders and rerankers that are not bundled: which are known, which are on this machine, and getting one when asked.

What is known of each (bytes, licence, what it expects before a query and before a passage) is data: `models.json`.
Nothing here imports torch, and only `download` goes online.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Literal

from coach.errors import EncoderError

FILE = Path(__file__).with_name("models.json")
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_UNUSED = (
    *("onnx/*", "openvino/*", "*.onnx", "*.onnx_data", "*.gguf", "*.h5", "*.msgpack", "*.ot", "*.tflite"),
    *("imgs/*", "*.jpg", "*.png", "*.webp", "colbert_linear.pt", "sparse_linear.pt", ".git*", "*.jsonl"),
)
"""Files of a repository that sentence-transformers does not read on this way: other formats, pictures, other heads."""
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Prompts:
    """What a model family expects before a query and before a passage."""

    family: str
    query: str
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is known by name: bytes to download (about), numbers in a vector (0 for a reranker)."""

    name: str
    size: int
    licence: str
    languages: Sequence[str]
    dimension: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model lies; `commit` tells its revision if it came from a hub."""

    folder: Path
    commit: str = ""


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def known(kind: Literal["encoders", "rerankers"]) -> tuple[Known, ...]:
    """The models that can be had by name, the smallest first."""
    return tuple(Known(**each) for each in _data()[kind])


def families() -> tuple[Prompts, ...]:
    """The prompts by family, a regular expression; the first that is found in a model's name counts."""
    return tuple(Prompts(**each) for each in _data()["prompts"])


def prompts_for(name: str, own: Mapping[str, str]) -> Prompts:
    """The prompts of a model: its own config's where it has any, else its family's, else none.

    Args:
        name: The model's name or folder; a hub's cache folder tells the name too.
        own: What the model's config says.
    """
    query = own.get("query", "")
    passage = next((own[key] for key in ("passage", "document", "corpus") if own.get(key)), "")
    if query or passage:
        return Prompts(name, query, passage)
    path = Path(name)
    names = [path.name, *(part for part in path.parts if part.startswith("models--"))]
    return next((p for p in families() for n in names if re.search(p.family, n.lower())), Prompts(name, ""))


def find(spec: str, models: Path) -> Place | None:
    """Where a model lies on this machine, or None.

    Args:
        spec: A folder (absolute, relative, or inside `models`), or a name that was downloaded before.
        models: The folder of models.
    """
    folder = next((path for path in (Path(spec).expanduser(), models / spec) if path.is_dir()), None)
    if folder is not None:
        return Place(folder)
    return _cached(spec) if _REPOSITORY.fullmatch(spec) else None


def lasting(spec: str) -> str:
    """A name that means the same from any working folder: a folder's path becomes absolute."""
    path = Path(spec).expanduser()
    return str(path.absolute()) if path.is_dir() and spec not in ("bundled", "none") else spec


def own_folders(models: Path, kind: Literal["encoders", "rerankers"]) -> Iterator[str]:
    """Names of the folders inside `models` that hold a model of that kind; the bundled one is left out."""
    for path in sorted(models.glob("*/config.json")):
        folder = path.parent
        scores = is_reranker(folder)
        if scores == (kind == "rerankers") and (scores or (folder / "modules.json").is_file()):
            yield folder.name


def is_reranker(folder: Path) -> bool:
    """Whether a folder holds a cross-encoder; the library would make one of any model, with random scores."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return "ForSequenceClassification" in str(config.get("architectures"))
    except (OSError, ValueError, AttributeError):
        return False


def cache_folder() -> Path:
    """Where the hub's library keeps what was downloaded."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _cached(name: str) -> Place | None:
    """The snapshot that the cache calls main, if its weights are there: they are downloaded last."""
    folder = cache_folder() / f"models--{name.replace('/', '--')}"
    try:
        commit = (folder / "refs" / "main").read_text("utf-8").strip()
    except OSError:
        return None
    snapshot = folder / "snapshots" / commit
    whole = (snapshot / "config.json").exists() and any(True for p in WEIGHTS for _ in snapshot.rglob(p))
    return Place(snapshot, commit) if whole else None


class Stopped(Exception):
    """A download was stopped; what is there is kept for the next try."""


def download(name: str, report: Callable[[int, int], None]) -> Place:
    """Download a model from Hugging Face, or from the address in `HF_ENDPOINT`, into the hub's cache.

    Args:
        name: OWNER/NAME.
        report: Told (bytes done, bytes in all); may raise `Stopped`.

    Raises:
        EncoderError: There is no such model, the hub does not answer, or the disk is full.
    """
    if not _REPOSITORY.fullmatch(name):
        raise EncoderError(f"{name!r} can't be downloaded: a name looks like BAAI/bge-m3.")
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")  # goes around mirrors
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import httpx
    from huggingface_hub import HfApi, hf_hub_download
    from tqdm.auto import tqdm

    done, total = 0, 0

    class Bytes(tqdm):  # type: ignore[misc] # has no types
        """Reports bytes instead of drawing a bar."""

        def __init__(self, *args: object, **more: Any) -> None:  # noqa: ANN401 - the library's own
            super().__init__(*args, **more | {"disable": True})
            self.update(more.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            nonlocal done
            done += int(n or 0)
            report(done, total)
            return None

    try:
        told = HfApi(token=False).model_info(name, files_metadata=True)
        sizes = {file.rfilename: file.size or 0 for file in told.siblings or ()}
        wanted = needed_files(sizes)
        total = sum(sizes[file] for file in wanted)
        report(0, total)
        before = 0
        for file in wanted:
            hf_hub_download(name, file, revision=told.sha, token=False, tqdm_class=Bytes)
            before += sizes[file]
            done = before
            report(done, total)
        ref = cache_folder() / f"models--{name.replace('/', '--')}" / "refs" / "main"
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(told.sha or "", "utf-8")
    except (OSError, ValueError, RuntimeError, httpx.HTTPError) as error:
        first = str(error).strip().splitlines()
        raise EncoderError(
            f"{name} can't be downloaded ({first[0] if first else type(error).__name__}). Check the name, the network "
            "and the disk; HF_ENDPOINT names a mirror. What is there is kept for the next try."
        ) from error
    place = _cached(name)
    if place is None:
        raise EncoderError(f"{name} holds no model that sentence-transformers reads. Choose another.")
    return place


def needed_files(sizes: Mapping[str, int]) -> list[str]:
    """The files of a repository that have to be downloaded, the smallest first: so the weights come last.

    >>> needed_files({"model.safetensors": 9, "pytorch_model.bin": 9, "config.json": 1, "onnx/model.onnx": 9})
    ['config.json', 'model.safetensors']
    """
    kept = [name for name in sizes if not any(fnmatch(name, pattern) for pattern in _UNUSED)]
    if any(name.endswith(".safetensors") for name in kept):
        kept = [name for name in kept if not fnmatch(name, "*pytorch_model*.bin*")]
    return sorted(kept, key=lambda name: (any(fnmatch(name, pattern) for pattern in WEIGHTS), sizes[name]))
