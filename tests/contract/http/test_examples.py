"""The examples of openapi.yaml: complete, right by their schemas, taken by the running system."""

from collections.abc import Iterator
from typing import Any, Final

import jsonschema
import pytest
import requests

from gateway import openapi
from gateway.examples import JSON
from gateway.problems import CONTENT_TYPE
from gateway.routes import all_routes
from gateway.routing import Auth
from tests.contract.http.conftest import System

DOCUMENT: Final = openapi.build()
ROUTES: Final = {route.name: route for route in all_routes()}
METHODS: Final = {"get", "post", "put", "patch", "delete"}
# What an answer says when a body is not what it should be, whatever the object's state.
MALFORMED: Final = {400, 413, 415, 428}
# What needs no object of one's own is not only understood but done.
DONE: Final = {
    "add_staff",
    "create_draft",
    "invite_member",
    "make_machine_key",
    "preview_template",
    "report_missing_standard",
    "save_faq_entry",
    "save_template",
    "set_region_open",
    "write_notice",
}


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


OPERATIONS: Final = operations()
TAKING: Final = sorted(
    name
    for name, (_, _, operation) in OPERATIONS.items()
    if JSON in operation.get("requestBody", {}).get("content", {})
)


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every JSON body of an operation that is not a refusal."""
    parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for where, part in parts.items():
        if (where == "request" or where.startswith("2")) and JSON in part.get("content", {}):
            yield where, part["content"][JSON]


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    found = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in found]


def send(system: System, name: str) -> requests.Response:
    """Send the example of a request as somebody who may, to an object that is not there."""
    method, path, operation = OPERATIONS[name]
    route = ROUTES[name]
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
    headers = {"Idempotency-Key": f"example-{name}", "If-Match": '"1"'}
    if route.auth is Auth.SESSION:
        headers |= system.sessions[min(route.roles, default="OWNER")]
    return requests.request(
        method,
        system.url + path,
        json=operation["requestBody"]["content"][JSON]["example"],
        headers=headers,
        timeout=20,
    )


class TestExamples:
    @pytest.mark.parametrize("name", sorted(OPERATIONS))
    def test_every_operation_is_described(self, name: str) -> None:
        operation = OPERATIONS[name][2]

        assert operation["summary"]
        assert operation["description"]

    @pytest.mark.parametrize("name", sorted(OPERATIONS))
    def test_every_body_has_one_that_keeps_to_its_schema(self, name: str) -> None:
        """A new field with a form of its own belongs into gateway/examples.py."""
        for parameter in OPERATIONS[name][2]["parameters"]:
            if parameter["in"] == "path":
                assert problems(parameter["schema"], parameter["example"]) == [], parameter
        for where, content in bodies(OPERATIONS[name][2]):
            assert "example" in content, where
            assert problems(content["schema"], content["example"]) == [], where

    @pytest.mark.parametrize("name", TAKING)
    def test_every_request_is_understood_when_it_is_sent(self, system: System, name: str) -> None:
        answer = send(system, name)

        shown = OPERATIONS[name][2]["responses"]
        assert answer.status_code not in MALFORMED, answer.text
        assert answer.status_code < 500, answer.text
        if name in DONE:
            assert answer.status_code == ROUTES[name].status, answer.text
        promised = shown.get(str(answer.status_code), shown["default"])
        if not answer.ok:
            problem = answer.json()
            fields = [error["code"] for error in problem.get("errors", ())]
            assert not [code for code in fields if code.startswith("gateway.field_")], problem
            assert problem["code"] != "gateway.invalid_fields", problem
        kind = answer.headers.get("Content-Type", "")
        content = promised.get("content", {})
        if kind in {JSON, CONTENT_TYPE}:
            assert problems(content[kind]["schema"], answer.json()) == []

    def test_a_standard_lives_by_them(self, system: System) -> None:
        """Published, corrected, widened and withdrawn with the bodies that are shown."""
        number = {"number": {"body": "QBEX LIFE", "year": "2026"}}
        draft = act(system, "create_draft", {}, number).json()
        seen = []
        for name in ("publish_declaration", "correct_declaration", "add_products"):
            answer = act(system, name, draft, number if name == "correct_declaration" else None)
            draft = answer.json() | {"declaration_id": draft["declaration_id"]}
            seen.append(answer.status_code)
        asked = act(system, "request_withdrawal", draft).json()
        token = {"confirmation_token": asked["confirmation_token"]}
        ended = act(system, "withdraw_declaration", draft, token)

        assert seen == [
            ROUTES[name].status
            for name in ("publish_declaration", "correct_declaration", "add_products")
        ]
        assert ended.status_code == 200, ended.text


def act(
    system: System, name: str, shown: dict[str, Any], changes: dict[str, Any] | None = None
) -> requests.Response:
    """Send an example for a declaration that is there, as it was shown."""
    method, path, operation = OPERATIONS[name]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
    answer = requests.request(
        method,
        system.url + path.replace("{declaration_id}", shown.get("declaration_id", "")),
        json={**(body or {}), **(changes or {})} if body or changes else None,
        headers={
            **system.headers,
            "Idempotency-Key": f"life-{name}",
            "If-Match": f'"{shown.get("version", 1)}"',
        },
        timeout=20,
    )
    assert answer.ok, answer.text
    return answer
