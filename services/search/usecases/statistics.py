"""Keep the counts in step with what is published, however often and late its events come."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
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
    _write_facts(session, list(new.values()))
    _write_changes(session, changes)
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
    _write_changes(session, changes)
    return total


def _stream(session: Session) -> Iterator[Any]:
    statement = sa.select(_FACTS).order_by(_FACTS.c.enterprise, _FACTS.c.declaration_id)
    return iter(session.execute(statement.execution_options(yield_per=_BATCH)))


def _lock(session: Session, enterprises: Iterable[str]) -> None:
    rows = [{"enterprise": name, "changes": 1} for name in sorted(enterprises)]
    if not rows:
        return
    insert = db.insert_into(_ENTERPRISES, session.get_bind().dialect.name)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[_ENTERPRISES.c.enterprise],
            set_={"changes": _ENTERPRISES.c.changes + 1},
        ),
        rows,
    )


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


def _write_facts(session: Session, facts: Sequence[Fact]) -> None:
    rows = [
        {**vars(fact), "classes": json.dumps(fact.classes, ensure_ascii=False)}
        for fact in sorted(facts, key=lambda fact: fact.declaration_id)
    ]
    insert = db.insert_into(_FACTS, session.get_bind().dialect.name)
    others = {name: insert.excluded[name] for name in rows[0] if name != "declaration_id"}
    session.execute(
        insert.on_conflict_do_update(index_elements=[_FACTS.c.declaration_id], set_=others), rows
    )


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


def _write_changes(session: Session, changes: Changes) -> None:
    rows = [
        {**dict(zip(_KEY, place, strict=True)), **dict(zip(_NUMBERS, numbers, strict=True))}
        for place, numbers in sorted(changes.items())
        if any(numbers)
    ]
    insert = db.insert_into(_COUNTS, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_update(
        index_elements=[_COUNTS.c[name] for name in _KEY],
        set_={name: _COUNTS.c[name] + insert.excluded[name] for name in _NUMBERS},
    )
    for start in range(0, len(rows), _BATCH):
        session.execute(statement, rows[start : start + _BATCH])
