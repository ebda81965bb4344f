"""Entry points: what a declaration said at other times, and who did what with it."""

from typing import Any, Final

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.blobs import open_store
from chassis.rpc import rpc
from chassis.service import Provided
from services.standards import queries, schemas
from services.standards.adapters.words import read_words
from services.standards.domain import categories, differences, text_differences
from services.standards.service.base import READERS, READING_KEYS, StandardsBase

# Of a page that anyone may ask for: well below a tenth of a second.
MAX_LINES: Final = 600


class HistoryEntries(StandardsBase):
    """List versions, compare them, read as of a moment; suggest what was typed before."""

    blobs: BlobStore = Provided(lambda settings: open_store(settings.storage_url))

    @rpc(public=True, idempotent=True)
    def list_versions(self, *, record_number: str) -> dict[str, Any]:
        """Return every published version (手册 5.4: what was public before stays readable)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.list_versions(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_declaration_as_of(self, *, record_number: str, moment: str) -> dict[str, Any]:
        """Return what the public saw at a moment."""
        wanted = schemas.load(schemas.AsOfInput, record_number=record_number, moment=moment)
        with self.database.read() as session:
            return queries.find_as_of(session, **wanted)

    @rpc(public=True, idempotent=True)
    def compare_versions(
        self,
        *,
        record_number: str,
        version: int,
        other_record_number: str,
        other_version: int,
    ) -> dict[str, Any]:
        """Return how a version differs from another one, its own or of another declaration."""
        asked = schemas.load(
            schemas.ComparisonInput,
            record_number=record_number,
            version=version,
            other_record_number=other_record_number,
            other_version=other_version,
        )
        with self.database.read() as session:
            before = queries.find_compared(
                session,
                record_number=asked["other_record_number"],
                version=asked["other_version"],
            )
            after = queries.find_compared(
                session, record_number=asked["record_number"], version=asked["version"]
            )
        found = jobs.in_thread(differences.find_differences, before.document, after.document)
        if found["text"]["is_changed"]:
            old, new = (read_words(self.blobs, side.words_key) or "" for side in (before, after))
            found["text"]["lines"] = jobs.in_thread(
                text_differences.text_lines, old, new, MAX_LINES
            )
        return {"before": before.name, "after": after.name, **found}

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def list_deeds(self, *, declaration_id: str) -> dict[str, Any]:
        """Return who did what with an own declaration."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        with self.database.read() as session:
            return queries.list_deeds(session, enterprise_id=self.enterprise_id(), **wanted)

    @rpc(roles=READERS, idempotent=True)
    def suggest_categories(self, *, page: int = 0) -> dict[str, Any]:
        """Return four categories for an indicator; the next page has others (手册 4.1(2))."""
        wanted = schemas.load(schemas.CategoriesInput, page=page)
        with self.database.read() as session:
            used = queries.count_categories(session, enterprise_id=self.enterprise_id())
        return {"categories": categories.suggest_categories(used, wanted["page"])}
