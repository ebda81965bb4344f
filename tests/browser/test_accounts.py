"""Account pages as a person uses them (手册 2, 3, 6, 7, 8)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import accept_terms, fill, log_in, read_new_code, solve_captcha
from tests.e2e.test_waiting import as_typed, new_organization, write_file

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ORGANIZATION: Final = new_organization(3101)
USERNAME: Final = "window_owner"
ID_NUMBER: Final = "110101199003073108"
PHONE: Final = "13800138310"
NEW_PHONE: Final = "13800138311"
PASSWORD: Final = "Window-2026-qibiao"
NEXT_PASSWORD: Final = "Berries-in-the-wood-7"
LABELS: Final = {
    "code": "统一社会信用代码（组织机构代码）",
    "name": "机构名称",
    "legal_representative": "法定代表人",
    "legal_representative_id_number": "法人证件号",
    "address": "注册地址",
}


def type_organization(page: Page, row: dict[str, str], **changes: str) -> None:
    typed = {**as_typed(row), **changes}
    fill(page, {LABELS[name]: text for name, text in typed.items()})


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


class TestLife:
    """One account from its registration to a forgotten name, in one window."""

    @pytest.mark.proves("R-002", "R-003")
    @pytest.mark.usefixtures("later")
    def test_of_an_account(
        self, site: Any, open_window: Callable[..., Any], tmp_path: Path
    ) -> None:
        window = open_window(site)
        page = window.page
        site.run("services.registry.importing", write_file(tmp_path / "new.csv", ORGANIZATION))

        self.register(site, window)
        log_in(site, page, USERNAME, PASSWORD)
        expect(page.get_by_role("heading", name="企业标准录入")).to_be_visible()
        page.get_by_role("link", name="用户管理").click()
        expect(page.get_by_role("heading", name="用户管理")).to_be_visible()
        self.manage(site, window)
        self.forget_password(site, window)
        self.forget_username(site, window)

    def register(self, site: Any, window: Any) -> None:
        page = window.open("/app/register")
        type_organization(page, ORGANIZATION, address="淄博市桓台县示范街道新设路3101号")
        solve_captcha(site, page)
        window.look("register-1")
        press(page, "验证")
        wrong = page.get_by_label(LABELS["address"], exact=True)
        expect(wrong).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("地址输入项与系统不一致")).to_be_visible()
        expect(page.get_by_role("link", name="查看帮助")).to_have_attribute("href", "/help/faq/1")
        window.look("register-1-refused")
        type_organization(page, ORGANIZATION)
        solve_captcha(site, page)
        press(page, "验证")

        expect(page.get_by_text(ORGANIZATION["name"])).to_be_visible()
        expect(page.get_by_label("所属质检局：县")).to_have_value("370321")
        fill(page, {"用户名": "望", "姓名": "何窗", "身份证号": ID_NUMBER})
        fill(page, {"密码": PASSWORD, "确认密码": "another"})
        press(page, "下一步")
        expect(page.get_by_text("两次输入的密码不一致")).to_be_visible()
        fill(page, {"确认密码": PASSWORD})
        press(page, "下一步")
        expect(page.get_by_label("用户名", exact=True)).to_have_attribute("aria-invalid", "true")
        window.look("register-2")
        fill(page, {"用户名": USERNAME})
        press(page, "下一步")

        fill(page, {"手机号": PHONE})
        solve_captcha(site, page)
        code = read_new_code(site, PHONE, lambda: press(page, "发送验证码"))
        expect(page.get_by_role("button", name="秒后可重新获取")).to_be_disabled()
        fill(page, {"短信验证码": code})
        expect(page.get_by_role("button", name="确定")).to_be_disabled()
        press(page, "查看服务条款")
        expect(page.get_by_role("region", name="服务条款")).to_be_visible()
        window.look("register-terms")
        page.keyboard.press("Escape")
        page.get_by_text("我已阅读并同意服务条款").click()
        window.look("register-3")
        press(page, "确定")
        expect(page.get_by_text(f"注册成功，请用用户名 {USERNAME} 登录。")).to_be_visible()
        window.look("login")

    def manage(self, site: Any, window: Any) -> None:
        page = window.page
        expect(page.get_by_text(ORGANIZATION["registered_address"])).to_be_visible()
        window.look("profile")
        press(page, "更新")
        expect(page.get_by_text("企业信息已是最新")).to_be_visible()

        fill(page, {"姓名": "何小窗"})
        press(page, "保存")
        expect(page.get_by_text("保存成功")).to_be_visible()

        fill(page, {"原密码": "wrong-one", "新密码": NEXT_PASSWORD, "确认密码": NEXT_PASSWORD})
        press(page, "修改密码")
        expect(page.get_by_label("原密码", exact=True)).to_have_attribute("aria-invalid", "true")
        fill(page, {"原密码": PASSWORD})
        press(page, "修改密码")
        expect(page.get_by_text("密码修改成功")).to_be_visible()

        site.move_clock(61)
        press(page, "修改手机号")
        fill(page, {"登录密码": NEXT_PASSWORD})
        solve_captcha(site, page)
        code = read_new_code(site, PHONE, lambda: press(page, "向原手机号发送验证码"))
        page.locator('[name="old_code"]').fill(code)
        press(page, "下一步")
        fill(page, {"新手机号": NEW_PHONE})
        solve_captcha(site, page)
        code = read_new_code(site, NEW_PHONE, lambda: press(page, "发送验证码"))
        fill(page, {"短信验证码": code})
        window.look("profile-phone")
        press(page, "确定")
        expect(page.get_by_text("手机号修改成功")).to_be_visible()
        expect(page.get_by_text("138****8311")).to_be_visible()

        page.get_by_role("link", name="消息").click()
        expect(page.get_by_role("heading", name="消息", exact=True)).to_be_visible()
        window.look("messages")
        press(page, "全部标为已读")
        expect(page.get_by_text("0 条未读")).to_be_visible()
        press(page, "退出")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()

    def forget_password(self, site: Any, window: Any) -> None:
        page = window.page
        site.move_clock(122)
        page.get_by_role("link", name="忘记密码").click()
        type_organization(page, ORGANIZATION)
        solve_captcha(site, page)
        window.look("recover-password-1")
        press(page, "下一步")
        fill(page, {"用户名": USERNAME})
        solve_captcha(site, page)
        code = read_new_code(site, NEW_PHONE, lambda: press(page, "发送验证码"))
        fill(page, {"短信验证码": "000000"})
        press(page, "下一步")
        expect(page.get_by_label("短信验证码")).to_have_attribute("aria-invalid", "true")
        window.look("recover-password-2")
        fill(page, {"短信验证码": code})
        press(page, "下一步")
        fill(page, {"新密码": PASSWORD + "-2", "确认密码": PASSWORD + "-2"})
        window.look("recover-password-3")
        press(page, "确定")
        expect(page.get_by_text("密码修改成功，请使用新密码登录")).to_be_visible()

    def forget_username(self, site: Any, window: Any) -> None:
        page = window.page
        site.move_clock(183)
        page.get_by_role("link", name="忘记用户名").click()
        fill(page, {LABELS["code"]: ORGANIZATION["credit_code"], "注册时的手机号码": NEW_PHONE})
        solve_captcha(site, page)
        window.look("recover-username-1")
        code = read_new_code(site, NEW_PHONE, lambda: press(page, "获取短信验证码"))
        fill(page, {"短信验证码": code})
        window.look("recover-username-2")
        press(page, "确定")
        expect(page.get_by_text(f"您的用户名是 {USERNAME}")).to_be_visible()
        window.look("recover-username-3")


class TestSession:
    def test_that_ended_is_taken_up_again_over_what_was_typed(
        self, site: Any, open_window: Callable[..., Any]
    ) -> None:
        window = open_window(site)
        page = window.open("/app/profile")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        log_in(site, page, "ciyun_owner")
        fill(page, {"姓名": "何慈云"})
        window.context.clear_cookies()

        press(page, "保存")

        dialog = page.get_by_role("dialog", name="请重新登录")
        expect(dialog).to_be_visible()
        solve_captcha(site, page)
        dialog.get_by_label("用户名", exact=True).fill("ciyun_owner")
        dialog.get_by_label("密码", exact=True).fill("Demo-2026-qibiao")
        window.look("session-ended")
        dialog.get_by_role("button", name="登录").click()
        expect(page.get_by_text("保存成功")).to_be_visible()
        expect(page.get_by_label("姓名")).to_have_value("何慈云")

    @pytest.mark.parametrize(
        ("username", "password", "said"),
        [
            ("淄博某企业", "Demo-2026-qibiao", "用户名错误"),
            ("qinghe_viewer", "not-his-password", "用户名或密码"),
        ],
    )
    def test_refuses_who_is_not_known(
        self, site: Any, open_window: Callable[..., Any], username: str, password: str, said: str
    ) -> None:
        page = open_window(site).open("/app/login")

        log_in(site, page, username, password)

        expect(page.get_by_text(said).first).to_be_visible()
        expect(page.get_by_label("验证码", exact=True)).to_have_value("")

    def test_of_staff_needs_the_code_of_the_moment(
        self, site: Any, open_window: Callable[..., Any]
    ) -> None:
        window = open_window(site)
        page = window.open("/app/login")
        log_in(site, page, "demo_bureau_zibo")
        told = site.visitor().api("GET", "/dev/totp/demo_bureau_zibo")

        page.get_by_label("动态口令").fill(told["code"])
        window.look("login-totp")
        press(page, "登录")

        expect(page.get_by_text("工作人员", exact=True)).to_be_visible()
        window.look("profile-staff")


class TestWindow:
    @pytest.mark.parametrize("path", ["/app/login", "/app/register"])
    def test_is_usable_on_a_phone(
        self, site: Any, open_window: Callable[..., Any], path: str
    ) -> None:
        window = open_window(site, viewport={"width": 360, "height": 740})
        page = window.open(path)

        window.look("phone" + path.replace("/", "-"))

        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    def test_is_usable_by_keyboard(self, site: Any, open_window: Callable[..., Any]) -> None:
        window = open_window(site)
        page = window.open("/app/login")
        page.get_by_label("用户名", exact=True).focus()
        page.keyboard.type("ciyun_owner")
        page.keyboard.press("Tab")
        page.keyboard.type("Demo-2026-qibiao")
        solve_captcha(site, page)

        page.keyboard.press("Enter")
        accept_terms(page)

        expect(page.get_by_role("heading", name="企业标准录入")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
