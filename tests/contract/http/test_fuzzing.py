"""The running system keeps what openapi.yaml says, whatever it is sent."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway import openapi
from gateway.routes import all_routes, product_sheets
from tests.contract.http.conftest import System

# Ends the session that the others need.
LEFT_OUT = {"log_out"}
EXAMPLES = 15
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@schemathesis.serializer("application/pdf")
def _pdf(_context: Any, value: Any) -> bytes:
    return (
        value if isinstance(value, bytes) else b"%PDF-1.7\n" + str(value).encode("utf-8", "replace")
    )


@schemathesis.serializer(product_sheets.XLSX, product_sheets.CSV, product_sheets.EXCEL)
def _sheet(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


SCHEMA = schemathesis.openapi.from_dict(openapi.build())
OPERATIONS = [
    found.ok()
    for found in SCHEMA.get_all_operations()
    if found.ok().definition.raw["operationId"] not in LEFT_OUT
]


ROUTES = {route.name: route for route in all_routes()}


def _headers(system: System, operation: Any, *, has_session: bool) -> dict[str, str]:
    """Return the session of somebody who may do it, or nobody's."""
    if not has_session:
        return {}
    route = ROUTES[operation.definition.raw["operationId"]]
    return system.sessions[min(route.roles, default="OWNER")]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("has_session", [True, False], ids=["session", "nobody"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda entry: entry.label)
def test_keeps_the_contract(system: System, operation: Any, has_session: bool) -> None:  # noqa: FBT001 - a parameter of the test
    headers = _headers(system, operation, has_session=has_session)

    @hypothesis.settings(
        max_examples=EXAMPLES if has_session else EXAMPLES // 3,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy())
    def send(case: Any) -> None:
        response = case.call(base_url=system.url, headers=headers)
        case.validate_response(response, checks=CHECKS)

    send()
