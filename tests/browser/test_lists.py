"""The lists of a person's enterprise, and what he does from them (手册 5)."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from services.accounts import seeds
from tests.browser.people import fill, log_in
from tests.browser.test_entry import choose_class
from tests.e2e.test_declarations import OTHER, PRODUCT, act, entry
from tools.visitor import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Nobody else in the browser tests acts for this enterprise.
OWNER: Final = "yunshan_owner"
LIST: Final = "/app/declarations/enterprise"
DAY: Final = 86_400


@pytest.fixture(scope="module")
def office(site: Any) -> Any:
    """Return a colleague of the person at the browser, who works by other means."""
    visitor = site.visitor()
    visitor.log_in(OWNER, seeds.PASSWORD)
    return visitor


@pytest.fixture
def window(site: Any, open_window: Callable[..., Any]) -> Any:
    """Return a window in which the owner is logged in and sees the list of enterprise standards."""
    opened = open_window(site)
    page = opened.open(LIST)
    log_in(site, page, OWNER)
    expect(page.get_by_role("heading", name="本企业使用的企业标准", exact=True)).to_be_visible()
    return opened


def published(office: Any, body: str, **changes: Any) -> dict[str, Any]:
    shown: dict[str, Any] = office.publish(office.save_draft(entry(body, **changes)))
    return shown


def table(page: Page, what: str) -> Locator:
    """Return one of the two tables with its buttons."""
    return page.get_by_role("region", name=f"本企业{what}的标准（企业标准）")


def pick(place: Page | Locator, number: str) -> None:
    place.get_by_role("radio", name=f"选择 {number} ").check()


def press(place: Page | Locator, name: str) -> None:
    place.get_by_role("button", name=name, exact=True).click()


def look_for(page: Page, boxes: dict[str, str]) -> None:
    fill(page.get_by_role("search"), boxes)
    press(page, "查询")


class TestList:
    @pytest.mark.proves("R-133", "R-134", "R-135", "R-136", "R-183", "R-184", "R-186")
    def test_is_searched_and_paged(self, office: Any, window: Any) -> None:
        """手册 5.7."""
        for place in range(16):
            published(office, f"QBLIST {100 + place}", title=f"列表示范杯 第{place}型")
        office.save_draft(entry("QBLIST 200", title="尚未公开的杯", products=[PRODUCT, OTHER]))
        page = window.page
        page.reload()

        public, drafts = table(page, "已公开"), table(page, "未公开")
        expect(public.locator("thead th")).to_have_text(
            ["选择", "序号", "标准编号", "标准名称", "相关产品", "公开时间", "终止时间", "变更标识"]
        )
        expect(drafts.locator("thead th")).to_have_text(
            ["选择", "序号", "标准编号", "标准名称", "相关产品"]
        )
        row = drafts.get_by_role("row").filter(has_text="Q/QBLIST 200-2026")
        expect(row).to_contain_text("不锈钢真空保温杯等,共2个产品")
        expect(public.locator("tbody tr")).to_have_count(15)
        window.look("list")
        public.get_by_role("button", name="下一页").or_(public.locator(".btn-next")).first.click()
        expect(public.locator("tbody tr").first).not_to_contain_text("第15型")
        expect(page).to_have_url(re.compile(r"\?page=2$"))
        expect(drafts.locator("tbody tr").first).to_be_visible()

        look_for(page, {"标准名称": "第3型", "产品名称": "保温杯"})
        expect(public.locator("tbody tr")).to_have_count(1)
        expect(public).to_contain_text("Q/QBLIST 103-2026")
        expect(page.get_by_text("没有符合条件的标准。")).to_be_visible()
        window.look("list-filtered")
        press(page, "重置")
        expect(page.get_by_label("标准名称")).to_have_value("")
        expect(public.locator("tbody tr")).to_have_count(15)
        look_for(page, {"标准编号": "qblist200"})
        expect(drafts.locator("tbody tr")).to_have_count(1)
        look_for(page, {"标准编号": "", "产品条码": "6900000000000"})
        expect(page.get_by_text("没有符合条件的标准。")).to_have_count(2)

        page.get_by_role("link", name="本企业使用的国家标准").click()
        expect(page.get_by_role("heading", name="本企业已公开的标准（国家标准）")).to_be_visible()
        expect(page.get_by_role("button", name="修订")).to_have_count(0)

    @pytest.mark.proves("R-141", "R-144", "R-145", "R-163")
    def test_opens_what_the_server_allows(
        self, site: Any, office: Any, window: Any, later: Callable[[float], None]
    ) -> None:
        """手册 5.1-5.5: one row, a button; double click; 修改 only within 24 hours."""
        fresh = published(office, "QBLIST 300", title="当天公开的杯")
        page = window.page
        look_for(page, {"标准编号": "QBLIST 300"})
        public = table(page, "已公开")

        press(public, "修改")
        expect(page.get_by_text("请先在下表中选择一条标准。")).to_be_visible()
        pick(page, fresh["number_text"])
        expect(public).to_contain_text(re.compile(r"可修改，剩余 2[34] 小时 \d+ 分"))
        for name in ("查看", "关联产品", "修订", "修改", "废止"):
            expect(public.get_by_role("button", name=name, exact=True)).to_be_enabled()
        window.look("list-picked")
        press(public, "修改")
        expect(page).to_have_url(re.compile(f"/app/declarations/{fresh['declaration_id']}/correct"))
        page.go_back()
        public.locator("tbody tr").dblclick()
        expect(page.get_by_role("heading", name="企业承诺")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("标准编号")).to_have_value("QBLIST 300")
        page.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="产品信息")).to_be_visible()

        later(DAY + 300)
        # A day later the session has ended as well.
        window.open(LIST)
        log_in(site, page, OWNER)
        look_for(page, {"标准编号": "QBLIST 300"})
        pick(page, fresh["number_text"])
        expect(public.get_by_role("button", name="修改", exact=True)).to_be_disabled()
        expect(public.get_by_role("button", name="修订", exact=True)).to_be_enabled()
        expect(public).not_to_contain_text("剩余")

    def test_that_can_not_be_read_says_so_and_tries_again(self, window: Any) -> None:
        page = window.page
        problem = {
            "title": "系统繁忙",
            "status": 503,
            "detail": "请稍后再试。",
            "code": "gateway.busy",
        }
        page.route("**/api/v1/declarations?*", lambda each: each.fulfill(status=503, json=problem))
        press(page, "查询")
        page.get_by_label("标准名称").fill("杯")
        press(page, "查询")
        expect(page.get_by_text("系统繁忙")).to_have_count(2)
        window.look("list-trouble")
        page.unroute("**/api/v1/declarations?*")

        page.get_by_role("button", name="重试").first.click()

        expect(page.get_by_text("系统繁忙")).to_have_count(1)
        expect(page.get_by_label("标准名称")).to_have_value("杯")

    def test_of_a_reader_has_nothing_to_change(
        self, site: Any, open_window: Callable[..., Any]
    ) -> None:
        page = open_window(site).open(LIST)
        log_in(site, page, "qinghe_viewer")

        expect(page.get_by_role("button", name="查看", exact=True)).to_have_count(2)
        for name in ("关联产品", "修订", "修改", "废止", "删除"):
            expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        expect(page.get_by_role("link", name="接口密钥")).to_have_count(0)


class TestDraft:
    @pytest.mark.proves("R-142", "R-179", "R-180", "R-181")
    def test_is_deleted_after_a_question(self, office: Any, window: Any) -> None:
        """手册 5.6."""
        draft = office.save_draft(entry("QBLIST 400", title="将删除的杯"))
        page = window.page
        look_for(page, {"标准编号": "QBLIST 400"})
        pick(page, draft["number_text"])
        drafts = table(page, "未公开")

        press(drafts, "删除")
        dialog = page.get_by_role("dialog", name="删除未公开的标准")
        window.look("list-delete")
        press(dialog, "取消")
        expect(dialog).to_be_hidden()
        expect(drafts.locator("tbody tr")).to_have_count(1)
        press(drafts, "删除")
        press(dialog, "确定")

        expect(page.get_by_text(f"{draft['number_text']} 已删除。")).to_be_visible()
        expect(page.get_by_role("radio")).to_have_count(0)

    def test_is_opened_in_the_editor(self, office: Any, window: Any) -> None:
        draft = office.save_draft(entry("QBLIST 410", title="将修改的杯"))
        page = window.page
        look_for(page, {"标准编号": "QBLIST 410"})
        pick(page, draft["number_text"])

        press(table(page, "未公开"), "修改")

        expect(page).to_have_url(re.compile(f"/app/declarations/{draft['declaration_id']}/edit"))


class TestPublished:
    @pytest.mark.proves("R-147", "R-174", "R-175")
    def test_is_withdrawn_after_a_question(self, office: Any, window: Any) -> None:
        """手册 5.5."""
        shown = published(office, "QBLIST 500", title="将废止的杯")
        page = window.page
        look_for(page, {"标准编号": "QBLIST 500"})
        pick(page, shown["number_text"])
        public = table(page, "已公开")

        press(public, "废止")
        dialog = page.get_by_role("dialog", name="废止标准")
        expect(dialog).to_contain_text("将废止的杯")
        press(dialog, "确定")
        expect(dialog.get_by_text("请选择废止原因")).to_be_visible()
        window.look("list-withdraw")
        press(dialog, "取消")
        expect(dialog).to_be_hidden()
        expect(public.locator("tbody tr")).not_to_contain_text("已废止")
        press(public, "废止")
        # A colleague changes the standard meanwhile: what was asked about is not what there is now.
        act(office, shown, "products", {"products": [OTHER], "is_committed": True})
        dialog.get_by_label("废止原因").select_option(label="产品停产")
        press(dialog, "确定")
        expect(dialog.get_by_role("alert")).to_contain_text("请重新确认")
        press(dialog, "确定")

        expect(page.get_by_text(f"{shown['number_text']} 已废止。")).to_be_visible()
        row = public.locator("tbody tr")
        expect(row).to_contain_text("已废止")
        expect(row.locator("td").nth(5)).to_have_text(re.compile(r"20\d\d-"))
        pick(page, shown["number_text"])
        for name in ("关联产品", "修订", "修改", "废止"):
            expect(public.get_by_role("button", name=name, exact=True)).to_be_disabled()
        press(public, "查看")
        expect(page.get_by_text(re.compile(r"变更标识：此标准已于 .* 废止"))).to_be_visible()
        expect(page.get_by_text("产品停产")).to_be_visible()
        window.look("view-withdrawn")

    @pytest.mark.proves("R-154")
    def test_is_revised_in_the_editor(self, office: Any, window: Any) -> None:
        """手册 5.3: the draft of a revision is made, and opened."""
        shown = published(office, "QBLIST 600", title="将修订的杯")
        page = window.page
        look_for(page, {"标准编号": "QBLIST 600"})
        pick(page, shown["number_text"])

        press(table(page, "已公开"), "修订")

        expect(page).to_have_url(re.compile(r"/app/declarations/[0-9a-f-]{36}/edit"))
        draft_id = page.url.split("/")[-2]
        draft = office.api("GET", f"/declarations/{draft_id}")
        assert draft["is_number_locked"]
        page.go_back()
        public = table(page, "已公开")
        pick(public, shown["number_text"])
        press(public, "修订")
        expect(page.get_by_role("alert")).to_contain_text("已有一份未公开的修订")
        page.get_by_role("link", name="打开这份修订").click()
        expect(page).to_have_url(re.compile(draft_id))

    @pytest.mark.proves("R-149", "R-150", "R-151", "R-152", "R-125")
    def test_is_given_more_products(self, office: Any, window: Any) -> None:
        """手册 5.2: only added to, with the commitment; what is public stays."""
        shown = published(office, "QBLIST 700", title="将关联产品的杯")
        page = window.page
        look_for(page, {"标准编号": "QBLIST 700"})
        pick(page, shown["number_text"])

        press(table(page, "已公开"), "关联产品")
        expect(page.get_by_role("heading", name="关联产品", exact=True)).to_be_visible()
        rows = page.get_by_role("group", name="标准关联产品").locator("tbody tr")
        submit = page.get_by_role("button", name="提交", exact=True)
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text("已公开")
        expect(page.get_by_role("button", name=re.compile("^删除"))).to_have_count(0)
        expect(page.get_by_label("标准名称")).to_have_count(0)
        press(page, "关联产品")
        dialog = page.get_by_role("dialog")
        fill(dialog, {"产品名称": "焖烧罐"})
        press(dialog, "确定")
        expect(rows).to_have_count(2)
        expect(rows.last).to_contain_text("新增")
        expect(submit).to_be_disabled()
        page.get_by_role("checkbox", name="企业承诺").check()
        # What is missing is said below the row, and nothing is lost.
        submit.click()
        expect(page.get_by_role("group", name="标准关联产品")).to_contain_text("产品分类")
        window.look("products")
        # A colleague adds another one meanwhile.
        act(office, shown, "products", {"products": [OTHER], "is_committed": True})
        press(page, "删除第 2 个产品")
        press(page, "关联产品")
        fill(dialog, {"产品名称": "儿童杯", "产品型号": "ET-1"})
        choose_class(dialog)
        press(dialog, "确定")
        submit.click()
        conflict = page.get_by_role("dialog", name="内容已被他人修改")
        window.look("products-conflict")
        press(conflict, "知道了")
        expect(rows).to_have_count(3)
        submit.click()

        expect(page.get_by_role("heading", name="公开版本与公开凭证")).to_be_visible()
        products = page.get_by_role("region", name="产品信息").locator("tbody tr")
        expect(products).to_have_count(3)
        after = office.api("GET", f"/declarations/{shown['declaration_id']}")
        assert after["record_number"] == shown["record_number"]
        assert after["published_at"] == shown["published_at"]

    @pytest.mark.proves("R-146")
    def test_is_shown_as_a_whole(self, office: Any, window: Any) -> None:
        """手册 5.1."""
        shown = published(office, "QBLIST 800", title="详细查看的杯")
        act(office, shown, "products", {"products": [OTHER], "is_committed": True})
        page = window.open(f"/app/declarations/view/{shown['declaration_id']}")

        for block in (
            "企业承诺",
            "企业基本信息",
            "标准信息",
            "标准发布时间",
            "产品信息",
            "技术指标",
        ):
            expect(page.get_by_role("heading", name=block, exact=True)).to_be_visible()
        preview = "95%(+0.100,-0.200) < 浓度 <= 99(+0.150,-0.560)/L"
        expect(page.get_by_role("region", name="技术指标")).to_contain_text(preview)
        versions = page.get_by_role("region", name="公开版本与公开凭证").locator("tbody tr")
        expect(versions).to_have_count(2)
        expect(versions.last).to_contain_text("关联产品")
        with page.expect_download() as download:
            page.get_by_role("link", name="公开凭证，版本 1", exact=True).click()
        assert shown["record_number"] in download.value.suggested_filename
        window.look("view")
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="工作台")).to_be_hidden()
        expect(page.get_by_role("button", name="修订", exact=True)).to_be_hidden()
        expect(page.get_by_role("heading", name="企业承诺")).to_be_visible()


class TestPhone:
    def test_shows_lists_and_records(
        self, site: Any, office: Any, open_window: Callable[..., Any]
    ) -> None:
        shown = published(office, "QBLIST 900", title="手机上查看的杯")
        window = open_window(site, viewport={"width": 360, "height": 740})
        page = window.open(LIST)
        log_in(site, page, OWNER)
        expect(page.get_by_role("radio").first).to_be_visible()
        window.look("phone-list")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        window.open(f"/app/declarations/view/{shown['declaration_id']}")
        expect(page.get_by_role("heading", name="产品信息")).to_be_visible()
        window.look("phone-view")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


class TestCatalogue:
    def test_lacks_a_standard_that_is_reported(self, window: Any) -> None:
        """手册 FAQ 18."""
        page = window.open("/app/missing-standards")
        fill(page, {"标准编号": "没有编号", "标准名称": "示范标准"})
        press(page, "提交反馈")
        expect(page.get_by_label("标准编号")).to_have_attribute("aria-invalid", "true")
        fill(page, {"标准编号": "GB/T 99321-2026"})
        press(page, "提交反馈")

        expect(page.get_by_text("已反馈 GB/T 99321-2026")).to_be_visible()
        expect(page.get_by_role("region", name="本企业的反馈")).to_contain_text("待处理")
        window.look("missing-standards")
        page.get_by_role("link", name="操作记录").click()
        row = page.get_by_role("row").filter(has_text="反馈目录中没有的标准")

        def is_sealed() -> bool | None:
            press(page, "刷新")
            expect(page.get_by_text("正在读取…")).to_have_count(0)
            return row.count() > 0 or None

        wait_for(is_sealed, seconds=20, what="操作记录")
        expect(row).to_contain_text("云小杉")
        window.look("audit")
