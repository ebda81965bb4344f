"""The contract of the HTTP API: valid, fresh, and complete."""

import io
from pathlib import Path

import openapi_spec_validator
import pytest
import yaml

from gateway import openapi, routing
from gateway.routes import all_routes
from gateway.routing import Auth, Route

CONTRACT = Path(__file__).resolve().parents[3] / "contracts" / "openapi.yaml"
API_ROUTES = [route for route in all_routes() if route.face is routing.Face.API]


def operation(route: Route) -> dict:
    path = openapi._CONVERTER.sub(r"{\2}", route.path)
    return openapi.build()["paths"][path][route.method.lower()]


class TestOpenapi:
    def test_is_a_valid_document(self) -> None:
        openapi_spec_validator.validate(openapi.build())

    def test_the_contract_on_disk_is_fresh(self) -> None:
        stream = io.StringIO()
        openapi.write(stream)

        assert yaml.safe_load(CONTRACT.read_text("utf-8")) == yaml.safe_load(stream.getvalue())

    def test_production_has_no_development_routes(self) -> None:
        assert b"/dev/" in openapi.served_document(is_production=False)
        assert b"/dev/" not in openapi.served_document(is_production=True)

    @pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: route.name)
    def test_shows_what_the_route_asks_for(self, route: Route) -> None:
        shown = operation(route)

        headers = {entry["name"] for entry in shown["parameters"] if entry["in"] == "header"}
        assert ("Idempotency-Key" in headers) == route.needs_idempotency_key
        assert ("If-Match" in headers) == route.needs_if_match
        takes_credentials = route.auth is Auth.SESSION or route.scope is not None
        assert ("security" in shown) == takes_credentials
        assert ("requestBody" in shown) == (route.body is not None or route.takes_file)
        assert any("\u4e00" <= character <= "\u9fff" for character in shown["summary"])

    def test_bodies_take_no_unknown_fields(self) -> None:
        schemas = openapi.build()["components"]["schemas"]

        loose = [
            name for name, schema in schemas.items() if schema.get("additionalProperties", True)
        ]
        assert loose == []


class TestRoutes:
    def test_names_are_unique(self) -> None:
        names = [route.name for route in API_ROUTES]

        assert len(names) == len(set(names))

    def test_what_creates_or_publishes_needs_an_idempotency_key(self) -> None:
        needing = {route.name for route in all_routes() if route.needs_idempotency_key}

        assert needing == {
            "create_draft",
            "publish_declaration",
            "correct_declaration",
            "add_products",
            "begin_revision",
            "withdraw_declaration",
            "answer_review",
            "report_missing_standard",
            "accept_invitation",
            "complete_registration",
            "write_notice",
            "create_webhook",
            "rotate_webhook_secret",
        }

    def test_what_survives_an_outage_is_public(self) -> None:
        private = [r for r in all_routes() if r.survives_outage and r.auth is not Auth.PUBLIC]

        assert private == []
