"""Revise an enterprise standard: a new declaration beside the old one (手册 5.3, FAQ 35)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis import errors, ids
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.lifecycle import Action
from services.standards.domain.rules import LifeRules
from services.standards.models import Declaration
from services.standards.usecases import holding


class RevisionOpenError(errors.DomainError):
    """Say that a revision of this declaration is already being written, and which it is."""

    code = "standards.revision_open"


def begin_revision(
    *, tx: Transaction, enterprise_id: str, life: LifeRules, declaration_id: str
) -> dict[str, Any]:
    """Make a draft that says what the published declaration says; name and number are fixed.

    The old one stays valid, also once the new one is published (手册 5.3.2).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        NotRevisableError: it is no enterprise standard.
        WithdrawnError, NotPublishedError: it is not public.
        RevisionOpenError: there is an open draft already.
    """
    session = tx.session
    old = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    now = tx.now()
    old.check_open(Action.REVISE, now=now, rules=life)
    _check_none_open(tx, old)
    new = Declaration(
        id=ids.new_id(),
        enterprise_id=enterprise_id,
        chain_id=old.chain_id,
        predecessor=old,
        kind=old.kind,
        state=DeclarationState.DRAFT.value,
        published_version=0,
        created_at=now,
        indicators=[],
        products=[],
    )
    new.write(old.content, now=now)
    session.add(new)
    session.flush()
    _share_files(tx, old, new, now=now)
    tx.audit(
        "declaration.revision_begun",
        object_id=new.id,
        details={"supersedes": old.record_number or ""},
        enterprise_id=enterprise_id,
    )
    return queries.own_view(new, now=now, rules=life)


def _share_files(tx: Transaction, old: Declaration, new: Declaration, *, now: datetime) -> None:
    """Let the draft hold the same files, until others are put in their place."""
    if old.upload is not None:
        text = old.upload.copy(upload_id=ids.new_id(), now=now)
        text.attach(new)
        tx.session.add(text)
    copies = {file.id: file.copy(upload_id=ids.new_id(), now=now) for file in old.indicator_files}
    for copy in copies.values():
        copy.attach_to_indicator(new)
        tx.session.add(copy)
    if copies:
        said = new.content
        indicators = tuple(holding.exchange_file(entry, copies) for entry in said.indicators)
        new.write(replace(said, indicators=indicators), now=now)
    tx.session.flush()


def _check_none_open(tx: Transaction, old: Declaration) -> None:
    """Look behind the lock on the predecessor: two at once cannot both find none."""
    draft_id = tx.session.scalar(
        sa.select(Declaration.id).where(
            Declaration.supersedes_id == old.id,
            Declaration.state == DeclarationState.DRAFT.value,
        )
    )
    if draft_id is not None:
        raise RevisionOpenError(declaration_id=draft_id)
