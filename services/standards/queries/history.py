"""What a declaration said at other times, and who did what with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session

from chassis import audit
from services.standards.domain import documents
from services.standards.domain.kinds import DeclarationState
from services.standards.models import Declaration, Upload, Version
from services.standards.queries import own

_MAX_DEEDS: Final = 500


def list_versions(session: Session, *, record_number: str) -> dict[str, Any]:
    """Return every published version of a declaration, oldest first, without its document.

    Raises:
        NotFoundError: nothing was published under this number.
    """
    declaration = _find_public(session, record_number)
    versions = session.scalars(
        sa.select(Version)
        .where(Version.declaration_id == declaration.id)
        .order_by(Version.number)
        .options(orm.defer(Version.document), orm.defer(Version.commitment_text))
    )
    return {
        "declaration_id": declaration.id,
        "record_number": record_number,
        "state": declaration.state,
        "withdrawn_at": own.wire_time(declaration.withdrawn_at),
        "items": [
            {
                "version": version.number,
                "change": version.change,
                "published_at": own.wire_time(version.published_at),
                "document_sha256": version.document_sha256,
            }
            for version in versions
        ],
    }


def find_as_of(session: Session, *, record_number: str, moment: datetime) -> dict[str, Any]:
    """Return what the public saw of a declaration at a moment.

    Raises:
        NotFoundError: nothing was public under this number then.
    """
    declaration = _find_public(session, record_number)
    version = session.scalars(
        sa.select(Version)
        .where(Version.declaration_id == declaration.id, Version.published_at <= moment)
        .order_by(Version.number.desc())
        .limit(1)
    ).one_or_none()
    if version is None:
        raise own.NotFoundError
    ended = declaration.withdrawn_at
    is_over = ended is not None and ended <= moment
    state = DeclarationState.WITHDRAWN if is_over else DeclarationState.PUBLISHED
    return {
        "declaration_id": declaration.id,
        "record_number": record_number,
        "version": version.number,
        "as_of": own.wire_time(moment),
        "state": state.value,
        "withdrawn_at": own.wire_time(ended) if is_over else None,
        "document": documents.read(version.document),
        "document_sha256": version.document_sha256,
    }


@dataclass(frozen=True)
class Compared:
    """Hold a published version: its document, its moment, and where its file's words are."""

    document: dict[str, Any]
    published_at: str | None
    words_key: str | None

    @property
    def name(self) -> dict[str, Any]:
        """Return what tells it from others."""
        named = {name: self.document[name] for name in ("record_number", "version")}
        return {**named, "published_at": self.published_at}


def find_compared(session: Session, *, record_number: str, version: int) -> Compared:
    """Return a published version for a comparison.

    Raises:
        NotFoundError: there is no such version.
    """
    row = session.execute(
        sa.select(Version.document, Version.published_at, Upload)
        .join(Declaration, Declaration.id == Version.declaration_id)
        .outerjoin(Upload, Upload.id == Version.upload_id)
        .where(Declaration.record_number == record_number, Version.number == version)
    ).one_or_none()
    if row is None:
        raise own.NotFoundError
    upload: Upload | None = row[2]
    return Compared(
        document=documents.read(row[0]),
        published_at=own.wire_time(row[1]),
        words_key=None
        if upload is None or upload.extracted_sha256 is None
        else upload.extracted_key,
    )


def list_deeds(session: Session, *, declaration_id: str, enterprise_id: str) -> dict[str, Any]:
    """Return who did what with an enterprise's own declaration and when, oldest first.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    own.find_own(session, declaration_id=declaration_id, enterprise_id=enterprise_id)
    wanted = audit.Wanted(object_id=declaration_id, enterprise_id=enterprise_id)
    rows = audit.read(session, wanted, after=0, limit=_MAX_DEEDS)
    names = ("recorded_at", "actor", "action", "details")
    return {"items": [{name: row[name] for name in names} for row in rows]}


def _find_public(session: Session, record_number: str) -> Declaration:
    declaration = session.scalars(
        sa.select(Declaration)
        .where(Declaration.record_number == record_number)
        .options(orm.lazyload("*"))
    ).one_or_none()
    if declaration is None:
        raise own.NotFoundError
    return declaration
