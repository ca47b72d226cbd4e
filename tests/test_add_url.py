"""Pages from an address: fetched, ingested, shown with their address, read anew, brought back after a delete."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coach.cli import ingest_main
from coach.errors import ArticleError
from coach.service import Coach
from tests.support import pdfs
from tests.support.site import reply, serve

PAGE = """<html><head><title>LoRA 笔记</title></head>
<body><article><h2>LoRA 的秩怎么选？</h2><p>{}</p></article></body></html>"""
FIRST = PAGE.format("秩一般取 8 到 64，先从 8 开始试。")
SECOND = PAGE.format("秩一般取 16 到 64，先从 16 开始试。")


def test_a_page_is_cited_by_its_address_and_updated(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    pages = {"/a": reply(FIRST)}
    with serve(pages) as site:
        url = f"{site}/a"
        assert [(p.article, p.status) for p in coach.add_url(url, private=True)] == [(url, "added")]
        assert [article.source for article in coach.articles()] == [url]
        hit = coach.search("LoRA 的秩怎么选？")[0]
        assert hit.passage.source == url
        assert "从 8 开始" in hit.passage.text
        assert [p.status for p in coach.add_url(url, private=True)] == ["unchanged"]
        pages["/a"] = reply(SECOND)
        assert [(p.article, p.status) for p in coach.add_url(url, private=True)] == [(url, "updated")]
    assert len(coach.articles()) == 1
    assert "从 16 开始" in coach.search("LoRA 的秩怎么选？")[0].passage.text


def test_a_pdf_is_cited_with_its_page(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    text = "多头注意力把查询、键和值投影到多个子空间里分别计算，再把结果拼接起来。" * 12
    story = pdfs.chinese(pdfs.HEADING, "问题1、什么是多头注意力？") + pdfs.chinese(pdfs.BODY, text)
    with serve({"/a.pdf": reply(pdfs.document(story), "application/pdf")}) as site:
        list(coach.add_url(f"{site}/a.pdf", private=True))
        assert coach.search("什么是多头注意力？")[0].passage.source == f"{site}/a.pdf#page=1"


def test_a_deleted_page_comes_back_with_its_id(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    with serve({"/a": reply(FIRST)}) as site:
        list(coach.add_url(f"{site}/a", private=True))
        article = coach.articles()[0]
        coach.delete(article.id)
        assert coach.articles() == []
        list(coach.add_url(f"{site}/a", private=True))
    assert [found.id for found in coach.articles()] == [article.id]


def test_a_page_without_text_fails_and_a_private_address_is_refused(open_coach: Callable[..., Coach]) -> None:
    coach = open_coach()
    with serve({"/a": reply("<html><script>x</script></html>")}) as site:
        assert [p.status for p in coach.add_url(f"{site}/a", private=True)] == ["failed"]
        with pytest.raises(ArticleError, match="private network"):
            list(coach.add_url(f"{site}/a"))


def test_the_command_line(tmp_path: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--home", str(tmp_path / "home"), "--corpus", str(corpus), "--model", "none"]
    with serve({"/a": reply(FIRST)}) as site:
        assert ingest_main([f"{site}/a", *flags]) == 2
        assert "private network" in capsys.readouterr().err
        assert ingest_main([f"{site}/a", str(corpus / "attention.md"), "--allow-private", *flags]) == 0
    assert "2 added" in capsys.readouterr().out
