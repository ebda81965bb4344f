"""Call ``standards`` with typed methods instead of names in strings."""

from collections.abc import Mapping
from typing import Any

from gateway.catalogue_clients import CatalogueCalls
from gateway.check_clients import CheckCalls
from gateway.complaint_clients import ComplaintCalls
from gateway.history_clients import HistoryCalls
from gateway.log_clients import LogCalls
from gateway.product_clients import ProductCalls
from gateway.remote import Reply
from gateway.review_clients import ReviewCalls
from gateway.snapshot_clients import SnapshotCalls


class Standards(
    HistoryCalls,
    CatalogueCalls,
    CheckCalls,
    ProductCalls,
    ComplaintCalls,
    ReviewCalls,
    LogCalls,
    SnapshotCalls,
):
    """Call ``standards``."""

    def open_upload(self, file_name: str, size: int | None) -> Reply:
        """Reserve a place for a file."""
        return self._tell("open_upload", file_name=file_name, size=size)

    def finish_upload(self, upload_id: str, sha256: str, size: int) -> Reply:
        """Say that the file is there."""
        return self._tell("finish_upload", upload_id=upload_id, sha256=sha256, size=size)

    def get_upload(self, upload_id: str) -> Reply:
        """Return how far the inspection of a file is."""
        return self._ask("get_upload", upload_id=upload_id)

    def save_draft(
        self,
        declaration_id: str | None,
        fields: Mapping[str, Any],
        expected_version: int | None,
    ) -> Reply:
        """Store a draft, new or changed."""
        return self._tell(
            "save_draft",
            declaration_id=declaration_id,
            expected_version=expected_version,
            **fields,
        )

    def get_declaration(self, declaration_id: str) -> Reply:
        """Return one of the actor's declarations."""
        return self._ask("get_declaration", declaration_id=declaration_id)

    def list_declarations(self, filters: Mapping[str, Any]) -> Reply:
        """Return a page of the actor's declarations."""
        return self._ask("list_declarations", **filters)

    def delete_draft(self, declaration_id: str) -> Reply:
        """Delete a draft."""
        return self._tell("delete_draft", declaration_id=declaration_id)

    def preview_commitment(self, declaration_id: str) -> Reply:
        """Return the commitment's text for a draft."""
        return self._ask("preview_commitment", declaration_id=declaration_id)

    def get_commitment_template(self, kind: str) -> Reply:
        """Return the wording of a kind's commitment, and whose it would be."""
        return self._ask("get_commitment_template", kind=kind)

    def publish_declaration(
        self,
        declaration_id: str,
        *,
        is_committed: bool,
        expected_version: int | None,
        client_address: str,
    ) -> Reply:
        """Publish a draft."""
        return self._tell(
            "publish_declaration",
            declaration_id=declaration_id,
            is_committed=is_committed,
            expected_version=expected_version,
            client_address=client_address,
        )

    def correct_declaration(
        self,
        declaration_id: str,
        fields: Mapping[str, Any],
        *,
        expected_version: int | None,
        client_address: str,
    ) -> Reply:
        """Replace what was published within 24 hours."""
        return self._tell(
            "correct_declaration",
            declaration_id=declaration_id,
            expected_version=expected_version,
            client_address=client_address,
            **fields,
        )

    def add_products(
        self,
        declaration_id: str,
        fields: Mapping[str, Any],
        *,
        expected_version: int | None,
        client_address: str,
    ) -> Reply:
        """Let a published declaration cover more products."""
        return self._tell(
            "add_products",
            declaration_id=declaration_id,
            expected_version=expected_version,
            client_address=client_address,
            **fields,
        )

    def begin_revision(self, declaration_id: str) -> Reply:
        """Make the draft of a revision."""
        return self._tell("begin_revision", declaration_id=declaration_id)

    def request_withdrawal(self, declaration_id: str) -> Reply:
        """Ask what withdrawing would end."""
        return self._tell("request_withdrawal", declaration_id=declaration_id)

    def withdraw_declaration(self, declaration_id: str, fields: Mapping[str, Any]) -> Reply:
        """End a declaration."""
        return self._tell("withdraw_declaration", declaration_id=declaration_id, **fields)

    def get_version(self, declaration_id: str, version: int) -> Reply:
        """Return the canonical document of a published version."""
        return self._ask("get_version", declaration_id=declaration_id, version=version)

    def get_public_declaration(self, record_number: str) -> Reply:
        """Return what everybody may see of a declaration."""
        return self._ask("get_public_declaration", record_number=record_number)

    def get_public_text(self, record_number: str) -> Reply:
        """Return where the published text is."""
        return self._ask("get_public_text", record_number=record_number)

    def get_indicator_text(self, record_number: str, position: int) -> Reply:
        """Return where the uploaded requirement of an indicator is."""
        return self._ask("get_indicator_text", record_number=record_number, position=position)

    def list_events(self, after: int, limit: int) -> Reply:
        """Return a page of the public log."""
        return self._ask("list_events", after=after, limit=limit)
