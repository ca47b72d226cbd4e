"""The bundled articles: form, links, running code, and that ingest finds every question."""

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest
import yaml

from coach.corpus.articles import list_articles, read_article
from coach.corpus.parsing import parse
from coach.corpus.passages import split

CORPUS = Path(__file__).parents[2] / "corpus"
CHINESE = sorted(CORPUS.glob("*.md"))
ENGLISH = sorted(CORPUS.glob("en/*.md"))
ARTICLES = [*CHINESE, *ENGLISH]
CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]*)#([^)\s]+)\)")
HAN = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
TABLE_OR_FORMULA = re.compile(r"^\|.*$|\$\$?[^$]+\$\$?", re.MULTILINE)


def body(path: Path) -> str:
    """An article without code blocks, whose lines may look like headings."""
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def headings(path: Path) -> list[str]:
    return [line[3:].strip() for line in body(path).splitlines() if line.startswith("## ")]


def answers(path: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", body(path), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def slug(heading: str) -> str:
    """GitHub's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


ANCHORS = {path: {slug(heading) for heading in headings(path)} for path in ARTICLES}
QUESTIONS = [(path, question) for path in ARTICLES for question in answers(path)]
BLOCKS = [
    (path, number, code) for path in ARTICLES for number, code in enumerate(CODE.findall(path.read_text("utf-8")))
]


def name(value: object) -> str | None:
    """An article's name in a test's id: `inference`, `en/inference`."""
    return str(value.relative_to(CORPUS).with_suffix("")) if isinstance(value, Path) else None


def test_there_is_enough_to_ask() -> None:
    assert len(CHINESE) >= 20
    assert len(ENGLISH) >= 4
    assert sum(path in CHINESE for path, _ in QUESTIONS) >= 300
    assert sum(path in ENGLISH for path, _ in QUESTIONS) >= 48


def test_ingest_finds_every_article() -> None:
    assert sorted(list_articles(CORPUS)) == sorted(ARTICLES)


@pytest.mark.parametrize("path", ARTICLES, ids=name)
def test_front_matter(path: Path) -> None:
    matter = yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])
    assert matter["title"]
    assert 2 <= len(matter["topics"]) <= 5
    assert matter["difficulty"] in ("初级", "中级", "高级")
    assert matter["language"] == ("en" if path in ENGLISH else "zh")
    assert all(re.search(r"\((19|20)\d\d\)$", source) for source in matter["sources"])


@pytest.mark.parametrize("path", ARTICLES, ids=name)
def test_every_question_is_found_and_answered(path: Path) -> None:
    parsed = parse(read_article(path, max_bytes=10**6), name=path.name)
    assert [section.question for section in parsed.sections if section.question] == headings(path)
    assert all(section.answer for section in parsed.sections)
    assert not parsed.dropped


@pytest.mark.parametrize("path", ARTICLES, ids=name)
def test_follow_ups_are_in_no_passage(path: Path) -> None:
    title = "**Follow-ups**" if path in ENGLISH else "**追问**"
    for section in parse(read_article(path, max_bytes=10**6), name=path.name).sections:
        evidence, behind = "\n".join(chunk.text for chunk in split(section)), section.answer.partition(title)[2]
        assert title in section.answer and title not in evidence, section.question
        assert all(item not in evidence for item in re.findall(r"^- .+$", behind, re.MULTILINE)), section.question


@pytest.mark.parametrize("path", CHINESE, ids=name)
def test_form_of_the_answers(path: Path) -> None:
    for question, answer in answers(path).items():
        said, _, follow_ups = answer.partition("**追问**")
        assert 150 <= len(HAN.findall(said)) <= 520, question
        assert "**易错点**" in said, question
        assert 2 <= len(re.findall(r"^- ", follow_ups, re.MULTILINE)) <= 3, question


@pytest.mark.parametrize("path", ENGLISH, ids=name)
def test_form_of_the_english_answers(path: Path) -> None:
    for question, answer in answers(path).items():
        said, _, follow_ups = answer.partition("**Follow-ups**:")
        assert 120 <= len(WORD.findall(TABLE_OR_FORMULA.sub("", said))) <= 300, question
        assert not HAN.search(LINK.sub("", answer)), question
        assert 3 <= len(re.findall(r"^\d\. \*\*[^*]+\*\*: ", said, re.MULTILINE)) <= 7, question
        assert "**Common mistakes**: " in said, question
        items = re.findall(r"^- .+$", follow_ups, re.MULTILINE)
        assert 2 <= len(items) <= 3, question
        assert all(LINK.search(item) for item in items), question


@pytest.mark.parametrize("path", ARTICLES, ids=name)
def test_links_lead_to_questions(path: Path) -> None:
    for target, anchor in LINK.findall(body(path)):
        article = (path.parent / target).resolve() if target else path
        assert anchor in ANCHORS.get(article, ()), f"{target}#{anchor}"


def test_no_heading_stands_twice() -> None:
    every = [question for _, question in QUESTIONS]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(("path", "number", "code"), BLOCKS, ids=name)
def test_code_runs(path: Path, number: int, code: str) -> None:
    tree = ast.parse(code)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"{path.name}[{number}]", "exec"), {"__name__": "__main__"})
    checks = any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert checks or printed.getvalue()
