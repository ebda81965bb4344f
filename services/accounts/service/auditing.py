"""Entry points: the ends of all audit chains (promise F18)."""

from datetime import datetime
from typing import Any

from chassis.actors import AUDITOR_ROLE
from chassis.handlers import Delivery, on_command
from chassis.rpc import rpc
from chassis.service import Provided
from contracts.events import NOTE_AUDIT_HEAD
from services.accounts import schemas
from services.accounts.adapters import anchors
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import auditing
from services.accounts.usecases.auditing import HeadsFile


class AuditEntries(AccountsBase):
    """审计."""

    heads_file: HeadsFile = Provided(lambda settings: anchors.HeadsFile(settings.audit_heads_path))

    @on_command(NOTE_AUDIT_HEAD)
    def handle_note_audit_head(self, delivery: Delivery) -> None:
        """Keep the end of a service's chain, in the table and in the file outside."""
        head = delivery.event.data
        self.heads_file.append(head)
        with self.database.transaction(delivery) as tx:
            auditing.note_head(
                tx=tx,
                service=str(head["service"]),
                sequence=int(head["sequence"]),
                hash_=str(head["hash"]),
                at=datetime.fromisoformat(str(head["noted_at"])),
            )

    @rpc(roles=(AUDITOR_ROLE,), idempotent=True)
    def list_audit_heads(self, limit: int = 100) -> dict[str, Any]:
        """Return the newest ends of the services' chains."""
        wanted = schemas.load(schemas.AuditHeadsInput, limit=limit)
        return auditing.list_heads(database=self.database, **wanted)
