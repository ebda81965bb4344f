"""Marks: made of news that comes in any order and again; the record stays (FAQ 16, 31)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from chassis import ids
from services.standards import queries
from services.standards.domain.citations import find_citations
from services.standards.domain.marks import MarkChange, MarkKind
from services.standards.models.catalogue import CatalogueStandard
from services.standards.queries import citing as sources
from services.standards.usecases import cataloguing, citing, marking
from tests.integration.standards.conftest import START
from tests.integration.standards.test_reviews import SLACK, kinds, number, public, sent

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from services.standards.domain.enterprises import EnterpriseSnapshot
    from tests.integration.standards.conftest import Office


def follow(
    database: "Database",
    enterprise: "EnterpriseSnapshot",
    *,
    is_active: bool,
    sequence: int,
    organization_id: str,
) -> None:
    """Hear from the registry whether an organisation exists."""
    with database.transaction() as tx:
        marking.note_standing(
            tx=tx,
            organization_id=organization_id,
            credit_code=enterprise.credit_code,
            organization_code=enterprise.organization_code,
            is_active=is_active,
            sequence=sequence,
            at=START,
        )
    after: str | None = ""
    while after is not None:
        with database.transaction() as tx:
            after = marking.mark_by_standing(tx=tx, organization_id=organization_id, after=after)


def refresh(database: "Database", profile: "EnterpriseSnapshot", *, sequence: int) -> None:
    """Hear from accounts what an enterprise states now."""
    with database.transaction() as tx:
        marking.note_profile(tx=tx, profile=profile, sequence=sequence, at=START)
    after: str | None = ""
    while after is not None:
        with database.transaction() as tx:
            after = marking.mark_by_profile(tx=tx, enterprise_id=profile.enterprise_id, after=after)


def events(database: "Database") -> list[tuple[int, list[str]]]:
    """Return sequence and kinds of each event that told of marks."""
    return [
        (event["sequence"], [mark["kind"] for mark in event["data"]["marks"]])
        for event in sent(database, "declaration.marked.v1")
    ]


class TestDeregistered:
    def test_marks_every_public_record_and_takes_it_back(
        self, office: "Office", other_office: "Office", database: "Database"
    ) -> None:
        first, second = office.publish_new(), office.publish_new(number=number("2"))
        gone = office.withdraw(second)
        others = other_office.publish_new()
        organization_id = ids.new_id()
        news = {"organization_id": organization_id}

        follow(database, office.enterprise, is_active=False, sequence=3, **news)
        marked = [kinds(database, record) for record in (first, gone, others)]
        follow(database, office.enterprise, is_active=False, sequence=3, **news)
        count = len(events(database))
        follow(database, office.enterprise, is_active=True, sequence=4, **news)

        assert marked == [["ENTERPRISE_DEREGISTERED"], ["ENTERPRISE_DEREGISTERED"], []]
        assert count == 2
        assert [kinds(database, record) for record in (first, gone)] == [[], []]
        assert sorted(events(database)) == [
            (2, ["ENTERPRISE_DEREGISTERED"]),
            (3, []),
            (3, ["ENTERPRISE_DEREGISTERED"]),
            (4, []),
        ]

    def test_old_news_changes_nothing(self, office: "Office", database: "Database") -> None:
        first = office.publish_new()
        organization_id = ids.new_id()

        follow(
            database,
            office.enterprise,
            is_active=True,
            sequence=4,
            organization_id=organization_id,
        )
        follow(
            database,
            office.enterprise,
            is_active=False,
            sequence=3,
            organization_id=organization_id,
        )

        assert kinds(database, first) == []
        assert events(database) == []

    def test_marks_what_is_published_afterwards(
        self, office: "Office", database: "Database"
    ) -> None:
        follow(
            database, office.enterprise, is_active=False, sequence=1, organization_id=ids.new_id()
        )

        late = office.publish_new()

        assert kinds(database, late) == ["ENTERPRISE_DEREGISTERED"]
        assert events(database) == [(2, ["ENTERPRISE_DEREGISTERED"])]
        added = office.add_products(late)
        assert added["published_version"] == 2
        assert [event["sequence"] for event in sent(database, "declaration.products_added.v1")] == [
            3
        ]


class TestChanged:
    @pytest.mark.proves("R-148", "R-079", "C6")
    def test_marks_the_record_and_leaves_it_alone(
        self, office: "Office", database: "Database"
    ) -> None:
        """FAQ 16, FAQ 31."""
        first = office.publish_new()
        before = public(database, first)
        renamed = replace(office.enterprise, name="浙江新名器皿有限公司", address="新址2号")

        refresh(database, renamed, sequence=2)
        refresh(database, renamed, sequence=2)
        office.enterprise = renamed
        second = office.publish_new(number=number("2"))
        refresh(database, renamed, sequence=2)

        after = public(database, first)
        (mark,) = after["marks"]
        assert mark["kind"] == "ENTERPRISE_CHANGED"
        assert mark["detail"] == {"changed": ["name", "address"]}
        assert after["document_sha256"] == before["document_sha256"]
        assert after["document"] == before["document"]
        assert kinds(database, second) == []
        assert public(database, second)["document"]["enterprise"]["name"] == renamed.name
        assert events(database) == [(2, ["ENTERPRISE_CHANGED"])]

    def test_old_news_and_a_change_back(self, office: "Office", database: "Database") -> None:
        first = office.publish_new()
        renamed = replace(office.enterprise, name="浙江新名器皿有限公司")

        refresh(database, office.enterprise, sequence=3)
        refresh(database, renamed, sequence=2)
        late = kinds(database, first)
        refresh(database, renamed, sequence=4)
        marked = kinds(database, first)
        refresh(database, office.enterprise, sequence=5)

        assert (late, marked, kinds(database, first)) == ([], ["ENTERPRISE_CHANGED"], [])

    def test_ends_when_the_record_says_what_the_enterprise_does(
        self, office: "Office", database: "Database"
    ) -> None:
        """手册 5.4: 修改 within 24 hours states what the enterprise does now."""
        first, other = office.publish_new(), office.publish_new(number=number("2"))
        refresh(database, replace(office.enterprise, name="新名"), sequence=2)
        office.rename("新名")
        office.correct(first)

        for record in (first, other):
            with database.transaction() as tx:
                marking.recheck_profile(
                    tx=tx,
                    declaration_id=record["declaration_id"],
                    enterprise_id=office.enterprise_id,
                )

        assert kinds(database, first) == []
        assert kinds(database, other) == ["ENTERPRISE_CHANGED"]

    def test_knows_nothing_of_enterprises_that_never_changed(
        self, office: "Office", database: "Database"
    ) -> None:
        first = office.publish_new()

        with database.transaction() as tx:
            marking.recheck_profile(
                tx=tx,
                declaration_id=first["declaration_id"],
                enterprise_id=office.enterprise_id,
            )
            after = marking.mark_by_profile(tx=tx, enterprise_id=office.enterprise_id)
            gone = marking.mark_by_standing(tx=tx, organization_id=ids.new_id())

        assert (after, gone, kinds(database, first)) == (None, None, [])

    def test_does_not_make_anybody_read_anew(self, office: "Office", database: "Database") -> None:
        first = office.publish_new()
        refresh(database, replace(office.enterprise, name="新名"), sequence=2)

        added = office.add_products(first)

        assert added["published_version"] == 2


def import_rows(database: "Database", *rows: dict[str, str]) -> list[str]:
    """Import rows of the catalogue; return whose state has changed."""
    with database.transaction() as tx:
        progress = cataloguing.start_import(
            tx=tx,
            file_sha256=ids.new_id(),
            file_name="目录.csv",
            kind=cataloguing.ImportKind.DELTA,
        )
        outcome = cataloguing.import_batch(
            tx=tx,
            import_id=progress.import_id,
            position=0,
            batch=[
                cataloguing.NumberedRow(line, values) for line, values in enumerate(rows, start=2)
            ],
        )
    assert outcome.reported == []
    return outcome.changed


def row(status: str = "现行", **changes: str) -> dict[str, str]:
    return {
        "std_no": "GB/T 13456-2014",
        "name_zh": "示例产品通用技术条件",
        "kind": "国家标准",
        "status": status,
        **changes,
    }


def follow_catalogue(database: "Database") -> None:
    with database.transaction() as tx:
        assert not marking.follow_catalogue(tx=tx)


def only_entry(database: "Database") -> str:
    with database.read() as session:
        return session.query(CatalogueStandard.id).scalar()  # type: ignore[no-any-return]


def settle(database: "Database", office: "Office", published: dict[str, Any]) -> None:
    """Hear that a version was published."""
    with database.transaction() as tx:
        marking.settle_marks(
            tx=tx, declaration_id=published["declaration_id"], code=office.enterprise.code
        )


class TestCatalogue:
    @pytest.fixture
    def catalogue_id(self, database: "Database") -> str:
        import_rows(database, row())
        return only_entry(database)

    def apply(self, office: "Office", catalogue_id: str) -> dict[str, Any]:
        draft = office.save(
            kind="NATIONAL",
            catalogue_id=catalogue_id,
            number={},
            title="",
            disclosure_mode="NONE",
        )
        return office.publish(draft)

    def test_marks_what_applies_a_superseded_standard_and_tells_once(
        self,
        office: "Office",
        database: "Database",
        clock: "VirtualClock",
        catalogue_id: str,
    ) -> None:
        first = self.apply(office, catalogue_id)
        own = office.publish_new()

        changed = import_rows(database, row("被代替", replaced_by="GB/T 13456-2026"))
        follow_catalogue(database)
        early = kinds(database, first)
        clock.advance(SLACK)
        follow_catalogue(database)
        follow_catalogue(database)

        assert changed == [catalogue_id]
        assert early == []
        (mark,) = public(database, first)["marks"]
        assert mark["kind"] == "STANDARD_SUPERSEDED"
        assert mark["detail"] == {"number": "GB/T 13456-2014", "replaced_by": "GB/T 13456-2026"}
        assert kinds(database, own) == []
        (message,) = sent(database, "post_message.v1")
        assert message["data"]["template"] == "STANDARD_SUPERSEDED"
        assert message["data"]["values"]["replaced_by"] == "GB/T 13456-2026"

    def test_follows_it_further(
        self,
        office: "Office",
        database: "Database",
        clock: "VirtualClock",
        catalogue_id: str,
    ) -> None:
        first = self.apply(office, catalogue_id)
        shown = []

        for status in ("被代替", "废止", "现行"):
            import_rows(database, row(status))
            clock.advance(SLACK)
            follow_catalogue(database)
            shown.append(kinds(database, first))

        assert shown == [["STANDARD_SUPERSEDED"], ["STANDARD_WITHDRAWN"], []]
        templates = [message["data"]["template"] for message in sent(database, "post_message.v1")]
        assert templates == ["STANDARD_SUPERSEDED", "STANDARD_WITHDRAWN"]

    def test_tells_each_enterprise_once(
        self,
        office: "Office",
        other_office: "Office",
        database: "Database",
        catalogue_id: str,
    ) -> None:
        for each in (office, other_office):
            self.apply(each, catalogue_id)
        import_rows(database, row("废止"))

        with database.transaction() as tx:
            count = marking.mark_catalogue_change(tx, [catalogue_id])
        with database.transaction() as tx:
            again = marking.mark_catalogue_change(tx, [catalogue_id])

        assert (count, again) == (2, 0)
        told = [message["data"]["recipient"] for message in sent(database, "post_message.v1")]
        assert sorted(told) == sorted(
            f"enterprise:{each.enterprise_id}" for each in (office, other_office)
        )


class TestSettleMarks:
    """What was being published or corrected while news came gets the marks it deserves."""

    def test_marks_what_is_published_on_a_standard_that_is_over(
        self, office: "Office", database: "Database"
    ) -> None:
        import_rows(database, row("废止"))
        late = TestCatalogue().apply(office, only_entry(database))

        settle(database, office, late)
        settle(database, office, late)

        assert kinds(database, late) == ["STANDARD_WITHDRAWN"]
        assert events(database) == [(2, ["STANDARD_WITHDRAWN"])]

    def test_takes_the_mark_away_with_the_standard_it_was_of(
        self, office: "Office", database: "Database"
    ) -> None:
        import_rows(database, row("废止"))
        first = TestCatalogue().apply(office, only_entry(database))
        settle(database, office, first)
        import_rows(database, row(std_no="GB 4806.9-2016"))
        with database.read() as session:
            other = session.query(CatalogueStandard.id).filter_by(state="CURRENT").scalar()

        corrected = office.correct(office.show(first["declaration_id"]), catalogue_id=other)
        settle(database, office, corrected)

        assert corrected["number_text"] == "GB 4806.9-2016"
        assert kinds(database, first) == []

    def test_marks_what_was_under_way_when_the_organisation_went(
        self, office: "Office", database: "Database"
    ) -> None:
        first = office.publish_new()
        with database.transaction() as tx:
            marking.note_standing(
                tx=tx,
                organization_id=ids.new_id(),
                credit_code=office.enterprise.credit_code,
                organization_code=office.enterprise.organization_code,
                is_active=False,
                sequence=1,
                at=START,
            )

        settle(database, office, first)

        assert kinds(database, first) == ["ENTERPRISE_DEREGISTERED"]


class TestCiting:
    """A change of the catalogue finds what merely cites the entry, too."""

    METHOD: ClassVar[dict[str, Any]] = {
        "name": "气味",
        "requirement": {"kind": "TEXT", "content": "无异味"},
        "test_method": {"kind": "CATALOGUE", "number": "GB/T 13456-2014", "title": ""},
    }

    def publish(self, office: "Office", database: "Database", in_text: str = "") -> Any:
        draft = office.save(disclosure_mode="INDICATORS", indicators=[self.METHOD])
        published = office.publish(draft)
        with database.read() as session:
            newest = sources.find_newest(session, published["declaration_id"])
        assert newest is not None
        keys = citing.cited_numbers(newest[0], find_citations(in_text))
        with database.transaction() as tx:
            citing.note_citations(tx=tx, declaration_id=published["declaration_id"], keys=keys)
        return published

    def test_marks_what_cites_a_standard_that_is_over_and_tells_once(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        import_rows(database, row(), row(std_no="GB 4806.9-2016"))
        first = self.publish(office, database, "应符合 GB 4806.9-2016 和 GB/T 191 的规定。")
        assert kinds(database, first) == []

        for changed in (
            row("被代替", replaced_by="GB/T 13456-2026"),
            row("废止", std_no="GB 4806.9-2016"),
        ):
            import_rows(database, changed)
            clock.advance(SLACK)
            with database.transaction() as tx:
                marking.follow_catalogue(tx=tx, also=citing.mark_citing)

        (mark,) = public(database, first)["marks"]
        assert mark["kind"] == "CITED_STANDARD_OVER"
        assert mark["detail"] == {
            "standards": [
                {"number": "GB 4806.9-2016"},
                {"number": "GB/T 13456-2014", "replaced_by": "GB/T 13456-2026"},
            ]
        }
        templates = [message["data"]["template"] for message in sent(database, "post_message.v1")]
        assert templates == ["CITED_STANDARD_OVER"] * 2

    def test_ends_when_it_is_cited_no_more(self, office: "Office", database: "Database") -> None:
        import_rows(database, row("废止"))
        first = self.publish(office, database)
        marked = kinds(database, first)

        with database.transaction() as tx:
            citing.note_citations(tx=tx, declaration_id=first["declaration_id"], keys=set())

        assert (marked, kinds(database, first)) == (["CITED_STANDARD_OVER"], [])


class TestChangeMarks:
    def test_announces_once_and_only_what_changed(
        self, office: "Office", database: "Database"
    ) -> None:
        first = office.publish_new()
        declaration_id = first["declaration_id"]
        changes = [
            MarkChange(declaration_id, MarkKind.STANDARD_WITHDRAWN, {"number": "GB 1-2000"}),
            MarkChange(declaration_id, MarkKind.ENTERPRISE_DEREGISTERED, {}),
            MarkChange(declaration_id, MarkKind.REVIEW_UNANSWERED),
        ]

        with database.transaction() as tx:
            changed = [marking.change_marks(tx, changes), marking.change_marks(tx, changes)]
            changed.append(marking.change_marks(tx, []))

        assert changed == [[declaration_id], [], []]
        assert events(database) == [(2, ["ENTERPRISE_DEREGISTERED", "STANDARD_WITHDRAWN"])]
        with database.read() as session:
            scanned = queries.scan_versions(session, after="", limit=10)["items"]
            current = queries.find_current(session, declaration_id=declaration_id)
        assert scanned == [current]
        assert [mark["kind"] for mark in current["marks"]] == events(database)[0][1]
        assert current["sequence"] == 2
