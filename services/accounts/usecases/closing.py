"""Erase what closed accounts hold: personal data after 30 days (PIPL 47), indexes after 180."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from chassis.uow import Transaction
from services.accounts.models import Account, AccountClosure

KEEP_DATA: Final = timedelta(days=30)
KEEP_INDEXES: Final = timedelta(days=180)
BATCH: Final = 200
ERASED: Final = "已注销"


def erase(*, tx: Transaction) -> int:
    """Erase a batch of what has been kept long enough; return how many accounts it concerned."""
    now = tx.now()
    due = tx.session.scalars(
        sa.select(AccountClosure)
        .where(AccountClosure.erased_at.is_(None), AccountClosure.closed_at <= now - KEEP_DATA)
        .limit(BATCH)
    ).all()
    for closure in due:
        account = tx.session.get_one(Account, closure.account_id)
        account.name = ERASED
        account.id_number_encrypted = account.phone_encrypted = None
        account.password_hash = ""
        closure.erased_at = now
        tx.audit("account.erased", object_id=account.id, enterprise_id=account.enterprise_id)
    old = sa.select(AccountClosure.account_id).where(
        AccountClosure.closed_at <= now - KEEP_INDEXES,
        sa.or_(
            AccountClosure.id_number_index.is_not(None), AccountClosure.phone_index.is_not(None)
        ),
    )
    rows = tx.session.scalars(
        sa.update(AccountClosure)
        .where(AccountClosure.account_id.in_(old.limit(BATCH)))
        .values(id_number_index=None, phone_index=None)
        .returning(AccountClosure.account_id)
    )
    return len(due) + len(rows.all())
