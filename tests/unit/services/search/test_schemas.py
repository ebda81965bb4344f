"""What calls of search may ask for."""

from typing import Any

import pytest

from chassis.errors import InvalidArgumentsError
from services.search import schemas

ASKED = {"start": 0, "end": None, "limit": 2_000}


class TestRecords:
    def test_are_asked_for_from_place_to_place(self) -> None:
        assert schemas.load(schemas.RecordsInput, start=0) == ASKED
        assert schemas.load(schemas.RecordPartsInput) == {"size": 50_000}

    @pytest.mark.parametrize(
        "wrong",
        [{"start": -1}, {"start": "0"}, {"start": 1.5}, {"end": 10**16}, {"limit": 0},
         {"limit": 2_001}, {"start": True}],
    )  # fmt: skip
    def test_are_not_asked_for_without_bounds(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InvalidArgumentsError):
            schemas.load(schemas.RecordsInput, **{**ASKED, **wrong})

    @pytest.mark.parametrize("size", [0, 50_001, None])
    def test_stand_in_parts_that_a_site_map_may_have(self, size: int | None) -> None:
        with pytest.raises(InvalidArgumentsError):
            schemas.load(schemas.RecordPartsInput, size=size)
