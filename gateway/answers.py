"""What a route may answer with. An answer is data; here it becomes bytes and headers."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from werkzeug.http import is_resource_modified, parse_range_header
from werkzeug.wrappers import Response

from chassis.blobs import BlobNotFoundError, BlobStore
from gateway.errors import RangeNotSatisfiableError, TextUnavailableError
from gateway.schemas.fields import Schema

if TYPE_CHECKING:
    from gateway.config import Settings
    from gateway.pages import Pages
    from gateway.routing import Route

PDF: Final = "application/pdf"
GZIP: Final = "application/gzip"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MAX_FILE_NAME: Final = 120
# Control characters, what file systems cannot take, and marks that turn the direction of writing.
_UNSAFE: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
)


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Hold what an answer needs to become a response; ``as_of`` is set for one from the cache."""

    route: "Route"
    settings: "Settings"
    pages: "Pages"
    blobs: BlobStore
    environ: Mapping[str, Any]
    as_of: datetime | None = None


class Answer(Protocol):
    """Become a response."""

    def response(self, rendering: Rendering) -> Response:
        """Return the response."""
        ...


@dataclass(frozen=True, kw_only=True)
class Json:
    """Answer with a JSON object, filtered by the route's schema."""

    data: Mapping[str, Any]
    status: int | None = None
    etag: str | None = None
    location: str | None = None
    new_session: str | None = field(default=None, repr=False)
    ends_session: bool = False
    # Of plain ASCII: the browser stores the answer under it instead of showing it.
    file_name: str | None = None

    def response(self, rendering: Rendering) -> Response:
        """Return the response."""
        route = rendering.route
        data = schema_of(route.answer).dump(self.data) if route.answer else self.data
        response = Response(
            to_json(data),
            status=self.status or route.status,
            content_type="application/json",
        )
        if self.etag is not None:
            response.set_etag(self.etag)
        if self.location is not None:
            response.headers["Location"] = self.location
        if self.file_name is not None:
            response.headers["Content-Disposition"] = f'attachment; filename="{self.file_name}"'
        if self.new_session is not None:
            set_cookie(response, rendering, self.new_session)
        if self.ends_session:
            set_cookie(response, rendering, None)
        return response


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Answer that it is done, without a body."""

    ends_session: bool = False

    def response(self, rendering: Rendering) -> Response:
        """Return the response."""
        response = Response(status=204)
        response.headers.pop("Content-Type", None)
        if self.ends_session:
            set_cookie(response, rendering, None)
        return response


@dataclass(frozen=True, kw_only=True)
class Page:
    """Answer with a page made from a template."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200

    def response(self, rendering: Rendering) -> Response:
        """Return the response."""
        html = rendering.pages.render(self.template, self.context, as_of=rendering.as_of)
        return Response(html, status=self.status, content_type="text/html; charset=utf-8")


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Answer that what is asked for is at another address of this site (303)."""

    location: str

    def response(self, rendering: Rendering) -> Response:  # noqa: ARG002 - the same for everybody
        """Return the response."""
        response = Response(status=303)
        response.headers.pop("Content-Type", None)
        response.headers["Location"] = self.location
        return response


@dataclass(frozen=True, kw_only=True)
class Raw:
    """Answer with bytes as they are: a picture, a style sheet."""

    content: bytes
    content_type: str
    # Of plain ASCII: the browser stores the answer under it instead of showing it.
    file_name: str | None = None

    def response(self, rendering: Rendering) -> Response:  # noqa: ARG002 - the same for everybody
        """Return the response."""
        response = Response(self.content, content_type=self.content_type)
        if self.file_name is not None:
            response.headers["Content-Disposition"] = f'attachment; filename="{self.file_name}"'
        return response


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Answer with a text that is made while it goes out."""

    pieces: Iterator[bytes]
    content_type: str

    def response(self, rendering: Rendering) -> Response:  # noqa: ARG002 - the same for everybody
        """Return the response."""
        return Response(self.pieces, content_type=self.content_type)


@dataclass(frozen=True, kw_only=True)
class File:
    """Answer with a stored file, whole or in part, never interpreted by the browser."""

    key: str
    size: int
    sha256: str
    file_name: str
    content_type: str = PDF
    # What lies under this address never becomes something else: caches need not ask again.
    is_immutable: bool = False

    def response(self, rendering: Rendering) -> Response:
        """Return the response.

        Raises:
            RangeNotSatisfiableError: the range asked for lies outside the file.
            TextUnavailableError: the store does not have the file.
        """
        environ = rendering.environ
        etag = f'"{self.sha256}"'
        if not is_resource_modified(dict(environ), etag=self.sha256):
            response = Response(status=304)
            response.headers.pop("Content-Type", None)
        else:
            response = self._content(rendering, etag)
        response.headers["ETag"] = etag
        response.headers["Accept-Ranges"] = "bytes"
        if self.is_immutable:
            response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response

    def _content(self, rendering: Rendering, etag: str) -> Response:
        wanted = self._range(rendering, etag)
        start, stop = wanted or (0, self.size)
        is_head = rendering.environ.get("REQUEST_METHOD") == "HEAD"
        pieces: Iterator[bytes] = (
            iter(()) if is_head else open_blob(rendering.blobs, self.key, start, stop - start)
        )
        status = 206 if wanted else 200
        response = Response(pieces, status=status, content_type=self.content_type)
        response.headers["Content-Length"] = str(stop - start)
        response.headers["Content-Disposition"] = (
            content_disposition(self.file_name)
            if self.content_type == PDF
            else f'attachment; filename="{self.file_name}"'
        )
        if wanted:
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{self.size}"
        return response

    def _range(self, rendering: Rendering, etag: str) -> tuple[int, int] | None:
        header = rendering.environ.get("HTTP_RANGE")
        if_range = rendering.environ.get("HTTP_IF_RANGE")
        parsed = parse_range_header(header) if header else None
        if parsed is None or parsed.units != "bytes" or (if_range and if_range.strip() != etag):
            return None
        if len(parsed.ranges) != 1:  # several parts at once: the whole file is a permitted answer
            return None
        wanted = parsed.range_for_length(self.size)
        if wanted is None:
            raise RangeNotSatisfiableError(size=self.size)
        return wanted


def open_blob(blobs: BlobStore, key: str, offset: int, length: int) -> Iterator[bytes]:
    """Return the pieces of a stored file.

    Raises:
        TextUnavailableError: the store does not have it.
    """
    try:
        return blobs.open_reader(key, offset, length)
    except BlobNotFoundError as error:
        raise TextUnavailableError(retry_after=60) from error


def content_disposition(file_name: str) -> str:
    """Return the header that makes browsers store a file under a harmless name (RFC 6266)."""
    name = _UNSAFE.sub("", file_name)
    stem = name[:-4] if name.lower().endswith(".pdf") else name
    stem = stem.strip(" .")[:_MAX_FILE_NAME] or "standard"
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", stem).strip("_ ") or "standard"
    return f"attachment; filename=\"{plain}.pdf\"; filename*=UTF-8''{quote(stem, safe='')}.pdf"


def strong_etag(content: bytes) -> str:
    """Return an ETag's text for an answer's bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def to_json(data: Mapping[str, Any]) -> str:
    """Return the text of a JSON answer."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=256)
def schema_of(schema: type[Schema]) -> Schema:
    """Return an instance to dump or load with; making one is slow."""
    return schema()


def set_cookie(response: Response, rendering: Rendering, token: str | None) -> None:
    """Set or remove the session's cookie."""
    settings = rendering.settings
    response.set_cookie(
        settings.cookie_name,
        token or "",
        max_age=None if token else 0,
        path="/",
        secure=settings.has_secure_cookies,
        httponly=True,
        samesite="Lax",
    )
