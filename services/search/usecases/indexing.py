"""Put published documents into the index."""

import sqlalchemy as sa

from chassis.uow import Transaction
from services.search.domain.documents import IndexEntry
from services.search.models import Document, Passage


def index_document(*, tx: Transaction, entry: IndexEntry) -> bool:
    """Write a document into the index unless it holds that version or a newer one; tell which."""
    session = tx.session
    document = session.scalars(
        sa.select(Document).where(Document.declaration_id == entry.declaration_id).with_for_update()
    ).one_or_none()
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
