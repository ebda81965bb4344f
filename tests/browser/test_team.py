"""The people and programs of an enterprise, and where one is signed in (docs/api/team.md)."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from playwright.sync_api import Page, expect

from services.accounts import seeds
from tests.browser.people import fill, log_in, read_new_code, solve_captcha
from tests.browser.test_lists import press
from tests.e2e.test_team import link_in_sms

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Nobody else in the browser tests acts for these enterprises.
OWNER: Final = "xingdu_owner"
KEEPER: Final = "yangui_owner"
PHONE: Final = "13800138320"
OTHER_PHONE: Final = "13800138321"
MEMBER: Final = "xingdu_member"
PASSWORD: Final = "Window-2026-member"
ID_NUMBER: Final = "110101199003073204"


def enter(site: Any, opened: Any, username: str, path: str, password: str = "") -> Page:
    """Log in at a page of the console."""
    page: Page = opened.open(path)
    log_in(site, page, username, password or seeds.PASSWORD)
    expect(page.get_by_role("button", name="退出")).to_be_visible()
    return page


def invite(page: Page, name: str, phone: str) -> None:
    fill(page, {"姓名": name, "手机号": phone})
    page.get_by_label("角色", exact=True).select_option("VIEWER")
    press(page, "发送邀请")
    expect(page.get_by_text(f"已向 {name} 的手机发送邀请")).to_be_visible()


class TestTeam:
    def test_grows_changes_and_is_handed_over(
        self, site: Any, open_window: Callable[..., Any]
    ) -> None:
        owner_window, member_window = open_window(site), open_window(site)
        owner = enter(site, owner_window, OWNER, "/app/team")
        press(owner, "发送邀请")
        expect(owner.get_by_text("请输入姓名")).to_be_visible()
        invite(owner, "周成员", PHONE)
        invite(owner, "吴误邀", OTHER_PHONE)
        owner_window.look("team")
        dead = link_in_sms(site.visitor(), OTHER_PHONE)
        press(owner, "撤回邀请：吴误邀")
        press(owner.get_by_role("dialog", name="撤回邀请"), "撤回")
        expect(owner.get_by_text("已撤回对 吴误邀 的邀请")).to_be_visible()

        member = member_window.open(f"/app/invitations/{dead}")
        expect(member.get_by_role("alert")).to_contain_text("邀请")
        self.join(site, member_window)
        press(member, "登录")
        self.log_in_member(site, member)
        member_window.open("/app/team")
        expect(member.get_by_role("region", name="企业成员")).to_contain_text("周成员")
        expect(member.get_by_role("heading", name="邀请成员")).to_have_count(0)
        expect(member.get_by_role("link", name="标准录入")).to_have_count(0)

        owner.reload()
        press(owner, "调整角色：周成员")
        dialog = owner.get_by_role("dialog", name="调整角色")
        expect(dialog.get_by_label("周成员 的新角色")).to_have_value("FILER")
        owner_window.look("team-role")
        press(dialog, "确定")
        expect(owner.get_by_text("周成员 现在是填报人")).to_be_visible()
        # His session has ended: he logs in again over what he was looking at.
        member.get_by_role("link", name="消息").click()
        again = member.get_by_role("dialog", name="请重新登录")
        self.log_in_member(site, again)
        expect(again).to_be_hidden()
        expect(member.get_by_role("link", name="企业标准录入")).to_be_visible()

        press(owner, "移交管理员：周成员")
        dialog = owner.get_by_role("dialog", name="移交企业管理员")
        fill(dialog, {"登录密码": "not-my-password"})
        press(dialog, "移交")
        expect(dialog.get_by_label("登录密码")).to_have_attribute("aria-invalid", "true")
        owner_window.look("team-handover")
        fill(dialog, {"登录密码": seeds.PASSWORD})
        press(dialog, "移交")
        expect(owner.get_by_text("已将企业管理员移交给 周成员")).to_be_visible()
        log_in(site, owner, OWNER)
        owner_window.open("/app/team")
        expect(owner.get_by_role("heading", name="邀请成员")).to_have_count(0)
        expect(owner.get_by_role("link", name="接口密钥")).to_have_count(0)

    def join(self, site: Any, window: Any) -> None:
        """Follow the link of the SMS and open an account."""
        token = link_in_sms(site.visitor(), PHONE)
        page = window.open(f"/app/invitations/{token}")
        expect(page.get_by_text("深圳星渡示范电子科技有限公司")).to_be_visible()
        expect(page.get_by_text("查看人", exact=True)).to_be_visible()
        fill(page, {"用户名": MEMBER, "身份证号": ID_NUMBER, "密码": PASSWORD})
        fill(page, {"确认密码": "something-else"})
        solve_captcha(site, page)
        code = read_new_code(site, PHONE, lambda: press(page, "发送验证码"))
        fill(page, {"短信验证码": code})
        expect(page.get_by_role("button", name="加入")).to_be_disabled()
        page.get_by_text("我已阅读并同意服务条款").click()
        press(page, "加入")
        expect(page.get_by_text("两次输入的密码不一致")).to_be_visible()
        window.look("invitation")
        fill(page, {"确认密码": PASSWORD})
        press(page, "加入")
        expect(page.get_by_text(f"加入成功，请用用户名 {MEMBER} 登录。")).to_be_visible()

    def log_in_member(self, site: Any, where: Any) -> None:
        fill(where, {"用户名": MEMBER, "密码": PASSWORD})
        solve_captcha(site, where)
        press(where, "登录")
        page = where if isinstance(where, Page) else where.page
        expect(page.get_by_role("button", name="退出")).to_be_visible()


class TestKeys:
    @pytest.mark.proves("F9")
    def test_are_shown_once(self, site: Any, open_window: Callable[..., Any]) -> None:
        window = open_window(site)
        page = enter(site, window, KEEPER, "/app/machine-keys")
        press(page, "新建")
        expect(page.get_by_text("请至少选择一项权限")).to_be_visible()
        fill(page, {"用途": "企业资源系统"})
        page.get_by_role("checkbox", name="读取本企业的标准").check()
        press(page, "新建")

        dialog = page.get_by_role("dialog", name="新的接口密钥")
        key = dialog.get_by_text(re.compile("^qbk_")).inner_text()
        window.look("machine-key-made")
        press(dialog, "我已保存")
        expect(page.get_by_role("region", name="本企业的接口密钥")).to_contain_text("企业资源系统")
        assert key not in page.content()
        assert self.status(site, key) == 200
        page.reload()
        expect(page.get_by_text("1 次")).to_be_visible()
        assert key not in page.content()
        window.look("machine-keys")

        press(page, "更换 企业资源系统")
        press(page.get_by_role("dialog", name="更换接口密钥"), "更换")
        new_key = dialog.get_by_text(re.compile("^qbk_")).inner_text()
        press(dialog, "我已保存")
        expect(page.get_by_text("已更换，即将停用")).to_be_visible()
        assert (self.status(site, key), self.status(site, new_key)) == (200, 200)
        page.get_by_role("row").filter(has_text="已更换").get_by_role("button").click()
        press(page.get_by_role("dialog", name="停用接口密钥"), "停用")
        expect(page.get_by_text("已停用 企业资源系统。")).to_be_visible()
        assert (self.status(site, key), self.status(site, new_key)) == (401, 200)

    @staticmethod
    def status(site: Any, key: str) -> int:
        answer = requests.get(
            f"{site.url}/api/v1/declarations",
            headers={"Authorization": f"Bearer {key}"},
            timeout=20,
        )
        return answer.status_code

    def test_and_all_data_are_taken_along(
        self, site: Any, open_window: Callable[..., Any], tmp_path: Path
    ) -> None:
        window = open_window(site)
        page = enter(site, window, KEEPER, "/app/export")
        fill(page, {"登录密码": "not-my-password"})
        press(page, "导出")
        expect(page.get_by_label("登录密码")).to_have_attribute("aria-invalid", "true")
        window.look("export")
        fill(page, {"登录密码": seeds.PASSWORD})
        with page.expect_download() as download:
            press(page, "导出")
        download.value.save_as(tmp_path / "export.json")

        content = json.loads((tmp_path / "export.json").read_text("utf-8"))
        assert content["enterprise"]["name"] == "北京燕归示范软件有限公司"
        expect(page.get_by_text("已导出。")).to_be_visible()


class TestSessions:
    def test_are_ended_from_elsewhere(self, site: Any, open_window: Callable[..., Any]) -> None:
        here, there = open_window(site), open_window(site)
        page = enter(site, here, KEEPER, "/app/sessions")
        elsewhere = enter(site, there, KEEPER, "/app/messages")
        page.reload()
        expect(page.get_by_text("当前登录")).to_be_visible()
        here.look("sessions")
        page.get_by_role("button", name=re.compile("^结束 .* 的登录$")).first.click()
        expect(page.get_by_text("已结束这处登录。")).to_be_visible()

        elsewhere.get_by_role("link", name="用户管理").click()
        expect(elsewhere.get_by_role("dialog", name="请重新登录")).to_be_visible()
        expect(page.get_by_text("当前登录")).to_be_visible()

    def test_end_with_the_account(self, site: Any, open_window: Callable[..., Any]) -> None:
        """An account is closed for its password; who leads others hands over first."""
        window = open_window(site)
        page = enter(site, window, "qinghe_owner", "/app/sessions")
        press(page, "注销账户")
        dialog = page.get_by_role("dialog", name="注销账户")
        fill(dialog, {"登录密码": seeds.PASSWORD})
        press(dialog, "确定注销")
        expect(dialog.get_by_role("alert")).to_contain_text("移交")
        window.look("account-close")
        press(dialog, "取消")
        expect(page.get_by_role("heading", name="本账户的登录")).to_be_visible()
