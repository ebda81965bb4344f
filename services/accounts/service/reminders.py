"""Entry points: text messages that other services ask for, to phones that only accounts knows."""

from chassis.handlers import Delivery, on_command
from contracts.events import TEXT_OWNERS
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import reminding


class ReminderEntries(AccountsBase):
    """Tell the owners of an enterprise."""

    @on_command(TEXT_OWNERS)
    def handle_text_owners(self, delivery: Delivery) -> None:
        """Send an SMS to everybody who answers for an enterprise (手册 FAQ 36)."""
        asked = delivery.event.data
        with self.database.transaction(delivery) as tx:
            reminding.text_owners(
                tx=tx,
                ring=self.ring,
                sealer=self.seals,
                enterprise_id=str(asked["enterprise_id"]),
                template=str(asked["template"]),
                values=asked["values"],
            )
