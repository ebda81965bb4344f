"""Withdraw an enterprise standard, in two steps: ask, then confirm (手册 5.5)."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from chassis import errors, outbox
from chassis.uow import Transaction
from contracts.events import DECLARATION_WITHDRAWN
from services.standards import events, queries
from services.standards.domain import documents
from services.standards.domain.lifecycle import Action
from services.standards.domain.rules import LifeRules
from services.standards.models import Confirmation, Version
from services.standards.usecases import numbers, reviewing

CONFIRMATION_LIFE: Final = timedelta(minutes=10)


class ConfirmationInvalidError(errors.DomainError):
    """Refuse a confirmation that was not asked for, is over, or means another state of things."""

    code = "standards.confirmation_invalid"


def request_withdrawal(
    *, tx: Transaction, enterprise_id: str, life: LifeRules, declaration_id: str
) -> dict[str, Any]:
    """Return what withdrawing would mean and the token that confirms it; nothing changes yet.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        NotWithdrawableError: this kind is not withdrawn here.
        WithdrawnError, NotPublishedError: it is not public.
    """
    declaration = queries.find_own(
        tx.session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    now = tx.now()
    declaration.check_open(Action.WITHDRAW, now=now, rules=life)
    token = secrets.token_urlsafe(24)
    tx.session.merge(
        Confirmation(
            declaration_id=declaration.id,
            token_sha256=_hash(token),
            version=declaration.version,
            expires_at=now + CONFIRMATION_LIFE,
        )
    )
    return {
        "declaration_id": declaration.id,
        "confirmation_token": token,
        "expires_at": outbox.format_time(now + CONFIRMATION_LIFE),
        "number": declaration.number_text,
        "title": declaration.title,
        "record_number": declaration.record_number,
    }


def withdraw_declaration(  # noqa: PLR0913 - the answer to the question, field by field
    *,
    tx: Transaction,
    enterprise_id: str,
    life: LifeRules,
    declaration_id: str,
    confirmation_token: str,
    reason: str,
    note: str,
) -> dict[str, Any]:
    """End a declaration for good; it stays on record with its end time (手册 5.5.2, FAQ 29).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        NotWithdrawableError: this kind is not withdrawn here.
        WithdrawnError, NotPublishedError: it is not public.
        ConfirmationInvalidError: the token is not the one that was given out for this state.
    """
    session = tx.session
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    now = tx.now()
    declaration.check_open(Action.WITHDRAW, now=now, rules=life)
    _use_token(tx, declaration_id, confirmation_token, version=declaration.version, now=now)
    numbers.lock_chain(session, declaration)
    declaration.withdraw(reason=reason, note=note, now=now)
    session.flush()
    numbers.release_number(session, declaration.chain_id)
    published = session.get_one(Version, (declaration.id, declaration.published_version))
    tx.emit(
        DECLARATION_WITHDRAWN,
        subject=declaration.id,
        sequence=declaration.sequence,
        data=events.declaration_withdrawn(
            documents.read(published.document),
            withdrawn_at=outbox.format_time(now),
            reason=reason,
        ),
    )
    tx.audit(
        "declaration.withdrawn",
        object_id=declaration.id,
        details={"record_number": declaration.record_number or "", "reason": reason},
        enterprise_id=enterprise_id,
    )
    reviewing.end_review(tx, declaration.id)
    return queries.own_view(declaration, now=now, rules=life)


def purge_confirmations(*, tx: Transaction) -> None:
    """Delete the questions that nobody answered in time."""
    tx.session.execute(sa.delete(Confirmation).where(Confirmation.expires_at <= tx.now()))


def _use_token(
    tx: Transaction, declaration_id: str, token: str, *, version: int, now: datetime
) -> None:
    asked = tx.session.get(Confirmation, declaration_id)
    if (
        asked is None
        or now >= asked.expires_at
        or asked.version != version
        or not hmac.compare_digest(asked.token_sha256, _hash(token))
    ):
        raise ConfirmationInvalidError
    tx.session.delete(asked)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
