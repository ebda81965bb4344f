"""Delete what has served its time: the less is kept, the less can be lost."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from chassis.uow import Transaction
from services.accounts.models import (
    Captcha,
    Invitation,
    KnownNetwork,
    LoginSession,
    OneTimeCode,
    PendingLogin,
    ProofFlow,
    RegistrationFlow,
)

# Sessions and codes leave a trace of a day for questions about yesterday; both hold hashes only.
TRACE: Final = timedelta(days=1)
# A network from which somebody has not come for half a year is a new one again.
REMEMBERED: Final = timedelta(days=180)
# Somebody may ask who invited him; his phone stands in it, encrypted.
INVITATIONS_KEPT: Final = timedelta(days=30)
BATCH: Final = 500


def purge(*, tx: Transaction) -> int:
    """Delete a batch of everything that has expired and return how many rows that were."""
    now = tx.now()
    return _forget_networks(tx, now - REMEMBERED) + sum(
        _delete(tx, table, before)
        for table, before in (
            (RegistrationFlow, now),
            (ProofFlow, now),
            (Captcha, now),
            (PendingLogin, now),
            (OneTimeCode, now - TRACE),
            (LoginSession, now - TRACE),
            (Invitation, now - INVITATIONS_KEPT),
        )
    )


def _delete(
    tx: Transaction,
    table: type[
        RegistrationFlow
        | ProofFlow
        | Captcha
        | PendingLogin
        | OneTimeCode
        | LoginSession
        | Invitation
    ],
    before: datetime,
) -> int:
    expired = sa.select(table.id).where(table.expires_at <= before).limit(BATCH)
    rows = tx.session.scalars(sa.delete(table).where(table.id.in_(expired)).returning(table.id))
    return len(rows.all())


def _forget_networks(tx: Transaction, before: datetime) -> int:
    old = sa.delete(KnownNetwork).where(KnownNetwork.last_seen_at <= before)
    return len(tx.session.scalars(old.returning(KnownNetwork.account_id)).all())
