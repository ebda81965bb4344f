"""Entry points: an enterprise's own lists, drafts, and their publication (手册 4, 5.4, 5.6)."""

from typing import Any

from chassis.rpc import rpc
from services.standards import queries, schemas
from services.standards.domain import commitment
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.service.base import READERS, READING_KEYS, WRITERS, StandardsBase
from services.standards.usecases import drafting, publication


class DraftEntries(StandardsBase):
    """Save, list, show, publish and delete."""

    @rpc(roles=WRITERS)
    def save_draft(
        self,
        *,
        kind: str,
        declaration_id: str | None = None,
        expected_version: int | None = None,
        **entry: Any,  # noqa: ANN401 - the schema knows its members
    ) -> dict[str, Any]:
        """Create a draft or change one (手册 4.1: 保存); ``entry`` is the entry page."""
        draft = schemas.load(
            schemas.DraftInput,
            kind=kind,
            declaration_id=declaration_id,
            expected_version=expected_version,
            **entry,
        )
        return self.keep(drafting.save_draft, **schemas.split_entry(draft))

    @rpc(roles=WRITERS)
    def delete_draft(self, *, declaration_id: str) -> dict[str, Any]:
        """Delete a draft (手册 5.6)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        return self.keep(drafting.delete_draft, **wanted)

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def get_declaration(self, *, declaration_id: str) -> dict[str, Any]:
        """Return one of the enterprise's own declarations (手册 5.1)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        with self.database.read() as session:
            own = queries.find_own(session, enterprise_id=self.enterprise_id(), **wanted)
            return queries.own_view(own, now=self.database.clock.now(), rules=self.life)

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def list_declarations(  # noqa: PLR0913 - one per keyword box
        self,
        *,
        kind: str,
        state: str = "PUBLISHED",
        title: str = "",
        number: str = "",
        product_name: str = "",
        barcode: str = "",
        page: int = 1,
        page_size: int = 15,
    ) -> dict[str, Any]:
        """Return a page of the published or the unpublished table (手册 5.4.2, 5.7)."""
        boxes = schemas.load(
            schemas.ListInput,
            kind=kind,
            state=state,
            title=title,
            number=number,
            product_name=product_name,
            barcode=barcode,
            page=page,
            page_size=page_size,
        )
        boxes |= {"kind": StandardKind(kind), "state": DeclarationState(state)}
        with self.database.read() as session:
            return queries.list_own(
                session,
                enterprise_id=self.enterprise_id(),
                now=self.database.clock.now(),
                rules=self.life,
                **boxes,
            )

    @rpc(roles=READERS, idempotent=True)
    def preview_commitment(self, *, declaration_id: str) -> dict[str, Any]:
        """Return the commitment that goes with a draft (手册 4.1)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        enterprise = self.enterprise()
        with self.database.read() as session:
            return publication.preview_commitment(session, enterprise=enterprise, **wanted)

    @rpc(roles=READERS, idempotent=True)
    def get_commitment_template(self, *, kind: str) -> dict[str, Any]:
        """Return the wording of a kind's commitment, before there is a draft (手册 4.1)."""
        wanted = schemas.load(schemas.KindInput, kind=kind)
        template = commitment.current_template(StandardKind(wanted["kind"]))
        enterprise = self.enterprise().name
        return {
            "template_version": template.version,
            "text": template.text,
            "enterprise": enterprise,
        }

    @rpc(roles=WRITERS)
    def publish_declaration(
        self,
        *,
        declaration_id: str,
        is_committed: bool,
        expected_version: int,
        client_address: str = "",
    ) -> dict[str, Any]:
        """Publish a draft (手册 4.1: 提交)."""
        submission = schemas.load(
            schemas.PublicationInput,
            declaration_id=declaration_id,
            is_committed=is_committed,
            expected_version=expected_version,
            client_address=client_address,
        )
        return self.submit(publication.publish_declaration, **submission)
