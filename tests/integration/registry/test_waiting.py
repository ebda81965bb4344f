"""The waiting list: whose record comes is compared again and told (手册 FAQ 14)."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import keyrings
from chassis.clock import VirtualClock
from chassis.tables import audit, outbox
from chassis.uow import Database
from services.registry import importing, queries, seeds
from services.registry.config import Settings
from services.registry.usecases import regions, registrations, waiting
from services.registry.usecases.verification import Submission, TooManyAttemptsError
from services.registry.usecases.waiting import (
    AlreadySyncedError,
    CodeMalformedError,
    WaitingInvalidError,
    WaitingRules,
)

ROWS = {row["org_code"]: row for row in seeds.demo_organizations()}
ABSENT = ROWS["QBEX00144"]
KUNMING = next(row for row in ROWS.values() if row["reg_admin_code"].startswith("5301"))
PHONE = "13800138000"
RULES = WaitingRules(public_url="https://example.com")


def submission(row: dict[str, str], **changes: str) -> Submission:
    values = {
        "code": row["credit_code"],
        "name": row["name"],
        "legal_representative": row["legal_rep"],
        "id_number": row["legal_representative_id_number"],
        "address": row["registered_address"],
    }
    return Submission(**values | changes)


class List:
    """Stand between the tests and the use cases."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database = database
        self.ring = keyrings.data_ring(settings)
        self.seals = keyrings.seal_ring(settings)
        self._folder = folder
        self._files = 0

    def join(self, typed: Submission, *, phone: str = PHONE, client: str = "") -> dict[str, Any]:
        return waiting.wait_for_sync(
            database=self.database, ring=self.ring, rules=RULES, submission=typed, phone=phone,
            client_address=client,
        )  # fmt: skip

    def state(self, token: str, client: str = "") -> str:
        answer = waiting.get_waiting(database=self.database, token=token, client_address=client)
        return str(answer["state"])

    def sync(self, *rows: dict[str, str]) -> None:
        """Import rows as the code database states them, then run the job."""
        self._files += 1
        path = self._folder / f"sync-{self._files}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(ABSENT))
            writer.writeheader()
            writer.writerows(rows)
        importing.import_file(database=self.database, ring=self.ring, path=path, pause_seconds=0)
        self.check()

    def check(self) -> int:
        with self.database.transaction() as tx:
            return waiting.check_waiting(tx=tx, ring=self.ring, sealer=self.seals, rules=RULES)

    def messages(self) -> list[dict[str, str]]:
        """Return the messages that went out, opened as notify does."""
        with self.database.read() as session:
            bodies = session.scalars(
                sa.select(outbox.c.body).where(outbox.c.kind == "COMMAND").order_by(outbox.c.id)
            ).all()
        found = []
        for body in bodies:
            data = json.loads(body)["data"]
            values = json.loads(self.seals.unseal(data["values_sealed"], "notify"))
            phone = self.seals.unseal(data["phone_sealed"], "notify")
            found.append({"template": data["template"], "phone": phone, **values})
        return found

    def link(self) -> str:
        """Return the token of the newest link."""
        return self.messages()[-1]["url"].partition("resume=")[2]

    def resume(self, token: str, client: str = "") -> dict[str, Any]:
        return waiting.resume(
            database=self.database, ring=self.ring, sealer=self.seals, token=token,
            client_address=client,
        )  # fmt: skip


@pytest.fixture
def people(database: Database, settings: Settings, tmp_path: Path) -> List:
    with database.transaction() as tx:
        for region, is_open in seeds.SWITCHES:
            regions.set_region_open(tx=tx, region=region, is_open=is_open)
    return List(database, settings, tmp_path)


class TestWaiting:
    @pytest.mark.proves("R-025", "R-032")
    def test_record_that_comes_is_compared_and_the_applicant_told(self, people: List) -> None:
        """手册 FAQ 14."""
        token = people.join(submission(ABSENT))["token"]
        before = people.state(token)
        assert people.check() == 0

        people.sync(ABSENT)

        assert before == "WAITING"
        assert people.state(token) == "READY"
        [message] = people.messages()
        assert message["template"] == "WAITING_READY"
        assert message["phone"] == PHONE
        assert message["organization"] == ABSENT["name"]
        assert re.fullmatch(r"https://example\.com/app/register\?resume=[\w-]{43}", message["url"])
        assert people.check() == 0

    def test_forms_of_writing_are_forgiven_as_ever(self, people: List) -> None:
        number = ABSENT["legal_representative_id_number"]
        typed = submission(
            ABSENT, code="QBEX0014-4", id_number=number[:6] + number[8:17],
            address=ABSENT["registered_address"].replace("16号", " #１６号"),
        )  # fmt: skip
        token = people.join(typed)["token"]

        people.sync(ABSENT)

        assert people.state(token) == "READY"

    @pytest.mark.proves("F2", "F6")
    @pytest.mark.parametrize("field", ["name", "legal_representative", "id_number", "address"])
    def test_difference_is_told_to_the_holder_of_the_token_only(
        self, people: List, field: str
    ) -> None:
        token = people.join(submission(ABSENT, **{field: "不同"}))["token"]

        people.sync(ABSENT)

        assert people.messages() == []
        assert people.state(token) == "MISMATCH"

    def test_compared_again_when_the_record_changes(self, people: List) -> None:
        new = ABSENT | {"registered_address": "山东省淄博市桓台县新路1号"}
        token = people.join(submission(new))["token"]
        people.sync(ABSENT)
        early = people.state(token)

        people.sync(new)

        assert (early, people.state(token)) == ("MISMATCH", "READY")

    @pytest.mark.proves("R-026", "R-027")
    def test_closed_region_waits_until_it_opens(self, people: List, clock: VirtualClock) -> None:
        """手册 FAQ 8."""
        token = people.join(submission(KUNMING))["token"]
        people.sync(KUNMING)
        closed = people.state(token)

        with people.database.transaction() as tx:
            regions.set_region_open(tx=tx, region="530100", is_open=True)
        clock.advance(timedelta(minutes=2))
        people.check()

        assert (closed, people.state(token)) == ("WAITING", "READY")

    def test_refuses_a_code_that_cannot_be_one(self, people: List) -> None:
        with pytest.raises(CodeMalformedError):
            people.join(submission(ABSENT, code="QBEX00145"))

    def test_refuses_to_wait_for_what_is_there(self, people: List) -> None:
        people.sync(ABSENT)

        with pytest.raises(AlreadySyncedError):
            people.join(submission(ABSENT))

    def test_nothing_personal_is_stored_in_clear(self, people: List) -> None:
        people.join(submission(ABSENT))

        with people.database.read() as session:
            rows = [
                *session.execute(sa.text("SELECT * FROM waiting_applicant")).all(),
                *session.execute(sa.select(audit)).all(),
                *session.execute(sa.text("SELECT * FROM counters")).all(),
            ]
        text = str(rows)
        for value in (PHONE, ABSENT["legal_representative_id_number"], ABSENT["legal_rep"]):
            assert value not in text


class TestLimits:
    @pytest.mark.proves("F6")
    def test_of_one_phone(self, people: List) -> None:
        for _ in range(3):
            people.join(submission(ABSENT))

        with pytest.raises(TooManyAttemptsError):
            people.join(submission(ABSENT))

    @pytest.mark.proves("F6")
    def test_of_one_organization_from_one_network(self, people: List) -> None:
        for number in range(5):
            people.join(submission(ABSENT), phone=f"1380013800{number}", client="203.0.113.9")

        with pytest.raises(TooManyAttemptsError):
            people.join(submission(ABSENT), phone="13800138009", client="203.0.113.10")

    @pytest.mark.proves("F6")
    def test_of_one_organization_from_everywhere(self, people: List) -> None:
        for number in range(20):
            people.join(
                submission(ABSENT), phone=f"138001380{number:02}", client=f"203.0.{number}.9"
            )

        with pytest.raises(TooManyAttemptsError):
            people.join(submission(ABSENT), phone="13800138099", client="198.51.100.1")

    def test_of_questions_of_one_network(self, people: List) -> None:
        token = people.join(submission(ABSENT))["token"]
        for _ in range(60):
            people.state(token, client="203.0.113.9")

        with pytest.raises(TooManyAttemptsError):
            people.resume("guess", client="203.0.113.9")


class TestResumption:
    @pytest.mark.proves("R-025")
    def test_link_gives_the_organization_and_the_number_sealed(self, people: List) -> None:
        people.join(submission(ABSENT))
        people.sync(ABSENT)

        found = people.resume(people.link())

        assert found["organization"]["name"] == ABSENT["name"]
        sealed = found["id_number_sealed"]
        number = ABSENT["legal_representative_id_number"]
        assert number not in str(found)
        assert people.seals.unseal(sealed, "accounts") == number
        assert people.resume(people.link())["organization"] == found["organization"]

    def test_token_of_the_list_is_no_link(self, people: List) -> None:
        token = people.join(submission(ABSENT))["token"]
        people.sync(ABSENT)

        for guess in (token, "x" * 43):
            with pytest.raises(WaitingInvalidError):
                people.resume(guess)
        with pytest.raises(WaitingInvalidError):
            people.state(people.link())

    def test_dies_when_the_record_changes(self, people: List) -> None:
        people.join(submission(ABSENT))
        people.sync(ABSENT)
        people.sync(ABSENT | {"name": "别的名称"})

        with pytest.raises(WaitingInvalidError):
            people.resume(people.link())

    def test_dies_after_a_week(self, people: List, clock: VirtualClock) -> None:
        people.join(submission(ABSENT))
        people.sync(ABSENT)
        link = people.link()
        clock.advance(timedelta(days=6, hours=23))
        people.resume(link)

        clock.advance(timedelta(hours=2))

        with pytest.raises(WaitingInvalidError):
            people.resume(link)

    def test_dies_when_the_organization_registers(self, people: List) -> None:
        people.join(submission(ABSENT))
        people.sync(ABSENT)
        with people.database.transaction() as tx:
            organization = queries.find_organization(tx.session, ABSENT["org_code"])
            assert organization is not None
            registrations.note_registration(tx=tx, organization_id=organization.id, at=tx.now())

        with pytest.raises(WaitingInvalidError):
            people.resume(people.link())


class TestPurge:
    def test_deletes_who_has_waited_two_months(self, people: List, clock: VirtualClock) -> None:
        token = people.join(submission(ABSENT))["token"]
        clock.advance(timedelta(days=59))
        with people.database.transaction() as tx:
            assert waiting.purge(tx=tx, now=tx.now()) == 0
        clock.advance(timedelta(days=2))

        with pytest.raises(WaitingInvalidError):
            people.state(token)
        with people.database.transaction() as tx:
            assert waiting.purge(tx=tx, now=tx.now()) == 1
