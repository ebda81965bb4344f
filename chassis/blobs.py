"""Open the store of files, and keep them on disk: uploaded texts, extracted text, snapshots.

The interface is in ``chassis.blob_store``; its names can be imported from here. A blob appears
under its key all at once or not at all, also when the process is killed or the power fails. Memory
use does not depend on a blob's size, and slow disks do not stop the hub.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar, TypeVarTuple
from urllib import parse

from eventlet import patcher

from chassis import jobs
from chassis.blob_store import (
    PIECE_BYTES,
    BlobInfo,
    BlobNotFoundError,
    BlobStore,
    BlobStoreUnavailableError,
    BlobWriter,
    InvalidBlobKeyError,
    UnsupportedStoreError,
    checked_key,
)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

__all__ = [
    "PIECE_BYTES",
    "BlobInfo",
    "BlobNotFoundError",
    "BlobStore",
    "BlobStoreUnavailableError",
    "BlobWriter",
    "FileBlobStore",
    "InvalidBlobKeyError",
    "UnsupportedStoreError",
    "open_store",
]

# eventlet's os.open tells the hub of the calling thread, and would make one in a pool thread.
_open_file: Final[Callable[..., int]] = patcher.original("os").open
_BATCH_BYTES: Final = 4 * PIECE_BYTES  # one trip to a native thread moves this much
_LISTING_BATCH: Final = 200
_UNFINISHED: Final = ".unfinished"
_AWAY: Final = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.ENOTCONN}


def open_store(url: str) -> BlobStore:
    """Return the store that ``STORAGE_URL`` names: a folder, or a bucket in an S3 object store.

    ``file:///folder``, ``file:folder`` or ``s3://KEY:SECRET@bucket?endpoint=https://host``.

    Raises:
        UnsupportedStoreError: there is no such kind of store, or the URL is not understood.
    """
    parts = parse.urlsplit(url)
    if parts.scheme == "s3":
        from chassis import s3_blobs  # noqa: PLC0415 - 0.3 s and 25 MB that a folder does not need

        return s3_blobs.open_bucket(url)
    if parts.scheme != "file":
        raise UnsupportedStoreError(
            f"STORAGE_URL begins with {parts.scheme or '?'}:, not file: or s3:"
        )
    path = parse.unquote(parts.path)
    if parts.netloc not in {"", "localhost"} or not path or parts.query or parts.fragment:
        raise UnsupportedStoreError("write file:///absolute/folder or file:relative/folder")
    return FileBlobStore(Path(path))


class FileBlobStore:
    """Keep each blob as a file ``root/<key>``, mode 0600, folders 0700."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._unfinished = self._root / _UNFINISHED
        _guard(self._unfinished.mkdir, 0o700, True, True)  # noqa: FBT003 - parents, exist_ok

    def open_writer(self, key: str) -> "FileBlobWriter":
        """Begin a blob; see `BlobStore`."""
        target = self._path(key)
        draft = self._unfinished / secrets.token_hex(16)
        return FileBlobWriter(self._root, target, draft)

    def open_reader(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the content in pieces; see `BlobStore`."""
        if offset < 0 or (length is not None and length < 0):
            raise ValueError(f"offset {offset}, length {length}")
        descriptor = _on_disk(_open_blob, self._path(key))
        return _FileBlobReader(descriptor, offset, length)

    def size(self, key: str) -> int:
        """Return the size in bytes; see `BlobStore`."""
        return _on_disk(_blob_status, self._path(key)).st_size

    def exists(self, key: str) -> bool:
        """Tell whether there is a blob under the key."""
        try:
            self.size(key)
        except BlobNotFoundError:
            return False
        return True

    def delete(self, key: str) -> bool:
        """Remove the blob; False when there was none."""
        try:
            _on_disk(os.unlink, self._path(key))
        except BlobNotFoundError:
            return False
        return True

    def keys(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Return the blobs whose keys begin with ``prefix``; see `BlobStore`."""
        found = _walk(self._root, prefix)
        while batch := _on_disk(_take, found, _LISTING_BATCH):
            yield from batch

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Lend the path of the file itself; see `BlobStore`."""
        yield self.local_path(key)

    def local_path(self, key: str) -> Path:
        """Return the path of the file.

        Raises:
            BlobNotFoundError: there is none.
        """
        path = self._path(key)
        _on_disk(_blob_status, path)
        return path

    def delete_unfinished(self, before: datetime) -> int:
        """Remove drafts that were last written before a time; return how many."""
        return _on_disk(_delete_older, self._unfinished, before.timestamp())

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)


class FileBlobWriter:
    """Write a draft beside the blobs; `commit` moves it to its place."""

    def __init__(self, root: Path, target: Path, draft: Path) -> None:
        self.size = 0
        self._root = root
        self._target = target
        self._draft = draft
        self._pending = bytearray()
        self._is_open = True
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = _on_disk(_open_file, draft, flags, 0o600)

    def write(self, piece: bytes) -> None:
        """Append ``piece``; it reaches the disk in batches.

        Raises:
            BlobStoreUnavailableError: the disk is full or failing.
        """
        if not self._is_open:
            raise ValueError("the blob is committed or aborted")
        self._pending += piece
        self.size += len(piece)
        if len(self._pending) >= _BATCH_BYTES:
            self._flush()

    def commit(self) -> None:
        """Write the rest, sync file and folder, and put the blob in its place.

        Never interrupted half-way: once begun it is known whether the blob is there.

        Raises:
            BlobStoreUnavailableError: the disk is full or failing; begin again.
            InvalidBlobKeyError: the key names a folder of other blobs, or lies below a blob.
        """
        if not self._is_open:
            raise ValueError("the blob is committed or aborted")
        self._flush()
        try:
            _on_disk(self._finish, shielded=True)
        except BaseException:
            self.abort()
            raise
        self._is_open = False

    def abort(self) -> None:
        """Drop what was written; nothing after `commit` or a second time."""
        if not self._is_open:
            return
        self._is_open = False
        with suppress(OSError):
            os.close(self._descriptor)
        with suppress(OSError):
            jobs.in_thread(os.unlink, self._draft)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def _flush(self) -> None:
        pending, self._pending = self._pending, bytearray()
        _on_disk(_write_all, self._descriptor, pending)

    def _finish(self) -> None:
        os.fsync(self._descriptor)
        folder = self._target.parent
        _make_folders(self._root, folder)
        os.replace(self._draft, self._target)  # noqa: PTH105 - pathlib's does the same, slower
        _sync_folder(folder)
        os.close(self._descriptor)


class _FileBlobReader(Iterator[bytes]):
    """Yield a file's content; `close` or the last piece gives the descriptor back."""

    def __init__(self, descriptor: int, offset: int, length: int | None) -> None:
        self._descriptor: int | None = descriptor
        self._offset = offset
        self._left = length
        self._batch = b""

    def __next__(self) -> bytes:
        if not self._batch:
            self._batch = self._read_batch()
        if not self._batch:
            self.close()
            raise StopIteration
        piece, self._batch = self._batch[:PIECE_BYTES], self._batch[PIECE_BYTES:]
        return piece

    def close(self) -> None:
        """Stop reading; a WSGI server calls it when the client goes away."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()

    def _read_batch(self) -> bytes:
        wanted = _BATCH_BYTES if self._left is None else min(self._left, _BATCH_BYTES)
        if self._descriptor is None or not wanted:
            return b""
        batch = _on_disk(os.pread, self._descriptor, wanted, self._offset)
        self._offset += len(batch)
        if self._left is not None:
            self._left -= len(batch)
        return batch


def _on_disk(func: Callable[[*Ts], T], *args: *Ts, shielded: bool = False) -> T:
    """Run a file operation in a native thread and translate its errors."""
    return _guard(lambda: jobs.in_thread(func, *args, shielded=shielded))


def _guard(func: Callable[[*Ts], T], *args: *Ts) -> T:
    try:
        return func(*args)
    except FileNotFoundError as error:
        raise BlobNotFoundError(str(error.filename)) from error
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise InvalidBlobKeyError(f"blob and folder at one place: {error.filename}") from error
    except OSError as error:
        if error.errno in _AWAY or isinstance(error, PermissionError):
            raise BlobStoreUnavailableError(reason=error.strerror or "disk") from error
        raise


def _open_blob(path: Path) -> int:
    descriptor = _open_file(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "not a blob", str(path))
    return descriptor


def _blob_status(path: Path) -> os.stat_result:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(errno.ENOENT, "not a blob", str(path))
    return status


def _write_all(descriptor: int, body: bytearray) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def _make_folders(root: Path, folder: Path) -> None:
    """Create the missing folders below ``root`` and make their names durable."""
    missing = [path for path in (folder, *folder.parents) if root in path.parents]
    for path in reversed(missing):
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
        else:
            _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = _open_file(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(root: Path, prefix: str) -> Iterator[BlobInfo]:
    folders = [root]
    while folders:
        with suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                key = Path(entry.path).relative_to(root).as_posix()
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if key.startswith(prefix[: len(key)]):
                        folders.append(root / key)
                elif key.startswith(prefix) and entry.is_file(follow_symlinks=False):
                    with suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
                        yield BlobInfo(key, status.st_size, modified_at)


def _take(found: Iterator[BlobInfo], count: int) -> list[BlobInfo]:
    return list(islice(found, count))


def _delete_older(folder: Path, before: float) -> int:
    count = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < before:
                path.unlink()
                count += 1
    return count
