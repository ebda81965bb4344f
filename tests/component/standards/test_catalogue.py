"""The catalogue of a running service: rights, answers as promised, messages that arrive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import ids
from chassis.errors import DomainError
from chassis.testing import Embedded
from chassis.uow import Database
from contracts.rpc import catalogue as contract
from services.notify.service import NotifyService
from services.standards.seeds.catalogue import load_catalogue
from services.standards.service import StandardsService
from services.standards.service.catalogue import REPORTS_PER_DAY
from tests.component.standards.conftest import Clerk, FakeAccounts
from tests.component.standards.test_contract import fields, promised

REPORT = {"kind": "NATIONAL", "number": "GB/T 99999-2014", "title": "示例产品", "note": "查询不到"}
ENTRY = {"kind": "NATIONAL", "number": "GB/T 99999-2014", "title": "示例产品"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(NotifyService, FakeAccounts, StandardsService, data_dir=tmp_path) as running:
        url = running.settings["standards"].database_url
        database = Database(url, service="standards", clock=running.clock)
        load_catalogue(database)
        database.close()
        yield running


@pytest.fixture
def operator(system: Embedded) -> Clerk:
    return Clerk(system, "", ("OPERATOR",))


def code_of(error: Any) -> str:
    return str(error.value.wire_code)


class TestSearch:
    @pytest.mark.proves("R-067", "R-068")
    @pytest.mark.parametrize("role", ["OWNER", "FILER", "VIEWER", "OPERATOR", "BUREAU"])
    def test_everybody_who_works_with_it_finds_the_standard(
        self, system: Embedded, role: str
    ) -> None:
        clerk = Clerk(system, ids.new_id(), (role,))

        found = clerk.ask("search_catalogue", kind="NATIONAL", text="13456")
        entry = clerk.ask("get_catalogue_standard", catalogue_id=found["items"][0]["catalogue_id"])

        assert [item["number"] for item in found["items"]] == ["GB 13456-2012", "GB 13456-1992"]
        assert entry["replaces"][0]["number"] == "GB 13456-1992"

    @pytest.mark.parametrize(
        "arguments", [{"kind": "ENTERPRISE"}, {}, {"kind": "LOCAL", "page": 0}]
    )
    def test_other_questions_are_refused(self, clerk: Clerk, arguments: dict[str, Any]) -> None:
        with pytest.raises(DomainError) as refused:
            clerk.ask("search_catalogue", **arguments)

        assert code_of(refused) == "bus.invalid_arguments"

    @pytest.mark.proves("R-066", "FAQ-33")
    def test_no_method_gives_a_text_of_an_entry(self, clerk: Clerk) -> None:
        found = clerk.ask("search_catalogue", kind="LOCAL", text="大气污染物")
        entry = clerk.ask("get_catalogue_standard", catalogue_id=found["items"][0]["catalogue_id"])

        assert not {"text", "document", "key", "file_name", "url"} & set(entry)


class TestTickets:
    @pytest.mark.proves("R-070")
    def test_the_answer_lies_in_the_inbox_of_who_asked(
        self, system: Embedded, clerk: Clerk, operator: Clerk
    ) -> None:
        key = ids.new_id()
        ticket = clerk.ask("report_missing_standard", key=key, **REPORT)
        again = clerk.ask("report_missing_standard", key=key, **REPORT)
        [waiting] = operator.ask("list_open_tickets")["items"]

        operator.ask("resolve_ticket", ticket_id=waiting["ticket_id"], entry=ENTRY)

        assert again == ticket
        system.wait_idle()
        token = system.token(
            "user:0192f000-0000-7000-8000-000000000001",
            enterprise_id=clerk.enterprise_id,
            roles=("OWNER",),
        )
        inbox = system.client("notify", as_service=None).call(
            "list_messages", {}, actor_token=token
        )
        [message] = inbox["items"]
        assert message["title"] == "反馈的标准已加入目录"
        assert "GB/T 99999-2014《示例产品》" in message["body"]
        [own] = clerk.ask("list_missing_standards")["items"]
        assert own["state"] == "ADDED"
        assert clerk.ask("search_catalogue", kind="NATIONAL", text="99999")["total"] == 1

    def test_one_enterprise_reports_only_so_many_a_day(self, clerk: Clerk) -> None:
        for number in range(REPORTS_PER_DAY):
            clerk.ask(
                "report_missing_standard", **{**REPORT, "number": f"GB {90000 + number}-2014"}
            )

        with pytest.raises(DomainError) as refused:
            clerk.ask("report_missing_standard", **REPORT)

        assert code_of(refused) == "bus.rate_limited"

    @pytest.mark.parametrize(
        ("role", "method"),
        [
            ("VIEWER", "report_missing_standard"),
            ("OWNER", "list_open_tickets"),
            ("BUREAU", "resolve_ticket"),
            ("OWNER", "list_catalogue_imports"),
            ("OPERATOR", "list_missing_standards"),
        ],
    )
    def test_others_may_not(self, system: Embedded, role: str, method: str) -> None:
        with pytest.raises(DomainError) as refused:
            Clerk(system, ids.new_id(), (role,)).ask(method)

        assert code_of(refused) == "bus.forbidden"


class TestAnswers:
    def test_are_as_promised(self, clerk: Clerk, operator: Clerk) -> None:
        page = clerk.ask("search_catalogue", kind="NATIONAL", text="GB/T 1.1-2009")
        hinted = clerk.ask("search_catalogue", kind="LOCAL", text="口罩")
        newest = clerk.ask("search_catalogue", kind="NATIONAL", text="GB/T 1.1-2020")["items"][0]
        entry = clerk.ask("get_catalogue_standard", catalogue_id=newest["catalogue_id"])
        ticket = clerk.ask("report_missing_standard", **REPORT)
        tickets = operator.ask("list_open_tickets")
        own = clerk.ask("list_missing_standards")
        imports = operator.ask("list_catalogue_imports")
        report = operator.ask(
            "get_catalogue_import_report", import_id=imports["items"][0]["import_id"]
        )
        refused = operator.ask("resolve_ticket", ticket_id=ticket["ticket_id"], note="不存在")

        answers = [
            (page, contract.CataloguePage),
            (page["items"][0], contract.CatalogueRow),
            (page["items"][0]["replaced_by"], contract.Successor),
            (hinted["other_kinds"][0], contract.OtherKind),
            (entry, contract.CatalogueStandard),
            (entry["replaces"][0], contract.Predecessor),
            (ticket, contract.MissingStandard),
            (refused, contract.MissingStandard),
            (tickets, contract.TicketPage),
            (tickets["items"][0], contract.Ticket),
            (own, contract.MissingStandardPage),
            (own["items"][0], contract.MissingStandard),
            (imports, contract.CatalogueImportPage),
            (imports["items"][0], contract.CatalogueImport),
            (report, contract.CatalogueImportReport),
        ]
        for answer, kind in answers:
            assert fields(answer) == promised(kind), kind
        assert report["csv"] == "\ufeff行号,字段,原因\r\n"
