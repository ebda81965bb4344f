"""What anyone may see: publications, their texts, the public log."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Session

from chassis import errors, outbox
from chassis.tables import public_log
from services.standards.domain import documents
from services.standards.models import Declaration, Upload, Version
from services.standards.queries import marks, own, wording

# By declaration, as `find_marks` returns them.
Marks = Mapping[str, list[dict[str, Any]]]

# What was published is in the version's document: no row of products is needed for it.
_BARE: Final = (orm.lazyload("*"),)
MAX_EVENTS: Final = 500
# Characters of one page of the log: the gateway holds a page for each reader that is behind.
MAX_PAGE_LENGTH: Final = 1_000_000
MAX_VERSIONS: Final = 200
MAX_STANDINGS: Final = 2_000


class PositionTooOldError(errors.DomainError):
    """Say that the public log no longer reaches back to that position."""

    code = "standards.position_too_old"


class PositionAheadError(errors.DomainError):
    """Say that the public log has not come to that position: it was another log's."""

    code = "standards.position_ahead"


def find_version(session: Session, *, declaration_id: str, version: int) -> dict[str, Any]:
    """Return one published version, word for word.

    Raises:
        NotFoundError: there is none.
    """
    row = session.execute(
        _version_rows().where(Version.declaration_id == declaration_id, Version.number == version)
    ).one_or_none()
    if row is None:
        raise own.NotFoundError
    found, record_number, upload = row
    return _version_view(found, record_number, upload)


def find_current(session: Session, *, declaration_id: str) -> dict[str, Any]:
    """Return the newest version of what was published, and how the declaration stands now.

    Raises:
        NotFoundError: nothing was published under this id.
    """
    row = session.execute(_current_rows().where(Declaration.id == declaration_id)).one_or_none()
    if row is None:
        raise own.NotFoundError
    return current_view(session, *row)


def current_view(
    session: Session, version: Version, declaration: Declaration, upload: Upload | None
) -> dict[str, Any]:
    """Return a newest version, its file known, and how the declaration stands now."""
    return {
        **_current_view(version, declaration, upload, marks.find_marks(session, [declaration.id])),
        **wording.find_wording(session, [version])[declaration.id],
    }


def find_public(session: Session, *, record_number: str) -> dict[str, Any]:
    """Return what the public sees of a declaration: its latest version and its state.

    Raises:
        NotFoundError: nothing was published under this number.
    """
    row = session.execute(
        sa.select(Declaration, Version)
        .join(
            Version,
            sa.and_(
                Version.declaration_id == Declaration.id,
                Version.number == Declaration.published_version,
            ),
        )
        .where(Declaration.record_number == record_number)
        .options(*_BARE)
    ).one_or_none()
    if row is None:
        raise own.NotFoundError
    declaration, version = row
    revisions = session.scalars(
        sa.select(Declaration.record_number)
        .where(Declaration.supersedes_id == declaration.id, Declaration.record_number.is_not(None))
        .order_by(Declaration.published_at, Declaration.id)
    )
    return {
        "declaration_id": declaration.id,
        "record_number": declaration.record_number,
        "version": version.number,
        **_standing(declaration, marks.find_marks(session, [declaration.id])),
        "revisions": list(revisions),
        "document": documents.read(version.document),
        "document_sha256": version.document_sha256,
    }


def find_public_text(session: Session, *, record_number: str) -> dict[str, Any]:
    """Return where the text of a published declaration is, and its words; never a draft's (R-099).

    Raises:
        NotFoundError: nothing was published under this number, or not with a text.
    """
    upload = session.scalars(
        sa.select(Upload)
        .join(Version, Version.upload_id == Upload.id)
        .join(
            Declaration,
            sa.and_(
                Declaration.id == Version.declaration_id,
                Declaration.published_version == Version.number,
            ),
        )
        .where(Declaration.record_number == record_number)
    ).one_or_none()
    if upload is None:
        raise own.NotFoundError
    return {**_file_view(upload), "extracted_text": _extracted_view(upload)}


def find_indicator_text(session: Session, *, record_number: str, position: int) -> dict[str, Any]:
    """Return where the file is that says the requirement of an indicator, counted from 1.

    Raises:
        NotFoundError: nothing was published under this number, or that indicator has no file.
    """
    indicators = find_public(session, record_number=record_number)["document"]["indicators"]
    if not 1 <= position <= len(indicators):
        raise own.NotFoundError
    file = indicators[position - 1]["requirement"].get("file")
    upload = None if file is None else session.get(Upload, file["upload_id"])
    if upload is None:
        raise own.NotFoundError
    return _file_view(upload)


def scan_versions(session: Session, *, after: str, limit: int) -> dict[str, Any]:
    """Return a page of the latest published versions by declaration id, for rebuilding an index.

    A page ends early when its documents are long; only one without ``next_after`` is the end.
    """
    last = _last_version(session, after, min(limit, MAX_VERSIONS))
    rows = session.execute(
        _current_rows()
        .where(Declaration.id > after, Declaration.id <= last)
        .order_by(Declaration.id)
    ).all()
    found = marks.find_marks(session, [declaration.id for _, declaration, _ in rows])
    words = wording.find_wording(session, [version for version, _, _ in rows])
    items = [{**_current_view(*row, found), **words[row[0].declaration_id]} for row in rows]
    return {"items": items, "next_after": items[-1]["declaration_id"] if items else None}


def scan_standings(session: Session, *, after: str, limit: int) -> dict[str, Any]:
    """Return a page of how every published declaration stands, by id, to compare an index with.

    Each item is a list: declaration id, sequence, state, hash of the newest document.
    """
    rows = session.execute(
        sa.select(Declaration.id, Declaration.sequence, Declaration.state, Version.document_sha256)
        .join(Version, _is_current())
        .where(Declaration.id > after)
        .order_by(Declaration.id)
        .limit(min(limit, MAX_STANDINGS))
    )
    items = [list(row) for row in rows]
    return {"items": items, "next_after": items[-1][0] if items else None}


def list_events(session: Session, *, after: int, limit: int) -> dict[str, Any]:
    """Return a page of the public log after a position, oldest first.

    A page ends early when its events are long; only ``next_after`` = ``newest`` means that there is
    nothing more.

    Raises:
        PositionTooOldError: events after this position were already purged.
        PositionAheadError: the log has no such position, as after a restore from an older copy.
    """
    newest = session.scalar(sa.select(sa.func.max(public_log.c.position))) or 0
    if after > newest:
        raise PositionAheadError(newest=newest)
    last = _page_end(session, after, min(limit, MAX_EVENTS))
    bodies = session.scalars(
        sa.select(public_log.c.body)
        .where(public_log.c.position > after, public_log.c.position <= last)
        .order_by(public_log.c.position)
    )
    return {
        "items": [documents.read(body) for body in bodies],
        "next_after": last,
        "newest": max(newest, last),
    }


def _page_end(session: Session, after: int, limit: int) -> int:
    """Return the position of the last event of a page: at least one, and not too much of them.

    Raises:
        PositionTooOldError: the next event was already purged: positions have no other gaps.
    """
    last, length = after, 0
    for row in session.execute(
        sa.select(public_log.c.position, sa.func.length(public_log.c.body).label("length"))
        .where(public_log.c.position > after)
        .order_by(public_log.c.position)
        .limit(limit)
    ):
        length += row.length
        if last == after and row.position != after + 1:
            raise PositionTooOldError(oldest=row.position - 1)
        if last > after and length > MAX_PAGE_LENGTH:
            break
        last = row.position
    return last


def _last_version(session: Session, after: str, limit: int) -> str:
    """Return the last declaration of a page: at least one if there are any, and not too long."""
    last, length = after, 0
    for row in session.execute(
        sa.select(Declaration.id, sa.func.length(Version.document).label("length"))
        .join(Version, _is_current())
        .where(Declaration.id > after)
        .order_by(Declaration.id)
        .limit(limit)
    ):
        length += row.length
        if last != after and length > MAX_PAGE_LENGTH:
            break
        last = row.id
    return last


def _is_current() -> sa.ColumnElement[bool]:
    return sa.and_(
        Version.declaration_id == Declaration.id, Version.number == Declaration.published_version
    )


def _version_rows() -> sa.Select[Version, str | None, Upload]:
    return (
        sa.select(Version, Declaration.record_number, Upload)
        .join(Declaration, Declaration.id == Version.declaration_id)
        .outerjoin(Upload, Upload.id == Version.upload_id)
    )


def _current_rows() -> sa.Select[Version, Declaration, Upload]:
    return (
        sa.select(Version, Declaration, Upload)
        .join(Declaration, _is_current())
        .outerjoin(Upload, Upload.id == Version.upload_id)
        .options(*_BARE)
    )


def _current_view(
    version: Version, declaration: Declaration, upload: Upload | None, found: Marks
) -> dict[str, Any]:
    return {
        **_version_view(version, declaration.record_number, upload),
        **_standing(declaration, found),
        "sequence": declaration.sequence,
    }


def _standing(declaration: Declaration, found: Marks) -> dict[str, Any]:
    return {
        "state": declaration.state,
        "withdrawn_at": own.wire_time(declaration.withdrawn_at),
        "withdrawal_reason": declaration.withdrawal_reason,
        "marks": found[declaration.id],
    }


def _version_view(
    version: Version, record_number: str | None, upload: Upload | None
) -> dict[str, Any]:
    return {
        "declaration_id": version.declaration_id,
        "version": version.number,
        "record_number": record_number,
        "document": version.document,
        "sha256": version.document_sha256,
        "published_at": outbox.format_time(version.published_at),
        "extracted_text": _extracted_view(upload),
    }


def _file_view(upload: Upload) -> dict[str, Any]:
    return {
        "key": upload.key,
        "file_name": upload.file_name,
        "size": upload.size,
        "sha256": upload.sha256,
    }


def _extracted_view(upload: Upload | None) -> dict[str, Any] | None:
    if upload is None or upload.extracted_sha256 is None:
        return None
    return {
        "key": upload.extracted_key,
        "sha256": upload.extracted_sha256,
        "size": upload.extracted_size,
    }
