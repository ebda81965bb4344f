"""Entry points: files on their way in (手册 4.2)."""

from datetime import timedelta
from typing import Any, Final

from chassis import counters
from chassis.errors import DomainError, RateLimitedError
from chassis.rpc import rpc
from chassis.timers import every
from services.standards import queries, schemas
from services.standards.service.base import READERS, WRITERS, StandardsBase, bound
from services.standards.usecases import uploads

_HOUR: Final = timedelta(hours=1)


class UploadMismatchError(DomainError):
    """Say that the file that lies in the store is not the one that was announced."""

    code = "standards.upload_mismatch"


class UploadEntries(StandardsBase):
    """Take files in, inspect them, and take away what nobody kept."""

    @rpc(roles=WRITERS)
    def open_upload(self, *, file_name: str, size: int | None = None) -> dict[str, Any]:
        """Make room for a file (手册 4.2)."""
        file = schemas.load(schemas.OpenUploadInput, file_name=file_name, size=size)
        self._count_upload()
        room = bound(
            uploads.open_upload,
            max_bytes=self.settings.upload_max_bytes,
            lifetime=self.settings.upload_seconds,
        )
        return self.command(
            room, enterprise_id=self.enterprise_id(), subject=self.subject(), **file
        )

    @rpc(roles=WRITERS)
    def finish_upload(self, *, upload_id: str, sha256: str, size: int) -> dict[str, Any]:
        """Take down a file that has arrived; it is inspected at once."""
        file = schemas.load(
            schemas.FinishUploadInput, upload_id=upload_id, sha256=sha256, size=size
        )
        self._check_arrived(upload_id, size)
        return self.command(
            uploads.finish_upload,
            enterprise_id=self.enterprise_id(),
            subject=self.subject(),
            max_bytes=self.settings.upload_max_bytes,
            **file,
        )

    @rpc(roles=READERS, idempotent=True)
    def get_upload(self, *, upload_id: str) -> dict[str, Any]:
        """Return where a file stands."""
        wanted = schemas.load(schemas.UploadInput, upload_id=upload_id)
        with self.database.read() as session:
            own = queries.find_own_upload(session, enterprise_id=self.enterprise_id(), **wanted)
            return queries.upload_view(own)

    @every(seconds=0.5)
    def inspect_uploads(self) -> None:
        """Inspect the files that wait; replicas share them row by row."""
        self.inspector.run_due(self.database)

    @every(seconds=600, lease="uploads")
    def sweep_uploads(self) -> None:
        """Take away files that nobody kept."""
        self.inspector.sweep(self.database)
        self.inspector.sweep_orphans(self.database, now=self.database.clock.now())

    def _count_upload(self) -> None:
        key = f"uploads:{self.enterprise_id()}"
        hit = counters.hit(self.database, key, self.settings.uploads_per_hour, _HOUR)
        if hit.is_over:
            raise RateLimitedError(hit.retry_after.total_seconds())

    def _check_arrived(self, upload_id: str, size: int) -> None:
        with self.database.read() as session:
            upload = queries.find_own_upload(
                session, upload_id=upload_id, enterprise_id=self.enterprise_id()
            )
        if not self.inspector.matches(upload.key, size=size):
            raise UploadMismatchError
