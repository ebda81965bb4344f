"""What crawlers get: where everything published is, in parts that are read as they go out."""

from xml.etree import ElementTree as ET

import pytest

from chassis.errors import UnavailableError
from tests.component.gateway.conftest import Site

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(content: bytes) -> list[str]:
    return [found.text or "" for found in ET.fromstring(content).iter(f"{SPACE}loc")]  # noqa: S314


class TestSiteMap:
    def test_names_its_parts_and_robots_name_it(self, site: Site) -> None:
        browser = site.browser()

        robots = browser.get("/robots.txt").text
        index = browser.get("/sitemap.xml")

        assert "Sitemap: http://localhost/sitemap.xml\n" in robots
        assert "Disallow: /api/\n" in robots
        assert index.headers["Content-Type"] == "application/xml; charset=utf-8"
        assert index.headers["Cache-Control"] == "public, max-age=3600"
        assert addresses(index.body) == [
            "http://localhost/sitemaps/pages.xml",
            "http://localhost/sitemaps/0-4.xml",
            "http://localhost/sitemaps/4-0.xml",
        ]
        assert site.state.arguments("list_record_parts") == {"size": 50_000}

    def test_holds_every_record_once(self, site: Site) -> None:
        browser = site.browser()
        parts = addresses(browser.get("/sitemap.xml").body)[1:]

        pages = [browser.get(part.removeprefix("http://localhost")) for part in parts]

        found = [address for page in pages for address in addresses(page.body)]
        assert found == [f"http://localhost/s/Q-{number}" for number in range(6)]
        assert all(page.status == 200 for page in pages)
        assert b"<lastmod>2026-11-23</lastmod>" in pages[0].body
        assert site.state.count("list_records") == 3

    def test_names_the_site_as_it_is_known(self, open_site: object) -> None:
        site: Site = open_site(public_url="https://qb.example.cn")  # type: ignore[operator]

        index = addresses(site.browser().get("/sitemap.xml").body)

        assert index[1] == "https://qb.example.cn/sitemaps/0-4.xml"

    def test_holds_pages_that_are_there(self, site: Site) -> None:
        browser = site.browser()

        for address in addresses(browser.get("/sitemaps/pages.xml").body):
            assert browser.get(address.removeprefix("http://localhost")).status == 200

    @pytest.mark.parametrize("part", ["7-0", "x-1", "1", "1-99999999999999999"])
    def test_has_no_part_where_nothing_is(self, site: Site, part: str) -> None:
        assert site.browser().get(f"/sitemaps/{part}.xml").status == 404

    def test_is_not_half_a_map_while_search_is_away(self, site: Site) -> None:
        site.state.failures["list_records"] = UnavailableError(1)

        assert site.browser().get("/sitemaps/0-4.xml").status == 503
