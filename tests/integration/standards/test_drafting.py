"""Saving and deleting drafts."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.errors import StaleError, UnavailableError
from services.standards import models, queries
from services.standards.domain.kinds import DeclarationState
from services.standards.usecases import drafting, numbers
from services.standards.usecases.faults import InvalidDraftError
from services.standards.usecases.numbers import AlreadyExistsError

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office


def count(database: "Database", model: Any) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestSaveDraft:
    @pytest.mark.proves("R-074", "R-128", "R-121")
    def test_keeps_everything_without_a_commitment(self, office: "Office") -> None:
        """手册 4.1: 保存."""
        view = office.save()

        assert view["state"] == "DRAFT"
        assert view["number_text"] == "Q/3333-2014"
        assert view["products"][0]["model"] == "SL-500"
        assert view["record_number"] is None
        assert view["version"] == 1
        assert view["allowed_actions"] == ["VIEW", "EDIT", "SUBMIT", "DELETE"]

    @pytest.mark.proves("R-170")
    def test_replaces_what_the_draft_said(self, office: "Office") -> None:
        """手册 5.4.2."""
        draft = office.save()

        view = office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            title="新名称",
            number={"body": "4444", "year": "2015"},
            products=[],
        )

        assert view["declaration_id"] == draft["declaration_id"]
        assert (view["title"], view["number_text"]) == ("新名称", "Q/4444-2015")
        assert view["products"] == []
        assert view["version"] > draft["version"]

    @pytest.mark.proves("R-120", "R-124")
    def test_adds_and_removes_products(self, office: "Office") -> None:
        names = ["甲", "乙", "丙"]
        draft = office.save(products=[{"name": name} for name in names])

        view = office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            products=[{"name": name} for name in ("甲", "丙")],
        )

        assert [product["name"] for product in draft["products"]] == names
        assert [product["name"] for product in view["products"]] == ["甲", "丙"]

    def test_refuses_a_stale_change(self, office: "Office") -> None:
        draft = office.save()
        change = {
            "declaration_id": draft["declaration_id"],
            "expected_version": draft["version"],
        }
        office.save(**change, title="第一次")

        with pytest.raises(StaleError):
            office.save(**change, title="第二次")

    def test_asks_for_the_version_of_a_change(self, office: "Office") -> None:
        draft = office.save()

        with pytest.raises(drafting.VersionRequiredError):
            office.save(declaration_id=draft["declaration_id"])

    def test_does_not_find_someone_elses(self, office: "Office", other_office: "Office") -> None:
        draft = office.save()

        with pytest.raises(queries.NotFoundError):
            other_office.save(
                declaration_id=draft["declaration_id"], expected_version=draft["version"]
            )

    @pytest.mark.proves("R-090")
    def test_stores_nothing_of_an_invalid_draft(
        self, office: "Office", database: "Database"
    ) -> None:
        with pytest.raises(InvalidDraftError) as caught:
            office.save(title="", number={"body": "", "year": "15"})

        pointers = {field.pointer for field in caught.value.fields}
        assert pointers == {"/title", "/number/body", "/number/year"}
        assert count(database, models.Declaration) == 0

    @pytest.mark.proves("R-078")
    def test_of_a_new_one_leaves_the_others_alone(self, office: "Office") -> None:
        """手册 4.1(2): 新增 is read as a new blank entry."""
        first = office.save()

        second = office.save(number={"body": "4444", "year": "2014"}, title="焖烧罐")

        assert second["declaration_id"] != first["declaration_id"]
        assert office.show(first["declaration_id"])["title"] == first["title"]
        assert office.table(DeclarationState.DRAFT)["total"] == 2

    def test_stays_on_the_page_of_its_kind(self, office: "Office") -> None:
        draft = office.save()

        with pytest.raises(InvalidDraftError) as caught:
            office.save(
                kind="LOCAL",
                number={"prefix": "DB13/T", "body": "1023", "year": "2013"},
                declaration_id=draft["declaration_id"],
                expected_version=draft["version"],
            )

        assert [field.pointer for field in caught.value.fields] == ["/kind"]

    @pytest.mark.proves("R-165")
    def test_refuses_to_save_what_is_published(self, office: "Office") -> None:
        """手册 5.4.1: 已提交的标准，修改后也只能提交."""
        published = office.publish(office.save_complete())

        with pytest.raises(models.PublishedNotSavableError):
            office.save(
                declaration_id=published["declaration_id"], expected_version=published["version"]
            )

    @pytest.mark.proves("R-126")
    def test_warns_of_a_bad_barcode(self, office: "Office") -> None:
        view = office.save(products=[{"name": "杯", "barcode": "6901234567891"}])

        assert view["warnings"] == [
            {"pointer": "/products/0/barcode", "code": "standards.barcode_invalid", "params": {}}
        ]


class TestNumberClaim:
    @pytest.mark.proves("R-076")
    @pytest.mark.parametrize("is_published", [False, True])
    def test_refuses_a_number_the_enterprise_has(
        self, office: "Office", *, is_published: bool
    ) -> None:
        """手册 FAQ 25: 该标准已存在, saved or submitted."""
        first = office.save_complete()
        if is_published:
            office.publish(first)

        with pytest.raises(AlreadyExistsError) as caught:
            office.save(number={"body": "３３３３", "year": "2014"})

        assert caught.value.params["declaration_id"] == first["declaration_id"]
        assert caught.value.params["state"] == ("PUBLISHED" if is_published else "DRAFT")

    @pytest.mark.proves("R-076")
    def test_is_the_enterprises_own(self, office: "Office", other_office: "Office") -> None:
        office.save()

        assert other_office.save()["number_text"] == "Q/3333-2014"

    @pytest.mark.proves("R-171")
    def test_refuses_to_change_a_number_onto_another(self, office: "Office") -> None:
        office.save()
        second = office.save(number={"body": "4444", "year": "2014"})

        with pytest.raises(AlreadyExistsError):
            office.save(declaration_id=second["declaration_id"], expected_version=second["version"])

    def test_is_given_up_with_the_number(self, office: "Office") -> None:
        draft = office.save()
        office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            number={"body": "4444", "year": "2014"},
        )

        assert office.save()["declaration_id"] != draft["declaration_id"]

    @pytest.mark.proves("R-181")
    def test_is_given_up_with_the_draft(self, office: "Office") -> None:
        office.delete(office.save())

        assert office.save()["state"] == "DRAFT"

    def test_is_asked_for_later_when_others_keep_changing_it(
        self, office: "Office", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(numbers, "_find_holder", lambda *_: None)

        with pytest.raises(UnavailableError):
            office.save()

    @pytest.mark.proves("B3", "R-076")
    def test_is_won_by_one_of_many_at_once(self, office: "Office", database: "Database") -> None:
        def attempt(_: int) -> str:
            try:
                return str(office.save()["declaration_id"])
            except AlreadyExistsError as error:
                return "lost to " + error.params["declaration_id"]

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(attempt, range(50)))

        winners = [outcome for outcome in outcomes if not outcome.startswith("lost")]
        assert len(winners) == 1
        assert set(outcomes) == {winners[0], f"lost to {winners[0]}"}
        assert count(database, models.Declaration) == 1


class TestDeleteDraft:
    @pytest.mark.proves("R-180", "R-181", "R-182")
    def test_leaves_nothing(self, office: "Office", database: "Database") -> None:
        """手册 5.6.2: 删除后的标准，不再出现在列表中."""
        draft = office.save_complete()

        office.delete(draft)

        assert count(database, models.Declaration) == 0
        assert count(database, models.Product) == 0
        assert count(database, models.NumberClaim) == 0

    @pytest.mark.proves("R-181")
    def test_gives_up_the_file(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        office.delete(office.save_complete())

        with database.read() as session:
            expired = queries.find_expired_uploads(session, now=clock.now(), limit=10)

        assert len(expired) == 1

    @pytest.mark.proves("R-179")
    def test_refuses_what_is_published(self, office: "Office") -> None:
        """手册 5.6.2, FAQ 29."""
        published = office.publish(office.save_complete())

        with pytest.raises(models.PublishedNotDeletableError):
            office.delete(published)

    def test_does_not_find_someone_elses(self, office: "Office", other_office: "Office") -> None:
        draft = office.save()

        with pytest.raises(queries.NotFoundError):
            other_office.delete(draft)
