"""The rows of a declaration: what it covers, and what it promises."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.standards.domain import folding, intervals
from services.standards.domain.indicators import Indicator
from services.standards.domain.products import ProductData
from services.standards.models.base import Base


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

    def write(self, data: ProductData) -> None:
        """Take over the seven fields."""
        for name, value in data.as_dict().items():
            setattr(self, name, value)
        self.folded_name = folding.fold_for_search(data.name)


class IndicatorColumns:
    """Be the columns of one technical indicator, whoever laid it down.

    Where its requirement is an interval of numbers, the ends are columns of their own, as decimal
    texts with their unit: what can be compared later without reading every document.
    """

    name: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[str] = mapped_column(sa.Text)
    low: Mapped[str | None] = mapped_column(sa.Text)
    is_low_closed: Mapped[bool]
    high: Mapped[str | None] = mapped_column(sa.Text)
    is_high_closed: Mapped[bool]
    unit: Mapped[str] = mapped_column(sa.Text)

    @property
    def data(self) -> Indicator:
        """Return the indicator as plain data."""
        return Indicator.from_dict(json.loads(self.content))

    def write(self, data: Indicator) -> None:
        """Take over an indicator, and the interval that its requirement means."""
        self.name = data.name
        self.content = db.dump_json(data.as_dict())
        interval = intervals.derive_interval(data.requirement)
        low = None if interval is None else interval.low
        high = None if interval is None else interval.high
        self.low = None if low is None else str(low)
        self.high = None if high is None else str(high)
        self.is_low_closed = interval is not None and interval.low_closed
        self.is_high_closed = interval is not None and interval.high_closed
        self.unit = "" if interval is None else interval.unit


class IndicatorRow(IndicatorColumns, Base):
    """Be one technical indicator of a declaration."""

    __tablename__ = "indicators"

    declaration_id: Mapped[str] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(sa.Text, index=True)

    def write(self, data: Indicator) -> None:
        """Take over an indicator."""
        super().write(data)
        self.category = data.category


R = TypeVar("R", Product, IndicatorRow)


def overwrite(rows: Sequence[R], kind: type[R], wanted: Sequence[Any]) -> list[R]:
    """Return rows that hold what is wanted: those there are written over, not made anew.

    Rows that say it already are left alone.
    """
    if [row.data for row in rows] == list(wanted):
        return list(rows)
    kept = list(rows[: len(wanted)])
    kept += [kind(position=position) for position in range(len(kept), len(wanted))]
    for row, data in zip(kept, wanted, strict=True):
        row.write(data)
    return kept
