"""Who may do what: the written matrix (docs/data/rights.csv) is what really happens (F9, F27)."""

import csv
import inspect
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.config import SERVICES
from chassis.process import load
from chassis.rpc import Rpc
from gateway.routes import all_routes
from gateway.routing import API, Auth, Face, Route
from services.accounts import seeds
from services.standards import seeds as standards_seeds
from tests.contract.http.conftest import System
from tools.visitor import RefusedError, Visitor

MATRIX: Final = Path(__file__).resolve().parents[3] / "docs" / "data" / "rights.csv"
ROLES: Final = tuple(sorted(seeds.demo_usernames()))
# Ends the session that the other questions are asked with.
ENDS_THE_SESSION: Final = {"log_out"}
NOBODY: Final = "00000000-0000-4000-8000-000000000000"


def routes() -> dict[str, Route]:
    return {
        route.name: route
        for route in all_routes()
        if route.face is Face.API and not route.is_development_only
    }


def methods(service: str) -> dict[str, Rpc]:
    return {
        name: entry
        for name, function in inspect.getmembers(load(service), inspect.isfunction)
        for entry in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR, ())
        if isinstance(entry, Rpc)
    }


def who(*, is_public: bool, roles: frozenset[str]) -> str:
    return "anyone" if is_public else " ".join(sorted(roles)) or "signed in"


def declared() -> set[tuple[str, str]]:
    """Return (what, who) of every route and every method, as the code declares it."""
    by_http = {
        (
            f"{route.method} {route.path}",
            who(is_public=route.auth is Auth.PUBLIC, roles=route.roles),
        )
        for route in routes().values()
    }
    by_bus = {
        (f"{service}.{name}", who(is_public=entry.is_public, roles=entry.roles))
        for service in SERVICES
        for name, entry in methods(service).items()
    }
    return by_http | by_bus


def written() -> set[tuple[str, str]]:
    with MATRIX.open(encoding="utf-8", newline="") as file:
        return {(row["what"], row["who"]) for row in csv.DictReader(file)}


def send(system: System, route: Route, headers: dict[str, str]) -> requests.Response:
    """Send the route something with every condition kept that is asked before rights are."""
    path = route.path
    for converter in ("uuid:", "int(max=100000):", "int(min=1, max=9999):"):
        path = path.replace(converter, "")
    for part in [piece for piece in path.split("/") if piece.startswith("<")]:
        path = path.replace(part, "1" if part in {"<version>", "<number>"} else NOBODY)
    extra = {"Idempotency-Key": NOBODY, "If-Match": '"1"', **headers}
    content: dict[str, Any] = {} if route.is_safe else {"json": {}}
    if route.takes_pdf:
        content = {"data": b"%PDF-1.7", "params": {"file_name": "a.pdf"}}
        extra["Content-Type"] = "application/pdf"
    if route.takes_types:
        content = {"data": b"\xe4\xba\xa7"}
        extra["Content-Type"] = route.takes_types[0]
    url = system.url + path
    return requests.request(route.method, url, headers=extra, timeout=20, **content)


@pytest.mark.proves("F9", "F27")
class TestMatrix:
    def test_is_what_routes_and_methods_declare(self) -> None:
        assert declared() - written() == set(), "not in docs/data/rights.csv"
        assert written() - declared() == set(), "not in the code"

    @pytest.mark.parametrize("name", sorted(set(routes()) - ENDS_THE_SESSION))
    def test_is_kept_by_the_gateway(self, system: System, name: str) -> None:
        route = routes()[name]
        if route.auth is Auth.SESSION:
            assert send(system, route, {}).status_code == 401
        for role in ROLES if route.roles else ():
            answer = send(system, route, system.sessions[role])
            is_refused = answer.status_code == 403 and answer.json()["code"].endswith(".forbidden")
            assert is_refused == (role not in route.roles), (role, answer.text)

    @pytest.mark.parametrize("service", SERVICES)
    def test_is_kept_by_the_services_when_the_gateway_is_passed_by(
        self, system: System, service: str
    ) -> None:
        client = system.client(service)
        for name, entry in methods(service).items():
            if entry.is_public:
                continue
            assert refusal(client, name, None) == "bus.unauthenticated", name
            for role in (*ROLES, "NOBODY") if entry.roles else ():
                token = system.token(f"user:{NOBODY}", roles=[role])
                assert (refusal(client, name, token) == "bus.forbidden") == (
                    role not in entry.roles
                ), (name, role)


def refusal(client: Any, method: str, token: str | None) -> str:
    """Call with arguments that no method takes; return what was refused first."""
    try:
        client.call(method, {"no_such_argument": 1}, actor_token=token)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has a code
        return str(getattr(error, "wire_code", error))
    return ""


@pytest.fixture(scope="module")
def objects(system: System) -> dict[str, str]:
    """Return the paths of objects of one enterprise, each with what it is."""
    with Visitor(system.url) as owner:
        owner.log_in(seeds.demo_usernames()["OWNER"], seeds.PASSWORD)
        upload = owner.upload("A.pdf", standards_seeds.demo_text())
        draft = owner.save_draft(
            {
                "kind": "ENTERPRISE",
                "number": {"body": "RIGHTS 001", "year": "2026"},
                "title": "权限试验",
                "disclosure_mode": "FULL_TEXT",
                "upload_id": upload["upload_id"],
                "products": [],
            }
        )
        other_session = owner.api("GET", "/sessions")["items"][0]["session_id"]
        team = owner.api("GET", "/team")["members"]
        member = next(person["account_id"] for person in team if person["role"] != "OWNER")
        key = owner.api(
            "POST",
            "/machine-keys",
            json={"name": "试验", "scopes": ["declarations:read"], "days": 9},
        )
    return {
        "declaration": f"/declarations/{draft['declaration_id']}",
        "upload": f"/uploads/{upload['upload_id']}",
        "session": f"/sessions/{other_session}",
        "member": f"/team/{member}",
        "key": f"/machine-keys/{key['key_id']}",
    }


PRODUCT = {"name": "杯", "model": "1", "class_code": "2106"}
BODIES: dict[str, dict[str, Any]] = {
    "/publication": {"is_committed": True},
    "/correction": {
        "number": {"body": "1", "year": "2026"},
        "title": "权限试验",
        "disclosure_mode": "FULL_TEXT",
        "products": [PRODUCT],
        "is_committed": True,
    },
    "/products": {"products": [PRODUCT], "is_committed": True},
    "/review": {"answer": "CONTINUE"},
    "/checks": {},
    "/withdrawal": {"confirmation_token": "x", "reason": "OTHER"},
}


@pytest.mark.proves("F9")
class TestForeignObjects:
    @pytest.mark.parametrize(
        ("method", "what", "rest"),
        [
            ("GET", "declaration", ""),
            ("DELETE", "declaration", ""),
            ("GET", "declaration", "/commitment"),
            ("GET", "declaration", "/products"),
            ("POST", "declaration", "/publication"),
            ("POST", "declaration", "/correction"),
            ("POST", "declaration", "/products"),
            ("POST", "declaration", "/revision"),
            ("POST", "declaration", "/withdrawal-request"),
            ("POST", "declaration", "/withdrawal"),
            ("POST", "declaration", "/checks"),
            ("POST", "declaration", "/review"),
            ("GET", "declaration", "/history"),
            ("GET", "declaration", "/complaints"),
            ("GET", "upload", ""),
            ("DELETE", "session", ""),
            ("DELETE", "member", ""),
            ("DELETE", "key", ""),
            ("POST", "key", "/rotation"),
        ],
    )
    def test_look_as_if_they_were_not_there(
        self, system: System, objects: dict[str, str], method: str, what: str, rest: str
    ) -> None:
        with Visitor(system.url) as stranger:
            stranger.log_in("ciyun_owner", seeds.PASSWORD)
            body = None if method == "GET" else BODIES.get(rest)
            with pytest.raises(RefusedError) as refused:
                stranger.api(method, objects[what] + rest, json=body, version=1)

        assert refused.value.status == 404, refused.value
        assert API not in refused.value.problem.get("detail", "")
