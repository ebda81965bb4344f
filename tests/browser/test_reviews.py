"""Two years on: does a standard go on being used (手册 FAQ 36)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from services.accounts import seeds
from tests.browser.people import log_in
from tests.browser.test_lists import press
from tests.e2e.conftest import RunningSystem, running_system
from tests.e2e.test_declarations import entry
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OWNER = "yunshan_owner"
TWO_YEARS = 731 * 86_400
# Two of the test, and the one of the demonstration.
ALL = 3


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Return a system of its own: two years later nothing is as others left it."""
    with running_system(tmp_path_factory.mktemp("later"), processes=False) as running:
        yield running


def is_asked(visitor: Visitor) -> bool | None:
    """Tell whether the enterprise is asked about its standards, the one it began with as well."""
    asked = visitor.api("GET", "/declarations/reviews")["items"]
    return sum(bool(one["times_asked"]) for one in asked) == ALL or None


class TestReviews:
    @pytest.mark.proves("R-205", "FAQ-36")
    def test_are_answered_from_the_banner(
        self, later: RunningSystem, open_window: Callable[..., Any]
    ) -> None:
        office = later.visitor()
        office.log_in(OWNER, seeds.PASSWORD)
        for number, title in (("1", "继续使用的杯"), ("2", "不再使用的杯")):
            office.publish(office.save_draft(entry(f"QBTWO {number}", title=title)))
        window = open_window(later)
        page: Page = window.open("/app/messages")
        log_in(later, page, OWNER)
        expect(page.get_by_role("heading", name="消息", exact=True)).to_be_visible()
        expect(page.get_by_text("公开已满两年")).to_have_count(0)

        later.move_clock(TWO_YEARS)
        office = later.visitor()
        office.log_in(OWNER, seeds.PASSWORD)
        wait_for(lambda: is_asked(office), seconds=60, what="两年提醒")
        window.open("/app/messages")
        log_in(later, page, OWNER)
        expect(page.get_by_text(f"有 {ALL} 条标准公开已满两年")).to_be_visible()
        window.look("review-banner")
        page.get_by_role("article").get_by_role("link", name="去确认").click()
        expect(page.get_by_role("heading", name="复核提醒")).to_be_visible()
        window.look("reviews")
        press(page, "继续使用 Q/QBTWO 1-2026")
        expect(page.get_by_text("已确认继续使用 Q/QBTWO 1-2026，下次提醒时间为")).to_be_visible()
        press(page, "废止 Q/QBTWO 2-2026")
        dialog = page.get_by_role("dialog", name="废止标准")
        dialog.get_by_label("废止原因").select_option(label="不再执行该标准")
        press(dialog, "确定")

        expect(page.get_by_text("Q/QBTWO 2-2026 已废止。")).to_be_visible()
        rows = page.get_by_role("group", name="公开已满两年").locator("tbody tr")
        expect(rows).to_have_count(ALL - 2)
        page.get_by_role("link", name="消息").click()
        expect(page.get_by_role("heading", name="消息", exact=True)).to_be_visible()
        expect(page.get_by_text(f"有 {ALL - 2} 条标准公开已满两年")).to_be_visible()
