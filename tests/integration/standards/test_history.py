"""What a declaration said at other times, and who did what with it."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chassis import audit
from services.standards import queries
from tests.integration.standards.test_kinds import CONCENTRATION

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

HOUR = timedelta(hours=1)


class TestListVersions:
    @pytest.mark.proves("R-168")
    def test_names_every_version_and_what_made_it(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        clock.advance(HOUR)
        corrected = office.correct(first, title="焖烧罐")
        clock.advance(HOUR)
        office.add_products(corrected)

        with database.read() as session:
            found = queries.list_versions(session, record_number=first["record_number"])

        assert [(item["version"], item["change"]) for item in found["items"]] == [
            (1, "PUBLISHED"),
            (2, "CORRECTED"),
            (3, "PRODUCTS_ADDED"),
        ]
        assert found["items"][0]["published_at"] == first["published_at"]
        assert found["items"][1]["published_at"] == corrected["corrected_at"]

    def test_shows_no_draft(self, office: "Office", database: "Database") -> None:
        office.save_complete()

        with database.read() as session, pytest.raises(queries.NotFoundError):
            queries.list_versions(session, record_number="Q-91330000740545604A-202411151030-0001")


class TestFindAsOf:
    def test_reads_what_was_public_then(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        begun = clock.now()
        clock.advance(HOUR)
        corrected = office.correct(first, title="焖烧罐")
        clock.advance(HOUR)
        office.withdraw(corrected)

        def read(moment: timedelta) -> tuple[str, str]:
            with database.read() as session:
                found = queries.find_as_of(
                    session, record_number=first["record_number"], moment=begun + moment
                )
            return found["document"]["title"], found["state"]

        assert read(HOUR / 2) == ("不锈钢保温杯", "PUBLISHED")
        assert read(HOUR * 1.5) == ("焖烧罐", "PUBLISHED")
        assert read(HOUR * 2.5) == ("焖烧罐", "WITHDRAWN")
        with pytest.raises(queries.NotFoundError):
            read(-HOUR)


class TestFindCompared:
    def test_returns_the_documents_of_two_versions(
        self, office: "Office", database: "Database"
    ) -> None:
        first = office.publish(
            office.save(disclosure_mode="INDICATORS", indicators=[CONCENTRATION])
        )
        corrected = office.correct(first, title="焖烧罐")

        with database.read() as session:
            after = queries.find_compared(session, record_number=first["record_number"], version=2)
            before = queries.find_compared(session, record_number=first["record_number"], version=1)
            with pytest.raises(queries.NotFoundError):
                queries.find_compared(session, record_number=first["record_number"], version=3)

        assert before.document["title"] == "不锈钢保温杯"
        assert before.words_key is None
        assert before.name["published_at"] == first["published_at"]
        assert after.name["published_at"] == corrected["corrected_at"]


class TestListDeeds:
    def test_says_who_did_what(
        self, office: "Office", other_office: "Office", database: "Database"
    ) -> None:
        first = office.publish_new()
        office.withdraw(first, reason="REPLACED")
        with database.transaction() as tx:
            audit.seal(tx.session, limit=100)

        with database.read() as session:
            found = queries.list_deeds(
                session,
                declaration_id=first["declaration_id"],
                enterprise_id=office.enterprise_id,
            )
            with pytest.raises(queries.NotFoundError):
                queries.list_deeds(
                    session,
                    declaration_id=first["declaration_id"],
                    enterprise_id=other_office.enterprise_id,
                )

        assert [item["action"] for item in found["items"]] == [
            "declaration.saved",
            "declaration.published",
            "declaration.withdrawn",
        ]
        assert found["items"][2]["details"]["reason"] == "REPLACED"


class TestCountCategories:
    @pytest.mark.proves("R-111", "R-112")
    def test_learns_from_what_the_enterprise_used(
        self, office: "Office", other_office: "Office", database: "Database"
    ) -> None:
        """手册 4.1(2): 可自定义."""
        rows = [{**CONCENTRATION, "category": name} for name in ("甲", "乙", "甲", "")]
        office.save(disclosure_mode="INDICATORS", indicators=rows)
        other_office.save(disclosure_mode="INDICATORS", indicators=[CONCENTRATION])

        with database.read() as session:
            used = queries.count_categories(session, enterprise_id=office.enterprise_id)

        assert used == {"甲": 2, "乙": 1}
