"""Article files: which ones a folder holds, and one file → `Document`. Knows nothing about questions."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from coach.corpus.readers.docx import read_docx
from coach.corpus.readers.epub import read_epub
from coach.corpus.readers.html import read_html
from coach.corpus.readers.markdown import read_markdown
from coach.corpus.readers.notebook import read_notebook
from coach.corpus.readers.pdf import read_pdf
from coach.corpus.readers.text import read_text
from coach.errors import ArticleError, CorpusError
from coach.records import Document

READERS: dict[str, Callable[[bytes], Document]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".ipynb": read_notebook,
    ".epub": read_epub,
}
"""Suffix (lower case) → reader. A reader takes the bytes of a file and raises `ArticleError` if it can't read them."""

_NOT_ARTICLES = frozenset({"license", "licence", "changelog", "contributing", "code_of_conduct", "security", "todo"})
"""File stems (lower case) of files that come with a repository and are no articles."""


def list_articles(folder: Path) -> list[Path]:
    """Return the article files below `folder`, sorted by path.

    Left out: hidden files and folders, links that lead out of the folder, suffixes without a reader, what browsers
    save beside a page (`page_files/`), Word's lock files, and files such as LICENSE.md. A README.md counts: in
    collections of interview questions it is often the longest article. Only the one at the top of the folder is left
    out if there are other articles, since it speaks about the collection.

    Raises:
        CorpusError: The folder does not exist or can't be read.
    """
    if not folder.is_dir():
        raise CorpusError(
            f"The folder of articles {folder} does not exist. Make it, or name another with --corpus FOLDER."
        )
    root = folder.resolve()
    found: list[Path] = []
    for where, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _belongs(name, files))
        for name in files:
            path = Path(where, name)
            if name.startswith((".", "~$")) or path.suffix.lower() not in READERS or path.stem.lower() in _NOT_ARTICLES:
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                continue
            if path.is_file():
                found.append(path)
    inner = [path for path in found if not (path.stem.lower() == "readme" and path.parent == folder)]
    return sorted(inner or found)


def _belongs(folder: str, files: Sequence[str]) -> bool:
    """Whether a folder holds the pictures and frames of a saved page that lies beside it."""
    stem, mark, _ = folder.rpartition("_files")
    return bool(mark) and any(f"{stem}{suffix}" in files for suffix in (".html", ".htm"))


def _refuse(error: OSError) -> None:
    raise CorpusError(f"The folder {error.filename} can't be read ({error.strerror}). Mend its permissions.") from error


def read_article(path: Path, *, max_bytes: int) -> Document:
    """Read one article file.

    Raises:
        ArticleError: It is missing, empty, too large, of an unknown kind, or holds no text that can be decoded.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(READERS))
        raise ArticleError(
            f"{path.name} can't be read: files of the kind {path.suffix!r} are unknown. Known are {known}."
        )
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ArticleError(
                f"{path.name} is too large: {_mib(size)}, {_mib(max_bytes)} are allowed. "
                "Split it, or raise max_article_mb in the settings."
            )
        data = path.read_bytes()
    except OSError as error:
        raise ArticleError(f"{path} can't be read ({error.strerror}). Check that it exists and may be read.") from error
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xfe\xff"):
        raise ArticleError(f"{path.name} is empty. Put an article into it, or remove it.")
    try:
        return reader(data)
    except ArticleError as error:
        raise ArticleError(f"{path.name} can't be read. {error}") from error


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
