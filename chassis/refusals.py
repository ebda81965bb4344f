"""Messages that the bus does not take, counted, so that somebody hears of it.

Public events reach the bus in the order of their positions: one that the broker refuses each time
holds back all that are newer, in the log as well. Nothing is left out by itself, for what is behind
would have a gap that is never closed; an operator has to look (docs/operations.md).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.tables import outbox

if TYPE_CHECKING:
    from chassis.outbox import Message

logger = logging.getLogger(__name__)

# A connection may be lost under a batch a few times; what is refused more often is looked at.
LOUD: Final = 4


@dataclass(frozen=True)
class Refusal:
    """Be a message that waits, and how often it was handed over in vain."""

    message_id: int
    event_id: str
    name: str
    is_public: bool
    times: int

    def __str__(self) -> str:
        return f"{self.name} {self.event_id} was handed over {self.times} times in vain"


class Refusals:
    """Count how often the first message of a batch that was not taken was handed over.

    Where a connection is lost under a batch, the message to blame is that one or one behind it.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._known: dict[int, Refusal] = {}

    def note(self, handed_over: Sequence["Message"], taken: Sequence["Message"]) -> None:
        """Note what became of a batch."""
        safe = {message.id for message in taken}
        for message_id in self._known.keys() & safe:
            del self._known[message_id]
        refused = next((message for message in handed_over if message.id not in safe), None)
        if refused is None:
            return
        known = self._known.get(refused.id)
        times = 1 if known is None else known.times + 1
        self._known[refused.id] = Refusal(
            refused.id, refused.event_id, refused.name, refused.is_public, times
        )
        # Each is told again ever more seldom: after 4, 8, 16 times and so on.
        if times >= LOUD and times & (times - 1) == 0:
            logger.error(
                "bus does not take a message",
                extra={
                    "service": self._service,
                    "outbox_id": refused.id,
                    "event_id": refused.event_id,
                    "routing_key": refused.name,
                    "position": refused.position,
                    "times": times,
                },
            )

    def waiting(self, session: Session) -> list[Refusal]:
        """Return what was refused too often and waits still, whoever may have sent it since."""
        loud = {each.message_id: each for each in self._known.values() if each.times >= LOUD}
        if not loud:
            return []
        unsent = sa.select(outbox.c.id).where(outbox.c.id.in_(loud), outbox.c.sent_at.is_(None))
        waiting = session.scalars(unsent.order_by(outbox.c.id)).all()
        for message_id in loud.keys() - set(waiting):
            self._known.pop(message_id, None)
        return [loud[message_id] for message_id in waiting]
