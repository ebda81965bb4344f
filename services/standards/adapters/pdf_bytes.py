"""Check the outside of a PDF: one whole PDF from the first byte to the last, and nothing else."""

import re
import struct
from typing import Final

from chassis.job_child import JobRefusedError

_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1_024
_BLANKS: Final = b"\0\t\n\f\r "
_BOM: Final = b"\xef\xbb\xbf"
_END: Final = b"%%EOF"
_TAIL_BYTES: Final = 2_048
_END_WITHOUT_MARK: Final = re.compile(rb"startxref[\0\s]+[0-9]+[\0\s]*%{0,2}E?O?[\0\s]*\Z")
_TABLE_START: Final = re.compile(rb"startxref[\0\s]+([0-9]{1,12})")
_PREVIOUS_TABLE: Final = re.compile(rb"(?:(?!stream|xref|endobj)[\s\S])*?/Prev[\0\s]+([0-9]{1,12})")
_OBJECT_HEADER: Final = re.compile(rb"[0-9]{1,10}[\0\s]+[0-9]{1,5}[\0\s]+obj")
_LINEARIZED: Final = re.compile(rb"/Linearized[^>]{0,200}?/L[\0\s]+([0-9]{1,12})")
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_ZIP_COMMENT_BYTES: Final = 65_535
_ZIP_DIRECTORY: Final = b"PK\x01\x02"


def check_envelope(data: bytes) -> None:
    """Check that the bytes are one whole PDF and nothing else.

    Blanks before the header and after the end mark are harmless. Updates appended to a file are
    part of it: the last end mark counts.

    Raises:
        JobRefusedError: ``empty``, ``not_pdf``, ``polyglot_header``, ``polyglot_archive``,
            ``truncated``, ``trailing_data``, or ``damaged`` for tables in a circle.
    """
    if not data:
        raise JobRefusedError("empty")
    start = data.find(_HEADER, 0, _HEADER_WITHIN + len(_HEADER))
    if start < 0:
        raise JobRefusedError("not_pdf")
    if data[:start].removeprefix(_BOM).strip(_BLANKS):
        raise JobRefusedError("polyglot_header", f"{start} bytes before the header")
    if _ends_as_archive(data):
        raise JobRefusedError("polyglot_archive")
    _check_end(data)
    _check_tables(data)


def _check_end(data: bytes) -> None:
    mark = data.rfind(_END)
    if mark < 0:
        if not _END_WITHOUT_MARK.search(data[-_TAIL_BYTES:]):
            raise JobRefusedError("truncated", "no end mark")
        return
    rest = data[mark + len(_END) :].strip(_BLANKS)
    if not rest:
        return
    declared = _LINEARIZED.search(data[:_HEADER_WITHIN])
    if _OBJECT_HEADER.match(rest) or (declared and int(declared[1]) > len(data)):
        raise JobRefusedError("truncated", "what follows the last end mark breaks off")
    raise JobRefusedError("trailing_data", f"{len(rest)} bytes after the end mark")


def _check_tables(data: bytes) -> None:
    """Follow the cross-reference tables back to the first; stop where one cannot be read."""
    found = _TABLE_START.match(data, max(0, data.rfind(b"startxref")))
    seen: set[int] = set()
    while found:
        at = int(found[1])
        if at in seen:
            raise JobRefusedError("damaged", f"the tables lead back to {at}")
        seen.add(at)
        if data.startswith(b"xref", at):
            at = data.find(b"trailer", at)
        elif b"/XRef" not in data[at : at + _TAIL_BYTES]:
            return
        if at < 0:
            return
        found = _PREVIOUS_TABLE.match(data, at, at + _TAIL_BYTES)


def _ends_as_archive(data: bytes) -> bool:
    """Tell whether a ZIP directory closes the file, as in ``.jar`` and ``.docx`` polyglots."""
    at = data.rfind(_ZIP_END, max(0, len(data) - _ZIP_END_BYTES - _ZIP_COMMENT_BYTES))
    if at < 0 or at + _ZIP_END_BYTES > len(data):
        return False
    (directory_bytes,) = struct.unpack_from("<I", data, at + 12)
    start = at - directory_bytes
    return start >= 0 and data.startswith(_ZIP_DIRECTORY, start)
