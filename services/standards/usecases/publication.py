"""Publish a declaration: what an enterprise commits itself to is public at once (手册 4.1)."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from chassis.uow import Transaction
from contracts.events import DECLARATION_PUBLISHED
from services.standards import events, queries
from services.standards.domain import commitment, documents, drafts, record_number
from services.standards.domain.commitment import Commitment
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DisclosureMode, StandardKind
from services.standards.domain.rules import PublicationRules
from services.standards.models import Declaration, Upload, Version
from services.standards.usecases import drafting

DOCUMENT_FORM: Final = "declaration/1"

# The row that is counted up stays locked until the commit, so that publications of one enterprise
# wait for each other and no count is given out twice.
_COUNT: Final = sa.text(
    "INSERT INTO record_counters (enterprise_code, last) VALUES (:code, 1) "
    "ON CONFLICT (enterprise_code) DO UPDATE SET last = record_counters.last + 1 RETURNING last"
)


class NotPublishableError(errors.DomainError):
    """Refuse to publish; the fields name everything that is missing."""

    code = "standards.not_publishable"


def preview_commitment(
    session: Session, *, declaration_id: str, enterprise: EnterpriseSnapshot
) -> dict[str, str]:
    """Return the commitment that publishing this draft would mean (手册 4.1).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
    """
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise.enterprise_id
    )
    committed = _commitment(declaration, enterprise)
    return {"template_version": committed.template_version, "text": committed.text}


def publish_declaration(  # noqa: PLR0913 - each is one fact of the publication
    *,
    tx: Transaction,
    enterprise: EnterpriseSnapshot,
    rules: PublicationRules,
    subject: str,
    declaration_id: str,
    is_committed: bool,
    expected_version: int,
    client_address: str,
) -> dict[str, Any]:
    """Make a draft public under a permanent number; nobody reviews it (手册 FAQ 34).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        AlreadyPublishedError: it is a draft no longer.
        StaleError: the draft was changed since the caller read it.
        NotPublishableError: commitment, text, products or fields of them are missing.
    """
    declaration = queries.find_own(
        tx.session,
        declaration_id=declaration_id,
        enterprise_id=enterprise.enterprise_id,
        is_locked=True,
    )
    declaration.check_draft()
    declaration.check_version(expected_version)
    _check_complete(declaration, is_committed=is_committed, rules=rules)
    count = tx.session.execute(_COUNT, {"code": enterprise.code}).scalar_one()
    now = tx.now()
    number = record_number.compose_record_number(
        kind=StandardKind(declaration.kind), code=enterprise.code, published_at=now, count=count
    )
    declaration.publish(record_number=number, now=now)
    committed = _commitment(declaration, enterprise)
    content = _content(declaration, enterprise, committed)
    document = documents.canonicalize(content)
    upload = declaration.upload
    tx.session.add(
        Version(
            declaration_id=declaration.id,
            number=declaration.published_version,
            document=document.text,
            document_sha256=document.sha256,
            published_at=now,
            upload_id=None if upload is None else upload.id,
            commitment_template=committed.template_version,
            commitment_text=committed.text,
            committed_by=subject,
            committed_from=client_address,
        )
    )
    tx.emit(
        DECLARATION_PUBLISHED,
        subject=declaration.id,
        sequence=declaration.published_version,
        data=events.declaration_published(
            content,
            document_sha256=document.sha256,
            extracted_text_sha256=None if upload is None else upload.extracted_sha256,
        ),
    )
    tx.audit(
        "declaration.published",
        object_id=declaration.id,
        details={"record_number": number, "document_sha256": document.sha256},
        enterprise_id=enterprise.enterprise_id,
    )
    tx.session.flush()  # the caller is told the new version
    return {
        **queries.own_view(declaration, now=now),
        "page_url": f"/s/{number}",
        "list_kind": declaration.kind,
    }


def _check_complete(
    declaration: Declaration, *, is_committed: bool, rules: PublicationRules
) -> None:
    faults = drafts.find_missing(
        disclosure_mode=DisclosureMode(declaration.disclosure_mode),
        has_text=declaration.upload is not None,
        products=[product.data for product in declaration.products],
        is_committed=is_committed,
        rules=rules,
    )
    if faults:
        raise NotPublishableError(fields=drafting.to_field_errors(faults))


def _commitment(declaration: Declaration, enterprise: EnterpriseSnapshot) -> Commitment:
    return commitment.render_commitment(
        kind=StandardKind(declaration.kind),
        enterprise=enterprise.name,
        number=declaration.number_text,
        title=declaration.title,
    )


def _content(
    declaration: Declaration, enterprise: EnterpriseSnapshot, committed: Commitment
) -> dict[str, Any]:
    """Write down the whole publication; its canonical text is what is hashed and kept."""
    number = declaration.number
    published_at = declaration.published_at
    return {
        "form": DOCUMENT_FORM,
        "declaration_id": declaration.id,
        "version": declaration.published_version,
        "record_number": declaration.record_number,
        "kind": declaration.kind,
        "number": {
            "prefix": number.prefix,
            "body": number.body,
            "year": number.year,
            "text": number.text,
        },
        "title": declaration.title,
        "disclosure_mode": declaration.disclosure_mode,
        "text": _text_part(declaration.upload),
        "products": [product.data.as_dict() for product in declaration.products],
        "commitment": {"template_version": committed.template_version, "text": committed.text},
        "enterprise": enterprise.as_dict(),
        "published_at": None if published_at is None else outbox.format_time(published_at),
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
