"""Ask ``standards`` what a declaration said at other times."""

from gateway.remote import Client, Reply


class HistoryCalls(Client):
    """The part of the client of ``standards`` that reads history."""

    def list_versions(self, record_number: str) -> Reply:
        """Return every published version of a declaration."""
        return self._ask("list_versions", record_number=record_number)

    def get_declaration_as_of(self, record_number: str, moment: str) -> Reply:
        """Return what the public saw at a moment."""
        return self._ask("get_declaration_as_of", record_number=record_number, moment=moment)

    def compare_versions(
        self, record_number: str, version: int, other_record_number: str, other_version: int
    ) -> Reply:
        """Return how two published versions differ."""
        return self._ask(
            "compare_versions",
            record_number=record_number,
            version=version,
            other_record_number=other_record_number,
            other_version=other_version,
        )

    def list_deeds(self, declaration_id: str) -> Reply:
        """Return who did what with one of the actor's declarations."""
        return self._ask("list_deeds", declaration_id=declaration_id)

    def suggest_categories(self, page: int) -> Reply:
        """Return four categories for an indicator."""
        return self._ask("suggest_categories", page=page)
