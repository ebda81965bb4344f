"""Entering a standard as a clerk does it at the browser (手册 4; of 5.3 and 5.4 what is entry)."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader, PdfWriter

from services.standards import seeds
from tests.browser.people import fill, log_in, log_in_again
from tools.visitor import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenWindow = Callable[..., Any]
TITLE: Final = "标准名称"
BODY: Final = "标准编号：顺序号"
YEAR: Final = "标准编号：年份"
PREVIEW: Final = "95%(+0.100,-0.200) < 浓度 <= 99(+0.150,-0.560)/L"
BIG: Final = 20_000_000
# Scanned official texts: large, and accepted as they are.
SCANS: Final = ("GB-18597-2001", "GB-3838-2002", "GB-18596-2001", "GB-9078-1996")


def press(within: Page | Locator, name: str) -> None:
    within.get_by_role("button", name=name, exact=True).click()


def enter(
    site: Any, window: Any, username: str, path: str = "/app/declarations/new/enterprise"
) -> Page:
    page: Page = window.open(path)
    log_in(site, page, username)
    expect(page.get_by_role("heading", level=1)).to_contain_text("标准")
    expect(page.get_by_label("我已阅读并作出以上企业承诺")).to_be_visible()
    return page


def type_number(page: Page, body: str, title: str = "不锈钢真空保温杯") -> None:
    fill(page, {TITLE: title, BODY: body, YEAR: "2026"})


def choose_file(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chosen:
        press(page, "浏览…")
    chosen.value.set_files(path)


def add_product(page: Page, name: str = "不锈钢真空保温杯") -> None:
    press(page, "增加产品")
    dialog = page.get_by_role("dialog", name="本企业执行该标准的产品")
    fill(dialog, {"产品名称": name, "产品型号": "BW-500"})
    choose_class(dialog)
    press(dialog, "确定")
    expect(dialog).to_be_hidden()


def choose_class(dialog: Locator) -> None:
    for level, name in (("一级", "日用品"), ("二级", "餐厨用具"), ("三级", "保温杯和保温壶")):
        dialog.get_by_label(f"产品分类：{level}").select_option(label=name)


def submit(page: Page) -> None:
    page.get_by_label("我已阅读并作出以上企业承诺").check()
    press(page, "提交")
    confirm = page.get_by_role("dialog", name="提交确认")
    expect(confirm).to_contain_text("立即向社会公开")
    press(confirm, "确定")


def row_of(page: Page, number: str) -> Locator:
    return page.get_by_role("row").filter(has_text=number)


def small_text(folder: Path) -> Path:
    path = folder / "标准文本.pdf"
    path.write_bytes(seeds.demo_text())
    return path


def big_text(folder: Path, shared_data: Path) -> Path:
    """Return some 20 MB of real scans in one file."""
    writer, size = PdfWriter(), 0
    for stem in itertools.cycle(SCANS):
        scan = shared_data / "pdf_real" / f"{stem}.pdf"
        writer.append(PdfReader(scan), import_outline=False)
        size += scan.stat().st_size
        if size > BIG * 1.1:
            break
    path = folder / "扫描件.pdf"
    writer.write(path)
    assert path.stat().st_size > BIG * 0.9
    return path


class TestText:
    """公示标准文本 (手册 4.1(2))."""

    @pytest.mark.proves("R-006", "R-009", "R-075", "R-096", "R-097", "R-127")
    def test_of_twenty_megabytes_goes_out(
        self, site: Any, open_window: OpenWindow, tmp_path: Path, shared_data: Path
    ) -> None:
        window = open_window(site)
        page = enter(site, window, "xingdu_owner")
        menu = page.get_by_role("navigation", name="工作台")
        for kind in ("国家标准", "行业标准", "地方标准", "企业标准"):
            expect(menu.get_by_role("link", name=f"{kind}录入")).to_be_visible()
            expect(menu.get_by_role("link", name=f"本企业使用的{kind}")).to_be_visible()
        expect(page.get_by_text("营造公平竞争环境 构建统一市场规则")).to_be_visible()
        crumbs = page.get_by_role("navigation", name="位置")
        expect(crumbs).to_have_text("企业产品标准公开 › 企业标准录入")
        window.look("entry-enterprise-new")
        expect(page.get_by_role("button", name="提交", exact=True)).to_be_disabled()
        type_number(page, "XD 2001")
        expect(page.get_by_text("Q/XD 2001-2026《不锈钢真空保温杯》规定的内容")).to_be_visible()

        wrong = tmp_path / "文本.pdf"
        wrong.write_bytes(b"PK\x03\x04 no pdf")
        choose_file(page, wrong)
        expect(page.get_by_text("这不是 PDF 文件")).to_be_visible()

        self.upload_slowly(window, big_text(tmp_path, shared_data))
        add_product(page)
        window.look("entry-enterprise-filled")
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        expect(page).to_have_url(re.compile("/edit$"))
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("不锈钢真空保温杯")
        submit(page)

        expect(page).to_have_url(re.compile("/declarations/enterprise$"))
        expect(row_of(page, "Q/XD 2001-2026")).to_be_visible()
        expect(page.get_by_text("已公开，公开编号")).to_be_visible()

    def upload_slowly(self, window: Any, path: Path) -> None:
        """See the bar, call the file back, send it again, delete it, choose it anew."""
        page = window.page
        line = window.context.new_cdp_session(page)
        slow = {
            "offline": False,
            "latency": 5,
            "downloadThroughput": -1,
            "uploadThroughput": 60_000,
        }
        line.send("Network.emulateNetworkConditions", slow)
        bar = page.get_by_role("progressbar", name="上传进度")
        choose_file(page, path)
        expect(bar).to_be_visible()
        wait_for(
            lambda: 0 < int(bar.get_attribute("aria-valuenow") or 0) < 100 or None,
            seconds=20,
            what="进度条",
        )
        expect(page.get_by_role("button", name="提交", exact=True)).to_be_disabled()
        window.look("entry-upload")
        press(page, "取消上传")
        expect(bar).to_be_hidden()
        line.send("Network.emulateNetworkConditions", {**slow, "offline": True})
        window.expected = re.compile(f"{window.expected.pattern}|ERR_INTERNET_DISCONNECTED")
        choose_file(page, path)
        expect(page.get_by_text("网络不通")).to_be_visible()
        line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
        press(page, "重试")
        expect(page.get_by_text(path.name)).to_be_visible()
        press(page, f"删除 {path.name}")
        choose_file(page, path)
        expect(page.get_by_role("button", name=f"删除 {path.name}")).to_be_visible(timeout=60_000)


class TestIndicators:
    """填报指标 (手册 4.1(2))."""

    @pytest.mark.proves("R-103", "R-109", "R-112", "R-113", "R-114", "R-123")
    def test_go_out_as_they_were_shown(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site)
        page = enter(site, window, "chenghu_owner")
        type_number(page, "CH 2002")
        page.get_by_text("填报指标", exact=True).click()
        press(page, "增加指标")
        fill(page, {"第 1 条：指标名称": "浓度"})
        self.require(window)
        expect(page.get_by_text(PREVIEW)).to_be_visible()
        self.choose_method(window)

        press(page, "增加产品")
        dialog = page.get_by_role("dialog", name="本企业执行该标准的产品")
        fill(dialog, {"产品名称": "保温杯", "产品型号": "BW-1"})
        fill(dialog, {"按名称、用途或材质查找分类": "不锈钢真空保温杯"})
        press(dialog, "查找分类")
        dialog.get_by_role("button", name="日用品 › 餐厨用具 › 保温杯和保温壶").click()
        expect(dialog.get_by_label("产品分类：三级")).to_have_value("QB020101")
        window.look("entry-product")
        press(dialog, "确定")
        window.look("entry-indicators")
        submit(page)

        row_of(page, "Q/CH 2002-2026").dblclick()
        expect(page.get_by_text(PREVIEW)).to_be_visible()

    def require(self, window: Any) -> None:
        page = window.page
        press(page, "第 1 条：填写指标要求")
        dialog = page.get_by_role("dialog", name="指标要求")
        press(dialog, "确定")
        expect(dialog.get_by_text("左右两侧的指标值至少填写一侧。")).to_be_visible()
        fill(dialog, {"左侧：上偏差": "0.1", "左侧：指标值": "95%", "左侧：下偏差": "0.200"})
        fill(
            dialog,
            {"右侧：上偏差": "0.150", "右侧：指标值": "99", "右侧：下偏差": "0.56", "单位": "/L"},
        )
        dialog.get_by_label("右侧：逻辑符号").select_option("<=")
        expect(dialog.get_by_role("status", name="预览")).to_contain_text(PREVIEW)
        tags = dialog.get_by_role("button", name="分类：")
        expect(tags).to_have_text(["+标准", "+指标", "+温度", "+技术"])
        before = tags.all_inner_texts()
        press(dialog, "换一换")
        wait_for(lambda: tags.all_inner_texts() != before or None, seconds=10, what="换一换")
        tags.first.click()
        window.look("entry-requirement")
        press(dialog, "确定")
        expect(dialog).to_be_hidden()

    def choose_method(self, window: Any) -> None:
        page = window.page
        press(page, "第 1 条：填写测试方法")
        dialog = page.get_by_role("dialog", name="测试方法")
        dialog.get_by_text("已有标准中选择").click()
        press(dialog, "选择标准…")
        picker = page.get_by_role("dialog", name="已有标准中选择")
        picker.get_by_label("标准编号或名称").fill("29606")
        press(picker, "查询")
        picker.get_by_label("选择 GB/T 29606-2013").check()
        picker.get_by_label("标准编号或名称").fill("4806.9")
        press(picker, "查询")
        picker.get_by_label("选择 GB 4806.9-2023").check()
        window.look("entry-method-picker")
        press(picker, "确定")
        window.look("entry-method")
        press(dialog, "确定")
        expect(dialog).to_be_hidden()
        expect(page.get_by_text("GB/T 29606-2013《")).to_be_visible()

    def test_in_words_may_be_a_file(
        self, site: Any, open_window: OpenWindow, tmp_path: Path
    ) -> None:
        page = enter(site, open_window(site), "chenghu_owner")
        type_number(page, "CH 2009")
        page.get_by_label("填报指标").click()
        press(page, "增加指标")
        fill(page, {"第 1 条：指标名称": "外观"})
        press(page, "保存")
        expect(page.get_by_text("第 1 条技术指标：指标要求：请填写此项。")).to_be_visible()
        expect(page.get_by_role("button", name="第 1 条：填写指标要求")).to_be_focused()

        press(page, "第 1 条：填写指标要求")
        dialog = page.get_by_role("dialog", name="指标要求")
        dialog.get_by_label("文字", exact=True).check()
        choose_file(page, small_text(tmp_path))
        expect(dialog.get_by_role("status", name="预览")).to_contain_text("标准文本.pdf")
        press(dialog, "确定")
        press(page, "第 1 条：填写测试方法")
        method = page.get_by_role("dialog", name="测试方法")
        method.get_by_role("textbox", name="测试方法").fill("目测")
        press(method, "确定")
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        page.reload()
        row = page.get_by_role("region", name="技术指标").get_by_role("row").nth(1)
        expect(row).to_contain_text("标准文本.pdf")
        expect(row).to_contain_text("目测")

    @pytest.mark.proves("R-092")
    def test_are_not_thrown_away_without_a_warning(
        self, site: Any, open_window: OpenWindow, tmp_path: Path
    ) -> None:
        page = enter(site, open_window(site), "chenghu_owner")
        text, indicators = page.get_by_label("公示标准文本"), page.get_by_label("填报指标")
        choose_file(page, small_text(tmp_path))
        expect(page.get_by_role("button", name="删除 标准文本.pdf")).to_be_visible()
        warning = page.get_by_role("dialog", name="内容将被清除")

        indicators.click()
        expect(warning).to_contain_text("标准文本.pdf")
        press(warning, "取消")
        expect(text).to_be_checked()
        expect(page.get_by_role("button", name="删除 标准文本.pdf")).to_be_visible()
        indicators.click()
        press(warning, "确定清除")
        expect(indicators).to_be_checked()
        text.click()
        expect(text).to_be_checked()
        expect(page.get_by_text("标准文本.pdf", exact=True)).to_have_count(0)


class TestPick:
    """选择标准 (手册 4.1(1), FAQ 18)."""

    @pytest.mark.proves("R-067", "R-068", "R-075", "R-083")
    def test_of_a_national_standard_goes_out(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site)
        page = enter(site, window, "yangui_owner", "/app/declarations/new/national")
        expect(page.get_by_label(TITLE, exact=True)).to_have_count(0)
        expect(page.get_by_role("heading", name="公开内容")).to_have_count(0)
        page.get_by_role("button", name="选择", exact=True).click()
        picker = page.get_by_role("dialog", name="选择国家标准")
        expect(picker.get_by_role("button", name="确定")).to_be_disabled()
        picker.get_by_label("标准编号或名称").fill("29606")
        picker.get_by_label("标准编号或名称").press("Enter")
        picker.get_by_label("选择 GB/T 29606-2013").check()
        window.look("entry-picker")
        press(picker, "确定")

        expect(page.get_by_text("符合GB/T 29606-2013《")).to_be_visible()
        add_product(page)
        window.look("entry-national")
        submit(page)
        expect(page).to_have_url(re.compile("/declarations/national$"))
        expect(row_of(page, "GB/T 29606-2013")).to_be_visible()

    def test_or_own_entry_of_a_local_standard(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site)
        page = enter(site, window, "yangui_owner", "/app/declarations/new/local")
        page.get_by_label("自行录入").click()
        fill(page, {"标准编号：代号": "DB11/T", BODY: "2003", YEAR: "2026", TITLE: "地方杯"})
        expect(page.get_by_text("DB11/T 2003-2026《地方杯》")).to_be_visible()
        window.look("entry-local")
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        page.get_by_label("选择标准").click()
        warning = page.get_by_role("dialog", name="内容将被清除")
        press(warning, "取消")
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("地方杯")


class TestRefusal:
    @pytest.mark.proves("R-071", "R-076", "R-089", "R-090")
    def test_lands_on_the_field(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site)
        page = enter(site, window, "jiangcheng_owner")
        title, year = page.get_by_label(TITLE, exact=True), page.get_by_label(YEAR)
        fill(page, {BODY: "JC 2004", YEAR: "15"})
        press(page, "保存")
        expect(title).to_have_attribute("aria-invalid", "true")
        expect(title).to_be_focused()
        expect(year).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("请只输入年份四位数字").first).to_be_visible()
        window.look("entry-refused")

        type_number(page, "JC 2004")
        submit(page)
        expect(page.get_by_text("至少添加一条产品信息。").first).to_be_visible()
        expect(page.get_by_text("请上传 PDF 格式的标准文本。").first).to_be_visible()
        expect(page.get_by_role("button", name="浏览…")).to_be_focused()
        window.look("entry-refused-submit")

        self.check(window)
        press(page, "新增")
        type_number(page, "JC 2004")
        press(page, "保存")
        expect(page.get_by_role("alert")).to_contain_text("该标准已存在")
        page.get_by_role("link", name="查看已有的这条标准").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Q/JC 2004-2026")

    def check(self, window: Any) -> None:
        """Ask for the check of the draft and follow a finding to its field."""
        page = window.page
        press(page, "合规自检")
        expect(page.get_by_role("heading", name="合规自检结果")).to_be_focused()
        window.look("entry-check")
        press(page, "去修改：产品")
        expect(page.get_by_role("button", name="增加产品")).to_be_focused()


class TestProducts:
    @pytest.mark.proves("R-120", "R-124")
    def test_are_changed_deleted_and_imported(
        self, site: Any, open_window: OpenWindow, tmp_path: Path
    ) -> None:
        window = open_window(site)
        page = enter(site, window, "jiangcheng_owner")
        press(page, "增加产品")
        dialog = page.get_by_role("dialog", name="本企业执行该标准的产品")
        press(dialog, "确定")
        expect(dialog.get_by_label("产品名称", exact=True)).to_be_focused()
        press(dialog, "取消")
        add_product(page, "杯一")
        heads = ["序号", "产品名称", "产品通用名", "产品条码", "产品品牌", "产品规格", "产品型号"]
        expect(page.get_by_role("columnheader")).to_have_text([*heads, "产品分类", "操作"])
        press(page, "修改第 1 个产品")
        expect(dialog.get_by_label("产品分类：三级")).to_have_value("QB020101")
        fill(dialog, {"产品名称": "杯二"})
        press(dialog, "确定")
        expect(page.get_by_role("rowheader", name="杯二")).to_be_visible()

        self.import_sheet(window, tmp_path)
        expect(page.get_by_role("rowheader", name="壶三")).to_be_visible()
        press(page, "删除第 1 个产品")
        expect(page.get_by_role("rowheader")).to_have_text(["壶三", "壶四"])

    def import_sheet(self, window: Any, folder: Path) -> None:
        page = window.page
        head = "产品名称,产品通用名,产品条码,产品品牌,产品规格,产品型号,产品分类\n"
        wrong, right = folder / "wrong.csv", folder / "right.csv"
        wrong.write_text(f"{head}{'壶' * 201},,,,,,\n", encoding="utf-8")
        right.write_text(f"{head}壶三,,123,,,HU-3,QB020101\n壶四,,,,,HU-4,\n", encoding="utf-8")
        press(page, "批量导入")
        dialog = page.get_by_role("dialog", name="批量导入产品")
        for path, said in ((wrong, "没有导入任何产品"), (right, "共 2 个产品可以导入")):
            with page.expect_file_chooser() as chosen:
                press(dialog, "选择文件…")
            chosen.value.set_files(path)
            expect(dialog.get_by_text(said)).to_be_visible()
            window.look(f"entry-import-{path.stem}")
        press(dialog, "导入 2 个产品")
        expect(dialog).to_be_hidden()


class TestDraft:
    def test_of_two_clerks_keeps_what_each_typed(self, site: Any, open_window: OpenWindow) -> None:
        owner, filer = open_window(site), open_window(site)
        page = enter(site, owner, "qinghe_owner")
        type_number(page, "QH 2005", "先保存的名称")
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        expect(page).to_have_url(re.compile("/edit$"))
        path = page.url.removeprefix(site.url)
        other = enter(site, filer, "qinghe_filer", path)
        expect(other.get_by_label(TITLE, exact=True)).to_have_value("先保存的名称")

        fill(page, {TITLE: "管理员的名称"})
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        fill(other, {TITLE: "填报人的名称"})
        press(other, "保存")
        dialog = other.get_by_role("dialog", name="内容已被他人修改")
        row = dialog.get_by_role("row").filter(has_text="标准名称")
        expect(row).to_contain_text("管理员的名称")
        expect(row).to_contain_text("填报人的名称")
        expect(dialog).to_contain_text("以已保存的内容为准")
        filer.look("entry-conflict")
        press(dialog, "返回，先不处理")
        expect(other.get_by_label(TITLE, exact=True)).to_have_value("填报人的名称")
        press(other, "保存")
        press(dialog, "用我填写的内容覆盖")
        expect(other.get_by_text("保存成功")).to_be_visible()

        fill(page, {TITLE: "又改的名称"})
        press(page, "保存")
        press(page.get_by_role("dialog", name="内容已被他人修改"), "采用已保存的内容")
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("填报人的名称")

    def test_is_there_again_after_a_reload(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site)
        page = enter(site, window, "yanta_owner")
        type_number(page, "YT 2006", "没有保存的名称")
        add_product(page)

        page.reload()
        expect(page.get_by_text("已恢复您于")).to_be_visible()
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("没有保存的名称")
        expect(page.get_by_role("rowheader", name="不锈钢真空保温杯")).to_be_visible()
        window.look("entry-restored")
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/edit$"))
        page.reload()
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("没有保存的名称")
        expect(page.get_by_text("已恢复您于")).to_have_count(0)
        kept = page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('qibiao'))")
        assert kept == []

    @pytest.mark.proves("R-060")
    def test_outlives_the_session(self, site: Any, open_window: OpenWindow, tmp_path: Path) -> None:
        window = open_window(site)
        page = enter(site, window, "luyu_owner")
        type_number(page, "LY 2007", "会话中断时的名称")
        window.context.clear_cookies()

        press(page, "保存")
        log_in_again(site, page, "luyu_owner")

        expect(page.get_by_text("保存成功")).to_be_visible()
        expect(page.get_by_label(TITLE, exact=True)).to_have_value("会话中断时的名称")
        expect(page).to_have_url(re.compile("/edit$"))

        window.context.clear_cookies()
        choose_file(page, small_text(tmp_path))
        log_in_again(site, page, "luyu_owner")
        expect(page.get_by_role("button", name="删除 标准文本.pdf")).to_be_visible()


class TestCorrection:
    @pytest.mark.proves("R-165", "R-166")
    def test_can_only_be_submitted(
        self, site: Any, open_window: OpenWindow, tmp_path: Path
    ) -> None:
        window = open_window(site)
        page = enter(site, window, "lanzhou_owner")
        type_number(page, "LZ 2008", "有错的名称")
        choose_file(page, small_text(tmp_path))
        add_product(page)
        submit(page)
        row_of(page, "Q/LZ 2008-2026").get_by_role("radio").check()
        page.get_by_role("button", name="修改", exact=True).first.click()

        expect(page.get_by_role("heading", level=1)).to_have_text("修改已公开的企业标准")
        expect(page.get_by_role("button", name="保存", exact=True)).to_have_count(0)
        fill(page, {TITLE: "改正的名称"})
        expect(page.get_by_role("button", name="提交", exact=True)).to_be_disabled()
        window.look("entry-correction")
        submit(page)
        expect(row_of(page, "Q/LZ 2008-2026")).to_contain_text("改正的名称")


class TestWindow:
    def test_of_a_phone_is_enough(self, site: Any, open_window: OpenWindow) -> None:
        window = open_window(site, viewport={"width": 360, "height": 740})
        page = enter(site, window, "yanta_owner")
        page.get_by_label("填报指标").click()
        press(page, "增加指标")
        window.look("phone-entry")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        press(page, "第 1 条：填写指标要求")
        window.look("phone-entry-requirement")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    def test_needs_no_mouse(self, site: Any, open_window: OpenWindow) -> None:
        page = enter(site, open_window(site), "yanta_owner", "/app/declarations/new/industry")
        keys = page.keyboard
        page.get_by_role("button", name="选择", exact=True).focus()
        keys.press("Enter")
        picker = page.get_by_role("dialog", name="选择行业标准")
        expect(picker).to_be_visible()
        picker.get_by_label("标准编号或名称").focus()
        keys.type("JGJ 59")
        keys.press("Enter")
        first = picker.get_by_role("radio").first
        expect(first).to_be_visible()
        first.focus()
        keys.press("Space")
        keys.press("Enter")
        expect(picker).to_be_hidden()
        expect(page.get_by_role("button", name="重新选择")).to_be_visible()
        page.get_by_label("选择标准", exact=True).focus()
        keys.press("ArrowDown")
        warning = page.get_by_role("dialog", name="内容将被清除")
        expect(warning).to_be_visible()
        keys.press("Escape")
        expect(warning).to_be_hidden()
        expect(page.get_by_label("选择标准", exact=True)).to_be_checked()

    def test_of_a_viewer_has_no_form(self, site: Any, open_window: OpenWindow) -> None:
        page = open_window(site).open("/app/declarations/new/enterprise")
        log_in(site, page, "qinghe_viewer")

        expect(page.get_by_text("您的账户只能查看")).to_be_visible()
        expect(page.get_by_role("link", name="企业标准录入")).to_have_count(0)
