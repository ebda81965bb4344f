"""The service as its callers meet it: drafts, uploads, publications, the public, the log."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from chassis import ids
from chassis.blobs import open_store
from chassis.errors import (
    DomainError,
    ForbiddenError,
    IdempotencyMismatchError,
    InvalidArgumentsError,
    UnauthenticatedError,
)
from services.standards import seeds
from tests.component.standards.conftest import NAME, Clerk

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Embedded


def code_of(refused: "Callable[[], object]") -> str:
    with pytest.raises(DomainError) as caught:
        refused()
    return caught.value.wire_code


class TestJourney:
    @pytest.mark.proves("R-072", "R-073", "R-094", "R-098", "R-210", "R-213")
    def test_from_file_to_public_page(self, system: "Embedded", clerk: Clerk) -> None:
        """手册 4.1: upload, save, commit, submit; then anyone finds and opens it."""
        upload = clerk.upload()
        draft = clerk.save(upload_id=upload["upload_id"])
        commitment = clerk.ask("preview_commitment", declaration_id=draft["declaration_id"])
        template = clerk.ask("get_commitment_template", kind="ENTERPRISE")

        published = clerk.publish(draft)
        system.wait_idle()

        anyone = system.client("search", as_service=None)
        for query in ("不锈钢真空", NAME, "3333", "保温效能"):
            (hit,) = anyone.search_declarations(query=query)["items"]
            assert hit["record_number"] == published["record_number"]
        found = anyone.get_document(record_number=published["record_number"])
        assert found["document"]["commitment"] == commitment
        names = {"number": draft["number_text"], "title": draft["title"]}
        filled = template["text"].format(enterprise=template["enterprise"], **names)
        assert (template["template_version"], filled) == tuple(commitment.values())
        text = system.client("standards", as_service=None).get_public_text(
            record_number=published["record_number"]
        )
        store = open_store(system.settings["standards"].storage_url)
        assert b"".join(store.open_reader(text["key"])) == seeds.demo_text()
        assert text["sha256"] == hashlib.sha256(seeds.demo_text()).hexdigest()

    @pytest.mark.proves("R-215", "R-074", "R-099")
    def test_shows_nothing_of_a_draft(self, system: "Embedded", clerk: Clerk) -> None:
        upload = clerk.upload()
        clerk.save(upload_id=upload["upload_id"])
        system.wait_idle()

        anyone = system.client("search", as_service=None)
        assert anyone.search_declarations(query="3333")["total"] == 0
        assert system.client("standards").list_events()["items"] == []

    @pytest.mark.proves("R-143")
    def test_moves_from_one_table_to_the_other(self, clerk: Clerk) -> None:
        """手册 FAQ 26."""

        def tables() -> list[int]:
            return [
                clerk.ask("list_declarations", kind="ENTERPRISE", state=state)["total"]
                for state in ("DRAFT", "PUBLISHED")
            ]

        draft = clerk.save(upload_id=clerk.upload()["upload_id"])
        before = tables()
        clerk.publish(draft)

        assert (before, tables()) == ([1, 0], [0, 1])


class TestRights:
    @pytest.mark.proves("F9")
    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("get_declaration", {}),
            ("delete_draft", {}),
            ("preview_commitment", {}),
            ("publish_declaration", {"is_committed": True, "expected_version": 1}),
        ],
    )
    def test_do_not_reach_other_enterprises(
        self, system: "Embedded", clerk: Clerk, method: str, arguments: dict[str, Any]
    ) -> None:
        draft = clerk.save()
        stranger = Clerk(system, ids.new_id())

        def reach() -> object:
            return stranger.ask(method, declaration_id=draft["declaration_id"], **arguments)

        assert code_of(reach) == "standards.not_found"

    @pytest.mark.proves("F9")
    def test_let_viewers_only_look(self, system: "Embedded", clerk: Clerk) -> None:
        draft = clerk.save()
        viewer = Clerk(system, clerk.enterprise_id, roles=("VIEWER",))

        seen = viewer.ask("get_declaration", declaration_id=draft["declaration_id"])

        assert seen["title"] == draft["title"]
        for refused in (viewer.save, lambda: viewer.publish(draft), viewer.upload):
            with pytest.raises(ForbiddenError):
                refused()

    @pytest.mark.parametrize("roles", [("BUREAU",), ("OPERATOR",), ("AUDITOR",)])
    def test_are_the_enterprises_own(self, system: "Embedded", roles: tuple[str, ...]) -> None:
        with pytest.raises(ForbiddenError):
            Clerk(system, ids.new_id(), roles=roles).ask("list_declarations", kind="ENTERPRISE")

    def test_need_somebody(self, system: "Embedded") -> None:
        with pytest.raises(UnauthenticatedError):
            system.client("standards", as_service=None).list_declarations(kind="ENTERPRISE")


class TestIdempotency:
    @pytest.mark.proves("B3")
    def test_gives_the_same_answer_again(self, clerk: Clerk) -> None:
        first = clerk.ask("save_draft", key="key-1", **_draft())

        assert clerk.ask("save_draft", key="key-1", **_draft()) == first
        with pytest.raises(IdempotencyMismatchError):
            clerk.ask("save_draft", key="key-1", **_draft(title="别的"))

    @pytest.mark.proves("B3")
    def test_publishes_once(self, system: "Embedded", clerk: Clerk) -> None:
        draft = clerk.save(upload_id=clerk.upload()["upload_id"])

        first = clerk.publish(draft, key="key-2")
        again = clerk.publish(draft, key="key-2")
        system.wait_idle()

        assert first == again
        assert len(system.client("standards").list_events()["items"]) == 1


class TestArguments:
    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "OTHER"},
            {"number": "Q/1-2014"},
            {"number": {"body": 1, "year": "2014"}},
            {"products": [{"name": "杯", "enterprise_id": "x"}]},
            {"products": "杯"},
            {"title": 7},
            {"expected_version": "1"},
            {"title": "标" * 5_000},
        ],
    )
    def test_are_checked(self, clerk: Clerk, change: dict[str, Any]) -> None:
        with pytest.raises(InvalidArgumentsError):
            clerk.ask("save_draft", **_draft(**change))

    @pytest.mark.parametrize("name", ["state", "enterprise_id", "published_at", "record_number"])
    def test_take_nothing_more(self, clerk: Clerk, name: str) -> None:
        with pytest.raises(InvalidArgumentsError):
            clerk.ask("save_draft", **_draft(), **{name: "x"})

    def test_name_every_faulty_field(self, clerk: Clerk) -> None:
        with pytest.raises(DomainError) as caught:
            clerk.save(title="", number={"body": "1", "year": "15"})

        assert caught.value.wire_code == "standards.invalid"
        assert {field.pointer for field in caught.value.fields} == {"/title", "/number/year"}


class TestUploads:
    @pytest.mark.proves("R-094", "R-095")
    @pytest.mark.parametrize(
        ("body", "name", "reason"),
        [
            (b"PK\x03\x04 docx", "标准.docx", "not_pdf"),
            (b"MZ\x90\x00", "标准.pdf", "not_pdf"),
            (b"%PDF-1.7\n%%EOF\n", "标准.pdf", None),
        ],
    )
    def test_refuse_what_is_no_pdf(
        self, clerk: Clerk, body: bytes, name: str, reason: str | None
    ) -> None:
        """手册 4.1(2): 仅支持 pdf 格式的."""
        upload = clerk.upload(body, name)

        assert upload["state"] == "REFUSED"
        assert reason is None or upload["reason"] == reason
        assert upload["reason_text"]

    def test_do_not_believe_a_size(self, clerk: Clerk) -> None:
        opened = clerk.ask("open_upload", file_name="a.pdf")

        def finish() -> object:
            return clerk.ask(
                "finish_upload", upload_id=opened["upload_id"], sha256="0" * 64, size=5
            )

        assert code_of(finish) == "standards.upload_mismatch"

    def test_do_not_believe_a_hash(self, system: "Embedded", clerk: Clerk) -> None:
        opened = clerk.ask("open_upload", file_name="a.pdf")
        content = seeds.demo_text()
        store = open_store(system.settings["standards"].storage_url)
        with store.open_writer(opened["key"]) as writer:
            writer.write(content)
            writer.commit()
        clerk.ask(
            "finish_upload", upload_id=opened["upload_id"], sha256="0" * 64, size=len(content)
        )

        system.wait_until(
            lambda: clerk.state_of(opened["upload_id"])["state"] != "INSPECTING", seconds=30
        )

        assert clerk.state_of(opened["upload_id"])["reason"] == "damaged"

    def test_belong_to_one_enterprise(self, system: "Embedded", clerk: Clerk) -> None:
        upload = clerk.upload()
        stranger = Clerk(system, ids.new_id())

        assert code_of(lambda: stranger.state_of(upload["upload_id"])) == (
            "standards.upload_not_found"
        )
        assert code_of(lambda: stranger.save(upload_id=upload["upload_id"])) == "standards.invalid"


class TestPublicLog:
    def test_is_numbered_without_a_gap(self, system: "Embedded", clerk: Clerk) -> None:
        for body in ("1", "2", "3"):
            upload = clerk.upload()
            number = {"body": body, "year": "2014"}
            clerk.publish(clerk.save(number=number, upload_id=upload["upload_id"]))
        system.wait_idle()

        log = system.client("standards", as_service=None).list_events(after=1)

        assert [event["position"] for event in log["items"]] == [2, 3]
        version = system.client("standards", as_service=None).get_version(
            declaration_id=log["items"][0]["subject"], version=log["items"][0]["sequence"]
        )
        assert version["sha256"] == log["items"][0]["data"]["document_sha256"]
        assert json.loads(version["document"])["record_number"] == version["record_number"]

    def test_can_be_rebuilt_from(self, system: "Embedded", clerk: Clerk) -> None:
        published = clerk.publish(clerk.save(upload_id=clerk.upload()["upload_id"]))

        page = system.client("standards").scan_versions()

        assert [item["record_number"] for item in page["items"]] == [published["record_number"]]
        with pytest.raises(UnauthenticatedError):
            system.client("standards", as_service=None).scan_versions()


def _draft(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "ENTERPRISE",
        "number": {"body": "3333", "year": "2014"},
        "title": "保温杯",
        "products": [],
        **changes,
    }
