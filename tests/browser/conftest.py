"""A person at a browser: Debian's Chromium against the whole system, one page after the other."""

import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.conftest import ROOT, RunningSystem, running_system
from tools.visitor import wait_for

SCREENS: Final = ROOT / "var" / "screens"
PROGRAM: Final = shutil.which("chromium")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
_NUMBERS: Final = itertools.count(1)
_IS_STILL: Final = (
    "document.getAnimations().every(one => one.playState !== 'running' ||"
    " one.effect.getTiming().iterations === Infinity)"
)
_AXE: Final = {"runOnly": {"type": "tag", "values": list(RULES)}, "resultTypes": ["violations"]}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Return the running system, in one process; journeys that ask for it share it."""
    with running_system(tmp_path_factory.mktemp("site"), processes=False) as running:
        yield running


@pytest.fixture
def later(site: RunningSystem) -> Iterator[Callable[[float], None]]:
    """Return how to let time pass; afterwards it is now again."""
    yield site.move_clock
    site.move_clock(0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser."""
    if PROGRAM is None:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            pytest.fail("chromium is not installed (as root: apt install chromium fonts-noto-cjk)")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


class Window:
    """One person's window: a page, and what it did that no page of ours may do."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.context = context
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        # Refusals that the journey brings about are no faults of the page.
        self.expected = re.compile(r"status of (4\d\d|503)")
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        context.on("request", self._watch)

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not self.expected.search(message.text):
            self.faults.append(f"{message.type}: {message.text}")

    def _watch(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"asked another host: {request.url}")

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(self.url + path, wait_until="networkidle")
        return self.page

    def look(self, name: str) -> None:
        """Look at the page as it is: take its picture and check that everyone can use it."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        # Something that is just appearing is half transparent.
        wait_for(lambda: self.page.evaluate(_IS_STILL) or None, seconds=10, what="页面静止")
        # A dialog lies over the window, not over the whole page.
        is_dialog = self.page.locator("[role=dialog]:visible").count() > 0
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=not is_dialog)
        found = Axe().run(self.page, options=_AXE).response["violations"]
        told = [
            f"{one['id']} ({one['impact']}): {one['help']}: {node['html']}"
            for one in found
            for node in one["nodes"]
        ]
        assert told == [], f"{name}: " + "\n".join(told)


@pytest.fixture
def open_window(browser: Browser) -> Iterator[Callable[..., Window]]:
    """Return how to open a window of a system; at the end none of them may have misbehaved."""
    windows: list[Window] = []
    addresses = (f"198.19.{number // 250}.{number % 250}" for number in _NUMBERS)

    def open_one(system: RunningSystem, **settings: Any) -> Window:
        context = browser.new_context(
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            extra_http_headers={"X-Forwarded-For": next(addresses)},
            **{"viewport": {"width": 1280, "height": 900}, **settings},
        )
        context.set_default_timeout(20_000)
        window = Window(context, system.url)
        windows.append(window)
        return window

    yield open_one
    faults = [fault for window in windows for fault in window.faults]
    for window in windows:
        window.context.close()
    assert faults == []
