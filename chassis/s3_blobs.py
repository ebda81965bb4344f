"""Keep blobs in an S3 object store: the same promises as on disk, for several machines.

Uploads go in parts of 5 MiB, one in flight, so memory does not depend on a blob's size. Only the
configured host is asked: no redirect, no proxy, no credentials from anywhere but the setting.
"""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib import parse

from botocore.exceptions import ClientError
from eventlet import Timeout

from chassis import s3_client
from chassis.blob_store import (
    PIECE_BYTES,
    BlobInfo,
    BlobNotFoundError,
    BlobStoreUnavailableError,
    UnsupportedStoreError,
    checked_key,
    is_key,
)

PART_BYTES: Final = 5 * 1024 * 1024
"""The least that S3 takes as a part that is not the last one."""
ABORT_SECONDS: Final = 2
_FORM: Final = "write s3://KEY:SECRET@bucket?endpoint=https://host, KEY and SECRET percent-encoded"
_OPTIONS: Final = frozenset({"endpoint", "region", "addressing"})
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"(/[0-9A-Za-z_-][0-9A-Za-z._-]*)*/?")
_WRITER: Final = "writer"
_COPY: Final = "qibiao-blob-"


def open_bucket(url: str) -> "S3BlobStore":
    """Return the store behind ``s3://KEY:SECRET@bucket[/prefix]?endpoint=https://host[:port]``.

    Options: ``region`` (``us-east-1``), ``addressing`` (``path``, or ``virtual`` for clouds that
    want the bucket in the host's name).

    Raises:
        UnsupportedStoreError: the URL is not understood; it is not repeated.
    """
    parts = parse.urlsplit(url)
    options = dict(parse.parse_qsl(parts.query, keep_blank_values=True))
    endpoint = parse.urlsplit(options.get("endpoint", ""))
    bucket = parts.netloc.rpartition("@")[2]
    is_understood = (
        options.keys() <= _OPTIONS
        and not parts.fragment
        and _BUCKET.fullmatch(bucket)
        and _PREFIX.fullmatch(parts.path)
        and parts.username
        and parts.password
        and _is_host_alone(endpoint)
        and options.get("addressing", "path") in {"path", "virtual"}
    )
    if not is_understood or parts.username is None or parts.password is None:
        raise UnsupportedStoreError(_FORM)
    client = s3_client.new_client(
        options,
        key_id=parse.unquote(parts.username),
        secret=parse.unquote(parts.password),
        hosts=frozenset({endpoint.netloc, f"{bucket}.{endpoint.netloc}"}),
    )
    return S3BlobStore(client, bucket, parts.path.strip("/"))


def _is_host_alone(endpoint: parse.SplitResult) -> bool:
    return bool(
        endpoint.scheme in {"http", "https"}
        and endpoint.hostname
        and not endpoint.username
        and endpoint.path in {"", "/"}
        and not endpoint.query
        and not endpoint.fragment
    )


class S3BlobStore:
    """Keep each blob as the object ``[prefix/]<key>`` of one bucket."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:  # noqa: ANN401 - theirs
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def open_writer(self, key: str) -> "S3BlobWriter":
        """Begin a blob; see `BlobStore`."""
        return S3BlobWriter(self._client, self._place(key))

    def open_reader(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the content in pieces; see `BlobStore`."""
        if offset < 0 or (length is not None and length < 0):
            raise ValueError(f"offset {offset}, length {length}")
        if length == 0:
            self.size(key)
            return iter(())
        return _S3BlobReader(self._client, self._place(key), offset, length)

    def size(self, key: str) -> int:
        """Return the size in bytes; see `BlobStore`."""
        return int(s3_client.ask(self._client.head_object, **self._place(key))["ContentLength"])

    def exists(self, key: str) -> bool:
        """Tell whether there is a blob under the key."""
        try:
            self.size(key)
        except BlobNotFoundError:
            return False
        return True

    def delete(self, key: str) -> bool:
        """Remove the blob; False when there was none."""
        if not self.exists(key):
            return False
        s3_client.ask(self._client.delete_object, **self._place(key))
        return True

    def keys(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Return the blobs whose keys begin with ``prefix``; see `BlobStore`."""
        where = {
            "Bucket": self._bucket,
            "Prefix": self._prefix + prefix,
            "MaxKeys": s3_client.PAGE_KEYS,
        }
        for page in s3_client.pages(self._client.list_objects_v2, where, "ContinuationToken"):
            for entry in page.get("Contents", ()):
                key = entry["Key"].removeprefix(self._prefix)
                if is_key(key):
                    yield BlobInfo(key, entry["Size"], entry["LastModified"])

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Fetch the blob to a file of our own for as long as the ``with`` block lasts."""
        pieces = self.open_reader(key)
        descriptor, name = tempfile.mkstemp(prefix=_COPY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
            yield Path(name)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()

    def delete_unfinished(self, before: datetime) -> int:
        """Give up uploads that began before a time, and old copies here; return how many."""
        count = _delete_copies(before)
        where = {"Bucket": self._bucket, "Prefix": self._prefix}
        for page in s3_client.pages(
            self._client.list_multipart_uploads, where, "KeyMarker", "UploadIdMarker"
        ):
            for upload in page.get("Uploads", ()):
                if upload["Initiated"] < before:
                    place = {"Bucket": self._bucket, "Key": upload["Key"]}
                    with suppress(BlobNotFoundError):
                        s3_client.ask(
                            self._client.abort_multipart_upload,
                            **place,
                            UploadId=upload["UploadId"],
                        )
                        count += 1
        return count

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + checked_key(key)}


class S3BlobWriter:
    """Send parts as they fill up; `commit` joins them under the key."""

    def __init__(self, client: Any, place: Mapping[str, str]) -> None:  # noqa: ANN401 - theirs
        self.size = 0
        self._client = client
        self._place = place
        self._pending = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._mark = secrets.token_hex(16)
        self._is_open = True

    def write(self, piece: bytes) -> None:
        """Append ``piece``; full parts are sent at once.

        Raises:
            BlobStoreUnavailableError: the store is away.
        """
        self._check_open()
        view = memoryview(piece)
        while view:
            room = PART_BYTES - len(self._pending)
            self._pending += view[:room]
            view = view[room:]
            if len(self._pending) == PART_BYTES:
                self._send_part()
        self.size += len(piece)

    def commit(self) -> None:
        """Put the blob in its place: whole, or, when this fails or is interrupted, perhaps not.

        Raises:
            BlobStoreUnavailableError: the store is away; begin again.
        """
        self._check_open()
        try:
            if self._upload_id is None:
                s3_client.ask(self._client.put_object, **self._place, Body=bytes(self._pending))
            else:
                self._complete()
        except BaseException:
            self.abort()
            raise
        self._is_open = False
        self._pending = bytearray()

    def abort(self) -> None:
        """Drop what was sent; what cannot be dropped now is swept later."""
        if not self._is_open:
            return
        self._is_open = False
        self._pending = bytearray()
        if self._upload_id is not None:
            with (
                Timeout(ABORT_SECONDS, exception=False),
                suppress(BlobStoreUnavailableError, BlobNotFoundError),
            ):
                self._client_call(self._client.abort_multipart_upload)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()

    def _check_open(self) -> None:
        if not self._is_open:
            raise ValueError("the blob is committed or aborted")

    def _send_part(self) -> None:
        if self._upload_id is None:
            answer = s3_client.ask(
                self._client.create_multipart_upload, **self._place, Metadata={_WRITER: self._mark}
            )
            self._upload_id = answer["UploadId"]
        number = len(self._parts) + 1
        body, self._pending = bytes(self._pending), bytearray()
        answer = self._client_call(self._client.upload_part, PartNumber=number, Body=body)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})

    def _complete(self) -> None:
        if self._pending:
            self._send_part()
        try:
            self._client_call(
                self._client.complete_multipart_upload, MultipartUpload={"Parts": self._parts}
            )
        except (BlobNotFoundError, BlobStoreUnavailableError) as error:
            # The answer to a first try may have been lost: what lies there says who wrote it.
            if not self._is_in_place():
                raise BlobStoreUnavailableError(reason="upload lost") from error

    def _is_in_place(self) -> bool:
        try:
            found = s3_client.ask(self._client.head_object, **self._place)
        except (BlobNotFoundError, BlobStoreUnavailableError):
            return False
        return bool(found.get("Metadata", {}).get(_WRITER) == self._mark)

    def _client_call(self, call: Callable[..., Any], **options: Any) -> Any:  # noqa: ANN401 - theirs
        return s3_client.ask(call, **self._place, UploadId=self._upload_id, **options)


class _S3BlobReader(Iterator[bytes]):
    """Yield an object's content; a broken connection is taken up again where it broke, once."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - theirs
        place: Mapping[str, str],
        offset: int,
        length: int | None,
    ) -> None:
        self._get = partial(client.get_object, **place)
        self._offset = offset
        self._end = None if length is None else offset + length
        self._etag: str | None = None
        self._may_resume = True
        self._body: Any = None
        self._left = 0
        self._open()

    def __next__(self) -> bytes:
        piece = self._read()
        if not piece:
            self.close()
            raise StopIteration
        self._offset += len(piece)
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Stop reading; a WSGI server calls it when the client goes away."""
        body, self._body = self._body, None
        if body is not None:
            body.close()

    def __del__(self) -> None:
        self.close()

    def _open(self) -> None:
        options: dict[str, str] = {}
        if self._offset or self._end is not None:
            last = "" if self._end is None else str(self._end - 1)
            options["Range"] = f"bytes={self._offset}-{last}"
        if self._etag is not None:
            options["IfMatch"] = self._etag
        answer = s3_client.ask(self._get_or_nothing, **options)
        if answer is not None:
            self._body, self._etag = answer["Body"], answer["ETag"]
            self._left = int(answer["ContentLength"])

    def _get_or_nothing(self, **options: str) -> Any:  # noqa: ANN401 - theirs
        try:
            return self._get(**options)
        except ClientError as error:
            if s3_client.code_of(error) in {
                "416",
                "InvalidRange",
            }:  # begins at the end, or behind it
                return None
            raise

    def _read(self) -> bytes:
        while self._body is not None and self._left:
            piece = self._piece(self._body)
            if piece:
                return piece
            self.close()
            if not self._may_resume:
                raise BlobStoreUnavailableError(reason="cut short")
            self._may_resume = False
            self._open()
        return b""

    def _piece(self, body: Any) -> bytes:  # noqa: ANN401 - theirs
        """Return what comes next, nothing when the connection broke."""
        try:
            return bytes(s3_client.translated(partial(body.read, min(PIECE_BYTES, self._left))))
        except BlobStoreUnavailableError:
            return b""


def _delete_copies(before: datetime) -> int:
    """Remove the copies that processes left here that were killed."""
    limit = min(before.timestamp(), time.time())
    count = 0
    for path in Path(tempfile.gettempdir()).glob(f"{_COPY}*"):
        with suppress(OSError):
            if path.lstat().st_mtime < limit:
                path.unlink()
                count += 1
    return count
