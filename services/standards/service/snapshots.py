"""Entry points: everything public in files, made every night and when an operator asks."""

from datetime import time, timedelta
from typing import Any, Final

from chassis import ids
from chassis.rpc import rpc
from chassis.timers import every
from services.standards import schemas
from services.standards.adapters import snapshot_child
from services.standards.config import Settings
from services.standards.domain import snapshots as rules
from services.standards.queries import snapshots as queries
from services.standards.schemas import snapshots as inputs
from services.standards.service.base import StandardsBase
from services.standards.usecases import snapshots as usecases

OPERATORS: Final = ("OPERATOR",)
CHECK_SECONDS: Final = 5
# A snapshot that cannot be made is not tried again at once: the disk may be full.
PAUSE_AFTER_FAILURE: Final = timedelta(minutes=15)


class SnapshotEntries(StandardsBase):
    """Offer snapshots of everything public, and make them."""

    settings: Settings

    @rpc(public=True, idempotent=True)
    def list_snapshots(self, *, limit: int = 100) -> dict[str, Any]:
        """Return the newest snapshots and deltas."""
        wanted = schemas.load(inputs.SnapshotsInput, limit=limit)
        with self.database.read() as session:
            return queries.list_snapshots(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_latest_snapshot(self) -> dict[str, Any]:
        """Return the newest full snapshot with its files."""
        with self.database.read() as session:
            return queries.show_latest(session)

    @rpc(public=True, idempotent=True)
    def get_snapshot_file(self, *, snapshot_id: str, name: str) -> dict[str, Any]:
        """Return where a file of a snapshot is kept."""
        wanted = schemas.load(inputs.SnapshotFileInput, snapshot_id=snapshot_id, name=name)
        with self.database.read() as session:
            return queries.find_file(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_register_checksum(self, *, position: int | None = None) -> dict[str, Any]:
        """Return the checksum of the register as it was at a snapshot."""
        wanted = schemas.load(inputs.ChecksumInput, position=position)
        with self.database.read() as session:
            return queries.find_checksum(session, **wanted)

    @rpc(roles=OPERATORS)
    def request_snapshot(self) -> dict[str, Any]:
        """Have a snapshot made as soon as possible."""
        return self.command(usecases.request_snapshot, subject=self.subject())

    @every(seconds=CHECK_SECONDS, lease="snapshots")
    def make_due_snapshot(self) -> None:
        """Make a snapshot when it is time, or when one was asked for."""
        at = time.fromisoformat(self.settings.snapshot_time)
        due_at = rules.last_due(self.database.clock.now(), at)
        with self.database.read() as session:
            if not queries.is_wanted(session, due_at=due_at):
                return
        holder = ids.new_id()
        if not self._claim(holder):
            return
        if not snapshot_child.make_in_child(self.settings, holder=holder):
            self._claim(holder, PAUSE_AFTER_FAILURE)

    def _claim(self, holder: str, duration: timedelta = usecases.LEASE_DURATION) -> bool:
        try:
            with self.database.transaction() as tx:
                usecases.claim(tx=tx, holder=holder, duration=duration)
        except usecases.SnapshotBusyError:
            return False
        return True
