"""Entry points: the question of every two years, and marks (手册 FAQ 16, 31, 36)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.blobs import open_store
from chassis.handlers import Delivery, on_event
from chassis.rpc import rpc
from chassis.service import Provided
from chassis.timers import every
from contracts.events import (
    DECLARATION_CORRECTED,
    DECLARATION_PUBLISHED,
    ENTERPRISE_REFRESHED,
    ORGANIZATION_DEREGISTERED,
    ORGANIZATION_UPDATED,
)
from services.standards import schemas
from services.standards.adapters.words import read_words
from services.standards.domain import citations
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.queries import citing as sources
from services.standards.queries import reviews as queries
from services.standards.schemas import reviews as inputs
from services.standards.service.base import READERS, READING_KEYS, WRITERS, StandardsBase, bound
from services.standards.usecases import citing, marking, reviewing

REVIEW_SECONDS: Final = 10
MOST_ENTERPRISES: Final = 50
CATALOGUE_SECONDS: Final = 15


class ReviewEntries(StandardsBase):
    """Ask whether standards go on being used; mark what the public should know."""

    blobs: BlobStore = Provided(lambda settings: open_store(settings.storage_url))

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def list_due_reviews(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of what the enterprise has to answer (手册 FAQ 36)."""
        wanted = schemas.load(inputs.ReviewsInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return queries.list_due(
                session,
                enterprise_id=self.enterprise_id(),
                now=self.database.clock.now(),
                rules=self.review_rules,
                life=self.life,
                **wanted,
            )

    @rpc(roles=WRITERS)
    def answer_review(self, *, declaration_id: str, answer: str) -> dict[str, Any]:
        """继续使用: note that a standard goes on being used."""
        given = schemas.load(inputs.ReviewAnswerInput, declaration_id=declaration_id, answer=answer)
        return self.command(
            bound(reviewing.answer_review, rules=self.review_rules),
            enterprise_id=self.enterprise_id(),
            declaration_id=given["declaration_id"],
        )

    @every(seconds=REVIEW_SECONDS, lease="reviews")
    def ask_reviews(self) -> None:
        """Ask the enterprises whose two years are over; the rest of them in the next runs."""
        for _ in range(MOST_ENTERPRISES):
            with self.database.transaction() as tx:
                was_asked = reviewing.ask_next(tx=tx, rules=self.review_rules)
            if not was_asked:
                return

    @every(seconds=CATALOGUE_SECONDS, lease="catalogue-marks")
    def follow_catalogue(self) -> None:
        """Mark what applies standards whose state in the catalogue has changed."""
        has_more = True
        while has_more:
            with self.database.transaction() as tx:
                has_more = marking.follow_catalogue(tx=tx, also=citing.mark_citing)

    @on_event(ORGANIZATION_DEREGISTERED)
    def handle_organization_deregistered(self, delivery: Delivery) -> None:
        """Mark the records of an organisation that does not exist any more."""
        self._follow_standing(delivery, is_active=False)

    @on_event(ORGANIZATION_UPDATED)
    def handle_organization_updated(self, delivery: Delivery) -> None:
        """Take the mark away when an organisation has come back."""
        data = delivery.event.data
        if "status" in data["changed"]:
            self._follow_standing(delivery, is_active=data["status"] == "ACTIVE")

    @on_event(ENTERPRISE_REFRESHED)
    def handle_enterprise_refreshed(self, delivery: Delivery) -> None:
        """Mark what was published with other data than the enterprise's own now (R-148)."""
        enterprise_id = delivery.event.subject
        answer = self.accounts.get_public_profile(enterprise_id=enterprise_id)
        with self.database.transaction() as tx:
            marking.note_profile(
                tx=tx,
                profile=EnterpriseSnapshot.from_profile(answer),
                sequence=answer["sequence"],
                at=datetime.fromisoformat(str(delivery.event.data["refreshed_at"])),
            )
        self._go_on(partial(marking.mark_by_profile, enterprise_id=enterprise_id))

    @on_event(DECLARATION_CORRECTED)
    def handle_declaration_corrected(self, delivery: Delivery) -> None:
        """See whether a corrected record states what its enterprise does now.

        Added products leave the enterprise as it was; what is published anew is compared with the
        news that follow.
        """
        event = delivery.event
        cited = self._find_cited(event.subject)
        with self.database.transaction(delivery) as tx:
            marking.recheck_profile(
                tx=tx,
                declaration_id=event.subject,
                enterprise_id=str(event.data["enterprise"]["enterprise_id"]),
            )
            marking.settle_marks(tx=tx, declaration_id=event.subject, code=_code(delivery))
            citing.note_citations(tx=tx, declaration_id=event.subject, keys=cited)

    @on_event(DECLARATION_PUBLISHED)
    def handle_declaration_published(self, delivery: Delivery) -> None:
        """Mark what applies a standard that is over, or comes of an organisation that is gone."""
        with self.database.transaction(delivery) as tx:
            marking.settle_marks(tx=tx, declaration_id=delivery.event.subject, code=_code(delivery))

    def _find_cited(self, declaration_id: str) -> set[str]:
        """Return the keys of the standards that the newest version cites."""
        with self.database.read() as session:
            newest = sources.find_newest(session, declaration_id)
        if newest is None:
            return set()
        document, words_key = newest
        words = read_words(self.blobs, words_key)
        in_text = jobs.in_thread(citations.find_citations, words) if words else []
        return citing.cited_numbers(document, in_text)

    def _follow_standing(self, delivery: Delivery, *, is_active: bool) -> None:
        event = delivery.event
        organization_id = str(event.data["organization_id"])
        with self.database.transaction() as tx:
            marking.note_standing(
                tx=tx,
                organization_id=organization_id,
                credit_code=event.data.get("credit_code"),
                organization_code=str(event.data["organization_code"]),
                is_active=is_active,
                sequence=event.sequence,
                at=datetime.fromisoformat(str(event.data["synced_at"])),
            )
        self._go_on(partial(marking.mark_by_standing, organization_id=organization_id))

    def _go_on(self, mark_some: Callable[..., str | None]) -> None:
        """Mark batch by batch; the delivery counts as done only after the last one."""
        after: str | None = ""
        while after is not None:
            with self.database.transaction() as tx:
                after = mark_some(tx=tx, after=after)


def _code(delivery: Delivery) -> str:
    """Return the code that an enterprise published under."""
    enterprise = delivery.event.data["enterprise"]
    return str(enterprise["credit_code"] or enterprise["organization_code"])
