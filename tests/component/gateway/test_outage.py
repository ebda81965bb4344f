"""While the services are away: what was read in the last hour stays readable, the rest says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import DeadlineError, OverloadedError, UnavailableError
from gateway.cache import KEEP
from tests.component.gateway.conftest import Site
from tests.component.gateway.test_files import put_text
from tests.fakes.services import RECORD_NUMBER

METHODS = (
    "search_declarations",
    "get_document",
    "get_public_declaration",
    "get_public_text",
    "get_terms",
    "list_divisions",
    "get_statistics",
    "search_faq",
    "get_faq_entry",
    "list_notices",
    "get_notice",
)
# Pages that ask services, beside that of a record.
PAGES = (
    "/",
    "/search?q=%E4%BF%9D",
    "/terms",
    "/statistics?region=37",
    "/help",
    "/help/faq/1",
    "/notices",
    "/notices/01890000-0000-7000-8000-0000000000aa",
)


@contextmanager
def away(site: Site, error: Exception) -> Iterator[None]:
    """Let every service fail."""
    site.state.failures = dict.fromkeys(METHODS, error)
    yield
    site.state.failures = {}


def jump(site: Site, monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Move the gateway's clock."""
    clock = site.system.container("gateway").clock
    now = clock.now

    class Later:
        def now(self) -> Any:
            return now() + by

    cache = site.server.site._cache
    monkeypatch.setattr(cache, "_now", Later().now)
    monkeypatch.setattr(site.server.site, "_now", Later().now)


class TestOutage:
    @pytest.mark.proves("B6")
    @pytest.mark.parametrize("error", [UnavailableError(1), DeadlineError(1), OverloadedError(1)])
    def test_pages_read_before_stay_readable(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        site.state.publish()
        browser = site.browser()
        paths = [*PAGES, f"/s/{RECORD_NUMBER}"]
        fresh = [browser.get(path) for path in paths]

        jump(site, monkeypatch, timedelta(minutes=10))
        with away(site, error):
            stale = [browser.get(path) for path in paths]
        back = [browser.get(path) for path in paths]

        answers = (*fresh, *stale, *back)
        assert [answer.status for answer in answers] == [200] * 3 * len(paths)
        assert all("数据截至 20" in answer.text for answer in stale)
        assert all(600 <= int(answer.headers["Age"]) < 620 for answer in stale)
        assert all("数据截至" not in answer.text for answer in (*fresh, *back))
        assert all("Age" not in answer.headers for answer in (*fresh, *back))

    @pytest.mark.proves("B6")
    def test_so_do_the_public_api_and_texts(self, site: Site) -> None:
        site.state.publish()
        text = put_text(site, b"%PDF-1.7 text")
        browser = site.browser()
        paths = [
            f"/api/v1/public/declarations/{RECORD_NUMBER}",
            "/api/v1/public/declarations?q=x",
            "/api/v1/terms",
            "/api/v1/divisions?parent=370000",
            text,
        ]
        fresh = [browser.get(path).body for path in paths]

        with away(site, UnavailableError(1)):
            stale = [browser.get(path) for path in paths]

        assert [answer.body for answer in stale] == fresh
        assert all("Age" in answer.headers for answer in stale)

    @pytest.mark.proves("B6")
    def test_what_was_not_read_says_so_in_chinese(self, site: Site) -> None:
        browser = site.browser()

        with away(site, UnavailableError(retry_after=3)):
            page = browser.get(f"/s/{RECORD_NUMBER}")
            document = browser.get("/api/v1/terms")

        assert (page.status, page.headers["Retry-After"]) == (503, "3")
        assert "服务暂时不可用" in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert (document.status, document.json["code"]) == (503, "bus.unavailable")

    @pytest.mark.proves("B6")
    def test_after_an_hour_it_is_too_old(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        browser = site.browser()
        browser.get("/")

        jump(site, monkeypatch, KEEP + timedelta(seconds=1))
        with away(site, UnavailableError(1)):
            page = browser.get("/")

        assert page.status == 503

    def test_what_needs_no_service_works_as_ever(self, site: Site) -> None:
        with away(site, UnavailableError(1)):
            statuses = [site.browser().get(path).status for path in ("/accessibility", "/barcode")]

        assert statuses == [200, 200]

    def test_a_refusal_is_no_outage(self, site: Site) -> None:
        site.state.publish()
        browser = site.browser()
        browser.get(f"/s/{RECORD_NUMBER}")
        site.state.published.clear()

        gone = browser.get(f"/s/{RECORD_NUMBER}")

        assert gone.status == 404

    @pytest.mark.proves("B1")
    def test_a_service_that_is_gone_costs_little(self, site: Site) -> None:
        browser = site.browser()
        browser.get("/")
        site.system.container("search").stop()

        stale = browser.get("/")
        other = browser.get("/search?q=new")

        assert (stale.status, other.status) == (200, 503)
        assert "数据截至" in stale.text
