"""Entry points: the check of a declaration before it is submitted (合规自检)."""

from typing import Any

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.blobs import open_store
from chassis.rpc import rpc
from chassis.service import Provided
from services.standards import schemas
from services.standards.adapters.words import read_words
from services.standards.domain import citations
from services.standards.domain.citations import TextFacts
from services.standards.schemas.checks import CheckInput
from services.standards.service.base import READERS, StandardsBase
from services.standards.usecases import checking
from services.standards.usecases.checking import Subject


class CheckEntries(StandardsBase):
    """Check declarations; nothing is stored, so that a check can be asked for at any time."""

    blobs: BlobStore = Provided(lambda settings: open_store(settings.storage_url))

    @rpc(roles=READERS, idempotent=True)
    def check_declaration(
        self, *, declaration_id: str, is_committed: bool = True
    ) -> dict[str, Any]:
        """Return what law and manual have to say to an own declaration, draft or public."""
        wanted = schemas.load(CheckInput, declaration_id=declaration_id, is_committed=is_committed)
        enterprise = self.enterprise()
        with self.database.read() as session:
            subject = checking.find_subject(
                session,
                declaration_id=wanted["declaration_id"],
                enterprise_id=enterprise.enterprise_id,
            )
        words = self._read_text(subject)
        with self.database.read() as session:
            return checking.check_declaration(
                session,
                subject=subject,
                words=words,
                enterprise=enterprise,
                rules=self.rules,
                is_committed=wanted["is_committed"],
                now=self.database.clock.now(),
            )

    def _read_text(self, subject: Subject) -> TextFacts | None:
        text, said = read_words(self.blobs, subject.words_key), subject.content
        # Half a million characters take a tenth of a second: not on the hub.
        return jobs.in_thread(citations.read_text, text, said.number, said.title) if text else None
