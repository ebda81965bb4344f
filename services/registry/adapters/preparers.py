"""Processes that read, check and encrypt the rows of a file while this one writes them.

Each reads the whole file and prepares every second batch: reading is quick, the rest is not, and so
no row has to be handed to a process, only back.
"""

import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from chassis import workers
from chassis.uow import Database
from services.registry.adapters import files
from services.registry.adapters.files import Share, UnreadableFileError
from services.registry.usecases import preparing
from services.registry.usecases.preparing import NumberedRow, ReadBatch
from services.registry.usecases.protection import Ring

MAX_PROCESSES: Final = 2
# Two processes begin in the time in which one reads some hundred rows.
MIN_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class _Order:
    """Ask for the next batch of a share."""

    path: Path
    after: int
    size: int
    share: Share
    run_id: str
    with_texts: bool


class Preparers:
    """Let some processes prepare the batches of one file.

    Begin before a connection to the database is opened. They hold a batch each, no more.
    """

    def __init__(self, ring: Ring, processes: int) -> None:
        self._team: workers.Team[_Order, ReadBatch | None] = workers.Team(
            processes, _Preparer(ring), passes=UnreadableFileError
        )

    def batches(
        self, path: Path, *, after: int, size: int, run_id: str, expects_new: Callable[[], bool]
    ) -> Generator[ReadBatch, None, None]:
        """Yield the batches behind a position, in their order.

        While most rows ``expects_new``, each is encrypted ahead; otherwise that would be in vain.

        Raises:
            UnreadableFileError: the file lacks a column.
            WorkerDiedError: a process was killed or failed.
        """
        count = len(self._team)
        orders = [
            _Order(path, after, size, Share(number, count), run_id, with_texts=expects_new())
            for number in range(count)
        ]
        for number, order in enumerate(orders):
            self._team.ask(number, order)
        for number in itertools.cycle(range(count)):
            batch = self._team.answer(number)
            if batch is None:
                return
            self._team.ask(number, replace(orders[number], with_texts=expects_new()))
            yield batch

    def close(self) -> None:
        """End the processes."""
        self._team.close()


@contextmanager
def begin(ring: Ring, path: Path, database: Database) -> Iterator[Preparers | None]:
    """Give processes for a file, or nothing where they would bring nothing."""
    processes = min(MAX_PROCESSES, workers.count_cores())
    # A workbook is read as a whole: not twice.
    is_large = files.is_text(path) and path.is_file() and path.stat().st_size >= MIN_BYTES
    if processes == 1 or not is_large or not database.is_postgres or not workers.can_start():
        yield None
        return
    with closing(Preparers(ring, processes)) as preparers:
        yield preparers


class _Preparer:
    """Be the work of one process: prepare the batches of its share, one after the other."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._found: Iterator[list[NumberedRow]] | None = None

    def __call__(self, order: _Order) -> ReadBatch | None:
        if self._found is None:
            self._found = files.batches(
                order.path, after=order.after, size=order.size, share=order.share
            )
        batch = next(self._found, None)
        if batch is None:
            return None
        return preparing.pack_batch(
            self._ring, batch, run_id=order.run_id, with_texts=order.with_texts
        )
