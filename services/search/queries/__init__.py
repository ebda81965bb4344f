"""Reads of the index."""

from services.search.queries.filters import Filters, IndicatorFilter
from services.search.queries.publications import NotFoundError, find_document, has_version
from services.search.queries.reading import MAX_TOTAL, Place
from services.search.queries.searching import Page, live_tables, search

__all__ = [
    "MAX_TOTAL",
    "Filters",
    "IndicatorFilter",
    "NotFoundError",
    "Page",
    "Place",
    "find_document",
    "has_version",
    "live_tables",
    "search",
]
