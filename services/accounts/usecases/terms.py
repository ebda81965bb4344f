"""The terms of service 服务条款: which version was accepted when (R-051)."""

from typing import Any

from chassis.errors import DomainError
from chassis.uow import Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import Account


class TermsOutdatedError(DomainError):
    """Refuse the acceptance of a version that is not in force."""

    code = "accounts.terms_outdated"


def needs_terms(account: Account, version: str) -> bool:
    """Tell whether somebody of an enterprise has yet to accept the version in force."""
    return account.enterprise_id is not None and account.terms_version != version


def accept_terms(
    *, tx: Transaction, account_id: str, version: str, in_force: str
) -> dict[str, Any]:
    """Note that an account accepts the terms in force; the audit log keeps every acceptance.

    Raises:
        TermsOutdatedError: what was read is not what is in force.
    """
    if version != in_force:
        raise TermsOutdatedError
    account = queries.lock_account(tx.session, account_id)
    now = tx.now()
    if account.terms_version != version:
        account.accept_terms(version, now)
        tx.audit(
            "account.terms_accepted",
            object_id=account.id,
            enterprise_id=account.enterprise_id,
            details={"version": version},
        )
    return {"version": version, "accepted_at": moments.to_text(account.terms_accepted_at or now)}
