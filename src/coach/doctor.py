"""What is installed, what would be used, what is missing, and the command that mends it."""

import hashlib
import importlib.metadata
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coach.config import Settings
from coach.errors import CoachError

PACKAGES = ("chromadb", "gradio", "langchain-core", "llama-cpp-python", "rjieba", "sentence-transformers", "torch")

_SAMPLE = "How does attention scale with the length of a text? " * 12
"""About 130 tokens to measure with."""
_PROMPT = 900
"""Tokens of a first question's prompt that are not kept from before: passages, question."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `mend` is a command or "". "missing" is fine, "broken" is not."""

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    mend: str = ""


def examine(settings: Settings, *, hubs: bool = False) -> list[Check]:
    """Look at everything that the coach uses; nothing is changed but an empty home may be made.

    Args:
        settings: What would be used.
        hubs: Also ask the hubs whether they can be reached; the only thing that goes online.
    """
    parts = (_home, _corpus, _index, _encoder, _processor, _model, _memory, _hash, _speed)
    return [*_packages(), *(part(settings) for part in parts), *(_hubs(settings) if hubs else ())]


def _packages() -> Iterator[Check]:
    for name in PACKAGES:
        try:
            yield Check(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Check(name, "broken", "not installed", "make install")


def _home(settings: Settings) -> Check:
    try:
        settings.make_home()
    except CoachError as error:
        return Check("home", "broken", str(error), "chmod u+rwx on that folder, or --home FOLDER")
    return Check("home", "ok", str(settings.home))


def _corpus(settings: Settings) -> Check:
    if not settings.corpus.is_dir():
        return Check("corpus", "broken", f"{settings.corpus} does not exist", "--corpus FOLDER, or make that folder")
    from coach.corpus.articles import list_articles

    return Check("corpus", "ok", f"{len(list_articles(settings.corpus))} articles in {settings.corpus}")


def _index(settings: Settings) -> Check:
    if not settings.database.is_file():
        return Check("index", "missing", "nothing ingested yet", "python ingest.py")
    try:
        connection = sqlite3.connect(settings.database.as_uri() + "?mode=ro", uri=True)
        try:
            verdict = str(connection.execute("PRAGMA quick_check").fetchone()[0])
            passages = int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as error:
        verdict, passages = str(error), 0
    if verdict != "ok":
        return Check("index", "broken", f"{settings.database}: {verdict}", "move that file away, then python ingest.py")
    return Check("index", "ok", f"{passages} passages (SQLite {sqlite3.sqlite_version})")


def _encoder(settings: Settings) -> Check:
    from coach.index.encoder import load_encoder

    try:
        encoder = load_encoder(settings.encoder, models=settings.models)
    except CoachError as error:
        return Check("encoder", "broken", str(error), "--encoder bundled, and git checkout models/ if it is missing")
    return Check("encoder", "ok", f"{encoder.name}, {encoder.dimension} dimensions, {encoder.fingerprint}")


def _processor(settings: Settings) -> Check:
    """Whether llama.cpp was compiled for what this processor can do: without it, it is several times slower."""
    from llama_cpp import llama_print_system_info

    compiled = {
        part.split(" = ")[0].split()[-1] for part in llama_print_system_info().decode().split("|") if "= 1" in part
    }
    try:
        has = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split("flags", 1)[-1].split("\n")[0].split())
    except OSError:
        has = set()
    unused = [name for name in ("AVX2", "FMA", "F16C") if name.lower() in has and name not in compiled]
    if unused:
        return Check(
            "llama.cpp",
            "broken",
            f"compiled without {', '.join(unused)}, which this processor has: slower than it could be",
            "CMAKE_ARGS=-DGGML_NATIVE=ON pip install --force-reinstall --no-cache-dir --no-deps llama-cpp-python",
        )
    return Check("llama.cpp", "ok", f"{', '.join(sorted(compiled))}; {os.cpu_count()} processors")


def _model(settings: Settings) -> Check:
    from coach.llm.models import find_model, wanted

    if (llm := wanted(settings)).startswith(("http://", "https://")):
        return Check("model", "ok", f"OpenAI-compatible server {llm}")
    try:
        path = find_model(settings)
    except CoachError as error:
        return Check("model", "broken", str(error), "--model none, or --model FILE.gguf")
    if path is None:
        return Check("model", "missing", "answers are quoted from the articles", _pull(settings))
    return Check("model", "ok", f"{path.name}, {path.stat().st_size / 1e9:.1f} GB")


def _pull(settings: Settings) -> str:
    from coach.llm.catalog import recommended
    from coach.llm.models import memory_bytes

    return f"coach models pull {recommended(memory_bytes() // 2, settings.context).name}, or put a *.gguf into models/"


def _memory(settings: Settings) -> Check:
    from coach.llm.models import free_memory_bytes, memory_bytes

    total, free, path = memory_bytes(), free_memory_bytes(), _file(settings)
    there = f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of them free"
    if path is None:
        return Check("memory", "ok", there)
    from coach.llm.catalog import memory_needed
    from coach.llm.gguf import read_header

    header = read_header(path)
    context = min(settings.context, header.context or settings.context)
    needed = memory_needed(header.size, header.kv_bytes, context, header.vocabulary)
    told = f"{there}; {path.name} takes about {needed / 1e9:.1f} GB"
    if needed > free:
        return Check("memory", "broken", told, f"close other programs, or a smaller model: {_pull(settings)}")
    return Check("memory", "ok", told)


def _hash(settings: Settings) -> Check:
    """Compare the model's file with the hash that it was downloaded with, or with the catalogue's."""
    path = _file(settings)
    if path is None:
        return Check("model hash", "missing", "there is no model file to check")
    from coach.llm.catalog import CATALOGUE
    from coach.llm.part import hash_path

    known = {model.local: model.sha256 for model in CATALOGUE}.get(path.name, "")
    if hash_path(path).is_file():
        known = hash_path(path).read_text(encoding="utf-8", errors="replace")[:64]
    if not known:
        return Check("model hash", "missing", f"nobody named a hash for {path.name}, so it can't be checked")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != known:
        mend = f"coach models remove {path.name}, then coach models pull it again"
        return Check("model hash", "broken", f"{path.name} is not the file that it should be: {found}", mend)
    return Check("model hash", "ok", f"{path.name} has the SHA-256 {found[:16]}…")


def _speed(settings: Settings) -> Check:
    """Let the model read a prompt and write a few words."""
    if _file(settings) is None:
        return Check("speed", "missing", "there is no model file to measure")
    from coach.llm.llama import LlamaChat
    from coach.llm.models import open_chat
    from coach.llm.setup import told as setup_told

    try:
        chat = open_chat(settings)
        if not isinstance(chat, LlamaChat):
            return Check("speed", "missing", "only a model of this machine is measured")
        try:
            chat.invoke(_SAMPLE, max_tokens=16)
            speed, tuned = chat.speed, chat.tuned
        finally:
            chat.close()
    except CoachError as error:
        return Check("speed", "broken", str(error), "--model none, or --model FILE.gguf")
    if speed is None or speed.reading is None:
        return Check("speed", "missing", "the model wrote nothing that could be measured")
    told = f"{speed.reading:.0f} tokens/s read, {speed.writing or 0:.0f} written"
    told += f"; first word of an answer after about {_PROMPT / speed.reading:.1f} s"
    if tuned is None:
        return Check("speed", "ok", f"{told}; not measured yet what is fastest here", "coach models test")
    return Check("speed", "ok", f"{told}; with {setup_told(tuned.setup)}")


def _file(settings: Settings) -> Path | None:
    """The model's file, if there is a usable one; `_model` tells why not."""
    from coach.llm.models import find_model

    try:
        return find_model(settings)
    except CoachError:
        return None


def _hubs(settings: Settings) -> Iterator[Check]:
    if settings.offline:
        yield Check("hubs", "missing", "calls are forbidden by COACH_OFFLINE", "unset COACH_OFFLINE")
        return
    from coach.llm.catalog import recommended
    from coach.llm.hub import connection, look_up, sources
    from coach.llm.models import memory_bytes

    model = recommended(memory_bytes() // 2, settings.context)
    for source in sources():
        try:
            with connection() as client:
                look_up(client, source, model)
        except CoachError as error:
            yield Check(source.name, "missing", str(error), "try another network, or another --source when pulling")
        else:
            yield Check(source.name, "ok", f"{source.host} has {model.local} as the catalogue knows it")
