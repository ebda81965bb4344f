"""Every event and command has a schema and two examples, and tells nothing personal."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chassis import schemas
from chassis.handlers import parse_event
from contracts.events import COMMANDS, EVENTS

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
NAMES = sorted(
    [(event.source, event.name) for event in EVENTS.values()]
    + [(command.target, command.name) for command in COMMANDS.values()]
)
PUBLIC = sorted((event.source, event.name) for event in EVENTS.values() if event.is_public)
DATA = Path(__file__).resolve().parents[2] / "data"
EXAMPLES = sorted((CONTRACTS / "examples").rglob("*.json"))
PERSONAL = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<![0-9A-Z])\d{17}[0-9Xx](?![0-9A-Z])")
FORBIDDEN = re.compile(r"id_number|phone(?!_sealed)|password|otp|secret|session_token")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


class TestContracts:
    @pytest.mark.parametrize(("owner", "name"), NAMES)
    @pytest.mark.parametrize("size", ["full", "minimal"])
    def test_have_examples_that_keep_to_the_schema(self, owner: str, name: str, size: str) -> None:
        path = CONTRACTS / "examples" / owner / f"{name}.{size}.json"

        event = parse_event(path.read_bytes())

        assert event.type.endswith(name)
        schemas.validate(owner, name, event.data)

    @pytest.mark.parametrize(("owner", "name"), NAMES)
    def test_name_nothing_personal(self, owner: str, name: str) -> None:
        schema = read(CONTRACTS / "schemas" / owner / f"{name}.json")

        assert not FORBIDDEN.findall(" ".join(_property_names(schema)))

    @pytest.mark.parametrize(("owner", "name"), PUBLIC)
    @pytest.mark.proves("F17")
    def test_let_nothing_out_that_is_not_named(self, owner: str, name: str) -> None:
        schema = read(CONTRACTS / "schemas" / owner / f"{name}.json")

        assert schema["additionalProperties"] is False

    @pytest.mark.parametrize(("owner", "name"), PUBLIC)
    @pytest.mark.proves("F17")
    def test_name_every_field_that_goes_out_however_deep(self, owner: str, name: str) -> None:
        schema = read(CONTRACTS / "schemas" / owner / f"{name}.json")

        open_places = [
            path
            for path, part in _parts(schema)
            if "properties" in part or part.get("type") == "object"
            if part.get("additionalProperties") is not False
        ]
        assert open_places == []

    @pytest.mark.proves("F17")
    def test_public_fields_are_those_that_were_looked_at(self) -> None:
        """A new field is added to the list by somebody who asked whether it is personal."""
        allowed = set((DATA / "public_event_fields.txt").read_text("utf-8").split())

        used = {
            field
            for owner, name in PUBLIC
            for field in _property_names(read(CONTRACTS / "schemas" / owner / f"{name}.json"))
        }
        assert used == allowed

    @pytest.mark.parametrize(("owner", "name"), PUBLIC)
    @pytest.mark.proves("F17")
    def test_bound_every_text(self, owner: str, name: str) -> None:
        """An unbounded text could hold anything: each has a length, a form or a list."""
        schema = read(CONTRACTS / "schemas" / owner / f"{name}.json")

        loose = [
            path
            for path, part in _parts(schema)
            if part.get("type") == "string"
            if not {"maxLength", "pattern", "format", "enum", "const"} & set(part)
        ]
        assert loose == []

    def test_are_all_declared(self) -> None:
        found = {
            (path.parent.name, path.name.removesuffix(".json"))
            for path in (CONTRACTS / "schemas").rglob("*.json")
        }

        assert found == set(NAMES)

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
    @pytest.mark.proves("F17", "R-217")
    def test_show_no_personal_numbers(self, path: Path) -> None:
        assert not PERSONAL.search(path.read_text(encoding="utf-8"))


def _property_names(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = list(schema.get("properties", {}))
        return own + [name for part in schema.values() for name in _property_names(part)]
    if isinstance(schema, list):
        return [name for part in schema for name in _property_names(part)]
    return []


def _parts(schema: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return every schema within a schema with where it stands."""
    if isinstance(schema, list):
        return [
            found
            for number, each in enumerate(schema)
            for found in _parts(each, f"{path}/{number}")
        ]
    if not isinstance(schema, dict):
        return []
    return [(path, schema)] + [
        found for name, part in schema.items() for found in _parts(part, f"{path}/{name}")
    ]
