"""Take sheets of products in and give them out: by the blob store, read in a limited child.

What an outsider sent is never parsed in the service's own process. A sheet lies in the store under
``sheets/<id>`` only for as long as one request takes; what a killed process left is swept.
"""

import logging
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chassis import errors, ids, jobs
from chassis.blob_store import BlobNotFoundError, BlobStore
from chassis.jobs import JobLimits, JobPool, JobResult, JobStartError, JobStatus
from services.standards.adapters import sheet_child, sheet_writing
from services.standards.adapters.sheet_writing import SheetFormat
from services.standards.domain import product_sheets
from services.standards.domain.products import ProductData

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 2 * 1024 * 1024
LEFT_BEHIND: Final = timedelta(hours=1)
# The caller waits five seconds: the child must be done, or be ended, well before.
LIMITS: Final = JobLimits(
    cpu_seconds=3, wall_seconds=3.5, memory_bytes=512 * 1024 * 1024, file_bytes=8 * 1024 * 1024
)

_FOLDER: Final = "sheets/"
_CHILD: Final = "services.standards.adapters.sheet_child"
_TRY_LATER: Final = 5.0


class SheetNotFoundError(errors.DomainError):
    """Say that there is no such file in the store."""

    code = "standards.sheet_not_found"


class SheetUnreadableError(errors.DomainError):
    """Refuse a file that is no sheet, or a damaged one."""

    code = "standards.sheet_unreadable"


class SheetTooComplexError(errors.DomainError):
    """Refuse a file that holds far more than a sheet of products."""

    code = "standards.sheet_too_complex"


class SheetTooLargeError(errors.DomainError):
    """Refuse a file above the limit."""

    code = "standards.sheet_too_large"


class SheetHeadMissingError(errors.DomainError):
    """Refuse a sheet whose first row does not name the columns."""

    code = "standards.sheet_head_missing"


class Sheets:
    """Read and write sheets at the side of the database."""

    def __init__(self, blobs: BlobStore, *, parallel: int = 2, limits: JobLimits = LIMITS) -> None:
        self._blobs = blobs
        self._pool = JobPool(parallel)
        self._limits = limits

    def check(self, sheet_id: str, *, required: Sequence[str]) -> dict[str, Any]:
        """Read the sheet of this id; what it says is put into the store beside it.

        Raises:
            SheetNotFoundError: it is not there.
            SheetTooLargeError, SheetUnreadableError, SheetTooComplexError, SheetHeadMissingError:
                it will not do.
            OverloadedError: the machine has no process or no time for it.
        """
        key = _FOLDER + sheet_id
        try:
            with (
                self._blobs.local_copy(key) as path,
                tempfile.TemporaryDirectory(prefix="sheet-") as folder,
            ):
                answer_path = Path(folder) / "answer"
                value = self._read(path, answer_path, required)
                body = answer_path.read_bytes()
        except BlobNotFoundError as error:
            raise SheetNotFoundError from error
        finally:
            self._blobs.delete(key)
        answer_key = self._put(f"{sheet_id}.json", body)
        return {"answer_key": answer_key, "rows": value["rows"], "size": len(body)}

    def export(self, products: Iterable[ProductData], file_format: SheetFormat) -> dict[str, Any]:
        """Put a sheet with these products into the store; who fetches it takes it away."""
        rows = product_sheets.to_rows(products)
        body = jobs.in_thread(sheet_writing.write_products, rows, file_format)
        key = self._put(f"{ids.new_id()}.{file_format.value}", body)
        return {"key": key, "size": len(body)}

    def template(self, classes: Sequence[tuple[str, str]], file_format: SheetFormat) -> bytes:
        """Return a sheet to fill in."""
        return jobs.in_thread(sheet_writing.write_template, classes, file_format)

    def sweep(self, *, now: datetime) -> int:
        """Take away what requests left that were broken off; return how much."""
        before = now - LEFT_BEHIND
        old = [info.key for info in self._blobs.keys(_FOLDER) if info.modified_at < before]
        return sum(self._blobs.delete(key) for key in old)

    def _read(self, path: Path, answer_path: Path, required: Sequence[str]) -> dict[str, Any]:
        payload = {
            "path": str(path.absolute()),
            "answer_path": str(answer_path),
            "max_bytes": MAX_BYTES,
            "required": list(required),
        }
        try:
            result = self._pool.run(_CHILD, payload=payload, limits=self._limits)
        except JobStartError as error:
            raise errors.OverloadedError(_TRY_LATER) from error
        if result.status is not JobStatus.OK:
            raise self._refusal(result)
        return dict(result.value)

    def _refusal(self, result: JobResult) -> errors.DomainError:
        logger.info("sheet refused", extra={"status": result.status.value, "refusal": result.code})
        is_starved = result.cpu_seconds < self._limits.cpu_seconds / 2
        if result.status is JobStatus.TIMED_OUT and is_starved:
            return errors.OverloadedError(_TRY_LATER)
        if result.code == sheet_child.HEAD_MISSING:
            return SheetHeadMissingError(columns=result.detail)
        if result.code == sheet_child.TOO_LARGE:
            return SheetTooLargeError(max_bytes=MAX_BYTES)
        if result.code == sheet_child.UNREADABLE:
            return SheetUnreadableError()
        # Out of time or memory, or native code that stopped itself for want of it.
        is_crash = result.status is JobStatus.CRASHED and not result.signal_name
        return SheetUnreadableError() if is_crash else SheetTooComplexError()

    def _put(self, name: str, body: bytes) -> str:
        key = _FOLDER + name
        with self._blobs.open_writer(key) as writer:
            writer.write(body)
            writer.commit()
        return key
