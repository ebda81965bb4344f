"""What the public side can show at all: no field of any public answer is for personal numbers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marshmallow
import pytest

from contracts.events import EVENTS
from gateway.routes import all_routes
from gateway.routing import Auth, Face, Route

SCHEMAS = Path(__file__).resolve().parents[3] / "contracts/schemas"
PERSONAL = re.compile(r"phone|mobile|tel(?:_|$)|id_number|identity|id_card|password|birth|email")
# Of somebody who holds the link of an invitation: masked, and his own.
OWN = {("/api/v1/invitations/<token>", "phone_masked")}


def fields_of(schema: marshmallow.Schema) -> Iterator[str]:
    for name, field in schema.fields.items():
        yield name
        inner: Any = field
        while isinstance(inner, marshmallow.fields.List):
            inner = inner.inner
        if isinstance(inner, marshmallow.fields.Nested):
            yield from fields_of(inner.schema)


def properties_of(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties_of(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties_of(value)


def public_reads() -> list[Route]:
    return [
        route
        for route in all_routes()
        if route.auth is Auth.PUBLIC
        and route.face is Face.API
        and route.method == "GET"
        and route.answer is not None
        and not route.is_development_only
    ]


@pytest.mark.proves("R-217")
def test_no_public_answer_has_a_field_for_personal_numbers() -> None:
    """手册 6.1."""
    routes = public_reads()
    found = {
        (route.path, name)
        for route in routes
        if route.answer is not None
        for name in fields_of(route.answer())
        if PERSONAL.search(name)
    }

    assert {"/api/v1/public/declarations", "/api/v1/public/statistics"} <= {
        route.path for route in routes
    }
    assert found == OWN


@pytest.mark.proves("R-217")
def test_no_public_event_has_a_field_for_personal_numbers() -> None:
    public = [event for event in EVENTS.values() if event.is_public]
    names = {
        (event.name, name)
        for event in public
        for name in properties_of(json.loads(schema_file(event.name).read_text(encoding="utf-8")))
    }

    assert len(public) >= 5
    assert ("declaration.published.v1", "enterprise") in names
    assert [pair for pair in sorted(names) if PERSONAL.search(pair[1])] == []


def schema_file(name: str) -> Path:
    (found,) = SCHEMAS.glob(f"*/{name}.json")
    return found
