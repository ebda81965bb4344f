"""Rows of files of other standards' indicators."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.standards.domain import catalogue_indicators as reading
from services.standards.domain.catalogue_indicators import REASONS, RowFault
from services.standards.domain.indicators import CatalogueMethod, CustomMethod, Symbol

ROW = {
    "standard_no": "GB/T29606-2013",
    "table": "表1",
    "indicator_name": "铅",
    "condition": "一级",
    "value_type": "数值",
    "lower_limit": "",
    "lower_symbol": "",
    "upper_symbol": "<=",
    "upper_limit": "0.5",
    "text_requirement": "",
    "unit": "mg/kg",
    "test_method_name": "铅的测定",
    "test_method_no": "GB 5009.12-2017",
}
WORDS = {**ROW, "value_type": "文字", "text_requirement": "不得检出", "upper_limit": ""}


def read(*rows: Mapping[str, str] | None) -> tuple[list[Any], list[RowFault]]:
    return reading.read_rows(list(enumerate(rows, start=2)))


class TestReadRows:
    def test_takes_numbers_and_words(self) -> None:
        (standard,), faults = read(ROW, {**WORDS, "test_method_no": ""})
        first, second = standard.indicators

        assert faults == []
        assert standard.number.text == "GB/T 29606-2013"
        assert (first.preview, first.category, first.condition) == ("铅 <= 0.5mg/kg", "表1", "一级")
        assert first.requirement.right.symbol is Symbol.LESS_OR_EQUAL
        assert first.test_method == CatalogueMethod("GB 5009.12-2017", "铅的测定")
        assert (second.preview, second.test_method) == ("不得检出", CustomMethod("铅的测定"))

    def test_keeps_standards_apart_and_rows_in_order(self) -> None:
        other = {**ROW, "standard_no": "GB 4806.9-2016"}

        standards, _ = read(ROW, other, {**ROW, "indicator_name": "镉"})

        assert [
            (entry.number.text, [row.name for row in entry.indicators]) for entry in standards
        ] == [("GB/T 29606-2013", ["铅", "镉"]), ("GB 4806.9-2016", ["铅"])]

    def test_takes_a_file_with_the_fewest_columns(self) -> None:
        few = {name: ROW[name] for name in (*reading.REQUIRED_COLUMNS, "upper_symbol")}

        (standard,), faults = read(few)

        assert faults == []
        assert standard.indicators[0].test_method is None

    @pytest.mark.parametrize(
        ("row", "column", "code"),
        [
            (None, "", reading.COLUMN_COUNT),
            ({**ROW, "standard_no": "GB/T 29606"}, "standard_no", reading.NUMBER_MALFORMED),
            ({**ROW, "standard_no": "Q/3333-2014"}, "standard_no", reading.NUMBER_MALFORMED),
            ({**ROW, "value_type": "其他"}, "value_type", reading.KIND_UNKNOWN),
            ({**ROW, "indicator_name": " "}, "indicator_name", "standards.required"),
            ({**ROW, "indicator_name": "铅" * 201}, "indicator_name", "standards.too_long"),
            ({**ROW, "upper_limit": ""}, "value_type", "standards.indicator_value_required"),
            ({**ROW, "upper_symbol": "≠"}, "upper_limit", "standards.indicator_symbol_unknown"),
            ({**ROW, "upper_symbol": ""}, "upper_limit", "standards.required"),
            (
                {**ROW, "lower_limit": "9", "lower_symbol": "<="},
                "value_type",
                "standards.indicator_range_empty",
            ),
            (
                {**WORDS, "text_requirement": ""},
                "value_type",
                "standards.indicator_text_required",
            ),
            (
                {**WORDS, "text_requirement": "字" * 2_001},
                "text_requirement",
                "standards.too_long",
            ),
            ({**ROW, "unit": "mg\ufffd"}, "unit", reading.UNREADABLE),
            ({**ROW, "test_method_no": "字" * 101}, "test_method_no", "standards.too_long"),
        ],
    )
    def test_names_row_column_and_reason_of_a_bad_row(
        self, row: dict[str, str] | None, column: str, code: str
    ) -> None:
        standards, faults = read(ROW, row)

        assert faults == [RowFault(3, column, code)]
        assert len(standards[0].indicators) == 1
        assert code in REASONS

    def test_a_standard_has_only_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MAX_ROWS_OF_ONE", 1)

        standards, faults = read(ROW, ROW)

        assert len(standards[0].indicators) == 1
        assert faults == [RowFault(3, "standard_no", reading.TOO_MANY)]

    def test_every_reason_has_words(self) -> None:
        """A fault of an indicator that has no reason of its own would break the report."""
        from services.standards.domain import indicator_reading  # noqa: PLC0415 - for its codes

        codes = {
            value
            for name, value in vars(indicator_reading).items()
            if name.isupper() and isinstance(value, str) and value.startswith("standards.")
        }
        # Those of the page's own boxes: no row of a file has tolerances, files or free members.
        unreachable = {
            indicator_reading.MALFORMED,
            indicator_reading.TOLERANCE_MALFORMED,
            indicator_reading.TEXT_OR_FILE,
        }

        assert codes - unreachable <= set(REASONS)
