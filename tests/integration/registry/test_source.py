"""The live code database: asked on a miss, signed, bounded, and never anybody else (F22)."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import keyrings, outgoing
from chassis.breaker import Breaker
from chassis.clock import VirtualClock
from chassis.crypto import Keyring
from chassis.outgoing import Outgoing, OutgoingError
from chassis.tables import outbox
from chassis.uow import Database
from services.registry import queries, seeds
from services.registry.adapters.source import HttpSource
from services.registry.config import Settings
from services.registry.importing import import_retired_divisions
from services.registry.usecases import regions, sourcing, waiting
from services.registry.usecases.sourcing import SourceUnavailableError, Sourcing
from services.registry.usecases.verification import Limits, verify_organization
from services.registry.usecases.waiting import WaitingRules
from tests.integration.registry.test_waiting import ABSENT, submission

KEY = "a key of the tests"


@dataclass
class Office:
    """Be the code database's interface: what it knows, what it was asked, how it misbehaves."""

    url: str = ""
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    location: str = ""


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            office.asked.append((self.path, dict(self.headers)))
            code = self.path.rpartition("/")[2]
            known = office.records.get(code)
            status = office.status if known or office.status != 200 else 404
            self.send_response(status)
            if office.location:
                self.send_header("Location", office.location)
            self.end_headers()
            self.wfile.write(office.body if office.body is not None else json.dumps(known).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    office.url = f"http://127.0.0.1:{server.server_address[1]}/codes"
    record = dict(ABSENT)
    office.records |= {ABSENT["credit_code"]: record, ABSENT["org_code"]: record}
    yield office
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def source(office: Office, clock: VirtualClock) -> HttpSource:
    return HttpSource(office.url, KEY, allows_loopback=True, now=clock.now)


@pytest.fixture
def opened(database: Database) -> Database:
    with database.transaction() as tx:
        regions.set_region_open(tx=tx, region="000000", is_open=True)
    return database


@pytest.fixture
def verify(opened: Database, ring: Keyring, source: HttpSource) -> Callable[..., dict[str, Any]]:
    def call(**changes: str) -> dict[str, Any]:
        return verify_organization(
            database=opened, ring=ring, limits=Limits(), submission=submission(ABSENT, **changes),
            client_address="", sourcing=Sourcing(source),
        )  # fmt: skip

    return call


class TestOnAMiss:
    @pytest.mark.proves("R-025", "R-032")
    def test_record_is_fetched_stored_and_compared(
        self, verify: Callable[..., dict[str, Any]], office: Office
    ) -> None:
        answers = [verify(), verify(), verify(name="甲")]

        assert [answer["is_match"] for answer in answers] == [True, True, False]
        assert len(office.asked) == 1

    def test_unknown_code_is_not_asked_for_again_at_once(
        self, verify: Callable[..., dict[str, Any]], office: Office, clock: VirtualClock
    ) -> None:
        office.records.clear()
        answers = [verify(), verify()]
        asked = len(office.asked)
        clock.advance(timedelta(minutes=11))
        verify()

        assert {answer["errors"][0]["code"] for answer in answers} == {"registry.not_synced"}
        assert (asked, len(office.asked)) == (1, 2)

    def test_malformed_code_is_never_asked_for(
        self, verify: Callable[..., dict[str, Any]], office: Office
    ) -> None:
        verify(code="../../admin")

        assert office.asked == []

    @pytest.mark.proves("R-025")
    def test_who_waits_is_told_when_the_source_knows(
        self, opened: Database, ring: Keyring, source: HttpSource
    ) -> None:
        """手册 FAQ 14."""
        seals, rules = keyrings.seal_ring(Settings()), WaitingRules()
        waiting.wait_for_sync(
            database=opened, ring=ring, rules=rules, submission=submission(ABSENT),
            phone="13800138000", client_address="",
        )  # fmt: skip
        live: dict[str, Any] = {"database": opened, "ring": ring, "sourcing": Sourcing(source)}

        found = [sourcing.look_up_waiting(**live), sourcing.look_up_waiting(**live)]
        with opened.transaction() as tx:
            checked = waiting.check_waiting(tx=tx, ring=ring, sealer=seals, rules=rules)

        assert (found, checked) == ([1, 0], 1)
        with opened.read() as session:
            assert session.scalars(sa.select(outbox.c.name)).all() == ["send_sms.v1"]

    @pytest.mark.proves("R-189", "R-032")
    def test_known_record_is_asked_for_again_when_it_is_old(  # noqa: PLR0913, PLR0917 - fixtures
        self,
        verify: Callable[..., dict[str, Any]],
        opened: Database,
        ring: Keyring,
        source: HttpSource,
        office: Office,
        clock: VirtualClock,
    ) -> None:
        """手册 6.1, FAQ 12: 更新."""
        organization_id = verify()["organization"]["id"]
        office.records[ABSENT["credit_code"]]["name"] = "新的名称"
        arguments: dict[str, Any] = {
            "database": opened, "ring": ring, "sourcing": Sourcing(source),
            "organization_id": organization_id,
        }  # fmt: skip
        sourcing.refresh(**arguments)
        early = len(office.asked)
        clock.advance(timedelta(minutes=11))
        sourcing.refresh(**arguments)

        with opened.read() as session:
            known = queries.get_organization(session, organization_id)
            names = session.scalars(sa.select(outbox.c.name)).all()
        assert (early, len(office.asked)) == (1, 2)
        assert known is not None
        assert known.name == "新的名称"
        assert names == ["organization.updated.v1"]


class TestInterface:
    def test_questions_are_signed(self, source: HttpSource, office: Office) -> None:
        source.fetch(ABSENT["credit_code"])

        [(path, headers)] = office.asked
        content = f"{headers['X-Qibiao-Timestamp']}\nGET\n{path}".encode()
        expected = hmac.new(KEY.encode(), content, hashlib.sha256).hexdigest()
        assert headers["X-Qibiao-Signature"] == f"sha256={expected}"

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"[]", b"null", b'{"name": 7}', b"<html>", b"x" * 1_000_001,
            json.dumps(ABSENT | {"credit_code": "91370321QBEX00013L", "org_code": ""}).encode(),
            json.dumps(ABSENT | {"legal_representative_id_number": "990001197001020010"}).encode(),
        ],
    )  # fmt: skip
    def test_answers_that_cannot_be_used_are_no_record(
        self, source: HttpSource, office: Office, body: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        office.body = body

        with pytest.raises(SourceUnavailableError):
            source.fetch(ABSENT["credit_code"])
        assert ABSENT["legal_representative_id_number"] not in caplog.text

    def test_source_that_is_away_changes_nothing_and_is_left_alone(
        self, office: Office, clock: VirtualClock, opened: Database, ring: Keyring
    ) -> None:
        office.status = 500
        source = HttpSource(
            office.url, KEY, allows_loopback=True, now=clock.now, breaker=Breaker(2, 60)
        )

        answers = [
            verify_organization(
                database=opened, ring=ring, limits=Limits(), submission=submission(ABSENT),
                client_address="", sourcing=Sourcing(source),
            )
            for _ in range(4)
        ]  # fmt: skip

        assert {answer["errors"][0]["code"] for answer in answers} == {"registry.not_synced"}
        assert len(office.asked) == 2


@pytest.mark.proves("F22")
class TestOnlyTheConfiguredHost:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_redirects_are_not_followed(
        self, source: HttpSource, office: Office, status: int
    ) -> None:
        office.status, office.location = status, f"{office.url}/elsewhere"

        with pytest.raises(SourceUnavailableError):
            source.fetch(ABSENT["credit_code"])
        assert len(office.asked) == 1

    def test_address_is_looked_at_on_the_open_connection(self, office: Office) -> None:
        """A name that pointed elsewhere when it was checked does not help (DNS rebinding)."""
        with pytest.raises(OutgoingError):
            Outgoing(office.url, allows_loopback=False).get("/x", {})
        assert office.asked == []

    @pytest.mark.parametrize(
        ("address", "is_allowed"),
        [
            ("169.254.169.254", False),
            ("::ffff:169.254.169.254", False),
            ("100.100.100.200", False),
            ("fd00:ec2::254", False),
            ("fe80::1%eth0", False),
            ("0.0.0.0", False),  # noqa: S104 - refused, not bound
            ("224.0.0.1", False),
            ("127.0.0.1", False),
            ("::1", False),
            ("10.1.2.3", True),
            ("203.119.30.1", True),
        ],
    )
    def test_addresses(self, address: str, *, is_allowed: bool) -> None:
        assert outgoing.is_allowed(address, allows_loopback=False) is is_allowed

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/", "http://", "http://u@a/"])
    def test_other_addresses_are_refused_at_the_start(self, url: str) -> None:
        with pytest.raises(ValueError, match="http"):
            Outgoing(url, allows_loopback=True)


class TestRetiredDivisions:
    def test_old_codes_have_a_name(self, database: Database, tmp_path: Path) -> None:
        path = tmp_path / "retired.csv"
        path.write_text(
            "code,last_name,first_revision,last_revision\n110103,崇文区,198012,200912\n"
            "370699,某旧区,198012,199912\n",
            encoding="utf-8",
        )
        seeds.load_reference(database)

        assert import_retired_divisions(database, path) == 2
        assert import_retired_divisions(database, path) == 2

        with database.read() as session:
            old, older = (queries.get_division(session, code) for code in ("110103", "370699"))
            unknown = queries.get_division(session, "999999")
        assert old == {
            "code": "110103", "name": "崇文区", "parent": "110000", "path": "北京市/崇文区",
        }  # fmt: skip
        assert older is not None
        assert older["path"] == "山东省/烟台市/某旧区"
        assert unknown is None
