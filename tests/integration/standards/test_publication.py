"""Publishing a declaration: complete or not at all, public at once, once and for good."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from chassis import schemas, tables
from chassis.errors import StaleError
from services.standards import models, queries
from services.standards.models import AlreadyPublishedError
from services.standards.usecases import publication
from services.standards.usecases.versioning import NotPublishableError

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office


def sent_events(database: "Database", *, is_public: bool = True) -> list[dict[str, object]]:
    with database.read() as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.is_public == is_public)
        )
        return [json.loads(body) for body in bodies]


class TestPublishDeclaration:
    @pytest.mark.proves("R-072", "R-093", "R-208")
    def test_is_public_at_once(self, office: "Office") -> None:
        """手册 4.1, FAQ 34: 平台不审核标准."""
        view = office.publish(office.save_complete())

        code = office.enterprise.credit_code
        assert view["state"] == "PUBLISHED"
        assert view["record_number"] == f"Q-{code}-202411151030-0001"
        assert view["published_at"].startswith("2024-11-15T02:30:")
        assert view["page_url"] == f"/s/{view['record_number']}"

    @pytest.mark.proves("R-075")
    def test_says_where_to_go_next(self, office: "Office") -> None:
        """手册 4.1: after 提交 the page jumps to the list of that kind, after 保存 it stays."""
        draft = office.save_complete()

        view = office.publish(draft)

        assert view["list_kind"] == "ENTERPRISE"
        assert "list_kind" not in draft

    @pytest.mark.proves("R-071", "R-085", "R-091", "R-127")
    def test_refuses_and_names_everything_missing(
        self, office: "Office", database: "Database"
    ) -> None:
        """手册 4.1, 4.2, FAQ 20, FAQ 24."""
        draft = office.save(products=[])

        with pytest.raises(NotPublishableError) as caught:
            office.publish(draft, is_committed=False)

        assert {field.code for field in caught.value.fields} == {
            "standards.text_required",
            "standards.product_required",
            "standards.commitment_required",
        }
        assert sent_events(database) == []

    @pytest.mark.proves("R-127")
    def test_refuses_without_commitment(self, office: "Office") -> None:
        with pytest.raises(NotPublishableError) as caught:
            office.publish(office.save_complete(), is_committed=False)

        assert [field.pointer for field in caught.value.fields] == ["/is_committed"]

    @pytest.mark.proves("R-081")
    def test_refuses_a_product_without_its_model(self, office: "Office") -> None:
        draft = office.save_complete(products=[{"name": "杯", "class_code": "2106"}])

        with pytest.raises(NotPublishableError) as caught:
            office.publish(draft)

        assert [field.pointer for field in caught.value.fields] == ["/products/0/model"]

    def test_refuses_a_second_time(self, office: "Office") -> None:
        published = office.publish(office.save_complete())

        with pytest.raises(AlreadyPublishedError) as caught:
            office.publish(published)

        assert caught.value.params["record_number"] == published["record_number"]

    def test_refuses_what_the_caller_has_not_seen(self, office: "Office") -> None:
        draft = office.save_complete()
        office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            upload_id=draft["text"]["upload_id"],
            title="另一个名称",
        )

        with pytest.raises(StaleError):
            office.publish(draft)

    def test_does_not_find_someone_elses(self, office: "Office", other_office: "Office") -> None:
        draft = office.save_complete()

        with pytest.raises(queries.NotFoundError):
            other_office.publish(draft)

    def test_counts_the_publications_of_an_enterprise(
        self, office: "Office", other_office: "Office", clock: "VirtualClock"
    ) -> None:
        numbers = []
        for year in ("2014", "2015"):
            draft = office.save_complete(number={"body": "1", "year": year})
            numbers.append(office.publish(draft)["record_number"][-4:])
            clock.advance(timedelta(minutes=1))

        others = other_office.publish(other_office.save_complete())["record_number"][-4:]

        assert numbers == ["0001", "0002"]
        assert others == "0001"

    def test_gives_out_no_count_twice(self, office: "Office") -> None:
        drafts = [
            office.save_complete(number={"body": str(body), "year": "2014"}) for body in range(8)
        ]

        with ThreadPoolExecutor(8) as pool:
            views = list(pool.map(office.publish, drafts))

        counts = {view["record_number"].rsplit("-", 1)[1] for view in views}
        assert counts == {f"{count:04d}" for count in range(1, 9)}

    def test_is_done_once_by_many_at_once(self, office: "Office", database: "Database") -> None:
        draft = office.save_complete()

        def attempt(_: int) -> bool:
            try:
                office.publish(draft)
            except (AlreadyPublishedError, StaleError):
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(attempt, range(8)))

        assert outcomes.count(True) == 1
        assert len(sent_events(database)) == 1

    def test_needs_no_text_where_indicators_are_disclosed(
        self, office: "Office", database: "Database"
    ) -> None:
        """手册 4.2."""
        indicator = {
            "name": "气味",
            "requirement": {"kind": "TEXT", "content": "无异味"},
            "test_method": {"kind": "CUSTOM", "content": "嗅"},
        }
        draft = office.save(disclosure_mode="INDICATORS", indicators=[indicator])

        view = office.publish(draft)

        with database.read() as session:
            found = queries.find_version(session, declaration_id=view["declaration_id"], version=1)
            with pytest.raises(queries.NotFoundError):
                queries.find_public_text(session, record_number=view["record_number"])
        (event,) = sent_events(database)
        assert json.loads(found["document"])["text"] is None
        assert found["extracted_text"] is None
        assert isinstance(event["data"], dict)
        assert event["data"]["text"] is None


class TestPublishedDocument:
    @pytest.mark.proves("R-079", "C6", "R-212")
    def test_keeps_the_enterprise_as_it_was(self, office: "Office", database: "Database") -> None:
        """手册 FAQ 15, 16, 31."""
        old = office.publish(office.save_complete(number={"body": "1", "year": "2014"}))
        office.enterprise = replace(
            office.enterprise, name="新名称有限公司", legal_representative="李华", address="新址"
        )

        new = office.publish(office.save_complete(number={"body": "2", "year": "2014"}))

        with database.read() as session:
            before = queries.find_public(session, record_number=old["record_number"])["document"]
            after = queries.find_public(session, record_number=new["record_number"])["document"]
        assert before["enterprise"]["name"] == "浙江示例器皿有限公司"
        assert before["enterprise"]["legal_representative"] == "王明"
        assert before["enterprise"]["address"] == "浙江省永康市示例路1号"
        assert after["enterprise"]["name"] == "新名称有限公司"
        assert "新名称有限公司" not in json.dumps(before, ensure_ascii=False)

    @pytest.mark.proves("R-131", "R-132", "R-146")
    def test_holds_all_blocks_and_the_commitment_word_for_word(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.1.1."""
        draft = office.save_complete()
        with database.read() as session:
            preview = publication.preview_commitment(
                session, declaration_id=draft["declaration_id"], enterprise=office.enterprise
            )

        view = office.publish(draft)

        with database.read() as session:
            version = session.get(models.Version, (view["declaration_id"], 1))
            found = queries.find_version(session, declaration_id=view["declaration_id"], version=1)
        document = json.loads(found["document"])
        assert document["commitment"] == preview
        assert document["enterprise"]["name"] == office.enterprise.name
        assert document["number"]["text"] == "Q/3333-2014"
        assert document["products"][0]["barcode"] == "6901234567892"
        assert document["published_at"] == view["published_at"]
        assert version is not None
        assert version.commitment_text == preview["text"]
        assert version.commitment_template == preview["template_version"]
        assert version.committed_by.startswith("user:")
        assert version.committed_from == "192.0.2.7"
        assert abs(version.published_at - clock.now()) < timedelta(minutes=1)

    def test_is_canonical_and_hashed(self, office: "Office", database: "Database") -> None:
        view = office.publish(office.save_complete())

        with database.read() as session:
            found = queries.find_version(session, declaration_id=view["declaration_id"], version=1)

        text = found["document"]
        canonical = json.dumps(
            json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert text == canonical
        assert found["sha256"] == sha256(text.encode()).hexdigest()

    @pytest.mark.proves("R-217")
    def test_names_no_account(self, office: "Office", database: "Database") -> None:
        view = office.publish(office.save_complete())

        with database.read() as session:
            found = queries.find_version(session, declaration_id=view["declaration_id"], version=1)

        assert "user:" not in found["document"]
        assert "192.0.2.7" not in found["document"]


class TestDeclarationPublished:
    @pytest.mark.proves("R-073")
    def test_announces_the_publication(self, office: "Office", database: "Database") -> None:
        view = office.publish(office.save_complete())

        (event,) = sent_events(database)
        data = event["data"]
        assert isinstance(data, dict)
        assert event["type"] == "cn.qibiao.declaration.published.v1"
        assert (event["subject"], event["sequence"]) == (view["declaration_id"], 1)
        assert data["record_number"] == view["record_number"]
        assert data["product_count"] == 1
        assert "legal_representative" not in data["enterprise"]
        schemas.validate("standards", "declaration.published.v1", data)

    def test_stays_small_with_many_products(self, office: "Office", database: "Database") -> None:
        long = dict.fromkeys(("name", "brand", "specification", "model", "class_code"), "标" * 200)
        draft = office.save_complete(products=[{**long, "barcode": str(n)} for n in range(300)])

        office.publish(draft)

        (event,) = sent_events(database)
        data = event["data"]
        assert isinstance(data, dict)
        assert data["product_count"] == 300
        assert 0 < len(data["products"]) <= 20
        assert len(json.dumps(event, ensure_ascii=False).encode()) < 128 * 1024

    @pytest.mark.proves("R-215", "R-074")
    def test_tells_nothing_of_drafts(self, office: "Office", database: "Database") -> None:
        draft = office.save_complete()
        office.save(
            declaration_id=draft["declaration_id"],
            expected_version=draft["version"],
            title="改名",
        )
        office.delete(draft)

        assert sent_events(database) + sent_events(database, is_public=False) == []


class TestDeclarationVersioned:
    def test_tells_what_the_index_would_ask_for(
        self, office: "Office", database: "Database"
    ) -> None:
        view = office.publish(office.save_complete())

        (event,) = sent_events(database, is_public=False)
        data = event["data"]
        assert isinstance(data, dict)
        with database.read() as session:
            asked = queries.find_current(session, declaration_id=view["declaration_id"])
        assert data["current"] == asked
        assert data["document_sha256"] == asked["sha256"]
        assert (event["subject"], event["sequence"]) == (view["declaration_id"], asked["sequence"])
        schemas.validate("standards", "declaration.versioned.v1", data)

    def test_says_only_where_to_ask_when_there_is_much(
        self, office: "Office", database: "Database"
    ) -> None:
        long = dict.fromkeys(("name", "brand", "specification", "model", "class_code"), "标" * 200)
        draft = office.save_complete(products=[{**long, "barcode": str(n)} for n in range(300)])

        view = office.publish(draft)

        (event,) = sent_events(database, is_public=False)
        data = event["data"]
        assert isinstance(data, dict)
        assert data.keys() == {"record_number", "version", "document_sha256"}
        assert data["record_number"] == view["record_number"]
        schemas.validate("standards", "declaration.versioned.v1", data)


class TestPreviewCommitment:
    @pytest.mark.proves("R-130")
    def test_names_enterprise_number_and_title(
        self, office: "Office", database: "Database"
    ) -> None:
        draft = office.save()

        with database.read() as session:
            preview = publication.preview_commitment(
                session, declaration_id=draft["declaration_id"], enterprise=office.enterprise
            )

        assert "Q/3333-2014《不锈钢保温杯》" in preview["text"]
        assert office.enterprise.name in preview["text"]
