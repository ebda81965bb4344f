"""An enterprise's own declarations and uploads, one at a time."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.standards.domain import drafts, lifecycle
from services.standards.domain.kinds import DeclarationState, DisclosureMode, StandardKind
from services.standards.domain.lifecycle import CORRECTION_WINDOW
from services.standards.domain.pdf_reasons import REASONS
from services.standards.domain.rules import LifeRules
from services.standards.models import Declaration, IndicatorRow, Upload

MAX_CATEGORIES: Final = 200

_OWN: Final = sa.select(Declaration).where(
    Declaration.id == sa.bindparam("declaration_id"),
    Declaration.enterprise_id == sa.bindparam("enterprise_id"),
)
_LINKED: Final = (
    Declaration.id,
    Declaration.record_number,
    Declaration.state,
    Declaration.published_at,
)
# One statement with its products, its file and, of other revisions, what a page says of them. Not
# for what is about to change: what is joined to a row may be older than the lock on that row.
_OWN_TO_SHOW: Final = _OWN.options(
    orm.joinedload(Declaration.products),
    orm.joinedload(Declaration.upload),
    orm.lazyload(Declaration.indicators),
    *(
        orm.joinedload(related).options(orm.load_only(*_LINKED), orm.lazyload("*"))
        for related in (Declaration.predecessor, Declaration.revisions)
    ),
)


class NotFoundError(errors.DomainError):
    """Say that there is no such declaration, or that it is someone else's."""

    code = "standards.not_found"


class UploadNotFoundError(errors.DomainError):
    """Say that there is no such upload, or that it is someone else's."""

    code = "standards.upload_not_found"


def find_own(
    session: Session, *, declaration_id: str, enterprise_id: str, is_locked: bool = False
) -> Declaration:
    """Return an enterprise's own declaration, locked when it is about to change.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    statement = _OWN.with_for_update(of=Declaration) if is_locked else _OWN_TO_SHOW
    wanted = {"declaration_id": declaration_id, "enterprise_id": enterprise_id}
    declaration = session.scalars(statement, wanted).unique().one_or_none()
    if declaration is None:
        raise NotFoundError
    if not is_locked and declaration.disclosure_mode != DisclosureMode.INDICATORS:
        # There are none: nobody need ask for them.
        orm.attributes.set_committed_value(declaration, "indicators", [])
    return declaration


def find_own_upload(
    session: Session, *, upload_id: str, enterprise_id: str, is_locked: bool = False
) -> Upload:
    """Return an enterprise's own upload, locked when it is about to change.

    Raises:
        UploadNotFoundError: there is none, or it is someone else's.
    """
    statement = sa.select(Upload).where(
        Upload.id == upload_id, Upload.enterprise_id == enterprise_id
    )
    if is_locked:
        statement = statement.with_for_update(of=Upload)
    upload = session.scalars(statement).one_or_none()
    if upload is None:
        raise UploadNotFoundError
    return upload


def own_view(declaration: Declaration, *, now: datetime, rules: LifeRules) -> dict[str, Any]:
    """Return everything its enterprise sees of a declaration."""
    said, number = declaration.content, declaration.number
    return {
        "declaration_id": declaration.id,
        "kind": declaration.kind,
        "state": declaration.state,
        "version": declaration.version,
        "number": {"prefix": number.prefix, "body": number.body, "year": number.year},
        "number_text": declaration.number_text,
        "title": said.title,
        "catalogue_id": said.catalogue_id,
        "subject": said.subject.value,
        "disclosure_mode": said.mode.value,
        "text": _text_view(declaration.upload),
        "indicators": [
            {**indicator.as_dict(), "preview": indicator.preview} for indicator in said.indicators
        ],
        "products": [product.as_dict() for product in said.products],
        "disclosure": said.disclosure.as_dict(),
        "warnings": [
            {"pointer": fault.pointer, "code": fault.code, "params": dict(fault.params)}
            for fault in drafts.find_bad_barcodes(said.products)
        ],
        "record_number": declaration.record_number,
        "supersedes": _link(declaration.predecessor),
        "revisions": [_link(revision) for revision in declaration.revisions],
        "is_number_locked": declaration.is_number_locked,
        "published_version": declaration.published_version,
        "published_at": wire_time(declaration.published_at),
        "correctable_until": correctable_until(declaration.state, declaration.published_at),
        "corrected_at": wire_time(declaration.corrected_at),
        "withdrawn_at": wire_time(declaration.withdrawn_at),
        "withdrawal_reason": declaration.withdrawal_reason,
        "withdrawal_note": declaration.withdrawal_note or "",
        "updated_at": outbox.format_time(declaration.updated_at),
        "allowed_actions": actions(
            declaration.kind, declaration.state, declaration.published_at, now, rules
        ),
    }


def submitted_view(declaration: Declaration, *, now: datetime, rules: LifeRules) -> dict[str, Any]:
    """Return what was just made public, and where the page goes next (手册 4.1)."""
    return {
        **own_view(declaration, now=now, rules=rules),
        "page_url": f"/s/{declaration.record_number}",
        "list_kind": declaration.kind,
    }


def upload_view(upload: Upload) -> dict[str, Any]:
    """Return what the page that uploads a file polls."""
    return {
        "upload_id": upload.id,
        "state": upload.state,
        "reason": upload.reason,
        "reason_text": None if upload.reason is None else _reason_text(upload.reason),
        "file_name": upload.file_name,
        "size": upload.size,
        "sha256": upload.sha256,
        "pages": upload.pages,
        "expires_at": wire_time(upload.expires_at),
    }


def has_number(
    session: Session, *, enterprise_id: str, kind: StandardKind, number_key: str
) -> bool:
    """Tell whether an enterprise has, or ever had, a declaration with a number."""
    statement = sa.exists().where(
        Declaration.enterprise_id == enterprise_id,
        Declaration.kind == kind.value,
        Declaration.number_key == number_key,
    )
    return bool(session.scalar(sa.select(statement)))


def count_categories(session: Session, *, enterprise_id: str) -> dict[str, int]:
    """Return how often an enterprise has used each category of indicators (R-112)."""
    rows = session.execute(
        sa.select(IndicatorRow.category, sa.func.count())
        .join(Declaration, Declaration.id == IndicatorRow.declaration_id)
        .where(Declaration.enterprise_id == enterprise_id, IndicatorRow.category != "")
        .group_by(IndicatorRow.category)
        .order_by(sa.func.count().desc(), IndicatorRow.category)
        .limit(MAX_CATEGORIES)
    )
    return {row[0]: row[1] for row in rows}


def actions(
    kind: str, state: str, published_at: datetime | None, now: datetime, rules: LifeRules
) -> list[str]:
    """Return the actions open on a declaration, as they travel."""
    actions = lifecycle.allowed_actions(
        kind=StandardKind(kind),
        state=DeclarationState(state),
        published_at=published_at,
        now=now,
        rules=rules,
    )
    return [action.value for action in actions]


def _link(declaration: Declaration | None) -> dict[str, Any] | None:
    if declaration is None:
        return None
    return {
        "declaration_id": declaration.id,
        "record_number": declaration.record_number,
        "state": declaration.state,
        "published_at": wire_time(declaration.published_at),
    }


def correctable_until(state: str, published_at: datetime | None) -> str | None:
    """Return when the 24 hours end, of what is public and was so for the first time (R-167)."""
    if state != DeclarationState.PUBLISHED or published_at is None:
        return None
    return wire_time(published_at + CORRECTION_WINDOW)


def _text_view(upload: Upload | None) -> dict[str, Any] | None:
    if upload is None:
        return None
    return {
        "upload_id": upload.id,
        "file_name": upload.file_name,
        "size": upload.size,
        "sha256": upload.sha256,
        "pages": upload.pages,
    }


def _reason_text(reason: str) -> str:
    """Return what a refusal means and what to do about it."""
    return REASONS.get(reason, "检查文件时出现异常。请稍后重新上传；仍不成功请联系我们。")


def wire_time(moment: datetime | None) -> str | None:
    """Return a time as it travels."""
    return None if moment is None else outbox.format_time(moment)
