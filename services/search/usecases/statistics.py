"""Keep the counts in step with what is published, however often and late its events come."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import bulk
from chassis.uow import Transaction
from services.search.domain.statistics import (
    Cell,
    Fact,
    cells_of,
    products_by_cell,
    shard_of,
)
from services.search.models.statistics import (
    StatisticsCount,
    StatisticsEnterprise,
    StatisticsFact,
)

_FACTS: Final = cast("sa.Table", StatisticsFact.__table__)
_ENTERPRISES: Final = cast("sa.Table", StatisticsEnterprise.__table__)
_COUNTS: Final = cast("sa.Table", StatisticsCount.__table__)
_KEY: Final = ("scope", "dimension", "value", "shard")
_NUMBERS: Final = ("declarations", "products", "enterprises")
_COUNT_MORE: Final = f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET " + ", ".join(
    f"{name} = {_COUNTS.name}.{name} + excluded.{name}" for name in _NUMBERS
)
_FACT_COLUMNS: Final = tuple(_FACTS.c.keys())
_FACT_NEWER: Final = "ON CONFLICT (declaration_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _FACT_COLUMNS[1:]
)
_LOCKED: Final = ("enterprise", "changes")
_LOCK_MORE: Final = (
    f"ON CONFLICT (enterprise) DO UPDATE SET changes = {_ENTERPRISES.name}.changes + 1"
)
_BATCH: Final = 1_000

# What is added to a part of a count: declarations, products, enterprises.
Place = tuple[str, str, str, int]
Changes = dict[Place, list[int]]


def count_declaration(*, tx: Transaction, fact: Fact) -> bool:
    """Count a declaration as it is now, unless this or something newer is counted; tell which."""
    return count_declarations(tx=tx, facts=[fact]) == 1


def count_declarations(*, tx: Transaction, facts: Sequence[Fact]) -> int:
    """Count declarations as they are now; return how many were not counted so, or newer, yet.

    Counts are changed in one order, so that two transactions wait for each other instead of
    standing still.
    """
    session = tx.session
    told = {fact.declaration_id: fact for fact in sorted(facts, key=lambda fact: fact.sequence)}
    _lock(session, {fact.enterprise for fact in told.values()})
    old = _find(session, list(told))
    new = {
        name: fact
        for name, fact in told.items()
        if name not in old or old[name].sequence < fact.sequence
    }
    old = {name: fact for name, fact in old.items() if name in new}
    if not new:
        return 0
    moved = {fact.enterprise for fact in old.values()}
    _lock(session, moved - {fact.enterprise for fact in told.values()})
    changes: Changes = {}
    for facts_of, sign in ((old, -1), (new, 1)):
        for fact in facts_of.values():
            _add(changes, fact, sign)
    _add_enterprises(session, changes, old=old, new=new)
    rows = [_fact_row(new[name]) for name in sorted(new)]
    written = bulk.Insert(_FACTS, _FACT_COLUMNS, rows, _FACT_NEWER)
    bulk.insert_all(session.connection(), [written, _count_rows(changes)])
    return len(new)


def recount(*, tx: Transaction) -> int:
    """Make all counts anew from the declarations; return how many there are.

    Events that come meanwhile wait until it is done.
    """
    session = tx.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {_FACTS.name}, {_COUNTS.name} IN EXCLUSIVE MODE"))
    changes: Changes = {}
    total = 0
    facts = (_fact(row) for row in _stream(session))
    for _, group in groupby(facts, lambda fact: fact.enterprise):
        own = list(group)
        total += len(own)
        for fact in own:
            _add(changes, fact, 1)
        for cell in cells_of(own):
            _change(changes, cell, own[0].declaration_id)[2] += 1
    session.execute(sa.delete(_COUNTS))
    bulk.insert_all(session.connection(), [_count_rows(changes)])
    return total


def _stream(session: Session) -> Iterator[Any]:
    statement = sa.select(_FACTS).order_by(_FACTS.c.enterprise, _FACTS.c.declaration_id)
    return iter(session.execute(statement.execution_options(yield_per=_BATCH)))


def _lock(session: Session, enterprises: Iterable[str]) -> None:
    rows = [(name, 1) for name in sorted(enterprises)]
    bulk.insert_all(session.connection(), [bulk.Insert(_ENTERPRISES, _LOCKED, rows, _LOCK_MORE)])


def _find(session: Session, ids: Sequence[str]) -> dict[str, Fact]:
    rows = session.execute(
        sa.select(_FACTS)
        .where(_FACTS.c.declaration_id.in_(ids))
        .order_by(_FACTS.c.declaration_id)
        .with_for_update()
    )
    return {row.declaration_id: _fact(row) for row in rows}


def _fact(row: sa.Row[Any]) -> Fact:
    values = row._asdict()
    classes = tuple((code, count) for code, count in json.loads(values.pop("classes")))
    return Fact(classes=classes, **values)


def _fact_row(fact: Fact) -> tuple[Any, ...]:
    values = {**vars(fact), "classes": json.dumps(fact.classes, ensure_ascii=False)}
    return tuple(values[name] for name in _FACT_COLUMNS)


def _change(changes: Changes, cell: Cell, declaration_id: str) -> list[int]:
    return changes.setdefault((*cell, shard_of(declaration_id, cell[0])), [0, 0, 0])


def _add(changes: Changes, fact: Fact, sign: int) -> None:
    for cell, products in products_by_cell(fact).items():
        change = _change(changes, cell, fact.declaration_id)
        change[0] += sign
        change[1] += sign * products


def _add_enterprises(
    session: Session, changes: Changes, *, old: Mapping[str, Fact], new: Mapping[str, Fact]
) -> None:
    """Count enterprises where they stand now and stood not, and the other way round."""
    touched = {fact.enterprise for facts in (old, new) for fact in facts.values()}
    before = _by_enterprise(_other_facts(session, touched, list(new)))
    after = {name: set(cells) for name, cells in before.items()}
    for facts, cells in ((old, before), (new, after)):
        for fact in facts.values():
            cells.setdefault(fact.enterprise, set()).update(cells_of([fact]))
    # Any declaration says which of the shards: together they are the count.
    names = {fact.enterprise: name for facts in (old, new) for name, fact in facts.items()}
    for enterprise in touched:
        stood, stands = before.get(enterprise, set()), after.get(enterprise, set())
        for cells_changed, step in ((stands - stood, 1), (stood - stands, -1)):
            for cell in cells_changed:
                _change(changes, cell, names[enterprise])[2] += step


def _by_enterprise(facts: Iterable[Fact]) -> dict[str, set[Cell]]:
    found: dict[str, set[Cell]] = {}
    for fact in facts:
        found.setdefault(fact.enterprise, set()).update(cells_of([fact]))
    return found


def _other_facts(
    session: Session, enterprises: Iterable[str], ids: Sequence[str]
) -> Iterable[Fact]:
    """Return what other declarations of enterprises have in common with none of the others."""
    differing = ("enterprise", "region", "kind", "state", "month", "classes")
    rows = session.execute(
        sa.select(*(_FACTS.c[name] for name in differing))
        .where(_FACTS.c.enterprise.in_(sorted(enterprises)), _FACTS.c.declaration_id.not_in(ids))
        .distinct()
    )
    for row in rows:
        values = row._asdict()
        classes = tuple((code, count) for code, count in json.loads(values.pop("classes")))
        yield Fact(declaration_id="", sequence=0, products=0, classes=classes, **values)


def _count_rows(changes: Changes) -> bulk.Insert:
    rows = [(*place, *numbers) for place, numbers in sorted(changes.items()) if any(numbers)]
    return bulk.Insert(_COUNTS, (*_KEY, *_NUMBERS), rows, _COUNT_MORE)
