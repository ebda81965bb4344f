"""What every service does by the way: forget what is done with, and seal the audit rows.

Old rows go in small batches, each in a transaction of its own, so that nobody waits for them.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from chassis import audit, counters, idempotency, inbox, leases, outbox
from chassis.errors import InvalidArgumentsError
from chassis.outbox import format_time
from chassis.tables import audit as audit_rows
from chassis.uow import Database
from contracts.events import NOTE_AUDIT_HEAD

BATCH: Final = 500
MOST_ROWS: Final = 500
_MOST_BATCHES: Final = 40
_SEALING: Final = "audit"
_SEALING_LEASE: Final = timedelta(seconds=15)

Purge = Callable[..., int]


class Housekeeper:
    """Keep one service's own tables in order; ``holder`` names this process among its replicas."""

    def __init__(self, database: Database, holder: str, *, has_public_log: bool) -> None:
        self._database = database
        self._holder = holder
        self._purges: list[Purge] = [
            outbox.purge, inbox.purge, idempotency.purge, counters.purge,
        ]  # fmt: skip
        if has_public_log:
            self._purges.append(outbox.purge_public_log)

    def purge(self) -> int:
        """Delete what nobody will ask for again: sent, settled, answered, counted; say how much.

        At most `_MOST_BATCHES` of each kind in one run: what is left goes in the next.
        """
        return sum(self._purge_one(purge) for purge in self._purges)

    def _purge_one(self, purge: Purge) -> int:
        total = 0
        for _ in range(_MOST_BATCHES):
            now = self._database.clock.now()
            with self._database.transaction() as tx:
                deleted = purge(tx.session, now=now, limit=BATCH)
            total += deleted
            if deleted < BATCH:
                break
        return total

    def seal_audit(self) -> int:
        """Add what was audited since to the chain; say how many rows.

        One replica does it at a time: the lease is taken in the transaction that seals.
        """
        total = 0
        while self._has_unsealed():
            with self._database.transaction() as tx:
                if not leases.acquire(tx, _SEALING, self._holder, _SEALING_LEASE):
                    break
                total += audit.seal(tx.session, BATCH)
        return total

    def _has_unsealed(self) -> bool:
        unsealed = sa.select(audit_rows.c.id).where(audit_rows.c.sequence.is_(None)).limit(1)
        with self._database.read() as session:
            return session.scalar(unsealed) is not None

    def read_audit(
        self, *, after: object = 0, limit: object = 100, before: object = 0, **wanted: object
    ) -> dict[str, Any]:
        """Return ``{"rows", "next_after"}``: sealed rows after a number that have what is wanted.

        With ``before`` they come newest first, and ``next_after`` is what goes on as ``before``.

        Raises:
            InvalidArgumentsError: an argument is unknown, or of the wrong kind.
        """
        first, last, most = _number(after), _number(before), _number(limit)
        if not 0 < most <= MOST_ROWS:
            raise InvalidArgumentsError(reason="range")
        if not all(isinstance(value, str) for value in wanted.values()):
            raise InvalidArgumentsError(reason="text")
        try:
            filters = audit.Wanted(**{name: str(value) for name, value in wanted.items()})
        except TypeError:
            raise InvalidArgumentsError(reason="unknown") from None
        with self._database.read() as session:
            rows = audit.read(session, filters, after=first, limit=most, before=last)
        return {"rows": rows, "next_after": rows[-1]["sequence"] if rows else last or first}

    def note_audit_head(self) -> None:
        """Tell ``accounts`` where the chain ends now: a head kept elsewhere shows later changes."""
        with self._database.transaction() as tx:
            head = audit.head(tx.session)
            if head.sequence == 0:
                return
            tx.send(
                NOTE_AUDIT_HEAD,
                {
                    "service": tx.service,
                    "sequence": head.sequence,
                    "hash": head.hash,
                    "noted_at": format_time(tx.now()),
                },
            )


def _number(value: object) -> int:
    """Return a number from 0 on.

    Raises:
        InvalidArgumentsError: it is none.
    """
    if isinstance(value, int) and value >= 0:
        return value
    raise InvalidArgumentsError(reason="range")
