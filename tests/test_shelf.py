from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.errors import ArticleError
from coach.shelf import LONGEST_NAME, Shelf, safe_name
from tests.support.site import reply, serve


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..",
        "",
        "a\nb.md",
        "<script>alert(1)</script>.md",
        "C:\\x\\y.md",
        "😀" * 200 + ".md",
        ".hidden",
    ],
)
def test_odd_names_become_plain_ones(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert "/" not in safe
    assert not safe.startswith(".")
    assert not set(safe) & set("<>\n\"'")
    assert len(safe.encode()) <= LONGEST_NAME


@given(st.text(max_size=300))
def test_any_name_is_made_safe_and_stays_so(name: str) -> None:
    safe = safe_name(name)
    assert safe not in ("", ".", "..")
    assert "/" not in safe
    assert safe_name(safe) == safe


def test_other_content_under_a_taken_name_gets_its_own(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", max_bytes=1000)
    first, again, other = shelf.add_text("a", "one"), shelf.add_text("a", "one"), shelf.add_text("a", "two")
    assert first == again != other
    assert first.read_text() == "one"


def test_what_cannot_be_added_is_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", max_bytes=3)
    (tmp_path / "large.md").write_text("12345")
    for path, message in [(tmp_path / "large.md", "larger than"), (tmp_path, "is not a file")]:
        with pytest.raises(ArticleError, match=message):
            shelf.add_file(path)
    with pytest.raises(ArticleError, match="empty"):
        shelf.add_text("title", " \n")


PAGE = "<p>第一版</p>"


def test_a_page_is_kept_with_its_address_and_replaced_when_fetched_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", max_bytes=1000, beside=tmp_path / "corpus")
    pages = {
        "/文章/1.html?a=b": reply(PAGE),
        "/%E6%96%87%E7%AB%A0/1.html?a=b": reply(PAGE),
        "/b": reply("b", "text/plain"),
    }
    with serve(pages) as site:
        url = f"{site}/文章/1.html?a=b"
        path = shelf.add_url(f" {url}\n", private=True)
        assert path.read_text() == PAGE
        assert path.name == "127.0.0.1 文章-1-a=b.html"
        pages["/%E6%96%87%E7%AB%A0/1.html?a=b"] = reply("<p>第二版</p>")
        assert shelf.add_url(url, private=True) == path
        assert path.read_text() == "<p>第二版</p>"
        other = shelf.add_url(f"{site}/b", private=True)
        with pytest.raises(ArticleError, match="no such page"):
            shelf.add_url(f"{site}/c", private=True)
    again = Shelf(tmp_path / "shelf", max_bytes=1000, beside=tmp_path / "corpus")
    assert again.shown(str(path)) == url
    assert again.shown(str(other)) == f"{site}/b"
    assert again.shown(str(tmp_path / "corpus" / "x" / "a.md")) == "x/a.md"
    assert again.shown(str(again.add_text("笔记", "text"))) == "笔记.md"
    assert again.shown("/elsewhere/a.md") == "/elsewhere/a.md"
