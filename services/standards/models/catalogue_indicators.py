"""What standards of the catalogue demand: their indicators, to compare declarations with."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.standards.models.base import Base
from services.standards.models.contents import IndicatorColumns

# Compared byte by byte on both engines, so that a plain index finds a number.
_CODE: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


class CatalogueIndicator(IndicatorColumns, Base):
    """Be one technical indicator of a standard of others.

    Rows belong to a number, not to an entry of the catalogue: either may be imported first.
    """

    __tablename__ = "catalogue_indicators"
    __table_args__ = (
        sa.Index("ix_catalogue_indicators_number_stem", "number_stem", "catalogue_number_key"),
    )

    catalogue_number_key: Mapped[str] = mapped_column(_CODE, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    number_stem: Mapped[str] = mapped_column(_CODE)
    condition: Mapped[str] = mapped_column(sa.Text)
