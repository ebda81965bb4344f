"""Make a snapshot in a child process: the service goes on answering while gigabytes are written."""

import logging
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from chassis import jobs
from chassis.blobs import open_store
from chassis.clock import SystemClock
from chassis.job_child import JobRefusedError
from chassis.jobs import JobLimits, JobStatus
from chassis.uow import Database
from services.standards.adapters.snapshot_writing import SnapshotMaker
from services.standards.config import Settings
from services.standards.usecases.snapshots import SnapshotBusyError

logger = logging.getLogger(__name__)

BUSY: Final = "busy"
_MODULE: Final = __name__
_GIB: Final = 1024**3
_LIMITS: Final = JobLimits(
    cpu_seconds=6 * 3600,
    wall_seconds=12 * 3600.0,
    memory_bytes=2 * _GIB,
    file_bytes=64 * _GIB,
    open_files=256,
)


def make_in_child(settings: Settings, *, holder: str) -> bool:
    """Make a snapshot in a process of its own; say whether one was made.

    Raises:
        JobStartError: no process could be started.
    """
    payload = {
        "folder": os.getcwd(),  # noqa: PTH109 - addresses may be relative, and the child starts at /
        "database_url": settings.database_url,
        "storage_url": settings.storage_url,
        "clock_offset_file": str(settings.clock_offset_file or ""),
        "keep_days": settings.snapshot_days,
        "holder": holder,
    }
    result = jobs.run_limited(_MODULE, payload=payload, limits=_LIMITS)
    if result.status is JobStatus.OK:
        logger.info(
            "snapshot made",
            extra={
                "snapshots": result.value["snapshots"],
                "seconds": result.wall_seconds,
                "peak_memory_bytes": result.peak_memory_bytes,
            },
        )
    elif result.code != BUSY:
        logger.error(
            "snapshot failed", extra={"status": result.status.value, "detail": result.detail}
        )
    return result.status is JobStatus.OK or result.code == BUSY


def run(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Make a snapshot; the child's side.

    Raises:
        JobRefusedError: somebody else is making one.
    """
    os.chdir(payload["folder"])
    offset_file = payload["clock_offset_file"]
    database = Database(
        payload["database_url"],
        service="standards",
        clock=SystemClock(Path(offset_file) if offset_file else None),
    )
    with closing(database):
        maker = SnapshotMaker(
            database,
            open_store(payload["storage_url"]),
            holder=payload["holder"],
            keep=timedelta(days=payload["keep_days"]),
        )
        try:
            made = maker.make()
        except SnapshotBusyError as error:
            raise JobRefusedError(BUSY) from error
    return {"snapshots": [asdict(facts)["snapshot_id"] for facts in made]}
