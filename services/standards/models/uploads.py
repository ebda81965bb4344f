"""Files on their way from a browser to a declaration."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db, errors
from services.standards.domain.kinds import UploadState
from services.standards.models.base import Base
from services.standards.models.declarations import Declaration

# What an attempt to inspect a file may take before another one starts: well above the 20 seconds
# that the child process is given.
INSPECTION_PATIENCE: Final = timedelta(minutes=2)


class UploadWrongStateError(errors.DomainError):
    """Refuse a step that the upload has behind it, or not yet reached."""

    code = "standards.upload_wrong_state"


class UploadTooLargeError(errors.DomainError):
    """Refuse a file above the limit."""

    code = "standards.upload_too_large"


class Upload(Base):
    """Be one uploaded file on its way from the browser to a declaration.

    ``expires_at`` is set as long as no declaration holds the file: then the sweeper takes it away.
    A revision starts with the file of its predecessor: two rows, one ``blob_id``.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        sa.CheckConstraint("state IN ('OPEN', 'INSPECTING', 'ACCEPTED', 'REFUSED')", name="state"),
        sa.CheckConstraint(
            "(declaration_id IS NULL AND indicator_of_id IS NULL) <> (expires_at IS NULL)",
            name="attached_or_expiring",
        ),
        sa.Index("ix_uploads_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    blob_id: Mapped[str] = mapped_column(sa.Text, index=True)
    enterprise_id: Mapped[str] = mapped_column(sa.Text)
    opened_by: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=UploadState.OPEN.value)
    file_name: Mapped[str] = mapped_column(sa.Text)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.Text)
    pages: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    extracted_sha256: Mapped[str | None] = mapped_column(sa.Text)
    extracted_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime, index=True)
    declaration_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="SET NULL"), unique=True
    )
    # Of a file that holds the requirement of an indicator (手册 4.1(2): 请上传文本).
    indicator_of_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="SET NULL"), index=True
    )
    declaration: Mapped[Declaration | None] = relationship(
        back_populates="upload", foreign_keys=[declaration_id]
    )
    indicator_of: Mapped[Declaration | None] = relationship(
        back_populates="indicator_files", foreign_keys=[indicator_of_id]
    )

    @property
    def key(self) -> str:
        """Return where the blob store keeps the file."""
        return f"uploads/{self.blob_id}"

    @property
    def extracted_key(self) -> str:
        """Return where the blob store keeps the words of the file."""
        return f"uploads/{self.blob_id}.txt"

    def finish(self, *, sha256: str, size: int, max_bytes: int, now: datetime) -> None:
        """Take down what arrived and put the file up for inspection.

        The same call again changes nothing, so that a lost answer can be asked for twice.

        Raises:
            UploadTooLargeError: the file is above the limit.
            UploadWrongStateError: another file was already taken down.
        """
        if self.state != UploadState.OPEN:
            if (self.sha256, self.size) == (sha256, size):
                return
            raise UploadWrongStateError(state=self.state)
        if size > max_bytes:
            raise UploadTooLargeError(max_bytes=max_bytes)
        self.state = UploadState.INSPECTING.value
        self.sha256, self.size, self.due_at = sha256, size, now

    def begin_inspection(self, *, now: datetime) -> None:
        """Count an attempt before it is made, and give it time: a crash is then tried again."""
        self.attempts += 1
        self.due_at = now + INSPECTION_PATIENCE

    def accept(self, *, pages: int, extracted: "tuple[str, int] | None") -> None:
        """Find the file good; ``extracted`` is hash and size of its words, stored by now."""
        self._settle(UploadState.ACCEPTED)
        self.pages = pages
        self.extracted_sha256, self.extracted_size = extracted or (None, None)

    def refuse(self, *, reason: str) -> None:
        """Find the file bad."""
        self._settle(UploadState.REFUSED)
        self.reason = reason

    def is_attachable(self, *, enterprise_id: str, now: datetime) -> bool:
        """Tell whether a draft of this enterprise may take the file now."""
        return (
            self.state == UploadState.ACCEPTED
            and self.enterprise_id == enterprise_id
            and self.expires_at is not None
            and now < self.expires_at
        )

    def attach(self, declaration: Declaration) -> None:
        """Give the file to its one declaration."""
        self.declaration, self.expires_at = declaration, None

    def attach_to_indicator(self, declaration: Declaration) -> None:
        """Give the file to an indicator of its one declaration."""
        self.indicator_of, self.expires_at = declaration, None

    def copy(self, *, upload_id: str, now: datetime) -> "Upload":
        """Return another hold on the same file, for the draft that revises its declaration."""
        same = ("blob_id", "enterprise_id", "opened_by", "state", "file_name", "size", "sha256",
                "pages", "extracted_sha256", "extracted_size")  # fmt: skip
        return Upload(id=upload_id, created_at=now, **{name: getattr(self, name) for name in same})

    def release(self, *, now: datetime) -> None:
        """Give the file up: the sweeper may take it."""
        self.declaration, self.indicator_of, self.expires_at = None, None, now

    def _settle(self, state: UploadState) -> None:
        if self.state != UploadState.INSPECTING:
            raise UploadWrongStateError(state=self.state)
        self.state, self.due_at = state.value, None
