"""Events in, marks and an event out, as the services around standards see it (FAQ 16, 31, 36)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chassis import ids
from chassis.clock import SystemClock
from chassis.config import CommonSettings
from chassis.errors import RemoteDomainError
from chassis.handlers import Delivery, on_command
from chassis.rpc import RpcProxy, rpc
from chassis.service import Service
from chassis.testing import Embedded
from contracts.events import (
    ENTERPRISE_REFRESHED,
    NOTE_AUDIT_HEAD,
    ORGANIZATION_DEREGISTERED,
    ORGANIZATION_UPDATED,
    TEXT_OWNERS,
    EventType,
)
from contracts.rpc import reviews as contract
from services.accounts.config import Settings as AccountsSettings
from services.registry.config import Settings as RegistrySettings
from services.search.service import SearchService
from services.standards.service import StandardsService
from tests.component.standards.conftest import NAME, Clerk

AT = "2026-03-02T01:30:00.000Z"
RENAMED = "浙江新名器皿有限公司"
ORGANIZATION = ids.new_id()


@dataclass
class Register:
    """Hold what the fake accounts states of every enterprise."""

    name: str = NAME
    sequence: int = 1
    texted: list[str] = field(default_factory=list)


REGISTER = Register()


class FakeAccounts(Service):
    """Know every enterprise by the same name, which can change."""

    name = "accounts"
    settings_class: ClassVar[type[CommonSettings]] = AccountsSettings

    @rpc(roles=("SERVICE",))
    def get_enterprise(self, *, enterprise_id: str) -> dict[str, Any]:
        """Return a profile."""
        return {
            "enterprise_id": enterprise_id,
            "name": REGISTER.name,
            "credit_code": credit_code(enterprise_id),
            "organization_code": "740545604",
            "legal_representative": "王明",
            "address": "浙江省永康市示例路1号",
            "postcode": "321300",
            "region": "330784",
        }

    @rpc(roles=("SERVICE",), idempotent=True)
    def get_public_profile(self, *, enterprise_id: str) -> dict[str, Any]:
        """Return a profile and its version."""
        profile = self.get_enterprise(enterprise_id=enterprise_id)
        return {**profile, "sequence": REGISTER.sequence}

    @on_command(NOTE_AUDIT_HEAD)
    def handle_note_audit_head(self, delivery: Delivery) -> None:
        """Take what every service sends by itself: what nobody takes never becomes idle."""

    @on_command(TEXT_OWNERS)
    def handle_text_owners(self, delivery: Delivery) -> None:
        """Note whose owners were to be told."""
        REGISTER.texted.append(str(delivery.event.data["enterprise_id"]))


class FakeRegistry(Service):
    """Announce what becomes of organisations."""

    name = "registry"
    settings_class: ClassVar[type[CommonSettings]] = RegistrySettings

    @rpc(public=True)
    def list_divisions(self, *, parent: str = "") -> dict[str, Any]:
        """Return none."""
        return {"divisions": [], "parent": parent}


def credit_code(enterprise_id: str) -> str:
    """Return the code of an enterprise; it has the form of one."""
    digits = str(int(enterprise_id.replace("-", ""), 16))[-10:]
    return f"91330000{digits}"


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    REGISTER.name, REGISTER.sequence = NAME, 1
    REGISTER.texted.clear()
    services = (SearchService, FakeAccounts, FakeRegistry, StandardsService)
    offset = tmp_path / "clock-offset"
    offset.write_text("0", encoding="ascii")
    with Embedded(*services, data_dir=tmp_path, clock=SystemClock(offset)) as running:
        yield running


@pytest.fixture
def anyone(system: Embedded) -> RpcProxy:
    return system.client("search", as_service=None)


@pytest.fixture
def published(clerk: Clerk, system: Embedded) -> dict[str, Any]:
    draft = clerk.save(upload_id=clerk.upload()["upload_id"])
    result = clerk.publish(draft)
    system.wait_idle()
    return result


def announce(
    system: Embedded, event: EventType, *, subject: str, sequence: int, data: dict[str, Any]
) -> None:
    with system.database(event.source).transaction() as tx:
        tx.emit(event, subject=subject, sequence=sequence, data=data)
    system.wait_idle()


def deregister(system: Embedded, clerk: Clerk, *, sequence: int) -> None:
    data = {
        "organization_id": ORGANIZATION,
        "credit_code": credit_code(clerk.enterprise_id),
        "organization_code": "740545604",
        "name": NAME,
        "region": "330784",
        "synced_at": AT,
    }
    announce(system, ORGANIZATION_DEREGISTERED, subject=ORGANIZATION, sequence=sequence, data=data)


def update(system: Embedded, clerk: Clerk, *, sequence: int, changed: str, status: str) -> None:
    data = {
        "organization_id": ORGANIZATION,
        "credit_code": credit_code(clerk.enterprise_id),
        "organization_code": "740545604",
        "name": NAME,
        "region": "330784",
        "status": status,
        "changed": [changed],
        "synced_at": AT,
    }
    announce(system, ORGANIZATION_UPDATED, subject=ORGANIZATION, sequence=sequence, data=data)


def refresh(system: Embedded, clerk: Clerk, name: str) -> None:
    REGISTER.name, REGISTER.sequence = name, REGISTER.sequence + 1
    data = {
        "enterprise_id": clerk.enterprise_id,
        "organization_id": ORGANIZATION,
        "name": name,
        "region": "330784",
        "changed": ["name"],
        "refreshed_at": AT,
    }
    announce(
        system,
        ENTERPRISE_REFRESHED,
        subject=clerk.enterprise_id,
        sequence=REGISTER.sequence,
        data=data,
    )


def marked(system: Embedded) -> list[tuple[int, list[str]]]:
    """Return sequence and kinds of each public event about marks."""
    log = system.client("standards", as_service=None).list_events()["items"]
    return [
        (event["sequence"], [mark["kind"] for mark in event["data"]["marks"]])
        for event in log
        if event["type"] == "cn.qibiao.declaration.marked.v1"
    ]


def kinds(anyone: RpcProxy, published: dict[str, Any]) -> list[str]:
    """Return what the index shows."""
    document = anyone.get_document(record_number=published["record_number"])
    return [mark["kind"] for mark in document["marks"]]


class TestOrganizationDeregistered:
    def test_marks_and_unmarks_what_the_public_sees(
        self, system: Embedded, clerk: Clerk, anyone: RpcProxy, published: dict[str, Any]
    ) -> None:
        deregister(system, clerk, sequence=2)
        update(system, clerk, sequence=2, changed="status", status="DEREGISTERED")
        gone = kinds(anyone, published)
        update(system, clerk, sequence=3, changed="address", status="DEREGISTERED")
        update(system, clerk, sequence=4, changed="status", status="ACTIVE")
        deregister(system, clerk, sequence=2)

        assert gone == ["ENTERPRISE_DEREGISTERED"]
        assert kinds(anyone, published) == []
        assert marked(system) == [(2, ["ENTERPRISE_DEREGISTERED"]), (3, [])]


class TestEnterpriseRefreshed:
    @pytest.mark.proves("R-148", "R-079", "R-080", "C6")
    def test_marks_the_record_that_says_otherwise(
        self, system: Embedded, clerk: Clerk, anyone: RpcProxy, published: dict[str, Any]
    ) -> None:
        """FAQ 16, FAQ 31: 已发布的标准不会变更."""
        refresh(system, clerk, RENAMED)
        upload = clerk.upload()["upload_id"]
        second = clerk.publish(
            clerk.save(upload_id=upload, number={"body": "4444", "year": "2024"})
        )
        system.wait_idle()

        assert kinds(anyone, published) == ["ENTERPRISE_CHANGED"]
        assert kinds(anyone, second) == []
        old, new = (
            anyone.get_document(record_number=record["record_number"])
            for record in (published, second)
        )
        assert old["document"]["enterprise"]["name"] == NAME
        assert new["document"]["enterprise"]["name"] == RENAMED
        assert marked(system) == [(2, ["ENTERPRISE_CHANGED"])]
        owner = system.client("standards", as_service=None)
        shown = owner.get_public_declaration(record_number=published["record_number"])
        assert shown["marks"] == old["marks"]

    def test_the_mark_goes_when_the_record_is_corrected(
        self, system: Embedded, clerk: Clerk, anyone: RpcProxy, published: dict[str, Any]
    ) -> None:
        """手册 5.4."""
        refresh(system, clerk, RENAMED)
        correction: dict[str, Any] = {
            name: published[name] for name in ("declaration_id", "title", "products")
        }
        clerk.ask(
            "correct_declaration",
            **correction,
            number={name: published["number"][name] for name in ("body", "year")},
            upload_id=published["text"]["upload_id"],
            is_committed=True,
            expected_version=published["version"],
        )
        system.wait_idle()

        assert kinds(anyone, published) == []
        assert marked(system) == [(2, ["ENTERPRISE_CHANGED"]), (4, [])]


class TestReviews:
    @pytest.mark.proves("R-205", "R-206")
    def test_are_asked_and_answered(
        self,
        system: Embedded,
        clerk: Clerk,
        anyone: RpcProxy,
        published: dict[str, Any],
        tmp_path: Path,
    ) -> None:
        """手册 FAQ 36."""
        question = {"declaration_id": published["declaration_id"], "answer": "CONTINUE"}
        with pytest.raises(RemoteDomainError) as early:
            clerk.ask("answer_review", **question)
        (tmp_path / "clock-offset").write_text(str(731 * 86_400), encoding="ascii")

        system.wait_until(
            lambda: clerk.ask("list_due_reviews")["items"][0]["times_asked"] == 1, seconds=30
        )
        page = clerk.ask("list_due_reviews")
        answers = [clerk.ask("answer_review", key="once", **question) for _ in range(2)]
        # Nobody here takes the commands to notify: it never becomes idle.
        system.wait_until(lambda: kinds(anyone, published) != [])

        assert early.value.wire_code == "standards.review_not_due"
        assert answers[0] == answers[1]
        system.wait_until(lambda: REGISTER.texted == [clerk.enterprise_id])
        assert kinds(anyone, published) == ["IN_USE_CONFIRMED"]
        assert marked(system) == [(2, ["IN_USE_CONFIRMED"])]
        assert clerk.ask("list_due_reviews")["total"] == 0
        for answer, kind in (
            (page, contract.DueReviewPage),
            (page["items"][0], contract.DueReview),
            (answers[0], contract.AnsweredReview),
        ):
            assert set(answer) == set(kind.__annotations__)  # type: ignore[attr-defined] # a TypedDict

    def test_are_answered_by_those_who_may(
        self, system: Embedded, clerk: Clerk, published: dict[str, Any]
    ) -> None:
        viewer = Clerk(system, clerk.enterprise_id, roles=("VIEWER",))

        assert viewer.ask("list_due_reviews")["items"] == []
        with pytest.raises(Exception, match="forbidden"):
            viewer.ask(
                "answer_review", declaration_id=published["declaration_id"], answer="CONTINUE"
            )
