"""The catalogue 目录 as it is searched and read (手册 4.1(1), FAQ 18)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis import errors, outbox
from services.standards.domain import folding, number_forms
from services.standards.domain.catalogue import CATALOGUE_KINDS, CatalogueState, state_on
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import NumberQuery, ParsedNumber
from services.standards.domain.record_number import BEIJING
from services.standards.models.catalogue import CatalogueStandard

Condition = sa.ColumnElement[bool]

MAX_WORDS: Final = 8
# What may follow a number: its year, a part, a volume; as `NumberQuery.matches` has it.
_FOLLOWING: Final = (("(", ")"), ("-", "0"), (":", ";"))
_RANKS: Final = {
    CatalogueState.CURRENT: 0,
    CatalogueState.UPCOMING: 1,
    CatalogueState.SUPERSEDED: 2,
    CatalogueState.WITHDRAWN: 3,
}
_ROW: Final = (
    CatalogueStandard.id,
    CatalogueStandard.kind,
    CatalogueStandard.number_text,
    CatalogueStandard.title,
    CatalogueStandard.state,
    CatalogueStandard.replaced_by_text,
    CatalogueStandard.replaced_by_key,
    CatalogueStandard.issued_on,
    CatalogueStandard.effective_on,
    CatalogueStandard.withdrawn_on,
)


class CatalogueStandardNotFoundError(errors.DomainError):
    """Say that the catalogue has no such entry."""

    code = "standards.catalogue_standard_not_found"


def search_catalogue(  # noqa: PLR0913 - what is asked, where, and when
    session: Session,
    *,
    kind: StandardKind,
    text: str,
    page: int,
    page_size: int,
    now: datetime,
) -> dict[str, Any]:
    """Return a page of entries of one kind, and how many the other kinds have (手册 FAQ 18).

    A number is found by its digits and by every way to write it, a title by words of it.
    """
    today = now.astimezone(BEIJING).date()
    found, exact, counts = _find(session, kind, text)
    items = []
    if counts.get(kind, 0) > (page - 1) * page_size:
        rows = session.execute(
            sa.select(*_ROW)
            .where(CatalogueStandard.kind == kind.value, found)
            .order_by(
                sa.case((exact, 0), else_=1),
                _rank(today),
                CatalogueStandard.number_year.desc(),
                CatalogueStandard.number_key,
            )
            .limit(page_size)
            .offset((page - 1) * page_size)
        ).mappings()
        items = _items(session, rows, today)
    return {
        "items": items,
        "total": counts.get(kind, 0),
        "page": page,
        "page_size": page_size,
        "other_kinds": [
            {"kind": other.value, "total": counts[other]}
            for other in CATALOGUE_KINDS
            if other is not kind and counts.get(other)
        ],
    }


def get_catalogue_standard(session: Session, *, catalogue_id: str, now: datetime) -> dict[str, Any]:
    """Return one entry: what is known of the standard, without its text (手册 FAQ 33).

    Raises:
        CatalogueStandardNotFoundError: there is none.
    """
    entry = session.get(CatalogueStandard, catalogue_id)
    if entry is None:
        raise CatalogueStandardNotFoundError
    today = now.astimezone(BEIJING).date()
    row = session.execute(sa.select(*_ROW).where(CatalogueStandard.id == catalogue_id)).mappings()
    replaces = session.execute(
        sa.select(CatalogueStandard.id, CatalogueStandard.number_text)
        .where(CatalogueStandard.replaced_by_key == entry.number_key)
        .order_by(CatalogueStandard.number_key)
    )
    return {
        **_items(session, row, today)[0],
        "replaces": [{"catalogue_id": id_, "number": number} for id_, number in replaces],
        "ics": entry.ics,
        "ccs": entry.ccs,
        "issued_by": entry.issued_by,
        "updated_at": outbox.format_time(entry.updated_at),
    }


def find_edition(session: Session, number: ParsedNumber) -> CatalogueStandard | None:
    """Return the entry of a number; of one without year, the newest edition."""
    column = CatalogueStandard.number_key if number.year else CatalogueStandard.number_stem
    return session.scalars(
        sa.select(CatalogueStandard)
        .where(column == number.key)
        .order_by(CatalogueStandard.number_year.desc())
        .limit(1)
    ).one_or_none()


def _find(
    session: Session, kind: StandardKind, text: str
) -> tuple[Condition, Condition, dict[StandardKind, int]]:
    """Return what finds the entries, which of them are meant exactly, and how many of each kind.

    A number that is not there may be written with other letters or another year; else what looks
    like one may be a word of a title.
    """
    for read in (_number_conditions, _body_conditions, _title_conditions):
        conditions = read(kind, text)
        if conditions is None:
            continue
        found, exact = conditions
        counts = _count(session, found)
        if counts:
            return found, exact, counts
    return sa.false(), sa.false(), {}


def _count(session: Session, found: Condition) -> dict[StandardKind, int]:
    rows = session.execute(
        sa.select(CatalogueStandard.kind, sa.func.count())
        .where(found)
        .group_by(CatalogueStandard.kind)
    )
    return {StandardKind(kind): count for kind, count in rows}


def _number_conditions(kind: StandardKind, text: str) -> tuple[Condition, Condition] | None:
    """Return the conditions of what can be read as a number, as one of this kind or of any."""
    readings = {number_forms.read_query(text, kind), number_forms.read_query(text)}
    pairs = [_number_condition(query) for query in readings if query is not None]
    if not pairs:
        return None
    return sa.or_(*(found for found, _ in pairs)), sa.or_(*(exact for _, exact in pairs))


def _body_conditions(kind: StandardKind, text: str) -> tuple[Condition, Condition] | None:
    """Return the conditions of what stands between the letters and the year of a number."""
    query = number_forms.read_query(text, kind) or number_forms.read_query(text)
    if query is None or (query.number is None and not query.year):
        return None
    return _number_condition(NumberQuery(None, query.body, ""))


def _number_condition(query: NumberQuery) -> tuple[Condition, Condition]:
    entry = CatalogueStandard
    if query.number is not None:
        key = query.number.key
        return _begins(entry.number_key, key), sa.or_(
            entry.number_key == key, entry.number_stem == key
        )
    found = sa.or_(_begins(entry.number_body, query.body), entry.number_serial == query.body)
    if query.year:
        found = sa.and_(found, entry.number_year == query.year)
    return found, entry.number_body == query.body


def _begins(column: InstrumentedAttribute[str], start: str) -> Condition:
    """Return the condition that a text is ``start`` or goes on after it with a mark.

    Ranges use the index on both engines.
    """
    return sa.or_(
        column == start,
        *(
            sa.and_(column >= start + first, column < start + beyond)
            for first, beyond in _FOLLOWING
        ),
    )


def _title_conditions(kind: StandardKind, text: str) -> tuple[Condition, Condition] | None:
    del kind  # titles are the same on every page
    folded = folding.fold_for_search(text)
    words = folded.split()[:MAX_WORDS]
    if not words:
        return None
    title = CatalogueStandard.folded_title
    found = sa.and_(*(title.contains(word, autoescape=True) for word in words))
    return found, title == folded


def _rank(today: date) -> sa.ColumnElement[int]:
    """Order by the state of today, as `state_on` has it."""
    entry = CatalogueStandard
    is_alive = entry.state.in_([CatalogueState.CURRENT.value, CatalogueState.UPCOMING.value])
    is_later = entry.effective_on > today
    is_upcoming = sa.or_(
        is_later,
        sa.and_(entry.effective_on.is_(None), entry.state == CatalogueState.UPCOMING.value),
    )
    return sa.case(
        (sa.and_(is_alive, is_upcoming), _RANKS[CatalogueState.UPCOMING]),
        (is_alive, _RANKS[CatalogueState.CURRENT]),
        (entry.state == CatalogueState.SUPERSEDED.value, _RANKS[CatalogueState.SUPERSEDED]),
        else_=_RANKS[CatalogueState.WITHDRAWN],
    )


def _items(session: Session, found: Iterable[RowMapping], today: date) -> list[dict[str, Any]]:
    rows = list(found)
    successors = _find_ids(session, {row["replaced_by_key"] for row in rows} - {None})
    return [
        {
            "catalogue_id": row["id"],
            "kind": row["kind"],
            "number": row["number_text"],
            "title": row["title"],
            "state": state_on(CatalogueState(row["state"]), row["effective_on"], today).value,
            "replaced_by": row["replaced_by_text"]
            and {
                "number": row["replaced_by_text"],
                "catalogue_id": successors.get(row["replaced_by_key"]),
            },
            "issued_on": _iso(row["issued_on"]),
            "effective_on": _iso(row["effective_on"]),
            "withdrawn_on": _iso(row["withdrawn_on"]),
        }
        for row in rows
    ]


def _find_ids(session: Session, keys: Iterable[str]) -> dict[str, str]:
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(CatalogueStandard.number_key, CatalogueStandard.id).where(
            CatalogueStandard.number_key.in_(wanted)
        )
    )
    return {row.number_key: row.id for row in rows}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
