"""Texts that standards makes: commitments, record numbers, list cells, documents, file names."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import documents, folding, listing, record_number
from services.standards.domain.commitment import render_commitment
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.file_names import LONGEST, clean_file_name
from services.standards.domain.kinds import StandardKind

NAMES = {"enterprise": "示例有限公司", "number": "Q/3333-2014", "title": "保温杯{0}"}


class TestRenderCommitment:
    @pytest.mark.proves("R-130")
    def test_of_ones_own_standard_answers_for_its_content(self) -> None:
        """手册 4.1(2)."""
        commitment = render_commitment(kind=StandardKind.ENTERPRISE, **NAMES)

        assert "Q/3333-2014《保温杯{0}》" in commitment.text
        assert "示例有限公司" in commitment.text
        assert "已经专家评审" in commitment.text
        assert "真实性、准确性、合法性" in commitment.text
        assert commitment.template_version == "own-1"

    @pytest.mark.proves("R-129")
    @pytest.mark.parametrize("kind", [kind for kind in StandardKind if kind != "ENTERPRISE"])
    def test_of_a_picked_standard_answers_for_keeping_it(self, kind: StandardKind) -> None:
        """手册 4.1(1)."""
        commitment = render_commitment(kind=kind, **NAMES)

        assert all(name in commitment.text for name in NAMES.values())
        assert "真实性、准确性、合法性" in commitment.text
        assert "专家评审" not in commitment.text
        assert commitment.template_version == "picked-1"


class TestRecordNumber:
    def test_holds_code_minute_in_beijing_and_count(self) -> None:
        moment = datetime(2017, 5, 31, 16, 40, 59, tzinfo=UTC)

        text = record_number.compose_record_number(
            kind=StandardKind.ENTERPRISE, code="91330000740545604A", published_at=moment, count=4
        )

        assert text == "Q-91330000740545604A-201706010040-0004"

    @given(
        st.sampled_from(list(StandardKind)),
        st.sampled_from(["91330000740545604A", "740545604"]),
        st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
        st.integers(1, 10**6),
    )
    def test_has_its_form(
        self, kind: StandardKind, code: str, moment: datetime, count: int
    ) -> None:
        text = record_number.compose_record_number(
            kind=kind, code=code, published_at=moment, count=count
        )

        assert record_number.is_record_number(text)

    @pytest.mark.parametrize("text", ["", "Q-1-2-3", "X-740545604-201706010040-0004", "Q" * 50])
    def test_knows_what_is_none(self, text: str) -> None:
        assert not record_number.is_record_number(text)


class TestListing:
    @pytest.mark.proves("R-137")
    @pytest.mark.parametrize(
        ("first", "count", "text"),
        [
            (None, 0, ""),
            ("保温杯", 1, "保温杯"),
            ("保温杯", 3, "保温杯等,共3个产品"),
            ("杯" * 21, 1, "杯" * 20 + "..."),
            ("杯" * 21, 2, "杯" * 20 + "...等,共2个产品"),
        ],
    )
    def test_names_the_first_product_and_counts(
        self, first: str | None, count: int, text: str
    ) -> None:
        """手册 5.4.2, figure."""
        assert listing.related_products(first, count) == text

    @pytest.mark.proves("R-138")
    def test_writes_times_in_beijing(self) -> None:
        moment = datetime(2014, 4, 30, 16, 0, 1, tzinfo=UTC)

        assert listing.beijing_time(moment) == "2014-05-01 00:00:01"
        assert listing.beijing_time(None) == "—"


class TestCanonicalize:
    def test_does_not_depend_on_the_order_of_keys(self) -> None:
        first = documents.canonicalize({"b": "标准", "a": {"d": 1, "c": None}})
        second = documents.canonicalize({"a": {"c": None, "d": 1}, "b": "标准"})

        assert first == second
        assert first.text == '{"a":{"c":null,"d":1},"b":"标准"}'

    @given(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers()))
    def test_says_what_it_was_given(self, content: dict[str, object]) -> None:
        document = documents.canonicalize(content)

        assert json.loads(document.text) == content
        assert documents.canonicalize(documents.read(document.text)) == document


class TestCleanFileName:
    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("标准 文本.pdf", "标准 文本.pdf"),
            ("a\r\nb/../../c\u202egpj.PDF", "cgpj.pdf"),
            ("C:\\temp\\标准.pdf", "标准.pdf"),
            ('Q3333"; x=<b>.docx', "Q3333; x=b.docx.pdf"),
            ("", "标准文本.pdf"),
            ("...", "标准文本.pdf"),
        ],
    )
    @pytest.mark.proves("F12")
    def test_leaves_nothing_harmful(self, name: str, clean: str) -> None:
        assert clean_file_name(name) == clean

    @given(st.text(max_size=400))
    def test_is_short_and_stays_as_it_is(self, name: str) -> None:
        clean = clean_file_name(name)

        assert len(clean) <= LONGEST
        assert clean.endswith(".pdf")
        assert "/" not in clean
        assert clean.isprintable()
        assert clean_file_name(clean) == clean


class TestFolding:
    @pytest.mark.proves("R-185")
    @pytest.mark.parametrize("text", ["ＡＢＣ（1）", "abc(1)", "  Abc(1) "])
    def test_forgives_width_case_and_spaces(self, text: str) -> None:
        assert folding.fold_for_search(text) == "abc(1)"

    @given(st.text(max_size=40))
    def test_is_done_once(self, text: str) -> None:
        clean = folding.clean_text(text)

        assert folding.clean_text(clean) == clean
        assert "\x00" not in clean


class TestEnterpriseSnapshot:
    def test_takes_only_the_public_part(self) -> None:
        profile = {
            "enterprise_id": "e",
            "name": "示例有限公司",
            "credit_code": "",
            "organization_code": "740545604",
            "legal_representative": "张三",
            "legal_representative_id_number": "110101199003070000",
            "address": None,
        }

        snapshot = EnterpriseSnapshot.from_profile(profile)

        assert snapshot.code == "740545604"
        assert snapshot.address == ""
        assert "110101199003070000" not in snapshot.as_dict().values()
