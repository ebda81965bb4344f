"""Keep the ends of all audit chains: what is altered later does not fit them any more (F18)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import AuditHead


class HeadsFile(Protocol):
    """Keep the ends where the databases' owner cannot reach."""

    def append(self, head: Mapping[str, Any]) -> None:
        """Add one line; it is on the disk afterwards."""


def note_head(*, tx: Transaction, service: str, sequence: int, hash_: str, at: datetime) -> None:
    """Keep one end of a chain; the first that was told of a number stands."""
    if tx.session.get(AuditHead, (service, sequence)) is None:
        tx.session.add(AuditHead(service=service, sequence=sequence, hash=hash_, noted_at=at))


def list_heads(*, database: Database, limit: int) -> dict[str, Any]:
    """Return the newest ends of each chain."""
    with database.read() as session:
        heads = queries.list_audit_heads(session, limit)
    return {
        "heads": [
            {
                "service": head.service,
                "sequence": head.sequence,
                "hash": head.hash,
                "noted_at": moments.to_text(head.noted_at),
            }
            for head in heads
        ]
    }
