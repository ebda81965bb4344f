"""SMS providers on this machine that check signatures as their documentation tells to make them.

Nothing here uses the providers' libraries: what those send is checked by an independent reading of
ACS3-HMAC-SHA256 (Alibaba Cloud), TC3-HMAC-SHA256 (Tencent Cloud) and docs/api/notify.md.
"""

import hashlib
import hmac
import json
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, urlsplit

KEY_ID: Final = "AKIDexample"
SECRET: Final = "provider-secret"
_SKEW: Final = 300


@dataclass(frozen=True)
class Asked:
    """Be one request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw_query: str = ""


@dataclass
class Taken:
    """Be one message that a provider has accepted."""

    phone: str
    content: Mapping[str, Any]
    message_id: str


class BadSignatureError(Exception):
    """Say that a request is not signed as it should be."""


@dataclass
class FakeProvider(ABC):
    """Answer on a port of this machine; ``behave`` lets it fail after it accepted, or be slow."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    behave: Callable[[Asked], tuple[int, dict[str, str], Any] | None] = lambda _: None
    after_accept: Callable[[], tuple[int, dict[str, str], Any] | None] = lambda: None

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                asked = Asked(
                    path=parts.path,
                    query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length),
                    raw_query=parts.query,
                )
                status, headers, content = fake.answer(asked)
                text = json.dumps(content).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST  # noqa: N815 - the name that the base class looks for

            def log_message(self, *_: object) -> None:
                """Write nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], Any]:
        """Check, accept and answer one request."""
        self.asked.append(asked)
        special = self.behave(asked)
        if special is not None:
            return special
        try:
            self.check(asked)
        except BadSignatureError as error:
            self.refused.append(str(error))
            return self.deny()
        self.taken.append(self.read(asked))
        return self.after_accept() or self.accept(len(self.taken))

    @abstractmethod
    def check(self, asked: Asked) -> None:
        """Check the signature."""

    @abstractmethod
    def read(self, asked: Asked) -> Taken:
        """Return the message."""

    @abstractmethod
    def accept(self, number: int) -> tuple[int, dict[str, str], Any]:
        """Return the answer to a message that was taken."""

    @abstractmethod
    def deny(self) -> tuple[int, dict[str, str], Any]:
        """Return the answer to a bad signature."""


class FakeAliyun(FakeProvider):
    """``SendSms`` of Alibaba Cloud, version 2017-05-25, signature version 3."""

    url_scheme = "aliyun+http"

    def check(self, asked: Asked) -> None:
        """Check ACS3-HMAC-SHA256."""
        headers = asked.headers
        pattern = (
            r"ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)"
        )
        match = re.fullmatch(pattern, headers.get("authorization", ""))
        if match is None or match[1] != KEY_ID:
            raise BadSignatureError("credential")
        if headers.get("x-acs-action") != "SendSms" or headers["x-acs-version"] != "2017-05-25":
            raise BadSignatureError("action")
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(time.time() - at.timestamp()) > _SKEW:
            raise BadSignatureError("date")
        payload_hash = hashlib.sha256(asked.body).hexdigest()
        if headers["x-acs-content-sha256"] != payload_hash:
            raise BadSignatureError("payload")
        names = match[2].split(";")
        if not {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce"} <= set(names):
            raise BadSignatureError("headers that are not signed")
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(asked.query.items())
        )
        canonical = "\n".join(
            [
                "POST",
                asked.path,
                query,
                "".join(f"{name}:{headers[name].strip()}\n" for name in names),
                match[2],
                payload_hash,
            ]
        )
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        expected = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, match[3]):
            raise BadSignatureError("signature")

    def read(self, asked: Asked) -> Taken:
        """Return the message."""
        query = asked.query
        return Taken(query["PhoneNumbers"], dict(query), query.get("OutId", ""))

    def accept(self, number: int) -> tuple[int, dict[str, str], Any]:
        """Return what the cloud answers."""
        return 200, {}, {"Code": "OK", "Message": "OK", "BizId": f"biz-{number}", "RequestId": "r"}

    def deny(self) -> tuple[int, dict[str, str], Any]:
        """Return what the cloud answers to a bad signature."""
        return 400, {}, {"Code": "SignatureDoesNotMatch", "Message": "no", "RequestId": "r"}


class FakeTencent(FakeProvider):
    """``SendSms`` of Tencent Cloud, version 2021-01-11, signature version 3."""

    url_scheme = "tencent+http"

    def check(self, asked: Asked) -> None:
        """Check TC3-HMAC-SHA256."""
        headers = asked.headers
        pattern = (
            r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
            r"SignedHeaders=([^,]+), Signature=([0-9a-f]+)"
        )
        match = re.fullmatch(pattern, headers.get("authorization", ""))
        if match is None or match[1] != KEY_ID:
            raise BadSignatureError("credential")
        if headers.get("x-tc-action") != "SendSms" or headers["x-tc-version"] != "2021-01-11":
            raise BadSignatureError("action")
        timestamp = int(headers["x-tc-timestamp"])
        day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        if abs(time.time() - timestamp) > _SKEW or day != match[2]:
            raise BadSignatureError("date")
        names = match[3].split(";")
        if not {"content-type", "host"} <= set(names):
            raise BadSignatureError("headers that are not signed")
        canonical = "\n".join(
            [
                "POST",
                "/",
                "",
                "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names),
                match[3],
                hashlib.sha256(asked.body).hexdigest(),
            ]
        )
        scope = f"{day}/sms/tc3_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashed}"
        key = f"TC3{SECRET}".encode()
        for part in (day, "sms", "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, match[4]):
            raise BadSignatureError("signature")

    def read(self, asked: Asked) -> Taken:
        """Return the message."""
        content = json.loads(asked.body)
        (phone,) = content["PhoneNumberSet"]
        return Taken(phone, content, content["SessionContext"])

    def accept(self, number: int) -> tuple[int, dict[str, str], Any]:
        """Return what the cloud answers."""
        status = {"SerialNo": f"sid-{number}", "Code": "Ok", "Message": "send success", "Fee": 1}
        return 200, {}, {"Response": {"SendStatusSet": [status], "RequestId": "r"}}

    def deny(self) -> tuple[int, dict[str, str], Any]:
        """Return what the cloud answers to a bad signature."""
        error = {"Code": "AuthFailure.SignatureFailure", "Message": "no"}
        return 200, {}, {"Response": {"Error": error, "RequestId": "r"}}


class FakeSigned(FakeProvider):
    """A service of one's own choice; it sends a message of one id once."""

    url_scheme = "http"

    def check(self, asked: Asked) -> None:
        """Check HMAC-SHA256 over time and body."""
        timestamp = asked.headers.get("x-qibiao-timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > _SKEW:
            raise BadSignatureError("date")
        text = timestamp.encode() + b"." + asked.body
        expected = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, asked.headers.get("x-qibiao-signature", "")):
            raise BadSignatureError("signature")

    def read(self, asked: Asked) -> Taken:
        """Return the message."""
        content = json.loads(asked.body)
        return Taken(content["phone"], content, asked.headers["idempotency-key"])

    def sent(self) -> set[str]:
        """Return the ids of the messages it has sent: each once."""
        return {message.message_id for message in self.taken}

    def accept(self, number: int) -> tuple[int, dict[str, str], Any]:
        """Return what it answers."""
        return 202, {}, {"id": f"own-{number}"}

    def deny(self) -> tuple[int, dict[str, str], Any]:
        """Return what it answers to a bad signature."""
        return 401, {}, {}


def url_of(fake: FakeProvider, *, secret: str = SECRET, extra: str = "") -> str:
    """Return the address of a provider as the setting writes it."""
    if isinstance(fake, FakeSigned):
        return f"http://{fake.host}/send?secret={secret}{extra}"
    options = "sign=%E4%BC%81%E6%A0%87&REGISTRATION_CODE=T1&ACCOUNT_FROZEN=T2"
    app = "&app=1400000001" if isinstance(fake, FakeTencent) else ""
    scheme = "tencent+http" if isinstance(fake, FakeTencent) else "aliyun+http"
    return f"{scheme}://{KEY_ID}:{secret}@{fake.host}?{options}{app}{extra}"
