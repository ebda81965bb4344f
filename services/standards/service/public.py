"""Entry points: what anyone may read, and what an index is rebuilt from."""

from typing import Any

from chassis.rpc import rpc
from services.standards import queries, schemas
from services.standards.service.base import SERVICES, StandardsBase


class PublicEntries(StandardsBase):
    """Show publications, their texts, and the public log."""

    @rpc(public=True, idempotent=True)
    def get_version(self, *, declaration_id: str, version: int) -> dict[str, Any]:
        """Return a published version, word for word."""
        wanted = schemas.load(schemas.VersionInput, declaration_id=declaration_id, version=version)
        with self.database.read() as session:
            return queries.find_version(session, **wanted)

    @rpc(roles=SERVICES, idempotent=True)
    def get_current_version(self, *, declaration_id: str) -> dict[str, Any]:
        """Return the newest published version, and how the declaration stands now."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        with self.database.read() as session:
            return queries.find_current(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_public_declaration(self, *, record_number: str) -> dict[str, Any]:
        """Return what the public sees of a declaration (手册 5.1.1)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.find_public(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_public_text(self, *, record_number: str) -> dict[str, Any]:
        """Return where the published text is kept (手册 FAQ 27)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.find_public_text(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_indicator_text(self, *, record_number: str, position: int) -> dict[str, Any]:
        """Return where the uploaded requirement of an indicator is kept (手册 4.1(2))."""
        wanted = schemas.load(
            schemas.IndicatorInput, record_number=record_number, position=position
        )
        with self.database.read() as session:
            return queries.find_indicator_text(session, **wanted)

    @rpc(roles=SERVICES, idempotent=True)
    def scan_versions(self, *, after: str = "", limit: int = 100) -> dict[str, Any]:
        """Return a page of everything published, for rebuilding an index."""
        wanted = schemas.load(schemas.ScanInput, after=after, limit=limit)
        with self.database.read() as session:
            return queries.scan_versions(session, **wanted)

    @rpc(roles=SERVICES, idempotent=True)
    def scan_standings(self, *, after: str = "", limit: int = 1_000) -> dict[str, Any]:
        """Return a page of how everything published stands, to compare an index with."""
        wanted = schemas.load(schemas.ScanStandingsInput, after=after, limit=limit)
        with self.database.read() as session:
            return queries.scan_standings(session, **wanted)

    @rpc(public=True, idempotent=True)
    def list_events(self, *, after: int = 0, limit: int = 100) -> dict[str, Any]:
        """Return a page of the public log."""
        wanted = schemas.load(schemas.EventsInput, after=after, limit=limit)
        with self.database.read() as session:
            return queries.list_events(session, **wanted)
