"""Text the owners of an enterprise for another service, which knows no phone (手册 FAQ 36)."""

from collections.abc import Mapping

from chassis.uow import Transaction
from services.accounts import queries
from services.accounts.domain.roles import Role
from services.accounts.events import Sealer
from services.accounts.usecases import notices, protection
from services.accounts.usecases.protection import Ring


def text_owners(  # noqa: PLR0913 - what a message is, all by keyword
    *,
    tx: Transaction,
    ring: Ring,
    sealer: Sealer,
    enterprise_id: str,
    template: str,
    values: Mapping[str, str],
) -> int:
    """Send one SMS to each owner who has a phone; return how many there are."""
    owners = [
        account
        for account in queries.list_members(tx.session, enterprise_id)
        if Role.OWNER in account.role_codes
    ]
    phones = [protection.open_phone(ring, owner.id, owner.phone_encrypted) for owner in owners]
    known = [phone for phone in phones if phone]
    for phone in known:
        notices.send_sms(tx, sealer, template=template, phone=phone, values=values)
    return len(known)
