"""Files on their way from the browser to a declaration."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from services.standards import models, queries
from services.standards.usecases import uploads
from services.standards.usecases.faults import InvalidDraftError
from tests.integration.standards.conftest import HASH, Refused

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

DAY = timedelta(hours=24)


def view(database: "Database", office: "Office", upload_id: str) -> dict[str, Any]:
    with database.read() as session:
        return queries.upload_view(
            queries.find_own_upload(
                session, upload_id=upload_id, enterprise_id=office.enterprise_id
            )
        )


def begin(database: "Database") -> list[uploads.Inspection]:
    # The time of PostgreSQL is set from here: it is a few milliseconds off, either way.
    database.clock.advance(timedelta(seconds=1))
    with database.transaction() as tx:
        return uploads.begin_inspections(tx=tx, limit=10)


def expired(database: "Database") -> list[str]:
    with database.read() as session:
        found = queries.find_expired_uploads(session, now=database.clock.now(), limit=10)
        return [upload.id for upload in found]


class TestOpenUpload:
    def test_refuses_what_is_announced_too_large(self, database: "Database") -> None:
        with database.transaction() as tx, pytest.raises(models.UploadTooLargeError):
            uploads.open_upload(
                tx=tx,
                enterprise_id="e",
                subject="user:1",
                file_name="a.pdf",
                size=1001,
                max_bytes=1000,
                lifetime=DAY,
            )

    @pytest.mark.proves("R-097", "F12")
    def test_keeps_a_harmless_name(self, office: "Office", database: "Database") -> None:
        upload_id = office.open("..\\标准\r\n.PDF")

        assert view(database, office, upload_id)["file_name"] == "标准.pdf"


class TestFinishUpload:
    def test_puts_the_file_up_for_inspection(self, office: "Office", database: "Database") -> None:
        upload_id = office.open()

        office.finish(upload_id)

        assert view(database, office, upload_id)["state"] == "INSPECTING"
        assert [found.upload_id for found in begin(database)] == [upload_id]

    def test_may_be_asked_twice(self, office: "Office") -> None:
        upload_id = office.open()

        assert office.finish(upload_id) == office.finish(upload_id)

    def test_refuses_another_file(self, office: "Office") -> None:
        upload_id = office.open()
        office.finish(upload_id)

        with pytest.raises(models.UploadWrongStateError):
            office.finish(upload_id, size=99)

    def test_refuses_what_is_too_large(self, office: "Office") -> None:
        with pytest.raises(models.UploadTooLargeError):
            office.finish(office.open(), size=1001)

    @pytest.mark.parametrize("change", [{"enterprise_id": "other"}, {"subject": "user:other"}])
    def test_belongs_to_who_opened_it(self, office: "Office", change: dict[str, str]) -> None:
        with pytest.raises(queries.UploadNotFoundError):
            office.finish(office.open(), **change)


class TestInspection:
    def test_accepts(self, office: "Office", database: "Database") -> None:
        found = view(database, office, office.upload())

        assert (found["state"], found["pages"], found["reason"]) == ("ACCEPTED", 3, None)

    @pytest.mark.proves("R-100")
    def test_refuses_with_a_reason_in_chinese(self, office: "Office", database: "Database") -> None:
        found = view(database, office, office.upload(Refused))

        assert (found["state"], found["reason"]) == ("REFUSED", "encrypted")
        assert "密码" in found["reason_text"]

    def test_is_tried_again_when_it_broke_off(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        upload_id = office.open()
        office.finish(upload_id)

        tries = []
        for _ in range(uploads.MAX_ATTEMPTS + 1):
            clock.advance(timedelta(seconds=1))
            tries.append(len(begin(database)))
            assert begin(database) == []
            clock.advance(models.INSPECTION_PATIENCE)

        assert tries == [1, 1, 1, 0]
        found = view(database, office, upload_id)
        assert (found["state"], found["reason"]) == ("REFUSED", uploads.INSPECTION_FAILED)
        assert found["reason_text"]

    def test_keeps_the_first_finding(self, office: "Office", database: "Database") -> None:
        upload_id = office.upload()

        office.settle(upload_id, Refused)

        assert view(database, office, upload_id)["state"] == "ACCEPTED"

    def test_ignores_a_file_that_is_gone(self, office: "Office") -> None:
        office.settle("0192f000-0000-7000-8000-00000000dead")


class TestAttach:
    @pytest.mark.proves("R-097")
    def test_shows_the_file_in_the_draft(self, office: "Office") -> None:
        upload_id = office.upload()

        draft = office.save(upload_id=upload_id)

        assert draft["text"] == {
            "upload_id": upload_id,
            "file_name": "标准.pdf",
            "size": 100,
            "sha256": HASH,
            "pages": 3,
        }

    @pytest.mark.proves("R-097")
    def test_replaces_and_removes_the_file(self, office: "Office", database: "Database") -> None:
        """手册 4.2: 删除 next to the file name lets the user choose again."""
        first, second = office.upload(), office.upload()
        draft = office.save(upload_id=first)
        change: dict[str, Any] = {"declaration_id": draft["declaration_id"]}

        replaced = office.save(**change, upload_id=second, expected_version=draft["version"])
        assert expired(database) == [first]
        removed = office.save(**change, upload_id=None, expected_version=replaced["version"])

        assert replaced["text"]["upload_id"] == second
        assert removed["text"] is None
        assert set(expired(database)) == {first, second}

    @pytest.mark.parametrize("step", ["opened", "inspecting", "refused", "attached", "unknown"])
    def test_refuses_a_file_that_is_not_free_and_good(self, office: "Office", step: str) -> None:
        upload_id = "0192f000-0000-7000-8000-00000000dead" if step == "unknown" else office.open()
        if step in {"inspecting", "refused", "attached"}:
            office.finish(upload_id)
        if step == "refused":
            office.settle(upload_id, Refused)
        if step == "attached":
            office.settle(upload_id)
            office.save(upload_id=upload_id)

        with pytest.raises(InvalidDraftError) as caught:
            office.save(upload_id=upload_id, number={"body": "other", "year": "2014"})

        (field,) = caught.value.fields
        waits = step in {"opened", "inspecting"}
        assert field.pointer == "/upload_id"
        assert field.code == f"standards.upload_{'not_ready' if waits else 'unusable'}"

    @pytest.mark.proves("F9")
    def test_refuses_someone_elses_file(self, office: "Office", other_office: "Office") -> None:
        with pytest.raises(InvalidDraftError):
            other_office.save(upload_id=office.upload())

    def test_refuses_an_expired_file(self, office: "Office", clock: "VirtualClock") -> None:
        upload_id = office.upload()
        clock.advance(DAY + timedelta(minutes=1))

        with pytest.raises(InvalidDraftError):
            office.save(upload_id=upload_id)


class TestExpiry:
    def test_comes_a_day_after_opening(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        upload_id = office.open()
        assert expired(database) == []
        clock.advance(DAY + timedelta(minutes=1))

        with database.transaction() as tx:
            uploads.forget_expired(tx=tx, upload_ids=expired(database))

        with pytest.raises(queries.UploadNotFoundError):
            view(database, office, upload_id)

    def test_spares_what_is_attached_or_published(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        office.save_complete(number={"body": "1", "year": "2014"})
        office.publish(office.save_complete())

        clock.advance(DAY)

        assert expired(database) == []
