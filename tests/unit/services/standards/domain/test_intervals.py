"""What a numeric requirement lets pass, and how two of them compare."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import intervals
from services.standards.domain.indicators import (
    Bound,
    NumericRequirement,
    Symbol,
    TextRequirement,
)
from services.standards.domain.intervals import Interval, Verdict

ENDS = st.one_of(st.none(), st.integers(-3, 3).map(Decimal))
LONG_NUMBERS = st.decimals(-1000, 1000, places=40, allow_nan=False, allow_infinity=False)
TOLERANCES = st.decimals(0, 999, places=3, allow_nan=False, allow_infinity=False)


@st.composite
def spans(draw: st.DrawFn) -> Interval:
    """Return an interval with few different ends, so that ends often meet."""
    low, high = draw(ENDS), draw(ENDS)
    is_low_closed = low is not None and draw(st.booleans())
    is_high_closed = high is not None and draw(st.booleans())
    return Interval(low, is_low_closed, high, is_high_closed, "")


def derive(text: str) -> Interval | None:
    """Return the interval of an expression such as ``5 <= x < 9 mg/L``."""
    before, _, rest = text.partition("x")
    left, right = before.split(), rest.split(maxsplit=2)
    return intervals.derive_interval(
        NumericRequirement(
            left=Bound(Symbol(left[1]), left[0]) if left else None,
            right=Bound(Symbol(right[0]), right[1]) if right else None,
            unit=right[2] if right[2:] else "",
        )
    )


def between(low: str, high: str, unit: str = "") -> Interval:
    """Return the interval written as ``[5`` and ``9)``, with ``(`` and ``)`` for no limit."""
    return Interval(
        low=Decimal(low[1:]) if low[1:] else None,
        low_closed=low[0] == "[",
        high=Decimal(high[:-1]) if high[:-1] else None,
        high_closed=high[-1] == "]",
        unit=unit,
    )


class TestDeriveInterval:
    @pytest.mark.parametrize(
        ("text", "interval"),
        [
            ("5 <= x < 9 mg/L", between("[5", "9)", "mg/L")),
            ("9 >= x > 5 mg／L", between("(5", "9]", "mg/L")),
            ("x <= 0.50 mg/m³", between("(", "0.5]", "mg/m3")),
            ("x >= 5 无量纲", between("[5", ")")),
            ("x = 7 级", between("[7", "7]", "级")),
            ("7 > x", between("(", "7)")),
            ("7 <= x", between("[7", ")")),
            ("x > 1,000.5 个", between("(1000.5", ")", "个")),
            ("95% <= x < 99%", between("[95", "99)", "%")),
            ("95% <= x < 99 ％", between("[95", "99)", "%")),
            ("95% <= x < 99 /L", None),
            ("x <= 95% /L", None),
            ("室温 <= x < 99 ℃", None),
            ("x < 10^5 CFU/mL", None),
            ("x < 1,00 个", None),
        ],
    )
    def test_is_what_passes(self, text: str, interval: Interval | None) -> None:
        assert derive(text) == interval

    def test_tolerances_widen(self) -> None:
        requirement = NumericRequirement(
            Bound(Symbol.LESS, "95", "0.100", "0.200"),
            Bound(Symbol.LESS_OR_EQUAL, "99", "0.150", "0.560"),
        )

        assert intervals.derive_interval(requirement) == between("(94.8", "99.15]")

    def test_tolerances_make_an_interval_of_one_value(self) -> None:
        bound = Bound(Symbol.EQUAL, "10", "0.100", "0.200")

        for requirement in (NumericRequirement(left=bound), NumericRequirement(right=bound)):
            assert intervals.derive_interval(requirement) == between("[9.8", "10.1]")

    def test_words_and_nothing_have_none(self) -> None:
        assert intervals.derive_interval(TextRequirement(content="5")) is None
        assert intervals.derive_interval(NumericRequirement()) is None

    @given(LONG_NUMBERS, TOLERANCES)
    def test_never_rounds(self, number: Decimal, tolerance: Decimal) -> None:
        bound = Bound(Symbol.EQUAL, f"{number:f}", f"{tolerance:f}", f"{tolerance:f}")

        interval = intervals.derive_interval(NumericRequirement(left=bound))

        assert interval is not None
        assert interval.low is not None
        assert interval.high is not None
        assert Fraction(interval.low) == Fraction(number) - Fraction(tolerance)
        assert Fraction(interval.high) == Fraction(number) + Fraction(tolerance)


class TestIsRangeEmpty:
    def test_a_tolerance_leaves_room_between_equal_values(self) -> None:
        left, right = Bound(Symbol.LESS, "5", "", "0.100"), Bound(Symbol.LESS, "5")

        assert intervals.is_range_empty(NumericRequirement(left, right)) is False
        assert intervals.is_range_empty(NumericRequirement(right, right)) is True
        assert intervals.is_range_empty(NumericRequirement(left=left)) is False


class TestCompare:
    @pytest.mark.parametrize(
        ("own", "recommended", "verdict"),
        [
            ("x <= 0.5 mg/L", "x <= 0.50 mg／L", Verdict.EQUAL),
            ("x <= 0.4 mg/L", "x <= 0.5 mg/L", Verdict.STRICTER),
            ("x < 0.5 mg/L", "x <= 0.5 mg/L", Verdict.STRICTER),
            ("x <= 0.6 mg/L", "x <= 0.5 mg/L", Verdict.LOOSER),
            ("x >= 4 mg/L", "x >= 5 mg/L", Verdict.LOOSER),
            ("5 <= x", "x >= 5", Verdict.EQUAL),
            ("6 <= x <= 9", "x <= 9 无量纲", Verdict.STRICTER),
            ("x <= 9", "6 <= x <= 9", Verdict.LOOSER),
            ("6 <= x <= 9", "5 <= x <= 8", Verdict.INCOMPARABLE),
            ("x <= 9", "x >= 6", Verdict.INCOMPARABLE),
            ("x <= 500 μg/L", "x <= 0.5 mg/L", Verdict.INCOMPARABLE),
            ("x <= 很少", "x <= 0.5", Verdict.INCOMPARABLE),
            ("x <= 0.5", "x <= 很少", Verdict.INCOMPARABLE),
        ],
    )
    def test_finds_what_is_lower_than_recommended(
        self, own: str, recommended: str, verdict: Verdict
    ) -> None:
        """企业标准化促进办法 Art. 14."""
        assert intervals.compare(derive(own), derive(recommended)) is verdict

    def test_words_are_equal_or_incomparable(self) -> None:
        none, little = TextRequirement(content="无"), TextRequirement(content="少")

        assert intervals.compare_requirements(none, none) is Verdict.EQUAL
        assert intervals.compare_requirements(none, little) is Verdict.INCOMPARABLE

    @given(spans(), spans())
    def test_turns_round_with_its_sides(self, own: Interval, other: Interval) -> None:
        turned = {Verdict.STRICTER: Verdict.LOOSER, Verdict.LOOSER: Verdict.STRICTER}

        verdict = intervals.compare(own, other)

        assert intervals.compare(other, own) is turned.get(verdict, verdict)
        assert (verdict is Verdict.EQUAL) is (own == other)

    @given(spans().filter(lambda own: not own.is_empty), spans())
    def test_agrees_with_the_values_that_pass(self, own: Interval, other: Interval) -> None:
        values = [Decimal(step) / 2 for step in range(-9, 10)]

        def passing(interval: Interval) -> set[Decimal]:
            return {one for one in values if interval.contains(between(f"[{one}", f"{one}]"))}

        if intervals.compare(own, other) in (Verdict.STRICTER, Verdict.EQUAL):
            assert passing(own) <= passing(other)
        elif not other.is_empty:
            assert passing(own) - passing(other)
