"""Answer a search: results, the place where the next page begins, and what texts say of them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.read_replicas import ReadReplicas
from services.search import queries
from services.search.adapters.cursors import Cursors
from services.search.adapters.texts import read_beginning
from services.search.domain.highlighting import find_snippet
from services.search.queries import Filters, presenting

# What says how much of an answer is wanted, not what is asked for.
_EXTENT: Final = frozenset({"cursor", "limit", "with_facets"})


def answer_search(
    asked: Mapping[str, Any],
    filters: Filters,
    *,
    replicas: ReadReplicas,
    cursors: Cursors,
    blobs: BlobStore,
) -> dict[str, Any]:
    """Return one page of what is found, as `contracts.rpc.search` describes it.

    ``asked`` is a loaded `SearchInput`; its cursor is good for the same question only.

    Raises:
        InvalidCursorError: the cursor was altered, or belongs to another question.
        DatabaseUnavailableError: neither the primary nor a replica answers.
    """
    query, cursor = asked["query"], asked["cursor"]
    question = {name: value for name, value in asked.items() if name not in _EXTENT}
    after, generation = (None, None) if cursor is None else cursors.read(cursor, question=question)

    def look(session: Session) -> tuple[queries.Page, list[str], dict[str, str]]:
        page = queries.search(
            session,
            query=query,
            filters=filters,
            after=after,
            limit=asked["limit"],
            with_facets=asked["with_facets"],
            generation=generation,
        )
        return presenting.present(
            session, page, query=query, is_first=after is None, said=filters.said
        )

    page, meant, keys = replicas.read(look)
    if keys:
        jobs.in_thread(partial(_quote, blobs, page.items, keys, query))
    last = page.last
    return {
        "items": page.items,
        "did_you_mean": meant,
        "next_cursor": None
        if last is None
        else cursors.write(last, generation=page.generation, question=question),
        "total": page.total,
        "is_total_capped": page.is_total_capped,
        "total_text": f"{page.total}+" if page.is_total_capped else str(page.total),
        "is_partial": page.is_partial,
        "facets": page.facets,
    }


def _quote(
    blobs: BlobStore, items: Sequence[dict[str, Any]], keys: Mapping[str, str], query: str
) -> None:
    """Show of results found in their texts where these say it."""
    for item in items:
        key = keys.get(item["record_number"])
        if key is not None:
            found = find_snippet(read_beginning(blobs, key), query)
            item["snippet"] = None if found is None else presenting.as_dict(found)
