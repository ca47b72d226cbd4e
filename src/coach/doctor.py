"""What is installed, what would be used, what is missing, and the command that mends it."""

import importlib.metadata
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coach.config import Settings
from coach.errors import CoachError

PACKAGES = ("chromadb", "gradio", "langchain-core", "llama-cpp-python", "rjieba", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `mend` is a command or "". "missing" is fine, "broken" is not."""

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    mend: str = ""


def examine(settings: Settings) -> list[Check]:
    """Look at everything that the coach uses; nothing is changed but an empty home may be made."""
    return [*_packages(), _home(settings), _corpus(settings), _index(settings), _encoder(settings), _model(settings)]


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


def _model(settings: Settings) -> Check:
    from coach.llm.models import find_model

    if settings.llm.startswith(("http://", "https://")):
        return Check("model", "ok", f"OpenAI-compatible server {settings.llm}")
    try:
        path = find_model(settings)
    except CoachError as error:
        return Check("model", "broken", str(error), "--model none, or --model FILE.gguf")
    if path is None:
        return Check(
            "model", "missing", "answers are taken from the articles word for word", "put a *.gguf file into models/"
        )
    return Check("model", "ok", f"{path.name}, {path.stat().st_size / 1e9:.1f} GB, {os.cpu_count()} processors")
