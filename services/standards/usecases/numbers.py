"""Whose a number is: of one chain of revisions per enterprise and kind (FAQ 25, FAQ 35)."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors
from services.standards.domain.kinds import DeclarationState
from services.standards.models import Declaration, NumberClaim

_CLAIM_TRIES: Final = 3

# The database decides who was first, on both engines and without breaking the transaction.
_CLAIM: Final = sa.text(
    "INSERT INTO number_claims (enterprise_id, kind, number_key, chain_id) "
    "VALUES (:enterprise_id, :kind, :number_key, :chain_id) "
    "ON CONFLICT (enterprise_id, kind, number_key) DO NOTHING"
)
_LIVING: Final = (DeclarationState.DRAFT.value, DeclarationState.PUBLISHED.value)


class AlreadyExistsError(errors.DomainError):
    """Say 该标准已存在: the enterprise has saved or published this number before (FAQ 25)."""

    code = "standards.already_exists"


def claim_number(session: Session, declaration: Declaration) -> None:
    """Take the number for this declaration's chain, and give up the one it had before.

    Raises:
        AlreadyExistsError: another chain of the enterprise has it.
    """
    session.execute(
        sa.delete(NumberClaim).where(
            NumberClaim.chain_id == declaration.chain_id,
            NumberClaim.number_key != declaration.number_key,
        )
    )
    claim = {
        "enterprise_id": declaration.enterprise_id,
        "kind": declaration.kind,
        "number_key": declaration.number_key,
        "chain_id": declaration.chain_id,
    }
    # Whoever holds the number may give it up between the two statements; then it is free after all.
    for _ in range(_CLAIM_TRIES):
        session.execute(_CLAIM, claim)
        holder = _find_holder(session, declaration)
        if holder is not None and holder.chain_id == declaration.chain_id:
            return
        if holder is not None:
            raise AlreadyExistsError(declaration_id=holder.id, state=holder.state)
    raise errors.UnavailableError


def lock_chain(session: Session, declaration: Declaration) -> None:
    """Make those who end members of one chain wait for each other: the last one is then seen."""
    session.execute(
        sa.select(NumberClaim.chain_id)
        .where(NumberClaim.chain_id == declaration.chain_id)
        .with_for_update()
    )


def release_number(session: Session, chain_id: str) -> None:
    """Give the number up when nothing of its chain is a draft or public any longer (FAQ 35)."""
    is_living = sa.exists().where(Declaration.chain_id == chain_id, Declaration.state.in_(_LIVING))
    session.execute(
        sa.delete(NumberClaim).where(NumberClaim.chain_id == chain_id, sa.not_(is_living))
    )


def _find_holder(session: Session, declaration: Declaration) -> Declaration | None:
    """Return the newest living member of the chain that has the number."""
    return session.scalars(
        sa.select(Declaration)
        .join(NumberClaim, NumberClaim.chain_id == Declaration.chain_id)
        .where(
            NumberClaim.enterprise_id == declaration.enterprise_id,
            NumberClaim.kind == declaration.kind,
            NumberClaim.number_key == declaration.number_key,
            Declaration.state.in_(_LIVING),
        )
        .order_by(Declaration.created_at.desc(), Declaration.id.desc())
        .limit(1)
    ).one_or_none()
