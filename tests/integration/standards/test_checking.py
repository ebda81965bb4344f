"""Checks on a real database: what is found, what forbids a submission, what is imported for it."""

import csv
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from services.standards import catalogue_indicators, queries
from services.standards.adapters.indicator_files import UnreadableFileError
from services.standards.domain import number_forms
from services.standards.domain.citations import TextFacts
from services.standards.domain.regional_rules import RegionalRule, RegionalRules, RuleSeverity
from services.standards.domain.rules import DEFAULT_RULES, PublicationRules
from services.standards.models import CatalogueIndicator, CatalogueStandard
from services.standards.queries import checks as known
from services.standards.seeds.classes import load_classes
from services.standards.usecases import cataloguing, checking
from services.standards.usecases.cataloguing import NumberedRow
from services.standards.usecases.versioning import NotPublishableError
from tests.integration.standards.conftest import PRODUCT

if TYPE_CHECKING:
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

RECOMMENDED = "GB/T 29606-2013"
MANDATORY = "GB 4806.9-2016"
HEADER = (
    "standard_no,table,indicator_name,condition,value_type,lower_limit,lower_symbol,upper_symbol,"
    "upper_limit,text_requirement,unit,test_method_name,test_method_no"
)
# Writing some tens of standards; times 10 for a busy machine.
PATIENCE = 60


def limit(value: str, name: str = "铅", **changes: Any) -> dict[str, Any]:
    """Return an indicator as the entry page sends it."""
    return {
        "name": name,
        "requirement": {
            "kind": "NUMERIC",
            "right": {"symbol": "<=", "main": value},
            "unit": "mg/kg",
        },
        "test_method": {"kind": "CUSTOM", "content": "按附录 A"},
        **changes,
    }


def typed(*indicators: dict[str, Any], **stated: Any) -> dict[str, Any]:
    """Return what the entry page says where indicators are typed."""
    return {
        "disclosure_mode": "INDICATORS",
        "indicators": list(indicators),
        "disclosure": stated,
    }


def import_rows(database: "Database", folder: Path, *rows: str) -> catalogue_indicators.Outcome:
    path = folder / "indicators.csv"
    path.write_text("\n".join((HEADER, *rows, "")), encoding="utf-8")
    return catalogue_indicators.import_file(
        database, path, report_path=folder / "indicators.errors.csv"
    )


def enter(database: "Database", *rows: Sequence[str]) -> None:
    """Put standards into the catalogue: number, state, what replaces it, from when it is valid."""
    with database.transaction() as tx:
        progress = cataloguing.start_import(
            tx=tx, file_sha256=repr(rows), file_name="a.csv", kind=cataloguing.ImportKind.DELTA
        )
        names = ("std_no", "status", "replaced_by", "implement_date")
        batch = [
            NumberedRow(row, {**dict(zip(names, values, strict=False)), "name_zh": "示例标准"})
            for row, values in enumerate(rows, start=2)
        ]
        outcome = cataloguing.import_batch(
            tx=tx, import_id=progress.import_id, position=0, batch=batch
        )
        assert outcome.reported == []


@pytest.fixture
def measured(database: "Database", tmp_path: Path) -> "Database":
    """Return the database with what two standards ask of lead and cadmium."""
    import_rows(
        database,
        tmp_path,
        f"{RECOMMENDED},表1,铅(mg/kg),,数值,,,<=,1.0,,mg/kg,,",
        f"{RECOMMENDED},表1,镉,,数值,,,<=,0.5,,mg/kg,,",
        f"{MANDATORY},表1,铅,,数值,,,<=,5,,mg/kg,,",
    )
    enter(database, (RECOMMENDED, "现行"), (MANDATORY, "现行"))
    return database


def check(office: "Office", declaration: dict[str, Any], **changes: Any) -> dict[str, Any]:
    facts = {
        "words": None,
        "enterprise": office.enterprise,
        "rules": DEFAULT_RULES,
        "is_committed": True,
        "now": office.database.clock.now(),
        **changes,
    }
    with office.database.read() as session:
        subject = checking.find_subject(
            session,
            declaration_id=declaration["declaration_id"],
            enterprise_id=office.enterprise_id,
        )
        return checking.check_declaration(session, subject=subject, **facts)


def codes(checked: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (found["code"].removeprefix("standards."), found["severity"])
        for found in checked["findings"]
    ]


def refusal(office: "Office", declaration: dict[str, Any], **changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(NotPublishableError) as caught:
        office.publish(declaration, **changes)
    return {
        (field.code.removeprefix("standards."), field.params.get("basis", ""))
        for field in caught.value.fields
    }


class TestCheckDeclaration:
    @pytest.mark.usefixtures("measured")
    def test_a_clean_draft_has_no_finding(self, office: "Office") -> None:
        draft = office.save(
            **typed(limit("0.5"), limit("0.1", "镉"), recommended_number=RECOMMENDED)
        )

        checked = check(office, draft)

        assert checked == {
            "declaration_id": draft["declaration_id"],
            "findings": [],
            "finding_count": 0,
            "is_publishable": True,
            "checked_at": "2024-11-15T02:30:30Z",
        }
        assert office.publish(draft)["state"] == "PUBLISHED"

    def test_a_bad_draft_has_one_finding_for_each_fault(
        self, office: "Office", measured: "Database"
    ) -> None:
        """标准化法 Art. 2, 21, 24, 27; 企业标准化促进办法 Art. 12, 14, 15; 手册 4.1."""
        enter(measured, ("GB/T 1-2014", "废止"), ("GB/T 2-2014", "被代替", "GB/T 2-2020"))
        load_classes(measured)
        note = {"level_note": "按 GB/T 1-2014，GB/T 2"}
        draft = office.save(
            number={"body": "3333", "year": "2030"},
            title="企业标准",
            **typed(
                limit("9", test_method=None, level_note=f"见 {MANDATORY}"),
                limit("0.1", "汞", **note),
                recommended_number=RECOMMENDED,
            ),
            products=[{**PRODUCT, "model": "", "barcode": "6901234567891"}],
        )

        checked = check(office, draft, is_committed=False)

        assert not checked["is_publishable"]
        assert sorted(codes(checked)) == [
            ("barcode_invalid", "WARNING"),
            ("check_below_mandatory", "BLOCK"),
            ("check_class_unknown", "HINT"),
            ("check_fewer_unstated", "BLOCK"),
            ("check_lower_unstated", "BLOCK"),
            ("check_standard_replaced", "WARNING"),
            ("check_standard_withdrawn", "WARNING"),
            ("check_title_generic", "HINT"),
            ("check_year_in_future", "WARNING"),
            ("commitment_required", "BLOCK"),
            ("required", "BLOCK"),
            ("required", "BLOCK"),
        ]
        assert [found["severity"] for found in checked["findings"]] == sorted(
            (found["severity"] for found in checked["findings"]),
            key=["BLOCK", "WARNING", "HINT"].index,
        )
        assert all(found["basis"] for found in checked["findings"])

    def test_public_ones_are_checked_as_well(self, office: "Office", measured: "Database") -> None:
        """企业标准化促进办法 Art. 14 holds for what was made public before too."""
        published = office.publish(office.save(**typed(limit("0.5"))))
        enter(measured, ("GB 4806.9-2023", "现行"))

        assert codes(check(office, published)) == []

    def test_a_picked_standard_that_is_over_is_warned_of(
        self, office: "Office", database: "Database"
    ) -> None:
        """手册 4.1(1); 企业标准化促进办法 Art. 15."""
        enter(database, ("QB/T 1-2014", "被代替", "QB/T 1-2024"))
        with database.read() as session:
            entry = session.scalars(sa.select(CatalogueStandard)).one()
        draft = office.save(kind="INDUSTRY", catalogue_id=entry.id, number={}, title="")

        (found,) = check(office, draft)["findings"]

        assert (found["code"], found["pointer"]) == (
            "standards.check_standard_replaced",
            "/catalogue_id",
        )
        assert found["params"]["replaced_by"] == "QB/T 1-2024"

    def test_what_the_text_cites_is_looked_up_and_never_forbids(
        self, office: "Office", measured: "Database"
    ) -> None:
        enter(measured, ("GB/T 1-2014", "废止"), ("GB/T 3-2014", "现行", "", "2031-01-01"))
        numbers = [number_forms.read_number(text) for text in ("GB/T 1-2014", "GB/T 3-2014")]
        words = TextFacts(tuple(numbers), shows_number=True, shows_title=False)

        checked = check(office, office.save_complete(), words=words)

        assert checked["is_publishable"]
        assert codes(checked) == [
            ("check_standard_withdrawn", "WARNING"),
            ("check_text_without_title", "WARNING"),
            ("check_standard_upcoming", "HINT"),
        ]

    def test_a_text_without_words_is_only_a_hint(self, office: "Office") -> None:
        checked = check(office, office.save_complete())

        assert codes(checked) == [("check_text_unreadable", "HINT")]

    def test_someone_elses_is_not_found(self, office: "Office", other_office: "Office") -> None:
        draft = office.save()

        with pytest.raises(queries.NotFoundError):
            check(other_office, draft)


class TestBeforeASubmission:
    @pytest.mark.usefixtures("measured")
    def test_below_a_mandatory_standard_is_refused(self, office: "Office") -> None:
        """标准化法 Art. 21; no statement helps."""
        row = limit("9", level_note=f"见 {MANDATORY}")
        stated = {
            "deviation": "FEWER_AND_LOWER",
            "recommended_number": RECOMMENDED,
            "deviation_statement": "铅高于推荐性标准",
        }

        draft = office.save(**typed(row, **stated))

        assert refusal(office, draft) == {("check_below_mandatory", "标准化法 第二条、第二十一条")}

    @pytest.mark.usefixtures("measured")
    def test_lower_and_fewer_must_be_stated(self, office: "Office") -> None:
        """企业标准化促进办法 Art. 14."""
        stated = {"recommended_number": RECOMMENDED}
        draft = office.save(**typed(limit("2"), **stated))
        article = "企业标准化促进办法 第十四条"

        assert refusal(office, draft) == {
            ("check_lower_unstated", article),
            ("check_fewer_unstated", article),
        }
        for deviation, left in (("LOWER", "fewer"), ("FEWER", "lower")):
            said = {**stated, "deviation": deviation, "deviation_statement": "铅为 2 mg/kg"}
            draft = save_again(office, draft, **typed(limit("2"), **said))
            assert refusal(office, draft) == {(f"check_{left}_unstated", article)}
        said |= {"deviation": "FEWER_AND_LOWER"}
        draft = save_again(office, draft, **typed(limit("2"), **said))
        assert office.publish(draft)["disclosure"]["deviation"] == "FEWER_AND_LOWER"

    @pytest.mark.usefixtures("measured")
    def test_a_correction_is_checked_as_well(self, office: "Office") -> None:
        """手册 5.4: what is corrected is submitted again."""
        good = typed(limit("0.5"), limit("0.1", "镉"), recommended_number=RECOMMENDED)
        published = office.publish(office.save(**good))

        with pytest.raises(NotPublishableError) as caught:
            office.correct(published, indicators=[limit("2"), limit("0.1", "镉")])

        (field,) = caught.value.fields
        assert (field.pointer, field.code) == (
            "/indicators/0/requirement",
            "standards.check_lower_unstated",
        )
        assert field.params["reference"] == "铅(mg/kg) <= 1.0mg/kg"
        assert office.correct(published, title="另一个保温杯")["published_version"] == 2

    def test_products_are_added_to_what_was_public_before(
        self, office: "Office", database: "Database", tmp_path: Path
    ) -> None:
        """手册 5.2: nothing but products is changed, so nothing else is asked."""
        published = office.publish(office.save(**typed(limit("2"), recommended_number=RECOMMENDED)))
        import_rows(database, tmp_path, f"{RECOMMENDED},,铅,,数值,,,<=,1.0,,mg/kg,,")

        assert len(office.add_products(published)["products"]) == 2

    def test_a_number_against_the_region_is_refused_where_the_rule_says_so(
        self, office: "Office"
    ) -> None:
        """手册 FAQ 17."""
        rule = RegionalRule("33", "应为字母", "[A-Z]+[0-9]+", RuleSeverity.REFUSAL)
        rules = PublicationRules(regional=RegionalRules((rule,)))

        draft = office.save_complete()

        assert refusal(office, draft, rules=rules) == {
            ("check_number_regional", "标准化法 第二十四条；手册 FAQ 17")
        }
        assert not check(office, draft, rules=rules)["is_publishable"]
        assert office.publish(draft)["state"] == "PUBLISHED"

    @pytest.mark.usefixtures("measured")
    def test_names_what_is_missing_and_what_is_forbidden_together(self, office: "Office") -> None:
        draft = office.save(products=[], **typed(limit("9", level_note=f"见 {MANDATORY}")))

        assert {code for code, _ in refusal(office, draft)} == {
            "product_required",
            "check_below_mandatory",
        }


class TestFindStandings:
    TODAY = date(2024, 11, 15)

    def standings(self, database: "Database", *texts: str) -> dict[str, tuple[str, str]]:
        numbers = [query.number for text in texts if (query := number_forms.read_query(text))]
        with database.read() as session:
            found = known.find_standings(
                session, [number for number in numbers if number], today=self.TODAY
            )
        return {key: (entry.number, entry.state.value) for key, entry in found.items()}

    def test_a_number_without_year_is_its_newest_edition_in_force(
        self, database: "Database"
    ) -> None:
        enter(
            database,
            ("GB/T 1-2000", "现行"),
            ("GB/T 1-2014", "现行"),
            ("GB/T 1-2025", "现行", "", "2025-06-01"),
            ("GB/T 2-2000", "被代替"),
            ("GB/T 2-2014", "废止"),
        )

        assert self.standings(database, "GB/T 1", "GB/T 2", "GB/T 1-2025", "GB/T 9") == {
            "GB/T1": ("GB/T 1-2014", "CURRENT"),
            "GB/T2": ("GB/T 2-2014", "WITHDRAWN"),
            "GB/T1-2025": ("GB/T 1-2025", "UPCOMING"),
        }
        assert self.standings(database) == {}


class TestFindIndicators:
    def test_a_number_without_year_has_those_of_the_newest_edition(
        self, database: "Database", tmp_path: Path
    ) -> None:
        import_rows(
            database,
            tmp_path,
            *(f"GB/T {text},,铅,,数值,,,<=,{text[-1]},,mg/kg,," for text in ("1-2003", "1-2014")),
        )
        numbers = [number_forms.read_number("GB/T 1-2003"), number_forms.read_number("GB/T 9-2014")]
        undated = number_forms.read_query("GB/T 1")
        assert undated is not None
        assert undated.number is not None

        with database.read() as session:
            found = known.find_indicators(session, [*numbers, undated.number])
            nothing = known.find_indicators(session, [])

        assert {key: rows[0].preview for key, rows in found.items()} == {
            "GB/T1-2003": "铅 <= 3mg/kg",
            "GB/T1": "铅 <= 4mg/kg",
        }
        assert nothing == {}


class TestImport:
    def test_takes_every_real_row_but_the_silent_one(
        self, database: "Database", shared_data: Path, tmp_path: Path
    ) -> None:
        path = shared_data / "technical_indicators.csv"
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        said = ("lower_limit", "upper_limit", "text_requirement")
        silent = [row for row, line in enumerate(lines, 2) if not any(line[name] for name in said)]
        report = tmp_path / "report.csv"

        started = time.monotonic()
        outcome = catalogue_indicators.import_file(database, path, report_path=report)
        taken = time.monotonic() - started
        again = catalogue_indicators.import_file(database, path)

        assert len(silent) == 1
        assert [fault.row for fault in outcome.faults] == silent
        assert (outcome.standards, outcome.indicators) == (31, len(lines) - 1)
        assert again == outcome
        assert taken < PATIENCE
        with report.open(encoding="utf-8-sig") as file:
            assert file.read().splitlines() == [
                "行号,字段,原因",
                f"{silent[0]},value_type,没有文字要求",
            ]
        with database.read() as session:
            rows = session.scalars(
                sa.select(CatalogueIndicator)
                .where(CatalogueIndicator.catalogue_number_key == "GB26877-2011")
                .order_by(CatalogueIndicator.position)
            ).all()
            total = session.scalar(sa.select(sa.func.count()).select_from(CatalogueIndicator))
        assert total == len(lines) - 1
        assert (rows[0].name, rows[0].high, rows[0].unit) == ("pH", "9", "")
        assert len(rows) == 54

    def test_what_a_file_says_of_a_standard_takes_the_place_of_what_was_known(
        self, measured: "Database", tmp_path: Path
    ) -> None:
        outcome = import_rows(measured, tmp_path, f"{RECOMMENDED},,汞,,文字,,,,,不得检出,,,")

        assert (outcome.standards, outcome.indicators, outcome.faults) == (1, 1, [])
        with measured.read() as session:
            names = session.execute(
                sa.select(CatalogueIndicator.catalogue_number_key, CatalogueIndicator.name)
            ).all()
        assert sorted(map(tuple, names)) == [("GB/T29606-2013", "汞"), ("GB4806.9-2016", "铅")]

    def test_refuses_what_is_no_such_file(self, database: "Database", tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("standard_no,indicator_name\n", encoding="utf-8")

        with pytest.raises(UnreadableFileError, match="text_requirement、upper_limit、value_type"):
            catalogue_indicators.import_file(database, path)
        with pytest.raises(UnreadableFileError, match="找不到文件"):
            catalogue_indicators.import_file(database, tmp_path / "none.csv")
        with pytest.raises(UnreadableFileError, match="不是可以读取"):
            catalogue_indicators.import_file(database, tmp_path)

    def test_tells_on_the_command_line_what_became_of_a_file(
        self,
        database: "Database",
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        path = tmp_path / "a.csv"
        rows = (f"{RECOMMENDED},,铅,,数值,,,<=,1,,mg/kg,,", f"{RECOMMENDED},,镉", "")
        path.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
        url = database.url.render_as_string(hide_password=False)
        environ = {"STANDARDS_DATABASE_URL": url}

        assert catalogue_indicators.main([str(path)], environ) == 0
        assert catalogue_indicators.main([str(tmp_path / "none.csv")], environ) == 1
        assert catalogue_indicators.main([str(path)], {"STANDARDS_DATABASE_URL": "x"}) == 1

        said, failed = capsys.readouterr()
        assert said.splitlines() == [
            "导入完成：1 项标准，1 条指标，退回 1 行",
            f"退回的行见 {path.with_suffix('.errors.csv')}",
        ]
        assert failed.startswith("导入失败：找不到文件")


def save_again(office: "Office", draft: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return office.save(
        declaration_id=draft["declaration_id"], expected_version=draft["version"], **changes
    )
