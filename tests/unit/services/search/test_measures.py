"""What indicators let pass, as numbers in one unit."""

from typing import Any

import pytest

from services.search.domain import measures


def numeric(unit: str = "mg/L", **bounds: tuple[str, str]) -> dict[str, Any]:
    sides = {
        side: {"symbol": symbol, "main": main, "upper_tolerance": "", "lower_tolerance": ""}
        for side, (symbol, main) in bounds.items()
    }
    return {
        "name": "浓度",
        "requirement": {"kind": "NUMERIC", "left": None, "right": None, "unit": unit, **sides},
    }


class TestReadUnit:
    @pytest.mark.parametrize(
        ("one", "other", "factor"),
        [
            ("mg/L", "g/L", 1000),
            ("μg/mL", "mg/L", 1),
            ("ug/l", "μg/L", 1),
            ("kPa", "Pa", 0.001),
            ("mm2", "cm²", 100),
            ("mg/m³", "g/m3", 1000),
            ("kN", "N", 0.001),
        ],
    )
    def test_takes_prefixes_off(self, one: str, other: str, factor: float) -> None:
        first, second = measures.read_unit(one), measures.read_unit(other)

        assert first.key == second.key
        assert float(second.factor / first.factor) == pytest.approx(factor)

    @pytest.mark.parametrize(
        ("one", "other"), [("mg/L", "mg/kg"), ("%", "g/g"), ("min", "m"), ("MPa", "mg")]
    )
    def test_keeps_others_apart(self, one: str, other: str) -> None:
        assert measures.read_unit(one).key != measures.read_unit(other).key


class TestReadIndicator:
    @pytest.mark.parametrize(
        ("indicator", "low", "high"),
        [
            (numeric(right=("<=", "50")), None, 0.05),
            (numeric(left=("<", "95"), right=("<=", "1,000")), 0.095, 1.0),
            (numeric(left=(">=", "95")), None, 0.095),
            (numeric(right=("=", "5")), 0.005, 0.005),
            (numeric(right=(">", "5")), 0.005, None),
        ],
    )
    def test_reads_limits(self, indicator: dict[str, Any], low: float, high: float) -> None:
        (limits,) = measures.read_indicator(indicator)

        assert (limits.name_key, limits.unit_key) == ("浓度", "g/l")
        assert (limits.low, limits.high) == (low, high)

    def test_widens_by_tolerances(self) -> None:
        indicator = numeric(right=("<=", "50"))
        indicator["requirement"]["right"]["upper_tolerance"] = "0.500"

        (limits,) = measures.read_indicator(indicator)

        assert limits.high == 0.0505

    def test_reads_a_percentage_in_the_value(self) -> None:
        (limits,) = measures.read_indicator(numeric("", right=("<=", "5%")))

        assert (limits.unit_key, limits.high) == ("%", 5.0)

    @pytest.mark.parametrize(
        "indicator",
        [
            numeric(right=("<=", "无")),
            numeric(right=("<=", "5%")),
            {"name": "x", "requirement": {"kind": "TEXT"}},
        ],
    )
    def test_leaves_out_what_is_no_number(self, indicator: dict[str, Any]) -> None:
        assert list(measures.read_indicator(indicator)) == []

    def test_knows_a_name_without_its_brackets(self) -> None:
        assert measures.name_keys("总铬（mg/L）") == {"总铬", "总铬mgl"}
