"""Take uploaded files in: open, finish, inspect, and take away what nobody kept (手册 4.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import ids
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain.file_names import clean_file_name
from services.standards.domain.kinds import UploadState
from services.standards.models import Upload, UploadTooLargeError

INSPECTION_FAILED: Final = "inspection_failed"
MAX_ATTEMPTS: Final = 3


class Verdict(Protocol):
    """Be what an inspection found out about a file."""

    @property
    def is_accepted(self) -> bool:
        """Tell whether the file may be published."""
        ...

    @property
    def reason(self) -> str | None:
        """Return why not."""
        ...

    @property
    def pages(self) -> int:
        """Return how many pages it has."""
        ...


@dataclass(frozen=True)
class ExtractedText:
    """Say where the words of an accepted file were put."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Inspection:
    """Be one file to look at: where it is and what it should be."""

    upload_id: str
    key: str
    extracted_key: str
    size: int
    sha256: str


def open_upload(  # noqa: PLR0913 - each is one fact of the upload
    *,
    tx: Transaction,
    enterprise_id: str,
    subject: str,
    file_name: str,
    size: int | None,
    max_bytes: int,
    lifetime: timedelta,
) -> dict[str, Any]:
    """Make room for a file of this enterprise; it is kept for so long without a declaration.

    Raises:
        UploadTooLargeError: the file is announced to be above the limit.
    """
    if size is not None and size > max_bytes:
        raise UploadTooLargeError(max_bytes=max_bytes)
    now, upload_id = tx.now(), ids.new_id()
    upload = Upload(
        id=upload_id,
        blob_id=upload_id,
        enterprise_id=enterprise_id,
        opened_by=subject,
        state=UploadState.OPEN.value,
        file_name=clean_file_name(file_name),
        attempts=0,
        created_at=now,
        expires_at=now + lifetime,
    )
    tx.session.add(upload)
    view = queries.upload_view(upload)
    return {
        "upload_id": upload.id,
        "key": upload.key,
        "max_bytes": max_bytes,
        "expires_at": view["expires_at"],
    }


def finish_upload(  # noqa: PLR0913 - each is one fact of the upload
    *,
    tx: Transaction,
    enterprise_id: str,
    subject: str,
    upload_id: str,
    sha256: str,
    size: int,
    max_bytes: int,
) -> dict[str, Any]:
    """Take down what arrived and put it up for inspection; only who opened the upload may.

    Raises:
        UploadNotFoundError: there is no such upload, or it is someone else's.
        UploadTooLargeError: the file is above the limit.
        UploadWrongStateError: another file was already taken down.
    """
    upload = queries.find_own_upload(
        tx.session, upload_id=upload_id, enterprise_id=enterprise_id, is_locked=True
    )
    if upload.opened_by != subject:
        raise queries.UploadNotFoundError
    upload.finish(sha256=sha256, size=size, max_bytes=max_bytes, now=tx.now())
    return queries.upload_view(upload)


def begin_inspections(*, tx: Transaction, limit: int) -> list[Inspection]:
    """Take files to inspect, counting the attempt; one that broke off too often is refused."""
    now = tx.now()
    begun = []
    for upload in queries.find_due_inspections(tx.session, now=now, limit=limit):
        if upload.attempts >= MAX_ATTEMPTS:
            upload.refuse(reason=INSPECTION_FAILED)
            continue
        upload.begin_inspection(now=now)
        begun.append(
            Inspection(
                upload_id=upload.id,
                key=upload.key,
                extracted_key=upload.extracted_key,
                size=upload.size or 0,
                sha256=upload.sha256 or "",
            )
        )
    return begun


def settle_inspection(
    *, tx: Transaction, upload_id: str, verdict: Verdict, extracted: ExtractedText | None
) -> None:
    """Write down what an inspection found; the first finding stands."""
    upload = tx.session.scalars(
        sa.select(Upload).where(Upload.id == upload_id).with_for_update(of=Upload)
    ).one_or_none()
    if upload is None or upload.state != UploadState.INSPECTING:
        return
    if verdict.is_accepted:
        # A scanned file has no words.
        words = None if extracted is None else (extracted.sha256, extracted.size)
        upload.accept(pages=verdict.pages, extracted=words)
    else:
        upload.refuse(reason=verdict.reason or INSPECTION_FAILED)
    tx.audit(
        "upload.inspected",
        object_id=upload.id,
        details={"state": upload.state, "reason": upload.reason or ""},
        enterprise_id=upload.enterprise_id,
    )


def forget_expired(*, tx: Transaction, upload_ids: Sequence[str]) -> None:
    """Delete the rows of files that were taken away."""
    tx.session.execute(
        sa.delete(Upload).where(Upload.id.in_(upload_ids), *queries.is_expired(tx.now()))
    )


def known_uploads(session: Session, *, upload_ids: Sequence[str]) -> set[str]:
    """Return which of these stored files have a row behind them."""
    return set(session.scalars(sa.select(Upload.blob_id).where(Upload.blob_id.in_(upload_ids))))
