"""Payloads of the events that ``notify`` emits."""

from datetime import datetime
from typing import Any, Protocol

from chassis.outbox import format_time


class MessageLike(Protocol):
    """What the payload says of a message."""

    id: Any
    request_id: Any
    template: Any
    purpose: Any
    provider: Any


def message_delivered(message: MessageLike, *, at: datetime) -> dict[str, Any]:
    """Return the data of ``message.delivered.v1``; neither phone nor text."""
    return {
        "message_id": message.id,
        "request_id": message.request_id,
        "template": message.template,
        "purpose": message.purpose,
        "provider": message.provider or "",
        "at": format_time(at),
    }


def message_failed(message: MessageLike, *, reason: str, at: datetime) -> dict[str, Any]:
    """Return the data of ``message.failed.v1``; neither phone nor text."""
    return {**message_delivered(message, at=at), "reason": reason}
