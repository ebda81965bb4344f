"""The JSON API: sessions, rights, preconditions, filtering of answers."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chassis.bus.api import Delivery, Event
from chassis.errors import UnavailableError
from contracts.events import SESSION_ENDED
from gateway.routes import all_routes
from gateway.routing import Auth, Face, Route
from tests.component.gateway.conftest import Browser, Site
from tests.fakes.services import refusal

API = "/api/v1"
DRAFT: dict[str, Any] = {
    "kind": "ENTERPRISE",
    "number": {"body": "QB 001", "year": "2026"},
    "title": "保温杯",
    "disclosure_mode": "FULL_TEXT",
    "upload_id": None,
    "products": [{"name": "保温杯"}],
}
UNSAFE = [route for route in all_routes() if not route.is_safe]


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def address(route: Route) -> str:
    path = route.path
    for part in [piece for piece in path.split("/") if piece.startswith("<")]:
        value = str(uuid.uuid4()) if "uuid" in part else "1"
        path = path.replace(part, value)
    return path


def body_headers(route: Route) -> dict[str, str]:
    if route.takes_types:
        return {"Content-Type": route.takes_types[0]}
    return {"Content-Type": "application/pdf" if route.takes_pdf else "application/json"}


class TestSession:
    @pytest.mark.proves("F7")
    def test_login_sets_a_cookie_that_scripts_and_other_sites_cannot_use(self, site: Site) -> None:
        body = {
            "username": "demo",
            "password": "right-password",
            "captcha_id": "c",
            "captcha_answer": "abcd",
        }
        visitor = Browser(site.address, cookie="fixed-by-somebody-else")

        answer = visitor.request("POST", f"{API}/sessions", json_body=body)

        assert answer.status == 201
        assert set(answer.json) == {"csrf_token", "expires_at", "landing"}
        token, *flags = answer.headers["Set-Cookie"].split("; ")
        assert token.startswith("__Host-sid=")
        assert "fixed-by-somebody-else" not in token
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} == set(flags)
        assert answer.headers["Cache-Control"] == "no-store"

    def test_says_who_is_logged_in(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        answer = owner.request("GET", f"{API}/sessions/current")

        assert answer.json["user"]["username"] == "demo"
        assert answer.json["csrf_token"] == owner.csrf

    def test_costs_one_call_a_minute(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        for _ in range(3):
            owner.request("GET", f"{API}/declarations")

        assert site.state.count("get_actor_token") == 1

    @pytest.mark.proves("F7")
    def test_logout_ends_the_session_at_once(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        gone = owner.request("DELETE", f"{API}/sessions/current")
        reused = owner.request("GET", f"{API}/sessions/current")

        assert gone.status == 204
        assert "Max-Age=0" in gone.headers["Set-Cookie"]
        assert (reused.status, reused.json["code"]) == (401, "gateway.session_expired")

    @pytest.mark.proves("F7")
    def test_a_session_ended_elsewhere_is_forgotten(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        owner.request("GET", f"{API}/sessions/current")
        assert owner.cookie is not None
        session = site.state.sessions.pop(owner.cookie)
        event = Event(
            id=str(uuid.uuid4()),
            type=SESSION_ENDED.type,
            source="accounts",
            subject=session["user_id"],
            sequence=1,
            time="2026-11-23T00:00:00Z",
            data={"session_id": session["session_id"], "account_id": session["user_id"]},
        )
        handler = next(
            entry
            for entry in site.system.container("gateway").entrypoints
            if entry.method_name == "handle_session_ended"
        )

        handler.run_delivery(Delivery(event, "gateway.handle_session_ended"))

        assert owner.request("GET", f"{API}/sessions/current").status == 401

    def test_insecure_intranet_gets_another_name_and_no_hsts(
        self, open_site: Callable[..., Site]
    ) -> None:
        site = open_site(has_secure_cookies=False)
        body = {
            "username": "demo",
            "password": "right-password",
            "captcha_id": "c",
            "captcha_answer": "abcd",
        }

        answer = site.browser().request("POST", f"{API}/sessions", json_body=body)

        assert answer.headers["Set-Cookie"].startswith("sid=")
        assert "Secure" not in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" not in answer.headers


class TestRights:
    @pytest.mark.proves("F9")
    @pytest.mark.parametrize(
        "route", [r for r in all_routes() if r.auth is Auth.SESSION], ids=lambda r: r.name
    )
    def test_private_routes_need_a_session(self, shared_site: Site, route: Route) -> None:
        visitor = shared_site.browser()
        forged = Browser(shared_site.address, cookie="forged", csrf="forged")
        headers = {**body_headers(route), **key(), "If-Match": '"1"'}

        anonymous = visitor.request(route.method, address(route), body=b"", headers=headers)
        unknown = forged.request(route.method, address(route), body=b"", headers=headers)

        assert (anonymous.status, anonymous.json["code"]) == (401, "gateway.login_required")
        assert (unknown.status, unknown.json["code"]) == (401, "gateway.session_expired")

    @pytest.mark.proves("F9")
    def test_a_role_that_may_not_is_refused(self, site: Site) -> None:
        viewer = site.browser(roles=("VIEWER",))

        answer = viewer.request("POST", f"{API}/declarations", json_body=DRAFT, headers=key())

        assert (answer.status, answer.json["code"]) == (403, "gateway.forbidden")

    def test_the_token_of_one_request_is_not_that_of_the_next(self, site: Site) -> None:
        site.browser(roles=("OWNER",)).request("GET", f"{API}/declarations")

        assert site.browser().request("GET", f"{API}/declarations").status == 401


class TestCsrf:
    @pytest.mark.proves("F8")
    @pytest.mark.parametrize("route", UNSAFE, ids=lambda route: route.name)
    def test_every_unsafe_route_refuses_other_sites(self, shared_site: Site, route: Route) -> None:
        owner = shared_site.browser(roles=("OWNER",))
        path, headers = address(route), body_headers(route)

        def status(extra: dict[str, str], method: str = route.method) -> int:
            return owner.request(method, path, body=b"{}", headers={**headers, **extra}).status

        assert status({"Origin": "https://evil.example"}) == 403
        assert status({"Origin": "null"}) == 403
        assert status({"Sec-Fetch-Site": "cross-site"}) == 403
        if route.body or route.takes_file:
            assert status({"Content-Type": "text/plain"}) == 415
            assert status({"Content-Type": "application/x-www-form-urlencoded"}) == 415
        if route.takes_form:
            assert status({"Content-Type": "text/plain"}) == 415
            assert status({"Content-Type": "application/json"}) == 415
        if route.auth is Auth.SESSION:
            owner.csrf = None
            assert status({}) == 403
            assert status({"X-CSRF-Token": "wrong"}) == 403
            assert status({"X-CSRF-Token": "\xff"}) == 403

    @pytest.mark.proves("F8")
    @pytest.mark.parametrize("route", UNSAFE, ids=lambda route: route.name)
    def test_get_changes_nothing(self, shared_site: Site, route: Route) -> None:
        same = [r for r in all_routes() if r.method == "GET" and r.path == route.path]
        is_form = any(r.auth is Auth.PUBLIC for r in same)
        before = shared_site.state.count("file_complaint")

        answer = shared_site.browser().request("GET", address(route))

        assert answer.status == (200 if is_form else 401 if same else 405)
        assert shared_site.state.count("file_complaint") == before


class TestPreconditions:
    def test_creating_needs_an_idempotency_key(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        missing = owner.request("POST", f"{API}/declarations", json_body=DRAFT)
        malformed = owner.request(
            "POST", f"{API}/declarations", json_body=DRAFT, headers={"Idempotency-Key": "x y"}
        )

        assert (missing.status, malformed.status) == (428, 400)

    def test_changing_needs_the_version_seen(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        made = owner.request("POST", f"{API}/declarations", json_body=DRAFT, headers=key())
        path = made.headers["Location"]

        missing = owner.request("PUT", path, json_body=DRAFT)
        weak = owner.request("PUT", path, json_body=DRAFT, headers={"If-Match": 'W/"1"'})
        changed = owner.request(
            "PUT", path, json_body=DRAFT, headers={"If-Match": made.headers["ETag"]}
        )

        assert (made.status, made.headers["ETag"]) == (201, '"1"')
        assert (missing.status, weak.status) == (428, 400)
        assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
        assert site.state.arguments("save_draft")["expected_version"] == 1

    def test_publishing_sends_what_was_seen_and_from_where(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        made = owner.request("POST", f"{API}/declarations", json_body=DRAFT, headers=key())

        published = owner.request(
            "POST",
            made.headers["Location"] + "/publication",
            json_body={"is_committed": True},
            headers={**key(), "If-Match": '"1"'},
        )

        assert published.status == 201
        assert published.headers["Location"].startswith("/s/Q-")
        sent = site.state.arguments("publish_declaration")
        assert (sent["is_committed"], sent["expected_version"]) == (True, 1)
        assert sent["client_address"] == "127.0.0.1"


class TestContent:
    @pytest.mark.proves("F10")
    @pytest.mark.parametrize(
        ("route", "name"),
        [
            pytest.param(route, name, id=f"{name}-{route.name}")
            for route in UNSAFE
            for name in ("status", "enterprise_id", "published_at", "role")
            if route.body and name not in route.body().fields
        ],
    )
    def test_unknown_fields_are_refused(self, shared_site: Site, route: Route, name: str) -> None:
        somebody = shared_site.browser(roles=tuple(route.roles) or ("OWNER",))

        answer = somebody.request(
            route.method,
            address(route),
            json_body={name: "x"},
            headers={**key(), "If-Match": '"1"'},
        )

        assert answer.status == 400
        assert {"pointer": f"/{name}", "code": "gateway.field_unknown"} in [
            {name: entry[name] for name in ("pointer", "code")} for entry in answer.json["errors"]
        ]

    def test_names_wrong_fields_in_chinese(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        answer = owner.request(
            "POST", f"{API}/declarations", json_body={**DRAFT, "kind": "X"}, headers=key()
        )

        assert (answer.status, answer.headers["Content-Type"]) == (422, "application/problem+json")
        assert answer.json["errors"] == [
            {
                "pointer": "/kind",
                "code": "gateway.field_choice",
                "detail": "此项应为以下值之一：NATIONAL、INDUSTRY、LOCAL、ENTERPRISE、GROUP。",
            }
        ]

    def test_answers_hold_only_what_the_schema_names(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        made = owner.request("POST", f"{API}/declarations", json_body=DRAFT, headers=key())

        assert b"secret_note" not in made.body

    def test_says_which_methods_an_address_has(self, site: Site) -> None:
        answer = site.browser().request("PATCH", f"{API}/declarations")

        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD, POST"

    def test_passes_on_what_a_service_refuses(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        site.state.failures["save_draft"] = refusal("standards.already_exists", state="DRAFT")

        answer = owner.request("POST", f"{API}/declarations", json_body=DRAFT, headers=key())

        assert (answer.status, answer.json["detail"]) == (409, "该标准已存在")

    def test_feed_and_canonical_version(self, site: Site) -> None:
        visitor = site.browser()

        feed = visitor.request("GET", f"{API}/events?after=0&limit=2")
        version = visitor.request("GET", f"{API}/declarations/{uuid.uuid4()}/versions/1")

        assert feed.json == {"items": [], "next_after": 0}
        assert version.body == b'{"form":"declaration/1"}'

    def test_divisions_can_be_asked_by_level(self, site: Site) -> None:
        answer = site.browser().request("GET", f"{API}/divisions")

        assert answer.json["items"][0]["name"] == "山东省"


class TestUnavailable:
    @pytest.mark.proves("B1")
    def test_says_when_to_come_back(self, site: Site) -> None:
        site.state.failures["list_events"] = UnavailableError(retry_after=7)

        answer = site.browser().request("GET", f"{API}/events")

        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        assert answer.json["code"] == "bus.unavailable"


class TestProduction:
    def test_has_no_development_routes(self, open_site: Callable[..., Site]) -> None:
        site = open_site(environment="production")
        visitor = site.browser()

        paths = [address(route) for route in all_routes() if route.is_development_only]
        statuses = {visitor.request("GET", path).status for path in paths}

        assert len(paths) >= 5
        assert statuses == {404}


class TestHeaders:
    @pytest.mark.proves("F14")
    @pytest.mark.parametrize(
        "route", all_routes(), ids=lambda route: f"{route.method}-{route.path}"
    )
    def test_every_answer_is_hard_to_abuse(self, shared_site: Site, route: Route) -> None:
        shared_site.state.publish()
        owner = shared_site.browser(roles=("OWNER",))

        headers = owner.request(route.method, address(route), headers=body_headers(route)).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert int(headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31_536_000
        policy = headers["Content-Security-Policy"]
        # The console runs scripts, of this site only.
        own = route.path.startswith("/app/") and "default-src 'self'" in policy
        assert own or "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "Access-Control-Allow-Origin" not in headers
        if route.auth is Auth.SESSION or not route.is_safe:
            assert headers["Cache-Control"] == "no-store"
        if route.face is Face.PAGE and headers.get("Content-Type", "").startswith("text/html"):
            for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
                assert rule in policy
            assert own or "script-src 'none'" in policy
