"""A thousand answers of models with random weights: no JSON that does not parse or fit, no citation that is not given.

`COACH_GENERATIONS` sets another number.
"""

import json
import os
import re

import pytest

from coach.llm.llama import LlamaChat
from tests.support.structured import SCHEMA, fits
from tests.support.tiny_gguf import write_tiny_gguf

GENERATIONS = int(os.environ.get("COACH_GENERATIONS", "1000"))
MODELS = 8

pytestmark = pytest.mark.hard


@pytest.fixture(scope="module")
def chats(tmp_path_factory: pytest.TempPathFactory) -> list[LlamaChat]:
    folder = tmp_path_factory.mktemp("models")
    paths = [write_tiny_gguf(folder / f"{n}.gguf", seed=n, spread=0.5 + n) for n in range(MODELS)]
    return [LlamaChat(model=str(path), context=1024, threads=1) for path in paths]


def test_every_json_answer_is_whole_and_fits(chats: list[LlamaChat]) -> None:
    different = set()
    for seed in range(GENERATIONS):
        options = {"seed": seed, "temperature": 0.5 + seed % 5, "max_tokens": 1 + seed * 7 % 600, "citations": 2}
        chunks = chats[seed % MODELS].stream(f"question {seed}", schema=SCHEMA, **options)
        text = "".join(str(chunk.text) for chunk in chunks)
        assert fits(json.loads(text)), text
        different.add(text)
    assert len(different) > GENERATIONS / 2


def test_no_citation_but_the_given_ones(chats: list[LlamaChat]) -> None:
    marks = 0
    for seed in range(GENERATIONS):
        options = {"seed": seed, "temperature": 0.5 + seed % 5, "max_tokens": 80, "citations": seed % 4}
        text = str(chats[seed % MODELS].invoke(f"question {seed}", **options).text)
        outside = "\n".join(re.split(r"(?m)^```", text)[::2])
        numbers = re.findall(r"\[\s*(\d+)\s*\]", outside)
        assert all(number in ("1", "2", "3")[: seed % 4] for number in numbers), text
        assert "<think>" not in text
        marks += len(numbers)
    assert marks
