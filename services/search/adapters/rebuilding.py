"""Work on a rebuild step by step: pages from ``standards``, words from the store, small writes.

Everything slow is done outside of transactions. How far it has come is written in the transaction
of each step, so that whoever goes on after a crash begins with the next one.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Protocol

from chassis import errors, faults, jobs, metrics
from chassis.blob_store import BlobStore
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.adapters.texts import TextChangedError, read_text
from services.search.domain import rebuilding as rules
from services.search.domain.documents import IndexEntry, read_current
from services.search.domain.rebuilding import Held
from services.search.domain.statistics import Fact, read_fact
from services.search.queries import rebuilds as queries
from services.search.queries import suggestions
from services.search.queries.rebuilds import RebuildState
from services.search.usecases import rebuilding

logger = logging.getLogger(__name__)

# How long the old generation stays for those who have read a first page of it.
GRACE: Final = timedelta(minutes=10)
MAX_ROWS: Final = 200
MIN_ROWS: Final = 10
# So many are cut into tokens at a time, in a native thread: going there and back costs as much.
READ_ROWS: Final = 20
# Words of files that are held at a time.
MAX_TEXT_BYTES: Final = 8_000_000
# A write that takes longer makes events wait: then fewer rows are written at a time.
WRITE_SECONDS: Final = 0.5
COMPARED: Final = 1_000
PAUSE_SECONDS: Final = 0.02
_NOT_FOUND: Final = "standards.not_found"


class Standards(Protocol):
    """Be the owner of what is indexed."""

    def scan_versions(self, *, after: str, limit: int) -> Mapping[str, Any]:
        """Return a page of how every declaration is now."""
        ...

    def scan_standings(self, *, after: str, limit: int) -> Mapping[str, Any]:
        """Return a page of how every declaration stands, without its document."""
        ...

    def get_current_version(self, *, declaration_id: str) -> Mapping[str, Any]:
        """Return how one declaration is now."""
        ...


@dataclass
class Pace:
    """Hold how many rows are written at a time, so that no event waits long for a batch."""

    most: int = MAX_ROWS
    rows: int = MAX_ROWS

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Write fewer rows from now on when this takes long, or too long; else a few more."""
        begun = time.monotonic()
        try:
            yield
        finally:
            seconds = time.monotonic() - begun
            if seconds > WRITE_SECONDS:
                self.rows = max(MIN_ROWS, self.rows // 2)
            elif seconds < WRITE_SECONDS / 2:
                self.rows = min(self.most, self.rows + MIN_ROWS)


class Rebuilder:
    """Work on the open rebuild, fill what was never filled, drop what was replaced."""

    def __init__(  # noqa: PLR0913 - what it works with, and for tests how
        self,
        database: Database,
        standards: Standards,
        blobs: BlobStore,
        *,
        holder: str,
        grace: timedelta = GRACE,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._standards = standards
        self._blobs = blobs
        self._holder = holder
        self._grace = grace
        self._counter = TermCounter(database, holder=holder)
        self._pace = pace or Pace()

    def run(self, seconds: float) -> None:
        """Work for about so long, unless there is nothing to do or another process does it."""
        until = time.monotonic() + seconds
        while self.step() and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)

    def step(self) -> bool:
        """Do one small piece of work; tell whether there may be more."""
        with self._database.read() as session:
            work = queries.find_work(session, now=self._database.clock.now(), grace=self._grace)
        if work.rebuild is None and work.retired is None and not work.is_unfilled:
            return False
        with self._database.transaction() as tx:
            if not rebuilding.take_lease(tx=tx, holder=self._holder):
                return False
        if work.rebuild is not None:
            self._go_on(work.rebuild)
        elif work.is_unfilled:
            with self._database.transaction() as tx:
                rebuilding.begin_rebuild(tx=tx, is_in_place=True)
        elif work.retired is not None:
            with self._database.transaction() as tx:
                rebuilding.drop_retired(tx=tx, number=work.retired)
        return True

    def _go_on(self, rebuild: RebuildState) -> None:
        if rebuild.is_copying:
            self._copy(rebuild)
        else:
            self._check(rebuild)
        faults.point("search.rebuild_step")
        documents = rebuild.documents if rebuild.is_copying else rebuild.checked
        metrics.set_rebuild(step=rebuild.step, documents=documents)

    def _copy(self, rebuild: RebuildState) -> None:
        page = self._standards.scan_versions(after=rebuild.after, limit=self._pace.rows)["items"]
        if not page:
            with self._database.transaction() as tx:
                rebuilding.begin_checking(tx=tx, number=rebuild.number, after=rebuild.after)
            return
        after = rebuild.after
        for rows in _portions(page):
            read = self._read(rows)
            last = rows[-1]["declaration_id"]
            with self._pace.measured(), self._database.transaction() as tx:
                rebuilding.write_page(
                    tx=tx,
                    number=rebuild.number,
                    after=after,
                    last=last,
                    entries=[entry for entry, _ in read],
                    facts=[fact for _, fact in read],
                )
            after = last
            faults.point("search.rebuild_page")

    def _check(self, rebuild: RebuildState) -> None:
        """Compare a page with its owner, repair it, write down that it is equal."""
        page = self._standards.scan_standings(after=rebuild.after, limit=COMPARED)["items"]
        told = [Held(*row) for row in page]
        last = told[-1].declaration_id if told else None
        difference = self._compare(rebuild, told, last)
        for declaration_id in difference.unknown:
            if not self._is_published(declaration_id):
                self._give_up(rebuild, f"unknown to standards: {declaration_id}")
                return
        for declaration_id in difference.outdated:
            current = self._standards.get_current_version(declaration_id=declaration_id)
            (entry, fact), *_ = self._read([{**current, "declaration_id": declaration_id}])
            with self._database.transaction() as tx:
                rebuilding.repair(
                    tx=tx, number=rebuild.number, after=rebuild.after, entry=entry, fact=fact
                )
        if last is None:
            self._finish(rebuild)
            return
        if self._compare(rebuild, told, last).outdated:
            self._give_up(rebuild, f"cannot be repaired after {rebuild.after}")
            return
        with self._database.read() as session:
            held = queries.list_held(session, rebuild.tables, after=rebuild.after, last=last)
        with self._database.transaction() as tx:
            rebuilding.note_checked(
                tx=tx, number=rebuild.number, after=rebuild.after, last=last, held=held
            )

    def _compare(
        self, rebuild: RebuildState, told: Sequence[Held], last: str | None
    ) -> rules.Difference:
        tables = rebuild.tables
        with self._database.read() as session:
            held = queries.list_held(session, tables, after=rebuild.after, last=last)
            counted = queries.list_counted(session, [row.declaration_id for row in told])
        return rules.compare(told, held, counted)

    def _is_published(self, declaration_id: str) -> bool:
        try:
            self._standards.get_current_version(declaration_id=declaration_id)
        except errors.DomainError as error:
            if error.wire_code == _NOT_FOUND:
                return False
            raise
        return True

    def _finish(self, rebuild: RebuildState) -> None:
        if not self._has_all_counted(rebuild):
            return
        self._analyze(rebuild)
        faults.point("search.rebuild_switch")
        with self._database.transaction() as tx:
            rebuilding.finish_rebuild(tx=tx, number=rebuild.number, after=rebuild.after)
        logger.info(
            "index rebuilt",
            extra={
                "generation": rebuild.generation,
                "documents": rebuild.checked,
                "repaired": rebuild.repaired,
                "checksum": rebuild.checksum,
            },
        )

    def _has_all_counted(self, rebuild: RebuildState) -> bool:
        """Count some of what the new index can suggest; tell whether that was all."""
        self._counter.step(rebuild.generation)
        with self._database.read() as session:
            return suggestions.are_all_counted(session, rebuild.generation)

    def _analyze(self, rebuild: RebuildState) -> None:
        if not self._database.is_postgres:
            return
        try:
            with self._database.transaction() as tx:
                rebuilding.analyze(tx=tx, names=rebuild.stored)
        except errors.DatabaseUnavailableError:
            # Autovacuum comes by as well; a large table is no reason not to go on.
            logger.warning("index was not analyzed", extra={"generation": rebuild.generation})

    def _give_up(self, rebuild: RebuildState, reason: str) -> None:
        with self._database.transaction() as tx:
            rebuilding.give_up(tx=tx, number=rebuild.number, reason=reason)
        logger.error(
            "rebuild of the index failed",
            extra={"generation": rebuild.generation, "reason": reason},
        )

    def _read(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[IndexEntry, Fact]]:
        found: list[tuple[IndexEntry, Fact]] = []
        for start in range(0, len(rows), READ_ROWS):
            part = [(row, self._extracted(row)) for row in rows[start : start + READ_ROWS]]
            found += jobs.in_thread(partial(_read_both, part))
        return found

    def _extracted(self, row: Mapping[str, Any]) -> str:
        try:
            return read_text(self._blobs, row["extracted_text"])
        except TextChangedError:
            # Found by all but its text; one bad file does not stop the others.
            logger.exception("words of a published file were changed")
            return ""


def _read_both(part: Sequence[tuple[Mapping[str, Any], str]]) -> list[tuple[IndexEntry, Fact]]:
    return [
        (
            read_current(row["declaration_id"], row, extracted),
            read_fact(row["declaration_id"], row),
        )
        for row, extracted in part
    ]


def _portions(page: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Divide a page so that the words of each part can be held."""
    portion: list[Mapping[str, Any]] = []
    size = 0
    for row in page:
        text = row["extracted_text"]
        own = text["size"] if text else 0
        if portion and size + own > MAX_TEXT_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += own
    yield portion
