"""The public portal, as a visitor without JavaScript sees it."""

import gzip
from pathlib import Path

import pytest

from gateway.console import built_files
from gateway.routes import console
from tests.component.gateway.conftest import Site
from tests.fakes.services import RECORD_NUMBER, refusal

WAYS = (
    ("/login", "企业登录"),
    ("/register", "新用户注册"),
    ("/recover/password", "忘记密码"),
    ("/recover/username", "忘记用户名"),
)


class TestConsole:
    @pytest.fixture
    def built(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Build a console: a page and a script."""
        (tmp_path / "assets").mkdir()
        (tmp_path / "index.html").write_text("<p>工作台</p>", encoding="utf-8")
        script = tmp_path / "assets" / "index-1a2b.js"
        script.write_bytes(b"let a = 1")
        script.with_name("index-1a2b.js.gz").write_bytes(gzip.compress(b"let a = 1"))
        monkeypatch.setattr(console, "_FILES", built_files(tmp_path))

    @pytest.mark.proves("R-001", "R-002", "R-003", "R-004", "R-005")
    @pytest.mark.usefixtures("built")
    def test_is_where_the_portal_leads(self, site: Site) -> None:
        """手册 1, 2.1, 7.1, 8.1."""
        browser = site.browser()

        assert '<a class="enter" href="/login">【企业登录入口】</a>' in browser.get("/").text
        for path, _ in WAYS:
            answer = browser.get(path)
            assert (answer.status, answer.headers["Location"]) == (303, f"/app{path}")

    @pytest.mark.usefixtures("built")
    def test_is_one_page_at_all_its_addresses(self, site: Site) -> None:
        browser = site.browser()

        for path in ("/app/", "/app/login", "/app/declarations/new/enterprise"):
            page = browser.get(path)
            assert (page.status, page.text) == (200, "<p>工作台</p>")
            assert page.headers["Cache-Control"] == "no-cache"
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            assert "unsafe" not in page.headers["Content-Security-Policy"]

    @pytest.mark.usefixtures("built")
    def test_has_files_that_are_kept_for_ever(self, site: Site) -> None:
        browser = site.browser()

        plain = browser.get("/app/assets/index-1a2b.js")
        small = browser.get("/app/assets/index-1a2b.js", Accept_Encoding="br, gzip")
        refused = browser.get("/app/assets/index-1a2b.js", Accept_Encoding="gzip;q=0")

        assert plain.body == gzip.decompress(small.body) == refused.body == b"let a = 1"
        assert small.headers["Content-Encoding"] == "gzip"
        assert small.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in plain.headers["Cache-Control"]
        assert browser.get("/app/assets/gone.js").status == 404

    def test_is_not_needed(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(console, "_FILES", {})
        browser = site.browser()

        missing = browser.get("/app/login")

        assert missing.status == 503
        assert "企业工作台未安装" in missing.text
        for path, heading in WAYS:
            page = browser.get(path)
            assert page.status == 200
            assert heading in page.text
            assert "没有安装网页工作台" in page.text


class TestPortal:
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
        first = browser.get("/accessibility")

        again = browser.get("/accessibility", If_None_Match=first.headers["ETag"])

        assert again.status == 304
        assert again.body == b""

    def test_serves_style_under_an_address_that_may_be_kept(self, site: Site) -> None:
        browser = site.browser()
        page = browser.get("/accessibility").text
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
