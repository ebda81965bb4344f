"""Snapshots of everything public: whole or not there, and equal to what events lead to."""

import gzip
import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from chassis import ids, outbox
from chassis.blob_store import BlobInfo, BlobStoreUnavailableError, BlobWriter
from chassis.blobs import FileBlobStore, open_store
from chassis.relay import Relay
from chassis.uow import Database
from services.search import queries as search_queries
from services.standards import queries as public
from services.standards.adapters.snapshot_writing import SnapshotMaker
from services.standards.domain import snapshots as rules
from services.standards.domain.marks import MarkKind
from services.standards.domain.snapshots import SnapshotFacts
from services.standards.queries import snapshots as queries
from services.standards.usecases import marking
from services.standards.usecases import snapshots as usecases
from tests.fakes.s3_server import S3Server
from tests.integration.standards.conftest import Office, new_enterprise
from tools.rebuild.indexing import fill_index
from tools.rebuild.mirror import DamagedRecordError, Mirror
from tools.rebuild.replaying import Plan, Replay
from tools.rebuild.sources import AlteredFileError, FolderSource, SourceError

if TYPE_CHECKING:
    from chassis.clock import VirtualClock


class Wire:
    """Take every message at once."""

    def publish(self, messages: Sequence[outbox.Message]) -> list[outbox.Message]:
        """Say that all arrived."""
        return list(messages)


class FailingStore:
    """Be a store whose n-th writing operation fails."""

    def __init__(self, store: FileBlobStore, fails_at: int) -> None:
        self._store = store
        self._left = fails_at

    def step(self) -> None:
        """Count one operation."""
        self._left -= 1
        if self._left == 0:
            raise BlobStoreUnavailableError(reason="disk")

    def open_writer(self, key: str) -> "FailingWriter":
        """Begin a blob."""
        self.step()
        return FailingWriter(self, self._store.open_writer(key))

    def delete(self, key: str) -> bool:
        """Remove a blob."""
        self.step()
        return self._store.delete(key)

    def keys(self, prefix: str = "") -> Iterator[BlobInfo]:
        """Return what is there."""
        return self._store.keys(prefix)


class FailingWriter:
    """Fail where the store says."""

    def __init__(self, store: FailingStore, writer: BlobWriter) -> None:
        self._store = store
        self._writer = writer

    @property
    def size(self) -> int:
        """Return the bytes taken so far."""
        return self._writer.size

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        self._store.step()
        self._writer.write(piece)

    def commit(self) -> None:
        """Finish."""
        self._store.step()
        self._writer.commit()

    def abort(self) -> None:
        """Drop it."""
        self._writer.abort()

    def __enter__(self) -> "FailingWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.abort()


class PlatformSource(FolderSource):
    """Read the files of the store, and the feed and documents from the database."""

    has_feed = True

    def __init__(self, folder: Path, database: Database) -> None:
        super().__init__(folder)
        self._database = database

    def events(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield events."""
        while True:
            with self._database.read() as session:
                page = public.list_events(session, after=after, limit=500)
            if not page["items"]:
                return
            yield from page["items"]
            after = page["next_after"]

    def document(self, declaration_id: str, version: int) -> bytes:
        """Return a document."""
        with self._database.read() as session:
            found = public.find_version(session, declaration_id=declaration_id, version=version)
        return str(found["document"]).encode()


class Platform:
    """Hold a database with its store, and what is done with both."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.store = FileBlobStore(folder)
        self.folder = folder / queries.FOLDER

    def announce(self) -> None:
        """Give every event its position."""
        relay = Relay(self.database, Wire(), holder=ids.new_id(), has_public_log=True)
        while relay.step():
            pass
        relay.release()

    def snapshot(self, store: Any = None, **options: Any) -> list[SnapshotFacts]:
        """Make a snapshot."""
        return SnapshotMaker(
            self.database, store or self.store, holder=ids.new_id(), **options
        ).make()

    def visible(self) -> list[dict[str, Any]]:
        """Return the snapshots that the public sees."""
        with self.database.read() as session:
            return list(queries.list_snapshots(session, limit=100)["items"])

    def rebuild(self, target: Path, plan: Plan | None = None) -> tuple[Any, list[dict[str, Any]]]:
        """Rebuild a copy; return the outcome and its records."""
        source = PlatformSource(self.folder, self.database)
        with closing(Mirror(target)) as mirror:
            outcome = Replay(source, mirror, lambda _: None).run(plan or Plan())
            return outcome, list(mirror.records())

    def read(self, snapshot_id: str, name: str) -> str:
        """Return what a compressed file says."""
        return gzip.decompress((self.folder / snapshot_id / name).read_bytes()).decode()


def mark(database: Database, declaration_id: str) -> None:
    """Set a mark."""
    change = marking.MarkChange(declaration_id, MarkKind.ENTERPRISE_DEREGISTERED, {})
    with database.transaction() as tx:
        marking.change_marks(tx, [change])


def number(count: int) -> Mapping[str, str]:
    return {"body": f"{count:04}", "year": "2014"}


@pytest.fixture
def platform(database: Database, tmp_path: Path) -> Platform:
    return Platform(database, tmp_path / "blobs")


class TestFull:
    @pytest.mark.proves("C8")
    def test_holds_every_declaration_as_it_stands(self, platform: Platform, office: Office) -> None:
        first = office.publish_new(number=number(1))
        second = office.publish_new(number=number(2))
        office.save(number=number(3))
        office.withdraw(second)
        mark(platform.database, first["declaration_id"])
        platform.announce()

        (facts,) = platform.snapshot()

        text = platform.read(facts.snapshot_id, "declarations-0001.jsonl.gz")
        lines = [json.loads(line) for line in text.splitlines()]
        assert [line["record_number"] for line in lines] == [
            first["record_number"],
            second["record_number"],
        ]
        assert [line["state"] for line in lines] == ["PUBLISHED", "WITHDRAWN"]
        assert [each["kind"] for each in lines[0]["marks"]] == ["ENTERPRISE_DEREGISTERED"]
        assert lines[1]["withdrawal_reason"] == "NOT_IN_USE"
        assert facts.position == 4
        assert (facts.declarations, facts.pending, facts.base) == (2, 0, None)
        for raw, line in zip(text.splitlines(), lines, strict=True):
            jsonschema.validate(line, dict(rules.LINE_SCHEMA))
            document = raw[raw.index('"document":') + len('"document":') :]
            canonical, _ = json.JSONDecoder().raw_decode(document)
            body = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            assert document.startswith(body)
            assert hashlib.sha256(body.encode()).hexdigest() == line["document_sha256"]

    def test_says_in_its_manifest_what_the_files_are(
        self, platform: Platform, office: Office
    ) -> None:
        office.publish_new()
        platform.announce()

        (facts,) = platform.snapshot()

        folder = platform.folder / facts.snapshot_id
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert {each["name"] for each in manifest["files"]} == {
            path.name for path in folder.iterdir() if path.name != "manifest.json"
        }
        for each in manifest["files"]:
            body = (folder / each["name"]).read_bytes()
            assert (len(body), hashlib.sha256(body).hexdigest()) == (each["bytes"], each["sha256"])
        with platform.database.read() as session:
            shown = queries.find_file(session, snapshot_id=facts.snapshot_id, name="manifest.json")
            served = queries.find_checksum(session, position=facts.position)
        body = (folder / "manifest.json").read_bytes()
        assert shown["sha256"] == hashlib.sha256(body).hexdigest()
        assert served["checksum"] == manifest["checksum"]

    def test_is_cut_into_parts(self, platform: Platform, office: Office, tmp_path: Path) -> None:
        for count in range(5):
            office.publish_new(number=number(count))
        platform.announce()

        (facts,) = platform.snapshot(rows_per_part=2)

        assert {each.name: each.rows for each in facts.files} == {
            "declarations-0001.jsonl.gz": 2,
            "declarations-0002.jsonl.gz": 2,
            "declarations-0003.jsonl.gz": 1,
            "declarations.csv.gz": 5,
            "products.csv.gz": 5,
            "declaration.schema.json": 0,
        }
        outcome, _ = platform.rebuild(tmp_path / "mirror.db")
        assert outcome.compared == [5]

    def test_has_tables_without_formulas(self, platform: Platform, office: Office) -> None:
        product = {"name": "=cmd|' /C calc'!A0", "model": "+1", "class_code": "2106"}
        office.publish_new(title="@SUM(A1)标准", products=[product])
        platform.announce()

        (facts,) = platform.snapshot()

        declarations = platform.read(facts.snapshot_id, "declarations.csv.gz").splitlines()
        products = platform.read(facts.snapshot_id, "products.csv.gz").splitlines()
        assert declarations[0].lstrip("\ufeff").split(",")[0] == "record_number"
        assert ",'@SUM(A1)标准," in declarations[1]
        assert ",'=cmd|' /C calc'!A0," in products[1]
        assert ",'+1," in products[1]

    def test_of_nothing_is_empty(self, platform: Platform, tmp_path: Path) -> None:
        (facts,) = platform.snapshot()

        assert facts.position == facts.declarations == 0
        outcome, records = platform.rebuild(tmp_path / "mirror.db")
        assert (outcome.compared, records) == ([0], [])


class TestObjectStore:
    def test_takes_and_gives_back_what_a_folder_does(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        """The same files in S3, and orphans and old ones go there as well."""
        office.publish_new(number=number(1))
        platform.announce()
        folder = tmp_path / "s3"
        folder.mkdir()
        with S3Server(folder) as server:
            bucket = open_store(server.url(server.create_bucket("snapshots-test")))
            with bucket.open_writer("snapshots/full-left-behind-1/products.csv.gz") as writer:
                writer.write(b"half")
                writer.commit()
            platform.snapshot(bucket)
            for count in (2, 3):
                office.publish_new(number=number(count))
                platform.announce()
                clock.advance(timedelta(days=1))
                platform.snapshot(bucket, keep=timedelta(0))
            names = {info.key.split("/")[1] for info in bucket.keys("snapshots/")}
            for info in list(bucket.keys("snapshots/")):
                path = tmp_path / "down" / info.key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"".join(bucket.open_reader(info.key)))

        assert names == {each["snapshot_id"] for each in platform.visible()}
        assert sorted(name.partition("-")[0] for name in names) == ["delta", "full", "full"]
        source = FolderSource(tmp_path / "down" / "snapshots")
        with closing(Mirror(tmp_path / "mirror.db")) as mirror:
            outcome = Replay(source, mirror, lambda _: None).run(Plan(base="oldest"))
        assert outcome.compared == [2, 3]


class TestDelta:
    @pytest.mark.proves("C8")
    def test_leads_to_the_next_snapshot(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        kept, ended, corrected = (office.publish_new(number=number(n)) for n in range(3))
        platform.announce()
        (base,) = platform.snapshot()
        office.withdraw(ended)
        office.correct(corrected, title="改正后的名称")
        mark(platform.database, corrected["declaration_id"])
        new = office.publish_new(number=number(4))
        platform.announce()
        clock.advance(timedelta(days=1))

        full, delta = platform.snapshot()

        assert (delta.base, delta.from_position, delta.position) == (
            base.snapshot_id, base.position, full.position,
        )  # fmt: skip
        events = platform.read(delta.snapshot_id, "events.jsonl.gz").splitlines()
        assert [json.loads(each)["position"] for each in events] == [4, 5, 6, 7]
        changed = platform.read(delta.snapshot_id, "changed.jsonl.gz").splitlines()
        assert {json.loads(each)["declaration_id"] for each in changed} == {
            each["declaration_id"] for each in (ended, corrected, new)
        }
        by_delta, ours = platform.rebuild(tmp_path / "delta.db", Plan(base=base.snapshot_id))
        by_feed, theirs = platform.rebuild(
            tmp_path / "feed.db", Plan(base=base.snapshot_id, deltas_to="none")
        )
        assert by_delta.compared == by_feed.compared == [3, 7]
        assert by_delta.checksum == by_feed.checksum == full.checksum
        assert ours == theirs
        assert kept["declaration_id"] in {each["declaration_id"] for each in ours}

    def test_is_left_out_when_the_log_does_not_reach_back(
        self, platform: Platform, office: Office, clock: "VirtualClock"
    ) -> None:
        office.publish_new(number=number(1))
        platform.announce()
        platform.snapshot()
        for count in range(2, 5):
            office.publish_new(number=number(count))
        platform.announce()
        clock.advance(timedelta(days=500))
        with platform.database.transaction() as tx:
            outbox.purge_public_log(tx.session, now=clock.now())

        made = platform.snapshot()

        assert [facts.kind for facts in made] == [rules.SnapshotKind.FULL]

    def test_goes_on_by_the_feed(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        """Snapshot, delta, more changes, and a later snapshot that proves the whole way."""
        first = office.publish_new(number=number(1))
        platform.announce()
        platform.snapshot()
        office.publish_new(number=number(2))
        platform.announce()
        clock.advance(timedelta(days=1))
        second = platform.snapshot()[0]
        target = tmp_path / "mirror.db"
        platform.rebuild(target, Plan(base="oldest"))
        office.withdraw(first)
        revised = office.revise(office.publish_new(number=number(3)))
        office.publish(office.show(revised["declaration_id"]))
        platform.announce()
        clock.advance(timedelta(days=1))
        third = platform.snapshot()[0]

        outcome, _ = platform.rebuild(target)
        anew, _ = platform.rebuild(
            tmp_path / "anew.db", Plan(base="oldest", deltas_to=second.snapshot_id)
        )

        assert outcome.compared == [third.position]
        assert anew.compared == [1, 2, third.position]
        assert outcome.checksum == anew.checksum == third.checksum


class TestUnannounced:
    def test_changes_are_in_it_and_their_events_change_nothing(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        """The relay gives positions after the commit: a row can be there before its event is."""
        first = office.publish_new(number=number(1))
        platform.announce()
        office.withdraw(first)
        late = office.publish_new(number=number(2))

        (base,) = platform.snapshot()
        clock.advance(timedelta(days=1))
        platform.announce()
        full, delta = platform.snapshot()

        assert (base.position, base.pending, full.position, full.pending) == (1, 2, 3, 0)
        assert base.checksum == full.checksum
        assert (delta.events, delta.declarations) == (2, 2)
        outcome, records = platform.rebuild(
            tmp_path / "mirror.db", Plan(base=base.snapshot_id, deltas_to="none")
        )
        assert outcome.compared == [1, 3]
        assert late["declaration_id"] in {each["declaration_id"] for each in records}

    def test_changes_of_the_next_snapshot_are_in_the_delta(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        office.publish_new(number=number(1))
        platform.announce()
        (base,) = platform.snapshot()
        office.publish_new(number=number(2))
        clock.advance(timedelta(days=1))

        _, delta = platform.snapshot()

        assert (delta.position, delta.pending, delta.events, delta.declarations) == (1, 1, 0, 1)
        outcome, _ = platform.rebuild(tmp_path / "mirror.db", Plan(base=base.snapshot_id))
        assert outcome.differences == []
        assert outcome.compared == [1, 1]


class Clerks:
    """Publish, withdraw and mark all the time, in threads of their own."""

    def __init__(self, platform: Platform, count: int) -> None:
        self.failures: list[Exception] = []
        self._platform = platform
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(Office(platform.database, new_enterprise()),))
            for _ in range(count)
        ]

    def __enter__(self) -> "Clerks":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, office: Office) -> None:
        try:
            for count in itertools.count(1):
                if self._stop.is_set():
                    return
                self._declare(office, count)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.failures.append(error)

    def _declare(self, office: Office, count: int) -> None:
        published = office.publish_new(number=number(count))
        if count % 3 == 0:
            office.withdraw(published)
        if count % 4 == 0:
            mark(self._platform.database, published["declaration_id"])
        if count % 2 == 0:
            self._platform.announce()


class TestConcurrentWrites:
    @pytest.mark.proves("C8")
    def test_leave_every_snapshot_consistent(
        self, platform: Platform, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        """Whatever is written meanwhile: snapshot and later events lead to the end."""
        bases = []
        with Clerks(platform, 3) as clerks:
            for _ in range(4):
                clock.advance(timedelta(minutes=1))
                bases.append(platform.snapshot(rows_per_part=7)[0])
        platform.announce()
        clock.advance(timedelta(minutes=1))

        last = platform.snapshot()[0]

        assert clerks.failures == []
        assert bases[0].position < last.position
        for (place, base), way in itertools.product(enumerate(bases), ("none", "newest")):
            outcome, _ = platform.rebuild(
                tmp_path / f"{place}-{way}.db", Plan(base=base.snapshot_id, deltas_to=way)
            )
            assert outcome.differences == []
            assert outcome.checksum == last.checksum
            assert outcome.compared[-1] == last.position


class TestCrash:
    def test_anywhere_leaves_no_half_snapshot(
        self, platform: Platform, office: Office, clock: "VirtualClock", tmp_path: Path
    ) -> None:
        office.publish_new(number=number(1))
        platform.announce()
        platform.snapshot()
        office.publish_new(number=number(2))
        platform.announce()
        before = platform.visible()
        failures = 0
        while True:
            clock.advance(usecases.LEASE_DURATION + timedelta(seconds=1))
            self._let_lease_end(platform)
            try:
                full, delta = platform.snapshot(FailingStore(platform.store, failures + 1))
            except BlobStoreUnavailableError:
                failures += 1
                assert platform.visible() == before
                continue
            break

        assert failures > 12
        assert [each["snapshot_id"] for each in platform.visible()[:2]] == sorted(
            (full.snapshot_id, delta.snapshot_id), reverse=True
        )
        folders = {path.name for path in platform.folder.iterdir() if any(path.iterdir())}
        assert folders == {each["snapshot_id"] for each in platform.visible()}
        outcome, _ = platform.rebuild(tmp_path / "mirror.db", Plan(base="oldest"))
        assert outcome.compared == [1, 2]

    @staticmethod
    def _let_lease_end(platform: Platform) -> None:
        """PostgreSQL's clock does not move with ours."""
        with platform.database.transaction() as tx:
            tx.session.execute(usecases.leases.leases.delete())

    def test_of_one_is_not_waited_for_by_a_second(self, platform: Platform) -> None:
        with platform.database.transaction() as tx:
            usecases.claim(tx=tx, holder="another")

        with pytest.raises(usecases.SnapshotBusyError):
            platform.snapshot()

    def test_one_that_lost_its_lease_makes_nothing_visible(
        self, platform: Platform, office: Office
    ) -> None:
        office.publish_new()
        platform.announce()

        with platform.database.transaction() as tx, pytest.raises(usecases.SnapshotBusyError):
            usecases.record_snapshots(
                tx=tx, holder="too late", made=[], created_at=platform.database.clock.now()
            )

        assert platform.visible() == []


class TestAltered:
    @pytest.fixture
    def full(self, platform: Platform, office: Office) -> SnapshotFacts:
        for count in range(3):
            office.publish_new(number=number(count))
        platform.announce()
        return platform.snapshot()[0]

    def test_file_is_named(self, platform: Platform, full: SnapshotFacts, tmp_path: Path) -> None:
        path = platform.folder / full.snapshot_id / "declarations-0001.jsonl.gz"
        body = bytearray(path.read_bytes())
        body[len(body) // 2] ^= 1
        path.write_bytes(body)

        with pytest.raises(AlteredFileError, match=r"declarations-0001\.jsonl\.gz"):
            platform.rebuild(tmp_path / "mirror.db")

    def test_record_is_named(
        self,
        platform: Platform,
        office: Office,
        full: SnapshotFacts,
        clock: "VirtualClock",
        tmp_path: Path,
    ) -> None:
        """What was changed in the copy shows at the next comparison."""
        target = tmp_path / "mirror.db"
        _, records = platform.rebuild(target, Plan(base=full.snapshot_id))
        with closing(Mirror(target)) as mirror:
            mirror.put({**records[1], "state": "WITHDRAWN"})
            mirror.position = full.position
        office.publish_new(number=number(9))
        platform.announce()
        clock.advance(timedelta(days=1))
        platform.snapshot()

        outcome, _ = platform.rebuild(target, Plan(deltas_to="none"))

        (difference,) = outcome.differences
        assert records[1]["record_number"] in difference
        assert "state 'WITHDRAWN' ≠ 'PUBLISHED'" in difference

    def test_document_is_named(
        self, platform: Platform, full: SnapshotFacts, tmp_path: Path
    ) -> None:
        _, records = platform.rebuild(tmp_path / "mirror.db", Plan(base=full.snapshot_id))
        forged = {**records[0], "document": {**records[0]["document"], "title": "伪造的名称"}}

        with (
            closing(Mirror(tmp_path / "mirror.db")) as mirror,
            pytest.raises(DamagedRecordError, match=records[0]["record_number"]),
        ):
            mirror.put(forged)


class TestIndex:
    @pytest.mark.proves("C8")
    def test_of_search_is_filled_from_the_copy(
        self,
        platform: Platform,
        office: Office,
        new_database_url: Callable[[str | None], str],
        tmp_path: Path,
    ) -> None:
        first, second, third = (office.publish_new(number=number(n)) for n in range(3))
        office.withdraw(second)
        mark(platform.database, third["declaration_id"])
        platform.announce()
        (facts,) = platform.snapshot()
        platform.rebuild(tmp_path / "mirror.db")
        index = new_database_url("search")

        with closing(Mirror(tmp_path / "mirror.db")) as mirror:
            held = fill_index(mirror, index)

            assert (held.count, held.hexdigest) == (3, facts.checksum)
            with pytest.raises(SourceError):
                fill_index(mirror, index)
        with (
            closing(Database(index, service="search", clock=platform.database.clock)) as search,
            search.read() as session,
        ):
            shown = search_queries.find_document(session, record_number=first["record_number"])
        assert shown["document"]["title"] == first["title"]


class TestKeeping:
    def test_ends_but_for_the_newest(
        self, platform: Platform, office: Office, clock: "VirtualClock"
    ) -> None:
        office.publish_new()
        platform.announce()
        made: list[str] = []
        for _ in range(3):
            made += [facts.snapshot_id for facts in platform.snapshot()]
            clock.advance(timedelta(days=1))

        made += [facts.snapshot_id for facts in platform.snapshot(keep=timedelta(0))]

        names = {each["snapshot_id"] for each in platform.visible()}
        assert [name.partition("-")[0] for name in made] == [
            "full", "full", "delta", "full", "delta", "full", "delta",
        ]  # fmt: skip
        assert names == {made[3], made[5], made[6]}
        assert {path.name for path in platform.folder.iterdir() if any(path.iterdir())} == names
        with platform.database.read() as session, pytest.raises(queries.SnapshotNotFoundError):
            queries.find_file(session, snapshot_id=made[0], name="manifest.json")

    def test_goes_by_days(self, platform: Platform, clock: "VirtualClock") -> None:
        for _ in range(4):
            platform.snapshot(keep=timedelta(days=4_000))
            clock.advance(timedelta(days=1))

        assert len(platform.visible()) == 7


class TestDue:
    AT = time(3, 15)

    def wanted(self, platform: Platform, now: datetime) -> bool:
        with platform.database.read() as session:
            return queries.is_wanted(session, due_at=rules.last_due(now, self.AT))

    def test_every_night_in_beijing(
        self, platform: Platform, office: Office, clock: "VirtualClock"
    ) -> None:
        office.publish_new()
        platform.announce()
        evening = clock.now()
        night = datetime(2024, 11, 15, 19, 15, tzinfo=UTC)

        assert not self.wanted(platform, evening)
        assert not self.wanted(platform, night - timedelta(seconds=1))
        assert self.wanted(platform, night)
        clock.advance(night - evening + timedelta(seconds=5))
        platform.snapshot()
        assert not self.wanted(platform, night + timedelta(hours=23))
        assert self.wanted(platform, night + timedelta(days=1))

    def test_when_somebody_asks(self, platform: Platform, clock: "VirtualClock") -> None:
        assert not self.wanted(platform, clock.now())
        with platform.database.transaction() as tx:
            usecases.request_snapshot(tx=tx, subject="user:1")

        assert self.wanted(platform, clock.now())
        platform.snapshot()
        assert not self.wanted(platform, clock.now())
