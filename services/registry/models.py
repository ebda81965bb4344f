"""Tables of ``registry``: organisation records, divisions, pilot regions and import runs."""

import hashlib
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import db
from services.registry.domain.matching import IdIndexes, Texts

NAMESPACE: Final = uuid.UUID("6f3c7f0e-58d0-5c0b-9d7e-0f1f2a9c4b11")


_NAMESPACE_BYTES: Final = NAMESPACE.bytes
_BIG_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
_COMPARED: Final = (
    "credit_code", "name", "legal_representative", "id_number_type", "id_number_index", "address",
    "region", "postcode", "legal_representative_email", "phone_index", "status",
)  # fmt: skip
_PUBLIC_NAMES: Final = {
    "id_number_type": "legal_representative_id_type",
    "id_number_index": "legal_representative_id_number",
    "phone_index": "phone",
}


class OrganizationFacts(NamedTuple):
    """Hold what the code database states of an organisation, personal numbers protected."""

    credit_code: str | None
    organization_code: str
    name: str
    legal_representative: str
    id_number_type: str
    id_number_encrypted: str
    id_number_index: str
    id_number_short_index: str | None
    is_id_number_short: bool
    address: str
    region: str
    postcode: str
    legal_representative_email: str
    phone_encrypted: str | None
    phone_index: str | None
    status: str


IMPORTED_COLUMNS: Final = (
    "id", *OrganizationFacts._fields, "source_digest", "import_id", "import_row", "last_synced_at",
    "version",
)  # fmt: skip


class Base(DeclarativeBase):
    """Be the base of every table of this service."""

    metadata = db.new_metadata()
    type_annotation_map = {datetime: db.UTCDateTime, str: Text}  # noqa: RUF012 - read by SQLAlchemy


class OrganizationStatus(StrEnum):
    """Say whether an organisation still exists."""

    ACTIVE = "ACTIVE"
    DEREGISTERED = "DEREGISTERED"


def table_of(model: type[Base]) -> Table:
    """Return the table of a class, for statements that write many rows at once."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker
    return table


def organization_id(organization_code: str) -> str:
    """Return the id of an organisation: made from its code, the same in every import.

    It is ``uuid.uuid5``, written out because an import makes a million of them.
    """
    digest = hashlib.sha1(_NAMESPACE_BYTES + organization_code.encode(), usedforsecurity=False)
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


class Organization(Base):
    """One record of the code database 组织机构代码库."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("status IN ('ACTIVE', 'DEREGISTERED')", name="status"),
        CheckConstraint(
            "id_number_type IN ('RESIDENT_ID', 'TRAVEL_PERMIT', 'PASSPORT')", name="id_number_type"
        ),
        Index("ix_organization_region", "region"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    organization_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    legal_representative: Mapped[str]
    id_number_type: Mapped[str]
    id_number_encrypted: Mapped[str]
    id_number_index: Mapped[str]
    id_number_short_index: Mapped[str | None]
    is_id_number_short: Mapped[bool]
    address: Mapped[str]
    region: Mapped[str]
    postcode: Mapped[str]
    legal_representative_email: Mapped[str]
    phone_encrypted: Mapped[str | None]
    phone_index: Mapped[str | None]
    status: Mapped[str]
    source_digest: Mapped[str]
    import_id: Mapped[str | None]
    import_row: Mapped[int | None]
    last_synced_at: Mapped[datetime]
    registered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    # The version counts what others can see; confirming an unchanged record does not move it.
    __mapper_args__ = {  # noqa: RUF012 - SQLAlchemy reads it so
        "version_id_col": version,
        "version_id_generator": False,
    }

    @property
    def texts(self) -> Texts:
        """Return the fields that are compared as texts."""
        return Texts(
            name=self.name, legal_representative=self.legal_representative, address=self.address
        )

    @property
    def id_indexes(self) -> IdIndexes:
        """Return the keyed hashes that the identity number is compared by."""
        return IdIndexes(
            full=self.id_number_index,
            short=self.id_number_short_index,
            is_short_form=self.is_id_number_short,
        )

    @property
    def is_active(self) -> bool:
        """Say whether the organisation still exists."""
        return self.status == OrganizationStatus.ACTIVE

    def take(self, facts: "OrganizationFacts", *, source_digest: str) -> set[str]:
        """Take over what the code database states; return the names of the fields that changed.

        Personal numbers count as changed when their keyed hash differs: encrypted they differ
        every time.
        """
        changed = {name for name in _COMPARED if getattr(self, name) != getattr(facts, name)}
        for name in facts._fields:
            setattr(self, name, getattr(facts, name))
        self.source_digest = source_digest
        self.version = (self.version or 0) + bool(changed)
        return {_PUBLIC_NAMES.get(name, name) for name in changed}

    def deregister(self) -> None:
        """Note that the organisation does not exist any more.

        The digest is emptied: the next row that states the record is compared field by field.
        """
        self.status = OrganizationStatus.DEREGISTERED
        self.source_digest = ""
        self.version += 1

    def note_registration(self, at: datetime) -> None:
        """Note that the organisation has registered; the first time counts."""
        self.registered_at = self.registered_at or at

    def confirm(self, *, import_id: str, row: int, at: datetime) -> None:
        """Note that a row of an import stated this record, unchanged or not."""
        self.import_id = import_id
        self.import_row = row
        self.last_synced_at = at


class Division(Base):
    """One administrative division (GB/T 2260); the code has six digits at every level."""

    __tablename__ = "division"
    __table_args__ = (Index("ix_division_parent_code", "parent_code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str]
    path: Mapped[str]


class RegionSwitch(Base):
    """Whether registration is open below one prefix of division codes (手册 FAQ 8)."""

    __tablename__ = "region_switch"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    is_open: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class ImportRun(Base):
    """How far one file has been imported; the file is known by its SHA-256."""

    __tablename__ = "import_run"

    id: Mapped[str] = mapped_column(primary_key=True)
    file_sha256: Mapped[str] = mapped_column(unique=True)
    file_name: Mapped[str]
    position: Mapped[int]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    rejected: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(server_default="DELTA")
    deregistered: Mapped[int] = mapped_column(server_default="0")
    note: Mapped[str] = mapped_column(server_default="")
    updated_at: Mapped[datetime | None]


class ImportFault(Base):
    """Why one field of one row of an import was not taken; never the value itself."""

    __tablename__ = "import_fault"
    __table_args__ = (Index("ix_import_fault_import_id_row", "import_id", "row"),)

    id: Mapped[int] = mapped_column(_BIG_ID, Identity(), primary_key=True)
    import_id: Mapped[str]
    row: Mapped[int]
    field: Mapped[str]
    fault: Mapped[str]


class OrganizationChange(Base):
    """One field of a record that changed, and what it said before.

    Of personal numbers only that they changed; ``import_id`` is empty for the live source.
    """

    __tablename__ = "organization_history"

    id: Mapped[int] = mapped_column(_BIG_ID, Identity(), primary_key=True)
    organization_id: Mapped[str] = mapped_column(index=True)
    changed_at: Mapped[datetime]
    import_id: Mapped[str | None]
    field: Mapped[str]
    old_value: Mapped[str | None]


class WaitingState(StrEnum):
    """Say what became of somebody who waits for the record of an organisation."""

    WAITING = "WAITING"
    MISMATCH = "MISMATCH"
    READY = "READY"


class WaitingApplicant(Base):
    """Somebody who could not register because the record is not there yet (手册 FAQ 14)."""

    __tablename__ = "waiting_applicant"
    __table_args__ = (CheckConstraint("state IN ('WAITING', 'MISMATCH', 'READY')", name="state"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_code: Mapped[str] = mapped_column(index=True)
    fields_encrypted: Mapped[str]
    phone_encrypted: Mapped[str]
    state: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    resume_token_hash: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_version: Mapped[int | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    def miss(self, at: datetime, *, version: int) -> None:
        """Note that this version of the record says something else."""
        self.state, self.checked_at = WaitingState.MISMATCH, at
        self.checked_version = version

    def defer(self, at: datetime) -> None:
        """Note that the record was looked at and may not be registered yet: look again later."""
        self.state, self.checked_at, self.checked_version = WaitingState.WAITING, at, None

    def match(self, at: datetime, *, resume_token_hash: str, until: datetime) -> None:
        """Note that the record has come and is the applicant's: the registration may go on."""
        self.state, self.checked_at = WaitingState.READY, at
        self.resume_token_hash, self.expires_at = resume_token_hash, until


class RetiredDivision(Base):
    """A division that is not in GB/T 2260 any more; old codes still have a name."""

    __tablename__ = "retired_division"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    first_revision: Mapped[str]
    last_revision: Mapped[str]


class SourceLookup(Base):
    """When the live code database was last asked for a code, and whether it knew it."""

    __tablename__ = "source_lookup"

    code: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    is_found: Mapped[bool]
