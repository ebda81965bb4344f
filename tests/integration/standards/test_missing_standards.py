"""Reports of standards that the catalogue lacks, and what becomes of them (手册 FAQ 18)."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import ids
from chassis.tables import outbox
from chassis.uow import Database
from services.standards import models
from services.standards.queries import catalogue as catalogue_queries
from services.standards.queries import tickets as queries
from services.standards.queries.tickets import TicketNotFoundError
from services.standards.usecases import cataloguing, missing_standards
from services.standards.usecases.missing_standards import (
    AlreadyReportedError,
    InCatalogueError,
    ReportInvalidError,
)
from tests.integration.standards.conftest import START
from tests.integration.standards.test_catalogue import fill, search

ENTERPRISE = ids.new_id()
ASKER = f"user:{ids.new_id()}"
CLERK = f"user:{ids.new_id()}"
ENTRY = {
    "kind": "NATIONAL",
    "number": "GB/T 13456-2014",
    "title": "示例产品通用技术条件",
    "state": "CURRENT",
    "replaced_by": "",
    "issued_on": "2014-05-01",
    "effective_on": "2014-11-01",
    "withdrawn_on": "",
    "ics": "13.100",
    "ccs": "G09",
    "issued_by": "国家标准化管理委员会",
}


def report(database: Database, **changes: str) -> dict[str, Any]:
    facts = {
        "enterprise_id": ENTERPRISE,
        "subject": ASKER,
        "kind": "NATIONAL",
        "number": "gbt13456—2014",
        "title": "示例产品通用技术条件",
        "note": "查询不到",
        **changes,
    }
    with database.transaction() as tx:
        return missing_standards.report_missing_standard(tx=tx, **facts)


def resolve(
    database: Database,
    ticket: dict[str, Any],
    *,
    entry: dict[str, str] | None = None,
    note: str = "",
) -> dict[str, Any]:
    with database.transaction() as tx:
        return missing_standards.resolve_ticket(
            tx=tx, subject=CLERK, ticket_id=ticket["ticket_id"], entry=entry, note=note
        )


def messages(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        rows = session.execute(sa.select(outbox.c.name, outbox.c.body).order_by(outbox.c.id))
        return [json.loads(body)["data"] for name, body in rows if name == "post_message.v1"]


def faults(error: Any) -> list[tuple[str, str]]:
    return [(field.pointer, field.code) for field in error.value.fields]


class TestReporting:
    @pytest.mark.proves("R-070", "FAQ-18")
    def test_notes_the_number(self, database: Database) -> None:
        """手册 FAQ 18: 记下标准编号，做好及时反馈."""
        ticket = report(database)

        assert ticket == {
            "ticket_id": ticket["ticket_id"],
            "kind": "NATIONAL",
            "number": "GB/T 13456-2014",
            "title": "示例产品通用技术条件",
            "note": "查询不到",
            "state": "OPEN",
            "resolution_note": "",
            "catalogue_id": None,
            "asked_at": ticket["asked_at"],
            "resolved_at": None,
        }
        with database.read() as session:
            own = queries.list_missing_standards(
                session, enterprise_id=ENTERPRISE, page=1, page_size=15
            )
            others = queries.list_missing_standards(
                session, enterprise_id=ids.new_id(), page=1, page_size=15
            )
            waiting = queries.list_open_tickets(session, page=1, page_size=15)
        assert own["items"] == [ticket]
        assert others["items"] == []
        assert waiting["items"] == [{**ticket, "enterprise_id": ENTERPRISE}]

    @pytest.mark.parametrize(
        ("kind", "number", "text"),
        [
            ("INDUSTRY", "JB/T1234", "JB/T 1234"),
            ("LOCAL", "DB11／501－2017", "DB11/501-2017"),
            ("GROUP", "T/ZZB 0955-2019", "T/ZZB 0955-2019"),
        ],
    )
    def test_takes_every_kind_even_without_a_year(
        self, database: Database, kind: str, number: str, text: str
    ) -> None:
        assert report(database, kind=kind, number=number)["number"] == text

    @pytest.mark.parametrize("number", ["GB/T 13456-2014", "GB/T 13456"])
    def test_says_when_it_is_not_missing(self, database: Database, number: str) -> None:
        fill(database)

        with pytest.raises(InCatalogueError) as refused:
            report(database, number=number)

        assert refused.value.params == {
            "number": "GB/T 13456-2014",
            "catalogue_id": cataloguing.catalogue_id("GB/T13456-2014"),
        }

    def test_is_made_once_at_a_time(self, database: Database) -> None:
        ticket = report(database)
        report(database, enterprise_id=ids.new_id())

        with pytest.raises(AlreadyReportedError) as refused:
            report(database, number="GB/T 13456-2014")
        resolve(database, ticket, note="没有这条标准")

        assert refused.value.params == {"ticket_id": ticket["ticket_id"]}
        assert report(database)["state"] == "OPEN"

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"number": " "}, [("/number", "standards.required")]),
            ({"number": "第一号"}, [("/number", "standards.catalogue_number_malformed")]),
            ({"number": "13456"}, [("/number", "standards.catalogue_number_malformed")]),
            ({"number": "Q/ABC 1-2014"}, [("/number", "standards.catalogue_number_malformed")]),
            ({"number": "YY/T 0316-2016"}, [("/kind", "standards.catalogue_kind_mismatch")]),
            ({"title": ""}, [("/title", "standards.required")]),
            (
                {"title": "长" * 301, "note": "长" * 201},
                [("/title", "standards.too_long"), ("/note", "standards.too_long")],
            ),
        ],
    )
    def test_names_everything_that_is_wrong(
        self, database: Database, changes: dict[str, str], expected: list[tuple[str, str]]
    ) -> None:
        with pytest.raises(ReportInvalidError) as refused:
            report(database, **changes)

        assert faults(refused) == expected


class TestResolving:
    @pytest.mark.proves("R-070", "FAQ-18")
    def test_adds_the_entry_and_tells_who_asked(self, database: Database) -> None:
        ticket = report(database)

        resolved = resolve(database, ticket, entry=ENTRY, note="已核实")

        assert (resolved["state"], resolved["resolution_note"]) == ("ADDED", "已核实")
        assert resolved["resolved_at"] is not None
        [found] = search(database, "13456", now=START)["items"]
        assert found["catalogue_id"] == resolved["catalogue_id"]
        [message] = messages(database)
        assert message["recipient"] == ASKER
        assert message["template"] == "MISSING_STANDARD_ADDED"
        assert message["values"] == {
            "number": "GB/T 13456-2014",
            "title": "示例产品通用技术条件",
        }
        with database.read() as session:
            entry = catalogue_queries.get_catalogue_standard(
                session, catalogue_id=resolved["catalogue_id"], now=START
            )
            assert queries.list_open_tickets(session, page=1, page_size=15)["total"] == 0
        assert (entry["ics"], entry["issued_by"]) == ("13.100", "国家标准化管理委员会")

    @pytest.mark.proves("R-070")
    def test_refuses_with_a_reason(self, database: Database) -> None:
        ticket = report(database)

        resolved = resolve(database, ticket, note="该标准已废止多年")

        assert (resolved["state"], resolved["catalogue_id"]) == ("REFUSED", None)
        [message] = messages(database)
        assert message["template"] == "MISSING_STANDARD_REFUSED"
        assert message["values"] == {"number": "GB/T 13456-2014", "reason": "该标准已废止多年"}
        assert search(database, "13456", now=START)["total"] == 0

    def test_answers_everybody_who_asked_for_it(self, database: Database) -> None:
        ticket = report(database)
        other = f"user:{ids.new_id()}"
        report(database, enterprise_id=ids.new_id(), subject=other, number="GB/T 13456")
        report(database, number="GB/T 99999-2014")

        resolve(database, ticket, entry=ENTRY)

        assert {message["recipient"] for message in messages(database)} == {ASKER, other}
        with database.read() as session:
            waiting = queries.list_open_tickets(session, page=1, page_size=15)
        assert [item["number"] for item in waiting["items"]] == ["GB/T 99999-2014"]

    def test_takes_the_entry_that_an_import_has_made_meanwhile(self, database: Database) -> None:
        ticket = report(database)
        fill(database)

        resolved = resolve(database, ticket, entry={**ENTRY, "title": "别的名称"})

        assert resolved["catalogue_id"] == cataloguing.catalogue_id("GB/T13456-2014")
        assert messages(database)[0]["values"]["title"] == "示例产品通用技术条件"

    def test_decides_once(self, database: Database) -> None:
        ticket = report(database)
        resolve(database, ticket, note="不存在")

        for entry in (None, ENTRY):
            with pytest.raises(models.TicketClosedError):
                resolve(database, ticket, entry=entry, note="不存在")

        assert len(messages(database)) == 1
        assert search(database, "13456", now=START)["total"] == 0

    def test_says_that_there_is_no_such_report(self, database: Database) -> None:
        with pytest.raises(TicketNotFoundError):
            resolve(database, {"ticket_id": ids.new_id()}, note="不存在")

    @pytest.mark.parametrize(
        ("entry", "note", "expected"),
        [
            (None, " ", [("/note", "standards.required")]),
            (
                {**ENTRY, "number": "GB/T 13456"},
                "",
                [("/entry/number", "standards.catalogue_number_malformed")],
            ),
            (
                {**ENTRY, "kind": "LOCAL"},
                "",
                [("/entry/kind", "standards.catalogue_kind_mismatch")],
            ),
            (
                {**ENTRY, "title": "", "issued_on": "2014-13-01", "replaced_by": "TC1"},
                "",
                [
                    ("/entry/title", "standards.required"),
                    ("/entry/replaced_by", "standards.catalogue_number_malformed"),
                    ("/entry/issued_on", "standards.date_malformed"),
                ],
            ),
            (
                {**ENTRY, "ics": "1" * 201},
                "",
                [("/entry/ics", "standards.too_long")],
            ),
            (
                {**ENTRY, "title": "\ufffd"},
                "",
                [("/entry", "standards.character_unreadable")],
            ),
        ],
    )
    def test_names_everything_that_is_wrong(
        self,
        database: Database,
        entry: dict[str, str] | None,
        note: str,
        expected: list[tuple[str, str]],
    ) -> None:
        ticket = report(database)

        with pytest.raises(ReportInvalidError) as refused:
            resolve(database, ticket, entry=entry, note=note)

        assert faults(refused) == expected
        assert messages(database) == []
