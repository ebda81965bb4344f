"""The main journey over HTTP: every answer on the way has the shape that openapi.yaml promises."""

import re
from typing import Any

import jsonschema
import pytest
import requests

from gateway import openapi
from gateway.problems import CONTENT_TYPE
from tests.contract.http.conftest import System
from tools.demo import Journey
from tools.visitor import API, Visitor

DOCUMENT = openapi.build()


def operation_of(method: str, path: str) -> dict[str, Any]:
    for template, item in DOCUMENT["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if method.lower() in item and re.fullmatch(pattern, path):
            return item[method.lower()]
    raise AssertionError(f"{method} {path} is not in the contract")


def check(method: str, path: str, answer: requests.Response) -> None:
    """Compare an answer with the contract: status, type, every field."""
    operation = operation_of(method, path.partition("?")[0])
    assert str(answer.status_code) in operation["responses"]
    shown = operation["responses"][str(answer.status_code)].get("content", {})
    kind = answer.headers.get("Content-Type", "")
    assert kind in shown or not answer.content
    if kind in {"application/json", CONTENT_TYPE}:
        schema = {**shown[kind]["schema"], "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())


@pytest.mark.proves("R-013", "R-054", "R-057", "R-073", "R-210", "R-211")
def test_every_answer_keeps_the_contract(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """手册 2.1, 3.1, 4.1, FAQ 27, 32."""
    seen: set[str] = set()
    send = Visitor.request

    def request(self: Visitor, method: str, path: str, **options: Any) -> requests.Response:
        answer = send(self, method, path, **options)
        if path.startswith(API):
            check(method, path, answer)
            seen.add(f"{method} {path.partition('?')[0].removeprefix(API)}")
        return answer

    monkeypatch.setattr(Visitor, "request", request)

    Journey(system.url, lambda _line: None).run()

    assert {
        "POST /captchas",
        "POST /registrations/verification",
        "POST /registrations/user",
        "POST /registrations/code",
        "POST /registrations",
        "POST /sessions",
        "POST /uploads",
        "POST /declarations",
        "GET /declarations",
        "GET /public/declarations",
        "DELETE /sessions/current",
    } <= seen
