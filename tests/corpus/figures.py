"""Read the answer to one question out of an article in corpus/."""

from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "corpus"


def answer(article: str, heading_contains: str) -> str:
    """Return the text under the first `##` heading of `corpus/<article>.md` that holds `heading_contains`."""
    text = (CORPUS / f"{article.removesuffix('.md')}.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        if heading_contains in heading:
            return body
    raise AssertionError(f"{article}: no question heading holds {heading_contains!r}")
