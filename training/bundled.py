"""The bundled articles as their files stand: questions and their answers, without ingest."""

from functools import cache
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"


@cache
def references() -> dict[str, str]:
    """The answer of each question."""
    found: dict[str, str] = {}
    for file in sorted(CORPUS.rglob("*.md")):
        for part in file.read_text("utf-8").split("\n## ")[1:]:
            question, _, answer = part.partition("\n")
            found[question.strip()] = answer.strip()
    return found
