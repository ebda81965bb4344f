"""Single publications, as the index holds them."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.search.models import IndexTables
from services.search.queries.searching import live_tables


class NotFoundError(errors.DomainError):
    """Say that nothing was published under this number, as far as the index knows."""

    code = "search.not_found"


def find_document(session: Session, *, record_number: str) -> dict[str, Any]:
    """Return a published document with its state.

    Raises:
        NotFoundError: the index does not have it.
    """
    tables = live_tables(session)
    documents, contents = tables.documents, tables.contents
    found = session.execute(
        sa.select(documents, contents.c.document)
        .join(contents, contents.c.document_id == documents.c.id)
        .where(documents.c.record_number == record_number)
    ).one_or_none()
    if found is None:
        raise NotFoundError
    content = json.loads(found.document)
    revisions = session.scalars(
        sa.select(documents.c.record_number)
        .where(documents.c.supersedes == record_number)
        .order_by(documents.c.published_at, documents.c.id)
    )
    return {
        "declaration_id": found.declaration_id,
        "record_number": found.record_number,
        "version": content["version"],
        "state": found.state,
        "withdrawn_at": None
        if found.withdrawn_at is None
        else outbox.format_time(found.withdrawn_at),
        "withdrawal_reason": found.withdrawal_reason,
        "marks": json.loads(found.marks),
        "revisions": list(revisions),
        "document": content,
        "document_sha256": found.document_sha256,
    }


def has_version(session: Session, tables: IndexTables, declaration_id: str, *, sha256: str) -> bool:
    """Tell whether a generation holds this very document of a declaration."""
    documents = tables.documents
    found = session.scalar(
        sa.select(documents.c.document_sha256).where(documents.c.declaration_id == declaration_id)
    )
    return found == sha256
