"""Read what providers post back: only what proves to come from them."""

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from chassis.errors import DomainError
from services.notify.adapters.signed_http import sign
from services.notify.config import SmsAddress
from services.notify.usecases.receipts import Receipt

MAX_AGE_SECONDS: Final = 300
MAX_RECEIPTS: Final = 500


class ReceiptRefusedError(DomainError):
    """Refuse what does not prove to come from the provider, or is no receipt."""

    code = "notify.receipt_refused"


class ReceiptReader:
    """Check and read receipts; providers are named as in messages."""

    def __init__(
        self, addresses: Mapping[str, SmsAddress], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._addresses = addresses
        self._clock = clock

    def read(
        self, *, provider: str, posted_body: str, token: str, timestamp: str, signature: str
    ) -> list[Receipt]:
        """Return the receipts in a body.

        Raises:
            ReceiptRefusedError: unknown provider, wrong or old signature, wrong token, or no
                receipts.
        """
        address = self._addresses.get(provider)
        if address is None or not address.has_receipts:
            raise ReceiptRefusedError
        if address.kind == "http":
            is_true = self._is_signed(address, posted_body, timestamp, signature)
        else:
            is_true = hmac.compare_digest(token.encode(), address.receipt_token.encode())
        if not is_true:
            raise ReceiptRefusedError
        try:
            return _read(address.kind, json.loads(posted_body))
        except (ValueError, TypeError, AttributeError, KeyError):
            raise ReceiptRefusedError from None

    def _is_signed(self, address: SmsAddress, body: str, timestamp: str, signature: str) -> bool:
        if not timestamp.isdigit() or abs(self._clock() - int(timestamp)) > MAX_AGE_SECONDS:
            return False
        expected = sign(address.secret, timestamp, body.encode())
        return hmac.compare_digest(expected.encode(), signature.encode())


def _read(kind: str, content: Any) -> list[Receipt]:  # noqa: ANN401 - whatever the JSON held
    items: Sequence[Mapping[str, Any]] = content if isinstance(content, list) else [content]
    if not 1 <= len(items) <= MAX_RECEIPTS:
        raise ValueError("no receipts, or too many")
    reader = {"aliyun": _aliyun, "tencent": _tencent, "http": _signed}[kind]
    return [reader(item) for item in items]


def _aliyun(item: Mapping[str, Any]) -> Receipt:
    """Read one of ``SmsReport``; ``out_id`` is our message id."""
    return Receipt(
        is_delivered=item["success"] is True or item["success"] == "true",
        message_id=str(item.get("out_id") or ""),
        reference=str(item.get("biz_id") or ""),
    )


def _tencent(item: Mapping[str, Any]) -> Receipt:
    """Read one of Tencent's status reports; ``sid`` is its serial number."""
    return Receipt(is_delivered=item["report_status"] == "SUCCESS", reference=str(item["sid"]))


def _signed(item: Mapping[str, Any]) -> Receipt:
    state = item["state"]
    if state not in {"DELIVERED", "UNDELIVERED"}:
        raise ValueError("unknown state")
    return Receipt(is_delivered=state == "DELIVERED", message_id=str(item["message_id"]))
