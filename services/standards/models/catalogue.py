"""The catalogue 目录: standards of others with their state, imports of it, and what is missing."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db, errors
from services.standards.domain import folding
from services.standards.domain.catalogue import (
    CatalogueRecord,
    CatalogueState,
    TicketState,
)
from services.standards.models.base import Base

_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Compared byte by byte on both engines, so that a plain index finds what begins with something.
_CODE: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


# Fields of a record that are not one column of the same name.
_COLUMNS: Final = {"replaced_by": ("replaced_by_text", "replaced_by_key")}


class TicketClosedError(errors.DomainError):
    """Refuse to decide a second time about a missing standard."""

    code = "standards.ticket_closed"


class CatalogueStandard(Base):
    """Be one standard that can be chosen: number, name and state, never its text (手册 FAQ 33)."""

    __tablename__ = "catalogue_standards"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP')", name="kind"),
        sa.CheckConstraint(
            "state IN ('UPCOMING', 'CURRENT', 'SUPERSEDED', 'WITHDRAWN')", name="state"
        ),
        sa.Index("ix_catalogue_standards_title", "kind", "folded_title"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    number_text: Mapped[str] = mapped_column(sa.Text)
    number_key: Mapped[str] = mapped_column(_CODE, unique=True)
    number_stem: Mapped[str] = mapped_column(_CODE, index=True)
    number_body: Mapped[str] = mapped_column(_CODE, index=True)
    number_serial: Mapped[str] = mapped_column(_CODE, index=True)
    number_year: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    folded_title: Mapped[str] = mapped_column(_CODE)
    state: Mapped[str] = mapped_column(sa.Text)
    replaced_by_text: Mapped[str | None] = mapped_column(sa.Text)
    replaced_by_key: Mapped[str | None] = mapped_column(_CODE, index=True)
    issued_on: Mapped[date | None] = mapped_column(sa.Date)
    effective_on: Mapped[date | None] = mapped_column(sa.Date)
    withdrawn_on: Mapped[date | None] = mapped_column(sa.Date)
    ics: Mapped[str] = mapped_column(sa.Text)
    ccs: Mapped[str] = mapped_column(sa.Text)
    issued_by: Mapped[str] = mapped_column(sa.Text)
    english_title: Mapped[str] = mapped_column(sa.Text, default="")
    source_digest: Mapped[str] = mapped_column(sa.Text)
    import_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    import_row: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class

    def take(self, record: CatalogueRecord, *, now: datetime) -> bool:
        """Say what the record says; return false when the entry said all of it before."""
        facts = facts_of(record)
        for name in record.unsaid:
            # Its source lists again what it had dropped.
            if name == "state" and not self.source_digest:
                continue
            facts |= {column: getattr(self, column) for column in _COLUMNS.get(name, (name,))}
        digest = digest_of(facts)
        if digest == self.source_digest:
            return False
        for name, value in facts.items():
            setattr(self, name, value)
        self.source_digest, self.updated_at = digest, now
        return True

    def withdraw(self, *, now: datetime) -> None:
        """Take the standard for withdrawn, because its source does not list it any more."""
        self.state = CatalogueState.WITHDRAWN.value
        # Should the source list it again, it is to be read anew.
        self.source_digest = ""
        self.updated_at = now


def facts_of(record: CatalogueRecord) -> dict[str, str | date | None]:
    """Return the columns that a source decides about."""
    number, replaced_by = record.number, record.replaced_by
    return {
        "kind": number.kind.value,
        "number_text": number.text,
        "number_key": number.key,
        "number_stem": number.stem,
        "number_body": number.body,
        "number_serial": number.serial,
        "number_year": number.year,
        "title": record.title,
        "folded_title": folding.fold_for_search(record.title),
        "state": record.state.value,
        "replaced_by_text": None if replaced_by is None else replaced_by.text,
        "replaced_by_key": None if replaced_by is None else replaced_by.key,
        "issued_on": record.issued_on,
        "effective_on": record.effective_on,
        "withdrawn_on": record.withdrawn_on,
        "ics": record.ics,
        "ccs": record.ccs,
        "issued_by": record.issued_by,
        "english_title": record.english_title,
    }


def digest_of(facts: Mapping[str, str | date | None]) -> str:
    """Return what tells whether two sources say the same."""
    said = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in facts.items()
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class CatalogueChange(Base):
    """Be one change of an entry's state or replacement, and what both were before."""

    __tablename__ = "catalogue_changes"
    __table_args__ = (sa.Index("ix_catalogue_changes_import_id", "import_id", "id"),)

    id: Mapped[int] = mapped_column(_BIG_ID, sa.Identity(), primary_key=True)
    catalogue_id: Mapped[str] = mapped_column(sa.ForeignKey("catalogue_standards.id"), index=True)
    import_id: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    old_state: Mapped[str] = mapped_column(sa.Text)
    new_state: Mapped[str] = mapped_column(sa.Text)
    old_replaced_by: Mapped[str | None] = mapped_column(sa.Text)
    new_replaced_by: Mapped[str | None] = mapped_column(sa.Text)


class CatalogueImport(Base):
    """Tell how far one file has been imported; it is known by its SHA-256 and its kind."""

    __tablename__ = "catalogue_imports"
    __table_args__ = (
        sa.UniqueConstraint("file_sha256", "kind"),
        sa.CheckConstraint("kind IN ('FULL', 'DELTA')", name="kind"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    file_sha256: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    file_name: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    rejected: Mapped[int]
    withdrawn: Mapped[int]
    note: Mapped[str] = mapped_column(sa.Text)
    started_at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)
    updated_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)


class CatalogueImportFault(Base):
    """Tell why one field of one row of an import was not taken; never the value itself."""

    __tablename__ = "catalogue_import_faults"
    __table_args__ = (sa.Index("ix_catalogue_import_faults_import_id_row", "import_id", "row"),)

    id: Mapped[int] = mapped_column(_BIG_ID, sa.Identity(), primary_key=True)
    import_id: Mapped[str] = mapped_column(sa.Text)
    row: Mapped[int]
    field: Mapped[str] = mapped_column(sa.Text)
    fault: Mapped[str] = mapped_column(sa.Text)


class MissingStandardTicket(Base):
    """Be the report of an enterprise that a standard is not in the catalogue (手册 FAQ 18)."""

    __tablename__ = "missing_standard_tickets"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP')", name="kind"),
        sa.CheckConstraint("state IN ('OPEN', 'ADDED', 'REFUSED')", name="state"),
        sa.CheckConstraint("(state = 'ADDED') = (catalogue_id IS NOT NULL)", name="entry_if_added"),
        sa.CheckConstraint("(state = 'OPEN') = (resolved_at IS NULL)", name="resolved_unless_open"),
        sa.Index("ix_missing_standard_tickets_state", "state", "asked_at"),
        sa.Index("ix_missing_standard_tickets_own", "enterprise_id", "asked_at"),
        # One enterprise asks for one standard once at a time.
        sa.Index(
            "uq_missing_standard_tickets_open",
            "enterprise_id",
            "number_key",
            unique=True,
            postgresql_where=sa.text("state = 'OPEN'"),
            sqlite_where=sa.text("state = 'OPEN'"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(sa.Text)
    asked_by: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    kind: Mapped[str] = mapped_column(sa.Text)
    number_text: Mapped[str] = mapped_column(sa.Text)
    number_key: Mapped[str] = mapped_column(_CODE, index=True)
    title: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=TicketState.OPEN.value)
    resolution_note: Mapped[str] = mapped_column(sa.Text, default="")
    resolved_by: Mapped[str | None] = mapped_column(sa.Text)
    resolved_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    catalogue_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("catalogue_standards.id"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class

    def add(self, catalogue_id: str, *, note: str, by: str, now: datetime) -> None:
        """Note that the standard is in the catalogue now.

        Raises:
            TicketClosedError: somebody has decided before.
        """
        self._close(TicketState.ADDED, note=note, by=by, now=now)
        self.catalogue_id = catalogue_id

    def refuse(self, *, note: str, by: str, now: datetime) -> None:
        """Note that the standard does not come into the catalogue, and why.

        Raises:
            TicketClosedError: somebody has decided before.
        """
        self._close(TicketState.REFUSED, note=note, by=by, now=now)

    def _close(self, state: TicketState, *, note: str, by: str, now: datetime) -> None:
        if self.state != TicketState.OPEN:
            raise TicketClosedError(state=self.state)
        self.state = state.value
        self.resolution_note, self.resolved_by, self.resolved_at = note, by, now
