"""The public portal, as a visitor without JavaScript sees it."""

import pytest

from tests.component.gateway.conftest import Site
from tests.fakes.services import RECORD_NUMBER, refusal


class TestPortal:
    @pytest.mark.proves("R-001", "R-002")
    def test_home_leads_to_the_enterprise_login(self, site: Site) -> None:
        """手册 1, 2.1."""
        browser = site.browser()

        home = browser.get("/")
        login = browser.get("/login")

        assert home.status == login.status == 200
        assert '<a class="enter" href="/login">【企业登录入口】</a>' in home.text

    @pytest.mark.proves("R-003", "R-004", "R-005")
    def test_login_page_has_its_three_ways_on(self, site: Site) -> None:
        """手册 2.1, 7.1, 8.1."""
        browser = site.browser()

        page = browser.get("/login").text

        for path, label in (
            ("/register", "新用户注册"),
            ("/recover/password", "忘记密码"),
            ("/recover/username", "忘记用户名"),
        ):
            assert f'href="{path}">{label}</a>' in page
            assert browser.get(path).status == 200

    @pytest.mark.proves("R-210")
    def test_search_finds_by_title_and_enterprise(self, site: Site) -> None:
        """手册 FAQ 32."""
        site.state.publish(title="不锈钢真空保温杯")
        browser = site.browser()

        by_title = browser.get("/search?q=%E4%BF%9D%E6%B8%A9%E6%9D%AF&utm_source=x")
        nothing = browser.get("/search?q=zzz")

        assert f'href="/s/{RECORD_NUMBER}">不锈钢真空保温杯</a>' in by_title.text
        assert "没有找到" in nothing.text

    @pytest.mark.proves("R-211", "R-212", "R-218")
    def test_detail_has_the_five_blocks(self, site: Site) -> None:
        site.state.publish()

        page = site.browser().get(f"/s/{RECORD_NUMBER}")

        assert page.status == 200
        blocks = ("企业承诺", "企业基本信息", "标准信息", "标准发布时间", "产品信息")
        positions = [page.text.index(f">{block}</h2>") for block in blocks]
        assert positions == sorted(positions)
        assert "山东省淄博市桓台县(城区)132号" in page.text
        assert "山东省淄博市桓台县</dd>" in page.text
        assert f'href="/s/{RECORD_NUMBER}/text"' in page.text
        assert "2026年11月23日 12:00" in page.text

    @pytest.mark.proves("R-148")
    def test_detail_shows_its_marks(self, site: Site) -> None:
        """FAQ 16, FAQ 31, FAQ 36."""
        site.state.publish()
        since = "2026-03-02T01:30:00.000Z"
        site.state.published[RECORD_NUMBER]["marks"] = [
            {"kind": "ENTERPRISE_CHANGED", "since": since, "detail": {"changed": ["name"]}},
            {"kind": "IN_USE_CONFIRMED", "since": since, "detail": {"confirmed": [since]}},
            {"kind": "LATER_INVENTED", "since": since, "detail": {}},
        ]

        page = site.browser().get(f"/s/{RECORD_NUMBER}").text

        assert "公开后企业信息有变更（企业名称）" in page
        assert "企业已于 2026-03-02 确认继续使用本标准。" in page
        assert page.count('class="mark') == 2

    def test_escapes_what_enterprises_typed(self, site: Site) -> None:
        site.state.publish(title="<script>alert(1)</script>")

        page = site.browser().get(f"/s/{RECORD_NUMBER}")

        assert "<script>" not in page.text
        assert "&lt;script&gt;" in page.text

    def test_asks_the_owner_for_what_is_not_in_the_index_yet(self, site: Site) -> None:
        site.state.publish()
        site.state.failures["get_document"] = refusal("standards.not_found")

        page = site.browser().get(f"/s/{RECORD_NUMBER}")

        assert page.status == 200
        assert site.state.count("get_public_declaration") == 1

    def test_says_in_chinese_that_a_page_does_not_exist(self, site: Site) -> None:
        missing = site.browser().get("/s/nothing")

        assert missing.status == 404
        assert missing.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "页面不存在" in missing.text
        assert missing.headers["X-Trace-Id"] in missing.text

    def test_answers_304_to_who_has_the_page(self, site: Site) -> None:
        browser = site.browser()
        first = browser.get("/login")

        again = browser.get("/login", If_None_Match=first.headers["ETag"])

        assert again.status == 304
        assert again.body == b""

    def test_serves_style_under_an_address_that_may_be_kept(self, site: Site) -> None:
        browser = site.browser()
        page = browser.get("/login").text
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]

        style = browser.get(address)

        assert style.status == 200
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "max-age=31536000" in style.headers["Cache-Control"]

    def test_explains_error_codes(self, site: Site) -> None:
        browser = site.browser()

        explained = browser.get("/problems/gateway.field_length")

        assert "长度有误" in explained.text
        assert browser.get("/problems/no.such").status == 404


class TestDevelopmentPages:
    def test_show_messages_and_captchas(self, site: Site) -> None:
        browser = site.browser()

        assert "还没有短信" in browser.get("/dev/messages").text
        assert "abcd" in browser.get("/dev/captchas").text
