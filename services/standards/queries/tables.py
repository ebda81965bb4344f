"""The two tables of an enterprise: what it has published, and what not yet (手册 5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import Session

from services.standards.domain import folding, listing, numbering
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import LifeRules
from services.standards.models import Declaration, Product
from services.standards.queries import own

_TABLE_STATES: Final = {
    DeclarationState.DRAFT: (DeclarationState.DRAFT,),
    # What was withdrawn stays in the table of published ones, with its end time (手册 5.5.2).
    DeclarationState.PUBLISHED: (DeclarationState.PUBLISHED, DeclarationState.WITHDRAWN),
    DeclarationState.WITHDRAWN: (DeclarationState.WITHDRAWN,),
}
_LIST_COLUMNS: Final = (
    Declaration.id,
    Declaration.kind,
    Declaration.state,
    Declaration.number_text,
    Declaration.title,
    Declaration.record_number,
    Declaration.published_at,
    Declaration.withdrawn_at,
    Declaration.version,
)
_FIRST_PRODUCT: Final = (
    sa.select(Product.name)
    .where(Product.declaration_id == Declaration.id, Product.position == 0)
    .scalar_subquery()
)
_PRODUCT_COUNT: Final = (
    sa.select(sa.func.count())
    .select_from(Product)
    .where(Product.declaration_id == Declaration.id)
    .scalar_subquery()
)


def _table(state: DeclarationState) -> sa.Select[Any]:
    """Return the statement of a whole table, newest first, its size in every row."""
    order = Declaration.updated_at if state is DeclarationState.DRAFT else Declaration.published_at
    return (
        sa.select(
            *_LIST_COLUMNS,
            _FIRST_PRODUCT.label("first_product"),
            _PRODUCT_COUNT.label("product_count"),
            sa.func.count().over().label("total"),
        )
        .where(
            Declaration.enterprise_id == sa.bindparam("enterprise_id"),
            Declaration.kind == sa.bindparam("kind"),
            Declaration.state.in_([entry.value for entry in _TABLE_STATES[state]]),
        )
        .order_by(order.desc(), Declaration.id.desc())
        .limit(sa.bindparam("page_size"))
        .offset(sa.bindparam("skipped"))
    )


# Built once: that takes as long as asking the database.
_TABLES: Final = {state: _table(state) for state in DeclarationState}


def list_own(  # noqa: PLR0913 - one per keyword box
    session: Session,
    *,
    enterprise_id: str,
    kind: StandardKind,
    state: DeclarationState,
    title: str,
    number: str,
    product_name: str,
    barcode: str,
    page: int,
    page_size: int,
    now: datetime,
    rules: LifeRules,
) -> dict[str, Any]:
    """Return one page of an enterprise's published or unpublished table, newest first (手册 5)."""
    statement, skipped = _TABLES[state], (page - 1) * page_size
    conditions = _keyword_conditions(title, number, product_name, barcode)
    if conditions:
        statement = statement.where(*conditions)
    own = {"enterprise_id": enterprise_id, "kind": kind.value}
    rows = (
        session.execute(statement, {**own, "page_size": page_size, "skipped": skipped})
        .mappings()
        .all()
    )
    items = [
        _list_item(row, position, now, rules)
        for position, row in enumerate(rows, start=skipped + 1)
    ]
    total = rows[0]["total"] if rows else _size_before(session, statement, own, skipped)
    return {"items": items, "total": total, "page": page, "page_size": page_size}


def _size_before(
    session: Session, statement: sa.Select[Any], own: Mapping[str, str], skipped: int
) -> int:
    """Return how many rows there are where none was found behind so many."""
    if not skipped:
        return 0
    whole = statement.limit(None).offset(None).order_by(None).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(whole), own) or 0


def _keyword_conditions(
    title: str, number: str, product_name: str, barcode: str
) -> list[sa.ColumnElement[bool]]:
    """Return what the keyword boxes ask for; all that are filled must hold (手册 5.7)."""
    conditions: list[sa.ColumnElement[bool]] = []
    if title:
        pattern = folding.fold_for_search(title)
        conditions.append(Declaration.folded_title.contains(pattern, autoescape=True))
    if number:
        pattern = numbering.key_of(number)
        conditions.append(Declaration.number_key.contains(pattern, autoescape=True))
    if product_name:
        pattern = folding.fold_for_search(product_name)
        conditions.append(_has_product(Product.folded_name.contains(pattern, autoescape=True)))
    if barcode:
        pattern = folding.fold_width(barcode)
        conditions.append(_has_product(Product.barcode.contains(pattern, autoescape=True)))
    return conditions


def _has_product(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Product.declaration_id == Declaration.id, condition)


def _list_item(row: RowMapping, position: int, now: datetime, rules: LifeRules) -> dict[str, Any]:
    return {
        "row_number": position,
        "declaration_id": row["id"],
        "number": row["number_text"],
        "title": row["title"],
        "related_products": listing.related_products(row["first_product"], row["product_count"]),
        "published_at": own.wire_time(row["published_at"]),
        "published_text": listing.beijing_time(row["published_at"]),
        "withdrawn_at": own.wire_time(row["withdrawn_at"]),
        "withdrawn_text": listing.beijing_time(row["withdrawn_at"]),
        "record_number": row["record_number"],
        "state": row["state"],
        "version": row["version"],
        "correctable_until": own.correctable_until(row["state"], row["published_at"]),
        "allowed_actions": own.actions(row["kind"], row["state"], row["published_at"], now, rules),
    }
