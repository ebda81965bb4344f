"""A route that will end says so in every answer, and in the document."""

import dataclasses
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gateway import openapi, routes, service
from gateway.deprecation import Deprecation
from gateway.routing import Route
from tests.component.gateway.conftest import Site

OLD = Deprecation(date(2026, 12, 1), date(2027, 6, 1), "/api/v2/events")
NAME = "list_events"


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Route]:
    """Let one of the routes be deprecated."""
    found = [
        dataclasses.replace(route, deprecation=OLD) if route.name == NAME else route
        for route in routes.all_routes()
    ]
    for module in (routes, service):
        monkeypatch.setattr(module, "all_routes", lambda: found)
    return found


class TestDeprecation:
    @pytest.mark.usefixtures("announced")
    def test_is_in_answers_and_refusals_of_this_route_alone(
        self, open_site: Callable[..., Site]
    ) -> None:
        browser = open_site().browser()

        answers = [
            browser.request("GET", "/api/v1/events"),
            browser.request("GET", "/api/v1/events?after=nonsense"),
        ]
        other = browser.request("GET", "/api/v1/openapi.json")

        assert [answer.status for answer in answers] == [200, 422]
        for answer in answers:
            assert answer.headers["Deprecation"] == "@1796083200"
            assert answer.headers["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
            assert 'rel="successor-version"' in answer.headers["Link"]
        assert not {"Deprecation", "Sunset"} & set(other.headers)

    @pytest.mark.usefixtures("announced")
    def test_is_in_the_document(self) -> None:
        paths: Any = openapi.build()["paths"]

        assert paths["/api/v1/events"]["get"]["deprecated"] is True
        assert "2027-06-01" in paths["/api/v1/events"]["get"]["description"]
        assert "deprecated" not in paths["/api/v1/openapi.json"]["get"]

    def test_is_announced_half_a_year_before(self) -> None:
        with pytest.raises(ValueError, match="180 days"):
            Deprecation(date(2026, 12, 1), date(2027, 5, 1))
