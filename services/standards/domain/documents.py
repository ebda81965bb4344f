"""Published versions as canonical JSON: one byte string per content, the thing that is hashed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CanonicalDocument:
    """Hold a document's bytes as text, and their SHA-256."""

    text: str
    sha256: str


def canonicalize(content: Mapping[str, Any]) -> CanonicalDocument:
    """Return ``content`` with sorted keys, no spaces and UTF-8 as it is: it always hashes alike."""
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return CanonicalDocument(text=text, sha256=hash_text(text))


def hash_text(text: str) -> str:
    """Return the SHA-256 of a canonical text, in hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a stored JSON text says."""
    return json.loads(text)
