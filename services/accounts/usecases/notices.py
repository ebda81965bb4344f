"""Tell somebody by SMS and in his inbox 消息 what happened to his account."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis import ids
from chassis.uow import Transaction
from contracts.events import POST_MESSAGE, SEND_SMS
from services.accounts import events
from services.accounts.events import Sealer

_LIFE: Final = timedelta(days=1)


def send_sms(
    tx: Transaction, sealer: Sealer, *, template: str, phone: str, values: Mapping[str, str]
) -> None:
    """Send a text message that is no code; a day later it is of no use any more."""
    request_id = ids.new_id()
    data = events.short_message(
        sealer,
        purpose=template,
        template=template,
        phone=phone,
        values=values,
        request_id=request_id,
    )
    tx.send(SEND_SMS, data, expires_in=_LIFE, request_id=request_id)


def post_message(
    tx: Transaction,
    *,
    account_id: str,
    template: str,
    values: Mapping[str, str] | None = None,
    link: str = "",
) -> None:
    """Put a message into the inbox of an account; no value may be a personal number."""
    _post(tx, f"user:{account_id}", template, values or {}, link)


def post_to_enterprise(
    tx: Transaction,
    *,
    enterprise_id: str,
    template: str,
    values: Mapping[str, str] | None = None,
    link: str = "",
) -> None:
    """Put a message into the inbox of everybody who acts for an enterprise."""
    _post(tx, f"enterprise:{enterprise_id}", template, values or {}, link)


def _post(
    tx: Transaction, recipient: str, template: str, values: Mapping[str, str], link: str
) -> None:
    request_id = ids.new_id()
    data = {
        "recipient": recipient,
        "template": template,
        "values": dict(values),
        "link": link,
        "request_id": request_id,
    }
    tx.send(POST_MESSAGE, data, request_id=request_id)
