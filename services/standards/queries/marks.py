"""Reads of marks, and of whom the news is about that they are made of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import outbox
from services.standards.domain import documents
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.marks import MarkKind
from services.standards.models import Declaration, Version
from services.standards.models.catalogue import CatalogueChange, CatalogueStandard
from services.standards.models.reviews import EnterpriseProfile, Mark, OrganizationStanding, Review

BATCH: Final = 200


@dataclass(frozen=True)
class PublishedFacts:
    """Hold what the newest version of a declaration says of its enterprise."""

    declaration_id: str
    enterprise: dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """Hold a public declaration that applies an entry of the catalogue, and whose it is."""

    declaration_id: str
    enterprise_id: str
    number_text: str
    title: str
    entry: CatalogueStandard


def find_marks(session: Session, declaration_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the marks of declarations as they travel, by declaration, sorted by kind."""
    found: dict[str, list[dict[str, Any]]] = {entry: [] for entry in declaration_ids}
    rows = session.scalars(
        sa.select(Mark)
        .where(Mark.declaration_id.in_(declaration_ids))
        .order_by(Mark.declaration_id, Mark.kind)
    )
    for mark in rows:
        found[mark.declaration_id].append(
            {
                "kind": mark.kind,
                "since": outbox.format_time(mark.since),
                "detail": json.loads(mark.detail),
            }
        )
    return found


def find_mark(session: Session, declaration_id: str, kind: str) -> Mark | None:
    """Return one mark of a declaration."""
    return session.get(Mark, (declaration_id, kind))


def find_confirmations(session: Session, declaration_id: str) -> list[str]:
    """Return when an enterprise has said that it goes on using a standard, oldest first."""
    mark = find_mark(session, declaration_id, MarkKind.IN_USE_CONFIRMED.value)
    return [] if mark is None else list(json.loads(mark.detail)["confirmed"])


def lock_declarations(session: Session, declaration_ids: Sequence[str]) -> None:
    """Let nobody else change these declarations or their marks; always in the same order."""
    session.execute(
        sa.select(Declaration.id)
        .where(Declaration.id.in_(declaration_ids))
        .order_by(Declaration.id)
        .with_for_update()
    )


def find_standing(session: Session, codes: Sequence[str]) -> OrganizationStanding | None:
    """Return the newest that is known of an organisation's existence, by any of its codes."""
    return session.scalars(
        sa.select(OrganizationStanding)
        .where(
            sa.or_(
                OrganizationStanding.credit_code.in_(codes),
                OrganizationStanding.organization_code.in_(codes),
            )
        )
        .order_by(OrganizationStanding.changed_at.desc(), OrganizationStanding.organization_id)
        .limit(1)
    ).one_or_none()


def lock_standing(session: Session, organization_id: str) -> OrganizationStanding | None:
    """Return what is known of an organisation's existence, locked."""
    return session.get(
        OrganizationStanding, organization_id, with_for_update=True, populate_existing=True
    )


def lock_profile(session: Session, enterprise_id: str) -> EnterpriseProfile | None:
    """Return what an enterprise stated last, locked."""
    return session.get(
        EnterpriseProfile, enterprise_id, with_for_update=True, populate_existing=True
    )


def find_published_under(session: Session, codes: Sequence[str], *, after: str) -> Sequence[str]:
    """Return some of the declarations published under these codes, withdrawn ones as well."""
    return session.scalars(
        sa.select(Review.declaration_id)
        .where(Review.enterprise_code.in_(codes), Review.declaration_id > after)
        .order_by(Review.declaration_id)
        .limit(BATCH)
    ).all()


def find_published_facts(
    session: Session, *, enterprise_id: str, after: str = "", only: str | None = None
) -> list[PublishedFacts]:
    """Return what newest versions of an enterprise say of it, some at a time or only one."""
    statement = (
        sa.select(Declaration.id, Version.document)
        .join(
            Version,
            sa.and_(
                Version.declaration_id == Declaration.id,
                Version.number == Declaration.published_version,
            ),
        )
        .where(Declaration.enterprise_id == enterprise_id, Declaration.id > after)
        .order_by(Declaration.id)
        .limit(BATCH)
    )
    if only is not None:
        statement = statement.where(Declaration.id == only)
    return [
        PublishedFacts(declaration_id, documents.read(document)["enterprise"])
        for declaration_id, document in session.execute(statement)
    ]


def find_applied(
    session: Session,
    *,
    catalogue_ids: Sequence[str] = (),
    after: str = "",
    only: str | None = None,
) -> list[Applied]:
    """Return public declarations that apply these entries of the catalogue, or only one."""
    wanted = Declaration.catalogue_id.in_(catalogue_ids)
    rows = session.execute(
        sa.select(
            Declaration.id,
            Declaration.enterprise_id,
            Declaration.number_text,
            Declaration.title,
            CatalogueStandard,
        )
        .join(CatalogueStandard, CatalogueStandard.id == Declaration.catalogue_id)
        .where(
            wanted if only is None else Declaration.id == only,
            Declaration.state == DeclarationState.PUBLISHED.value,
            Declaration.id > after,
        )
        .order_by(Declaration.id)
        .limit(BATCH)
    )
    return [Applied(*row) for row in rows]


def find_catalogue_changes(
    session: Session, *, after: int, until: datetime, limit: int
) -> list[tuple[int, str]]:
    """Return the next changes of the catalogue, oldest first: their numbers and entries.

    Whoever imports takes numbers before he commits: what is younger than ``until`` waits.
    """
    rows = session.execute(
        sa.select(CatalogueChange.id, CatalogueChange.catalogue_id)
        .where(CatalogueChange.id > after, CatalogueChange.changed_at <= until)
        .order_by(CatalogueChange.id)
        .limit(limit)
    )
    return [(number, catalogue_id) for number, catalogue_id in rows]
