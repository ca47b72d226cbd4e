"""The articles that come with the coach: every `##` heading is a question with an answer, and nothing is dropped."""

from pathlib import Path

import pytest

from coach.corpus.articles import list_articles, read_article
from coach.corpus.parsing import parse
from coach.corpus.passages import split

ARTICLES = list_articles(Path(__file__).parents[2] / "corpus")


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_article(path: Path):
    parsed = parse(read_article(path, max_bytes=1_000_000), name=path.name)
    headings = [line[3:].strip() for line in path.read_text(encoding="utf-8").split("\n") if line.startswith("## ")]
    assert [section.question for section in parsed.sections if section.question] == headings
    assert not parsed.dropped
    assert parsed.title
    assert parsed.topics
    for section in parsed.sections:
        chunks = split(section)
        assert chunks, section.question
        assert not any("**追问**" in chunk.text for chunk in chunks)
