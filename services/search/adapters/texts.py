"""Read the words of a published file out of the blob store."""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any, Final

from chassis.blob_store import BlobNotFoundError, BlobStore

logger = logging.getLogger(__name__)

# More than this of one file is not indexed anyway.
MAX_BYTES: Final = 4_000_000
# What is found further on is found, but not shown in the list of results.
MAX_SHOWN_BYTES: Final = 300_000


class TextChangedError(Exception):
    """Say that the words in the store are not those that were published."""


def read_beginning(blobs: BlobStore, key: str) -> str:
    """Return the first words of a file for showing some of them; nothing when they are gone."""
    body = bytearray()
    try:
        for piece in blobs.open_reader(key):
            body += piece
            if len(body) >= MAX_SHOWN_BYTES:
                break
    except BlobNotFoundError:
        return ""
    return body[:MAX_SHOWN_BYTES].decode(errors="ignore")


def read_text(blobs: BlobStore, extracted: Mapping[str, Any] | None) -> str:
    """Return the words of a file, nothing when it has none or they are gone from the store.

    Raises:
        TextChangedError: they do not have the hash that the publication names.
    """
    if extracted is None:
        return ""
    digest = hashlib.sha256()
    body = bytearray()
    try:
        for piece in blobs.open_reader(extracted["key"]):
            digest.update(piece)
            body += piece[: max(0, MAX_BYTES - len(body))]
    except BlobNotFoundError:
        # Better found by its title than not at all; the operator sees the line.
        logger.warning("words of a published file are missing", extra={"key": extracted["key"]})
        return ""
    if digest.hexdigest() != extracted["sha256"]:
        raise TextChangedError(extracted["key"])
    return body.decode(errors="ignore")
