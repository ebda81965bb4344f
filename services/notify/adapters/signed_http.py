"""A service of one's own choice: JSON over HTTPS, signed with HMAC-SHA256 (docs/api/notify.md)."""

import hashlib
import hmac
import json
import time
from typing import ClassVar, Final

import requests

from services.notify.adapters.outbound import CONNECT_SECONDS, Session, was_never_sent
from services.notify.adapters.providers import NotSentError, Provider, RefusedError
from services.notify.adapters.sealing import Letter
from services.notify.config import SmsAddress

TIMESTAMP: Final = "X-Qibiao-Timestamp"
SIGNATURE: Final = "X-Qibiao-Signature"
_DUPLICATE: Final = 409
_BUSY: Final = frozenset({408, 429, 503})
_MAX_REFERENCE: Final = 200


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body at a time, in hexadecimal digits."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class SignedHttpProvider(Provider):
    """Ask a service that sends a message of one id once."""

    is_repeatable: ClassVar[bool] = True

    def __init__(
        self, name: str, address: SmsAddress, *, timeout: float, allows_loopback: bool
    ) -> None:
        super().__init__(name, weight=address.weight, has_receipts=address.has_receipts)
        self._address = address
        self._timeout = (CONNECT_SECONDS, timeout)
        self._session = Session(allows_loopback=allows_loopback)

    def _send(self, letter: Letter, message_id: str) -> str | None:
        content = {"message_id": message_id, "phone": letter.phone, "text": letter.text}
        body = json.dumps(content, ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message_id,
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self._address.secret, timestamp, body),
        }
        try:
            answer = self._session.post(
                self._address.url, data=body, headers=headers, timeout=self._timeout
            )
        except requests.RequestException as error:
            if was_never_sent(error):
                raise NotSentError from None
            raise
        return _read(answer)


def _read(answer: requests.Response) -> str | None:
    """Return the service's own id of the message."""
    status = answer.status_code
    if status in _BUSY:
        raise NotSentError
    if 300 <= status < 500 and status != _DUPLICATE:  # noqa: PLR2004 - redirects and refusals
        raise RefusedError
    if status >= 500:  # noqa: PLR2004 - it may have been accepted before it failed
        answer.raise_for_status()
    try:
        reference = answer.json().get("id")
    except (ValueError, AttributeError):
        return None
    return str(reference)[:_MAX_REFERENCE] if reference else None
