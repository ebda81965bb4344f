"""Single publications, as the index holds them."""

import json
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.search.models import IndexTables
from services.search.queries.live import live_tables


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


def list_record_parts(session: Session, *, size: int) -> list[dict[str, Any]]:
    """Return where each ``size`` publications begin and end, oldest first.

    A part keeps its beginning for ever, for what is new comes after all that is there.
    """
    ids = live_tables(session).documents.c.id
    starts: list[int] = []
    start = session.scalar(sa.select(sa.func.min(ids)))
    while start is not None:
        starts.append(start)
        start = session.scalar(
            sa.select(ids).where(ids >= start).order_by(ids).offset(size).limit(1)
        )
    return [{"start": start, "end": end} for start, end in zip_longest(starts, starts[1:])]


def list_records(session: Session, *, start: int, end: int | None, limit: int) -> dict[str, Any]:
    """Return record numbers from a place on, oldest first, and the place where more begin."""
    documents = live_tables(session).documents
    wanted = sa.select(
        documents.c.id,
        documents.c.record_number,
        documents.c.published_at,
        documents.c.withdrawn_at,
    ).where(documents.c.id >= start)
    if end is not None:
        wanted = wanted.where(documents.c.id < end)
    rows = session.execute(wanted.order_by(documents.c.id).limit(limit + 1)).all()
    return {
        "items": [
            {
                "record_number": row.record_number,
                "changed_at": outbox.format_time(row.withdrawn_at or row.published_at),
            }
            for row in rows[:limit]
        ],
        "next": rows[limit].id if len(rows) > limit else None,
    }


def has_version(session: Session, tables: IndexTables, declaration_id: str, *, sha256: str) -> bool:
    """Tell whether a generation holds this very document of a declaration."""
    documents = tables.documents
    found = session.scalar(
        sa.select(documents.c.document_sha256).where(documents.c.declaration_id == declaration_id)
    )
    return found == sha256
