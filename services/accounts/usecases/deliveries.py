"""What became of codes and notices: evidence for whoever looks into a complaint later."""

from collections.abc import Mapping
from typing import Any

from chassis.uow import Transaction


def note_delivered(*, tx: Transaction, data: Mapping[str, Any]) -> None:
    """Write into the audit log that a message arrived at its phone."""
    tx.audit(
        "message.delivered",
        object_id=str(data["request_id"]),
        details={"template": str(data["template"])},
    )


def note_failed(*, tx: Transaction, data: Mapping[str, Any]) -> None:
    """Write into the audit log that a message did not arrive, and why."""
    tx.audit(
        "message.failed",
        object_id=str(data["request_id"]),
        details={"template": str(data["template"]), "reason": str(data["reason"])},
    )
