"""A blob store in memory that keeps the simulator's time, and is away now and then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from chassis.blob_store import (
    PIECE_BYTES,
    BlobInfo,
    BlobNotFoundError,
    BlobStoreUnavailableError,
)
from tools.simulation.world import World

ROOT: Final = Path("/simulated")


@dataclass(frozen=True)
class Blob:
    """Be one stored blob."""

    body: bytes
    modified_at: datetime


class MemoryBlobs:
    """Store blobs; what was committed outlives every crash (`chassis.blob_store.BlobStore`)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._blobs: dict[str, Blob] = {}

    def open_writer(self, key: str) -> "MemoryWriter":
        """Begin a blob; others see nothing of it before its ``commit``."""
        self._enter()
        return MemoryWriter(self, key)

    def open_reader(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the content in pieces.

        Raises:
            BlobNotFoundError: there is none.
        """
        body = self._find(key).body[offset:]
        body = body if length is None else body[:length]
        return iter([body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES)])

    def size(self, key: str) -> int:
        """Return the size in bytes.

        Raises:
            BlobNotFoundError: there is none.
        """
        return len(self._find(key).body)

    def exists(self, key: str) -> bool:
        """Tell whether there is a blob under the key."""
        self._enter()
        return key in self._blobs

    def delete(self, key: str) -> bool:
        """Remove the blob; False when there was none."""
        self._enter()
        return self._blobs.pop(key, None) is not None

    def keys(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Return the blobs whose keys begin with ``prefix``."""
        self._enter()
        return iter(
            [
                BlobInfo(key, len(blob.body), blob.modified_at)
                for key, blob in sorted(self._blobs.items())
                if key.startswith(prefix)
            ]
        )

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Lend a path that stands for the blob; `body_at` reads it.

        Raises:
            BlobNotFoundError: there is none.
        """
        self._find(key)
        yield ROOT / key

    def body_at(self, path: Path) -> bytes:
        """Return the content behind a `local_copy`."""
        return self._blobs[path.relative_to(ROOT).as_posix()].body

    def delete_unfinished(self, before: datetime) -> int:
        """Remove nothing: what is not committed is in nobody's memory any more."""
        del before
        self._enter()
        return 0

    def put(self, key: str, body: bytes) -> None:
        """Store a blob."""
        self._blobs[key] = Blob(body, self._world.clock.now())

    def _find(self, key: str) -> Blob:
        self._enter()
        if key not in self._blobs:
            raise BlobNotFoundError(key)
        return self._blobs[key]

    def _enter(self) -> None:
        self._world.check_alive()
        if self._world.strikes("storage.away"):
            raise BlobStoreUnavailableError(reason="simulated")


class MemoryWriter:
    """Take the content of one new blob."""

    def __init__(self, blobs: MemoryBlobs, key: str) -> None:
        self.size = 0
        self._blobs = blobs
        self._key = key
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        """Append ``piece``."""
        self._pieces.append(bytes(piece))
        self.size += len(piece)

    def commit(self) -> None:
        """Make the blob visible under its key."""
        self._blobs.put(self._key, b"".join(self._pieces))

    def abort(self) -> None:
        """Drop what was written."""
        self._pieces.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()
