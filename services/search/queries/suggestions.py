"""Suggest names and numbers while they are being typed."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.search.domain import guessing, highlighting, suggesting
from services.search.models import TermNote
from services.search.models.terms import TermTables

MAX_SUGGESTIONS: Final = 10
MAX_TYPED: Final = 100
# Enough to put the best ten of them first.
_CANDIDATES: Final = 60
_NUMBER_CANDIDATES: Final = 200
_MAX_RANK: Final = 45
_SHORTEST_NUMBER: Final = 2
_KINDS: Final = {"titles": "TITLE", "products": "PRODUCT", "enterprises": "ENTERPRISE"}


def find_suggestions(
    session: Session, tables: TermTables, *, typed: str, limit: int = MAX_SUGGESTIONS
) -> list[dict[str, Any]]:
    """Return at most so many names and numbers, the likeliest first.

    Each is ``{kind, text, count, ranges}``: what kind of name (``TITLE``, ``PRODUCT``,
    ``ENTERPRISE`` or ``NUMBER``), how often it is in the index, and what of it was typed.
    """
    wanted = suggesting.term_of(typed[:MAX_TYPED])
    if not wanted:
        return []
    numbers = _numbers(session, tables.known_numbers, wanted)
    names = _names(session, tables, wanted)
    # Whoever types digits or a stroke is after a number; otherwise names come first.
    is_number = "/" in typed or any(map(str.isdigit, wanted))
    found = [*numbers, *names] if is_number else [*names, *numbers]
    return [_suggestion(entry, typed) for entry in found[:limit]]


def are_all_counted(session: Session, generation: int | None = None) -> bool:
    """Tell whether all that was noted is counted, in one generation or, when None, in all."""
    notes = sa.select(TermNote.id).limit(1)
    if generation is not None:
        notes = notes.where(TermNote.generation == generation)
    return session.scalars(notes).first() is None


def _suggestion(entry: dict[str, Any], typed: str) -> dict[str, Any]:
    if entry["kind"] == "NUMBER":
        ranges = highlighting.highlight(entry["text"], "".join(typed.split()), is_number=True)
    else:
        ranges = suggesting.mark(entry["text"], typed)
    return {**entry, "ranges": [list(place) for place in ranges]}


def _names(session: Session, tables: TermTables, wanted: str) -> list[dict[str, Any]]:
    names = tables.terms
    begin, end = suggesting.range_of(wanted)
    found = session.execute(_by_rank(tables.term_keys), {"begin": begin, "end": end}).all()
    firsts = {term_id for term_id, rank in found if rank % 2}
    rows = session.execute(
        sa.select(names).where(names.c.id.in_({term_id for term_id, _ in found}))
    ).mappings()
    fitting = [row for row in rows if suggesting.fits(row["term"], wanted)]
    fitting.sort(
        key=lambda row: (
            row["term"] != wanted,
            row["id"] not in firsts,
            -_total(row),
            len(row["term"]),
            row["term"],
        )
    )
    return [_name(row) for row in fitting]


@lru_cache(maxsize=8)
def _by_rank(keys: sa.Table) -> sa.CompoundSelect[int, int]:
    """Return the statement that reads keys from the commonest names on and stops early."""
    ranks = [
        sa.select(
            sa.select(keys.c.term_id, keys.c.rank)
            .where(
                keys.c.rank == rank,
                keys.c.key >= sa.bindparam("begin"),
                keys.c.key < sa.bindparam("end"),
            )
            .limit(_CANDIDATES)
            .subquery()
        )
        for rank in range(_MAX_RANK, -1, -1)
    ]
    return sa.union_all(*ranks).limit(_CANDIDATES)


def _name(row: sa.RowMapping) -> dict[str, Any]:
    kind = max(_KINDS, key=lambda name: row[name])
    return {"kind": _KINDS[kind], "text": row["text"], "count": _total(row)}


def _total(row: sa.RowMapping) -> int:
    return sum(int(row[kind]) for kind in _KINDS)


def _numbers(session: Session, table: sa.Table, wanted: str) -> list[dict[str, Any]]:
    """Return the numbers that begin with what was typed, with their letters or without."""
    if len(wanted) < _SHORTEST_NUMBER or not wanted.isascii():
        return []
    begin, end = wanted, f"{wanted}\U0010ffff"
    wholes = sa.and_(table.c.flat >= begin, table.c.flat < end)
    by_place: list[sa.ColumnElement[bool]] = [wholes]
    if wanted[0].isdigit():
        by_place += [
            sa.and_(table.c.is_own == is_own, table.c.body >= begin, table.c.body < end)
            for is_own in (sa.false(), sa.true())
        ]
    rows: dict[str, sa.RowMapping] = {}
    for condition in by_place:
        statement = sa.select(table).where(condition).limit(_NUMBER_CANDIDATES)
        rows |= {row["flat"]: row for row in session.execute(statement).mappings()}
    ordered = sorted(rows.values(), key=lambda row: _number_order(row, wanted))
    return [{"kind": "NUMBER", "text": row["text"], "count": row["count"]} for row in ordered]


def _number_order(row: sa.RowMapping, wanted: str) -> tuple[bool, bool, int, int, str]:
    """Put what was typed whole first, then what is not an enterprise's own, the common ones."""
    is_whole = wanted in {row["flat"], row["stem"], row["body"]}
    return not is_whole, bool(row["is_own"]), -int(row["count"]), len(row["flat"]), row["flat"]


def find_meant(session: Session, tables: TermTables, *, query: str) -> list[str]:
    """Return the numbers that may have been meant by one that is not there, likeliest first."""
    if not guessing.is_like_a_number(query):
        return []
    parts = guessing.split_number(query)
    found = {
        guessing.Known(row["flat"], row["stem"], row["body"], row["text"], row["count"])
        for row in _near_rows(session, tables.known_numbers, parts)
    }
    return [number.text for number in guessing.choose(parts, found)]


def _near_rows(session: Session, table: sa.Table, parts: guessing.Parts) -> Iterator[sa.RowMapping]:
    near = sorted(guessing.near_keys(parts))
    is_own = parts.stem.startswith("q")
    conditions: list[sa.ColumnElement[bool]] = [
        table.c.stem == parts.stem,
        table.c.flat.in_(near),
        table.c.stem.in_(near),
    ]
    if parts.body != parts.stem and not is_own:
        conditions.append(_has_body(table, [parts.body]))
    elif near_bodies := sorted(guessing.near_bodies(parts)):
        conditions.append(_has_body(table, near_bodies))
    for condition in conditions:
        statement = sa.select(table).where(condition).limit(_NUMBER_CANDIDATES)
        yield from session.execute(statement).mappings()


def _has_body(table: sa.Table, bodies: Sequence[str]) -> sa.ColumnElement[bool]:
    """Say that a standard of the state or a group has one of these serials."""
    return sa.and_(table.c.is_own == sa.false(), table.c.body.in_(bodies))
