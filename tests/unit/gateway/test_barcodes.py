"""Barcodes as they are typed, and indicators as they are said."""

import pytest

from gateway.barcodes import read_gtin
from gateway.errors import BarcodeCheckDigitError, BarcodeMalformedError
from gateway.requirement_words import requirement_words


def bound(symbol: str, main: str, upper: str = "", lower: str = "") -> dict[str, str]:
    return {"symbol": symbol, "main": main, "upper_tolerance": upper, "lower_tolerance": lower}


class TestReadGtin:
    @pytest.mark.parametrize(
        ("typed", "digits"),
        [
            ("6901234567892", "6901234567892"),
            ("690 1234-567892", "6901234567892"),
            ("６９０１２３４５６７８９２", "6901234567892"),
            ("69012341", "69012341"),
            ("036000291452", "036000291452"),
            ("16901234567899", "16901234567899"),
        ],
    )
    def test_takes_every_length_and_spelling(self, typed: str, digits: str) -> None:
        assert read_gtin(typed) == digits

    @pytest.mark.parametrize("typed", ["", "123", "6901234567", "690123456789a", "٦٩٠١٢٣٤١"])
    def test_refuses_what_is_no_barcode(self, typed: str) -> None:
        with pytest.raises(BarcodeMalformedError):
            read_gtin(typed)

    def test_refuses_each_single_slip(self) -> None:
        right = "6901234567892"
        for place, digit in enumerate(right):
            wrong = f"{right[:place]}{(int(digit) + 1) % 10}{right[place + 1 :]}"
            with pytest.raises(BarcodeCheckDigitError):
                read_gtin(wrong)


class TestRequirementWords:
    @pytest.mark.parametrize(
        ("left", "right", "unit", "words"),
        [
            (
                bound("<", "95%", "0.100", "0.200"), bound("<=", "99", "0.150", "0.560"), "/L",
                (
                    "大于 95%/L（上偏差 +0.100，下偏差 -0.200），"
                    "且不大于 99/L（上偏差 +0.150，下偏差 -0.560）"
                ),
            ),
            (None, bound(">=", "45"), "℃", "不小于 45℃"),
            (bound("<=", "0.5"), None, "mm", "不小于 0.5 mm"),
            (bound(">", "9", "", "0.5"), None, "", "小于 9（上偏差 +0.000，下偏差 -0.5）"),
            (None, bound("=", "7", "0.000", "0.000"), "", "等于 7"),
            (None, None, "", ""),
        ],
    )  # fmt: skip
    def test_says_both_sides(self, left: object, right: object, unit: str, words: str) -> None:
        """手册 4.1(2), its own example first."""
        said = {"kind": "NUMERIC", "left": left, "right": right, "unit": unit, "name": ""}

        assert requirement_words(said) == words

    def test_leaves_words_alone(self) -> None:
        assert requirement_words({"kind": "TEXT", "content": "无裂纹", "file": None}) == ""
