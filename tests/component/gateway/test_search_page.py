"""The search page and its feed, as a person without JavaScript uses them."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.component.gateway.conftest import Site
from tests.factories.web_page import WebPage
from tests.fakes.services import RECORD_NUMBER, refusal

ATOM = {"a": "http://www.w3.org/2005/Atom"}
COLUMNS = ["编号", "名称", "企业", "相关产品", "公开时间", "状态", "操作"]


def look(site: Site, **query: str) -> WebPage:
    page = WebPage(site.browser().get(f"/search?{urlencode(query)}").text)
    assert page.faults() == []
    return page


def asked(site: Site) -> dict[str, Any]:
    return site.state.arguments("search_declarations")


def query_of(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


class TestBoxes:
    @pytest.mark.proves("R-210", "R-218")
    def test_each_is_handed_on(self, site: Site) -> None:
        """手册 FAQ 32."""
        look(
            site,
            q="杯", enterprise="永康", title="保温", number="13456", product="BW-500",
            barcode=" 690 1234-5678", kind="ENTERPRISE", state="PUBLISHED", region="370300",
            class_code="QB01", published_from="2026-03-01", published_until="2026-03-31",
        )  # fmt: skip

        assert asked(site) == {
            "query": "杯", "enterprise": "永康", "title": "保温", "number": "13456",
            "product": "BW-500", "barcode": "69012345678", "kind": "ENTERPRISE",
            "state": "PUBLISHED", "region": "3703", "class_code": "QB01",
            "published_from": "2026-03-01", "published_to": "2026-04-01",
            "limit": 15, "with_facets": True,
        }  # fmt: skip

    def test_stay_as_they_were_typed(self, site: Site) -> None:
        typed = {"q": "杯", "title": '"保温" <b>', "kind": "GROUP", "published_until": "2026-03-31"}

        fields = look(site, **typed, year="2026").fields()

        assert {name: fields[name] for name in typed} == typed
        assert fields["year"] == "2026"
        assert fields["region"] == fields["class_code"] == ""

    def test_offer_regions_and_classes_step_by_step(self, site: Site) -> None:
        options = {
            option.attributes["value"]: option.text for option in look(site).main.find("option")
        }

        assert options["37"] == "山东省"
        assert options["QB01"] == "日用品"
        assert options["WITHDRAWN"] == "废止"

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("published_from", "2026-02-30", "请按 2026-03-01 的形式"),
            ("published_until", "昨天", "请按 2026-03-01 的形式"),
            ("barcode", "69O1234", "7 至 14 位"),
            ("barcode", "1" * 15, "7 至 14 位"),
            ("barcode", "690123", "7 至 14 位"),
            ("title", "长" * 201, "0 至 200"),
        ],
    )
    def test_say_beside_them_what_is_wrong(
        self, site: Site, field: str, value: str, reason: str
    ) -> None:
        answer = site.browser().get(f"/search?{urlencode({field: value, 'q': '杯'})}")

        page = WebPage(answer.text)
        assert answer.status == 422
        assert list(page.wrongs()) == [field]
        assert reason in page.wrongs()[field]
        assert page.fields()[field] == value
        assert page.fields()["q"] == "杯"
        assert f"#{field}" in page.links().values()
        assert page.faults() == []
        assert site.state.count("search_declarations") == 0

    def test_refuse_a_last_day_before_the_first(self, site: Site) -> None:
        days = {"published_from": "2026-03-02", "published_until": "2026-03-01"}

        wrong = look(site, **days).wrongs()

        assert wrong == {"published_until": "结束日期不能早于开始日期。"}
        assert look(site, **days | {"published_until": "2026-03-02"}).wrongs() == {}

    def test_pay_no_heed_to_what_links_bring_along(self, site: Site) -> None:
        assert site.browser().get("/search?utm_source=x&q=y").status == 200


class TestResults:
    @pytest.mark.proves("R-211", "R-218")
    def test_stand_in_a_table(self, site: Site) -> None:
        site.state.publish(title="保温杯")

        page = look(site, q="保温杯")

        (table,) = page.tables()
        assert table[0] == COLUMNS
        assert table[1] == [
            "Q/QB 001-2026", "保温杯", "淄博启标器皿有限公司", "真空保温杯", "2026-11-23", "现行",
            "详细",
        ]  # fmt: skip
        assert page.links()["详细"] == f"/s/{RECORD_NUMBER}"
        assert "共 1 条与“保温杯”有关" in page.main.text

    def test_can_be_narrowed_down_and_widened_by_links(self, site: Site) -> None:
        site.state.publish()

        links = look(site, q="保温", region="37", title="杯").links()

        narrower = query_of(links["企业标准1"])
        assert narrower == {"q": "保温", "region": "37", "title": "杯", "kind": "ENTERPRISE"}
        wider = query_of(links["标准名称：杯×"])
        assert wider == {"q": "保温", "region": "37"}
        assert query_of(links["清除全部"]) == {"q": "保温"}

    def test_do_not_offer_what_is_chosen(self, site: Site) -> None:
        site.state.publish()

        links = look(site, kind="ENTERPRISE").links()

        assert "企业标准1" not in links
        assert query_of(links["种类：企业标准×"]) == {}
        assert query_of(links["现行1"]) == {"kind": "ENTERPRISE", "state": "PUBLISHED"}

    def test_of_which_there_are_too_many_say_so(self, site: Site) -> None:
        site.state.publish()
        site.state.answered = {"total_text": "1000+", "is_total_capped": True}

        assert "共 1000+ 条" in look(site).main.text

    def test_lead_on_and_back_page_by_page(self, site: Site) -> None:
        site.state.publish()
        place = "/search?q=%E4%BF%9D&kind=ENTERPRISE"
        seen = []
        for number in range(2, 5):
            site.state.answered = {"next_cursor": f"c{number}"}
            page = WebPage(site.browser().get(place).text)
            seen.append(place)
            place = page.links()["下一页"]
            assert query_of(place)["cursor"] == f"c{number}"

        site.state.answered = {"next_cursor": None}
        last = WebPage(site.browser().get(place).text)
        assert "第 4 页" in last.main.text
        assert "下一页" not in last.links()
        back = []
        for _ in seen:
            place = WebPage(site.browser().get(place).text).links()["上一页"]
            back.append(query_of(place))
        assert back == [query_of(each) for each in reversed(seen)]
        assert "上一页" not in WebPage(site.browser().get(place).text).links()

    @pytest.mark.parametrize("code", ["search.invalid_cursor", "search.outdated_cursor"])
    def test_begin_anew_where_the_place_is_no_more(self, site: Site, code: str) -> None:
        site.state.publish()
        site.state.failures_of_cursor["c2"] = refusal(code)

        page = look(site, q="保温", cursor="c2", page="2")

        assert "以下从第一页开始" in page.main.text
        assert len(page.tables()[0]) == 2

    @pytest.mark.proves("R-215")
    def test_give_hints_where_there_are_none(self, site: Site) -> None:
        page = look(site, q="不存在", kind="GROUP")

        assert "没有找到与“不存在”有关的公开标准" in page.main.text
        assert "去掉上面的一部分条件" in page.main.text
        assert page.links()["怎样查看企业的标准"] == "/help/faq/32"
        assert page.tables() == []


class TestFeed:
    def read(self, site: Site, query: str) -> tuple[Any, ET.Element]:
        answer = site.browser().get(f"/search.atom?{query}")
        return answer, ET.fromstring(answer.body)  # noqa: S314 - our own

    def test_is_named_by_the_page(self, site: Site) -> None:
        page = look(site, q="保温", kind="ENTERPRISE", cursor="c2")

        (feed,) = page.root.find("link", type="application/atom+xml")
        assert feed.attributes["rel"] == "alternate"
        assert query_of(feed.attributes["href"]) == {"q": "保温", "kind": "ENTERPRISE"}

    def test_is_an_atom_feed(self, site: Site) -> None:
        site.state.publish(title="<保温杯> & Co\x0b")

        answer, feed = self.read(site, "kind=ENTERPRISE&q=%E4%BF%9D%E6%B8%A9")

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        (entry,) = feed.findall("a:entry", ATOM)
        assert entry.findtext("a:title", "", ATOM) == "Q/QB 001-2026 <保温杯> & Co"
        assert entry.findtext("a:id", "", ATOM) == "urn:uuid:01890000-0000-7000-8000-000000000001"
        assert entry.findtext("a:author/a:name", "", ATOM) == "淄博启标器皿有限公司"
        moment = "2026-11-23T04:00:00Z"
        assert entry.findtext("a:updated", "", ATOM) == moment
        assert feed.findtext("a:updated", "", ATOM) == moment
        (link,) = entry.findall("a:link", ATOM)
        host, port = site.address
        assert link.attrib["href"] == f"http://localhost/s/{RECORD_NUMBER}", (host, port)
        relations = {each.attrib["rel"] for each in feed.findall("a:link", ATOM)}
        assert relations == {"self", "alternate"}

    def test_keeps_its_id_in_whatever_order_it_is_asked(self, site: Site) -> None:
        def identity(query: str) -> str:
            return self.read(site, query)[1].findtext("a:id", "", ATOM)

        same = {identity("q=a&kind=GROUP"), identity("kind=GROUP&q=a&utm=1&cursor=x")}
        assert len(same) == 1
        assert identity("q=b&kind=GROUP") not in same

    def test_without_entries_is_a_feed_too(self, site: Site) -> None:
        _answer, feed = self.read(site, "q=nothing")

        assert feed.findall("a:entry", ATOM) == []
        assert feed.findtext("a:updated", "", ATOM) == "2015-01-01T00:00:00Z"

    def test_refuses_a_wrong_address(self, site: Site) -> None:
        answer = site.browser().get("/search.atom?published_from=x")

        assert answer.status == 422
        assert "填" in answer.text or "有误" in answer.text
