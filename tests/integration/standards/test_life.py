"""What happens to a declaration once it is public: correct, add products, revise, withdraw."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis import tables
from chassis.errors import StaleError
from services.standards import models, queries
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import BarcodeRule, LifeRules, PublicationRules
from services.standards.usecases.correcting import NothingAddedError
from services.standards.usecases.drafting import NumberLockedError
from services.standards.usecases.faults import InvalidDraftError
from services.standards.usecases.numbers import AlreadyExistsError
from services.standards.usecases.publication import PredecessorWithdrawnError
from services.standards.usecases.revising import RevisionOpenError
from services.standards.usecases.versioning import NotPublishableError
from services.standards.usecases.withdrawing import ConfirmationInvalidError
from tests.integration.standards.conftest import PRODUCT

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
OTHER = {**PRODUCT, "name": "焖烧罐", "model": "SG-800"}


def events(database: "Database") -> list[dict[str, Any]]:
    with database.read() as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body)
            .where(tables.outbox.c.is_public)
            .order_by(tables.outbox.c.id)
        )
        return [json.loads(body) for body in bodies]


def names(database: "Database") -> list[str]:
    return [event["type"].removeprefix("cn.qibiao.declaration.") for event in events(database)]


def versions(office: "Office", published: dict[str, Any]) -> list[dict[str, Any]]:
    with office.database.read() as session:
        rows = session.scalars(
            sa.select(models.Version.document)
            .where(models.Version.declaration_id == published["declaration_id"])
            .order_by(models.Version.number)
        )
        return [json.loads(document) for document in rows]


class TestCorrectDeclaration:
    @pytest.mark.proves("R-163", "R-164", "R-168")
    def test_changes_anything_and_keeps_the_record(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.4.1, 5.4.3: 发布 24 小时内都允许修改."""
        first = office.publish_new()
        clock.advance(timedelta(hours=1))

        second = office.correct(
            first, number={"body": "4444", "year": "2015"}, title="焖烧罐", products=[OTHER]
        )

        assert second["number_text"] == "Q/4444-2015"
        assert (second["record_number"], second["published_at"]) == (
            first["record_number"],
            first["published_at"],
        )
        assert second["corrected_at"] > second["published_at"]
        assert [row["model"] for row in second["products"]] == ["SG-800"]
        assert names(database) == ["published.v1", "corrected.v1"]
        assert [event["sequence"] for event in events(database)] == [1, 2]

    @pytest.mark.proves("R-168")
    def test_keeps_what_was_public_before(self, office: "Office") -> None:
        first = office.publish_new()

        office.correct(first, title="焖烧罐")

        assert [document["title"] for document in versions(office, first)] == [
            "不锈钢保温杯",
            "焖烧罐",
        ]

    @pytest.mark.proves("R-163", "R-167")
    def test_is_over_after_24_hours_whatever_was_corrected_meanwhile(
        self, office: "Office", clock: "VirtualClock"
    ) -> None:
        """手册 5.4.3; FAQ 13, FAQ 28."""
        first = office.publish_new()
        clock.advance(DAY - SECOND)
        second = office.correct(first, title="焖烧罐")
        clock.advance(2 * SECOND)

        with pytest.raises(models.CorrectionOverError):
            office.correct(second, title="保温杯")
        assert office.show(first["declaration_id"])["title"] == "焖烧罐"

    @pytest.mark.proves("R-165", "R-170")
    def test_is_the_only_way_to_change_what_is_public(self, office: "Office") -> None:
        """手册 5.4.1: 已提交的标准，修改后也只能提交."""
        first = office.publish_new()

        with pytest.raises(models.PublishedNotSavableError):
            office.save(declaration_id=first["declaration_id"], expected_version=first["version"])

    def test_is_not_for_drafts(self, office: "Office") -> None:
        with pytest.raises(models.NotPublishedError):
            office.correct(office.save_complete())

    @pytest.mark.proves("R-166")
    def test_needs_the_commitment_anew(self, office: "Office", database: "Database") -> None:
        first = office.publish_new()

        with pytest.raises(NotPublishableError) as caught:
            office.correct(first, is_committed=False)

        assert [field.pointer for field in caught.value.fields] == ["/is_committed"]
        assert names(database) == ["published.v1"]

    @pytest.mark.proves("R-171")
    def test_does_not_take_a_number_the_enterprise_has(self, office: "Office") -> None:
        """FAQ 25: 该标准已存在."""
        office.publish_new(number={"body": "4444", "year": "2015"})
        first = office.publish_new()

        with pytest.raises(AlreadyExistsError):
            office.correct(first, number={"body": "4444", "year": "2015"})

    def test_gives_the_old_number_free(self, office: "Office") -> None:
        first = office.publish_new()

        office.correct(first, number={"body": "4444", "year": "2015"})

        assert office.save()["number_text"] == first["number_text"]

    @pytest.mark.proves("R-172")
    def test_is_not_for_what_was_withdrawn(self, office: "Office") -> None:
        first = office.publish_new()
        office.withdraw(first)

        with pytest.raises(models.WithdrawnError):
            office.correct(first)

    def test_notices_another_change(self, office: "Office") -> None:
        first = office.publish_new()
        office.correct(first, title="焖烧罐")

        with pytest.raises(StaleError):
            office.correct(first, title="保温杯")

    def test_is_nobody_else_s(self, office: "Office", other_office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(queries.NotFoundError):
            other_office.correct(first)

    def test_keeps_name_and_number_where_there_is_a_revision(self, office: "Office") -> None:
        first = office.publish_new()
        office.revise(first)

        with pytest.raises(NumberLockedError):
            office.correct(office.show(first["declaration_id"]), title="焖烧罐")
        corrected = office.correct(office.show(first["declaration_id"]), products=[OTHER])
        assert corrected["products"][0]["model"] == "SG-800"

    def test_takes_another_file_and_keeps_the_first(self, office: "Office") -> None:
        first = office.publish_new()
        other = office.upload()

        second = office.correct(first, upload_id=other)

        assert second["text"]["upload_id"] == other
        with office.database.read() as session:
            now = office.database.clock.now() + DAY * 365
            expired = queries.find_expired_uploads(session, now=now, limit=9)
        assert first["text"]["upload_id"] not in {upload.id for upload in expired}

    def test_of_many_at_once_counts_one(self, office: "Office", database: "Database") -> None:
        first = office.publish_new()

        def correct(title: str) -> str:
            try:
                return str(office.correct(first, title=title)["title"])
            except StaleError:
                return "stale"

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(correct, [f"保温杯 {n}" for n in range(8)]))

        assert answers.count("stale") == 7
        assert names(database) == ["published.v1", "corrected.v1"]


class TestAddProducts:
    @pytest.mark.proves("R-152", "R-125")
    def test_makes_no_new_standard(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.2.2: 不生成新的标准。只是产品数量增加。"""
        first = office.publish_new()
        clock.advance(DAY * 400)

        second = office.add_products(first, [OTHER, OTHER])

        assert len(second["products"]) == 3
        assert second["products"][0] == first["products"][0]
        same = ("record_number", "published_at", "title", "number_text", "text", "corrected_at")
        assert [second[name] for name in same] == [first[name] for name in same]
        assert names(database) == ["published.v1", "products_added.v1"]
        assert len(office.table()["items"]) == 1

    @pytest.mark.proves("R-079")
    def test_leaves_the_enterprise_as_it_was(self, office: "Office") -> None:
        """FAQ 15, FAQ 16, FAQ 31."""
        first = office.publish_new()
        old_name = office.enterprise.name
        office.rename("改名后的有限公司")

        office.add_products(first)

        names_ = [document["enterprise"]["name"] for document in versions(office, first)]
        assert names_ == [old_name, old_name]

    @pytest.mark.proves("R-151")
    def test_needs_the_commitment(self, office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(NotPublishableError):
            office.add_products(first, is_committed=False)

    def test_points_at_the_row_that_was_sent(self, office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(NotPublishableError) as caught:
            office.add_products(first, [OTHER, {**OTHER, "model": ""}])

        assert [field.pointer for field in caught.value.fields] == ["/products/1/model"]

    def test_judges_only_what_is_added(self, office: "Office") -> None:
        """What is public was checked by the rules of its time."""
        wrong = {**PRODUCT, "barcode": "6901234567891"}
        first = office.publish_new(products=[wrong])
        strict = PublicationRules(barcode=BarcodeRule.REFUSE)

        second = office.add_products(first, [OTHER], rules=strict)

        assert len(second["products"]) == 2
        with pytest.raises(NotPublishableError) as caught:
            office.add_products(second, [OTHER, wrong], rules=strict)
        assert [field.pointer for field in caught.value.fields] == ["/products/1/barcode"]

    def test_needs_a_product(self, office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(NothingAddedError):
            office.add_products(first, [{}])

    def test_stops_at_the_limit(self, office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(InvalidDraftError):
            office.add_products(first, [OTHER] * 2_000)

    @pytest.mark.proves("R-153")
    def test_is_not_for_what_was_withdrawn(self, office: "Office") -> None:
        first = office.publish_new()
        office.withdraw(first)

        with pytest.raises(models.WithdrawnError):
            office.add_products(first)

    def test_is_nobody_else_s(self, office: "Office", other_office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(queries.NotFoundError):
            other_office.add_products(first)


class TestBeginRevision:
    @pytest.mark.proves("R-077", "R-140", "R-156", "R-157", "R-161")
    def test_makes_a_second_standard_and_both_are_right(
        self, office: "Office", clock: "VirtualClock"
    ) -> None:
        """手册 5.3.2, FAQ 35: 修订后产生一条新标准，两个标准都是正确的."""
        first = office.publish_new()
        clock.advance(DAY * 730)

        draft = office.revise(first)
        second = office.publish(draft)

        rows = office.table()["items"]
        assert [row["number"] for row in rows] == [first["number_text"]] * 2
        assert [row["withdrawn_text"] for row in rows] == ["—", "—"]
        assert second["supersedes"]["record_number"] == first["record_number"]
        assert second["record_number"] != first["record_number"]
        (revision,) = office.show(first["declaration_id"])["revisions"]
        assert revision["record_number"] == second["record_number"]
        assert versions(office, second)[0]["supersedes"] == first["record_number"]

    @pytest.mark.proves("R-158")
    def test_starts_with_what_the_old_one_says(self, office: "Office") -> None:
        first = office.publish_new()

        draft = office.revise(first)

        assert draft["state"] == "DRAFT"
        same = ("number_text", "title", "products", "disclosure_mode")
        assert [draft[name] for name in same] == [first[name] for name in same]
        assert draft["text"]["sha256"] == first["text"]["sha256"]
        assert draft["text"]["upload_id"] != first["text"]["upload_id"]
        assert draft["is_number_locked"] is True
        assert [row["declaration_id"] for row in office.table(DeclarationState.DRAFT)["items"]] == [
            draft["declaration_id"]
        ]

    @pytest.mark.proves("R-155", "R-158")
    def test_keeps_name_and_number(self, office: "Office") -> None:
        """手册 5.3.2: “标准名称”、“标准编号”不允许修改，其余内容可以修改."""
        draft = office.revise(office.publish_new())
        change = {
            "declaration_id": draft["declaration_id"],
            "expected_version": draft["version"],
            "upload_id": draft["text"]["upload_id"],
        }

        with pytest.raises(NumberLockedError) as caught:
            office.save(**change, title="焖烧罐", number={"body": "9", "year": "2020"})
        saved = office.save(**change, products=[OTHER])

        assert {field.pointer for field in caught.value.fields} == {"/title", "/number"}
        assert saved["products"][0]["model"] == "SG-800"

    def test_is_open_once_at_a_time(self, office: "Office") -> None:
        first = office.publish_new()
        draft = office.revise(first)

        with pytest.raises(RevisionOpenError) as caught:
            office.revise(first)

        assert caught.value.params["declaration_id"] == draft["declaration_id"]
        office.delete(draft)
        assert office.revise(first)["state"] == "DRAFT"

    def test_of_many_at_once_opens_one(self, office: "Office") -> None:
        first = office.publish_new()

        def revise(_: int) -> bool:
            try:
                office.revise(first)
            except RevisionOpenError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(revise, range(8))) == 1

    def test_can_revise_a_revised_one_again(self, office: "Office") -> None:
        first = office.publish_new()
        office.publish(office.revise(first))

        again = office.publish(office.revise(first))

        assert again["supersedes"]["record_number"] == first["record_number"]
        assert len(office.show(first["declaration_id"])["revisions"]) == 2

    @pytest.mark.proves("R-162")
    def test_is_not_for_what_was_withdrawn(self, office: "Office") -> None:
        first = office.publish_new()
        office.withdraw(first)

        with pytest.raises(models.WithdrawnError):
            office.revise(first)

    @pytest.mark.proves("R-162")
    def test_cannot_be_published_once_the_old_one_is_withdrawn(self, office: "Office") -> None:
        first = office.publish_new()
        draft = office.revise(first)
        office.withdraw(office.show(first["declaration_id"]))

        with pytest.raises(PredecessorWithdrawnError):
            office.publish(draft)

    def test_leaves_the_file_to_both(self, office: "Office") -> None:
        """A file that two declarations hold is not taken away with one of them."""
        first = office.publish_new()
        draft = office.revise(first)
        office.delete(draft)

        with office.database.read() as session:
            later = office.database.clock.now() + DAY
            expired = queries.find_expired_uploads(session, now=later, limit=9)
            assert [upload.id for upload in expired] == [draft["text"]["upload_id"]]
            assert queries.find_alone(session, expired) == []

    def test_is_nobody_else_s(self, office: "Office", other_office: "Office") -> None:
        first = office.publish_new()

        with pytest.raises(queries.NotFoundError):
            other_office.revise(first)


class TestWithdrawDeclaration:
    @pytest.mark.proves("R-147", "R-175")
    def test_stays_on_record_with_its_end(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.5.2, FAQ 29."""
        first = office.publish_new()
        clock.advance(DAY)

        gone = office.withdraw(first, note="产品停产")

        assert (gone["state"], gone["withdrawal_reason"]) == ("WITHDRAWN", "NOT_IN_USE")
        assert gone["allowed_actions"] == ["VIEW"]
        (row,) = office.table()["items"]
        assert row["withdrawn_text"].startswith("2024-11-16 10:30:")
        assert names(database) == ["published.v1", "withdrawn.v1"]
        with database.read() as session:
            public = queries.find_public(session, record_number=first["record_number"])
        assert (public["state"], public["withdrawn_at"]) == ("WITHDRAWN", gone["withdrawn_at"])
        assert public["document"]["title"] == first["title"]

    @pytest.mark.proves("R-174")
    def test_asks_first_and_changes_nothing_until_confirmed(
        self, office: "Office", database: "Database"
    ) -> None:
        """手册 5.5.1: 确认提示."""
        first = office.publish_new()

        office.ask_withdrawal(first)

        assert office.show(first["declaration_id"])["state"] == "PUBLISHED"
        assert names(database) == ["published.v1"]
        with pytest.raises(ConfirmationInvalidError):
            office.withdraw(first, confirmation_token="made up")

    @pytest.mark.proves("R-174")
    def test_takes_a_confirmation_for_ten_minutes_and_this_state_only(
        self, office: "Office", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        token = office.ask_withdrawal(first)
        clock.advance(timedelta(minutes=10, seconds=1))
        with pytest.raises(ConfirmationInvalidError):
            office.withdraw(first, confirmation_token=token)

        token = office.ask_withdrawal(first)
        office.add_products(first)
        with pytest.raises(ConfirmationInvalidError):
            office.withdraw(first, confirmation_token=token)

    @pytest.mark.proves("R-077")
    def test_gives_the_number_free(self, office: "Office") -> None:
        """FAQ 13, FAQ 25: 废止后可以重新填报."""
        first = office.publish_new()
        office.withdraw(first)

        second = office.publish_new()

        assert second["number_text"] == first["number_text"]
        assert second["supersedes"] is None

    def test_keeps_the_number_while_a_revision_lives(self, office: "Office") -> None:
        first = office.publish_new()
        second = office.publish(office.revise(first))
        office.withdraw(office.show(first["declaration_id"]))

        with pytest.raises(AlreadyExistsError) as caught:
            office.save()
        assert caught.value.params["declaration_id"] == second["declaration_id"]
        office.withdraw(second)
        assert office.save()["state"] == "DRAFT"

    def test_of_the_last_two_at_once_gives_the_number_free(self, office: "Office") -> None:
        first = office.publish_new()
        second = office.publish(office.revise(first))
        both = [(entry, office.ask_withdrawal(entry)) for entry in (first, second)]

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda one: office.withdraw(one[0], confirmation_token=one[1]), both))

        assert office.save()["state"] == "DRAFT"

    @pytest.mark.proves("R-176", "R-179")
    def test_is_not_deleted(self, office: "Office") -> None:
        """FAQ 29: 平台不支持标准的删除操作."""
        first = office.publish_new()
        gone = office.withdraw(first)

        with pytest.raises(models.PublishedNotDeletableError):
            office.delete(gone)

    @pytest.mark.proves("R-177")
    def test_cannot_be_taken_back(self, office: "Office") -> None:
        first = office.publish_new()
        token = office.ask_withdrawal(first)
        office.withdraw(first, confirmation_token=token)

        for again in (office.correct, office.add_products, office.revise, office.withdraw):
            with pytest.raises(models.WithdrawnError):
                again(first)

    @pytest.mark.proves("R-173")
    def test_is_for_the_kinds_of_the_installation(self, office: "Office") -> None:
        """手册 5.5.2: 只有企业标准才可以废止; R-178 lets an installation open other kinds."""
        first = office.publish_new()
        office.life = LifeRules(withdrawable_kinds=frozenset({StandardKind.LOCAL}))

        with pytest.raises(models.NotWithdrawableError):
            office.withdraw(first)

    def test_is_not_for_drafts(self, office: "Office") -> None:
        with pytest.raises(models.NotPublishedError):
            office.withdraw(office.save_complete())

    def test_is_nobody_else_s(self, office: "Office", other_office: "Office") -> None:
        first = office.publish_new()
        token = office.ask_withdrawal(first)

        with pytest.raises(queries.NotFoundError):
            other_office.withdraw(first, confirmation_token=token)
