"""Import a file in a process without green threads, where helpers can be started.

``python -m tests.integration.registry.apart``; standard input holds the options of `Options`. Each
batch writes a line: its position and the ids of the helpers. The last line is the outcome.
"""

import dataclasses
import json
import multiprocessing
import os
import signal
import sys
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from chassis import keyrings, workers
from chassis.clock import SystemClock
from chassis.uow import Database
from services.registry import importing
from services.registry.adapters.preparers import Preparers
from services.registry.config import Settings
from services.registry.usecases import preparing
from services.registry.usecases.importing import ImportKind, ImportProgress


class Fault(StrEnum):
    """Name what a helper does instead of its second batch."""

    NONE = ""
    KILL = "kill"
    RAISE = "raise"


@dataclass
class Options:
    """Hold what the process is told."""

    url: str
    path: str
    report: str
    kind: str = ImportKind.DELTA
    batch_size: int = 4
    helper_fault: str = Fault.NONE
    killed_after: int = 0


def main() -> None:
    options = Options(**json.load(sys.stdin))
    settings = Settings()
    ring = keyrings.data_ring(settings)
    break_helpers(Fault(options.helper_fault))
    seen = []

    def show(progress: ImportProgress) -> None:
        seen.append(progress.position)
        helpers = [process.pid for process in multiprocessing.active_children()]
        print(json.dumps([progress.position, helpers]), flush=True)  # noqa: T201 - for the test
        if len(seen) == options.killed_after:
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(options.url, service="registry", clock=SystemClock(None))
    with closing(database), closing(Preparers(ring, 2)) as helpers:
        try:
            progress = importing.import_file(
                database=database,
                ring=ring,
                path=Path(options.path),
                kind=ImportKind(options.kind),
                report_path=Path(options.report),
                batch_size=options.batch_size,
                on_progress=show,
                pause_seconds=0,
                helpers=helpers,
            )
            outcome = dataclasses.asdict(progress)
        except (workers.WorkerDiedError, importing.UnreadableFileError) as error:
            outcome = {"error": type(error).__name__, "text": str(error)}
    outcome["left"] = len(multiprocessing.active_children())
    print(json.dumps(outcome))  # noqa: T201 - for the test


def break_helpers(fault: Fault) -> None:
    """Let the process of the first helper fail at its second batch."""
    pack_batch, count = preparing.pack_batch, iter(range(1000))

    def fail(*arguments: object, **options: object) -> object:
        if fault is not Fault.NONE and next(count) == 1:
            if fault is Fault.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError("no such batch")
        return pack_batch(*arguments, **options)  # type: ignore[arg-type]  # as they came

    preparing.pack_batch = fail  # type: ignore[assignment]  # of the same shape


if __name__ == "__main__":
    main()
