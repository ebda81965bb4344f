"""A released schema stays as it is; what is not released yet is listed as a candidate."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools import release_contracts
from tools.release_contracts import ChangedError, only_adds, updated

LISTED = json.loads(release_contracts.LIST.read_text(encoding="utf-8"))["schemas"]


def schema(**changes: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["a"],
        "additionalProperties": False,
        "properties": {"a": {"type": "string", "maxLength": 3}},
        **changes,
    }


def files(**changes: Any) -> dict[str, bytes]:
    return {"a.json": json.dumps(schema(**changes)).encode()}


class TestReleasedSchemas:
    def test_are_all_listed(self) -> None:
        assert set(LISTED) == set(release_contracts.schemas_in())

    @pytest.mark.parametrize("name", sorted(LISTED))
    def test_are_what_the_list_says(self, name: str) -> None:
        """A candidate that was changed: ``python -m tools.release_contracts``."""
        content = release_contracts.schemas_in()[name]

        assert release_contracts.digest(content) == LISTED[name]["sha256"]


class TestUpdated:
    def test_candidates_may_change_and_released_ones_may_not(self) -> None:
        first = updated({"schemas": {}}, files(), version=None)
        second = updated(first, files(required=[]), version="1.0.0")

        assert first["schemas"]["a.json"]["since"] == "candidate"
        assert second["schemas"]["a.json"]["since"] == "1.0.0"
        for version in (None, "1.1.0"):
            with pytest.raises(ChangedError, match=r"a\.json"):
                updated(second, files(), version=version)
            with pytest.raises(ChangedError, match=r"a\.json"):
                updated(second, {}, version=version)

    def test_an_optional_field_joins_with_a_release_and_not_before(self) -> None:
        first = updated({"schemas": {}}, files(), version="1.0.0")
        wider = files(properties={**schema()["properties"], "b": {"type": "integer"}})

        with pytest.raises(ChangedError):
            updated(first, wider, version=None)
        second = updated(first, wider, version="1.1.0")

        entry = second["schemas"]["a.json"]
        assert (entry["since"], entry["amended"]) == ("1.0.0", ["1.1.0"])
        assert updated(second, wider, version=None) == second
        with pytest.raises(ChangedError):
            updated(second, files(), version="1.2.0")

    def test_new_ones_join_and_old_ones_keep_their_release(self) -> None:
        first = updated({"schemas": {}}, files(), version="1.0.0")

        second = updated(first, {**files(), "b.json": b"{}"}, version="1.1.0")

        assert [entry["since"] for entry in second["schemas"].values()] == ["1.0.0", "1.1.0"]

    def test_the_command_refuses_and_leaves_the_list(self, tmp_path: Path) -> None:
        folder = tmp_path / "schemas"
        folder.mkdir()
        (folder / "a.json").write_text("{}")
        listed = tmp_path / "released.json"
        assert release_contracts.main(["1.0.0"], listed, tmp_path) == 0
        before = listed.read_text()

        (folder / "a.json").write_text('{"type": "object"}')

        assert release_contracts.main([], listed, tmp_path) == 1
        assert listed.read_text() == before


class TestOnlyAdds:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"description": "Other words."},
            {"properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "integer"}}},
            {"properties": {"a": {"type": "string", "maxLength": 3, "title": "A"}}},
        ],
    )
    def test_takes_what_harms_nobody(self, changes: dict[str, Any]) -> None:
        assert only_adds(schema(), schema(**changes))

    @pytest.mark.parametrize(
        "changes",
        [
            {"properties": {}},
            {"properties": {"a": {"type": "string", "maxLength": 4}}},
            {"properties": {"a": {"type": "string"}}},
            {"properties": {"a": {"type": "integer", "maxLength": 3}}},
            {"required": []},
            {"required": ["a", "b"]},
            {
                "required": ["a"],
                "properties": {"a": {"type": "string", "maxLength": 3, "minLength": 1}},
            },
            {"additionalProperties": True},
            {"maxProperties": 9},
        ],
    )
    def test_refuses_everything_else(self, changes: dict[str, Any]) -> None:
        assert not only_adds(schema(), schema(**changes))
