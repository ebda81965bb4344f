"""Find documents: the same results in the same order on SQLite and PostgreSQL.

A document is found when each word of the query is found in one of its passages. It counts as the
worst of its words does, each of which counts as its best passage; in a tier the newest is first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.search.domain import documents, tokens
from services.search.domain.tokens import Word
from services.search.models import Document, Passage

MAX_TOTAL: Final = 1_000

Conditions = Sequence[sa.ColumnElement[bool]]
# What is found, with the tier of each: one for all, or reckoned for each.
Tier = int | sa.ColumnElement[int]
Matches = tuple["sa.Select[*tuple[Any, ...]]", Tier]


class NotFoundError(errors.DomainError):
    """Say that nothing was published under this number, as far as the index knows."""

    code = "search.not_found"


@dataclass(frozen=True)
class Filters:
    """Narrow a search down; what is None asks nothing."""

    kind: str | None = None
    state: str | None = None
    region: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True)
class Place:
    """Be the last result of a page; the next page begins after it."""

    tier: int
    published_at: datetime
    id: int


@dataclass(frozen=True)
class Page:
    """Hold one page of results; ``last`` is set when there are more."""

    items: list[dict[str, Any]]
    last: Place | None


def find_page(
    session: Session, *, query: str, filters: Filters, after: Place | None, limit: int
) -> Page:
    """Return the results after a place, best tier first, then newest first."""
    rows: list[tuple[int, Document]] = []
    wanted = limit + 1
    exact = _exact(query)
    if exact is not None and (after is None or after.tier == documents.EXACT):
        statement, tier = _constant(documents.EXACT)
        rows += _fetch(session, statement.where(exact), tier, filters, after, wanted)
    if len(rows) < wanted and (found := _matching(session, query)) is not None:
        later = None if after is None or after.tier == documents.EXACT else after
        statement, tier = found
        if exact is not None:
            statement = statement.where(sa.not_(exact))
        rows += _fetch(session, statement, tier, filters, later, wanted - len(rows))
    items = [_item(document) for _, document in rows[:limit]]
    if len(rows) < wanted:
        return Page(items, None)
    tier_of_last, last = rows[limit - 1]
    return Page(items, Place(tier_of_last, last.published_at, last.id))


def count_total(session: Session, *, query: str, filters: Filters) -> int:
    """Return how many documents are found, counting no further than one above the most."""
    exact = _exact(query)
    found = _matching(session, query)
    parts = []
    if found is not None:
        parts.append(found[0].with_only_columns(Document.id))
    if exact is not None:
        parts.append(sa.select(Document.id).where(exact))
    total = 0
    if parts:
        ids = sa.union(*parts) if len(parts) > 1 else parts[0]
        matched = sa.select(Document.id).where(
            Document.id.in_(sa.select(ids.subquery().c.id)), *_conditions(filters)
        )
        capped = matched.limit(MAX_TOTAL + 1).subquery()
        total = session.scalar(sa.select(sa.func.count()).select_from(capped)) or 0
    return total


def find_document(session: Session, *, record_number: str) -> dict[str, Any]:
    """Return a published document with its state.

    Raises:
        NotFoundError: the index does not have it.
    """
    document = session.scalars(
        sa.select(Document).where(Document.record_number == record_number)
    ).one_or_none()
    if document is None:
        raise NotFoundError
    withdrawn_at = document.withdrawn_at
    content = json.loads(document.document)
    revisions = session.scalars(
        sa.select(Document.record_number)
        .where(Document.supersedes == record_number)
        .order_by(Document.published_at, Document.id)
    )
    return {
        "declaration_id": document.declaration_id,
        "record_number": document.record_number,
        "version": content["version"],
        "state": document.state,
        "withdrawn_at": None if withdrawn_at is None else outbox.format_time(withdrawn_at),
        "withdrawal_reason": document.withdrawal_reason,
        "marks": json.loads(document.marks),
        "revisions": list(revisions),
        "document": content,
        "document_sha256": document.document_sha256,
    }


def has_version(session: Session, declaration_id: str, *, sha256: str) -> bool:
    """Tell whether the index holds this very document of a declaration."""
    found = session.scalar(
        sa.select(Document.document_sha256).where(Document.declaration_id == declaration_id)
    )
    return found == sha256


def _fetch(  # noqa: PLR0913, PLR0917 - one statement's parts
    session: Session,
    statement: "sa.Select[*tuple[Any, ...]]",
    tier: Tier,
    filters: Filters,
    after: Place | None,
    limit: int,
) -> list[tuple[int, Document]]:
    statement = statement.where(*_conditions(filters))
    if after is not None:
        statement = statement.where(_is_after(tier, after))
    # Without a tier to sort by, the newest are read off their index.
    order = () if isinstance(tier, int) else (tier,)
    newest_first = (Document.published_at.desc(), Document.id.desc())
    rows = session.execute(statement.order_by(*order, *newest_first).limit(limit))
    return [(int(row[0]), row[1]) for row in rows]


def _is_after(tier: Tier, place: Place) -> sa.ColumnElement[bool]:
    is_older = sa.or_(
        Document.published_at < place.published_at,
        sa.and_(Document.published_at == place.published_at, Document.id < place.id),
    )
    if isinstance(tier, int):
        return is_older
    return sa.or_(tier > place.tier, sa.and_(tier == place.tier, is_older))


def _conditions(filters: Filters) -> Conditions:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.kind is not None:
        conditions.append(Document.kind == filters.kind)
    if filters.state is not None:
        conditions.append(Document.state == filters.state)
    if filters.region is not None:
        conditions.append(Document.region.startswith(filters.region, autoescape=True))
    if filters.credit_code is not None:
        conditions.append(Document.credit_code == filters.credit_code)
    return conditions


def _exact(query: str) -> sa.ColumnElement[bool] | None:
    """Return the condition that the query is the whole number, with or without its year."""
    flat = tokens.flatten(query[: tokens.MAX_QUERY])
    if not any(character.isdigit() for character in flat):
        return None
    return sa.or_(
        Document.number_flat == flat,
        Document.number_stem == flat,
        Document.record_number == query.strip().upper(),
    )


def _matching(session: Session, query: str) -> Matches | None:
    """Return the documents in which all words are found, and the tier of each; None for no word."""
    if not query.strip():
        return _constant(documents.TITLE)
    words = tokens.read_query(query)
    if not words:
        return None
    is_postgres = session.get_bind().dialect.name == "postgresql"
    hits = [_hits(word, is_postgres=is_postgres) for word in words]
    worst: sa.ColumnElement[int] = hits[0].c.tier
    for hit in hits[1:]:
        worst = sa.case((hit.c.tier > worst, hit.c.tier), else_=worst)
    statement = sa.select(worst.label("tier"), Document)
    for hit in hits:
        statement = statement.join(hit, hit.c.document_id == Document.id)
    return statement, worst


def _constant(tier: int) -> Matches:
    return sa.select(sa.literal(tier).label("tier"), Document), tier


def _hits(word: Word, *, is_postgres: bool) -> sa.Subquery:
    """Return the documents in which a word is found, each with the best of its passages."""
    if is_postgres:
        asked = sa.cast(sa.literal(_tsquery(word)), sa.dialects.postgresql.TSQUERY)
        is_found = Passage.tokens.op("@@", is_comparison=True)(asked)
    else:
        index = sa.table("passage_index", sa.column("rowid"), sa.column("passage_index"))
        asked_rows = sa.select(index.c.rowid).where(
            index.c.passage_index.op("MATCH")(_fts_query(word))
        )
        is_found = Passage.id.in_(asked_rows)
    statement = sa.select(Passage.document_id, sa.func.min(Passage.tier).label("tier")).where(
        is_found
    )
    if word.is_single:
        statement = statement.where(Passage.tier <= documents.LAST_TIER_OF_SINGLES)
    return statement.group_by(Passage.document_id).subquery()


def _fts_query(word: Word) -> str:
    asked = f'"{" ".join(word.phrase)}"' + (" *" if word.is_open else "")
    return asked if word.fragment is None else f'({asked}) OR "{word.fragment}" *'


def _tsquery(word: Word) -> str:
    *first, last = (f"'{token}'" for token in word.phrase)
    asked = " <-> ".join([*first, last + (":*" if word.is_open else "")])
    return asked if word.fragment is None else f"({asked}) | '{word.fragment}':*"


def _item(document: Document) -> dict[str, Any]:
    return {
        "record_number": document.record_number,
        "declaration_id": document.declaration_id,
        "number": document.number_text,
        "title": document.title,
        "kind": document.kind,
        "state": document.state,
        "enterprise_name": document.enterprise_name,
        "region": document.region,
        "product_summary": document.product_summary,
        "published_at": outbox.format_time(document.published_at),
        "has_text": document.has_text,
    }
