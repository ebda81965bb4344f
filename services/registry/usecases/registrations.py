"""Note which organisations have registered, as ``accounts`` announces it."""

import logging
from datetime import datetime

from chassis.uow import Transaction
from services.registry import queries
from services.registry.usecases import waiting

_log = logging.getLogger(__name__)


def note_registration(*, tx: Transaction, organization_id: str, at: datetime) -> None:
    """Note that an organisation has registered; one that is not known here is reported."""
    organization = queries.get_organization(tx.session, organization_id)
    if organization is None:
        _log.warning("unknown organization", extra={"organization_id": organization_id})
        return
    organization.note_registration(at)
    waiting.forget(tx=tx, organization_code=organization.organization_code)
