"""Save and delete drafts: what an enterprise types before it publishes (手册 4, 5.4, 5.6)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, ids
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import drafts
from services.standards.domain.drafts import DraftContent, Fault
from services.standards.domain.kinds import (
    OFFERED_KINDS,
    OFFERED_MODES,
    DisclosureMode,
    StandardKind,
    UploadState,
)
from services.standards.models import Declaration, NumberClaim, Upload

UPLOAD_NOT_READY: Final = "standards.upload_not_ready"
UPLOAD_UNUSABLE: Final = "standards.upload_unusable"
_CLAIM_TRIES: Final = 3

# The database decides who was first, on both engines and without breaking the transaction.
_CLAIM: Final = sa.text(
    "INSERT INTO number_claims (enterprise_id, kind, number_key, declaration_id) "
    "VALUES (:enterprise_id, :kind, :number_key, :declaration_id) "
    "ON CONFLICT (enterprise_id, kind, number_key) DO NOTHING"
)


class KindNotOfferedError(errors.DomainError):
    """Refuse a kind of standard that cannot be declared here."""

    code = "standards.kind_not_offered"


class ModeNotOfferedError(errors.DomainError):
    """Refuse a way of disclosure that is not on offer."""

    code = "standards.mode_not_offered"


class InvalidDraftError(errors.DomainError):
    """Refuse to save; the fields say why."""

    code = "standards.invalid"


class VersionRequiredError(errors.DomainError):
    """Ask which version of the draft the caller has changed."""

    code = "standards.version_required"


class AlreadyExistsError(errors.DomainError):
    """Say 该标准已存在: the enterprise has saved or published this number before (FAQ 25)."""

    code = "standards.already_exists"


def save_draft(  # noqa: PLR0913 - one per part of the entry page
    *,
    tx: Transaction,
    enterprise_id: str,
    kind: str,
    number: Mapping[str, str],
    title: str,
    products: Sequence[Mapping[str, str]],
    disclosure_mode: str,
    upload_id: str | None,
    declaration_id: str | None,
    expected_version: int | None,
) -> dict[str, Any]:
    """Create a draft, or replace what one says, and return it; no commitment is needed (R-128).

    Raises:
        KindNotOfferedError: this kind of standard cannot be declared.
        ModeNotOfferedError: this way of disclosure is not on offer.
        InvalidDraftError: a field is missing or malformed, or the file cannot be used.
        NotFoundError: there is no such draft, or it is someone else's.
        VersionRequiredError: a change does not say what it is based on.
        StaleError: the draft was changed meanwhile.
        PublishedNotSavableError: it is a draft no longer.
        AlreadyExistsError: the enterprise has this number already.
    """
    offered_kind, mode = _check_offer(kind, disclosure_mode)
    content = _read(number, title, products)
    declaration = _load_or_create(tx, enterprise_id, offered_kind, declaration_id, expected_version)
    now = tx.now()
    declaration.write(
        number=content.number,
        title=content.title,
        disclosure_mode=mode,
        products=content.products,
        now=now,
    )
    session = tx.session
    session.add(declaration)
    _put_text(tx, declaration, upload_id)
    session.flush()  # the claim below refers to the row
    _claim_number(session, declaration)
    tx.audit("declaration.saved", object_id=declaration.id, enterprise_id=enterprise_id)
    return queries.own_view(declaration, now=now)


def delete_draft(*, tx: Transaction, enterprise_id: str, declaration_id: str) -> dict[str, Any]:
    """Delete a draft with its products and its number claim, and give up its file (手册 5.6).

    Raises:
        NotFoundError: there is no such draft, or it is someone else's.
        PublishedNotDeletableError: it was published.
    """
    session = tx.session
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    declaration.check_deletable()
    if declaration.upload is not None:
        declaration.upload.release(now=tx.now())
        session.flush()  # the file must have let go before the draft goes
    session.delete(declaration)
    tx.audit("declaration.deleted", object_id=declaration_id, enterprise_id=enterprise_id)
    return {"declaration_id": declaration_id}


def refuse(faults: Sequence[Fault]) -> InvalidDraftError:
    """Return the error that carries these faults."""
    return InvalidDraftError(fields=to_field_errors(faults))


def to_field_errors(faults: Sequence[Fault]) -> list[errors.FieldError]:
    """Return faults in the form that travels."""
    return [errors.FieldError(fault.pointer, fault.code, fault.params) for fault in faults]


def _check_offer(kind: str, disclosure_mode: str) -> tuple[StandardKind, DisclosureMode]:
    offered_kind, mode = StandardKind(kind), DisclosureMode(disclosure_mode)
    if offered_kind not in OFFERED_KINDS:
        raise KindNotOfferedError(kind=kind)
    if mode not in OFFERED_MODES:
        raise ModeNotOfferedError(disclosure_mode=disclosure_mode)
    return offered_kind, mode


def _read(
    number: Mapping[str, str], title: str, products: Sequence[Mapping[str, str]]
) -> DraftContent:
    try:
        return drafts.read_draft(number=number, title=title, products=products)
    except drafts.DraftFaultsError as error:
        raise refuse(error.faults) from error


def _load_or_create(
    tx: Transaction,
    enterprise_id: str,
    kind: StandardKind,
    declaration_id: str | None,
    expected_version: int | None,
) -> Declaration:
    if declaration_id is None:
        return Declaration(
            id=ids.new_id(),
            enterprise_id=enterprise_id,
            kind=kind.value,
            state="DRAFT",
            published_version=0,
            created_at=tx.now(),
            products=[],
        )
    declaration = queries.find_own(
        tx.session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    if expected_version is None:
        raise VersionRequiredError
    declaration.check_version(expected_version)
    return declaration


def _put_text(tx: Transaction, declaration: Declaration, upload_id: str | None) -> None:
    """Let the draft hold exactly this file, or none; a file it held before is given up."""
    held = declaration.upload
    if held is not None and held.id == upload_id:
        return
    chosen = None if upload_id is None else _take_upload(tx, declaration.enterprise_id, upload_id)
    if held is not None:
        held.release(now=tx.now())
        tx.session.flush()  # one file at a time: the old one lets go before the new one holds on
    if chosen is not None:
        chosen.attach(declaration)


def _take_upload(tx: Transaction, enterprise_id: str, upload_id: str) -> Upload:
    try:
        upload = queries.find_own_upload(
            tx.session, upload_id=upload_id, enterprise_id=enterprise_id, is_locked=True
        )
    except queries.UploadNotFoundError as error:
        raise refuse([Fault("/upload_id", UPLOAD_UNUSABLE)]) from error
    if upload.state in {UploadState.OPEN, UploadState.INSPECTING}:
        raise refuse([Fault("/upload_id", UPLOAD_NOT_READY)])
    if not upload.is_attachable(enterprise_id=enterprise_id, now=tx.now()):
        raise refuse([Fault("/upload_id", UPLOAD_UNUSABLE)])
    return upload


def _claim_number(session: Session, declaration: Declaration) -> None:
    """Take the number for this draft, and give up the one it had before."""
    session.execute(
        sa.delete(NumberClaim).where(
            NumberClaim.declaration_id == declaration.id,
            NumberClaim.number_key != declaration.number_key,
        )
    )
    claim = {
        "enterprise_id": declaration.enterprise_id,
        "kind": declaration.kind,
        "number_key": declaration.number_key,
        "declaration_id": declaration.id,
    }
    # Whoever holds the number may give it up between the two statements; then it is free after all.
    for _ in range(_CLAIM_TRIES):
        session.execute(_CLAIM, claim)
        holder = _find_holder(session, declaration)
        if holder is not None and holder.id == declaration.id:
            return
        if holder is not None:
            raise AlreadyExistsError(declaration_id=holder.id, state=holder.state)
    raise errors.UnavailableError


def _find_holder(session: Session, declaration: Declaration) -> Declaration | None:
    return session.scalars(
        sa.select(Declaration)
        .join(NumberClaim, NumberClaim.declaration_id == Declaration.id)
        .where(
            NumberClaim.enterprise_id == declaration.enterprise_id,
            NumberClaim.kind == declaration.kind,
            NumberClaim.number_key == declaration.number_key,
        )
    ).one_or_none()
