"""The public portal in a browser whose scripts are off: on a screen, a phone and paper."""

import io
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pypdf
import pytest
from playwright.sync_api import expect

from services.accounts import seeds
from tools.visitor import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEMO: Final = "智慧教室控制软件"
NUMBER: Final = "QBLONG 77001"
HIDDEN: Final = (
    "[...document.querySelectorAll('.table-box')].map(box => box.scrollWidth - box.clientWidth)"
)
PLAIN: Final = (
    "/",
    "/search",
    "/statistics",
    "/help",
    "/help/faq/1",
    "/help/manual",
    "/notices",
    "/terms",
    "/accessibility",
    "/open",
    "/complaints/new",
    "/complaints/status",
    "/barcode",
    "/problems/registry.address_mismatch",
    "/no/such/page",
)


@pytest.fixture(scope="module")
def record(site: Any) -> dict[str, Any]:
    """Return a published declaration that can be found."""
    anyone = site.visitor()
    found = wait_for(
        lambda: anyone.api("GET", f"/public/declarations?q={quote(DEMO)}")["items"],
        seconds=60,
        what="演示数据进入查询",
    )
    shown = anyone.api("GET", f"/public/declarations/{found[0]['record_number']}")
    return {**found[0], "enterprise": shown["document"]["enterprise"]}


@pytest.fixture(scope="module")
def long(site: Any) -> dict[str, Any]:
    """Return a declaration of a product whose name has no place to break."""
    clerk = site.visitor()
    clerk.log_in("yanta_owner", seeds.PASSWORD)
    product = {"name": "A" * 200, "model": "LONG-1", "class_code": "QB020101"}
    bound = {"symbol": ">=", "main": "45", "upper_tolerance": "", "lower_tolerance": ""}
    indicator = {
        "name": "保温效能",
        "requirement": {"kind": "NUMERIC", "left": bound, "unit": "℃"},
        "test_method": {"kind": "CUSTOM", "content": "按附录 A"},
    }
    shown = clerk.publish(
        clerk.save_draft(
            {
                "kind": "ENTERPRISE",
                "number": {"body": NUMBER, "year": "2026"},
                "title": "A" * 100,
                "disclosure_mode": "INDICATORS",
                "indicators": [indicator],
                "products": [product],
            }
        )
    )
    anyone, record = site.visitor(), shown["record_number"]
    wait_for(
        lambda: anyone.api("GET", f"/public/declarations?q={record}")["items"],
        seconds=60,
        what="进入查询",
    )
    enterprise = anyone.api("GET", f"/public/declarations/{record}")["document"]["enterprise"]
    return {**shown, "owner": f"/e/{enterprise['organization_code']}"}


def name_of(path: str) -> str:
    return "portal" + (path.replace("/", "-").rstrip("-") or "-home")


class TestPages:
    @pytest.mark.parametrize("width", [1280, 360])
    @pytest.mark.proves("R-001", "R-009")
    def test_can_be_used_by_everyone(
        self, site: Any, record: dict[str, Any], open_window: Callable[..., Any], width: int
    ) -> None:
        viewport = {"width": width, "height": 800}
        window = open_window(site, java_script_enabled=False, viewport=viewport)
        number = record["record_number"]
        # What axe asks is asked by a script of its own: a second window, in which scripts run.
        judge = open_window(site, viewport=viewport)

        for path in (
            *PLAIN,
            f"/search?q={record['title'][:2]}",
            "/search?barcode=12",
            f"/s/{number}",
            f"/s/{number}/versions",
            f"/s/{number}/proof",
            f"/e/{record['enterprise']['organization_code']}",
        ):
            page = window.open(path)
            expect(page.get_by_role("heading", level=1)).to_have_count(1)
            expect(page.get_by_role("main")).to_be_visible()
            judge.open(path)
            judge.look(f"{width}-{name_of(path.partition('?')[0])}")
            assert judge.page.evaluate("document.documentElement.scrollWidth") <= width, path

    @pytest.mark.parametrize("width", [1280, 360])
    def test_hold_whatever_is_published(
        self, site: Any, long: dict[str, Any], open_window: Callable[..., Any], width: int
    ) -> None:
        window = open_window(site, viewport={"width": width, "height": 800})

        for path in ("/", f"/search?number={NUMBER}", f"/s/{long['record_number']}", long["owner"]):
            page = window.open(path)
            expect(page.get_by_text("AAAA").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            # On a phone a table may be moved in its own box.
            assert width == 360 or max(page.evaluate(HIDDEN), default=0) <= 1, path
        window.look(f"{width}-portal-long-words")

    def test_of_a_record_prints_on_one_sheet(
        self, site: Any, record: dict[str, Any], open_window: Callable[..., Any]
    ) -> None:
        page = open_window(site).open(f"/s/{record['record_number']}")

        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))

        assert len(printed.pages) == 1


class TestReader:
    def test_finds_and_reads_a_record(
        self, site: Any, record: dict[str, Any], open_window: Callable[..., Any]
    ) -> None:
        page = open_window(site, java_script_enabled=False).open("/")

        page.get_by_role("searchbox").first.fill(record["title"])
        page.get_by_role("searchbox").first.press("Enter")
        page.locator(f'a[href="/s/{record["record_number"]}"]').first.click()

        expect(page.get_by_role("heading", level=1)).to_contain_text(record["title"])
        expect(page.get_by_role("main")).to_contain_text(record["number"])

    @pytest.mark.parametrize("scripts", [False, True])
    def test_complains_and_follows_it(
        self, site: Any, record: dict[str, Any], open_window: Callable[..., Any], *, scripts: bool
    ) -> None:
        window = open_window(site, java_script_enabled=scripts)
        page = window.open(f"/complaints/new?record_number={record['record_number']}")
        page.get_by_label("内容").fill("提篮的尺寸与公开的标准不符，明显偏小，请核查。")
        page.get_by_role("radio").first.check()
        page.get_by_label("验证码").fill("0000")
        page.get_by_role("button", name="提交投诉举报").click()

        expect(page.get_by_label("验证码")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("内容")).to_have_value(re.compile("提篮的尺寸"))
        captcha_id = page.locator('[name="captcha_id"]').get_attribute("value")
        answer = site.visitor().api("GET", f"/dev/captchas/{captcha_id}")["answer"]
        page.get_by_label("验证码").fill(answer)
        page.get_by_role("button", name="提交投诉举报").click()

        told = page.get_by_role("main").inner_text()
        number, code = re.search(r"编号\s*(\S+)", told), re.search(r"查询码\s*(\S+)", told)
        assert number is not None, told
        assert code is not None, told
        window.open("/complaints/status")
        page.get_by_label("编号").fill(number[1])
        page.get_by_label("查询码").fill(code[1])
        page.get_by_role("button", name="查询").last.click()
        expect(page.get_by_role("main")).to_contain_text("待受理")
