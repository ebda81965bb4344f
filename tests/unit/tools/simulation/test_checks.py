"""tools.simulation.checks: each comparison sees what is wrong, and nothing where nothing is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import audit, db, migrate, tables
from chassis.blob_store import BlobInfo
from services.notify.models import Message
from services.search.domain.documents import read_document
from services.search.models import index_tables
from services.standards.models import Declaration, Upload, Version
from tools.simulation import checks
from tools.simulation.checks import Route

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ID = "0192f000-0000-7000-8000-000000000001"
NUMBER = "Q-91370321MA3C00000X-202611231200-0001"
TEXT = (
    '{"declaration_id":"' + ID + '","version":1,"record_number":"' + NUMBER + '",'
    '"supersedes":null,"indicators":[],'
    '"kind":"ENTERPRISE","number":{"prefix":"Q","body":"1","year":"2026","text":"Q/1-2026"},'
    '"title":"保温杯","text":null,'
    '"products":[{"name":"杯","generic_name":"杯","barcode":"","brand":"","specification":"",'
    '"model":"","class_code":"21-002"}],'
    '"enterprise":{"name":"甲",'
    '"credit_code":"91370321MA3C00000X","organization_code":"MA3C00000","region":"370321"},'
    '"published_at":"2026-11-23T04:00:00Z"}'
)

Opener = Callable[[str], Any]


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Opener]:
    """Return a function that opens a session on a fresh database of a service."""
    engines: list[sa.Engine] = []

    @contextmanager
    def opened(service: str) -> Iterator[Session]:
        path = tmp_path / f"{service}-{len(engines)}.db"
        url = migrate.copy_sqlite(migrate.sqlite_template(service), path)
        engines.append(db.new_engine(url, threads=False))
        with Session(engines[-1]) as session:
            yield session

    yield opened
    for engine in engines:
        engine.dispose()


def publish(standards: Session) -> None:
    """Put one published declaration in place."""
    standards.add(
        Declaration(
            id=ID,
            chain_id=ID,
            sequence=1,
            withdrawal_note="",
            subject="PRODUCT",
            disclosure="{}",
            enterprise_id="e",
            kind="ENTERPRISE",
            state="PUBLISHED",
            prefix="Q",
            number_body="1",
            number_year="2026",
            number_text="Q/1-2026",
            number_key="Q/1-2026",
            title="保温杯",
            folded_title="保温杯",
            disclosure_mode="FULL_TEXT",
            record_number=NUMBER,
            published_version=1,
            published_at=NOW,
            created_at=NOW,
            updated_at=NOW,
            products=[],
        )
    )
    standards.flush()
    standards.add(
        Version(
            declaration_id=ID,
            number=1,
            change="PUBLISHED",
            document=TEXT,
            document_sha256="0" * 64,
            published_at=NOW,
            commitment_template="1",
            commitment_text="",
            committed_by="user:1",
            committed_from="",
        )
    )
    standards.flush()


def index(search: Session, **other: str) -> None:
    """Put the same declaration into the index, or one that says something else."""
    entry = read_document(declaration_id=ID, sequence=1, text=TEXT, sha256="0" * 64, extracted="")
    search.execute(
        sa.insert(index_tables(1).documents).values(
            {"id": entry.position, "declaration_id": ID, "sequence": 1, **entry.values, **other}
        )
    )


def emit(session: Session, event_id: str, position: int | None = None) -> None:
    """Put a sent event into the outbox, and into the public log when it has a position."""
    session.execute(
        sa.insert(tables.outbox).values(
            event_id=event_id,
            kind="EVENT",
            service="standards",
            name="thing.made.v1",
            subject="s",
            is_public=position is not None,
            position=position,
            body="{}",
            created_at=NOW,
            sent_at=NOW,
        )
    )
    if position is not None:
        session.execute(
            sa.insert(tables.public_log).values(
                position=position, event_id=event_id, type="t", subject="s", body="{}",
                recorded_at=NOW,
            )
        )  # fmt: skip


def handle(session: Session, event_id: str, state: str = "DONE") -> None:
    """Put a message into the inbox."""
    session.execute(
        sa.insert(tables.inbox).values(
            event_id=event_id, handler="h", state=state, due_at=NOW, received_at=NOW
        )
    )


class TestIndex:
    def test_is_equal(self, open_database: Opener) -> None:
        with open_database("standards") as standards, open_database("search") as search:
            publish(standards)
            index(search)

            assert checks.find_index_faults(standards, search) == []

    def test_lacks_a_document(self, open_database: Opener) -> None:
        with open_database("standards") as standards, open_database("search") as search:
            publish(standards)

            (fault,) = checks.find_index_faults(standards, search)

        assert "1 missing" in fault

    def test_says_something_else(self, open_database: Opener) -> None:
        with open_database("standards") as standards, open_database("search") as search:
            publish(standards)
            index(search, title="别的")

            (fault,) = checks.find_index_faults(standards, search)

        assert "title" in fault


class TestDeliveries:
    def test_are_those_that_were_announced(self, open_database: Opener) -> None:
        with open_database("standards") as source, open_database("search") as consumer:
            for event_id in ("a", "b"):
                emit(source, event_id)
                handle(consumer, event_id)

            assert checks.find_delivery_faults(source, consumer, Route("thing.made.v1", "h")) == []

    def test_one_is_missing_and_one_too_many(self, open_database: Opener) -> None:
        with open_database("standards") as source, open_database("search") as consumer:
            emit(source, "a")
            handle(consumer, "a", state="WAITING")
            handle(consumer, "b")

            faults = checks.find_delivery_faults(source, consumer, Route("thing.made.v1", "h"))

        assert [fault.split(", such")[0] for fault in faults] == ["h: 1 missing", "h: 1 too many"]


class TestMessages:
    def test_one_has_no_final_state(self, open_database: Opener) -> None:
        with open_database("notify") as notify:
            notify.add(
                Message(
                    id="m", request_id="r", template="T", purpose="P", state="CREATED",
                    attempts=0, created_at=NOW, due_at=NOW,
                )
            )  # fmt: skip
            notify.flush()

            assert checks.find_message_faults(notify) == ["message m ended as CREATED None"]

    def test_a_phone_gets_no_more_than_two_windows_full(self) -> None:
        moments = [("138", NOW + timedelta(minutes=minute)) for minute in range(11)]

        faults = checks.find_sms_faults(moments, per_hour=5, per_day=10)

        assert checks.find_sms_faults(moments[:10], per_hour=5, per_day=10) == []
        assert faults == ["a phone got 11 messages within 1:00:00"]


class TestAudit:
    def test_is_sealed_and_whole(self, open_database: Opener) -> None:
        with open_database("standards") as session:
            statement, values = audit.insert_statement(
                None, now=NOW, dialect="sqlite", action="a", object_id="o", details={},
                enterprise_id=None,
            )  # fmt: skip
            session.connection().exec_driver_sql(statement, values)
            before = checks.find_audit_faults(session)
            audit.seal(session)

            assert before == ["1 audit rows are not sealed"]
            assert checks.find_audit_faults(session) == []


class TestBlobs:
    def test_an_accepted_file_needs_its_blob(self, open_database: Opener) -> None:
        with open_database("standards") as standards:
            standards.add(
                Upload(
                    id="u", blob_id="u", enterprise_id="e", opened_by="user:1", state="ACCEPTED",
                    file_name="a.pdf", size=3, sha256="0" * 64, attempts=1, created_at=NOW,
                    expires_at=NOW + timedelta(hours=1),
                )
            )  # fmt: skip
            standards.flush()
            stored = {"uploads/u": BlobInfo("uploads/u", 3, NOW)}

            lost = checks.find_blob_faults(standards, {}, now=NOW)
            good = checks.find_blob_faults(standards, stored, now=NOW)
            expired = checks.find_blob_faults(standards, {}, now=NOW + timedelta(hours=2))

        assert (lost, good, expired) == (["uploads/u is not stored"], [], [])

    def test_an_old_blob_needs_its_row(self, open_database: Opener) -> None:
        stored = {"uploads/x": BlobInfo("uploads/x", 3, NOW)}
        with open_database("standards") as standards:
            young = checks.find_blob_faults(standards, stored, now=NOW + timedelta(hours=1))
            old = checks.find_blob_faults(standards, stored, now=NOW + timedelta(hours=50))

        assert (young, old) == ([], ["uploads/x belongs to nothing"])


class TestLog:
    def test_has_every_position_once(self, open_database: Opener) -> None:
        with open_database("standards") as standards:
            publish(standards)
            emit(standards, "a", position=1)

            assert checks.find_log_faults(standards) == []
            assert checks.find_outbox_faults(standards) == []

    def test_has_a_gap(self, open_database: Opener) -> None:
        with open_database("standards") as standards:
            publish(standards)
            emit(standards, "a", position=2)

            (fault,) = checks.find_log_faults(standards)

        assert "not 1..1" in fault

    def test_lacks_a_publication(self, open_database: Opener) -> None:
        with open_database("standards") as standards:
            publish(standards)

            assert checks.find_log_faults(standards) == ["1 versions were published, 0 announced"]

    def test_something_was_not_sent(self, open_database: Opener) -> None:
        with open_database("standards") as standards:
            emit(standards, "a")
            standards.execute(sa.update(tables.outbox).values(sent_at=None))

            assert checks.find_outbox_faults(standards) == ["unsent: thing.made.v1 × 1"]


class TestDeadLetters:
    def test_are_those_that_were_planted(self) -> None:
        assert checks.find_dead_letter_faults(["a"], {"a"}) == []
        assert len(checks.find_dead_letter_faults(["b"], {"a"})) == 2
