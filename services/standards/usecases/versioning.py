"""Write down a published version, word for word, and tell everybody of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chassis import errors
from chassis.uow import Transaction
from contracts.events import (
    DECLARATION_CORRECTED,
    DECLARATION_PRODUCTS_ADDED,
    DECLARATION_PUBLISHED,
    DECLARATION_VERSIONED,
    EventType,
)
from services.standards import events, queries
from services.standards.domain import commitment, documents, drafts
from services.standards.domain.commitment import Commitment
from services.standards.domain.drafts import DraftContent, Fault
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import StandardKind, VersionChange
from services.standards.domain.rules import PublicationRules
from services.standards.models import Declaration, Upload, Version, VersionFile
from services.standards.usecases import faults, holding

DOCUMENT_FORM: Final = "declaration/1"

_EVENTS: Final[dict[VersionChange, EventType]] = {
    VersionChange.PUBLISHED: DECLARATION_PUBLISHED,
    VersionChange.CORRECTED: DECLARATION_CORRECTED,
    VersionChange.PRODUCTS_ADDED: DECLARATION_PRODUCTS_ADDED,
}


class NotPublishableError(errors.DomainError):
    """Refuse to publish; the fields name everything that is missing."""

    code = "standards.not_publishable"


@dataclass(frozen=True)
class Submission:
    """Hold who submits, from where, and whether he committed himself (R-127, R-132)."""

    subject: str
    client_address: str
    is_committed: bool


def check_complete(
    declaration: Declaration,
    *,
    is_committed: bool,
    rules: PublicationRules,
    forbidden: Sequence[Fault] = (),
) -> None:
    """Make sure that nothing is missing for the declaration to be public, and nothing forbids it.

    Raises:
        NotPublishableError: something is or does; the fields name all of it.
    """
    check_content(
        declaration.content,
        has_text=declaration.upload is not None,
        is_committed=is_committed,
        rules=rules,
        forbidden=forbidden,
    )


def check_content(
    content: DraftContent,
    *,
    has_text: bool,
    is_committed: bool,
    rules: PublicationRules,
    forbidden: Sequence[Fault] = (),
) -> None:
    """Make sure that nothing is missing in what is to be public, and nothing forbids it.

    Raises:
        NotPublishableError: something is or does; the fields name all of it.
    """
    found = drafts.find_missing(content, has_text=has_text, is_committed=is_committed, rules=rules)
    found += forbidden
    if found:
        raise NotPublishableError(fields=faults.to_field_errors(found))


def render_commitment(declaration: Declaration, enterprise: EnterpriseSnapshot) -> Commitment:
    """Return what submitting the declaration commits this enterprise to (手册 4.1)."""
    return commitment.render_commitment(
        kind=StandardKind(declaration.kind),
        enterprise=enterprise.name,
        number=declaration.number_text,
        title=declaration.title,
    )


def write_version(  # noqa: PLR0913 - each is one fact of the version
    tx: Transaction,
    declaration: Declaration,
    enterprise: EnterpriseSnapshot,
    *,
    submission: Submission,
    change: VersionChange,
    now: datetime,
) -> None:
    """Keep the declaration as it stands as a new version, and announce it.

    ``now`` is the moment that decided about the change: nothing of it may look later.
    """
    committed = render_commitment(declaration, enterprise)
    content = document_content(declaration, enterprise, committed)
    document = documents.canonicalize(content)
    upload = declaration.upload
    version = Version(
        declaration_id=declaration.id,
        number=declaration.published_version,
        change=change.value,
        document=document.text,
        document_sha256=document.sha256,
        published_at=now,
        upload_id=None if upload is None else upload.id,
        commitment_template=committed.template_version,
        commitment_text=committed.text,
        committed_by=submission.subject,
        committed_from=submission.client_address,
    )
    tx.session.add(version)
    tx.session.flush()  # the files refer to the version
    tx.session.add_all(
        VersionFile(
            declaration_id=declaration.id, number=declaration.published_version, upload_id=file_id
        )
        for file_id in sorted(holding.file_ids(declaration.content.indicators))
    )
    # First, so that it is not behind the public event: the index waits for it.
    tx.emit(
        DECLARATION_VERSIONED,
        subject=declaration.id,
        sequence=declaration.sequence,
        data=events.version_written(queries.current_view(tx.session, version, declaration, upload)),
    )
    tx.emit(
        _EVENTS[change],
        subject=declaration.id,
        sequence=declaration.sequence,
        data=events.version_published(
            content,
            document_sha256=document.sha256,
            extracted_text_sha256=None if upload is None else upload.extracted_sha256,
        ),
    )
    tx.audit(
        f"declaration.{change.value.lower()}",
        object_id=declaration.id,
        details={
            "record_number": declaration.record_number or "",
            "version": str(declaration.published_version),
            "document_sha256": document.sha256,
        },
        enterprise_id=enterprise.enterprise_id,
    )


def document_content(
    declaration: Declaration, enterprise: EnterpriseSnapshot, committed: Commitment
) -> dict[str, Any]:
    """Write down the whole publication; its canonical text is what is hashed and kept."""
    number, predecessor = declaration.number, declaration.predecessor
    said = declaration.content
    return {
        "form": DOCUMENT_FORM,
        "declaration_id": declaration.id,
        "version": declaration.published_version,
        "record_number": declaration.record_number,
        "supersedes": None if predecessor is None else predecessor.record_number,
        "kind": declaration.kind,
        "number": {
            "prefix": number.prefix,
            "body": number.body,
            "year": number.year,
            "text": number.text,
        },
        "title": said.title,
        "catalogue_id": said.catalogue_id,
        "subject": said.subject.value,
        "disclosure_mode": said.mode.value,
        "text": _text_part(declaration.upload),
        "indicators": [
            {**indicator.as_dict(), "preview": indicator.preview} for indicator in said.indicators
        ],
        "products": [product.as_dict() for product in said.products],
        "disclosure": said.disclosure.as_dict(),
        "commitment": {"template_version": committed.template_version, "text": committed.text},
        "enterprise": enterprise.as_dict(),
        "published_at": queries.wire_time(declaration.published_at),
        "corrected_at": queries.wire_time(declaration.corrected_at),
    }


def _text_part(upload: Upload | None) -> dict[str, Any] | None:
    if upload is None:
        return None
    return {
        "file_name": upload.file_name,
        "size": upload.size,
        "sha256": upload.sha256,
        "pages": upload.pages,
    }
