"""Call ``standards`` for the catalogue and for reports of what it lacks."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class CatalogueCalls(Client):
    """Call the part of ``standards`` that keeps the catalogue."""

    def search_catalogue(self, wanted: Mapping[str, Any]) -> Reply:
        """Return a page of the standards of one kind."""
        return self._ask("search_catalogue", **wanted)

    def get_catalogue_standard(self, catalogue_id: str) -> Reply:
        """Return one entry of the catalogue."""
        return self._ask("get_catalogue_standard", catalogue_id=catalogue_id)

    def report_missing_standard(self, report: Mapping[str, Any]) -> Reply:
        """Report a standard that the catalogue lacks."""
        return self._tell("report_missing_standard", **report)

    def list_missing_standards(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the reports of the actor's enterprise."""
        return self._ask("list_missing_standards", **page)

    def list_open_tickets(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the reports that wait for a decision."""
        return self._ask("list_open_tickets", **page)

    def resolve_ticket(self, ticket_id: str, decision: Mapping[str, Any]) -> Reply:
        """Decide about a report."""
        return self._tell("resolve_ticket", ticket_id=ticket_id, **decision)

    def list_catalogue_imports(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the imports of the catalogue."""
        return self._ask("list_catalogue_imports", **page)

    def get_catalogue_import_report(self, import_id: str) -> Reply:
        """Return the rows that an import did not take."""
        return self._ask("get_catalogue_import_report", import_id=import_id)
