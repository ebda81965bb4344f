"""Say which names and links of a PDF make it more than a document to read.

Tables only: shared by the search through the bytes and by the walk through the objects.
"""

import re
from typing import Final
from urllib import parse

PRIORITY: Final = (
    "has_javascript",
    "has_launch_action",
    "has_external_action",
    "rich_media",
    "has_xfa",
    "has_attachments",
)
"""Codes of active content, the most telling first."""

ACTION_TYPES: Final = {
    "JavaScript": "has_javascript",
    "Launch": "has_launch_action",
    "SubmitForm": "has_external_action",
    "ImportData": "has_external_action",
    "GoToR": "has_external_action",
    "GoToE": "has_external_action",
    "Rendition": "rich_media",
    "Movie": "rich_media",
    "Sound": "rich_media",
    "GoTo3DView": "rich_media",
    "RichMediaExecute": "rich_media",
}
"""Value of ``/S`` → code. All others (GoTo, Named, URI, Hide …) are harmless or checked by URI."""

ANNOTATION_TYPES: Final = {
    "FileAttachment": "has_attachments",
    "Screen": "rich_media",
    "Movie": "rich_media",
    "Sound": "rich_media",
    "3D": "rich_media",
    "RichMedia": "rich_media",
}
"""Value of ``/Subtype`` → code."""

KEYS: Final = {
    "JS": "has_javascript",
    "JavaScript": "has_javascript",
    "XFA": "has_xfa",
    "EF": "has_attachments",
    "EmbeddedFiles": "has_attachments",
    "RichMediaContent": "rich_media",
    "RichMediaSettings": "rich_media",
}
"""Key of any dictionary → code."""

AMBIGUOUS: Final = frozenset({"Movie", "Sound", "Screen", "3D"})
"""Names that are also used for other things: they count only after ``/S`` or ``/Subtype``."""

NAMES: Final = {"EmbeddedFile": "has_attachments"} | ANNOTATION_TYPES | ACTION_TYPES | KEYS
"""Name anywhere in the syntax → code."""

AUTOMATIC: Final = frozenset({"GoTo", "Named", "Hide", "SetOCGState", "Trans", "GoToDp"})
"""What may happen without a click (``/OpenAction``, ``/AA``)."""

_WEB_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "ftp"})
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_IGNORED_BY_READERS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]+")


def code_of_name(name: str, previous: str) -> str | None:
    """Return the code of a name token, given the name before it; None for a harmless one."""
    if name in AMBIGUOUS and previous not in {"S", "Subtype"}:
        return None
    return NAMES.get(name)


def is_web_link(target: str) -> bool:
    """Tell whether a link leads to the web, to a mailbox, or to a relative place.

    Local files, network shares and every protocol that starts a program are not.
    """
    target = parse.unquote(_IGNORED_BY_READERS.sub("", target))
    if target.startswith(("\\", "//", "/\\")):
        return False
    scheme = _SCHEME.match(target)
    if scheme is None:
        return True
    if scheme[0][:-1].lower() in _WEB_SCHEMES:
        return True
    host, _, port = target.partition(":")  # "www.example.cn:8080/x" has no scheme
    return "." in host and port[:1].isdigit()
