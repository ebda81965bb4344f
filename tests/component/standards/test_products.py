"""Product classes and sheets of products, as callers meet them; answers are as promised."""

import base64
import io
import json
import zipfile
from typing import Any

import pytest

from chassis import ids
from chassis.blobs import BlobStore, open_store
from chassis.errors import (
    DomainError,
    ForbiddenError,
    InvalidArgumentsError,
    RateLimitedError,
    RemoteDomainError,
    UnauthenticatedError,
)
from chassis.testing import Embedded
from contracts.rpc import products as contract
from services.standards.domain.product_sheets import HEADS
from services.standards.seeds.classes import load_classes
from tests.component.standards.conftest import PRODUCT, Clerk
from tests.component.standards.test_contract import fields, promised

ROW = "保温杯,,6901234567892,,,SL-500,QB020101"
SHEET = f"{','.join(HEADS.values())}\r\n{ROW}\r\n".encode()


def store(system: Embedded) -> BlobStore:
    return open_store(system.settings["standards"].storage_url)


def put(system: Embedded, content: bytes = SHEET) -> str:
    """Lay a sheet into the store, as the gateway does."""
    sheet_id = ids.new_id()
    with store(system).open_writer(f"sheets/{sheet_id}") as writer:
        writer.write(content)
        writer.commit()
    return sheet_id


def fetch(system: Embedded, key: str) -> bytes:
    return b"".join(store(system).open_reader(key))


@pytest.fixture
def anyone(system: Embedded) -> Any:
    load_classes(system.database("standards"))
    return system.client("standards", as_service=None)


class TestClasses:
    @pytest.mark.proves("R-122", "R-123")
    def test_are_open_to_everybody(self, anyone: Any) -> None:
        children = anyone.list_product_classes()
        found = anyone.search_product_classes(query="不锈钢保温杯")
        one = anyone.get_product_class(class_code=found["items"][0]["code"])

        answers = [
            (children, contract.ClassChildren),
            (children["items"][0], contract.ClassItem),
            (found, contract.ClassSearch),
            (found["items"][0], contract.FoundClass),
            (found["items"][0]["path"][0], contract.PathEntry),
        ]
        for answer, kind in answers:
            assert fields(answer) == promised(kind), kind
        assert fields(one) == {
            *promised(contract.FoundClass), *promised(contract.ProductClass), "code", "name",
            "level", "is_leaf",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("list_product_classes", {"scheme": "../x"}),
            ("list_product_classes", {"parent": "1" * 41}),
            ("search_product_classes", {"query": "杯", "limit": 101}),
            ("search_product_classes", {"query": "杯" * 101}),
            ("get_product_class", {"class_code": ""}),
            ("get_product_template", {"file_format": "pdf"}),
        ],
    )
    def test_refuse_odd_arguments(
        self, system: Embedded, method: str, arguments: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidArgumentsError):
            system.client("standards", as_service=None).call(method, arguments)

    def test_a_draft_may_name_any_class(self, clerk: Clerk, anyone: Any) -> None:
        draft = clerk.save(products=[{**PRODUCT, "class_code": "21-002"}])

        assert draft["products"][0]["class_code"] == "21-002"
        assert draft["warnings"] == []
        with pytest.raises(RemoteDomainError, match="product_class_not_found"):
            anyone.get_product_class(class_code="21-002")


class TestSheets:
    def test_say_what_they_hold(self, system: Embedded, clerk: Clerk) -> None:
        reply = clerk.ask("check_product_sheet", sheet_id=put(system))

        answer = json.loads(fetch(system, reply["answer_key"]))
        assert fields(reply) == promised(contract.CheckedSheet)
        assert fields(answer) == promised(contract.SheetAnswer)
        assert fields(answer["products"][0]) == promised(contract.Product)
        draft = clerk.save(products=answer["products"])
        assert draft["products"] == answer["products"]

    def test_say_what_is_wrong_with_them(self, system: Embedded, clerk: Clerk) -> None:
        reply = clerk.ask("check_product_sheet", sheet_id=put(system, SHEET + b"x" * 201))

        (problem,) = json.loads(fetch(system, reply["answer_key"]))["problems"]
        assert fields(problem) == promised(contract.SheetFault)
        assert (problem["row"], problem["column"]) == (3, "产品名称")

    def test_are_gone_afterwards(self, system: Embedded, clerk: Clerk) -> None:
        sheet_id = put(system)
        clerk.ask("check_product_sheet", sheet_id=sheet_id)

        with pytest.raises(RemoteDomainError, match="sheet_not_found"):
            clerk.ask("check_product_sheet", sheet_id=sheet_id)

    @pytest.mark.parametrize(
        "sheet_id", ["", "../uploads/x", "0192F000-0000-7000-8000-000000000001"]
    )
    def test_are_named_by_an_id_only(self, clerk: Clerk, sheet_id: str) -> None:
        with pytest.raises(InvalidArgumentsError):
            clerk.ask("check_product_sheet", sheet_id=sheet_id)

    def test_are_counted(self, system: Embedded, clerk: Clerk) -> None:
        limit = system.settings["standards"].uploads_per_hour
        for _ in range(limit):
            with pytest.raises(RemoteDomainError):
                clerk.ask("check_product_sheet", sheet_id=ids.new_id())

        with pytest.raises(RateLimitedError):
            clerk.ask("check_product_sheet", sheet_id=ids.new_id())

    @pytest.mark.parametrize("file_format", ["xlsx", "csv"])
    def test_go_out_and_come_back(self, system: Embedded, clerk: Clerk, file_format: str) -> None:
        draft = clerk.save(products=[PRODUCT, {"name": "=1+1", "model": "-5"}])

        exported = clerk.ask(
            "export_products", declaration_id=draft["declaration_id"], file_format=file_format
        )
        again = put(system, fetch(system, exported["key"]))
        reply = clerk.ask("check_product_sheet", sheet_id=again)

        answer = json.loads(fetch(system, reply["answer_key"]))
        assert fields(exported) == promised(contract.SheetExport)
        assert answer["products"] == draft["products"]
        assert {warning["code"] for warning in answer["warnings"]} == {"standards.required"}

    def test_template_lists_the_classes(self, anyone: Any) -> None:
        reply = anyone.get_product_template()

        assert fields(reply) == promised(contract.ProductTemplate)
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(reply["content_base64"]))) as archive:
            texts = archive.read("xl/sharedStrings.xml").decode()
        assert "日用品 / 餐厨用具 / 保温杯和保温壶" in texts
        text = base64.b64decode(anyone.get_product_template(file_format="csv")["content_base64"])
        assert text.decode("utf-8-sig").startswith('"产品名称"')

    def test_template_needs_no_classes(self, system: Embedded) -> None:
        reply = system.client("standards", as_service=None).get_product_template()

        assert base64.b64decode(reply["content_base64"]).startswith(b"PK")


class TestRights:
    @pytest.mark.proves("F9")
    def test_products_of_others_are_not_there(self, system: Embedded, clerk: Clerk) -> None:
        draft = clerk.save()
        stranger = Clerk(system, ids.new_id())

        with pytest.raises(RemoteDomainError, match=r"standards\.not_found"):
            stranger.ask("export_products", declaration_id=draft["declaration_id"])

    def test_who_only_reads_checks_no_sheets(self, system: Embedded, clerk: Clerk) -> None:
        viewer = Clerk(system, clerk.enterprise_id, roles=("VIEWER",))
        draft = clerk.save()

        assert viewer.ask("export_products", declaration_id=draft["declaration_id"])["size"]
        with pytest.raises(ForbiddenError):
            viewer.ask("check_product_sheet", sheet_id=put(system))

    def test_nobody_gets_nothing(self, system: Embedded) -> None:
        nobody = system.client("standards", as_service=None)

        for method in ("check_product_sheet", "export_products"):
            with pytest.raises(UnauthenticatedError):
                nobody.call(method, {})

    def test_staff_belongs_to_no_enterprise(self, system: Embedded) -> None:
        token = system.token("user:0192f000-0000-7000-8000-000000000001", roles=("OWNER",))

        with pytest.raises(DomainError, match="forbidden"):
            system.client("standards", as_service=None).call(
                "check_product_sheet", {"sheet_id": put(system)}, actor_token=token
            )
