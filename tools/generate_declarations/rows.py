"""Rows in the order of their tables' columns, taken from objects that no session knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa

from services.standards.models import (
    Base,
    CatalogueStandard,
    Declaration,
    IndicatorRow,
    NumberClaim,
    Product,
    RecordCounter,
    Review,
    Upload,
    Version,
)

Row = Sequence[Any]

# What is referred to stands before what refers to it.
TABLES: Final = tuple(
    model.__tablename__
    for model in (
        CatalogueStandard,
        Declaration,
        Product,
        IndicatorRow,
        Upload,
        Version,
        Review,
        NumberClaim,
        RecordCounter,
    )
)


@dataclass
class Batch:
    """Hold finished rows by the names of their tables."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    @property
    def declarations(self) -> int:
        """Return how many declarations there are."""
        return len(self.rows[Declaration.__tablename__])

    def add(self, entry: Base) -> None:
        """Add the row of one object."""
        name = entry.__tablename__
        self.rows[name].append(_READERS[name](entry))


def columns_of(name: str) -> list[str]:
    """Return the columns of a table in the order of the rows."""
    return [column.name for column in table_of(name).columns]


def table_of(name: str) -> sa.Table:
    """Return a table of ``standards``."""
    return Base.metadata.tables[name]


_READERS: Final[dict[str, Callable[[Any], Row]]] = {
    name: attrgetter(*columns_of(name)) for name in TABLES
}
