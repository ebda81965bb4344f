"""What became of the text messages that accounts asked for: kept in the audit log."""

from chassis.handlers import Delivery, on_event
from contracts.events import MESSAGE_DELIVERED, MESSAGE_FAILED
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import deliveries


class DeliveryEntries(AccountsBase):
    """Hear whether codes and notices reached the phone."""

    @on_event(MESSAGE_DELIVERED)
    def handle_message_delivered(self, delivery: Delivery) -> None:
        """Note that a message arrived."""
        with self.database.transaction(delivery) as tx:
            deliveries.note_delivered(tx=tx, data=delivery.event.data)

    @on_event(MESSAGE_FAILED)
    def handle_message_failed(self, delivery: Delivery) -> None:
        """Note that a message was given up, or did not arrive."""
        with self.database.transaction(delivery) as tx:
            deliveries.note_failed(tx=tx, data=delivery.event.data)
