"""Say in each result where it says what was asked for."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.search.domain import highlighting
from services.search.domain.highlighting import Range, Snippet
from services.search.models import IndexTables, index_tables
from services.search.queries import suggestions
from services.search.queries.searching import Page

# What a result is found in by its text is read again to be shown: for so many of a page.
MAX_SNIPPETS: Final = 5

_FIELDS: Final = ("number", "title", "enterprise_name", "product_summary")
_UNSAID: Final[Mapping[str, str]] = {}
_IN_TEXT: Final = "TEXT"
_PARTIAL: Final = "PARTIAL"


def present(
    session: Session, page: Page, *, query: str, is_first: bool, said: Mapping[str, str] = _UNSAID
) -> tuple[Page, list[str], dict[str, str]]:
    """Return a page whose items say where they were found.

    ``said`` is what was asked of single fields. With the page come known numbers that may have
    been meant, and where texts are kept that are still to be quoted, by record number.
    """
    tables = index_tables(page.generation)
    mark_items(page.items, query, said)
    keys = find_text_keys(session, tables, page.items, query)
    is_known = any(item["matched"] == "NUMBER" for item in page.items[:1])
    meant = (
        suggestions.find_meant(session, tables.terms, query=query)
        if is_first and not is_known
        else []
    )
    return page, meant, keys


def mark_items(
    items: Iterable[dict[str, Any]], query: str, said: Mapping[str, str] = _UNSAID
) -> None:
    """Add ``highlights`` to results: ranges ``[start, end)`` in characters of each short field."""
    for item in items:
        marked = {
            name: _ranges(item[name], f"{query} {said.get(name, '')}", is_number=name == "number")
            for name in _FIELDS
        }
        if item["matched"] == _PARTIAL and not any(marked.values()):
            marked = {
                name: _as_lists(highlighting.highlight_pieces(item[name], query))
                for name in _FIELDS
            }
        item["highlights"] = marked
        item["snippet"] = None


def find_text_keys(
    session: Session, tables: IndexTables, items: Sequence[dict[str, Any]], query: str
) -> dict[str, str]:
    """Return of results found in their texts where these are kept, by record number.

    A result whose indicators say it gets its ``snippet`` here and is left out.
    """
    wanted = {item["record_number"]: item for item in items if item["matched"] == _IN_TEXT}
    if not wanted:
        return {}
    documents, contents = tables.documents, tables.contents
    rows = session.execute(
        sa.select(documents.c.record_number, documents.c.text_key, contents.c.document)
        .join(contents, contents.c.document_id == documents.c.id)
        .where(documents.c.record_number.in_(list(wanted)[:MAX_SNIPPETS]))
    )
    keys: dict[str, str] = {}
    for record_number, text_key, document in rows:
        snippet = _indicators(json.loads(document), query)
        if snippet is not None:
            wanted[record_number]["snippet"] = as_dict(snippet)
        elif text_key is not None:
            keys[record_number] = text_key
    return keys


def as_dict(snippet: Snippet) -> dict[str, Any]:
    """Return a snippet as it travels."""
    return {**asdict(snippet), "ranges": _as_lists(snippet.ranges)}


def _indicators(document: Mapping[str, Any], query: str) -> Snippet | None:
    said = "；".join(
        f"{indicator['name']}：{indicator['preview']}" for indicator in document["indicators"]
    )
    return highlighting.cut_snippet(said, query)


def _ranges(text: str, query: str, *, is_number: bool) -> list[list[int]]:
    return _as_lists(highlighting.highlight(text, query, is_number=is_number))


def _as_lists(ranges: Iterable[Range]) -> list[list[int]]:
    return [list(place) for place in ranges]
