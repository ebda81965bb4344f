"""The Merkle log on a real database: what is entered, in which order, and what can be proved."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from chassis import ids, outbox
from chassis.uow import Database
from services.standards.adapters.log_keys import LogKeys
from services.standards.domain import documents, merkle
from services.standards.domain.log_entries import EntryKey, EntryKind
from services.standards.domain.tree_heads import TreeHead
from services.standards.models import LogLeaf, LogNode, LogState, SignedHead, Version
from services.standards.queries import log as queries
from services.standards.queries.own import NotFoundError
from services.standards.usecases import appending
from tests.fakes.engines import only_sqlite
from tests.integration.standards.test_reviews import number

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from tests.integration.standards.conftest import Office

KEYS: Final = LogKeys("k1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def relay(database: Database) -> None:
    """Give every public event its position, as the relay does."""
    with database.transaction() as tx:
        messages = outbox.claim_batch(tx.session, 500)
        outbox.assign_positions(tx.session, messages, now=tx.now())
        outbox.mark_sent(tx.session, messages, now=tx.now())


def append(database: Database) -> None:
    """Enter whatever there is, as the job does."""
    has_more = True
    while has_more:
        with database.transaction() as tx:
            has_more = appending.append_published(tx=tx, signer=KEYS)


def entries(database: Database) -> list[dict[str, Any]]:
    """Return the whole log."""
    with database.read() as session:
        size = queries.list_entries(session, start=0, end=0)["size"]
        return list(queries.iterate_leaves(session, size=size))


def names(database: Database) -> list[tuple[str, int, str]]:
    """Return what the log holds, in order."""
    return [(row["record_number"], row["version"], row["kind"]) for row in entries(database)]


def prove(database: Database, **asked: Any) -> dict[str, Any]:
    """Ask for the proof of an entry."""
    with database.read() as session:
        return queries.find_proof(session, **asked)


def is_proved(found: dict[str, Any]) -> bool:
    """Check a proof with its document as an outsider does."""
    proof, head = found["inclusion"], found["inclusion"]["head"]
    signed = TreeHead(
        size=head["size"],
        root=bytes.fromhex(head["root"]),
        signed_at=head["signed_at"],
        key_id=head["key_id"],
    )
    public = KEYS.public_view()["items"][0]["public_key"]
    check_signature(public, head["signature"], signed.signed_text())
    return merkle.verify_inclusion(
        leaf_hash=merkle.hash_leaf(found["document"].encode()),
        index=proof["leaf_index"],
        size=head["size"],
        path=[bytes.fromhex(step) for step in proof["path"]],
        root=signed.root,
    )


def check_signature(public: str, signature: str, text: bytes) -> None:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    key.verify(base64.b64decode(signature), text)


def load_versions(database: Database, like: dict[str, Any], count: int) -> None:
    """Load versions of a declaration that no event tells of."""
    with database.transaction() as tx:
        first = tx.session.get_one(Version, (like["declaration_id"], 1))
        content = documents.read(first.document)
        for version in range(2, count + 1):
            document = documents.canonicalize({**content, "version": version})
            tx.session.add(
                Version(
                    declaration_id=first.declaration_id,
                    number=version,
                    change="PRODUCTS_ADDED",
                    document=document.text,
                    document_sha256=document.sha256,
                    published_at=first.published_at,
                    upload_id=None,
                    commitment_template=first.commitment_template,
                    commitment_text=first.commitment_text,
                    committed_by=first.committed_by,
                    committed_from=first.committed_from,
                )
            )


class TestAppending:
    def test_enters_versions_and_withdrawals_in_the_order_of_the_feed(
        self, office: "Office", other_office: "Office", database: Database
    ) -> None:
        append(database)  # the first sweep finds nothing
        first = office.publish_new()
        other = other_office.publish_new()
        corrected = office.correct(first, title="不锈钢真空杯")
        office.withdraw(corrected)
        relay(database)

        append(database)

        record, others = first["record_number"], other["record_number"]
        assert names(database) == [
            (record, 1, "VERSION"),
            (others, 1, "VERSION"),
            (record, 2, "VERSION"),
            (record, 2, "WITHDRAWAL"),
        ]

    def test_a_repeat_enters_nothing_twice(self, office: "Office", database: Database) -> None:
        office.publish_new()
        relay(database)
        append(database)
        before = entries(database)
        with database.transaction() as tx:  # as if the note of how far it came was lost
            state = tx.session.get_one(LogState, 1)
            state.position, state.swept_to, state.swept_at = 0, "", None

        append(database)

        assert entries(database) == before
        assert len(before) == 1

    def test_a_sweep_finds_what_no_event_told_of(
        self, office: "Office", database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(appending, "BATCH", 7)
        published = office.publish_new()
        withdrawn = office.withdraw(office.publish_new(number=number("2")))
        load_versions(database, published, 30)

        append(database)

        found = names(database)
        assert sorted(found) == sorted(
            [(published["record_number"], version, "VERSION") for version in range(1, 31)]
            + [(withdrawn["record_number"], 1, kind) for kind in ("VERSION", "WITHDRAWAL")]
        )

    def test_sweeps_again_a_day_later(
        self, office: "Office", database: Database, clock: "VirtualClock"
    ) -> None:
        append(database)
        published = office.publish_new()
        append(database)
        before = names(database)
        clock.advance(timedelta(days=1, seconds=2))
        append(database)

        assert before == []
        assert names(database) == [(published["record_number"], 1, "VERSION")]

    def test_a_crash_before_the_commit_leaves_nothing(
        self, office: "Office", database: Database
    ) -> None:
        office.publish_new()
        relay(database)

        def crash() -> None:
            with database.transaction() as tx:
                appending.append_published(tx=tx, signer=KEYS)
                tx.session.flush()
                raise RuntimeError("crash")

        with pytest.raises(RuntimeError, match="crash"):
            crash()
        after_crash = entries(database)
        append(database)

        assert after_crash == []
        assert [row["leaf_index"] for row in entries(database)] == [0]

    def test_two_replicas_make_one_log(
        self, office: "Office", database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(appending, "BATCH", 5)
        published = office.publish_new()
        load_versions(database, published, 60)
        others = [
            Database(
                database.url.render_as_string(hide_password=False),
                service="standards",
                clock=database.clock,
            )
            for _ in range(2)
        ]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(append, others))
        for other in others:
            other.close()

        rows = entries(database)
        assert [row["leaf_index"] for row in rows] == list(range(60))
        assert sorted(row["version"] for row in rows) == list(range(1, 61))
        frontier = merkle.Frontier()
        for row in rows:
            frontier.append(bytes.fromhex(row["leaf_hash"]))
        with database.read() as session:
            assert queries.get_head(session)["root"] == frontier.root().hex()

    def test_an_altered_document_does_not_become_the_proven_one(
        self, office: "Office", database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        published = office.publish_new()
        whole = office.publish_new(number=number("2"))
        with database.transaction() as tx:
            version = tx.session.get_one(Version, (published["declaration_id"], 1))
            version.document = version.document.replace("不锈钢", "塑料")
        relay(database)
        append(database)

        assert names(database) == [(whole["record_number"], 1, "VERSION")]
        assert "altered" in caplog.text

    @pytest.mark.parametrize("table", [LogLeaf, LogNode])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
    def test_the_database_refuses_to_change_the_log(
        self, office: "Office", database: Database, table: Any, statement: str
    ) -> None:
        load_versions(database, office.publish_new(), 4)
        append(database)
        column = list(table.__table__.columns)[-1].name
        sql = statement.format(table.__tablename__, column, column)

        with pytest.raises(sa.exc.DBAPIError, match="appended"), database.transaction() as tx:
            tx.session.execute(sa.text(sql))


class TestHeads:
    def test_one_an_hour_is_kept_and_of_the_others_the_newest(
        self, office: "Office", database: Database, clock: "VirtualClock"
    ) -> None:
        for body in ("1", "2", "3"):
            office.publish_new(number=number(body))
            relay(database)
            append(database)
        clock.advance(timedelta(hours=1))
        for _ in range(2):
            with database.transaction() as tx:
                appending.sign_hourly(tx=tx, signer=KEYS)

        with database.read() as session:
            heads = session.scalars(sa.select(SignedHead).order_by(SignedHead.number)).all()
            kept = queries.list_heads(session, before=None, limit=10)["items"]
            older = queries.list_heads(session, before=kept[0]["number"], limit=1)
        assert [(head.size, head.is_hourly) for head in heads] == [(1, True), (3, True)]
        assert [head["size"] for head in kept] == [3, 1]
        assert [head["size"] for head in older["items"]] == [1]

    def test_there_is_one_of_the_empty_log(self, database: Database) -> None:
        with database.read() as session, pytest.raises(NotFoundError):
            queries.get_head(session)
        with database.transaction() as tx:
            appending.sign_hourly(tx=tx, signer=KEYS)

        with database.read() as session:
            head = queries.get_head(session)
        assert (head["size"], head["root"]) == (0, merkle.EMPTY_ROOT.hex())

    def test_work_is_known_beforehand(
        self, office: "Office", database: Database, clock: "VirtualClock"
    ) -> None:
        def has_work() -> bool:
            with database.read() as session:
                return appending.has_work(session, now=clock.now())

        at_first = has_work()
        append(database)
        with database.transaction() as tx:
            appending.sign_hourly(tx=tx, signer=KEYS)
        idle = has_work()
        office.publish_new()
        relay(database)

        assert (at_first, idle, has_work()) == (True, False, True)


class TestProofs:
    @pytest.fixture
    def published(self, office: "Office", database: Database) -> dict[str, Any]:
        published = office.publish_new()
        load_versions(database, published, 300)
        append(database)
        return published

    @pytest.mark.usefixtures("published")
    def test_entries_are_proved_in_trees_of_every_size(self, database: Database) -> None:
        rows = entries(database)
        hashes = [bytes.fromhex(row["leaf_hash"]) for row in rows]
        frontier = merkle.Frontier()
        roots = [frontier.root()]
        for value in hashes:
            frontier.append(value)
            roots.append(frontier.root())

        with database.read() as session:
            for size in range(1, 301):
                index = (size * 7919) % size if size % 3 else size - 1
                found = queries.find_proof(
                    session, leaf_hash=rows[index]["leaf_hash"], tree_size=size
                )
                assert merkle.verify_inclusion(
                    leaf_hash=hashes[index],
                    index=index,
                    size=size,
                    path=[bytes.fromhex(step) for step in found["inclusion"]["path"]],
                    root=roots[size],
                )
        assert found["inclusion"]["head"]["root"] == roots[300].hex()

    def test_all_pairs_of_a_small_log_are_consistent(
        self, office: "Office", database: Database
    ) -> None:
        load_versions(database, office.publish_new(), 33)
        append(database)
        frontier = merkle.Frontier()
        roots = [frontier.root()]
        for row in entries(database):
            frontier.append(bytes.fromhex(row["leaf_hash"]))
            roots.append(frontier.root())

        with database.read() as session:
            for second in range(34):
                for first in range(second + 1):
                    found = queries.find_consistency(session, first=first, second=second)
                    assert merkle.verify_consistency(
                        first=first,
                        first_root=roots[first],
                        second=second,
                        second_root=roots[second],
                        path=[bytes.fromhex(step) for step in found["path"]],
                    )
            with pytest.raises(queries.NoSuchTreeError):
                queries.find_consistency(session, first=3, second=34)
            with pytest.raises(queries.NoSuchTreeError):
                queries.find_consistency(session, first=4, second=3)

    def test_whoever_has_the_document_can_check_it(
        self, office: "Office", database: Database
    ) -> None:
        withdrawn = office.withdraw(office.publish_new())
        relay(database)
        append(database)
        record = withdrawn["record_number"]

        version = prove(database, record_number=record, has_document=True)
        end = prove(database, record_number=record, kind=EntryKind.WITHDRAWAL, has_document=True)
        assert is_proved(version)
        assert is_proved(end)
        assert json.loads(end["document"])["withdrawn_at"] == withdrawn["withdrawn_at"]
        assert not is_proved({**version, "document": version["document"] + " "})

    def test_says_that_a_version_is_not_in_the_log_yet(
        self, office: "Office", database: Database
    ) -> None:
        published = office.publish_new()

        found = prove(database, record_number=published["record_number"])

        assert (found["inclusion"], found["reason"]) == (None, "NOT_YET_IN_LOG")

    def test_finds_only_what_there_is(
        self, published: dict[str, Any], office: "Office", database: Database
    ) -> None:
        office.save_complete(number=number("9"))  # a draft has no record number
        record = published["record_number"]
        wrong: list[dict[str, Any]] = [
            {"record_number": "Q-123456789-202401010000-0001"},
            {"record_number": record, "version": 301},
            {"record_number": record, "kind": EntryKind.WITHDRAWAL},
            {"leaf_hash": "00" * 32},
        ]

        for asked in wrong:
            with pytest.raises(NotFoundError):
                prove(database, **asked)
        with pytest.raises(queries.NoSuchTreeError):
            prove(database, record_number=record, tree_size=301)

    def test_tells_where_versions_are(self, published: dict[str, Any], database: Database) -> None:
        declaration_id = published["declaration_id"]
        with database.read() as session:
            found = queries.leaf_index_of(
                session, [(declaration_id, 1), (declaration_id, 300), (ids.new_id(), 1)]
            )
            known = queries.find_entered(session, [EntryKey(declaration_id, 1)])

        assert found == {(declaration_id, 1): 0, (declaration_id, 300): 299}
        assert known == {EntryKey(declaration_id, 1)}

    @only_sqlite
    @pytest.mark.usefixtures("published")
    def test_no_table_is_gone_through(self, office: "Office", database: Database) -> None:
        """SQLite tells its plan the same for three rows and for millions."""
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _k: Any, statement: str, values: Any, _x: Any, _m: Any) -> None:
            asked.append((statement, values))

        fresh = office.publish_new(number=number("2"))
        relay(database)
        engines = (database.reader, database.writer)
        for engine in engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        append(database)
        proof = prove(database, record_number=fresh["record_number"], has_document=True)
        prove(database, leaf_hash=proof["inclusion"]["leaf_hash"])
        with database.read() as session:
            queries.find_consistency(session, first=77, second=301)
            queries.leaf_index_of(session, [(fresh["declaration_id"], 1)])
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)

        plans: list[str] = []
        with database.read() as session:
            connection = session.connection()
            for statement, values in asked:
                if statement.startswith("SELECT"):
                    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                    plans += [row[3] for row in plan]
        # The newest head is the first row from the end.
        scanned = [
            step
            for step in plans
            if step.startswith("SCAN") and step not in {"SCAN CONSTANT ROW", "SCAN tree_heads"}
        ]
        assert any("SEARCH log_nodes" in step for step in plans)
        assert scanned == []
