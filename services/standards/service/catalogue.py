"""Entry points: the catalogue 目录 and reports of what it lacks (手册 4.1(1), FAQ 18, 33)."""

from datetime import timedelta
from typing import Any, Final

from chassis import counters
from chassis.errors import RateLimitedError
from chassis.fault_reports import to_csv
from chassis.rpc import rpc
from services.standards import schemas
from services.standards.adapters.catalogue_reports import REASONS
from services.standards.domain.kinds import StandardKind
from services.standards.queries import catalogue, catalogue_imports, tickets
from services.standards.schemas import catalogue as inputs
from services.standards.service.base import READERS, WRITERS, StandardsBase
from services.standards.usecases import missing_standards

OPERATORS: Final = ("OPERATOR",)
SEEKERS: Final = (*READERS, "OPERATOR", "BUREAU")
REPORTS_PER_DAY: Final = 50
_DAY: Final = timedelta(days=1)


class CatalogueEntries(StandardsBase):
    """Search the catalogue, report what it lacks, decide about the reports."""

    @rpc(roles=SEEKERS, idempotent=True)
    def search_catalogue(
        self, *, kind: str, text: str = "", page: int = 1, page_size: int = 15
    ) -> dict[str, Any]:
        """Return a page of the standards of one kind that can be chosen (手册 FAQ 18)."""
        wanted = schemas.load(
            inputs.CatalogueSearchInput, kind=kind, text=text, page=page, page_size=page_size
        )
        wanted |= {"kind": StandardKind(kind), "now": self.database.clock.now()}
        with self.database.read() as session:
            return catalogue.search_catalogue(session, **wanted)

    @rpc(roles=SEEKERS, idempotent=True)
    def get_catalogue_standard(self, *, catalogue_id: str) -> dict[str, Any]:
        """Return one entry of the catalogue; its text is not kept (手册 FAQ 33)."""
        wanted = schemas.load(inputs.CatalogueStandardInput, catalogue_id=catalogue_id)
        with self.database.read() as session:
            return catalogue.get_catalogue_standard(
                session, now=self.database.clock.now(), **wanted
            )

    @rpc(roles=WRITERS)
    def report_missing_standard(
        self, *, kind: str, number: str, title: str, note: str = ""
    ) -> dict[str, Any]:
        """Report a standard that the catalogue lacks (手册 FAQ 18: 做好及时反馈)."""
        report = schemas.load(
            inputs.MissingStandardInput, kind=kind, number=number, title=title, note=note
        )
        self._count_report()
        return self.command(
            missing_standards.report_missing_standard,
            enterprise_id=self.enterprise_id(),
            subject=self.subject(),
            **report,
        )

    @rpc(roles=READERS, idempotent=True)
    def list_missing_standards(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of the enterprise's own reports."""
        wanted = schemas.load(inputs.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return tickets.list_missing_standards(
                session, enterprise_id=self.enterprise_id(), **wanted
            )

    @rpc(roles=OPERATORS, idempotent=True)
    def list_open_tickets(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of the reports that wait for a decision."""
        wanted = schemas.load(inputs.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return tickets.list_open_tickets(session, **wanted)

    @rpc(roles=OPERATORS)
    def resolve_ticket(
        self, *, ticket_id: str, entry: dict[str, str] | None = None, note: str = ""
    ) -> dict[str, Any]:
        """Add a missing standard, or refuse to with a reason."""
        decision = schemas.load(inputs.ResolutionInput, ticket_id=ticket_id, entry=entry, note=note)
        return self.command(missing_standards.resolve_ticket, subject=self.subject(), **decision)

    @rpc(roles=OPERATORS, idempotent=True)
    def list_catalogue_imports(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of the imports of the catalogue, the newest first."""
        wanted = schemas.load(inputs.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return catalogue_imports.list_imports(session, **wanted)

    @rpc(roles=OPERATORS, idempotent=True)
    def get_catalogue_import_report(self, *, import_id: str) -> dict[str, Any]:
        """Return the rows that one import did not take, as CSV."""
        wanted = schemas.load(inputs.CatalogueImportInput, import_id=import_id)
        with self.database.read() as session:
            faults = catalogue_imports.list_faults(session, **wanted)
        return {"csv": to_csv(faults, REASONS)}

    def _count_report(self) -> None:
        key = f"missing-standards:{self.enterprise_id()}"
        hit = counters.hit(self.database, key, REPORTS_PER_DAY, _DAY)
        if hit.is_over:
            raise RateLimitedError(hit.retry_after.total_seconds())
