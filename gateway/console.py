"""The built console (``web/``): its files and how they are handed out.

It is a single page: whatever address below ``/app/`` is opened, the page itself finds out what to
show. Files under ``assets/`` carry their hash in their name and may be kept for ever.
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

from gateway.answers import Rendering
from gateway.pages import STATIC

FOLDER: Final = STATIC / "app"
INDEX: Final = "index.html"
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_COMPRESSED: Final = ".gz"


@dataclass(frozen=True)
class Asset:
    """Answer with a built file, compressed where the browser takes that."""

    content: bytes
    compressed: bytes | None
    content_type: str
    is_page: bool

    def response(self, rendering: Rendering) -> Response:
        """Return the response; the page itself is asked for each time."""
        response = Response(self.content, content_type=self.content_type)
        response.headers["Cache-Control"] = "no-cache" if self.is_page else _FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        if self.is_page:
            response.headers["Content-Security-Policy"] = _POLICY
        if self.compressed is not None and _takes_gzip(rendering.environ):
            response.set_data(self.compressed)
            response.headers["Content-Encoding"] = "gzip"
        return response


def built_files(folder: Path = FOLDER) -> dict[str, Asset]:
    """Return what was built by its path below ``/app/``; nothing where it was not built."""
    return {
        path.relative_to(folder).as_posix(): _asset(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != _COMPRESSED
    }


def _asset(path: Path) -> Asset:
    compressed = path.with_name(path.name + _COMPRESSED)
    kind = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    is_text = kind.startswith("text/")
    return Asset(
        content=path.read_bytes(),
        compressed=compressed.read_bytes() if compressed.exists() else None,
        content_type=f"{kind}; charset=utf-8" if is_text else kind,
        is_page=path.name == INDEX,
    )


def _takes_gzip(environ: Mapping[str, object]) -> bool:
    accepted = parse_accept_header(str(environ.get("HTTP_ACCEPT_ENCODING", "")))
    return accepted.quality("gzip") > 0
