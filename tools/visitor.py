"""A person at the web site: speaks HTTP to the gateway as a browser would, from plain Python."""

import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import pyotp
import requests

API: Final = "/api/v1"
UNAVAILABLE: Final = 503
T = TypeVar("T")


class RefusedError(RuntimeError):
    """The system answered with a problem document: its status, code and Chinese text."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = dict(problem)
        fields = "；".join(
            f"{error.get('pointer')} {error.get('detail')}" for error in problem.get("errors", [])
        )
        text = f"{problem.get('title', '')} {problem.get('detail', '')} {fields}".strip()
        super().__init__(f"{status} {self.code} {text}")


class Visitor:
    """One person with one browser.

    Args:
        url: of the web site.
        patience: seconds for which a request answered 503 is sent again, with the same key.
        timeout: seconds after which an answer is given up.
        address: the visitor's own address, told as a proxy in front would tell it.
    """

    def __init__(
        self, url: str, *, patience: float = 0.0, timeout: float = 20.0, address: str = ""
    ) -> None:
        self.url = url.rstrip("/")
        self._address = address
        self.patience = patience
        self._timeout = timeout
        self._http = requests.Session()
        self._http.trust_env = False
        self._cookie = ""
        self._csrf = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request, again while the system says 503 and patience lasts."""
        sent = {"Origin": self.url, **(headers or {})}
        if self._address:
            sent["X-Forwarded-For"] = self._address
        if self._cookie:
            sent |= {"Cookie": self._cookie, "X-CSRF-Token": self._csrf}
        deadline = time.monotonic() + self.patience
        while True:
            answer = self._http.request(
                method, self.url + path, json=json, data=data, headers=sent, timeout=self._timeout
            )
            if answer.status_code != UNAVAILABLE or time.monotonic() > deadline:
                return answer
            time.sleep(min(float(answer.headers.get("Retry-After", 1)), 0.5))

    def api(  # noqa: PLR0913 - one per part of a request
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        version: int | None = None,
        json: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call the JSON interface and return its answer.

        Raises:
            RefusedError: the answer is not a success.
        """
        extra = dict(headers or {})
        if method == "POST":
            extra["Idempotency-Key"] = key or str(uuid.uuid4())
        if version is not None:
            extra["If-Match"] = f'"{version}"'
        answer = self.request(method, API + path, json=json, data=data, headers=extra)
        if not answer.ok:
            raise RefusedError(answer.status_code, _problem(answer))
        self._keep_cookie(answer)
        return dict(answer.json()) if answer.content else {}

    def solve_captcha(self) -> dict[str, str]:
        """Ask for a captcha and read its answer from the development interface."""
        captcha_id = self.api("POST", "/captchas")["captcha_id"]
        answer = self.api("GET", f"/dev/captchas/{captcha_id}")["answer"]
        return {"captcha_id": captcha_id, "captcha_answer": answer}

    def verify(self, organization: Mapping[str, str]) -> str:
        """Take registration step 1 (手册 2.1) and return the token of step 2."""
        body = {**organization, **self.solve_captcha()}
        return str(self.api("POST", "/registrations/verification", json=body)["token"])

    def enter_user(self, token: str, user: Mapping[str, str]) -> str:
        """Take registration step 2 and return the token of step 3."""
        body = {"token": token, **user, "password_confirmation": user["password"]}
        return str(self.api("POST", "/registrations/user", json=body)["token"])

    def activate(self, token: str, phone: str) -> dict[str, Any]:
        """Take registration step 3: have a code sent, read it, and finish."""
        body = {"token": token, "phone": phone, **self.solve_captcha()}
        self.api("POST", "/registrations/code", json=body)
        code = self.read_code(phone)
        return self.api(
            "POST",
            "/registrations",
            json={"token": token, "phone": phone, "code": code, "has_accepted_terms": True},
        )

    def read_code(self, phone: str, seconds: float = 15) -> str:
        """Wait for the newest code sent to a phone, on the development page.

        Raises:
            TimeoutError: none came.
        """

        def newest() -> str | None:
            for message in self.api("GET", "/dev/messages")["items"]:
                if message["phone"] == phone and (found := re.search(r"\d{6}", message["text"])):
                    return found[0]
            return None

        return wait_for(newest, seconds=seconds, what="短信验证码")

    def log_in(self, username: str, password: str) -> dict[str, Any]:
        """Open a session; the following requests belong to it. Of staff a code is asked as well."""
        body = {"username": username, "password": password, **self.solve_captcha()}
        answer = self.api("POST", "/sessions", json=body)
        if "login_token" in answer:
            code = self._read_totp(username, answer)
            proof = {"login_token": answer["login_token"], "code": code}
            answer = self.api("POST", "/sessions/totp", json=proof)
        self._csrf = str(answer["csrf_token"])
        return answer

    def _read_totp(self, username: str, step: Mapping[str, Any]) -> str:
        """Return what the authenticator app of somebody would show, once it counts."""
        if step["step"] == "TOTP_ENROLMENT":
            return str(pyotp.parse_uri(step["otpauth_uri"]).now())  # type: ignore[union-attr]
        next_code = self.api("GET", f"/dev/totp/{username}")
        time.sleep(next_code["wait_seconds"])
        return str(next_code["code"])

    def log_out(self) -> None:
        """End the session."""
        self.api("DELETE", "/sessions/current")
        self._cookie = self._csrf = ""

    def start_upload(self, file_name: str, content: bytes) -> dict[str, Any]:
        """Upload a PDF; it is inspected afterwards."""
        return self.api(
            "POST",
            f"/uploads?file_name={quote(file_name)}",
            data=content,
            headers={"Content-Type": "application/pdf"},
        )

    def wait_for_verdict(self, upload_id: str, seconds: float = 30) -> dict[str, Any]:
        """Wait until an upload is inspected and return what came of it.

        Raises:
            TimeoutError: it was not inspected in time.
        """

        def verdict() -> dict[str, Any] | None:
            state = self.api("GET", f"/uploads/{upload_id}")
            return state if state["state"] in {"ACCEPTED", "REFUSED"} else None

        return wait_for(verdict, seconds=seconds, what="文本检查结果")

    def upload(self, file_name: str, content: bytes) -> dict[str, Any]:
        """Upload a PDF and wait for the verdict of its inspection."""
        return self.wait_for_verdict(self.start_upload(file_name, content)["upload_id"])

    def save_draft(self, content: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Save a new draft (手册 4.1)."""
        return self.api("POST", "/declarations", json=dict(content), key=key)

    def publish(self, draft: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Tick the commitment and submit a draft: it is public at once (手册 4.1, FAQ 34)."""
        return self.api(
            "POST",
            f"/declarations/{draft['declaration_id']}/publication",
            json={"is_committed": True},
            version=int(draft["version"]),
            key=key,
        )

    def search(self, query: str) -> dict[str, Any]:
        """Search the public register."""
        return self.api("GET", f"/public/declarations?q={quote(query)}")

    def _keep_cookie(self, answer: requests.Response) -> None:
        # By hand: a cookie jar does not send a Secure cookie back over plain http to loopback.
        header = answer.headers.get("Set-Cookie", "")
        pair = header.split(";", 1)[0]
        if "sid=" in pair:
            self._cookie = pair


def wait_for(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Look again and again until there is something to see.

    Raises:
        TimeoutError: there was nothing in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{seconds:.0f} 秒内没有等到：{what}")
        time.sleep(0.1)


def _problem(answer: requests.Response) -> Mapping[str, Any]:
    try:
        return dict(answer.json())
    except ValueError:
        return {"title": answer.text[:200]}
