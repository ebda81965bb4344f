"""Put published documents into the index."""

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.uow import Transaction
from services.search.domain.documents import IndexEntry, Standing
from services.search.models import Document, Passage


def index_document(*, tx: Transaction, entry: IndexEntry) -> bool:
    """Write a document into the index unless it holds that version or a newer one; tell which."""
    session = tx.session
    document = _find(session, entry.declaration_id)
    if document is not None and document.sequence >= entry.sequence:
        return False
    if document is None:
        document = Document(declaration_id=entry.declaration_id, sequence=entry.sequence)
    document.sequence = entry.sequence
    document.write(entry.values)
    session.add(document)
    session.flush()  # the passages refer to the row's number
    session.execute(sa.delete(Passage).where(Passage.document_id == document.id))
    session.execute(
        sa.insert(Passage),
        [
            {"document_id": document.id, "tier": tier, "tokens": list(tokens)}
            for tier, tokens in entry.passages
        ],
    )
    return True


def mark_document(
    *, tx: Transaction, declaration_id: str, sequence: int, standing: Standing
) -> bool:
    """Write down how a declaration stands now, unless the index is newer already; tell which."""
    document = _find(tx.session, declaration_id)
    if document is None or document.sequence >= sequence:
        return False
    document.sequence = sequence
    document.write(asdict(standing))
    return True


def _find(session: Session, declaration_id: str) -> Document | None:
    return session.scalars(
        sa.select(Document).where(Document.declaration_id == declaration_id).with_for_update()
    ).one_or_none()
