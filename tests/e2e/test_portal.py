"""The public portal with plain HTTP: what a person finds, reads and does without JavaScript."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests

from services.accounts import seeds
from tests.factories.web_page import WebPage
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TITLE = "竹编提篮"
BARCODE = "6901234567892"
STORY = "提篮的尺寸与公开的标准不符，\n明显偏小，请核查。"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def entry(body: str, title: str = TITLE) -> dict[str, Any]:
    bound = {"symbol": "<=", "main": "20", "upper_tolerance": "", "lower_tolerance": ""}
    indicator = {
        "name": "篮口直径",
        "category": "指标",
        "requirement": {
            "kind": "NUMERIC", "left": bound, "right": bound | {"main": "30"}, "unit": "cm",
        },
        "test_method": {"kind": "CUSTOM", "content": "用卷尺测量"},
    }  # fmt: skip
    product = {"name": "提篮", "model": "TL-7", "class_code": "QB020101", "barcode": BARCODE}
    return {
        "kind": "ENTERPRISE",
        "number": {"body": body, "year": "2026"},
        "title": title,
        "disclosure_mode": "INDICATORS",
        "indicators": [indicator],
        "products": [product],
    }


def read(answer: requests.Response) -> WebPage:
    page = WebPage(answer.text)
    assert page.faults() == []
    return page


def look(visitor: Visitor, path: str, status: int = 200, **query: str) -> WebPage:
    answer = visitor.request("GET", f"{path}?{urlencode(query)}" if query else path)
    assert answer.status_code == status, answer.text
    return read(answer)


def search(visitor: Visitor, **query: str) -> WebPage:
    return look(visitor, "/search", **query)


def records(page: WebPage) -> list[str]:
    """Return the record numbers of a page of hits."""
    details = page.main.find("a", class_="more")
    return [link.attributes["href"].removeprefix("/s/") for link in details]


def post(visitor: Visitor, path: str, fields: dict[str, str]) -> requests.Response:
    return visitor.request("POST", path, data=urlencode(fields).encode(), headers=FORM)


@pytest.fixture(scope="module")
def basket(system: Any, clerk: Visitor) -> dict[str, Any]:
    """Return what one wants to find, after all else that is there to be paged through."""
    shown: dict[str, Any] = {}
    for number in range(16):
        shown = clerk.publish(clerk.save_draft(entry(f"QB2026 6{number:04d}")))
    anyone = system.visitor()
    wait_for(
        lambda: shown["record_number"] in records(search(anyone, q=TITLE)) or None,
        seconds=30, what="进入查询",
    )  # fmt: skip
    return shown


class TestSearch:
    @pytest.mark.proves("R-210", "R-211", "R-218")
    def test_finds_by_each_box(self, system: Any, basket: dict[str, Any]) -> None:
        """手册 FAQ 18, FAQ 27, FAQ 32."""
        anyone = system.visitor()
        record = basket["record_number"]
        enterprise = anyone.api("GET", f"/public/declarations/{record}")["document"]["enterprise"]
        name, region = enterprise["name"], enterprise["region"]
        day = anyone.api("GET", f"/public/declarations?q={record}")["items"][0]["published_at"]
        own = {"title": TITLE, "number": "60015"}

        for box in (
            {"q": TITLE}, {"enterprise": name}, {"number": basket["number_text"]},
            {"product": "提篮"}, {"barcode": BARCODE}, {"barcode": "6901 2345"},
            {"kind": "ENTERPRISE"}, {"state": "PUBLISHED"}, {"region": region[:2]},
            {"region": region[:4]}, {"region": region}, {"class_code": "QB02"},
            {"published_until": "2099-12-31"}, {"published_from": "2015-01-01"},
            {"published_from": day[:10]},
        ):  # fmt: skip
            assert record in records(search(anyone, **{**own, **box})), box
        for box in (
            {"enterprise": TITLE}, {"title": name}, {"number": "99999"}, {"product": "搪瓷"},
            {"barcode": "6909999"}, {"kind": "GROUP"}, {"state": "WITHDRAWN"}, {"region": "11"},
            {"class_code": "QB03"}, {"published_until": "2015-01-01"},
            {"published_from": "2099-01-01"},
        ):  # fmt: skip
            assert records(search(anyone, **{**own, **box})) == [], box

    @pytest.mark.proves("R-218")
    def test_shows_fifteen_a_page_and_leads_on_and_back(
        self, system: Any, basket: dict[str, Any]
    ) -> None:
        anyone = system.visitor()
        first = search(anyone, title=TITLE)

        second = look(anyone, first.links()["下一页"])
        again = look(anyone, second.links()["上一页"])

        assert len(records(first)) == 15
        assert "第 2 页" in second.main.text
        assert set(records(first)).isdisjoint(records(second))
        assert records(again) == records(first)
        assert records(first)[0] == basket["record_number"]

    def test_narrows_down_by_links_with_counts(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        page = search(anyone, title=TITLE, number="60015")

        narrower = look(anyone, page.links()["企业标准1"])
        wider = look(anyone, narrower.links()["种类：企业标准×"])

        assert records(narrower) == records(wider) == [basket["record_number"]]
        cell = page.tables()[0][1][1]
        assert cell == TITLE
        assert [mark.text for mark in page.main.find("mark")] == ["60015", TITLE]

    def test_asks_whether_another_number_was_meant(
        self, system: Any, basket: dict[str, Any]
    ) -> None:
        anyone = system.visitor()
        wrong = basket["number_text"].replace("60015", "60051")

        def guess() -> str | None:
            return search(anyone, q=wrong).links().get(basket["number_text"])

        meant = look(anyone, wait_for(guess, seconds=20, what="可以提示"))
        assert basket["record_number"] in records(meant)

    @pytest.mark.proves("R-215")
    def test_finds_no_draft(self, system: Any, clerk: Visitor, basket: dict[str, Any]) -> None:
        """手册 4.1."""
        anyone = system.visitor()
        clerk.save_draft(entry("QB2026 70001", "未公开的藤编筐"))
        later = clerk.publish(clerk.save_draft(entry("QB2026 70002", "公开的藤编筐")))
        wait_for(
            lambda: records(search(anyone, title="公开的藤编筐")) or None,
            seconds=30, what="进入查询",
        )  # fmt: skip

        assert records(search(anyone, number="70001")) == []
        assert records(search(anyone, number="70002")) == [later["record_number"]]
        assert "没有找到" in search(anyone, title="未公开的藤编筐").main.text
        assert basket["record_number"] != later["record_number"]

    def test_is_followed_by_feed_readers(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        page = search(anyone, title=TITLE, number="60015")
        (link,) = page.root.find("link", type="application/atom+xml")

        answer = anyone.request("GET", link.attributes["href"])

        feed = ET.fromstring(answer.content)  # noqa: S314 - our own
        (found,) = feed.findall(f"{ATOM}entry")
        addresses = [each.attrib["href"] for each in found.findall(f"{ATOM}link")]
        assert addresses == [f"{system.url}/s/{basket['record_number']}"]
        assert found.findtext(f"{ATOM}id") == f"urn:uuid:{basket['declaration_id']}"
        assert found.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated")
        assert look(anyone, urlsplit(addresses[0]).path)

    def test_is_mapped_for_crawlers(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        robots = anyone.request("GET", "/robots.txt").text
        address = re.search(r"^Sitemap: (\S+)$", robots, re.MULTILINE)
        assert address

        index = ET.fromstring(anyone.request("GET", urlsplit(address[1]).path).content)  # noqa: S314
        parts = [urlsplit(found.text or "").path for found in index.iter(f"{MAP}loc")]
        pages = {
            found.text
            for part in parts
            for found in ET.fromstring(anyone.request("GET", part).content).iter(f"{MAP}loc")  # noqa: S314
        }

        assert f"{system.url}/s/{basket['record_number']}" in pages
        assert f"{system.url}/help" in pages


class TestHome:
    @pytest.mark.proves("R-001", "R-002", "R-003")
    def test_leads_to_everything(self, system: Any, basket: dict[str, Any]) -> None:
        """手册 1, 2.1."""
        anyone = system.visitor()

        page = look(anyone, "/")

        links = page.links()
        assert f"/s/{basket['record_number']}" in links.values() or links["详细"]
        assert int(page.facts()["公开的标准"].replace(",", "")) >= 16
        assert anyone.request("GET", links["【企业登录入口】"]).url.endswith("/app/login")
        assert anyone.request("GET", links["新用户注册"]).url.endswith("/app/register")
        for path in {link for link in links.values() if link.startswith("/")}:
            assert anyone.request("GET", path).status_code == 200, path


class TestStatistics:
    def test_agree_with_search(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        record = basket["record_number"]
        enterprise = anyone.api("GET", f"/public/declarations/{record}")["document"]["enterprise"]
        county = enterprise["region"]

        country = look(anyone, "/statistics")
        province = look(anyone, country.links()[self.name_of(anyone, county[:2])])
        deepest = look(anyone, f"/statistics?region={county}")

        assert province.title.endswith("统计公示")
        assert "按地区" in deepest.headings()
        total = deepest.facts()["公开的标准"]
        found = anyone.api("GET", f"/public/statistics?region={county}")["total"]["declarations"]
        assert total == f"{found:,}"
        assert int(total) >= 16

    @staticmethod
    def name_of(anyone: Visitor, region: str) -> str:
        regions = anyone.api("GET", "/public/statistics")["by_region"]
        return str(next(each["label"] for each in regions if each["value"] == region))


class TestHelp:
    @pytest.mark.proves("R-008")
    def test_answers_the_37_questions(self, system: Any) -> None:
        """手册 9, FAQ 30."""
        anyone = system.visitor()

        links = look(anyone, "/help").links()

        entries = sorted(
            (link for link in links.values() if link.startswith("/help/faq/")),
            key=lambda link: int(link.rsplit("/", 1)[1]),
        )
        assert entries[:37] == [f"/help/faq/{number}" for number in range(1, 38)]
        titles = {link: text for text, link in links.items()}
        for entry_path in entries:
            page = look(anyone, entry_path)
            assert page.title == titles[entry_path]

    @pytest.mark.proves("R-008")
    def test_is_searched_and_reached_from_a_refusal(self, system: Any) -> None:
        anyone = system.visitor()

        found = look(anyone, "/help", q="数据 同步").headings()
        problem = look(anyone, "/problems/registry.not_synced")
        answer = look(anyone, problem.links()["怎么办？查看常见问题"])

        assert any("不能注册，数据未同步" in heading for heading in found)
        assert "不能注册，数据未同步" in answer.title

    def test_shows_notices_as_long_as_they_are_public(self, system: Any) -> None:
        anyone, operator = system.visitor(), system.visitor()
        operator.log_in(seeds.demo_usernames()["OPERATOR"], seeds.PASSWORD)
        text = {"title": "门户维护通知", "body": "第一段。\n第二段。"}
        draft = operator.api("POST", "/operator/notices", json=text)
        path, shown = f"/operator/notices/{draft['notice_id']}", f"/notices/{draft['notice_id']}"
        look(anyone, shown, 404)

        operator.api("POST", f"{path}/publication", json={}, version=1)
        assert look(anyone, "/notices").links()["门户维护通知"] == shown
        assert look(anyone, "/").links()["门户维护通知"] == shown
        assert "第二段。" in look(anyone, shown).main.text

        operator.api("POST", f"{path}/withdrawal", json={}, version=2)
        look(anyone, shown, 404)
        assert "门户维护通知" not in look(anyone, "/notices").links()


class TestComplaint:
    def fill_in(self, visitor: Visitor, record: str) -> dict[str, str]:
        page = look(visitor, "/complaints/new", record_number=record)
        fields = page.fields()
        assert fields["record_number"] == record
        answer = visitor.api("GET", f"/dev/captchas/{fields['captcha_id']}")["answer"]
        typed = {"category": "NOT_AS_DECLARED", "text": STORY, "captcha_answer": answer}
        return {**fields, **typed}

    @pytest.mark.proves("F5", "F9")
    def test_is_filed_once_and_followed(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        fields = self.fill_in(anyone, basket["record_number"])

        filed = post(anyone, "/complaints/new", fields)
        again = post(anyone, "/complaints/new", fields)

        page = read(filed)
        assert filed.status_code == 200
        assert filed.headers["Cache-Control"] == "no-store"
        number, code = page.facts()["投诉举报编号"], page.facts()["查询码"]
        refused = read(again)
        assert again.status_code == 422
        assert list(refused.wrongs()) == ["captcha_answer"]
        assert refused.fields()["text"] == STORY.replace("\n", " ")
        assert refused.fields()["captcha_id"] != fields["captcha_id"]

        question = {"complaint_number": number, "query_code": code}
        standing = read(post(system.visitor(), "/complaints/status", question))
        assert standing.headings() == ["已收到，等待受理"]
        assert standing.facts()["事项"] == "产品与公开的标准不符"
        wrong = post(anyone, "/complaints/status", {**question, "query_code": "7KQM-2XHD-9PWA"})
        assert wrong.status_code == 404
        assert "请核对编号和查询码" in read(wrong).main.text

    def test_about_nothing_is_refused_at_its_field(self, system: Any) -> None:
        anyone = system.visitor()
        fields = self.fill_in(anyone, "Q-913703050000000000-202601010000-0001")

        answer = post(anyone, "/complaints/new", {**fields, "phone": "12345", "name": "王"})

        page = read(answer)
        assert answer.status_code == 422
        assert set(page.wrongs()) == {"phone", "name"}
        fields |= {"captcha_id": page.fields()["captcha_id"]}
        fields["captcha_answer"] = anyone.api("GET", f"/dev/captchas/{fields['captcha_id']}")[
            "answer"
        ]
        unknown = read(post(anyone, "/complaints/new", fields))
        assert set(unknown.wrongs()) == {"record_number"}

    def test_can_be_made_by_who_hears_the_captcha(
        self, system: Any, basket: dict[str, Any]
    ) -> None:
        anyone = system.visitor()
        fields = self.fill_in(anyone, basket["record_number"])

        spoken = read(post(anyone, "/complaints/new", {**fields, "step": "audio"}))

        (sound,) = spoken.main.find("audio")
        assert sound.attributes["src"].startswith("data:audio/wav;base64,UklGR")
        fields = spoken.fields()
        answer = anyone.api("GET", f"/dev/captchas/{fields['captcha_id']}")["answer"]
        filed = post(anyone, "/complaints/new", {**fields, "captcha_answer": answer})
        assert re.fullmatch(r"TS-[0-9]{8}-[0-9]{6}", read(filed).facts()["投诉举报编号"])

    def test_from_another_site_is_refused(self, system: Any, basket: dict[str, Any]) -> None:
        anyone = system.visitor()
        fields = self.fill_in(anyone, basket["record_number"])

        answer = anyone.request(
            "POST", "/complaints/new", data=urlencode(fields).encode(),
            headers={**FORM, "Origin": "https://other.example"},
        )  # fmt: skip

        assert answer.status_code == 403
        assert post(anyone, "/complaints/new", fields).status_code == 200


class TestOpenInterfaces:
    def test_are_there_as_they_are_listed(self, system: Any) -> None:
        anyone = system.visitor()

        links = look(anyone, "/open").links()

        for path in {link for link in links.values() if link.startswith("/")}:
            assert anyone.request("GET", path).status_code == 200, path
        listed = look(anyone, links["查询与统计"])
        assert "GET /api/v1/public/declarations" in listed.main.text

    def test_of_errors_carry_the_id_of_the_request(self, system: Any) -> None:
        anyone = system.visitor()
        html = {"Accept": "text/html"}

        answer = anyone.request("GET", "/nothing/here", headers=html)

        assert answer.status_code == 404
        assert answer.headers["X-Trace-Id"] in read(answer).main.text
