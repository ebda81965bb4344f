"""Look at uploaded files and take away old ones: everything that touches the blob store."""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from chassis.blob_store import BlobInfo, BlobNotFoundError, BlobStore
from chassis.jobs import JobStartError
from chassis.uow import Database
from services.standards import queries
from services.standards.adapters.pdf import PdfVerdict, inspect_pdf
from services.standards.usecases import uploads
from services.standards.usecases.uploads import ExtractedText, Inspection

logger = logging.getLogger(__name__)

# A file without a row is left behind by a process that was killed between the two.
ORPHAN_AGE: Final = timedelta(hours=48)
_FOLDER: Final = "uploads/"
_BATCH: Final = 100

# The verdict over a file that is not the one that was uploaded, or is gone.
_DAMAGED: Final = PdfVerdict(is_accepted=False, reason="damaged")

Inspect = Callable[[Path, Path], PdfVerdict]


def inspect(path: Path, text_path: Path) -> PdfVerdict:
    """Inspect a file in a child process of its own."""
    return inspect_pdf(path, text_path=text_path)


class Inspector:
    """Inspect files at the side of the database: nothing here runs inside a transaction."""

    def __init__(self, blobs: BlobStore, inspect: Inspect = inspect, *, parallel: int = 2) -> None:
        self._blobs = blobs
        self._inspect = inspect
        self._parallel = parallel

    def run_due(self, database: Database) -> int:
        """Inspect every file that waits; return how many."""
        total = 0
        while self._has_due(database):
            with database.transaction() as tx:
                begun = uploads.begin_inspections(tx=tx, limit=self._parallel)
            if not begun:  # the database's clock decides, and may be behind ours
                break
            with ThreadPoolExecutor(self._parallel) as pool:
                list(pool.map(lambda found: self._settle(database, found), begun))
            total += len(begun)
        return total

    def matches(self, key: str, *, size: int) -> bool:
        """Tell whether a file of this size is there."""
        try:
            return self._blobs.size(key) == size
        except BlobNotFoundError:
            return False

    def sweep(self, database: Database) -> int:
        """Take away files whose time is over, then their rows; return how many."""
        total = 0
        while True:
            with database.transaction() as tx:
                expired = queries.find_expired_uploads(tx.session, now=tx.now(), limit=_BATCH)
                found = [upload.id for upload in expired]
                alone = queries.find_alone(tx.session, expired)
                keys = [key for upload in alone for key in (upload.key, upload.extracted_key)]
            if not found:
                return total
            for key in keys:
                self._blobs.delete(key)
            with database.transaction() as tx:
                uploads.forget_expired(tx=tx, upload_ids=found)
            total += len(found)

    def sweep_orphans(self, database: Database, *, now: datetime) -> int:
        """Take away files that no row knows, and what broken uploads left; return how many."""
        total = self._blobs.delete_unfinished(now - ORPHAN_AGE)
        old = (info for info in self._blobs.keys(_FOLDER) if info.modified_at < now - ORPHAN_AGE)
        while batch := list(islice(old, _BATCH)):
            total += self._delete_unknown(database, batch)
        return total

    def _has_due(self, database: Database) -> bool:
        with database.read() as session:
            return queries.has_due_inspections(session, now=database.clock.now())

    def _settle(self, database: Database, found: Inspection) -> None:
        try:
            verdict, extracted = self._look_at(found)
        except JobStartError:
            # Not the file's fault: it stays in the queue and is looked at again.
            logger.warning("inspection could not start", extra={"upload_id": found.upload_id})
            return
        with database.transaction() as tx:
            uploads.settle_inspection(
                tx=tx, upload_id=found.upload_id, verdict=verdict, extracted=extracted
            )

    def _look_at(self, found: Inspection) -> tuple[PdfVerdict, ExtractedText | None]:
        with ExitStack() as stack:
            try:
                path = stack.enter_context(self._blobs.local_copy(found.key))
            except BlobNotFoundError:
                return _DAMAGED, None
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="inspection-"))
            verdict = self._inspect(path, Path(folder) / "text")
            if verdict.is_accepted and verdict.sha256 != found.sha256:
                return _DAMAGED, None
            if not verdict.is_accepted or verdict.text_path is None:
                return verdict, None
            return verdict, self._keep_text(found.extracted_key, verdict.text_path.read_bytes())

    def _keep_text(self, key: str, body: bytes) -> ExtractedText:
        """Store the words before the verdict: an accepted file always has them."""
        with self._blobs.open_writer(key) as writer:
            writer.write(body)
            writer.commit()
        return ExtractedText(sha256=hashlib.sha256(body).hexdigest(), size=len(body))

    def _delete_unknown(self, database: Database, batch: list[BlobInfo]) -> int:
        owners = {info.key: info.key.removeprefix(_FOLDER).removesuffix(".txt") for info in batch}
        with database.read() as session:
            known = uploads.known_uploads(session, upload_ids=list(owners.values()))
        unknown = [key for key, upload_id in owners.items() if upload_id not in known]
        return sum(self._blobs.delete(key) for key in unknown)
