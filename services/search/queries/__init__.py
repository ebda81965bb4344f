"""Reads of the index."""

from services.search.queries.filters import Filters, IndicatorFilter
from services.search.queries.live import live_tables
from services.search.queries.publications import (
    NotFoundError,
    find_document,
    has_version,
    list_record_parts,
    list_records,
)
from services.search.queries.reading import MAX_TOTAL, Place
from services.search.queries.searching import Page, search

__all__ = [
    "MAX_TOTAL",
    "Filters",
    "IndicatorFilter",
    "NotFoundError",
    "Page",
    "Place",
    "find_document",
    "has_version",
    "list_record_parts",
    "list_records",
    "live_tables",
    "search",
]
