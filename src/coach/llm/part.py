"""A file that is still being downloaded: what is there, its hash, and how it gets its name.

temporary file → hash checked → fsync → rename: a file with its final name is whole, whenever the power goes off.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from coach.errors import HubError, ModelError

MARGIN = 256 << 20
"""Bytes that must stay free on the disk."""
_BLOCK = 8 << 20


class Part:
    """The part of a file that is there. Its name holds the hash, so parts of other files are never mixed in.

    Args:
        folder: Where the file is going to be.
        name: What it is going to be called.
        sha256: Its hash.
        size: Its bytes.

    Raises:
        ModelError: The disk has no room, or the folder can't be written.
    """

    def __init__(self, folder: Path, name: str, sha256: str, size: int) -> None:
        self._final, self._sha256, self._size = folder / name, sha256, size
        self.path = part_path(folder, name, sha256)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            there = self.path.stat().st_size if self.path.exists() else 0
            free = shutil.disk_usage(folder).free
            if there < size and free < size - there + MARGIN:
                raise ModelError(
                    f"{name} needs {_gb(size - there + MARGIN)} on the disk of {folder}, and {_gb(free)} are free. "
                    "Make room, then go on; what was downloaded is kept."
                )
            self._file = self.path.open("r+b" if there else "w+b", buffering=0)
        except OSError as error:
            raise _failed(self.path, error) from error
        self._hash = hashlib.sha256()
        self.done = 0

    def __enter__(self) -> Self:
        """Use it as a context manager: the file is closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; what is there is kept."""
        self._file.close()

    def read_again(self) -> Iterator[int]:
        """Hash what is there from before; yield how far it is. A part that is too long is thrown away."""
        try:
            if os.fstat(self._file.fileno()).st_size > self._size:
                self.clear()
            while block := self._file.read(_BLOCK):
                self._hash.update(block)
                self.done += len(block)
                yield self.done
        except OSError as error:
            raise _failed(self.path, error) from error

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            HubError: There is more than the file may hold.
            ModelError: The disk is full or broken; what is there is kept.
        """
        if self.done + len(data) > self._size:
            raise HubError(f"More bytes came than {self._final.name} has, so it is another file.")
        try:
            rest = memoryview(data)
            while rest:
                written = self._file.write(rest)
                self._hash.update(rest[:written])
                self.done += written
                rest = rest[written:]
        except OSError as error:
            raise _failed(self.path, error) from error

    @property
    def whole(self) -> bool:
        """Whether all bytes are there."""
        return self.done == self._size

    @property
    def right(self) -> bool:
        """Whether the bytes are the right ones."""
        return self._hash.hexdigest() == self._sha256

    def clear(self) -> None:
        """Begin anew."""
        try:
            self._file.seek(0)
            self._file.truncate()
        except OSError as error:
            raise _failed(self.path, error) from error
        self._hash, self.done = hashlib.sha256(), 0

    def finish(self) -> Path:
        """Give the file its name, with its hash in a file beside it that `sha256sum -c` understands; return its path.

        Raises:
            ModelError: The bytes are wrong, or the disk is full or broken.
        """
        if not (self.whole and self.right):
            raise ModelError(f"{self.path} is not the file that was wanted; it does not get its name.")
        try:
            hash_path(self._final).write_text(f"{self._sha256}  {self._final.name}\n", encoding="utf-8")
            os.fsync(self._file.fileno())
            self._file.close()
            self.path.replace(self._final)
            if os.name == "posix":
                folder = os.open(self._final.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        except OSError as error:
            raise _failed(self.path, error) from error
        return self._final


def part_path(folder: Path, name: str, sha256: str) -> Path:
    """Where the part of a file is kept."""
    return folder / f"{name}.{sha256[:8]}.part"


def hash_path(model: Path) -> Path:
    """Where the hash of a downloaded file is kept."""
    return model.with_name(f"{model.name}.sha256")


def lock_path(folder: Path, name: str) -> Path:
    """What keeps two processes from downloading the same file at once."""
    return folder / f".{name}.lock"


def _failed(path: Path, error: OSError) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(f"The disk of {path.parent} is full. Make room, then go on; what was downloaded is kept.")
    return ModelError(f"{path} can't be written ({error.strerror or error}). Mend its permissions or the disk.")


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
