"""The shelf: a folder in the home for articles that were added on the page, as text, or from a URL.

Files are copied, so the person's own files are never touched. Beside a page lies `NAME.url`, an internet shortcut that
tells where it came from. Knows nothing of ingest.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from coach.corpus.fetch import fetch
from coach.errors import ArticleError

LONGEST_NAME = 120
"""Longest file name in bytes, suffix included: any file system takes it, with room for a number."""
LONGEST_SUFFIX = 10
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*'`$;&\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


class Shelf:
    """A folder of added articles. A name that is taken by other content gets a number."""

    def __init__(self, folder: Path, *, max_bytes: int, beside: Path | None = None) -> None:
        """The folder is made when the first article comes.

        Args:
            folder: Where the articles lie.
            max_bytes: Larger articles are refused.
            beside: The person's own folder of articles; `shown` knows it too.
        """
        self.folder = folder
        self._max_bytes = max_bytes
        self._beside = beside
        self._urls: dict[Path, str] = {}

    def add_file(self, source: Path, *, name: str = "") -> Path:
        """Copy a file; return its place on the shelf.

        Raises:
            ArticleError: It can't be read, is no regular file, or is too large.
        """
        shown = name or source.name
        try:
            if not source.is_file():
                raise ArticleError(f"{shown} is not a file. Choose article files, not folders or devices.")
            if source.stat().st_size > self._max_bytes:
                raise ArticleError(
                    f"{shown} is larger than {self._max_bytes // (1024 * 1024)} MiB. Split it, or raise max_article_mb."
                )
            return self._put(safe_name(shown), source.read_bytes())
        except OSError as error:
            raise ArticleError(f"{shown} can't be copied ({error.strerror}). Check the file and the disk.") from error

    def add_files(self, sources: Sequence[Path]) -> list[Path]:
        """Copy several files; return their places."""
        return [self.add_file(source) for source in sources]

    def add_text(self, title: str, text: str) -> Path:
        """Save pasted text as a Markdown file named by its title; return its place.

        Raises:
            ArticleError: The text is empty, too long, or can't be written.
        """
        if not text.strip():
            raise ArticleError("The pasted text is empty. Paste the article's text, then add it again.")
        content = text.encode("utf-8", "replace")
        if len(content) > self._max_bytes:
            raise ArticleError(f"The pasted text is larger than {self._max_bytes // (1024 * 1024)} MiB. Split it.")
        first = next(line.strip("#* \t") for line in text.splitlines() if line.strip())
        try:
            return self._put(safe_name((title.strip() or first[:40]) + ".md"), content)
        except OSError as error:
            raise ArticleError(f"The text can't be saved ({error.strerror}). Check the disk.") from error

    def add_url(self, url: str, *, private: bool = False) -> Path:
        """Fetch a page and keep it; return its place. A page that was fetched from there before is replaced.

        Raises:
            ArticleError: The address can't be used or reached, what it gives is no article, or can't be saved.
        """
        url = url.strip()
        fetched = fetch(url, max_bytes=self._max_bytes, private=private)
        known = next((place for place in self._places(url) if place.suffix == fetched.suffix), None)
        try:
            if known is not None:
                _write(known, fetched.content)
                return known
            path = self._put(_name_of(fetched.url, fetched.suffix), fetched.content)
            _write(_shortcut(path), f"[InternetShortcut]\r\nURL={url}\r\n".encode())
        except OSError as error:
            raise ArticleError(f"The page can't be saved ({error.strerror}). Check the disk.") from error
        return path

    def url_of(self, path: Path) -> str:
        """Return the address that an article on the shelf was fetched from, or ""."""
        if path.parent != self.folder:
            return ""
        if path not in self._urls:
            try:
                lines = _shortcut(path).read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                return ""
            self._urls[path] = next((line.removeprefix("URL=") for line in lines if line.startswith("URL=")), "")
        return self._urls[path]

    def shown(self, source: str) -> str:
        """Return a source as people see it: where it was fetched from, else its path below its folder."""
        path = Path(source)
        root = next((root for root in (self._beside, self.folder) if root and path.is_relative_to(root)), None)
        return self.url_of(path) or (str(path.relative_to(root)) if root else source)

    def _places(self, url: str) -> list[Path]:
        shortcuts = sorted(self.folder.glob("*.url")) if self.folder.is_dir() else []
        return [path for path in (shortcut.with_suffix("") for shortcut in shortcuts) if self.url_of(path) == url]

    def _put(self, name: str, content: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if path.exists() and path.read_bytes() != content:
            digest = hashlib.sha256(content).hexdigest()[:8]
            path = path.with_name(f"{path.stem}-{digest}{path.suffix}")
        if not path.exists():
            _write(path, content)
        return path


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def _shortcut(path: Path) -> Path:
    return path.with_name(f"{path.name}.url")


def _name_of(url: str, suffix: str) -> str:
    """A file name for a page: its host, and what is readable of its path."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/").removesuffix(suffix).replace("/", "-")
    query = f"-{unquote(parts.query)}" if parts.query else ""
    return safe_name(f"{parts.hostname} {path[-60:]}{query[:40]}".strip() + suffix)


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters or marks that mean something to a shell or a browser.

    >>> safe_name("../<b>a.md")
    'b a.md'
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = _UNSAFE.sub(" ", name.replace("\\", "/").rsplit("/", 1)[-1])
    stem, dot, suffix = name.rpartition(".")
    if not dot or not suffix.strip().isalnum() or len(suffix) > LONGEST_SUFFIX:
        stem, suffix = name, ""
    stem = " ".join(stem.split()).strip(" .")
    ending = f".{suffix.strip()}" if suffix else ""
    while len((stem + ending).encode()) > LONGEST_NAME:
        stem = stem[:-1].strip(" .")
    return (stem or "article") + ending
