"""Write the files of a snapshot into the blob store: compressed, hashed, in parts."""

import hashlib
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from chassis.blob_store import PIECE_BYTES, BlobStore, BlobWriter
from services.standards.domain.snapshots import FileFacts

_GZIP: Final = 31  # zlib's window bits, with gzip's head, whose time is zero: equal bytes each time
_LEVEL: Final = 6
_CHUNK: Final = 256 * 1024


class GzipFile:
    """Be one file on its way; leaving the ``with`` block without `finish` drops it."""

    def __init__(self, name: str, writer: BlobWriter) -> None:
        self.rows = 0
        self._name = name
        self._writer = writer
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._hash = hashlib.sha256()
        self._pending: list[bytes] = []
        self._pending_bytes = 0

    def write(self, line: str, *, is_row: bool = True) -> None:
        """Append a line that has its line feed; heads are no rows.

        Raises:
            BlobStoreUnavailableError: the store is full or away.
        """
        encoded = line.encode()
        self._pending.append(encoded)
        self._pending_bytes += len(encoded)
        self.rows += is_row
        if self._pending_bytes >= _CHUNK:
            self._compress()

    def finish(self) -> FileFacts:
        """Make the file visible in the store, and say what became of it.

        Raises:
            BlobStoreUnavailableError: the store is full or away.
        """
        self._compress()
        self._send(self._compressor.flush())
        self._writer.commit()
        return FileFacts(self._name, self._writer.size, self._hash.hexdigest(), self.rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.abort()

    def _compress(self) -> None:
        body, self._pending, self._pending_bytes = b"".join(self._pending), [], 0
        self._send(self._compressor.compress(body))

    def _send(self, body: bytes) -> None:
        self._hash.update(body)
        for start in range(0, len(body), PIECE_BYTES):
            self._writer.write(body[start : start + PIECE_BYTES])


class Parts:
    """Be a sequence of files of which each takes so many rows; at least one, even if empty."""

    def __init__(self, open_part: Callable[[int], GzipFile], rows_per_part: int) -> None:
        self._open_part = open_part
        self._rows_per_part = rows_per_part
        self._finished: list[FileFacts] = []
        self._part = open_part(1)

    def write(self, line: str) -> None:
        """Append a line, to the next part when this one is full."""
        if self._part.rows >= self._rows_per_part:
            self._finished.append(self._part.finish())
            self._part = self._open_part(len(self._finished) + 1)
        self._part.write(line)

    def finish(self) -> list[FileFacts]:
        """Finish the last part; return all."""
        self._finished.append(self._part.finish())
        return self._finished

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._part.__exit__(None, None, None)


def store_plain(blobs: BlobStore, key: str, name: str, body: bytes) -> FileFacts:
    """Store a small file as it is.

    Raises:
        BlobStoreUnavailableError: the store is full or away.
    """
    with blobs.open_writer(key) as writer:
        writer.write(body)
        writer.commit()
    return FileFacts(name, len(body), hashlib.sha256(body).hexdigest(), 0)
