"""Uploaded files that wait for inspection, or that nobody kept."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.standards.domain.kinds import UploadState
from services.standards.models import Upload, Version, VersionFile


def find_expired_uploads(session: Session, *, now: datetime, limit: int) -> Sequence[Upload]:
    """Return the files that no declaration and no published version holds any longer."""
    return session.scalars(sa.select(Upload).where(*is_expired(now)).limit(limit)).all()


def find_alone(session: Session, uploads: Sequence[Upload]) -> list[Upload]:
    """Return those of some uploads whose file no other upload stands for."""
    ids = [upload.id for upload in uploads]
    shared = set(
        session.scalars(
            sa.select(Upload.blob_id).where(
                Upload.blob_id.in_([upload.blob_id for upload in uploads]), Upload.id.not_in(ids)
            )
        )
    )
    return [upload for upload in uploads if upload.blob_id not in shared]


def is_expired(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which an upload may be taken away."""
    is_text = sa.exists().where(Version.upload_id == Upload.id)
    is_indicator = sa.exists().where(VersionFile.upload_id == Upload.id)
    return (Upload.expires_at <= now, sa.not_(is_text), sa.not_(is_indicator))


def has_due_inspections(session: Session, *, now: datetime) -> bool:
    """Tell whether a file waits for inspection; cheap, so that it can be asked often."""
    statement = sa.select(Upload.id).where(*_is_due(now)).limit(1)
    return session.scalar(statement) is not None


def find_due_inspections(session: Session, *, now: datetime, limit: int) -> Sequence[Upload]:
    """Return the files that wait for inspection, or whose inspection broke off."""
    return session.scalars(
        sa.select(Upload)
        .where(*_is_due(now))
        .order_by(Upload.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Upload)
    ).all()


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (Upload.state == UploadState.INSPECTING.value, Upload.due_at <= now)
