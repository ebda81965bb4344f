"""Five kinds, picked or typed, with text or indicators: saved, published, kept word for word."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis import ids
from services.standards import models, queries
from services.standards.domain.catalogue import CatalogueRecord, CatalogueState
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.number_forms import read_number
from services.standards.models.catalogue import CatalogueStandard
from services.standards.usecases.faults import InvalidDraftError
from services.standards.usecases.numbers import AlreadyExistsError
from services.standards.usecases.versioning import NotPublishableError
from tests.integration.standards.conftest import HASH

if TYPE_CHECKING:
    from tests.integration.standards.conftest import Office

TYPED = {
    StandardKind.INDUSTRY: {"prefix": "JB/T", "body": "12202", "year": "2015"},
    StandardKind.LOCAL: {"prefix": "DB13/T", "body": "1023", "year": "2013"},
    StandardKind.GROUP: {"prefix": "T/ZZB", "body": "0001", "year": "2019"},
    StandardKind.ENTERPRISE: {"prefix": "Q", "body": "3333", "year": "2014"},
}
LETTERS = {"NATIONAL": "G", "INDUSTRY": "H", "LOCAL": "D", "GROUP": "T", "ENTERPRISE": "Q"}
CONCENTRATION = {
    "name": "浓度",
    "category": "指标",
    "requirement": {
        "kind": "NUMERIC",
        "left": {
            "symbol": "<",
            "main": "95%",
            "upper_tolerance": "0.1",
            "lower_tolerance": "0.2",
        },
        "right": {"symbol": "<=", "main": "99", "upper_tolerance": "0.150"},
        "unit": "/L",
    },
    "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
    "level_note": "合格判定水平",
}
SMELL = {
    "name": "气味",
    "requirement": {"kind": "TEXT", "content": "无异味"},
    "test_method": {"kind": "CATALOGUE", "number": "GB/T 29606-2013", "title": "不锈钢真空杯"},
}


def list_in_catalogue(office: "Office", text: str, title: str = "不锈钢真空杯") -> str:
    """Put a standard into the catalogue; return its id."""
    number = read_number(text)
    record = CatalogueRecord(number=number, title=title, state=CatalogueState.CURRENT)
    with office.database.transaction() as tx:
        found = tx.session.scalar(
            sa.select(CatalogueStandard).where(CatalogueStandard.number_key == number.key)
        )
        entry = found or CatalogueStandard(id=ids.new_id(), created_at=datetime.now(UTC))
        entry.take(record, now=datetime.now(UTC))
        tx.session.add(entry)
        tx.session.flush()
        return entry.id


def document(office: "Office", published: dict[str, Any]) -> dict[str, Any]:
    with office.database.read() as session:
        version = session.get_one(
            models.Version, (published["declaration_id"], published["published_version"])
        )
        content: dict[str, Any] = json.loads(version.document)
    return content


class TestPicked:
    @pytest.mark.proves("R-064", "R-066", "R-067", "R-082", "R-117")
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("NATIONAL", "GB/T 29606-2013"),
            ("INDUSTRY", "JB/T 12202-2015"),
            ("LOCAL", "DB13/T 1023-2013"),
            ("GROUP", "T/ZZB 0001-2019"),
        ],
    )
    def test_is_published_with_the_catalogue_s_name_and_number(
        self, office: "Office", kind: str, text: str
    ) -> None:
        """手册 4.1(1), 4.1(3); FAQ 33."""
        catalogue_id = list_in_catalogue(office, text)

        draft = office.save(kind=kind, catalogue_id=catalogue_id, number={}, title="")
        published = office.publish(draft)

        assert (published["number_text"], published["title"]) == (text, "不锈钢真空杯")
        assert published["record_number"].startswith(LETTERS[kind] + "-")
        kept = document(office, published)
        assert (kept["kind"], kept["catalogue_id"]) == (kind, catalogue_id)
        assert (kept["disclosure_mode"], kept["text"], kept["indicators"]) == ("NONE", None, [])
        assert "上述产品符合" in kept["commitment"]["text"]
        assert "专家评审" not in kept["commitment"]["text"]

    @pytest.mark.proves("R-084")
    def test_holds_one_standard_the_last_that_was_picked(self, office: "Office") -> None:
        """手册 4.1(1): 选择一个标准."""
        first = list_in_catalogue(office, "GB/T 29606-2013")
        second = list_in_catalogue(office, "GB 4806.9-2016", "食品接触用金属材料及制品")
        draft = office.save(kind="NATIONAL", catalogue_id=first, number={}, title="")

        changed = office.save(
            kind="NATIONAL",
            catalogue_id=second,
            number={},
            title="",
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
        )

        assert (changed["number_text"], changed["catalogue_id"]) == ("GB 4806.9-2016", second)
        assert office.save(kind="NATIONAL", catalogue_id=first, number={}, title="")

    @pytest.mark.proves("R-069")
    def test_is_of_the_kind_of_the_page(self, office: "Office") -> None:
        """FAQ 18."""
        industry = list_in_catalogue(office, "JB/T 12202-2015")

        with pytest.raises(InvalidDraftError) as caught:
            office.save(kind="NATIONAL", catalogue_id=industry, number={}, title="")

        (fault,) = caught.value.fields
        assert (fault.pointer, fault.code) == ("/catalogue_id", "standards.catalogue_unknown")

    @pytest.mark.proves("R-076")
    def test_exists_once_per_enterprise_and_kind_however_it_was_entered(
        self, office: "Office", other_office: "Office"
    ) -> None:
        """FAQ 25."""
        entry = {"catalogue_id": list_in_catalogue(office, "DB13/T 1023-2013")}
        office.save(kind="LOCAL", **entry, number={}, title="")

        with pytest.raises(AlreadyExistsError):
            office.save(kind="LOCAL", number=TYPED[StandardKind.LOCAL])
        assert other_office.save(kind="LOCAL", **entry, number={}, title="")

    @pytest.mark.proves("R-173", "R-154")
    def test_is_neither_revised_nor_withdrawn(self, office: "Office") -> None:
        """手册 5.3.2, 5.5.2."""
        entry = {"catalogue_id": list_in_catalogue(office, "GB/T 29606-2013")}
        published = office.publish(office.save(kind="NATIONAL", **entry, number={}, title=""))

        with pytest.raises(models.NotRevisableError):
            office.revise(published)
        with pytest.raises(models.NotWithdrawableError):
            office.withdraw(published)

    @pytest.mark.proves("R-149", "R-163")
    def test_can_be_corrected_and_given_more_products(self, office: "Office") -> None:
        """手册 5.2.2, 5.4.1."""
        entry = {"catalogue_id": list_in_catalogue(office, "GB/T 29606-2013")}
        published = office.publish(office.save(kind="NATIONAL", **entry, number={}, title=""))

        added = office.add_products(published)
        corrected = office.correct(added, products=added["products"][:1])

        assert (len(added["products"]), len(corrected["products"])) == (2, 1)


class TestTyped:
    @pytest.mark.proves("R-064", "R-118", "R-133")
    @pytest.mark.parametrize("kind", list(TYPED))
    def test_is_published_and_listed_under_its_kind(
        self, office: "Office", kind: StandardKind
    ) -> None:
        """手册 4.1(2), 4.1(3), 5."""
        published = office.publish_new(kind=kind.value, number=TYPED[kind])

        assert published["record_number"].startswith(LETTERS[kind] + "-")
        for other in StandardKind:
            assert office.table(kind=other)["total"] == (other is kind)

    def test_of_one_number_may_stand_under_several_kinds(self, office: "Office") -> None:
        for kind, number in TYPED.items():
            office.save(kind=kind.value, number=number)

        assert office.table(DeclarationState.DRAFT, kind=StandardKind.GROUP)["total"] == 1


class TestIndicators:
    @pytest.mark.proves("R-093", "R-105", "R-115")
    def test_are_published_in_place_of_the_text(self, office: "Office") -> None:
        """手册 4.1(2), 4.2."""
        draft = office.save(disclosure_mode="INDICATORS", indicators=[CONCENTRATION, SMELL])

        published = office.publish(draft)

        first, second = document(office, published)["indicators"]
        assert first["preview"] == "95%(+0.100,-0.200) < 浓度 <= 99(+0.150,-0.000)/L"
        assert (first["category"], first["level_note"]) == ("指标", "合格判定水平")
        assert second["preview"] == "无异味"
        assert second["test_method"]["number"] == "GB/T 29606-2013"
        assert published["text"] is None

    def test_keep_their_interval_where_it_can_be_compared(self, office: "Office") -> None:
        numeric = {**SMELL, "requirement": {
            "kind": "NUMERIC", "right": {"symbol": "<=", "main": "0.5"}, "unit": "mg/L"
        }}  # fmt: skip

        draft = office.save(disclosure_mode="INDICATORS", indicators=[numeric, SMELL])

        with office.database.read() as session:
            rows = session.scalars(
                sa.select(models.IndicatorRow)
                .where(models.IndicatorRow.declaration_id == draft["declaration_id"])
                .order_by(models.IndicatorRow.position)
            ).all()
        assert [(row.low, row.high, row.is_high_closed, row.unit) for row in rows] == [
            (None, "0.5", True, "mg/L"),
            (None, None, False, ""),
        ]

    @pytest.mark.proves("R-101", "R-102")
    def test_lack_a_method_or_are_none_at_all(self, office: "Office") -> None:
        bare = {name: SMELL[name] for name in ("name", "requirement")}
        draft = office.save(disclosure_mode="INDICATORS", indicators=[bare])
        with pytest.raises(NotPublishableError) as caught:
            office.publish(draft)
        assert [field.pointer for field in caught.value.fields] == ["/indicators/0/test_method"]

        none = office.save(disclosure_mode="INDICATORS", number={"body": "9", "year": "2014"})
        with pytest.raises(NotPublishableError) as caught:
            office.publish(none)
        assert [field.code for field in caught.value.fields] == ["standards.indicator_required"]

    @pytest.mark.proves("R-092")
    def test_take_the_place_of_a_text_when_the_way_is_changed(self, office: "Office") -> None:
        """FAQ 37."""
        draft = office.save_complete()

        changed = office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            disclosure_mode="INDICATORS",
            indicators=[SMELL],
        )

        assert (changed["text"], changed["disclosure_mode"]) == (None, "INDICATORS")
        back = office.save_complete(
            declaration_id=draft["declaration_id"], expected_version=changed["version"]
        )
        assert (back["indicators"], back["disclosure_mode"]) == ([], "FULL_TEXT")

    def test_go_along_into_a_revision(self, office: "Office") -> None:
        published = office.publish(
            office.save(disclosure_mode="INDICATORS", indicators=[CONCENTRATION])
        )

        assert office.revise(published)["indicators"] == published["indicators"]


class TestIndicatorFiles:
    """手册 4.1(2): 如果技术指标内容较多, 请上传文本."""

    def indicator(self, upload_id: str) -> dict[str, Any]:
        requirement = {"kind": "TEXT", "file": {"upload_id": upload_id}}
        return {**SMELL, "name": "耐腐蚀", "requirement": requirement}

    @pytest.mark.proves("R-110")
    def test_are_published_with_name_and_hash(self, office: "Office") -> None:
        upload_id = office.upload()
        draft = office.save(disclosure_mode="INDICATORS", indicators=[self.indicator(upload_id)])

        published = office.publish(draft)

        (kept,) = document(office, published)["indicators"]
        assert kept["requirement"]["file"] == {
            "upload_id": upload_id,
            "file_name": "标准.pdf",
            "sha256": HASH,
        }
        with office.database.read() as session:
            record = published["record_number"]
            found = queries.find_indicator_text(session, record_number=record, position=1)
            with pytest.raises(queries.NotFoundError):
                queries.find_indicator_text(session, record_number=record, position=2)
        assert found["key"] == f"uploads/{upload_id}"

    @pytest.mark.proves("F9")
    def test_are_the_enterprise_s_own_and_used_once(
        self, office: "Office", other_office: "Office"
    ) -> None:
        foreign, own = other_office.upload(), office.upload()
        office.save(disclosure_mode="INDICATORS", indicators=[self.indicator(own)])

        for upload_id in (foreign, own, "made up"):
            with pytest.raises(InvalidDraftError) as caught:
                office.save(
                    number={"body": "9", "year": "2014"},
                    disclosure_mode="INDICATORS",
                    indicators=[SMELL, self.indicator(upload_id)],
                )
            (fault,) = caught.value.fields
            assert fault.pointer == "/indicators/1/requirement/file/upload_id"
            assert fault.code == "standards.upload_unusable"

    def test_are_given_up_when_replaced_but_not_what_was_public(self, office: "Office") -> None:
        first, second = office.upload(), office.upload()
        draft = office.save(disclosure_mode="INDICATORS", indicators=[self.indicator(first)])
        published = office.publish(draft)

        office.correct(published, indicators=[self.indicator(second)])
        dropped = office.save(
            number={"body": "9", "year": "2014"},
            disclosure_mode="INDICATORS",
            indicators=[self.indicator(third := office.upload())],
        )
        office.delete(dropped)

        with office.database.read() as session:
            later = office.database.clock.now() + timedelta(days=2)
            expired = queries.find_expired_uploads(session, now=later, limit=9)
        assert [upload.id for upload in expired] == [third]

    def test_go_along_into_a_revision(self, office: "Office") -> None:
        upload_id = office.upload()
        published = office.publish(
            office.save(disclosure_mode="INDICATORS", indicators=[self.indicator(upload_id)])
        )

        revised = office.publish(office.revise(published))

        (file,) = [entry["requirement"]["file"] for entry in revised["indicators"]]
        assert (file["sha256"], file["file_name"]) == (HASH, "标准.pdf")
        assert file["upload_id"] != upload_id
        with office.database.read() as session:
            found = queries.find_indicator_text(
                session, record_number=revised["record_number"], position=1
            )
        assert found["key"] == f"uploads/{upload_id}"


class TestDisclosure:
    def test_is_kept_with_what_was_published(self, office: "Office") -> None:
        """企业标准化促进办法 Art. 14-16."""
        said = {
            "deviation": "FEWER",
            "recommended_number": "GB/T 29606-2013",
            "deviation_statement": "少于推荐性国家标准：未规定保温效能。",
            "commissioned_producer": "永康代工有限公司",
            "joint_parties": ["甲公司", "乙公司"],
        }

        published = office.publish_new(disclosure=said, subject="SERVICE")

        kept = document(office, published)
        assert {name: kept["disclosure"][name] for name in said} == said
        assert kept["subject"] == "SERVICE"

    def test_of_a_deviation_needs_its_statement(self, office: "Office") -> None:
        draft = office.save_complete(disclosure={"deviation": "LOWER"})

        with pytest.raises(NotPublishableError) as caught:
            office.publish(draft)

        assert {field.pointer for field in caught.value.fields} == {
            "/disclosure/recommended_number",
            "/disclosure/deviation_statement",
        }
