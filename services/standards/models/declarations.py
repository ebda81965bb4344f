"""Declarations with their products, and what they hold: a number, a count."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db, errors
from services.standards.domain import folding
from services.standards.domain.kinds import DeclarationState, DisclosureMode
from services.standards.domain.numbering import StandardNumber
from services.standards.domain.products import ProductData
from services.standards.models.base import Base

if TYPE_CHECKING:
    from services.standards.models.uploads import Upload


class PublishedNotSavableError(errors.DomainError):
    """Refuse to save a published declaration: it can only be submitted again (手册 5.4.1)."""

    code = "standards.published_not_savable"


class PublishedNotDeletableError(errors.DomainError):
    """Refuse to delete what was once public (手册 5.6.2)."""

    code = "standards.published_not_deletable"


class AlreadyPublishedError(errors.DomainError):
    """Refuse to publish twice."""

    code = "standards.already_published"


class Product(Base):
    """Be one product row of a declaration; the folded name is what the keyword box looks in."""

    __tablename__ = "products"

    declaration_id: Mapped[str] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    generic_name: Mapped[str] = mapped_column(sa.Text)
    barcode: Mapped[str] = mapped_column(sa.Text, index=True)
    brand: Mapped[str] = mapped_column(sa.Text)
    specification: Mapped[str] = mapped_column(sa.Text)
    model: Mapped[str] = mapped_column(sa.Text)
    class_code: Mapped[str] = mapped_column(sa.Text)
    folded_name: Mapped[str] = mapped_column(sa.Text)

    @property
    def data(self) -> ProductData:
        """Return the seven fields as plain data."""
        return ProductData(
            name=self.name,
            generic_name=self.generic_name,
            barcode=self.barcode,
            brand=self.brand,
            specification=self.specification,
            model=self.model,
            class_code=self.class_code,
        )


class Declaration(Base):
    """Be one self-declaration of an enterprise: a draft, then public for good."""

    __tablename__ = "declarations"
    __table_args__ = (
        sa.CheckConstraint(
            "kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP', 'ENTERPRISE')", name="kind"
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')", name="state"),
        sa.CheckConstraint(
            "disclosure_mode IN ('FULL_TEXT', 'INDICATORS')", name="disclosure_mode"
        ),
        sa.CheckConstraint(
            "(state = 'DRAFT') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.Index("ix_declarations_own_list", "enterprise_id", "kind", "state", "published_at"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=DeclarationState.DRAFT.value)
    prefix: Mapped[str] = mapped_column(sa.Text)
    number_body: Mapped[str] = mapped_column(sa.Text)
    number_year: Mapped[str] = mapped_column(sa.Text)
    number_text: Mapped[str] = mapped_column(sa.Text)
    number_key: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    folded_title: Mapped[str] = mapped_column(sa.Text)
    disclosure_mode: Mapped[str] = mapped_column(sa.Text)
    record_number: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    published_version: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    products: Mapped[list[Product]] = relationship(
        order_by=Product.position, cascade="all, delete-orphan", lazy="selectin"
    )
    upload: Mapped["Upload | None"] = relationship(back_populates="declaration", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class

    @property
    def number(self) -> StandardNumber:
        """Return the number as its three boxes."""
        return StandardNumber(prefix=self.prefix, body=self.number_body, year=self.number_year)

    def check_version(self, expected: int) -> None:
        """Make sure that nobody changed the declaration since the caller read it.

        Raises:
            StaleError: somebody did.
        """
        if self.version != expected:
            raise errors.StaleError

    def write(
        self,
        *,
        number: StandardNumber,
        title: str,
        disclosure_mode: DisclosureMode,
        products: Sequence[ProductData],
        now: datetime,
    ) -> None:
        """Replace what the draft says.

        Raises:
            PublishedNotSavableError: it is a draft no longer.
        """
        if self.state != DeclarationState.DRAFT:
            raise PublishedNotSavableError
        self.prefix, self.number_body, self.number_year = number.prefix, number.body, number.year
        self.number_text, self.number_key = number.text, number.key
        self.title, self.folded_title = title, folding.fold_for_search(title)
        self.disclosure_mode = disclosure_mode.value
        self.updated_at = now
        if [product.data for product in self.products] != list(products):
            self._replace_products(products)

    def check_draft(self) -> None:
        """Make sure that the declaration has yet to be published.

        Raises:
            AlreadyPublishedError: it was published before.
        """
        if self.state != DeclarationState.DRAFT:
            raise AlreadyPublishedError(record_number=self.record_number or "")

    def publish(self, *, record_number: str, now: datetime) -> None:
        """Make the draft public under its permanent number.

        Raises:
            AlreadyPublishedError: it is a draft no longer.
        """
        self.check_draft()
        self.state = DeclarationState.PUBLISHED.value
        self.record_number = record_number
        self.published_version = 1
        self.published_at = self.updated_at = now

    def check_deletable(self) -> None:
        """Make sure that the declaration was never public.

        Raises:
            PublishedNotDeletableError: it was.
        """
        if self.state != DeclarationState.DRAFT:
            raise PublishedNotDeletableError

    def _replace_products(self, products: Sequence[ProductData]) -> None:
        """Overwrite the rows in place, so that no row is deleted only to be inserted again."""
        kept = self.products[: len(products)]
        for row, product in zip(kept, products, strict=False):
            for name, value in product.as_dict().items():
                setattr(row, name, value)
            row.folded_name = folding.fold_for_search(product.name)
        added = [
            Product(
                position=position,
                folded_name=folding.fold_for_search(product.name),
                **product.as_dict(),
            )
            for position, product in enumerate(products)
            if position >= len(kept)
        ]
        self.products = [*kept, *added]


class NumberClaim(Base):
    """Be the right of one declaration to a number within its enterprise and kind (FAQ 25)."""

    __tablename__ = "number_claims"

    enterprise_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number_key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    declaration_id: Mapped[str] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="CASCADE"), unique=True
    )


class RecordCounter(Base):
    """Count the publications of one enterprise; the row is what makes them wait for each other."""

    __tablename__ = "record_counters"

    enterprise_code: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    last: Mapped[int]
