"""What an enterprise and the public see."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis import outbox, tables
from services.standards import queries
from services.standards.domain.kinds import DeclarationState
from services.standards.queries import public

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

DRAFT, PUBLISHED = DeclarationState.DRAFT, DeclarationState.PUBLISHED


def table(office: "Office", state: DeclarationState, **filters: Any) -> dict[str, Any]:
    return office.table(state, **filters)


def numbers(page: dict[str, Any]) -> list[str]:
    return [item["number"] for item in page["items"]]


def fill(office: "Office", clock: "VirtualClock", count: int) -> list[dict[str, Any]]:
    views = []
    for body in range(1, count + 1):
        draft = office.save_complete(
            number={"body": f"{body}", "year": "2014"},
            title=f"保温杯 第{body}型",
            products=[
                {"name": f"ＡＢ杯{body}", "model": "1", "class_code": "1"},
                {"name": f"盖{body}", "model": "2", "class_code": "1", "barcode": f"690{body}"},
            ],
        )
        views.append(office.publish(draft))
        clock.advance(timedelta(minutes=1))
    return views


class TestListOwn:
    @pytest.mark.proves("R-134", "R-135", "R-136", "R-143")
    def test_keeps_published_and_unpublished_apart(
        self, office: "Office", clock: "VirtualClock"
    ) -> None:
        """手册 5.4.2."""
        (published,) = fill(office, clock, 1)
        office.save(number={"body": "9", "year": "2014"})

        (row,) = table(office, PUBLISHED)["items"]
        (draft_row,) = table(office, DRAFT)["items"]

        assert row["row_number"] == 1
        assert row["number"] == "Q/1-2014"
        assert row["title"] == "保温杯 第1型"
        assert row["related_products"] == "ＡＢ杯1等,共2个产品"
        assert row["published_text"].startswith("2024-11-15 10:3")
        assert row["withdrawn_text"] == "—"
        assert row["record_number"] == published["record_number"]
        expected = ["VIEW", "ADD_PRODUCTS", "REVISE", "CORRECT", "WITHDRAW"]
        assert row["allowed_actions"] == expected
        assert row["correctable_until"].startswith("2024-11-16T")
        assert draft_row["correctable_until"] is None
        assert draft_row["number"] == "Q/9-2014"
        assert draft_row["published_text"] == "—"

    @pytest.mark.proves("R-134")
    def test_shows_nothing_of_others(
        self, office: "Office", other_office: "Office", clock: "VirtualClock"
    ) -> None:
        fill(other_office, clock, 1)
        other_office.save()

        assert table(office, PUBLISHED)["total"] == 0
        assert table(office, DRAFT)["items"] == []

    @pytest.mark.proves("R-139")
    def test_shows_the_newest_first(self, office: "Office", clock: "VirtualClock") -> None:
        fill(office, clock, 3)

        assert numbers(table(office, PUBLISHED)) == ["Q/3-2014", "Q/2-2014", "Q/1-2014"]

    @pytest.mark.proves("R-186")
    def test_pages(self, office: "Office", clock: "VirtualClock") -> None:
        fill(office, clock, 5)

        second = table(office, PUBLISHED, page=2, page_size=2)

        assert numbers(second) == ["Q/3-2014", "Q/2-2014"]
        assert [item["row_number"] for item in second["items"]] == [3, 4]
        assert second["total"] == 5
        assert table(office, PUBLISHED, page=9, page_size=2)["items"] == []

    @pytest.mark.proves("R-183", "R-184", "R-185")
    @pytest.mark.parametrize(
        ("boxes", "found"),
        [
            ({"title": "第2"}, ["Q/2-2014"]),
            ({"title": "　保温杯 第２型"}, ["Q/2-2014"]),
            ({"number": "q／2"}, ["Q/2-2014"]),
            ({"number": "2014"}, ["Q/2-2014", "Q/1-2014"]),
            ({"product_name": "ab杯2"}, ["Q/2-2014"]),
            ({"product_name": "盖"}, ["Q/2-2014", "Q/1-2014"]),
            ({"barcode": "6902"}, ["Q/2-2014"]),
            ({"product_name": "盖", "barcode": "6901"}, ["Q/1-2014"]),
            ({"title": "%"}, []),
            ({"title": "_"}, []),
            ({}, ["Q/2-2014", "Q/1-2014"]),
        ],
    )
    def test_filters_by_every_box(
        self,
        office: "Office",
        clock: "VirtualClock",
        boxes: dict[str, str],
        found: list[str],
    ) -> None:
        """手册 5.7.1: boxes that are filled hold together, empty ones ask nothing."""
        fill(office, clock, 2)

        assert numbers(table(office, PUBLISHED, **boxes)) == found

    @pytest.mark.proves("R-183")
    def test_filters_drafts_too(self, office: "Office") -> None:
        office.save(number={"body": "7", "year": "2014"})
        office.save(number={"body": "8", "year": "2014"})

        assert numbers(table(office, DRAFT, number="7")) == ["Q/7-2014"]


class TestFindPublic:
    @pytest.mark.proves("R-098", "R-213", "R-146")
    def test_shows_the_publication_and_its_text(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        (view,) = fill(office, clock, 1)

        with database.read() as session:
            found = queries.find_public(session, record_number=view["record_number"])
            text = queries.find_public_text(session, record_number=view["record_number"])

        assert found["state"] == "PUBLISHED"
        assert found["document"]["record_number"] == view["record_number"]
        assert text["key"] == f"uploads/{view['text']['upload_id']}"
        assert text["sha256"] == view["text"]["sha256"]

    @pytest.mark.proves("R-099", "R-215")
    def test_finds_no_draft(self, office: "Office", database: "Database") -> None:
        draft = office.save_complete()

        with database.read() as session:
            with pytest.raises(queries.NotFoundError):
                queries.find_version(session, declaration_id=draft["declaration_id"], version=1)
            with pytest.raises(queries.NotFoundError):
                queries.find_public(session, record_number=draft["declaration_id"])
            with pytest.raises(queries.NotFoundError):
                queries.find_public_text(session, record_number=draft["declaration_id"])


class TestScanVersions:
    def test_visits_every_publication_once(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        published = {view["declaration_id"] for view in fill(office, clock, 5)}
        office.save()
        seen: list[str] = []
        after: str | None = ""

        while after is not None:
            with database.read() as session:
                page = queries.scan_versions(session, after=after, limit=2)
            seen += [item["declaration_id"] for item in page["items"]]
            after = page["next_after"]

        assert sorted(seen) == sorted(published)

    def test_pages_end_early_where_documents_are_long(
        self,
        office: "Office",
        database: "Database",
        clock: "VirtualClock",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        fill(office, clock, 3)
        monkeypatch.setattr(public, "MAX_PAGE_LENGTH", 10)

        with database.read() as session:
            page = queries.scan_versions(session, after="", limit=3)
            end = queries.scan_versions(session, after="z", limit=3)

        assert len(page["items"]) == 1
        assert end == {"items": [], "next_after": None}


class TestScanStandings:
    def test_tells_how_every_publication_stands(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        fill(office, clock, 3)
        office.save()

        with database.read() as session:
            versions = queries.scan_versions(session, after="", limit=10)["items"]
            first = queries.scan_standings(session, after="", limit=2)
            rest = queries.scan_standings(session, after=first["next_after"], limit=2)

        assert [*first["items"], *rest["items"]] == [
            [row[name] for name in ("declaration_id", "sequence", "state", "sha256")]
            for row in versions
        ]


class TestListEvents:
    def place(self, database: "Database") -> None:
        with database.transaction() as tx:
            batch = outbox.claim_batch(tx.session)
            outbox.assign_positions(tx.session, batch, now=tx.now())

    def test_pages_through_the_public_log(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        fill(office, clock, 3)
        self.place(database)

        with database.read() as session:
            first = queries.list_events(session, after=0, limit=2)
            rest = queries.list_events(session, after=first["next_after"], limit=2)
            end = queries.list_events(session, after=rest["next_after"], limit=2)

        assert [event["position"] for event in first["items"] + rest["items"]] == [1, 2, 3]
        assert (first["next_after"], first["newest"]) == (2, 3)
        assert end == {"items": [], "next_after": 3, "newest": 3}

    def test_a_page_of_long_events_ends_early(
        self,
        office: "Office",
        database: "Database",
        clock: "VirtualClock",
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        fill(office, clock, 3)
        self.place(database)
        monkeypatch.setattr("services.standards.queries.public.MAX_PAGE_LENGTH", 10)

        with database.read() as session:
            first = queries.list_events(session, after=0, limit=500)
            rest = queries.list_events(session, after=1, limit=500)

        assert [event["position"] for event in first["items"]] == [1]
        assert (rest["next_after"], rest["newest"]) == (2, 3)

    def test_says_when_it_does_not_reach_back(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        fill(office, clock, 3)
        self.place(database)
        with database.transaction() as tx:
            log = tables.public_log
            tx.session.execute(sa.delete(log).where(log.c.position < 3))

        with database.read() as session:
            assert len(queries.list_events(session, after=2, limit=9)["items"]) == 1
            with pytest.raises(queries.PositionTooOldError) as caught:
                queries.list_events(session, after=1, limit=9)

        assert caught.value.params == {"oldest": "2"}
