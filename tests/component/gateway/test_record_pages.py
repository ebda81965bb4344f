"""Record pages in front of fake services: what they ask, and what they never let out."""

import json
from collections.abc import Callable

import pytest

from chassis.config import ConfigError
from gateway.config import Settings
from gateway.qr_codes import qr_code
from tests.component.gateway.conftest import Site
from tests.factories.web_page import WebPage
from tests.fakes.services import RECORD_NUMBER, refusal

PATH = f"/s/{RECORD_NUMBER}"


class TestRecordPage:
    def test_asks_one_question_once_names_are_known(self, site: Site) -> None:
        site.state.publish()
        browser = site.browser()
        browser.get(PATH)
        site.state.calls.clear()

        page = browser.get(PATH)

        assert page.status == 200
        assert [name for name, _ in site.state.calls] == ["get_document"]

    def test_looks_few_class_names_up(self, site: Site) -> None:
        site.state.publish()
        document = site.state.published[RECORD_NUMBER]["document"]
        document["products"] = [
            {**document["products"][0], "class_code": f"QB{number:06d}"} for number in range(90)
        ]

        page = WebPage(site.browser().get(PATH).text)

        (data,) = [json.loads(script.text) for script in page.root.find("script")]
        assert len(page.tables()[-1]) == 1 + 90
        assert len(data["about"]) == 20
        assert site.state.count("get_product_class") == 20
        assert page.tables()[-1][1][7] == "类 QB000000 QB000000"
        assert page.tables()[-1][90][7] == "QB000089"

    def test_lets_nothing_typed_out_of_its_data(self, site: Site) -> None:
        title = '</script><img src=x onerror="alert(1)">&amp;'
        site.state.publish(title=title)

        page = WebPage(site.browser().get(PATH).text)

        (data,) = [json.loads(script.text) for script in page.root.find("script")]
        assert data["name"].endswith(title)
        assert page.title == title
        assert page.faults() == []

    def test_stays_readable_while_the_services_are_away(self, site: Site) -> None:
        site.state.publish()
        browser = site.browser()
        fresh = browser.get(PATH)
        for method in ("get_document", "get_public_declaration"):
            site.state.failures[method] = refusal("bus.unavailable")

        kept = browser.get(PATH)

        assert (fresh.status, kept.status) == (200, 200)
        assert "数据截至" in kept.text
        assert "企业承诺" in kept.text

    @pytest.mark.parametrize("path", ["", "/qr.svg", "/read", "/versions", "/proof", "/revised"])
    def test_of_no_record_number_asks_nobody(self, site: Site, path: str) -> None:
        answer = site.browser().get(f"/s/Q-1{path}")

        assert answer.status == 404
        assert "页面不存在" in answer.text
        assert site.state.calls == []


class TestPublicAddress:
    def test_is_what_the_request_was_sent_to(self, site: Site) -> None:
        site.state.publish()

        page = WebPage(site.browser().get(PATH).text)

        assert page.facts()["本页网址"] == f"http://localhost{PATH}"

    def test_is_the_one_that_is_set(self, open_site: Callable[..., Site]) -> None:
        site = open_site(public_url="https://qb.example.cn")
        site.state.publish()
        browser = site.browser()

        page = WebPage(browser.get(PATH).text)
        code = browser.get(f"{PATH}/qr.svg")

        address = f"https://qb.example.cn{PATH}"
        assert page.facts()["本页网址"] == address
        assert code.body == qr_code(address) != qr_code(f"http://localhost{PATH}")

    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("https://qb.example.cn/", "https://qb.example.cn"),
            ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
        ],
    )
    def test_has_no_stroke_at_its_end(self, text: str, address: str) -> None:
        assert Settings.from_env({"PUBLIC_URL": text}).public_url == address

    @pytest.mark.parametrize("text", ["qb.example.cn", "ftp://qb.example.cn", "https://x.cn/path"])
    def test_is_refused_at_start_when_it_is_none(self, text: str) -> None:
        with pytest.raises(ConfigError, match="PUBLIC_URL"):
            Settings.from_env({"PUBLIC_URL": text})
