"""Fill a fresh index of ``search`` from a copy, and sum up what it holds.

The words of the PDF texts, names of product classes and English titles are not in snapshots: an
index made so finds everything by what the documents say, and answers every public page.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.domain.documents import IndexEntry, read_document, read_standing
from services.search.models import IndexTables
from services.search.usecases import indexing
from services.standards.domain.snapshots import RegisterChecksum
from tools.rebuild.mirror import Mirror, canonical
from tools.rebuild.sources import SourceError

_BATCH: Final = 200


def fill_index(mirror: Mirror, url: str) -> RegisterChecksum:
    """Fill a migrated, empty database of ``search``; return the checksum of what it holds then.

    Raises:
        SourceError: it is not empty.
    """
    with closing(Database(url, service="search", clock=SystemClock())) as database:
        with database.read() as session:
            tables = indexing.list_generations(session)[0]
            if session.execute(sa.select(tables.documents.c.id).limit(1)).first():
                raise SourceError("the index holds documents already")
        records = mirror.records()
        while batch := [_entry(record) for record in islice(records, _BATCH)]:
            with database.transaction() as tx:
                for generation in indexing.list_generations(tx.session):
                    indexing.index_documents(tx=tx, tables=generation, entries=batch)
        TermCounter(database, holder="rebuild").finish()
        checksum = RegisterChecksum()
        for row in _held(database, tables):
            checksum.add(**row)
        return checksum


def _entry(record: Mapping[str, Any]) -> IndexEntry:
    return read_document(
        declaration_id=record["declaration_id"],
        sequence=record["sequence"],
        text=canonical(record["document"]),
        sha256=record["document_sha256"],
        extracted="",
        standing=read_standing(record),
    )


def _held(database: Database, tables: IndexTables) -> Iterator[dict[str, Any]]:
    """Yield what is summed up of each document of a generation, by declaration id."""
    documents, contents = tables.documents, tables.contents
    after = ""
    while True:
        with database.read() as session:
            rows = session.execute(
                sa.select(
                    documents.c.declaration_id,
                    documents.c.sequence,
                    documents.c.state,
                    documents.c.marks,
                    documents.c.document_sha256,
                    contents.c.document,
                )
                .join(contents, contents.c.document_id == documents.c.id)
                .where(documents.c.declaration_id > after)
                .order_by(documents.c.declaration_id)
                .limit(_BATCH)
            ).all()
        for row in rows:
            yield {
                "declaration_id": row.declaration_id,
                "version": json.loads(row.document)["version"],
                "sequence": row.sequence,
                "state": row.state,
                "marks": json.loads(row.marks),
                "document_sha256": row.document_sha256,
            }
        if not rows:
            return
        after = rows[-1].declaration_id
