"""Read an enterprise's declarations with SQLAlchemy Core and dump them to the JSON of the gateway.

This is what answering costs where there is nothing between the reader and the database: one
process, one connection, no session, no service. Both texts are, byte for byte, those that the
gateway answers with; only the rules of the domain (which actions are open, how a cell reads, which
barcode is none) are shared.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any, Final

import sqlalchemy as sa

from bench import measure
from services.standards.domain import drafts, lifecycle, listing
from services.standards.domain.indicators import Indicator
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.products import ProductData
from services.standards.models import Declaration, IndicatorRow, Product, Upload

PAGE_SIZE: Final = 15

_DECLARATIONS: Final = Declaration.__table__.c
_PRODUCTS: Final = Product.__table__.c
_INDICATORS: Final = IndicatorRow.__table__.c
_UPLOADS: Final = Upload.__table__.c
_LINK: Final = ("id", "record_number", "state", "published_at")
_OLD: Final = sa.alias(Declaration.__table__, "old")


def _conditions() -> list[sa.ColumnElement[bool]]:
    return [
        _DECLARATIONS.enterprise_id == sa.bindparam("enterprise_id"),
        _DECLARATIONS.kind == "ENTERPRISE",
        _DECLARATIONS.state.in_(["PUBLISHED", "WITHDRAWN"]),
    ]


_COUNT: Final = sa.select(sa.func.count()).select_from(Declaration.__table__).where(*_conditions())
_PAGE: Final = (
    sa.select(
        *(_DECLARATIONS[name] for name in ("id", "kind", "state", "number_text", "title",
          "record_number", "published_at", "withdrawn_at", "version")),
        sa.select(_PRODUCTS.name)
        .where(_PRODUCTS.declaration_id == _DECLARATIONS.id, _PRODUCTS.position == 0)
        .scalar_subquery()
        .label("first_product"),
        sa.select(sa.func.count())
        .select_from(Product.__table__)
        .where(_PRODUCTS.declaration_id == _DECLARATIONS.id)
        .scalar_subquery()
        .label("product_count"),
    )
    .where(*_conditions())
    .order_by(_DECLARATIONS.published_at.desc(), _DECLARATIONS.id.desc())
    .limit(sa.bindparam("size"))
    .offset(sa.bindparam("skipped"))
)  # fmt: skip
_ONE: Final = (
    sa.select(
        *Declaration.__table__.columns,
        *(_UPLOADS[name].label(f"text_{name}")
          for name in ("id", "file_name", "size", "sha256", "pages")),
        *(_OLD.c[name].label(f"old_{name}") for name in _LINK),
    )
    .outerjoin(Upload.__table__, _UPLOADS.declaration_id == _DECLARATIONS.id)
    .outerjoin(_OLD, _OLD.c.id == _DECLARATIONS.supersedes_id)
    .where(
        _DECLARATIONS.id == sa.bindparam("declaration_id"),
        _DECLARATIONS.enterprise_id == sa.bindparam("enterprise_id"),
    )
)  # fmt: skip
_ITS_PRODUCTS: Final = (
    sa.select(*(_PRODUCTS[name] for name in ProductData.__dataclass_fields__))
    .where(_PRODUCTS.declaration_id == sa.bindparam("declaration_id"))
    .order_by(_PRODUCTS.position)
)
_ITS_INDICATORS: Final = (
    sa.select(_INDICATORS.content)
    .where(_INDICATORS.declaration_id == sa.bindparam("declaration_id"))
    .order_by(_INDICATORS.position)
)
_ITS_REVISIONS: Final = (
    sa.select(*(_DECLARATIONS[name] for name in _LINK))
    .where(_DECLARATIONS.supersedes_id == sa.bindparam("declaration_id"))
    .order_by(_DECLARATIONS.created_at)
)


def read_page(connection: sa.Connection, enterprise_id: str, page: int) -> dict[str, Any]:
    """Return a page of the published table."""
    skipped = (page - 1) * PAGE_SIZE
    own = {"enterprise_id": enterprise_id}
    total = connection.execute(_COUNT, own).scalar_one()
    rows = connection.execute(_PAGE, {**own, "size": PAGE_SIZE, "skipped": skipped}).mappings()
    now = datetime.now(UTC)
    items = [
        {
            "row_number": position,
            "declaration_id": row["id"],
            "number": row["number_text"],
            "title": row["title"],
            "related_products": listing.related_products(
                row["first_product"], row["product_count"]
            ),
            "published_at": _time(row["published_at"]),
            "published_text": listing.beijing_time(row["published_at"]),
            "withdrawn_at": _time(row["withdrawn_at"]),
            "withdrawn_text": listing.beijing_time(row["withdrawn_at"]),
            "record_number": row["record_number"],
            "state": row["state"],
            "version": row["version"],
            "correctable_until": _ends_at(row),
            "allowed_actions": _actions(row, now),
        }
        for position, row in enumerate(rows, start=skipped + 1)
    ]
    return {"items": items, "total": total, "page": page, "page_size": PAGE_SIZE}


def read_declaration(
    connection: sa.Connection, enterprise_id: str, declaration_id: str
) -> dict[str, Any]:
    """Return one declaration."""
    own = {"declaration_id": declaration_id}
    row = connection.execute(_ONE, {**own, "enterprise_id": enterprise_id}).mappings().one()
    products = [dict(found) for found in connection.execute(_ITS_PRODUCTS, own).mappings()]
    indicators = connection.execute(_ITS_INDICATORS, own).scalars().all()
    revisions = connection.execute(_ITS_REVISIONS, own).mappings().all()
    return {
        "declaration_id": row["id"],
        "kind": row["kind"],
        "state": row["state"],
        "version": row["version"],
        "number": {
            "prefix": row["prefix"], "body": row["number_body"], "year": row["number_year"],
        },
        "number_text": row["number_text"],
        "title": row["title"],
        "catalogue_id": row["catalogue_id"],
        "subject": row["subject"],
        "disclosure_mode": row["disclosure_mode"],
        "text": _text(row),
        "indicators": [_indicator(content) for content in indicators],
        "products": products,
        "disclosure": json.loads(row["disclosure"]),
        "warnings": [
            {"pointer": fault.pointer, "code": fault.code}
            for fault in drafts.find_bad_barcodes([ProductData(**found) for found in products])
        ],
        "record_number": row["record_number"],
        "supersedes": _link(row, "old_") if row["old_id"] else None,
        "revisions": [_link(revision) for revision in revisions],
        "is_number_locked": row["supersedes_id"] is not None or bool(revisions),
        "published_version": row["published_version"],
        "published_at": _time(row["published_at"]),
        "correctable_until": _ends_at(row),
        "corrected_at": _time(row["corrected_at"]),
        "withdrawn_at": _time(row["withdrawn_at"]),
        "withdrawal_reason": row["withdrawal_reason"],
        "withdrawal_note": row["withdrawal_note"],
        "updated_at": _time(row["updated_at"]),
        "allowed_actions": _actions(row, datetime.now(UTC)),
    }  # fmt: skip


def dump(data: Mapping[str, Any]) -> str:
    """Return the text of an answer."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _ends_at(row: Mapping[str, Any]) -> str | None:
    is_public = row["state"] == "PUBLISHED"
    return _time(row["published_at"] + lifecycle.CORRECTION_WINDOW if is_public else None)


def _actions(row: sa.RowMapping, now: datetime) -> list[str]:
    return [
        action.value
        for action in lifecycle.allowed_actions(
            kind=StandardKind(row["kind"]),
            state=DeclarationState(row["state"]),
            published_at=row["published_at"],
            now=now,
        )
    ]


def _indicator(content: str) -> dict[str, Any]:
    stored = json.loads(content)
    return {**stored, "preview": Indicator.from_dict(stored).preview}


def _text(row: sa.RowMapping) -> dict[str, Any] | None:
    if row["text_id"] is None:
        return None
    return {
        "upload_id": row["text_id"],
        **{name: row[f"text_{name}"] for name in ("file_name", "size", "sha256", "pages")},
    }


def _link(row: sa.RowMapping, prefix: str = "") -> dict[str, Any]:
    return {
        "declaration_id": row[f"{prefix}id"],
        "record_number": row[f"{prefix}record_number"],
        "state": row[f"{prefix}state"],
        "published_at": _time(row[f"{prefix}published_at"]),
    }


class Reader:
    """Answer commands: read something once, or again and again for some seconds."""

    def __init__(self, url: str, enterprise_id: str) -> None:
        self._engine = sa.create_engine(url, connect_args={"options": "-c timezone=UTC"})
        self._enterprise_id = enterprise_id

    def answer(self, command: dict[str, Any]) -> Mapping[str, Any]:
        """Carry out one command."""
        read = getattr(self, command["act"])
        wanted: Sequence[Any] = command["wanted"]
        if "seconds" not in command:
            return {"texts": [read(entry) for entry in wanted]}
        return self._repeat(read, wanted, command["seconds"])

    def backend(self, _: object) -> str:
        """Return the process id of this reader's server process."""
        with self._engine.connect() as connection:
            return str(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    def page(self, page: int) -> str:
        """Return a page as JSON."""
        with self._engine.connect() as connection:
            return dump(read_page(connection, self._enterprise_id, page))

    def declaration(self, declaration_id: str) -> str:
        """Return a declaration as JSON."""
        with self._engine.connect() as connection:
            return dump(read_declaration(connection, self._enterprise_id, declaration_id))

    def _repeat(
        self, read: Callable[[Any], str], wanted: Sequence[Any], seconds: float
    ) -> dict[str, float]:
        deadline, count = time.perf_counter() + seconds, 0
        entries = cycle(wanted)
        while time.perf_counter() < deadline:
            for entry in islice(entries, 10):
                read(entry)
            count += 10
        return {"count": count}


if __name__ == "__main__":
    measure.serve_commands(Reader(sys.argv[1], sys.argv[2]).answer, patched=False)
