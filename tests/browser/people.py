"""What people do in the console again and again."""

import re
from typing import Any, Final

from playwright.sync_api import Page, expect

from tools.visitor import API, wait_for

DEMO_PASSWORD: Final = "Demo-2026-qibiao"


def solve_captcha(system: Any, page: Page) -> None:
    """Type what the picture says, as the development interface tells it."""
    shown = page.locator("[data-captcha]")
    expect(shown).to_have_attribute("data-captcha", re.compile(r"\S+"))
    captcha_id = shown.get_attribute("data-captcha")
    answer = system.visitor().api("GET", f"/dev/captchas/{captcha_id}")["answer"]
    page.get_by_label("验证码", exact=True).fill(answer)


def fill(page: Page, boxes: dict[str, str]) -> None:
    """Type into boxes by their labels."""
    for label, text in boxes.items():
        page.get_by_label(label, exact=True).fill(text)


def log_in(system: Any, page: Page, username: str, password: str = DEMO_PASSWORD) -> None:
    """Log in at the page that is open, and accept the terms where they are new to the person."""
    fill(page, {"用户名": username, "密码": password})
    solve_captcha(system, page)
    page.get_by_role("button", name="登录", exact=True).click()
    accept_terms(page)


def accept_terms(page: Page) -> None:
    """Wait for what comes after a login: the page, a refusal, or terms, which are accepted."""
    agree = page.get_by_role("button", name="我已阅读并同意")
    inside = page.get_by_role("button", name="退出")
    refused = page.get_by_role("alert")
    code = page.get_by_label("动态口令")
    expect(agree.or_(inside).or_(refused).or_(code).first).to_be_visible()
    if agree.is_visible():
        agree.click()


def read_new_code(system: Any, phone: str, ask: Any) -> str:
    """Ask for a code and return the one that comes to the phone."""
    anyone = system.visitor()

    def messages() -> list[Any]:
        items = anyone.request("GET", f"{API}/dev/messages").json()["items"]
        return [item for item in items if item["phone"] == phone]

    before = len(messages())
    ask()
    wait_for(lambda: len(messages()) > before or None, seconds=20, what="短信")
    return str(anyone.read_code(phone))


def log_in_again(system: Any, page: Page, username: str) -> None:
    """Log in over what the person was doing when his session ended."""
    dialog = page.get_by_role("dialog", name="请重新登录")
    expect(dialog).to_be_visible()
    dialog.get_by_label("用户名", exact=True).fill(username)
    dialog.get_by_label("密码", exact=True).fill(DEMO_PASSWORD)
    solve_captcha(system, page)
    dialog.get_by_role("button", name="登录", exact=True).click()
