"""Read the words that were taken out of a file."""

from typing import Final

from chassis.blob_store import BlobNotFoundError, BlobStore

# A standard of a thousand pages has fewer.
MAX_BYTES: Final = 4_000_000


def read_words(blobs: BlobStore, key: str | None) -> str:
    """Return the words under a key of the store; none when there is no key or no such file."""
    if key is None:
        return ""
    body = bytearray()
    try:
        for piece in blobs.open_reader(key):
            body += piece[: MAX_BYTES - len(body)]
            if len(body) >= MAX_BYTES:
                break
    except BlobNotFoundError:
        return ""
    return body.decode(errors="ignore")
