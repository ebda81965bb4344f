"""Entry points: what the registry announces of organisations."""

from datetime import datetime

from chassis.handlers import Delivery, on_event
from contracts.events import ORGANIZATION_DEREGISTERED
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import profiles


class RecordEntries(AccountsBase):
    """Follow the records of the code database."""

    @on_event(ORGANIZATION_DEREGISTERED)
    def handle_organization_deregistered(self, delivery: Delivery) -> None:
        """Note that the organisation of an enterprise does not exist any more: 更新 shows it."""
        event = delivery.event
        with self.database.transaction(delivery) as tx:
            profiles.note_change(
                tx=tx,
                organization_id=str(event.data["organization_id"]),
                sequence=event.sequence,
                at=datetime.fromisoformat(str(event.data["synced_at"])),
            )
