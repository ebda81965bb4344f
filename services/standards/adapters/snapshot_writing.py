"""Make a snapshot of everything public, and the delta from the one before.

One reading transaction sees everything as it was at one moment; the files are written while it is
read, and nothing is held in memory but a page. They become visible all at once, by their rows, at
the end: whatever breaks before leaves files that nobody is told of, which the next run deletes.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from sqlalchemy.orm import Session

from chassis.blob_store import BlobStore
from chassis.uow import Database
from services.standards.adapters.snapshot_files import GzipFile, Parts, store_plain
from services.standards.domain import snapshots as rules
from services.standards.domain.snapshots import (
    FileFacts,
    PublicRecord,
    RegisterChecksum,
    SnapshotFacts,
    SnapshotKind,
)
from services.standards.queries import log, register
from services.standards.queries import snapshots as queries
from services.standards.queries.register import Bounds
from services.standards.usecases import snapshots as usecases

DEFAULT_KEEP: Final = timedelta(days=30)
_RENEW_SECONDS: Final = 15.0
_QUIET_TRIES: Final = 20
_QUIET_PAUSE: Final = 0.2
_BOM: Final = "\ufeff"  # so that spreadsheets read the Chinese in a CSV file


@dataclass(frozen=True)
class Moment:
    """Be the register as it was at one moment; ``base`` is the snapshot that a delta begins at.

    ``head`` is the signed head of the Merkle log. It ``is_quiet`` when all changes have their
    positions and are in that log.
    """

    session: Session
    at: datetime
    bounds: Bounds
    base: queries.Base | None
    requests: Sequence[str]
    head: Mapping[str, Any] | None
    is_quiet: bool

    @property
    def delta_id(self) -> str | None:
        """Return the name of the delta, if there can be one."""
        if self.base is None:
            return None
        return rules.snapshot_id(
            SnapshotKind.DELTA, self.at, self.bounds.position, self.base.position
        )


class SnapshotMaker:
    """Make one snapshot; ``holder`` names who does it among all who could.

    Snapshots older than ``keep`` are deleted afterwards, except the newest ones.
    """

    def __init__(  # noqa: PLR0913 - each says one thing about the run
        self,
        database: Database,
        blobs: BlobStore,
        *,
        holder: str,
        keep: timedelta = DEFAULT_KEEP,
        rows_per_part: int = rules.ROWS_PER_PART,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._holder = holder
        self._keep = keep
        self._rows_per_part = rows_per_part
        self._on_progress = on_progress
        self._renew_at = 0.0

    def make(self) -> list[SnapshotFacts]:
        """Make a full snapshot, and a delta where there was one before; return both.

        Raises:
            SnapshotBusyError: somebody else is making one.
            BlobStoreUnavailableError: the store is full or away.
            DatabaseUnavailableError: the database is away.
        """
        self._stay_in_charge()
        self._sweep()
        with self._quiet_moment() as moment:
            made = self._write(moment)
        with self._database.transaction() as tx:
            usecases.record_snapshots(
                tx=tx,
                holder=self._holder,
                made=made,
                created_at=moment.at,
                settles=moment.requests,
            )
        self._forget_old()
        with self._database.transaction() as tx:
            usecases.release(tx=tx, holder=self._holder)
        return [facts for facts, _ in made]

    def _stay_in_charge(self) -> None:
        now = time.monotonic()
        if now < self._renew_at:
            return
        with self._database.transaction() as tx:
            usecases.claim(tx=tx, holder=self._holder)
        self._renew_at = now + _RENEW_SECONDS

    def _sweep(self) -> None:
        """Delete what runs left behind that did not come to their end: nobody else runs now."""
        with self._database.transaction() as tx:
            known = usecases.list_ids(tx=tx)
        for info in self._blobs.keys(f"{queries.FOLDER}/"):
            if info.key.split("/")[1] not in known:
                self._blobs.delete(info.key)
            self._stay_in_charge()

    def _forget_old(self) -> None:
        with self._database.transaction() as tx:
            doomed = usecases.forget_old(tx=tx, keep=self._keep)
        for name in doomed:
            for info in list(self._blobs.keys(f"{queries.FOLDER}/{name}/")):
                self._blobs.delete(info.key)
            self._stay_in_charge()

    @contextmanager
    def _quiet_moment(self) -> Iterator[Moment]:
        """Give a moment at which everything has its places, if one comes soon enough."""
        for attempt in range(_QUIET_TRIES):
            with self._database.read() as session:
                moment = self._look(session)
                if moment.is_quiet or attempt == _QUIET_TRIES - 1:
                    yield moment
                    return
            time.sleep(_QUIET_PAUSE)

    def _look(self, session: Session) -> Moment:
        register.take_time(session)
        bounds = register.read_bounds(session)
        head = log.find_head(session)
        is_entered = log.is_entered(session, position=bounds.position)
        return Moment(
            session=session,
            at=self._database.clock.now(),
            bounds=bounds,
            base=queries.find_base(session, oldest_position=bounds.oldest_position),
            requests=queries.list_requests(session),
            head=None if head is None else log.head_view(head),
            is_quiet=is_entered and not bounds.pending,
        )

    def _write(self, moment: Moment) -> list[tuple[SnapshotFacts, FileFacts]]:
        full_id = rules.snapshot_id(SnapshotKind.FULL, moment.at, moment.bounds.position)
        with closing(ChangedIds()) as changed:
            events = self._write_events(moment, changed)
            with Tables(self._opener(full_id), self._rows_per_part, self._changed(moment)) as out:
                ids = changed.sorted()
                wanted = next(ids, None)
                for record in register.read_records(moment.session):
                    is_changed = record.declaration_id == wanted
                    out.write(record, is_changed=is_changed)
                    wanted = next(ids, None) if is_changed else wanted
                    self._tell(out.checksum.count)
                files, changes = out.finish()
        files += self._write_proofs(moment, full_id, start=0)
        made = [self._close(self._facts(moment, out, SnapshotKind.FULL, full_id, files))]
        if moment.base and moment.delta_id and changes:
            files = [*events, changes]
            files += self._write_proofs(moment, moment.delta_id, start=moment.base.entries)
            facts = self._facts(moment, out, SnapshotKind.DELTA, moment.delta_id, files)
            made.append(self._close(facts))
        return made

    def _write_events(self, moment: Moment, changed: "ChangedIds") -> list[FileFacts]:
        """Write the events of the delta, and note what has changed since its beginning."""
        if moment.delta_id is None or moment.base is None:
            return []
        found = register.read_events(
            moment.session, after=moment.base.position, until=moment.bounds.position
        )
        with self._opener(moment.delta_id)("events.jsonl.gz") as events:
            for subject, body in found:
                events.write(body + "\n")
                changed.add(subject)
                self._tell(0)
            facts = events.finish()
        for subject in register.read_pending(moment.session):
            changed.add(subject)
        return [facts]

    def _write_proofs(self, moment: Moment, name: str, *, start: int) -> list[FileFacts]:
        """Write the log's entries from ``start`` on and the head that proves them, if there is one.

        A delta has those that its base has not.
        """
        if moment.head is None:
            return []
        size = moment.head["size"]
        with self._opener(name)(rules.LOG) as entries:
            for entry in log.iterate_leaves(moment.session, size=size, start=start):
                entries.write(rules.log_line(entry))
                self._tell(0)
            leaves = entries.finish()
        head = (json.dumps(moment.head, indent=1) + "\n").encode()
        key = queries.blob_key(name, rules.HEAD)
        return [leaves, store_plain(self._blobs, key, rules.HEAD, head)]

    def _changed(self, moment: Moment) -> "Callable[[], GzipFile] | None":
        name = moment.delta_id
        return None if name is None else lambda: self._opener(name)("changed.jsonl.gz")

    def _opener(self, snapshot_id: str) -> "Callable[[str], GzipFile]":
        def open_file(name: str) -> GzipFile:
            return GzipFile(name, self._blobs.open_writer(queries.blob_key(snapshot_id, name)))

        return open_file

    def _facts(
        self,
        moment: Moment,
        out: "Tables",
        kind: SnapshotKind,
        name: str,
        files: Iterable[FileFacts],
    ) -> SnapshotFacts:
        is_full = kind is SnapshotKind.FULL
        base = None if is_full else moment.base
        found = list(files)
        rows = {file.name: file.rows for file in found}
        return SnapshotFacts(
            snapshot_id=name,
            kind=kind,
            position=moment.bounds.position,
            from_position=base.position if base else None,
            base=base.snapshot_id if base else None,
            created_at=rules.wire_time(moment.at),
            declarations=out.checksum.count if is_full else rows["changed.jsonl.gz"],
            events=rows.get("events.jsonl.gz", 0),
            products=rows.get("products.csv.gz", 0),
            pending=moment.bounds.pending,
            checksum=out.checksum.hexdigest,
            files=found,
        )

    def _close(self, facts: SnapshotFacts) -> tuple[SnapshotFacts, FileFacts]:
        """Write schema and, as the last file, the manifest."""
        key = queries.blob_key
        schema = json.dumps(rules.LINE_SCHEMA, ensure_ascii=False, indent=1).encode()
        files = [
            *facts.files,
            store_plain(self._blobs, key(facts.snapshot_id, rules.SCHEMA), rules.SCHEMA, schema),
        ]
        facts = rules.with_files(facts, files)
        name = rules.MANIFEST
        manifest = store_plain(self._blobs, key(facts.snapshot_id, name), name, facts.manifest())
        return facts, manifest

    def _tell(self, count: int) -> None:
        self._stay_in_charge()
        if count and count % self._rows_per_part == 0:
            self._on_progress(count)


class ChangedIds:
    """Hold ids on disk, each once: there may be millions."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")
        self._rows.executescript(
            "PRAGMA journal_mode=off; PRAGMA synchronous=off;"
            "CREATE TABLE changed (id TEXT PRIMARY KEY) WITHOUT ROWID"
        )

    def add(self, name: str) -> None:
        """Note an id."""
        self._rows.execute("INSERT OR IGNORE INTO changed VALUES (?)", (name,))

    def sorted(self) -> Iterator[str]:
        """Yield the ids in their order."""
        for (name,) in self._rows.execute("SELECT id FROM changed ORDER BY id"):
            yield name

    def close(self) -> None:
        """Forget them."""
        self._rows.close()


class Tables:
    """Write the files that are made of records, all in one go over them."""

    def __init__(
        self,
        open_file: Callable[[str], GzipFile],
        rows_per_part: int,
        open_changed: Callable[[], GzipFile] | None,
    ) -> None:
        self.checksum = RegisterChecksum()
        self._stack = ExitStack()
        try:
            enter = self._stack.enter_context
            self._lines = enter(
                Parts(lambda part: open_file(f"declarations-{part:04}.jsonl.gz"), rows_per_part)
            )
            self._declarations = enter(open_file("declarations.csv.gz"))
            self._products = enter(open_file("products.csv.gz"))
            self._changed = None if open_changed is None else enter(open_changed())
            head = _BOM + rules.csv_line(rules.DECLARATION_HEADS)
            self._declarations.write(head, is_row=False)
            head = _BOM + rules.csv_line(rules.PRODUCT_HEADS)
            self._products.write(head, is_row=False)
        except BaseException:
            self._stack.close()
            raise

    def write(self, record: PublicRecord, *, is_changed: bool) -> None:
        """Write one declaration everywhere."""
        line, content = record.line, json.loads(record.document)
        self._lines.write(line)
        if is_changed and self._changed is not None:
            self._changed.write(line)
        self._declarations.write(rules.csv_line(rules.declaration_cells(record, content)))
        for cells in rules.product_cells(record, content):
            self._products.write(rules.csv_line(cells))
        self.checksum.add(
            declaration_id=record.declaration_id,
            version=record.version,
            sequence=record.sequence,
            state=record.state,
            marks=record.marks,
            document_sha256=record.document_sha256,
        )

    def finish(self) -> tuple[list[FileFacts], FileFacts | None]:
        """Make all visible in the store; return the files of the full snapshot, and the delta's."""
        full = [*self._lines.finish(), self._declarations.finish(), self._products.finish()]
        return full, None if self._changed is None else self._changed.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()
