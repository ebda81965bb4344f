"""The running service: who may ask what, and what the answers look like."""

from collections.abc import Iterator
from typing import Any

import pytest

from chassis.errors import (
    ForbiddenError,
    InvalidArgumentsError,
    RemoteDomainError,
    UnauthenticatedError,
)
from chassis.testing.embedded import Embedded
from contracts.rpc import registry as promises
from services.registry import seeds
from services.registry.service import RegistryService
from tests.fakes.shapes import misfits
from tests.integration.registry.conftest import START


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder = tmp_path_factory.mktemp("registry")
    with Embedded(RegistryService, data_dir=folder) as system:
        seeds.load(system.database("registry"), system.settings["registry"], START)  # type: ignore[arg-type]
        yield system


class TestVerify:
    def test_by_a_service(self, system: Embedded) -> None:
        answer = system.client("registry").verify(**seeds.demo_applicant())

        assert answer["is_match"] is True
        known = system.client("registry").get_organization(
            organization_id=answer["organization"]["id"]
        )
        assert known == answer["organization"]
        assert misfits(answer, promises.Verification) == []

    def test_mismatch_has_the_promised_shape(self, system: Embedded) -> None:
        fields = seeds.demo_applicant() | {"address": "桓台县1号", "name": "甲"}

        answer = system.client("registry").verify(**fields)

        assert misfits(answer, promises.Verification) == []
        assert [error["hint"] for error in answer["errors"]] == [
            "registry.hint_wait_for_sync", "registry.address_province_missing",
        ]  # fmt: skip

    def test_not_by_anybody_else(self, system: Embedded) -> None:
        client = system.client("registry", as_service=None)

        with pytest.raises(UnauthenticatedError):
            client.verify(**seeds.demo_applicant())
        with pytest.raises(ForbiddenError):
            client.call(
                "verify",
                seeds.demo_applicant(),
                actor_token=system.token("user:1", roles=["OWNER"]),
            )

    @pytest.mark.parametrize("field", ["code", "name", "legal_representative", "address"])
    @pytest.mark.parametrize("value", ["", "甲" * 501, 7, None])
    def test_refuses_malformed_arguments(self, system: Embedded, field: str, value: object) -> None:
        with pytest.raises(InvalidArgumentsError) as refused:
            system.client("registry").verify(**seeds.demo_applicant() | {field: value})

        assert [error.pointer for error in refused.value.fields] == [f"/{field}"]

    def test_unknown_organization(self, system: Embedded) -> None:
        with pytest.raises(RemoteDomainError, match=r"registry\.organization_not_found"):
            system.client("registry").get_organization(
                organization_id="00000000-0000-0000-0000-000000000000"
            )


class TestDivisions:
    @pytest.mark.proves("R-037")
    def test_cascade(self, system: Embedded) -> None:
        """手册 2.1, figure: 山东省 - 淄博市 - 桓台县."""
        client = system.client("registry", as_service=None)

        provinces = client.list_divisions()["divisions"]
        counties = client.list_divisions(parent="370300")["divisions"]
        county = client.get_division(code="370321")

        assert {"code": "370000", "name": "山东省", "has_children": True} in provinces
        assert {"code": "370321", "name": "桓台县", "has_children": False} in counties
        assert county["path"] == "山东省/淄博市/桓台县"
        assert misfits(county, promises.Division) == []
        assert misfits({"divisions": counties}, promises.Divisions) == []

    def test_unknown_one(self, system: Embedded) -> None:
        with pytest.raises(RemoteDomainError, match=r"registry\.division_not_found"):
            system.client("registry").get_division(code="999999")


class TestRegions:
    @pytest.mark.proves("R-027")
    def test_only_an_operator_opens_one(self, system: Embedded) -> None:
        """手册 FAQ 8."""
        client = system.client("registry", as_service=None)
        arguments = {"region": "530100", "is_open": True}

        with pytest.raises(ForbiddenError):
            client.call(
                "set_region_open", arguments, actor_token=system.token("user:1", roles=["OWNER"])
            )
        operator = system.token("user:2", roles=["OPERATOR"])
        answer = client.call(
            "set_region_open", arguments, actor_token=operator, idempotency_key="key-00001"
        )
        again = client.call(
            "set_region_open", arguments, actor_token=operator, idempotency_key="key-00001"
        )

        assert answer == again == arguments
        listed = client.call("list_regions", actor_token=operator)
        assert misfits(listed, promises.Regions) == []
        regions = listed["regions"]
        assert {row["region"]: row["is_open"] for row in regions}["530100"] is True
        with pytest.raises(RemoteDomainError, match=r"registry\.division_invalid"):
            client.call("set_region_open", {"region": "37", "is_open": True}, actor_token=operator)

    @pytest.mark.proves("R-026", "R-027")
    def test_everybody_sees_what_is_open(self, system: Embedded) -> None:
        """手册 FAQ 8, 30."""
        answer = system.client("registry", as_service=None).list_open_regions()

        assert misfits(answer, promises.OpenRegions) == []
        shown = {row["region"]: (row["name"], row["is_open"]) for row in answer["regions"]}
        assert shown["000000"] == ("全国", True)
        assert shown["530100"][0] == "云南省昆明市"


class TestImports:
    def ask(self, system: Embedded, method: str, role: str, **arguments: Any) -> dict[str, Any]:
        client = system.client("registry", as_service=None)
        token = system.token("user:2", roles=[role])
        answer: dict[str, Any] = client.call(method, arguments, actor_token=token)
        return answer

    def test_operators_see_them_with_their_reports(self, system: Embedded) -> None:
        listed = self.ask(system, "list_imports", "OPERATOR", page=1)
        [run] = listed["imports"]
        shown = self.ask(system, "get_import", "SYSTEM_ADMIN", import_id=run["id"])
        report = self.ask(system, "get_import_report", "OPERATOR", import_id=run["id"])

        assert misfits(listed, promises.Imports) == []
        assert misfits(shown, promises.Import) == []
        assert misfits(report, promises.ImportReport) == []
        assert shown == run
        assert (run["file_name"], run["created"]) == ("organizations.csv", 18)

    @pytest.mark.proves("F27")
    def test_nobody_else_does(self, system: Embedded) -> None:
        for role in ("OWNER", "BUREAU", "AUDITOR", "SECURITY_ADMIN"):
            with pytest.raises(ForbiddenError):
                self.ask(system, "list_imports", role)
        with pytest.raises(ForbiddenError):
            self.ask(system, "get_import_report", "SYSTEM_ADMIN", import_id="0" * 36)

    def test_unknown_one(self, system: Embedded) -> None:
        with pytest.raises(RemoteDomainError, match=r"registry\.import_not_found"):
            self.ask(system, "get_import", "OPERATOR", import_id="0" * 36)
