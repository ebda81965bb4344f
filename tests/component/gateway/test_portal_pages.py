"""Home, help, notices, statistics and open interfaces, as a person without JavaScript sees them."""

import gzip
from typing import Any
from urllib.parse import quote

import pytest

from chassis.errors import UnavailableError
from gateway import faq
from gateway.texts import TEXTS
from tests.component.gateway.conftest import Site
from tests.factories.web_page import WebPage
from tests.fakes.services import RECORD_NUMBER, refusal

NOTICE = "01890000-0000-7000-8000-0000000000aa"
PAGES = (
    "/", "/search", "/statistics", "/help", "/help/manual", "/help/faq/1",
    "/notices", f"/notices/{NOTICE}",
    "/open", f"/open/api/{quote('查询与统计')}", "/open/events", "/terms", "/accessibility",
    "/complaints/new", "/complaints/status", "/problems/registry.address_mismatch",
)  # fmt: skip
MENU = {
    "标准查询": "/search", "统计公示": "/statistics", "公告": "/notices", "帮助中心": "/help",
    "开放接口": "/open", "【企业登录入口】": "/login",
}  # fmt: skip


def look(site: Site, path: str, status: int = 200) -> WebPage:
    answer = site.browser().get(path)
    assert answer.status == status, answer.text
    page = WebPage(answer.text)
    assert page.faults() == []
    return page


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_is_small_and_leads_to_all_others(self, shared_site: Site, path: str) -> None:
        shared_site.state.publish()

        answer = shared_site.browser().get(path)

        page = WebPage(answer.text)
        assert answer.status == 200
        assert page.faults() == []
        (menu,) = page.root.find("nav", class_="menu")
        assert {link.text: link.attributes["href"] for link in menu.find("a")} == MENU
        assert len(list(menu.find("a", aria_current="page"))) <= 1
        (skip,) = page.root.find("a", class_="skip")
        assert skip.attributes["href"] == "#" + page.main.attributes["id"]
        assert len(gzip.compress(answer.body)) <= 10 * 1024

    @pytest.mark.parametrize("path", [path for path in PAGES if "complaints" not in path])
    def test_may_be_kept_by_a_proxy(self, shared_site: Site, path: str) -> None:
        shared_site.state.publish()
        browser = shared_site.browser()
        first = browser.get(path)

        again = browser.get(path, If_None_Match=first.headers["ETag"])

        assert first.headers["Cache-Control"].startswith("public, max-age=")
        assert again.status == 304

    @pytest.mark.parametrize("path", ["/complaints/new", "/complaints/status"])
    def test_is_kept_by_nobody_where_it_is_a_persons_own(
        self, shared_site: Site, path: str
    ) -> None:
        assert shared_site.browser().get(path).headers["Cache-Control"] == "no-store"


class TestHome:
    @pytest.mark.proves("R-001", "R-002")
    def test_has_the_box_the_newest_the_counts_and_the_ways_in(self, site: Site) -> None:
        """手册 1, 2.1."""
        site.state.publish(title="保温杯")

        page = look(site, "/")

        assert page.fields() == {"q": ""}
        assert page.facts() == {"公开的标准": "3", "涉及产品": "5", "公开企业": "2"}
        links = page.links()
        assert links["保温杯"] == f"/s/{RECORD_NUMBER}"
        assert links["【企业登录入口】"] == "/login"
        assert links["新用户注册"] == "/register"
        assert links["公告"].startswith("/notices/")

    def test_does_without_what_cannot_be_had(self, site: Site) -> None:
        site.state.publish(title="保温杯")
        away = UnavailableError(1)
        site.state.failures = {"get_statistics": away, "list_notices": away}

        page = look(site, "/")

        assert "保温杯" in page.links()
        assert page.facts() == {}
        assert "暂无公告" in page.main.text


class TestHelp:
    @pytest.mark.proves("R-008")
    def test_lists_the_questions_by_topic(self, site: Site) -> None:
        """手册 FAQ 30."""
        page = look(site, "/help")

        assert page.headings()[:2] == ["注册", "其他"]
        assert page.links()["地址不一致，怎么办？"] == "/help/faq/1"
        assert page.links()["本局补充的问题"] == "/help/faq/38"

    @pytest.mark.proves("R-008")
    def test_holds_the_manual_to_read_and_to_keep(self, site: Site) -> None:
        """手册 FAQ 30."""
        link = look(site, "/help").links()["操作手册"]

        page = look(site, link)
        kept = site.browser().get(page.links()["下载手册（文本文件）"])

        assert page.title == "企业自我声明系统操作手册"
        chapters = page.headings()
        assert [chapter.split()[0] for chapter in chapters] == list("123456789")
        assert set(page.links()) >= set(chapters)
        steps = [item.text for item in page.main.find("li")]
        assert "双击一条标准，或勾选后点击“查看”" in page.main.text
        assert len(steps) > 40
        assert "attachment" in kept.headers["Content-Disposition"]
        assert "## 5 企业产品标准公开列表" in kept.text

    def test_finds_answers_by_a_word(self, site: Site) -> None:
        page = look(site, f"/help?q={quote('试点')}")
        nothing = look(site, f"/help?q={quote('没有的词')}")

        assert page.headings() == ["非试点区域不能注册，怎么办？"]
        assert "请咨询当地质检局。" in page.main.text
        assert page.fields() == {"q": "试点"}
        assert "没有问题含有“没有的词”" in nothing.main.text

    def test_says_what_is_wrong_with_the_box(self, site: Site) -> None:
        page = look(site, f"/help?q={'x' * 201}", 422)

        assert "0 至 200" in page.wrongs()["q"]

    def test_gives_each_question_an_address(self, site: Site) -> None:
        page = look(site, "/help/faq/1")

        assert page.title == "地址不一致，怎么办？"
        assert "与证书一致。" in page.main.text
        assert page.links()["非试点区域不能注册，怎么办？"] == "/help/faq/8"
        look(site, "/help/faq/99", 404)
        look(site, "/help/faq/zero", 404)


class TestRefusals:
    def test_lead_to_their_question(self, site: Site) -> None:
        page = look(site, "/problems/registry.address_mismatch")
        plain = look(site, "/problems/gateway.field_length")

        assert page.links()["怎么办？查看常见问题"] == "/help/faq/1"
        assert "怎么办？查看常见问题" not in plain.links()

    def test_say_it_in_problem_documents_too(self, site: Site) -> None:
        browser = site.browser()
        site.state.failures["search_faq"] = refusal("registry.region_not_open")

        document = browser.request("GET", "/api/v1/faq")
        page = browser.get("/help")

        assert document.json["help"] == "/help/faq/8"
        assert document.headers["Link"] == '</help/faq/8>; rel="help"'
        assert 'href="/help/faq/8">常见问题：怎么办？</a>' in page.text

    def test_of_all_that_the_faq_answers_are_refusals(self) -> None:
        assert set(faq.BY_CODE) <= set(TEXTS)
        assert set(faq.BY_CODE.values()) <= set(range(1, 38))

    def test_topics_hold_every_question_once(self) -> None:
        numbers = [number for listed in faq.TOPICS.values() for number in listed]

        assert sorted(numbers) == list(range(1, 38))

    @pytest.mark.parametrize(
        ("failure", "status", "words"),
        [
            (refusal("notify.not_found"), 404, "内容不存在"),
            (refusal("gateway.rate_limited", retry_after="7"), 429, "7 秒后重试"),
            (refusal("bus.internal"), 500, "系统"),
            (UnavailableError(retry_after=3), 503, "服务暂时不可用"),
        ],
    )
    def test_have_a_page_with_the_id_of_the_request(
        self, site: Site, failure: Exception, status: int, words: str
    ) -> None:
        site.state.failures["get_notice"] = failure

        answer = site.browser().get(f"/notices/{NOTICE}")

        page = WebPage(answer.text)
        assert answer.status == status
        assert page.faults() == []
        assert words in page.main.text
        assert answer.headers["X-Trace-Id"] in page.main.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert page.links()["帮助中心"] == "/help"
        assert "secret" not in answer.text


class TestNotices:
    def test_are_listed_and_read(self, site: Site) -> None:
        listed = look(site, "/notices")
        notice = look(site, f"/notices/{NOTICE}")

        assert listed.links()["公告"].startswith("/notices/")
        assert notice.title == "<b>公告</b>"
        assert "第一段 第二段" in notice.main.text.replace("第一段第二段", "第一段 第二段")

    def test_lead_on_and_back(self, site: Site) -> None:
        site.state.notices = 31

        second = look(site, "/notices?page=2").links()
        last = look(site, "/notices?page=3").links()

        assert (second["上一页"], second["下一页"]) == ("/notices", "/notices?page=3")
        assert last["上一页"] == "/notices?page=2"
        assert "下一页" not in last

    @pytest.mark.parametrize("page", ["0", "x", "10001"])
    def test_begin_at_the_first_page_for_a_page_that_is_none(self, site: Site, page: str) -> None:
        look(site, f"/notices?page={page}")

        assert site.state.arguments("list_notices")["page"] == 1


class TestStatistics:
    def test_are_tables_with_pictures_of_them(self, site: Site) -> None:
        page = look(site, "/statistics")

        regions, kinds, states, months, classes = page.tables()
        assert regions == [
            ["名称", "标准数", "", "产品数", "企业数"],
            ["山东省", "3", "", "5", "2"],
        ]
        assert kinds[1][0] == "企业标准"
        assert states[1][0] == "现行"
        assert months[1] == ["2024-11", "3", "5", "2"]
        assert classes[1][0] == "类 QB010101"
        assert page.facts()["公开的标准"] == "3"
        assert len(list(page.main.find("svg", role="img"))) == 1
        assert page.links()["CSV 表格"] == "/api/v1/public/statistics.csv"

    def test_lead_into_regions_and_to_what_is_counted(self, site: Site) -> None:
        country = look(site, "/statistics").links()
        city = look(site, "/statistics?region=370300").links()

        assert country["山东省"] == "/statistics?region=37"
        assert country["企业标准"] == "/search?kind=ENTERPRISE"
        assert city["全国"] == "/statistics"
        assert city["企业标准"] == "/search?region=3703&kind=ENTERPRISE"
        assert city["JSON"] == "/api/v1/public/statistics?region=3703"
        assert site.state.arguments("get_statistics") == {"region": "3703"}

    def test_of_a_region_that_is_none_are_refused(self, site: Site) -> None:
        page = look(site, "/statistics?region=abc", 422)

        assert "格式有误" in page.main.text


class TestOpenInterfaces:
    def test_list_what_the_documents_say(self, site: Site) -> None:
        page = look(site, "/open")
        browser = site.browser()

        links = page.links()
        document: Any = browser.request("GET", "/api/v1/openapi.json").json
        tags = {one["tags"][0] for path in document["paths"].values() for one in path.values()}
        assert {f"/open/api/{quote(tag)}" for tag in tags} <= set(links.values())
        for name in ("OpenAPI 3.1（JSON）", "AsyncAPI 3.0（YAML）", "统计数据（CSV）"):
            assert browser.request("GET", links[name]).status == 200

    def test_describe_each_operation(self, site: Site) -> None:
        page = look(site, f"/open/api/{quote('查询与统计')}")
        complaints = look(site, f"/open/api/{quote('投诉举报')}")

        assert page.headings()[0] == "查询公开的标准"
        assert "GET /api/v1/public/declarations" in page.main.text
        assert ["published_from", "文字", "从这一天起公开，如 2026-03-01"] in page.tables()[0]
        assert "record_number必填" in [row[0] for table in complaints.tables() for row in table]
        look(site, "/open/api/none", 404)

    def test_describe_public_events_only(self, site: Site) -> None:
        page = look(site, "/open/events")

        assert "declaration.published.v1" in page.headings()
        assert "session.ended.v1" not in page.headings()
        assert "record_number" in [row[0] for row in page.tables()[0]]
