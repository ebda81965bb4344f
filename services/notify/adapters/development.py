"""Show messages in clear on the development page."""

from collections.abc import Sequence
from typing import Any

from chassis.outbox import format_time
from services.notify.adapters.sealing import Letter, Opener, UnreadableError
from services.notify.queries.messages import MessageRow


def show(rows: Sequence[MessageRow], opener: Opener) -> list[dict[str, Any]]:
    """Return messages with phone and text in clear; forgotten ones without."""
    return [_show(row, opener) for row in rows]


def _show(row: MessageRow, opener: Opener) -> dict[str, Any]:
    letter = _open(row, opener)
    return {
        "id": row.id,
        "request_id": row.request_id,
        "template": row.template,
        "purpose": row.purpose,
        "phone": letter.phone,
        "text": letter.text,
        "state": row.state,
        "reason": row.reason,
        "provider": row.provider,
        "delivery": row.delivery,
        "created_at": format_time(row.created_at),
        "sent_at": format_time(row.settled_at) if row.is_sent and row.settled_at else None,
    }


def _open(row: MessageRow, opener: Opener) -> Letter:
    try:
        return opener.open(
            template=row.template,
            phone_sealed=row.phone_sealed or "",
            values_sealed=row.values_sealed or "",
        )
    except UnreadableError:
        return Letter(phone="", text="")
