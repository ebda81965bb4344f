"""Call ``standards`` for complaints."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class ComplaintCalls(Client):
    """Call the part of ``standards`` that keeps complaints."""

    def file_complaint(self, form: Mapping[str, Any], client_address: str) -> Reply:
        """Complain about a publication, in nobody's name even when somebody is signed in."""
        return self._remote.call(
            "file_complaint",
            {
                "record_number": form["record_number"],
                "category": form["category"],
                "complaint_text": form["text"],
                "reporter_name": form["name"],
                "phone": form["phone"],
                "captcha_id": form["captcha_id"],
                "captcha_answer": form["captcha_answer"],
                "client_address": client_address,
            },
        )

    def get_complaint_state(self, question: Mapping[str, Any], client_address: str) -> Reply:
        """Ask how a complaint stands, in nobody's name; sent once, for tries are counted."""
        return self._remote.call(
            "get_complaint_state",
            {
                "complaint_number": question["complaint_number"],
                "code": question["query_code"],
                "client_address": client_address,
            },
        )

    def list_complaints(self, wanted: Mapping[str, Any]) -> Reply:
        """Return a page of the complaints of the actor's area."""
        return self._ask("list_complaints", **wanted)

    def get_complaint(self, complaint_id: str) -> Reply:
        """Return one complaint."""
        return self._ask("get_complaint", complaint_id=complaint_id)

    def show_complaint_reporter(self, complaint_id: str, reason: str) -> Reply:
        """Return who has complained; the look is written down."""
        return self._tell("show_complaint_reporter", complaint_id=complaint_id, reason=reason)

    def step_complaint(
        self,
        method: str,
        complaint_id: str,
        fields: Mapping[str, Any],
        expected_version: int | None,
    ) -> Reply:
        """Take one step with a complaint."""
        return self._tell(
            method, complaint_id=complaint_id, expected_version=expected_version, **fields
        )

    def list_complaint_findings(self, declaration_id: str, page: Mapping[str, Any]) -> Reply:
        """Return what the actor's enterprise may know of complaints about a declaration."""
        return self._ask("list_complaint_findings", declaration_id=declaration_id, **page)
