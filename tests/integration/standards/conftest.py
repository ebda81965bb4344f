"""Use cases of standards on a real database, on both engines, at a time that tests set."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import ids
from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards import queries
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import DEFAULT_LIFE_RULES, DEFAULT_RULES
from services.standards.usecases import (
    correcting,
    drafting,
    publication,
    revising,
    uploads,
    withdrawing,
)
from services.standards.usecases.uploads import ExtractedText

START = datetime(2024, 11, 15, 2, 30, 30, tzinfo=UTC)
SUBJECT = "user:0192f000-0000-7000-8000-000000000001"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PRODUCT = {
    "name": "不锈钢真空保温杯",
    "generic_name": "保温杯",
    "barcode": "6901234567892",
    "brand": "示例",
    "specification": "500mL",
    "model": "SL-500",
    "class_code": "2106",
}


class Accepted:
    """Be the verdict of an inspection that found nothing wrong."""

    is_accepted = True
    reason = None
    pages = 3


class Refused:
    """Be the verdict of an inspection that found something."""

    is_accepted = False
    reason = "encrypted"
    pages = 0


def new_enterprise(name: str = "浙江示例器皿有限公司") -> EnterpriseSnapshot:
    """Return an enterprise of its own id and code."""
    enterprise_id = ids.new_id()
    return EnterpriseSnapshot(
        enterprise_id=enterprise_id,
        name=name,
        credit_code="91330000" + enterprise_id.replace("-", "")[-10:].upper(),
        organization_code="740545604",
        legal_representative="王明",
        address="浙江省永康市示例路1号",
        postcode="321300",
        region="330784",
    )


class Office:
    """Do what an enterprise's clerk does, one call per step."""

    def __init__(self, database: Database, enterprise: EnterpriseSnapshot) -> None:
        self.database = database
        self.enterprise = enterprise
        self.life = DEFAULT_LIFE_RULES

    @property
    def enterprise_id(self) -> str:
        """Return whose clerk it is."""
        return self.enterprise.enterprise_id

    def save(self, **changes: Any) -> dict[str, Any]:
        """Save a draft that lacks only its text."""
        keys = {"kind": "ENTERPRISE", "declaration_id": None, "expected_version": None}
        facts = {name: changes.pop(name, value) for name, value in keys.items()}
        entry = {
            "number": {"body": "3333", "year": "2014"},
            "title": "不锈钢保温杯",
            "products": [PRODUCT],
            "upload_id": None,
            **changes,
        }
        with self.database.transaction() as tx:
            return drafting.save_draft(
                tx=tx, enterprise_id=self.enterprise_id, life=self.life, entry=entry, **facts
            )

    def save_complete(self, **changes: Any) -> dict[str, Any]:
        """Save a draft that lacks nothing."""
        return self.save(upload_id=self.upload(), **changes)

    def open(self, name: str = "标准.pdf", *, lifetime: timedelta = timedelta(hours=24)) -> str:
        """Open an upload."""
        with self.database.transaction() as tx:
            opened = uploads.open_upload(
                tx=tx,
                enterprise_id=self.enterprise_id,
                subject=SUBJECT,
                file_name=name,
                size=None,
                max_bytes=1000,
                lifetime=lifetime,
            )
        return str(opened["upload_id"])

    def finish(self, upload_id: str, **changes: Any) -> dict[str, Any]:
        """Say what arrived."""
        facts = {
            "enterprise_id": self.enterprise_id,
            "subject": SUBJECT,
            "sha256": HASH,
            "size": 100,
            "max_bytes": 1000,
            **changes,
        }
        with self.database.transaction() as tx:
            return uploads.finish_upload(tx=tx, upload_id=upload_id, **facts)

    def settle(self, upload_id: str, verdict: Any = Accepted) -> None:
        """Inspect an upload."""
        with self.database.transaction() as tx:
            uploads.settle_inspection(
                tx=tx,
                upload_id=upload_id,
                verdict=verdict(),
                extracted=ExtractedText(sha256=HASH, size=10),
            )

    def upload(self, verdict: Any = Accepted) -> str:
        """Take a file through all steps."""
        upload_id = self.open()
        self.finish(upload_id)
        self.settle(upload_id, verdict)
        return upload_id

    def publish(self, draft: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Publish a draft."""
        facts = {
            "enterprise": self.enterprise,
            "rules": DEFAULT_RULES,
            "life": self.life,
            "subject": SUBJECT,
            "declaration_id": draft["declaration_id"],
            "is_committed": True,
            "expected_version": draft["version"],
            "client_address": "192.0.2.7",
            **changes,
        }
        with self.database.transaction() as tx:
            return publication.publish_declaration(tx=tx, **facts)

    def publish_new(self, **changes: Any) -> dict[str, Any]:
        """Save and publish a declaration that lacks nothing."""
        return self.publish(self.save_complete(**changes))

    def correct(self, published: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Submit what was published once more, with these changes."""
        submission = self._submission(published)
        facts = {name: changes.pop(name, value) for name, value in submission.items()}
        text, picked = published["text"], published["catalogue_id"]
        same = (
            "catalogue_id",
            "subject",
            "disclosure_mode",
            "indicators",
            "products",
            "disclosure",
        )
        entry = {
            **{name: published[name] for name in same},
            "number": {} if picked else published["number"],
            "title": "" if picked else published["title"],
            "upload_id": None if text is None else text["upload_id"],
            **changes,
        }
        facts["entry"] = entry
        with self.database.transaction() as tx:
            return correcting.correct_declaration(tx=tx, **facts)

    def add_products(
        self, published: dict[str, Any], products: Any = (PRODUCT,), **changes: Any
    ) -> dict[str, Any]:
        """Add products to what was published."""
        facts = {**self._submission(published), "products": list(products), **changes}
        with self.database.transaction() as tx:
            return correcting.add_products(tx=tx, **facts)

    def revise(self, published: dict[str, Any]) -> dict[str, Any]:
        """Begin a revision."""
        with self.database.transaction() as tx:
            return revising.begin_revision(
                tx=tx,
                enterprise_id=self.enterprise_id,
                life=self.life,
                declaration_id=published["declaration_id"],
            )

    def ask_withdrawal(self, published: dict[str, Any]) -> str:
        """Click 废止; return the token that confirms it."""
        with self.database.transaction() as tx:
            asked = withdrawing.request_withdrawal(
                tx=tx,
                enterprise_id=self.enterprise_id,
                life=self.life,
                declaration_id=published["declaration_id"],
            )
        return str(asked["confirmation_token"])

    def withdraw(self, published: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Click 废止 and 确定."""
        token = changes.pop("confirmation_token", None) or self.ask_withdrawal(published)
        answer = {"reason": "NOT_IN_USE", "note": "", "confirmation_token": token, **changes}
        with self.database.transaction() as tx:
            return withdrawing.withdraw_declaration(
                tx=tx,
                enterprise_id=self.enterprise_id,
                life=self.life,
                declaration_id=published["declaration_id"],
                **answer,
            )

    def table(
        self, state: DeclarationState = DeclarationState.PUBLISHED, **filters: Any
    ) -> dict[str, Any]:
        """Read one page of the list of published, or of unpublished ones."""
        boxes = {"title": "", "number": "", "product_name": "", "barcode": "", **filters}
        paging = {"page": boxes.pop("page", 1), "page_size": boxes.pop("page_size", 15)}
        with self.database.read() as session:
            return queries.list_own(
                session,
                enterprise_id=self.enterprise_id,
                kind=boxes.pop("kind", StandardKind.ENTERPRISE),
                state=state,
                now=self.database.clock.now(),
                rules=self.life,
                **boxes,
                **paging,
            )

    def rename(self, name: str) -> None:
        """Have the enterprise registered under another name from now on."""
        self.enterprise = replace(self.enterprise, name=name)

    def show(self, declaration_id: str) -> dict[str, Any]:
        """Open a declaration."""
        with self.database.read() as session:
            own = queries.find_own(
                session, declaration_id=declaration_id, enterprise_id=self.enterprise_id
            )
            return queries.own_view(own, now=self.database.clock.now(), rules=self.life)

    def _submission(self, published: dict[str, Any]) -> dict[str, Any]:
        return {
            "enterprise": self.enterprise,
            "rules": DEFAULT_RULES,
            "life": self.life,
            "subject": SUBJECT,
            "client_address": "192.0.2.7",
            "declaration_id": published["declaration_id"],
            "is_committed": True,
            "expected_version": published["version"],
        }

    def delete(self, draft: dict[str, Any]) -> None:
        """Delete a draft."""
        with self.database.transaction() as tx:
            drafting.delete_draft(
                tx=tx,
                enterprise_id=self.enterprise_id,
                life=self.life,
                declaration_id=draft["declaration_id"],
            )


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def database(
    new_database_url: Callable[[str | None], str], clock: VirtualClock
) -> Iterator[Database]:
    database = Database(new_database_url("standards"), service="standards", clock=clock)
    yield database
    database.close()


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database, new_enterprise())


@pytest.fixture
def other_office(database: Database) -> Office:
    return Office(database, new_enterprise("河北另一企业有限公司"))
