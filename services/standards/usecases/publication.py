"""Publish a declaration: what an enterprise commits itself to is public at once (手册 4.1)."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import record_number
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DeclarationState, StandardKind, VersionChange
from services.standards.domain.lifecycle import Action
from services.standards.domain.rules import LifeRules, PublicationRules
from services.standards.models import Declaration
from services.standards.usecases import checking, reviewing, versioning
from services.standards.usecases.versioning import Submission

# The row that is counted up stays locked until the commit, so that publications of one enterprise
# wait for each other and no count is given out twice.
_COUNT: Final = sa.text(
    "INSERT INTO record_counters (enterprise_code, last) VALUES (:code, 1) "
    "ON CONFLICT (enterprise_code) DO UPDATE SET last = record_counters.last + 1 RETURNING last"
)


class PredecessorWithdrawnError(errors.DomainError):
    """Refuse to publish a revision of what was withdrawn meanwhile (R-162)."""

    code = "standards.predecessor_withdrawn"


def preview_commitment(
    session: Session, *, declaration_id: str, enterprise: EnterpriseSnapshot
) -> dict[str, str]:
    """Return the commitment that publishing this draft would mean (手册 4.1).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
    """
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise.enterprise_id
    )
    committed = versioning.render_commitment(declaration, enterprise)
    return {"template_version": committed.template_version, "text": committed.text}


def publish_declaration(  # noqa: PLR0913 - each is one fact of the publication
    *,
    tx: Transaction,
    enterprise: EnterpriseSnapshot,
    rules: PublicationRules,
    life: LifeRules,
    subject: str,
    declaration_id: str,
    is_committed: bool,
    expected_version: int,
    client_address: str,
) -> dict[str, Any]:
    """Make a draft public under a permanent number; nobody reviews it (手册 FAQ 34).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        AlreadyPublishedError: it is a draft no longer.
        StaleError: the draft was changed since the caller read it.
        PredecessorWithdrawnError: it revises what was withdrawn meanwhile.
        NotPublishableError: commitment, text, products or fields of them are missing, or the law
            forbids what it says (标准化法 Art. 21, 企业标准化促进办法 Art. 14).
    """
    declaration = queries.find_own(
        tx.session,
        declaration_id=declaration_id,
        enterprise_id=enterprise.enterprise_id,
        is_locked=True,
    )
    declaration.check_open(Action.SUBMIT, now=tx.now(), rules=life)
    declaration.check_version(expected_version)
    _check_predecessor(tx.session, declaration)
    versioning.check_complete(
        declaration,
        is_committed=is_committed,
        rules=rules,
        forbidden=checking.find_forbidden(tx, declaration, region=enterprise.region, rules=rules),
    )
    count = tx.session.execute(_COUNT, {"code": enterprise.code}).scalar_one()
    now = tx.now()
    number = record_number.compose_record_number(
        kind=StandardKind(declaration.kind), code=enterprise.code, published_at=now, count=count
    )
    declaration.publish(record_number=number, now=now)
    versioning.write_version(
        tx,
        declaration,
        enterprise,
        submission=Submission(subject, client_address, is_committed),
        change=VersionChange.PUBLISHED,
        now=now,
    )
    tx.session.flush()  # the caller is told the new version
    reviewing.begin_review(tx, declaration, enterprise)
    return queries.submitted_view(declaration, now=now, rules=life)


def _check_predecessor(session: Session, declaration: Declaration) -> None:
    if declaration.supersedes_id is None:
        return
    # Locked, so that it cannot be withdrawn before this commits.
    predecessor = session.get_one(
        Declaration, declaration.supersedes_id, with_for_update=True, populate_existing=True
    )
    if predecessor.state != DeclarationState.PUBLISHED:
        raise PredecessorWithdrawnError(record_number=predecessor.record_number or "")
