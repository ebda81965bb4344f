"""Messages are checked against their contract, without repeating what is in them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import schemas
from chassis.schemas import ContractError

SCHEMA = {
    "type": "object",
    "properties": {"people": {"type": "array", "items": {"type": "string", "maxLength": 3}}},
    "required": ["people"],
}


@pytest.fixture(autouse=True)
def _contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "schemas" / "shop"
    folder.mkdir(parents=True)
    (folder / "sold.v1.json").write_text(json.dumps(SCHEMA))
    monkeypatch.setattr(schemas.resources, "files", lambda _package: tmp_path)
    schemas._validator.cache_clear()
    yield
    schemas._validator.cache_clear()


class TestValidate:
    def test_takes_what_fits(self) -> None:
        schemas.validate("shop", "sold.v1", {"people": ["ada"], "more": 1})

    def test_names_the_place_and_the_rule_but_not_the_value(self) -> None:
        with pytest.raises(ContractError) as caught:
            schemas.validate("shop", "sold.v1", {"people": ["ada", "13800138000"]})

        assert "people/1" in str(caught.value)
        assert "maxLength" in str(caught.value)
        assert "138" not in str(caught.value)

    def test_names_the_root(self) -> None:
        with pytest.raises(ContractError, match="required"):
            schemas.validate("shop", "sold.v1", {})

    def test_asks_for_a_schema(self) -> None:
        with pytest.raises(ContractError, match=r"shop/bought\.v1\.json"):
            schemas.validate("shop", "bought.v1", {})
