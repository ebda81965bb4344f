"""Random steps of two enterprises against a small model of what must be true."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from chassis import migrate
from chassis.clock import VirtualClock
from chassis.errors import StaleError
from chassis.tables import outbox
from chassis.uow import Database
from services.standards import models, queries
from services.standards.domain.numbering import compose_number
from services.standards.usecases.faults import InvalidDraftError
from services.standards.usecases.numbers import AlreadyExistsError
from services.standards.usecases.versioning import NotPublishableError
from tests.integration.standards.conftest import PRODUCT, Office, new_enterprise

BODIES = st.sampled_from(["1", "2", "A 1", "a1", "３"])
OFFICES = st.integers(0, 1)
PRODUCTS = st.sampled_from([[], [PRODUCT], [PRODUCT, {**PRODUCT, "model": ""}]])


class Declarations(RuleBasedStateMachine):
    """Save, change, publish and delete; compare with dictionaries after each step."""

    drafts = Bundle("drafts")
    uploads = Bundle("uploads")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="states-")
        url = migrate.copy_sqlite(
            migrate.sqlite_template("standards"), Path(self.folder.name) / "standards.db"
        )
        self.clock = VirtualClock(datetime(2024, 1, 1, tzinfo=UTC))
        self.database = Database(url, service="standards", clock=self.clock)
        self.offices = [Office(self.database, new_enterprise()) for _ in range(2)]
        # By declaration: whose it is, its number, its state, whether it can be published.
        self.model: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        self.clock.advance(timedelta(seconds=1))

    @rule(target=uploads, office=OFFICES, is_good=st.booleans())
    def upload(self, office: int, *, is_good: bool) -> tuple[int, str, bool]:
        clerk = self.offices[office]
        if is_good:
            return office, clerk.upload(), True
        upload_id = clerk.open()
        clerk.finish(upload_id)
        return office, upload_id, False

    @rule(target=drafts, office=OFFICES, body=BODIES, products=PRODUCTS, file=uploads)
    def save(self, office: int, body: str, products: list[Any], file: Any) -> Any:
        return self._save(office, body, products, file, None)

    @rule(draft=drafts, body=BODIES, products=PRODUCTS, file=uploads)
    def change(self, draft: str, body: str, products: list[Any], file: Any) -> None:
        self._save(self.model[draft]["office"], body, products, file, draft)

    @rule(draft=drafts, is_committed=st.booleans(), is_stale=st.booleans())
    def publish(self, draft: str, *, is_committed: bool, is_stale: bool) -> None:
        known = self.model[draft]
        clerk = self.offices[known["office"]]
        view = {"declaration_id": draft, "version": known["version"] - is_stale}
        expected: type[Exception] | None = None
        if known["state"] == "PUBLISHED":
            expected = models.AlreadyPublishedError
        elif known["state"] == "GONE":
            expected = queries.NotFoundError
        elif is_stale:
            expected = StaleError
        elif not (known["is_complete"] and is_committed):
            expected = NotPublishableError
        if expected is not None:
            with pytest.raises(expected):
                clerk.publish(view, is_committed=is_committed)
            return
        published = clerk.publish(view, is_committed=is_committed)
        known.update(state="PUBLISHED", version=published["version"])

    @rule(draft=drafts)
    def delete(self, draft: str) -> None:
        known = self.model[draft]
        clerk = self.offices[known["office"]]
        expected: type[Exception] | None = None
        if known["state"] == "PUBLISHED":
            expected = models.PublishedNotDeletableError
        elif known["state"] == "GONE":
            expected = queries.NotFoundError
        if expected is not None:
            with pytest.raises(expected):
                clerk.delete({"declaration_id": draft})
            return
        clerk.delete({"declaration_id": draft})
        known["state"] = "GONE"

    @rule(draft=drafts)
    def reach_from_outside(self, draft: str) -> None:
        stranger = self.offices[1 - self.model[draft]["office"]]

        with pytest.raises(queries.NotFoundError):
            stranger.delete({"declaration_id": draft})

    @rule(draft=consumes(drafts), hours=st.integers(1, 30))
    def let_time_pass(self, draft: str, hours: int) -> None:
        del draft
        self.clock.advance(timedelta(hours=hours))

    @invariant()
    def rows_are_as_in_the_model(self) -> None:
        with self.database.read() as session:
            rows = {row.id: row for row in session.scalars(sa.select(models.Declaration))}
            claims = session.execute(sa.select(models.NumberClaim.declaration_id)).scalars().all()
            events = session.scalar(sa.select(sa.func.count()).select_from(outbox))
            versions = session.scalar(sa.select(sa.func.count()).select_from(models.Version))
        alive = {key: known for key, known in self.model.items() if known["state"] != "GONE"}
        assert {key: row.state for key, row in rows.items()} == {
            key: known["state"] for key, known in alive.items()
        }
        assert sorted(claims) == sorted(alive)
        published = sum(known["state"] == "PUBLISHED" for known in alive.values())
        assert events == versions == published

    def _save(
        self, office: int, body: str, products: list[Any], file: Any, draft: str | None
    ) -> Any:
        clerk = self.offices[office]
        owner, upload_id, is_good = file
        key = compose_number(body=body, year="2024").key
        expected = self._refusal(office, key, file, draft)
        arguments = {
            "number": {"body": body, "year": "2024"},
            "products": products,
            "upload_id": upload_id,
            "declaration_id": draft,
            "expected_version": None if draft is None else self.model[draft]["version"],
        }
        if expected is not None:
            with pytest.raises(expected):
                clerk.save(**arguments)
            return multiple()
        view = clerk.save(**arguments)
        self.model[view["declaration_id"]] = {
            "office": office,
            "key": key,
            "state": "DRAFT",
            "version": view["version"],
            "upload_id": upload_id,
            "is_complete": bool(products) and all(product["model"] for product in products),
        }
        assert owner == office
        assert is_good
        return view["declaration_id"]

    def _refusal(
        self, office: int, key: str, file: Any, draft: str | None
    ) -> type[Exception] | None:
        owner, upload_id, is_good = file
        if draft is not None and self.model[draft]["state"] == "GONE":
            return queries.NotFoundError
        if draft is not None and self.model[draft]["state"] == "PUBLISHED":
            return models.PublishedNotSavableError
        holds = draft is not None and self.model[draft]["upload_id"] == upload_id
        if not holds and (owner != office or not is_good or self._is_spent(upload_id)):
            return InvalidDraftError
        taken = any(
            known["state"] != "GONE"
            and known["office"] == office
            and known["key"] == key
            and other != draft
            for other, known in self.model.items()
        )
        return AlreadyExistsError if taken else None

    def _is_spent(self, upload_id: str) -> bool:
        """Tell whether a file is held, was given up, or has expired."""
        with self.database.read() as session:
            upload = session.get(models.Upload, upload_id)
            assert upload is not None
            return upload.expires_at is None or upload.expires_at <= self.clock.now()


Declarations.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(300)
class TestDeclarations(Declarations.TestCase):
    """Run the machine: 1,000 steps."""
