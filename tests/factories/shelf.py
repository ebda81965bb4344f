"""What ``standards`` has published, as far as the rebuild of the index is concerned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis import outbox
from chassis.errors import RemoteDomainError
from chassis.uow import Database
from services.search.domain.documents import IndexEntry, read_document, read_standing
from services.search.domain.rebuilding import Held, add_lines
from services.search.domain.statistics import read_fact
from services.search.usecases import indexing, statistics
from tests.factories.library import START, count_terms


@dataclass
class Shelf:
    """Hold declarations as they stand, and answer as ``standards`` does.

    ``on_page`` is called with each page that was read, before it is given out.
    """

    current: dict[str, dict[str, Any]] = field(default_factory=dict)
    on_page: Callable[[list[dict[str, Any]]], None] = lambda _: None
    pages: int = 0

    def put(self, entry: IndexEntry) -> str:
        """Publish a document, or a newer version of it; return the declaration's id."""
        self.current[entry.declaration_id] = {
            "declaration_id": entry.declaration_id,
            "document": entry.content,
            "sha256": entry.values["document_sha256"],
            "sequence": entry.sequence,
            "state": "PUBLISHED",
            "withdrawn_at": None,
            "withdrawal_reason": None,
            "marks": [],
            "extracted_text": None,
        }
        return entry.declaration_id

    def withdraw(self, declaration_id: str) -> None:
        """Let a declaration be withdrawn."""
        self.current[declaration_id] |= {
            "sequence": self.current[declaration_id]["sequence"] + 1,
            "state": "WITHDRAWN",
            "withdrawn_at": outbox.format_time(START),
            "withdrawal_reason": "NOT_IN_USE",
        }

    def announce(self, database: Database, declaration_id: str) -> None:
        """Let an event of a declaration arrive, as the service handles it."""
        current = self.get_current_version(declaration_id=declaration_id)
        entry = read_document(
            declaration_id=declaration_id,
            sequence=current["sequence"],
            text=current["document"],
            sha256=current["sha256"],
            extracted="",
            standing=read_standing(current),
        )
        with database.transaction() as tx:
            indexing.index_everywhere(tx=tx, entry=entry)
            statistics.count_declaration(tx=tx, fact=read_fact(declaration_id, current))
        count_terms(database)

    def checksum(self) -> str:
        """Return the checksum of all of it."""
        return add_lines("", map(_held, self.current.values()))

    def scan_versions(self, *, after: str, limit: int) -> Mapping[str, Any]:
        """Return a page of declarations."""
        page = [dict(row) for row in self._rows(after)[:limit]]
        self.pages += 1
        self.on_page(page)
        return {"items": page}

    def scan_standings(self, *, after: str, limit: int) -> Mapping[str, Any]:
        """Return a page of how they stand."""
        return {"items": [list(_held(row)) for row in self._rows(after)[:limit]]}

    def get_current_version(self, *, declaration_id: str) -> Mapping[str, Any]:
        """Return one of them."""
        if declaration_id not in self.current:
            raise RemoteDomainError("standards.not_found")
        return dict(self.current[declaration_id])

    def _rows(self, after: str) -> list[dict[str, Any]]:
        return [row for name, row in sorted(self.current.items()) if name > after]


def _held(row: Mapping[str, Any]) -> Held:
    return Held(row["declaration_id"], row["sequence"], row["state"], row["sha256"])
