"""ZIP archives that come from anywhere (docx, epub): opened with bounds on what they may unpack to."""

import io
import lzma
import zipfile
import zlib

from coach.corpus.readers.trees import Element
from coach.errors import ArticleError

MOST_UNPACKED = 200 * 2**20
"""Bytes that all files of an archive together may unpack to."""
MOST_FILES = 10_000

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What the zipfile module raises on damaged, encrypted (RuntimeError) or oddly packed files."""


class Archive:
    """A ZIP archive in memory. A file that is larger than it claims unpacks to its claim and fails its checksum."""

    def __init__(self, content: bytes, *, kind: str) -> None:
        """Open an archive; `kind` names the format in messages.

        Raises:
            ArticleError: It is no archive, or would unpack to more than is allowed.
        """
        self._kind = kind
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            files = self._zip.infolist()
        except DAMAGE as error:
            raise ArticleError(f"It is no {kind} file, or a damaged one. Save it again as {kind}.") from error
        if len(files) > MOST_FILES:
            raise ArticleError(f"It holds {len(files):,} files; a {kind} article has at most {MOST_FILES:,}.")
        size = sum(file.file_size for file in files)
        if size > MOST_UNPACKED:
            raise ArticleError(
                f"It unpacks to {size / 2**20:,.0f} MiB; {MOST_UNPACKED / 2**20:,.0f} MiB are allowed. "
                "Take pictures out of it, or split it."
            )
        self._names = {file.filename: file for file in files}

    def __contains__(self, name: str) -> bool:
        """Whether the archive holds a file of this name."""
        return name in self._names

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            ArticleError: It is missing, encrypted or damaged.
        """
        if name not in self._names:
            raise ArticleError(f"It is no {self._kind} file: {_shown(name)} is missing. Save it again as {self._kind}.")
        try:
            return self._zip.read(self._names[name])
        except DAMAGE as error:
            raise ArticleError(
                f"Its part {_shown(name)} is damaged or encrypted. Save the file again, without a password."
            ) from error

    def tree(self, name: str) -> Element:
        """Return the root element of an XML file. Entities are not expanded; files that declare any are refused.

        Raises:
            ArticleError: It is missing, or no well-formed XML.
        """
        from lxml import etree

        data = self.read(name)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        try:
            root = etree.fromstring(data, parser)
        except (etree.LxmlError, ValueError) as error:
            raise ArticleError(f"Its part {_shown(name)} is damaged. Save the file again as {self._kind}.") from error
        if root.getroottree().docinfo.internalDTD is not None and root.getroottree().docinfo.internalDTD.entities():
            raise ArticleError(f"Its part {_shown(name)} declares XML entities, which no {self._kind} program writes.")
        return root


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[-60:])
