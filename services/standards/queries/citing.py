"""Which declarations cite which standards of others, and which of these are over."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session

from services.standards.domain import documents
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.marks import CATALOGUE_MARKS
from services.standards.models import Declaration, Upload, Version
from services.standards.models.catalogue import CatalogueStandard
from services.standards.models.reviews import Citation

BATCH: Final = 200
# Of a mark; a text rarely cites more that are over.
MAX_NAMED: Final = 20


def find_newest(session: Session, declaration_id: str) -> tuple[dict[str, Any], str | None] | None:
    """Return the newest published document, and where the words of its file are."""
    row = session.execute(
        sa.select(Version.document, Upload)
        .join(
            Declaration,
            sa.and_(
                Declaration.id == Version.declaration_id,
                Declaration.published_version == Version.number,
            ),
        )
        .outerjoin(Upload, Upload.id == Version.upload_id)
        .where(Declaration.id == declaration_id)
        .options(orm.lazyload("*"))
    ).one_or_none()
    if row is None:
        return None
    upload: Upload | None = row[1]
    has_words = upload is not None and upload.extracted_sha256 is not None
    return documents.read(row[0]), upload.extracted_key if upload and has_words else None


def find_citing(session: Session, catalogue_ids: Sequence[str], *, after: str) -> list[Declaration]:
    """Return some of the public declarations that cite one of these entries of the catalogue."""
    cites = (
        sa.select(Citation.declaration_id)
        .join(CatalogueStandard, CatalogueStandard.number_key == Citation.number_key)
        .where(CatalogueStandard.id.in_(catalogue_ids))
    )
    return list(
        session.scalars(
            sa.select(Declaration)
            .where(
                Declaration.id.in_(cites),
                Declaration.state == DeclarationState.PUBLISHED.value,
                Declaration.id > after,
            )
            .order_by(Declaration.id)
            .limit(BATCH)
            .options(orm.lazyload("*"))
        )
    )


def find_over(session: Session, declaration_ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """Return what of the standards that these declarations cite is superseded or withdrawn."""
    rows = session.execute(
        sa.select(
            Citation.declaration_id,
            CatalogueStandard.number_text,
            CatalogueStandard.replaced_by_text,
        )
        .join(CatalogueStandard, CatalogueStandard.number_key == Citation.number_key)
        .where(
            Citation.declaration_id.in_(declaration_ids),
            CatalogueStandard.state.in_(list(CATALOGUE_MARKS)),
        )
        .order_by(Citation.declaration_id, CatalogueStandard.number_text)
    )
    over: dict[str, list[dict[str, str]]] = defaultdict(list)
    for declaration_id, number, replaced_by in rows:
        named = over[declaration_id]
        if len(named) < MAX_NAMED:
            named.append(
                {"number": number, **({"replaced_by": replaced_by} if replaced_by else {})}
            )
    return over
