"""Parse the head of an HTTP/1.1 request strictly, by RFC 9112, from bytes.

Whatever two parsers could read differently is refused: a bare line feed, a folded header, white
space before a colon, several lengths, a length beside an encoding: nothing to smuggle a request in.
"""

import re
from dataclasses import dataclass
from typing import Final

from chassis.errors import DomainError

MAX_TARGET: Final = 8 * 1024
MAX_HEADERS: Final = 100

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_TARGET = re.compile(rb"[\x21-\x7e]+\Z")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\Z")
_LENGTH = re.compile(rb"[0-9]{1,15}\Z")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)(/?.*)\Z")
_VERSIONS: Final = {b"HTTP/1.1": "HTTP/1.1", b"HTTP/1.0": "HTTP/1.0"}


class MalformedRequestError(DomainError):
    """Say that the bytes are not an acceptable HTTP request."""

    code = "gateway.malformed_request"


class HeadTooLargeError(DomainError):
    """Say that the request line or the headers exceed their limit."""

    code = "gateway.head_too_large"


@dataclass(frozen=True)
class Head:
    """Hold a request line and its headers, already checked."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    content_length: int | None
    is_chunked: bool

    def get(self, name: str) -> str | None:
        """Return the first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def parse_head(raw: bytes) -> Head:
    """Read a head that still ends with its empty line.

    Raises:
        MalformedRequestError: anything that is not plainly one well-formed request.
        HeadTooLargeError: too many headers or too long a target.
    """
    lines = _split_lines(raw)
    method, target, version = _request_line(lines[0])
    if len(lines) - 1 > MAX_HEADERS:
        raise HeadTooLargeError
    headers = [_header(line) for line in lines[1:]]
    host = _only(headers, b"host")
    if host is None and version == "HTTP/1.1":
        raise MalformedRequestError
    return Head(
        method=method,
        target=_origin_form(target, host),
        version=version,
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers),
        content_length=_content_length(headers),
        is_chunked=_is_chunked(headers, version),
    )


def _split_lines(raw: bytes) -> list[bytes]:
    if not raw.endswith(b"\r\n\r\n"):
        raise MalformedRequestError
    lines = raw[:-4].split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise MalformedRequestError
    return lines


def _request_line(line: bytes) -> tuple[str, bytes, str]:
    parts = line.split(b" ")
    if len(parts) != 3:  # noqa: PLR2004 - method, target, version
        raise MalformedRequestError
    method, target, version = parts
    if version not in _VERSIONS or not _TOKEN.match(method):
        raise MalformedRequestError
    if len(target) > MAX_TARGET:
        raise HeadTooLargeError
    if not _TARGET.match(target):
        raise MalformedRequestError
    return method.decode("ascii"), target, _VERSIONS[version]


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    if not colon or not _TOKEN.match(name) or not _VALUE.match(value):
        raise MalformedRequestError
    return name, value


def _only(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    found = [value for key, value in headers if key.lower() == name]
    if len(found) > 1:
        raise MalformedRequestError
    return found[0] if found else None


def _origin_form(target: bytes, host: bytes | None) -> str:
    if target.startswith(b"/") or target == b"*":
        return target.decode("ascii")
    absolute = _ABSOLUTE.match(target)
    if absolute is None or absolute[1] != host:
        raise MalformedRequestError
    rest = absolute[2].decode("ascii")
    return rest if rest.startswith("/") else "/" + rest


def _content_length(headers: list[tuple[bytes, bytes]]) -> int | None:
    value = _only(headers, b"content-length")
    if value is None:
        return None
    if not _LENGTH.match(value) or _only(headers, b"transfer-encoding") is not None:
        raise MalformedRequestError
    return int(value)


def _is_chunked(headers: list[tuple[bytes, bytes]], version: str) -> bool:
    value = _only(headers, b"transfer-encoding")
    if value is None:
        return False
    if value.lower() != b"chunked" or version != "HTTP/1.1":
        raise MalformedRequestError
    return True
