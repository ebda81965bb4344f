"""Complaints about publications: who sees what, on a real database."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis import crypto, ids, keyrings, rotation
from chassis.context import Actor, Call, serving
from chassis.crypto import Keyring
from chassis.errors import DomainError, RateLimitedError, StaleError
from chassis.tables import audit, counters, idempotency, outbox
from services.standards import queries as standards_queries
from services.standards.config import Settings
from services.standards.domain.complaints import ComplaintState
from services.standards.models.complaints import Complaint, ComplaintWrongStateError
from services.standards.queries import complaints as queries
from services.standards.queries.complaints import ComplaintNotFoundError
from services.standards.usecases import complaint_steps, complaints
from services.standards.usecases.complaint_steps import ComplaintAnonymousError
from services.standards.usecases.complaints import ComplaintInvalidError, ComplaintLimits
from services.standards.usecases.rotation import COLUMNS

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

TEXT = "购买的保温杯六小时后水温只有三十度，\n与公开的保温效能不符。"
NAME = "张小燕"
PHONE = "13912345678"
CLIENT = "198.51.100.7"
BUREAU = "user:0192f000-0000-7000-8000-0000000000b1"
AREA = "330784"


class Desk:
    """Do what reporters and staff do, one call per step."""

    def __init__(self, database: "Database", ring: Keyring | None = None) -> None:
        settings = Settings()
        self.database = database
        self.ring = ring or keyrings.data_ring(settings)
        self.seals = keyrings.seal_ring(settings)
        self.limits = ComplaintLimits()

    def file(self, record_number: str, **changes: str) -> dict[str, Any]:
        """Complain, in one's own name unless told otherwise."""
        client = changes.pop("client_address", CLIENT)
        form = {
            "record_number": record_number, "category": "NOT_AS_DECLARED", "text": TEXT,
            "name": NAME, "phone": PHONE, **changes,
        }  # fmt: skip
        filing = complaints.read_filing(**form)
        complaints.find_subject(
            database=self.database, limits=self.limits, filing=filing, client_address=client
        )
        with self.database.transaction() as tx:
            return complaints.file_complaint(tx=tx, ring=self.ring, filing=filing, area=AREA)

    def ask(self, number: str, code: str, client: str = CLIENT) -> dict[str, Any]:
        """Ask how a complaint stands."""
        return complaints.get_state(
            database=self.database, ring=self.ring, limits=self.limits,
            number=number, code=code, client_address=client,
        )  # fmt: skip

    def id_of(self, filed: dict[str, Any]) -> str:
        """Return the id that staff uses."""
        with self.database.read() as session:
            found = queries.find_by_number(session, filed["complaint_number"])
            assert found is not None
            return found.id

    def read(self, filed: dict[str, Any], area: str = "33") -> dict[str, Any]:
        """Open a complaint as staff does."""
        return complaint_steps.get_complaint(
            database=self.database, ring=self.ring, area=area, complaint_id=self.id_of(filed)
        )

    def step(self, use_case: Any, filed: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Take one step as staff does."""
        if use_case in {complaint_steps.refuse_complaint, complaint_steps.resolve_complaint}:
            fields["sealer"] = self.seals
        arguments = {
            "area": "3307", "subject": BUREAU, "note": "", "complaint_id": self.id_of(filed),
            "expected_version": self.read(filed)["version"], **fields,
        }  # fmt: skip
        with self.database.transaction() as tx:
            return dict(use_case(tx=tx, ring=self.ring, **arguments))

    def accept(self, filed: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Take it up."""
        return self.step(complaint_steps.accept_complaint, filed, **fields)

    def refuse(self, filed: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Refuse it."""
        words = {"outcome": "不属于本平台受理范围", **fields}
        return self.step(complaint_steps.refuse_complaint, filed, **words)

    def resolve(self, filed: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """End it."""
        words = {"finding": "CONFIRMED", "outcome": "经核查属实，企业已更正。", **fields}
        return self.step(complaint_steps.resolve_complaint, filed, **words)

    def reporter(self, filed: dict[str, Any], **fields: str) -> dict[str, Any]:
        """Ask who it was."""
        wanted = {"area": "33", "reason": "需要当面取证", **fields}
        with self.database.transaction() as tx:
            return complaint_steps.show_reporter(
                tx=tx, ring=self.ring, complaint_id=self.id_of(filed), **wanted
            )

    def findings(self, office: "Office", published: dict[str, Any]) -> dict[str, Any]:
        """Look as the enterprise does."""
        return complaints.list_findings(
            database=self.database, enterprise_id=office.enterprise_id,
            declaration_id=published["declaration_id"], page=1, page_size=15,
        )  # fmt: skip

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """Return everything in a table."""
        with self.database.read() as session:
            return [dict(row) for row in session.execute(sa.select(table)).mappings()]

    def messages(self) -> list[dict[str, Any]]:
        """Return the text messages that were asked for, opened as notify opens them."""
        found = []
        for row in self.rows(outbox):
            if row["name"] != "send_sms.v1":
                continue
            data = json.loads(row["body"])["data"]
            opened = json.loads(self.seals.unseal(data["values_sealed"], "notify"))
            phone = self.seals.unseal(data["phone_sealed"], "notify")
            found.append({"template": data["template"], "phone": phone, **opened})
        return found


@pytest.fixture
def desk(database: "Database") -> Desk:
    return Desk(database)


@pytest.fixture
def published(office: "Office") -> dict[str, Any]:
    return office.publish_new()


def fields_of(refused: DomainError) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refused.fields}


class TestFiling:
    def test_gives_number_and_code_and_counts_by_the_day(
        self, desk: Desk, published: dict[str, Any], clock: "VirtualClock"
    ) -> None:
        first = desk.file(published["record_number"])
        second = desk.file(published["record_number"].lower(), name="", phone="")
        clock.advance(timedelta(days=1))
        third = desk.file(published["record_number"])

        numbers = [filed["complaint_number"] for filed in (first, second, third)]
        assert numbers == ["TS-20241115-000001", "TS-20241115-000002", "TS-20241116-000001"]
        assert len({filed["query_code"] for filed in (first, second, third)}) == 3
        assert desk.read(first)["text"] == TEXT
        assert [desk.read(filed)["is_named"] for filed in (first, second)] == [True, False]

    def test_is_open_for_what_was_withdrawn_and_closed_for_drafts(
        self, desk: Desk, office: "Office", published: dict[str, Any]
    ) -> None:
        office.save(number={"body": "3334", "year": "2014"})
        office.withdraw(published)

        filed = desk.file(published["record_number"])

        assert filed["state"] == "RECEIVED"
        with pytest.raises(ComplaintInvalidError) as refused:
            desk.file("Q-91330000000000000X-202411151030-0009")
        assert fields_of(refused.value) == {"/record_number": "standards.complaint_record_unknown"}

    def test_looks_again_when_it_writes(self, desk: Desk) -> None:
        filing = complaints.read_filing(
            record_number="Q-1", category="OTHER", text=TEXT, name="", phone=""
        )
        with (
            pytest.raises(ComplaintInvalidError),
            desk.database.transaction() as tx,
        ):
            complaints.file_complaint(tx=tx, ring=desk.ring, filing=filing, area=AREA)

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"text": "  太短  "}, {"/text": "standards.complaint_length"}),
            ({"text": "长" * 2001}, {"/text": "standards.complaint_length"}),
            ({"phone": "12345"}, {"/phone": "standards.complaint_phone_malformed"}),
            ({"phone": " "}, {"/phone": "standards.required"}),
            ({"name": ""}, {"/name": "standards.required"}),
            ({"name": "燕"}, {"/name": "standards.complaint_length"}),
        ],
    )
    def test_names_what_is_wrong(self, changes: dict[str, str], wrong: dict[str, str]) -> None:
        form = {"record_number": "Q-1", "category": "OTHER", "text": TEXT, "name": NAME}
        with pytest.raises(ComplaintInvalidError) as refused:
            complaints.read_filing(**{**form, "phone": PHONE, **changes})

        assert fields_of(refused.value) == wrong

    def test_takes_texts_up_to_the_limits(self) -> None:
        for length in (10, 2000):
            filing = complaints.read_filing(
                record_number="q-1", category="OTHER", text="字" * length, name="", phone=""
            )
            assert len(filing.text) == length

    def test_is_limited_for_network_and_record(
        self, desk: Desk, published: dict[str, Any], office: "Office"
    ) -> None:
        number = published["record_number"]
        for _ in range(3):
            desk.file(number)

        with pytest.raises(RateLimitedError):
            desk.file(number)
        desk.file(number, client_address="203.0.113.9")
        desk.file(office.publish_new(number={"body": "3334", "year": "2014"})["record_number"])
        desk.limits = ComplaintLimits(per_record_day=4)
        with pytest.raises(RateLimitedError):
            desk.file(number, client_address="")

    def test_is_counted_for_a_network_before_anything_else(self, desk: Desk) -> None:
        def visit(client: str) -> None:
            complaints.count_visit(
                database=desk.database, limits=desk.limits, client_address=client
            )

        for _ in range(10):
            visit(CLIENT)
        with pytest.raises(RateLimitedError):
            visit("198.51.100.200")
        visit("203.0.113.9")
        visit("")


class TestReporter:
    def test_learns_how_it_stands_with_number_and_code(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])
        typed = filed["query_code"].replace("-", "").lower()
        before = desk.ask(filed["complaint_number"], typed)
        desk.accept(filed)
        desk.resolve(filed, finding="PARTLY_CONFIRMED")

        after = desk.ask(filed["complaint_number"], filed["query_code"])

        assert (before["state"], before["outcome"], before["finding"]) == ("RECEIVED", "", None)
        assert after["state"] == "RESOLVED"
        assert after["finding"] == "PARTLY_CONFIRMED"
        assert after["outcome"] == "经核查属实，企业已更正。"
        shown = json.dumps([before, after], ensure_ascii=False)
        assert not any(secret in shown for secret in (NAME, PHONE, TEXT[:10], BUREAU))

    def test_is_refused_alike_for_a_wrong_code_and_an_unknown_number(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])
        other = desk.file(published["record_number"])
        number = filed["complaint_number"]

        for asked, code in (
            (number, other["query_code"]),
            (number, ""),
            ("TS-20241115-000009", filed["query_code"]),
            ("Q-1", filed["query_code"]),
        ):
            with pytest.raises(ComplaintNotFoundError):
                desk.ask(asked, code)

    def test_has_a_few_tries_from_one_network(
        self, desk: Desk, published: dict[str, Any], clock: "VirtualClock"
    ) -> None:
        filed = desk.file(published["record_number"])
        number, code = filed["complaint_number"], filed["query_code"]
        for _ in range(10):
            with pytest.raises(ComplaintNotFoundError):
                desk.ask(number, "2222-2222-2222")

        with pytest.raises(RateLimitedError):
            desk.ask(number, code)
        assert desk.ask(number, code, client="203.0.113.9")["state"] == "RECEIVED"
        clock.advance(timedelta(hours=1, seconds=5))
        assert desk.ask(number, code)["state"] == "RECEIVED"

    def test_cannot_be_guessed_from_many_networks_or_for_many_numbers(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])
        number = filed["complaint_number"]
        desk.limits = ComplaintLimits(questions_per_complaint_day=3, questions_per_network_hour=2)
        for last in range(3):
            with pytest.raises(ComplaintNotFoundError):
                desk.ask(number, "2222", client=f"203.0.{last}.1")

        with pytest.raises(RateLimitedError):
            desk.ask(number, "2222", client="203.0.9.1")
        for _ in range(2):
            with pytest.raises(ComplaintNotFoundError):
                desk.ask("none", "2222", client="192.0.2.1")
        with pytest.raises(RateLimitedError):
            desk.ask("none", "2222", client="192.0.2.1")

    @pytest.mark.parametrize(
        ("step", "template"),
        [("refuse", "COMPLAINT_REFUSED"), ("resolve", "COMPLAINT_RESOLVED")],
    )
    def test_who_left_a_phone_gets_the_outcome_as_a_message(
        self, desk: Desk, published: dict[str, Any], step: str, template: str
    ) -> None:
        named = desk.file(published["record_number"])
        nameless = desk.file(published["record_number"], name="", phone="")
        for filed in (named, nameless):
            if step == "resolve":
                desk.accept(filed)
            getattr(desk, step)(filed, outcome="很长的结果" * 40)

        (message,) = desk.messages()

        assert message["template"] == template
        assert message["phone"] == PHONE
        assert message["complaint_number"] == named["complaint_number"]
        assert len(message["outcome"]) == 100
        assert message["outcome"].endswith("…")


class TestSteps:
    def test_are_kept_with_who_and_when_and_audited(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])
        desk.step(complaint_steps.add_note, filed, note="已联系企业")
        desk.accept(filed, note="转稽查科")
        done = desk.resolve(filed)

        whole = desk.read(filed)

        steps = [(step["action"], step["note"]) for step in whole["steps"]]
        assert steps == [("NOTE", "已联系企业"), ("ACCEPT", "转稽查科"), ("RESOLVE", "")]
        assert {step["taken_by"] for step in whole["steps"]} == {BUREAU}
        assert done["version"] == whole["version"] == 4
        assert done["allowed_actions"] == ["NOTE"]
        actions = [row["action"] for row in desk.rows(audit) if "complaint" in row["action"]]
        assert actions == [
            "complaint.received", "complaint.noted", "complaint.accepted", "complaint.resolved",
        ]  # fmt: skip

    def test_are_taken_on_what_was_read(self, desk: Desk, published: dict[str, Any]) -> None:
        filed = desk.file(published["record_number"])
        desk.step(complaint_steps.add_note, filed, note="已联系企业")

        with pytest.raises(StaleError):
            desk.accept(filed, expected_version=1)

    def test_are_taken_in_order(self, desk: Desk, published: dict[str, Any]) -> None:
        filed = desk.file(published["record_number"])
        with pytest.raises(ComplaintWrongStateError):
            desk.resolve(filed)
        desk.refuse(filed)

        for again in (desk.accept, desk.refuse, desk.resolve):
            with pytest.raises(ComplaintWrongStateError):
                again(filed)

    @pytest.mark.parametrize("area", ["3308", "34", "330783"])
    def test_are_taken_in_the_own_area_only(
        self, desk: Desk, published: dict[str, Any], area: str
    ) -> None:
        filed = desk.file(published["record_number"])

        for reach in (
            lambda: desk.read(filed, area=area),
            lambda: desk.accept(filed, area=area),
            lambda: desk.reporter(filed, area=area),
        ):
            with pytest.raises(ComplaintNotFoundError):
                reach()

    @pytest.mark.parametrize(
        "outcome", ["", "无", f"感谢{NAME}", f"已致电 {PHONE[:3]} {PHONE[3:]}"]
    )
    def test_tell_the_reporter_something_that_is_not_himself(
        self, desk: Desk, published: dict[str, Any], outcome: str
    ) -> None:
        filed = desk.file(published["record_number"])

        with pytest.raises(ComplaintInvalidError) as refused:
            desk.refuse(filed, outcome=outcome)
        assert set(fields_of(refused.value)) == {"/outcome"}
        with pytest.raises(ComplaintInvalidError):
            desk.step(complaint_steps.add_note, filed, note=outcome)

    def test_are_listed_by_area_state_and_record(
        self, desk: Desk, published: dict[str, Any], clock: "VirtualClock"
    ) -> None:
        first = desk.file(published["record_number"])
        clock.advance(timedelta(minutes=1))
        second = desk.file(published["record_number"])
        desk.accept(first)

        def listed(area: str, state: ComplaintState | None = None, record: str = "") -> list[str]:
            with desk.database.read() as session:
                page = queries.list_complaints(
                    session, area=area, state=state, record_number=record, page=1, page_size=15
                )
            assert page["total"] == len(page["items"])
            return [item["complaint_number"] for item in page["items"]]

        both = [second["complaint_number"], first["complaint_number"]]
        assert listed("") == listed("3307") == both
        assert listed("", record=published["record_number"]) == both
        assert listed("", ComplaintState.ACCEPTED) == both[1:]
        assert listed("34") == listed("", record="Q-1") == []


class TestConfidence:
    def test_the_reporter_is_shown_for_a_reason_that_is_written_down(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])

        shown = desk.reporter(filed)

        assert (shown["name"], shown["phone"]) == (NAME, PHONE)
        row = desk.rows(audit)[-1]
        assert row["action"] == "complaint.reporter_shown"
        assert "需要当面取证" in json.dumps(row["details"], ensure_ascii=False)
        for reason in ("", "因", f"找{NAME}"):
            with pytest.raises(ComplaintInvalidError):
                desk.reporter(filed, reason=reason)

    def test_nobody_is_shown_where_nobody_said_who_he_is(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"], name="", phone="")

        with pytest.raises(ComplaintAnonymousError):
            desk.reporter(filed)

    @pytest.mark.proves("F15", "F17")
    def test_no_row_holds_a_word_of_it_in_clear(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        filed = desk.file(published["record_number"])
        desk.accept(filed)
        desk.resolve(filed)
        desk.ask(filed["complaint_number"], filed["query_code"])
        desk.reporter(filed)

        tables = (Complaint.__table__, audit, outbox, counters, idempotency)
        dump = repr([desk.rows(table) for table in tables])

        for secret in (NAME, PHONE, TEXT[:10], filed["query_code"]):
            assert secret not in dump
        assert filed["query_code"].replace("-", "") not in dump

    def test_who_is_signed_in_is_not_written_down(
        self, desk: Desk, office: "Office", published: dict[str, Any]
    ) -> None:
        """A member of the enterprise may complain about it: its own audit must not show that."""
        insider = Actor("user:insider", enterprise_id=office.enterprise_id)

        with serving(Call(actor=insider)):
            desk.file(published["record_number"])

        (row,) = [row for row in desk.rows(audit) if row["action"] == "complaint.received"]
        assert (row["actor"], row["enterprise_id"]) == ("", None)

    def test_the_enterprise_sees_findings_of_what_was_resolved(
        self, desk: Desk, office: "Office", other_office: "Office", published: dict[str, Any],
        clock: "VirtualClock",
    ) -> None:  # fmt: skip
        open_one = desk.file(published["record_number"])
        accepted = desk.file(published["record_number"])
        refused = desk.file(published["record_number"])
        desk.accept(accepted)
        desk.refuse(refused)
        assert desk.findings(office, published)["total"] == 0
        clock.advance(timedelta(days=2))
        desk.resolve(accepted)

        seen = desk.findings(office, published)

        assert open_one["state"] == "RECEIVED"
        assert seen["items"] == [
            {"category": "NOT_AS_DECLARED", "finding": "CONFIRMED", "resolved_on": "2024-11-17"}
        ]
        assert seen["total"] == 1
        with pytest.raises(standards_queries.NotFoundError):
            desk.findings(other_office, published)

    @pytest.mark.proves("F15")
    def test_goes_under_the_new_key_when_keys_change(
        self, desk: Desk, published: dict[str, Any]
    ) -> None:
        old = crypto.new_setting("old")
        new = crypto.add_key(old, "new")
        before = Desk(desk.database, Keyring.parse(old))
        named = before.file(published["record_number"])
        before.file(published["record_number"], name="", phone="")
        after = Desk(desk.database, Keyring.parse(new))

        written = rotation.rotate(desk.database, after.ring, COLUMNS)

        assert written == 4
        tokens = [
            value
            for row in desk.rows(Complaint.__table__)
            for name, value in row.items()
            if name.endswith("_encrypted") and value is not None
        ]
        assert len(tokens) == 4
        assert all(token.startswith(after.ring.prefix) for token in tokens)
        assert after.reporter(named)["phone"] == PHONE
        assert after.ask(named["complaint_number"], named["query_code"])["state"] == "RECEIVED"


class TestSubject:
    def test_is_the_enterprise_and_the_region_it_published(
        self, desk: Desk, office: "Office", published: dict[str, Any]
    ) -> None:
        with desk.database.read() as session:
            found = queries.find_subject(session, published["record_number"])
            missing = queries.find_subject(session, ids.new_id())

        assert found == {"enterprise_id": office.enterprise_id, "region": "330784"}
        assert missing is None
