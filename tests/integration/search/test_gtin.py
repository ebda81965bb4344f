"""A scanned barcode finds its own product only, on both engines."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.factories.library import Library


class TestGtin:
    @pytest.mark.parametrize("gtin", ["6901234567892", "06901234567892"])
    def test_is_found_with_leading_zeros_or_without(self, library: "Library", gtin: str) -> None:
        number = library.add(title="杯", products=[{"name": "杯", "barcode": "6901234567892"}])
        library.add(title="碗", products=[{"name": "碗", "barcode": "16901234567899"}])

        assert library.find(gtin=gtin) == [number]
        assert library.find("杯", gtin=gtin) == [number]
        assert library.total(gtin=gtin) == 1

    @pytest.mark.parametrize("gtin", ["69012345", "690123456789", "00000000"])
    def test_is_never_the_beginning_of_another(self, library: "Library", gtin: str) -> None:
        library.add(title="杯", products=[{"name": "杯", "barcode": "6901234567892"}])
        library.add(title="没有条码的碗", products=[{"name": "碗", "barcode": ""}])

        assert library.find(gtin=gtin) == []
        assert library.total(gtin=gtin) == 0
