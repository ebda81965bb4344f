"""Walk the main journey over HTTP, with visible progress: ``./run.sh --demo``.

An enterprise is verified, registered and logged in, publishes a real PDF standard with a product,
and anyone finds, reads and downloads it. Everything that was started is stopped again.
"""

import argparse
import contextlib
import hashlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import requests

from services.registry import seeds as registry_seeds
from services.standards import seeds as standards_seeds
from tools import launch
from tools.visitor import RefusedError, Visitor, wait_for

USER: Final = {
    "username": "demo_filer",
    "name": "王小明",
    "id_number": "110101199003070118",
    "password": "Qibiao-demo-2026",
    "bureau_code": "370321",
}
PHONE: Final = "13800138000"
TITLE: Final = "不锈钢真空保温杯（演示）"
PRODUCT: Final = {
    "name": "不锈钢真空保温杯",
    "generic_name": "保温杯",
    "barcode": "6901234567892",
    "brand": "启标",
    "specification": "500 mL",
    "model": "BW-500",
    "class_code": "21-002",
}


class JourneyError(RuntimeError):
    """A step did not do what it should; the text says which and how."""


class Journey:
    """The steps, one after the other, each telling what it did."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self._url = url
        self._say = say
        self._number = 0
        self.links: dict[str, str] = {}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[dict[str, str]]:
        """Run one step: print its name, result and duration.

        Raises:
            JourneyError: the step failed; the text names it.
        """
        self._number += 1
        result: dict[str, str] = {}
        begun = time.monotonic()
        try:
            yield result
        except (
            RefusedError,
            JourneyError,
            TimeoutError,
            requests.RequestException,
            KeyError,
        ) as error:
            raise JourneyError(f"第 {self._number} 步“{name}”失败：{error}") from error
        seconds = time.monotonic() - begun
        self._say(f"  {self._number:>2}. {name}：{result.get('said', '完成')}（{seconds:.2f} 秒）")

    def run(self) -> None:
        """Walk the whole journey.

        Raises:
            JourneyError: a step failed.
        """
        with Visitor(self._url) as enterprise, Visitor(self._url) as anyone:
            self._register(enterprise)
            published, content = self._declare(enterprise)
            self._read(anyone, published, content)
            with self.step("退出登录"):
                enterprise.log_out()

    def _register(self, enterprise: Visitor) -> None:
        applicant = registry_seeds.demo_applicant()
        with self.step("基本信息验证") as result:
            token = enterprise.verify(applicant)
            result["said"] = f"{applicant['name']} 与组织机构代码库一致"
        with self.step("填写用户信息") as result:
            token = enterprise.enter_user(token, USER)
            result["said"] = f"用户名 {USER['username']}"
        with self.step("手机激活") as result:
            result["said"] = str(enterprise.activate(token, PHONE)["message"])
        with self.step("登录") as result:
            landing = enterprise.log_in(USER["username"], USER["password"])["landing"]
            result["said"] = f"进入 {landing}"

    def _declare(self, enterprise: Visitor) -> tuple[dict[str, Any], bytes]:
        content = standards_seeds.demo_text()
        with self.step("上传标准文本") as result:
            upload = enterprise.upload("Q QBDEMO 001-2026 保温杯.pdf", content)
            if upload["state"] != "ACCEPTED":
                raise JourneyError(str(upload["reason"]))
            result["said"] = f"{len(content)} 字节，{upload['pages']} 页，检查通过"
        with self.step("保存草稿") as result:
            draft = enterprise.save_draft(
                {
                    "kind": "ENTERPRISE",
                    "number": {"body": "QBDEMO 001", "year": "2026"},
                    "title": TITLE,
                    "disclosure_mode": "FULL_TEXT",
                    "upload_id": upload["upload_id"],
                    "products": [PRODUCT],
                }
            )
            result["said"] = f"{draft['number_text']} 未公开"
        with self.step("作出承诺并提交") as result:
            published = enterprise.publish(draft)
            result["said"] = f"已公开，记录号 {published['record_number']}"
        with self.step("查看本企业列表") as result:
            rows = enterprise.api("GET", "/declarations?kind=ENTERPRISE&state=PUBLISHED")["items"]
            if published["record_number"] not in {row["record_number"] for row in rows}:
                raise JourneyError("列表中没有刚公开的标准")
            result["said"] = f"{rows[0]['number']} {rows[0]['related_products']}"
        return published, content

    def _read(self, anyone: Visitor, published: dict[str, Any], content: bytes) -> None:
        record = str(published["record_number"])
        applicant = registry_seeds.demo_applicant()
        for what, query in (
            ("标准名称", TITLE),
            ("标准编号", "QBDEMO 001"),
            ("企业名称", applicant["name"]),
            ("产品名称", PRODUCT["name"]),
        ):
            with self.step(f"公众按{what}查找") as result:

                def hit(query: str = query) -> dict[str, Any] | None:
                    items = anyone.search(query)["items"]
                    return next((row for row in items if row["record_number"] == record), None)

                found = wait_for(hit, seconds=20, what=f"“{query}”的结果")
                result["said"] = f"{found['number']} {found['title']}"
        with self.step("公众查看详情") as result:
            detail = anyone.api("GET", f"/public/declarations/{record}")
            result["said"] = str(detail["document"]["enterprise"]["name"])
        with self.step("公众下载文本") as result:
            answer = anyone.request("GET", f"/s/{record}/text")
            if hashlib.sha256(answer.content).digest() != hashlib.sha256(content).digest():
                raise JourneyError(f"下载的文件与上传的不同（HTTP {answer.status_code}）")
            result["said"] = "与上传的文件逐字节相同"
        self.links = {
            "公开页面": f"{self._url}/s/{record}",
            "标准文本": f"{self._url}/s/{record}/text",
            "首页": f"{self._url}/",
        }


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="./run.sh --demo", description=__doc__)
    parser.add_argument("--processes", action="store_true", help="a process per service")
    parser.add_argument("--port", type=int, default=0, help="of the web site (a free one)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    begun = time.monotonic()
    Path("var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="demo-", dir="var") as folder:
        stack = launch.Stack(
            Path(folder),
            processes=options.processes,
            port=options.port,
            say=lambda s: say(f"· {s}"),
        )
        try:
            stack.start()
            say(f"· 系统已就绪：{stack.url}")
            journey = Journey(stack.url, say)
            journey.run()
            for name, link in journey.links.items():
                say(f"     {name} {link}")
        except (launch.LaunchError, JourneyError) as error:
            say(f"演示失败：{error}")
            return 1
        except KeyboardInterrupt:
            say("演示已中断。")
            return 1
        finally:
            stack.stop()
            if stack.database:
                stack.database.remove()
    say(f"演示成功，已停止所启动的一切（共 {time.monotonic() - begun:.1f} 秒）。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
