"""Declarations with their products, and what they hold: a number, a count."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db, errors
from services.standards.domain import folding, lifecycle
from services.standards.domain.disclosure import Disclosure
from services.standards.domain.drafts import DraftContent
from services.standards.domain.kinds import (
    DeclarationState,
    DisclosureMode,
    StandardKind,
    Subject,
)
from services.standards.domain.lifecycle import Action
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.products import ProductData
from services.standards.domain.rules import LifeRules
from services.standards.models import refusals
from services.standards.models.base import Base
from services.standards.models.contents import IndicatorRow, Product, overwrite

if TYPE_CHECKING:
    from services.standards.models.uploads import Upload


class Declaration(Base):
    """Be one self-declaration of an enterprise: a draft, then public for good."""

    __tablename__ = "declarations"
    __table_args__ = (
        sa.CheckConstraint(
            "kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP', 'ENTERPRISE')", name="kind"
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')", name="state"),
        sa.CheckConstraint(
            "disclosure_mode IN ('NONE', 'FULL_TEXT', 'INDICATORS')", name="disclosure_mode"
        ),
        sa.CheckConstraint(
            "(state = 'DRAFT') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.Index("ix_declarations_own_list", "enterprise_id", "kind", "state", "published_at"),
        # At most one revision of a declaration is open at a time.
        sa.Index(
            "uq_declarations_open_revision",
            "supersedes_id",
            unique=True,
            postgresql_where=sa.text("state = 'DRAFT'"),
            sqlite_where=sa.text("state = 'DRAFT'"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(sa.Text)
    # The first of a row of revisions; the number belongs to all of them.
    chain_id: Mapped[str] = mapped_column(sa.Text, index=True)
    supersedes_id: Mapped[str | None] = mapped_column(sa.ForeignKey("declarations.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=DeclarationState.DRAFT.value)
    prefix: Mapped[str] = mapped_column(sa.Text)
    number_body: Mapped[str] = mapped_column(sa.Text)
    number_year: Mapped[str] = mapped_column(sa.Text)
    number_text: Mapped[str] = mapped_column(sa.Text)
    number_key: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    folded_title: Mapped[str] = mapped_column(sa.Text)
    # What the catalogue says of it is looked up there; a typed one has none.
    catalogue_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    subject: Mapped[str] = mapped_column(sa.Text)
    disclosure_mode: Mapped[str] = mapped_column(sa.Text)
    disclosure: Mapped[str] = mapped_column(sa.Text)
    record_number: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    published_version: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    corrected_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    withdrawal_reason: Mapped[str | None] = mapped_column(sa.Text)
    withdrawal_note: Mapped[str] = mapped_column(sa.Text, default="")
    # Counts the events of this declaration, so that projections apply only what is newer.
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    products: Mapped[list[Product]] = relationship(
        order_by=Product.position, cascade="all, delete-orphan", lazy="selectin"
    )
    indicators: Mapped[list[IndicatorRow]] = relationship(
        order_by=IndicatorRow.position, cascade="all, delete-orphan", lazy="selectin"
    )
    upload: Mapped["Upload | None"] = relationship(
        back_populates="declaration", foreign_keys="Upload.declaration_id", lazy="selectin"
    )
    indicator_files: Mapped[list["Upload"]] = relationship(
        back_populates="indicator_of", foreign_keys="Upload.indicator_of_id", lazy="select"
    )
    predecessor: Mapped["Declaration | None"] = relationship(
        remote_side="Declaration.id", back_populates="revisions", lazy="select"
    )
    revisions: Mapped[list["Declaration"]] = relationship(
        back_populates="predecessor",
        order_by="Declaration.created_at",
        lazy="select",
        passive_deletes=True,
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class

    @property
    def number(self) -> ParsedNumber:
        """Return the number as its three boxes."""
        return ParsedNumber(
            kind=StandardKind(self.kind),
            prefix=self.prefix,
            body=self.number_body,
            year=self.number_year,
        )

    @property
    def is_number_locked(self) -> bool:
        """Tell whether name and number are those of other revisions too (手册 5.3.2)."""
        return self.supersedes_id is not None or bool(self.revisions)

    def check_version(self, expected: int) -> None:
        """Make sure that nobody changed the declaration since the caller read it.

        Raises:
            StaleError: somebody did.
        """
        if self.version != expected:
            raise errors.StaleError

    def check_open(self, action: Action, *, now: datetime, rules: LifeRules) -> None:
        """Make sure that this can be done with the declaration now (manual, appendix 2).

        Raises:
            DomainError: it can't; the error says which way is open instead.
        """
        refusal = lifecycle.find_refusal(
            action,
            kind=StandardKind(self.kind),
            state=DeclarationState(self.state),
            published_at=self.published_at,
            now=now,
            rules=rules,
        )
        if refusal is not None:
            raise refusals.to_error(refusal, record_number=self.record_number or "")

    @property
    def content(self) -> DraftContent:
        """Return what the declaration says."""
        return DraftContent(
            number=self.number,
            title=self.title,
            mode=DisclosureMode(self.disclosure_mode),
            catalogue_id=self.catalogue_id,
            subject=Subject(self.subject),
            indicators=tuple(row.data for row in self.indicators),
            products=tuple(row.data for row in self.products),
            disclosure=Disclosure.from_dict(json.loads(self.disclosure)),
        )

    def write(self, content: DraftContent, *, now: datetime) -> None:
        """Replace what the declaration says; whether it may be changed is asked before."""
        number = content.number
        self.prefix, self.number_body, self.number_year = number.prefix, number.body, number.year
        self.number_text, self.number_key = number.text, number.key
        self.title, self.folded_title = content.title, folding.fold_for_search(content.title)
        self.disclosure_mode, self.catalogue_id = content.mode.value, content.catalogue_id
        self.subject = content.subject.value
        self.disclosure = db.dump_json(content.disclosure.as_dict())
        self.indicators = overwrite(self.indicators, IndicatorRow, content.indicators)
        self.products = overwrite(self.products, Product, content.products)
        self.updated_at = now

    def publish(self, *, record_number: str, now: datetime) -> None:
        """Make the draft public under its permanent number."""
        self.state = DeclarationState.PUBLISHED.value
        self.record_number = record_number
        self.published_at = self.updated_at = now
        self._announce()

    def correct(self, *, now: datetime) -> None:
        """Note that what was published was put right; the 24 hours do not begin anew (R-167)."""
        self.corrected_at = self.updated_at = now
        self._announce()

    def add_products(self, products: Sequence[ProductData], *, now: datetime) -> None:
        """Let the declaration cover more products (手册 5.2)."""
        known = [product.data for product in self.products]
        self.products = overwrite(self.products, Product, [*known, *products])
        self.updated_at = now
        self._announce()

    def withdraw(self, *, reason: str, note: str, now: datetime) -> None:
        """End the declaration for good; it stays on record (手册 5.5.2)."""
        self.state = DeclarationState.WITHDRAWN.value
        self.withdrawal_reason, self.withdrawal_note = reason, note
        self.withdrawn_at = self.updated_at = now
        self.sequence += 1

    def _announce(self) -> None:
        """Count one more published version, and the event that tells of it."""
        self.published_version += 1
        self.sequence += 1


class NumberClaim(Base):
    """Be the right of a chain of revisions to a number within its enterprise and kind (FAQ 25)."""

    __tablename__ = "number_claims"

    enterprise_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number_key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    chain_id: Mapped[str] = mapped_column(sa.Text, unique=True)


class RecordCounter(Base):
    """Count the publications of one enterprise; the row is what makes them wait for each other."""

    __tablename__ = "record_counters"

    enterprise_code: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    last: Mapped[int]
