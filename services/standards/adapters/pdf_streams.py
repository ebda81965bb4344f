"""Decode streams within bounds: a few bytes in a file can unfold to gigabytes in a reader."""

import struct
import zlib
from enum import Enum, auto
from typing import Final

from chassis.job_child import JobRefusedError
from services.standards.adapters.pdf_syntax import PdfObject

MAX_STREAM_BYTES: Final = 64 * 1024 * 1024
MAX_TOTAL_BYTES: Final = 400 * 1024 * 1024
MAX_PIXELS: Final = 600_000_000

_INPUT_PIECE: Final = 64 * 1024
_OUTPUT_PIECE: Final = 1024 * 1024
_PLAIN_FLATE: Final = {("/FlateDecode",), ("/Fl",)}
_PICTURE_FILTERS: Final = frozenset(
    {"/DCTDecode", "/DCT", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/CCF"}
)
_JBIG2_PAGE: Final = 48
_JBIG2_SEGMENTS: Final = 16
_JBIG2_HEAD_BYTES: Final = 29
_JBIG2_UNKNOWN: Final = 0xFFFF_FFFF


class StreamKind(Enum):
    """Tell what is to be done with a stream."""

    PICTURE = auto()
    """Nothing to decode; its size is checked."""
    PLAIN = auto()
    """Not compressed."""
    FLATE = auto()
    """Compressed in the one common way."""
    OTHER = auto()
    """Other filters, or several."""


def kind_of(found: PdfObject) -> StreamKind:
    """Return what is to be done with an object's stream.

    Raises:
        JobRefusedError: ``too_complex`` for a picture codec on something that is no picture,
            ``has_external_action`` for a stream whose content is in another file.
    """
    if any(not token.startswith("/") for token in found.entries.get("F", ())):
        raise JobRefusedError("has_external_action", "a stream in another file")
    filters = tuple(found.entries.get("Filter", ()))
    is_picture = "/Image" in found.entries.get("Subtype", ()) or (
        "Width" in found.entries and "Height" in found.entries
    )
    has_codec = not _PICTURE_FILTERS.isdisjoint(filters)
    if is_picture and len(filters) - has_codec <= 1:
        return StreamKind.PICTURE
    if has_codec and not is_picture:
        raise JobRefusedError("too_complex", f"{filters} on what is no picture")
    if not filters or filters == ("null",):
        return StreamKind.PLAIN
    return StreamKind.FLATE if filters in _PLAIN_FLATE else StreamKind.OTHER


def check_picture(data: bytes, found: PdfObject) -> None:
    """Check the size of a picture in pixels, as its dictionary and its JBIG2 header tell it.

    Raises:
        JobRefusedError: ``too_complex``.
    """
    sizes = [_number(found, "Width") * _number(found, "Height")]
    if "/JBIG2Decode" in found.entries.get("Filter", ()):
        sizes.append(_jbig2_pixels(data, found.stream_at))
    if max(sizes) > MAX_PIXELS:
        raise JobRefusedError("too_complex", f"a picture of {max(sizes)} pixels")


class Inflater:
    """Decompress streams; knows how much it has made of one file."""

    def __init__(self) -> None:
        self._left = MAX_TOTAL_BYTES

    def inflate(self, data: bytes, found: PdfObject, *, is_kept: bool) -> bytes:
        """Return the stream's content, or nothing when it need not be ``is_kept``.

        A damaged stream gives what can be read, as in other readers.

        Raises:
            JobRefusedError: ``too_complex`` for more than a stream or a file may unfold to.
        """
        source = memoryview(data)[found.stream_at : found.end]
        engine = zlib.decompressobj()
        pieces: list[bytes] = []
        size = 0
        try:
            for start in range(0, len(source), _INPUT_PIECE):
                rest: bytes | memoryview = source[start : start + _INPUT_PIECE]
                while rest and not engine.eof:
                    piece = engine.decompress(rest, _OUTPUT_PIECE)
                    rest = engine.unconsumed_tail
                    size += len(piece)
                    self.count(len(piece), size)
                    if is_kept:
                        pieces.append(piece)
                if engine.eof:
                    break
        except zlib.error:
            return b"".join(pieces)
        return b"".join(pieces)

    def count(self, made: int, size: int) -> None:
        """Take note of ``made`` bytes of a stream that now has ``size``.

        Raises:
            JobRefusedError: ``too_complex``.
        """
        self._left -= made
        if size > MAX_STREAM_BYTES or self._left < 0:
            raise JobRefusedError("too_complex", "a stream unfolds to too much")


def _number(found: PdfObject, key: str) -> int:
    words = found.entries.get(key) or ["0"]
    return int(words[0]) if words[0].isdigit() else 0


def _jbig2_pixels(data: bytes, at: int) -> int:
    """Return the page size that an embedded JBIG2 stream declares; 0 when it is not found.

    Looks through the first segments (T.88, 7.2): number, flags, references, page, length, content.
    """
    for _ in range(_JBIG2_SEGMENTS):
        head = data[at : at + _JBIG2_HEAD_BYTES]
        if len(head) < _JBIG2_HEAD_BYTES:
            return 0
        flags, references = head[4], head[5] >> 5
        length_at = 6 + references + (4 if flags & 0x40 else 1)
        length, width, height = struct.unpack_from(">III", head, length_at)
        if flags & 0x3F == _JBIG2_PAGE:
            return 0 if height == _JBIG2_UNKNOWN else int(width * height)
        at += length_at + 4 + int(length)
    return 0
