"""What the log holds: an entry for each published version, and one for each withdrawal.

The leaf's content is a canonical document, byte for byte: of a version the text that
``GET /declarations/{id}/versions/{n}`` answers with, of a withdrawal the text of
`withdrawal_document`. Whoever has the document can compute the leaf.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

WITHDRAWAL_FORM: Final = "withdrawal/1"


class EntryKind(StrEnum):
    """Say what an entry of the log is the document of."""

    VERSION = "VERSION"
    WITHDRAWAL = "WITHDRAWAL"


class EntryKey(NamedTuple):
    """Name an entry of the log; the version of a withdrawal is the last published one."""

    declaration_id: str
    version: int
    kind: EntryKind = EntryKind.VERSION


def withdrawal_document(
    *, declaration_id: str, record_number: str, version: int, withdrawn_at: str, reason: str
) -> dict[str, Any]:
    """Write down a withdrawal; its canonical text is the leaf's content."""
    return {
        "form": WITHDRAWAL_FORM,
        "declaration_id": declaration_id,
        "record_number": record_number,
        "version": version,
        "withdrawn_at": withdrawn_at,
        "reason": reason,
    }


def kind_of(document: dict[str, Any]) -> EntryKind:
    """Return what an entry's document is of."""
    is_withdrawal = document.get("form") == WITHDRAWAL_FORM
    return EntryKind.WITHDRAWAL if is_withdrawal else EntryKind.VERSION
