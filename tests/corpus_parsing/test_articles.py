"""Which files count as articles, and what becomes of files that can't be read."""

from pathlib import Path

import pytest

from coach.corpus.articles import READERS, list_articles, read_article
from coach.errors import ArticleError, CorpusError

LIMIT = 1_000_000


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_lists_nested_articles_sorted(tmp_path: Path):
    for name in ("b.md", "a.txt", "sub/c.MD", "sub/deeper/d.markdown"):
        write(tmp_path / name, b"x")
    for name in (".hidden.md", ".git/e.md", "image.png", "LICENSE.md", "sub/.x/y.md"):
        write(tmp_path / name, b"x")
    names = [path.relative_to(tmp_path).as_posix() for path in list_articles(tmp_path)]
    assert names == ["a.txt", "b.md", "sub/c.MD", "sub/deeper/d.markdown"]


def test_links_out_of_the_folder_are_skipped(tmp_path: Path):
    outside = write(tmp_path / "outside" / "secret.md", b"x")
    inside = write(tmp_path / "corpus" / "a.md", b"x")
    (tmp_path / "corpus" / "link.md").symlink_to(outside)
    (tmp_path / "corpus" / "same.md").symlink_to(inside)
    (tmp_path / "corpus" / "broken.md").symlink_to(tmp_path / "nowhere.md")
    assert [path.name for path in list_articles(tmp_path / "corpus")] == ["a.md", "same.md"]


def test_readme_at_the_top_counts_only_when_alone(tmp_path: Path):
    write(tmp_path / "README.md", b"x")
    assert [path.name for path in list_articles(tmp_path)] == ["README.md"]
    write(tmp_path / "a.md", b"x")
    write(tmp_path / "sub/readme.md", b"x")
    assert [path.name for path in list_articles(tmp_path)] == ["a.md", "readme.md"]


def test_missing_folder(tmp_path: Path):
    with pytest.raises(CorpusError, match="does not exist"):
        list_articles(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.md", b"", "is empty"),
        ("blank.txt", b" \n\t\r\n", "is empty"),
        ("mark.txt", b"\xef\xbb\xbf", "is empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
        ("book.txt", b"%PDF-1.7\n...", "PDF"),
        ("pack.md", b"PK\x03\x04" + bytes(50), "ZIP"),
        ("data.txt", bytes(range(256)) * 20, "binary"),
        ("zeros.txt", b"abc\x00\x00\x00def" * 10, "binary"),
        ("controls.txt", b"\x01\x02\x03\x04\x05" * 100, "binary"),
        ("table.xyz", b"x", "unknown"),
        ("big.txt", b"x" * (LIMIT + 1), "too large"),
    ],
)
def test_refused_with_one_clear_sentence(tmp_path: Path, name: str, data: bytes, says: str):
    with pytest.raises(ArticleError, match=says) as caught:
        read_article(write(tmp_path / name, data), max_bytes=LIMIT)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path):
    with pytest.raises(ArticleError, match="can't be read"):
        read_article(tmp_path / "none.md", max_bytes=LIMIT)
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ArticleError, match="can't be read"):
        read_article(tmp_path / "folder.md", max_bytes=LIMIT)


CHINESE = "问题1、什么是注意力机制？\n它按相关性给输入加权，然后求和。\n"
SHORT = "你好"
TRADITIONAL = "問題一、什麼是注意力機制？\n它按照相關性給輸入加權，然後求和。\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (text, encoding)
            for text in (CHINESE, SHORT, "微调")
            for encoding in ("utf-8", "utf-8-sig", "gbk", "gb18030")
        ),
        *((CHINESE, encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "utf-8"),
        ("注意力機制的優點有哪些？", "big5"),
        ("plain ASCII, nothing else", "ascii"),
        ("LoRA 的 rank 怎么选？🙂", "utf-8"),
        ("LoRA 的 rank 怎么选？🙂", "gb18030"),
    ],
)
def test_encodings(tmp_path: Path, text: str, encoding: str):
    path = write(tmp_path / "a.txt", text.encode(encoding))
    assert read_article(path, max_bytes=LIMIT).text == text


def test_line_ends_and_a_damaged_byte(tmp_path: Path):
    path = write(tmp_path / "a.txt", "一\r\n二\r三\n".encode())
    assert read_article(path, max_bytes=LIMIT).text == "一\n二\n三\n"
    damaged = ("注意力机制的时间复杂度。" * 20).encode()
    path = write(tmp_path / "b.txt", damaged[:100] + b"\xff" + damaged[100:])
    assert read_article(path, max_bytes=LIMIT).text.count("注意力机制") >= 19


def test_front_matter(tmp_path: Path):
    text = "---\ntitle: 注意力\ntopics: [attention, transformer]\nlanguage: zh-CN\n---\n\n# 注意力\n"
    document = read_article(write(tmp_path / "a.md", text.encode()), max_bytes=LIMIT)
    assert (document.title, document.topics, document.language) == ("注意力", ("attention", "transformer"), "zh")
    assert document.text.split("\n")[6] == "# 注意力", "line numbers stay those of the file"
    assert not document.text.strip().startswith("---")


@pytest.mark.parametrize(
    ("front", "topics"),
    [("topics: a, b，c", ("a", "b", "c")), ("tag:\n  - x\n  - 3", ("x", "3")), ("topics: {a: 1}", ()), ("topics:", ())],
)
def test_topics_in_front_matter(tmp_path: Path, front: str, topics: tuple[str, ...]):
    path = write(tmp_path / "a.md", f"---\n{front}\n---\ntext".encode())
    assert read_article(path, max_bytes=LIMIT).topics == topics


@pytest.mark.parametrize(
    "front",
    ["title: [unclosed", "just text", "- a\n- b", "date: 2024-13-45", "a: b: c", "[" * 3000, "? [a]\n: b", "&a [*a]"],
)
def test_malformed_front_matter_is_no_error(tmp_path: Path, front: str):
    path = write(tmp_path / "a.md", f"---\n{front}\n---\n## 什么是 A？\n\n答案。\n".encode())
    assert "## 什么是 A？" in read_article(path, max_bytes=LIMIT).text


def test_readers_take_bytes():
    for suffix, reader in READERS.items():
        assert suffix == suffix.lower()
        if suffix in (".txt", ".md"):
            assert reader("一".encode()).text == "一"
