"""What narrows a search down: tokens in the same rows, limits of ids, and limits of indicators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa

from services.search.domain import documents, measures, tokens, words
from services.search.domain.expressions import Expression, Phrase, all_of
from services.search.domain.tokens import Tag
from services.search.domain.words import Word
from services.search.models import IndexTables

_BEIJING: Final = timedelta(hours=8)
# One letter for each filter that is a token, as documents are indexed.
_LETTERS: Final = {
    "kind": "k",
    "state": "s",
    "region": "r",
    "class_code": "c",
    "disclosure": "d",
}
# In which fields the words of a box of its own must stand.
_PLACES: Final[dict[str, Callable[[Word], Expression]]] = {
    "enterprise": Word.in_enterprises_only,
    "title": Word.in_names,
    "number": Word.in_numbers,
    "product": Word.in_products,
    "barcode": Word.in_barcodes,
}


@dataclass(frozen=True)
class IndicatorFilter:
    """Ask for an indicator by its name, and for declared limits within those given.

    ``low`` and ``high`` are numbers of ``unit``; None asks nothing of that side.
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Filters:
    """Narrow a search down; what is None asks nothing. Days are Beijing's, the last is not in.

    The words of ``enterprise``, ``title``, ``number``, ``product`` and ``barcode`` must all stand
    in that field. ``barcode`` may be the beginning of one, ``gtin`` is all its digits.
    """

    kind: str | None = None
    state: str | None = None
    region: str | None = None
    year: int | None = None
    class_code: str | None = None
    disclosure: str | None = None
    credit_code: str | None = None
    published_from: date | None = None
    published_to: date | None = None
    enterprise: str | None = None
    title: str | None = None
    number: str | None = None
    product: str | None = None
    barcode: str | None = None
    gtin: str | None = None
    indicator: IndicatorFilter | None = None

    def tokens(self) -> list[Expression]:
        """Return what a row of the index must have."""
        asked = []
        for name, letter in _LETTERS.items():
            value: str | None = getattr(self, name)
            if value is not None:
                asked.append(documents.filter_token(letter, value))
        if self.year is not None:
            asked.append(documents.filter_token("y", str(self.year)))
        if self.credit_code is not None:
            asked.append(Tag.ORGANIZATION + tokens.encode(tokens.flatten(self.credit_code)))
        if self.gtin is not None:
            asked.append(Tag.BARCODE + self.gtin.lstrip("0"))
        said = [
            _words_of(str(value), place)
            for name, place in _PLACES.items()
            if (value := getattr(self, name)) is not None
        ]
        return [*(Phrase((token,)) for token in asked), *said]

    @property
    def said(self) -> dict[str, str]:
        """Return what must stand in which field of a result, where a result shows it."""
        return {
            "number": self.number or "",
            "title": self.title or "",
            "enterprise_name": self.enterprise or "",
            "product_summary": self.product or "",
        }

    @property
    def first_id(self) -> int | None:
        """Return the lowest id that a document may have."""
        return None if self.published_from is None else _id_of(self.published_from)

    @property
    def end_id(self) -> int | None:
        """Return the id that all ids are below."""
        return None if self.published_to is None else _id_of(self.published_to)

    def conditions(
        self, tables: IndexTables, document_id: sa.ColumnElement[int]
    ) -> list[sa.ColumnElement[bool]]:
        """Return what a document's id must meet besides the tokens."""
        found = self.range_conditions(document_id)
        if self.indicator is not None:
            found.append(self.indicator_condition(tables, document_id))
        return found

    def range_conditions(self, document_id: sa.ColumnElement[int]) -> list[sa.ColumnElement[bool]]:
        """Return between which ids a document must be."""
        found: list[sa.ColumnElement[bool]] = []
        if self.first_id is not None:
            found.append(document_id >= self.first_id)
        if self.end_id is not None:
            found.append(document_id < self.end_id)
        return found

    def indicator_condition(
        self, tables: IndexTables, document_id: sa.ColumnElement[int]
    ) -> sa.ColumnElement[bool]:
        """Return that a document has the indicator that is asked for."""
        if self.indicator is None:
            return sa.true()
        return document_id.in_(_having(self.indicator, tables))


def _words_of(value: str, place: Callable[[Word], Expression]) -> Expression:
    """Return that all words stand in one field; marks alone are in none."""
    read = words.read_query(value).words
    return all_of(place(word) for word in read) if read else words.NOTHING


def _having(asked: IndicatorFilter, tables: IndexTables) -> sa.Select[int]:
    table = tables.indicators
    statement = sa.select(table.c.document_id).where(
        table.c.name_key == measures.name_key(asked.name)
    )
    unit = measures.read_unit(asked.unit)
    if asked.unit or asked.low is not None or asked.high is not None:
        statement = statement.where(table.c.unit_key == unit.key)
    if asked.low is not None:
        statement = statement.where(table.c.low >= measures.convert(asked.low, unit))
    if asked.high is not None:
        statement = statement.where(table.c.high <= measures.convert(asked.high, unit))
    return statement


def _id_of(day: date) -> int:
    midnight = datetime.combine(day, time(), tzinfo=UTC) - _BEIJING
    return documents.position_of(midnight)
