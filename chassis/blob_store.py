"""What every blob store promises, whatever it stands on."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from chassis import errors

PIECE_BYTES: Final = 64 * 1024
"""The longest piece that a reader yields."""
_KEY: Final = re.compile(r"[a-z]+(/[0-9a-zA-Z._-]{1,80}){1,3}")
_HIDDEN_OR_DOTS: Final = re.compile(r"(^|/)\.|\.\.")


class BlobNotFoundError(Exception):
    """Say that there is no blob under the key."""


class InvalidBlobKeyError(ValueError):
    """Say that a key is malformed, or names a folder of other blobs."""


class UnsupportedStoreError(ValueError):
    """Say that ``STORAGE_URL`` names a kind of store that this version does not have."""


class BlobStoreUnavailableError(errors.StorageUnavailableError):
    """Say that the store is away, full or read-only; what was being written is gone."""


def is_key(key: str) -> bool:
    """Tell whether a blob may have this key."""
    return bool(_KEY.fullmatch(key)) and not _HIDDEN_OR_DOTS.search(key)


def checked_key(key: str) -> str:
    """Return the key.

    Raises:
        InvalidBlobKeyError: it is malformed.
    """
    if not is_key(key):
        raise InvalidBlobKeyError(f"not a blob key: {key[:120]!r}")
    return key


@dataclass(frozen=True)
class BlobInfo:
    """Describe one stored blob."""

    key: str
    size: int
    modified_at: datetime


class BlobWriter(Protocol):
    """Take the content of one new blob; leaving the ``with`` block without `commit` drops it."""

    size: int
    """Bytes taken so far."""

    def write(self, piece: bytes) -> None:
        """Append ``piece``."""
        ...

    def commit(self) -> None:
        """Make the blob durable and visible under its key, replacing an older one."""
        ...

    def abort(self) -> None:
        """Drop what was written; nothing after `commit` or a second time."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class BlobStore(Protocol):
    """Store blobs under keys such as ``uploads/0b5f…`` (a word, then one to three names).

    Each method raises `InvalidBlobKeyError` for a malformed key and `BlobStoreUnavailableError`
    when the store cannot be used.
    """

    def open_writer(self, key: str) -> BlobWriter:
        """Begin a blob; others see nothing of it before its ``commit``."""
        ...

    def open_reader(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the content from ``offset`` in pieces of at most 64 KiB.

        Raises:
            BlobNotFoundError: at once, not at the first piece.
        """
        ...

    def size(self, key: str) -> int:
        """Return the size in bytes.

        Raises:
            BlobNotFoundError: there is none.
        """
        ...

    def exists(self, key: str) -> bool:
        """Tell whether there is a blob under the key."""
        ...

    def delete(self, key: str) -> bool:
        """Remove the blob; False when there was none."""
        ...

    def keys(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Return the blobs whose keys begin with ``prefix``, in no order, for sweeps."""
        ...

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """Lend the path of a file with the content, for a child process that reads it.

        Raises:
            BlobNotFoundError: there is none.
        """
        ...

    def delete_unfinished(self, before: datetime) -> int:
        """Remove what writers left behind that began before a time; return how many."""
        ...
